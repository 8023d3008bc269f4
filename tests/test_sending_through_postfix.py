"""Mail that goes out through a real Postfix: it comes round, and a report of failure names the letter that failed."""

import asyncio
from pathlib import Path
from typing import Any

import dkim
import pytest
from sqlmodel import col, select

from case_store.tables.contacts import OriginalRow
from case_store.tables.sending import OutboxRow
from channels.email_sender import Letterhead, RelaySender
from channels.sending.dkim_signing import load_signature
from channels.sending.smtp_relay import Relay
from config.email_test import EmailTest
from config.settings import Settings, host_and_port
from intake.contact import Reply
from intake.ports import Interpreter
from tests.conftest import PACK
from tests.keys import NO_OPENSSL, dkim_record, private_key
from tests.living_house import MAILBOX, PATIENCE, LivingHouse, free_port, mail, running
from tests.postfix import MISSING, postfix
from tests.test_postfix import port_of_our_own

pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING or "Postfix is here")


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """What Postfix does is the same over each kind of store."""
    return f"sqlite:///{tmp_path}/test.db"


REPLY = Reply("ab" * 16, "c1", "unsure", "nobody@bettershire.gov.uk", "We have it", "Hello\n")


def next_hop(house: LivingHouse) -> str:
    return f"smtp:[127.0.0.1]:{host_and_port(house.house.settings.smtp)[1]}"


async def original_with(house: LivingHouse, words: bytes) -> bytes:
    """The first original that holds these words, once it is kept."""

    def look(unit: Any) -> list[bytes]:
        return list(unit.session.exec(select(OriginalRow.raw).order_by(col(OriginalRow.contact))))

    for _ in range(int(PATIENCE * 10)):
        if found := [raw for raw in await house.house.store.read(look) if words in raw]:
            return bytes(found[0])
        await asyncio.sleep(0.1)
    raise AssertionError("it did not come")


async def test_the_email_test_goes_round_through_postfix(house: LivingHouse) -> None:
    said: list[str] = []
    with postfix(port_of_our_own(), next_hop(house)) as relay:
        url = f"smtp://127.0.0.1:{relay.port}?starttls=no"
        settings = house.house.settings.model_copy(update={"relay_url": url})
        went = await EmailTest(settings, said.append, wait=PATIENCE).run()
    assert went, "\n".join(said)


async def test_a_report_of_failure_names_the_letter_that_did_not_arrive(house: LivingHouse) -> None:
    with postfix(port_of_our_own(), next_hop(house)) as relay:
        address = Relay.of(f"smtp://127.0.0.1:{relay.port}?starttls=no")
        sender = RelaySender(address, Letterhead("Council", MAILBOX), house.house.clock)
        receipt = await sender.send(REPLY)
        report = await original_with(house, b"multipart/report")
    assert "taken by 127.0.0.1: 250 2.0.0 Ok: queued as" in receipt
    assert f"Original-Envelope-Id: {REPLY.id}".encode() in report
    assert f"To: complaints+b{REPLY.id}@bettershire.gov.uk".encode() in report
    assert b"text/rfc822-headers" in report


@NO_OPENSSL
async def test_a_signed_mail_with_names_and_long_lines_still_verifies_behind_postfix(
    house: LivingHouse, tmp_path: Path
) -> None:
    key = private_key(tmp_path)
    letter = Reply("cd" * 16, "c1", "unsure", MAILBOX, "Zoë, 投诉 " * 12, "é" * 3000 + "\n.\n" + "word " * 800 + "\n")
    with postfix(port_of_our_own(), next_hop(house)) as relay:
        address = Relay.of(f"smtp://127.0.0.1:{relay.port}?starttls=no")
        head = Letterhead("Cyngor Tîm Cwynion", MAILBOX)
        signature = load_signature(key, "rd", head.domain)
        await RelaySender(address, head, house.house.clock, signature).send(letter)
        arrived = await original_with(house, letter.id.encode())
    assert dkim.verify(arrived, dnsfunc=lambda name, timeout=5: dkim_record(key))


async def test_a_letter_that_comes_back_is_found_by_its_bounce(tmp_path: Path, interpreter: Interpreter) -> None:
    door, port = free_port(), port_of_our_own()
    relay_url = f"smtp://127.0.0.1:{port}?starttls=no"
    settings = Settings(data=tmp_path, council=PACK, smtp=f"127.0.0.1:{door}", relay_url=relay_url)
    with postfix(port, f"smtp:[127.0.0.1]:{door}"):
        async with running(settings, interpreter) as house:
            await house.send(mail("The bins in Elm Road were missed again, I complain", sender=REPLY.to))
            row = await _came_back(house)
            dead = await house.house.store.read(lambda unit: unit.addresses.dead(REPLY.to))
    assert (row.to, row.state) == (REPLY.to, "came_back")
    assert "There is no such mailbox here" in row.error
    assert "There is no such mailbox here" in dead, "a real server's report bears the letter's envelope"


async def _came_back(house: LivingHouse) -> OutboxRow:
    """The letter to the resident, once it has come back."""

    def look(unit: Any) -> list[OutboxRow]:
        back = select(OutboxRow).where(col(OutboxRow.state) == "came_back", col(OutboxRow.to) == REPLY.to)
        return list(unit.session.exec(back))

    for _ in range(int(PATIENCE * 10)):
        if found := await house.house.store.read(look):
            return found[0]
        await asyncio.sleep(0.1)
    raise AssertionError("no letter came back")
