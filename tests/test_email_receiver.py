"""The mail door: kept and committed before 250, 451 when that cannot be, 550 for a mailbox that is not ours."""

import asyncio
import shutil
import smtplib
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from sqlmodel import col, select

from case_store.engine import make_engine, migrate
from case_store.store import SqlStore
from case_store.tables.contacts import ContactRow
from case_store.unit_of_work import SqlUnitOfWork
from channels.email_receiver import EmailReceiver, fingerprint
from intake.addresses import mailbox_of
from intake.contact import Channel, Kept
from intake.policy import Policy
from tests.living_house import MAILBOX
from tests.mail_doors import (
    PATIENCE,
    RAW,
    BrokenStore,
    Client,
    Door,
    closing,
    kept_contacts,
    kept_originals,
    lmtp_door,
    now,
    receiver,
    smtp_door,
)


async def test_a_mail_is_committed_byte_for_byte_before_the_sender_hears_250(store: SqlStore, policy: Policy) -> None:
    async with smtp_door(receiver(store, policy)) as door:
        code, words = await door.hand_in()
        assert code == 250
        assert await store.read(kept_originals) == [RAW]
        contacts = await store.read(kept_contacts)
        assert words == f"2.0.0 Kept as {contacts[0].id}"


async def test_the_same_mail_by_another_way_is_the_same_contact(store: SqlStore, policy: Policy) -> None:
    async with smtp_door(receiver(store, policy)) as door:
        named = b"Message-ID: <1@x.example>\r\n" + RAW
        first = await door.hand_in(named)
        again = await door.hand_in(b"Received: from relay.example\r\n\tby us\r\n" + named)
        assert again == first
        assert len(await store.read(kept_originals)) == 1


async def test_another_text_under_the_same_message_id_is_another_contact(store: SqlStore, policy: Policy) -> None:
    async with smtp_door(receiver(store, policy)) as door:
        await door.hand_in(b"Message-ID: <1@x.example>\r\n" + RAW)
        await door.hand_in(b"Message-ID: <1@x.example>\r\n" + RAW + b"And again.\r\n")
        assert len(await store.read(kept_originals)) == 2


async def test_a_mailbox_that_is_not_ours_is_refused_at_rcpt_with_550(store: SqlStore, policy: Policy) -> None:
    async with smtp_door(receiver(store, policy)) as door:
        code, _ = await door.hand_in(to="planning@elsewhere.gov.uk")
        assert code == 550
        assert await store.read(kept_originals) == []


@pytest.mark.parametrize("to", ["postmaster@bettershire.gov.uk", "PostMaster@Bettershire.GOV.UK", "Postmaster"])
@pytest.mark.parametrize("door_of", [smtp_door, lmtp_door])
async def test_the_postmaster_of_our_domain_and_of_none_is_heard_at_every_door(
    store: SqlStore, policy: Policy, door_of: Callable[[EmailReceiver], AbstractAsyncContextManager[Door]], to: str
) -> None:
    async with door_of(receiver(store, policy)) as door:
        client = smtplib.LMTP if door_of is lmtp_door else smtplib.SMTP

        def hand_in() -> dict[str, tuple[int, bytes]]:
            with client("127.0.0.1", door.port, timeout=PATIENCE) as speaking:
                return speaking.sendmail("a@example.org", [to], RAW)

        assert await asyncio.to_thread(hand_in) == {}
        (contact,) = await store.read(kept_contacts)
        assert contact.recipients == to


async def test_another_domains_postmaster_is_none_of_ours(store: SqlStore, policy: Policy) -> None:
    async with smtp_door(receiver(store, policy)) as door:
        for to in ("postmaster@elsewhere.gov.uk", "postmasters@bettershire.gov.uk", "hostmaster"):
            assert (await door.hand_in(to=to))[0] == 550


@pytest.mark.parametrize("address", ["Complaints@BETTERSHIRE.gov.uk", "complaints+bins@bettershire.gov.uk"])
def test_case_and_plus_tags_lead_to_the_same_mailbox(address: str) -> None:
    assert mailbox_of(address) == MAILBOX


async def test_the_addresses_are_kept_with_the_tags_that_they_were_written_with(
    store: SqlStore, policy: Policy
) -> None:
    async with smtp_door(receiver(store, policy)) as door:
        await door.hand_in(to="Complaints+c.4f2a@bettershire.gov.uk")
        (contact,) = await store.read(kept_contacts)
        assert "Complaints+c.4f2a@bettershire.gov.uk" in contact.recipients


async def test_when_our_own_code_fails_the_sender_hears_451_and_keeps_the_mail(policy: Policy) -> None:
    async with smtp_door(receiver(BrokenStore(), policy)) as door:
        code, words = await door.hand_in()
        assert code == 451
        assert "try again" in words


async def test_when_looking_for_the_mailbox_fails_the_sender_hears_451_and_the_next_mail_is_taken(
    store: SqlStore, policy: Policy
) -> None:
    broken = receiver(store, policy)
    mailboxes, broken.mailboxes = broken.mailboxes, None  # type: ignore[assignment]
    async with smtp_door(broken) as door:
        client = await Client.at(door.port, "EHLO x.example")
        with closing(client):
            await client.say("MAIL FROM:<a@example.org>")
            assert (await client.say(f"RCPT TO:<{MAILBOX}>")).startswith("451 4.3.0")
            broken.mailboxes = mailboxes
            assert (await client.say("RSET")).startswith("250")
            assert (await client.mail()).startswith("250")


async def test_a_store_that_takes_for_ever_is_451(
    store: SqlStore, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("channels.email_receiver.KEEPING_SECONDS", 0.1)

    class Slow:
        async def transact(self, work: object) -> None:
            await asyncio.sleep(3600)

    async with smtp_door(receiver(Slow(), policy)) as door:
        assert (await door.hand_in())[0] == 451


async def test_a_locked_database_is_451_and_is_taken_in_once_it_is_free(
    tmp_path: Path, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("case_store.engine.BUSY_SECONDS", 0.2)
    engine = make_engine(f"sqlite:///{tmp_path}/locked.db")
    migrate(engine)
    store = SqlStore(engine)
    async with smtp_door(receiver(store, policy)) as door:
        other = sqlite3.connect(tmp_path / "locked.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert (await door.hand_in())[0] == 451
        other.execute("ROLLBACK")
        assert (await door.hand_in())[0] == 250
    store.close()


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB of our own."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mounted = (
        shutil.which("mount")
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, check=False
        ).returncode
    )
    if not mounted:
        pytest.skip("left out: a file system of our own needs root and mount")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


async def test_a_full_disk_is_451_and_nothing_that_was_answered_250_is_lost(tiny_disk: Path, policy: Policy) -> None:
    engine = make_engine(f"sqlite:///{tiny_disk}/full.db")
    migrate(engine)
    store = SqlStore(engine)
    async with smtp_door(receiver(store, policy)) as door:
        codes = [(await door.hand_in(RAW + b"%d" % number + b"x" * 200_000))[0] for number in range(15)]
        assert set(codes) == {250, 451}
        assert len(await store.read(kept_originals)) == codes.count(250)
    store.close()


async def test_the_null_sender_is_kept_as_an_empty_sender(store: SqlStore, policy: Policy) -> None:
    async with smtp_door(receiver(store, policy)) as door:
        await door.hand_in(sender="<>")
        assert [contact.sender for contact in await store.read(kept_contacts)] == [""]


async def test_many_mails_at_once_share_commits_and_each_is_there(store: SqlStore, policy: Policy) -> None:
    async with smtp_door(receiver(store, policy)) as door:
        heard = await asyncio.gather(*(door.hand_in(RAW + b"%d" % number) for number in range(40)))
        assert {code for code, _ in heard} == {250}
        assert len(await store.read(kept_originals)) == 40


def test_a_fingerprint_skips_only_what_each_delivery_writes_anew() -> None:
    raw = b"Message-ID: <1@example.org>\r\n" + RAW
    traced = b"Return-Path: <a@example.org>\r\nReceived: by x\r\n for y\r\n" + raw
    assert fingerprint(traced) == fingerprint(raw)
    assert fingerprint(raw.replace(b"Bins", b"Bin")) != fingerprint(raw)


@pytest.mark.parametrize("end", ["\r\n", "\n"])
async def test_a_mail_that_goes_in_circles_is_refused_and_one_with_many_hops_is_kept(
    store: SqlStore, policy: Policy, end: str
) -> None:
    async with smtp_door(receiver(store, policy)) as door:
        client = await Client.at(door.port, "EHLO x.example")
        with closing(client):
            hop, text = f"received: from a by b{end}\tfor us{end}", f"Subject: x{end}{end}Received: {end}"
            assert (await client.mail((hop * 51 + text).encode() + b"\r\n")).startswith("554 5.4.6")
            quoted = hop * 50 + text + hop * 50
            assert (await client.mail(quoted.encode() + b"\r\n")).startswith("250")


async def test_one_failing_piece_of_work_undoes_itself_alone(store: SqlStore) -> None:
    async def keep(number: int) -> str:
        kept = Kept(f"{number:032d}", Channel.EMAIL, now(), f"f{number}", "", "", (), b"")

        def work(unit: SqlUnitOfWork) -> str:
            contact = unit.inbox.keep(kept)
            if number % 3 == 0:
                raise ValueError("this one is wrong")
            return contact

        return await store.transact(work)

    done = await asyncio.gather(*(keep(number) for number in range(30)), return_exceptions=True)
    assert sum(isinstance(one, ValueError) for one in done) == 10
    ids = await store.read(lambda unit: unit.session.exec(select(ContactRow.id).order_by(col(ContactRow.id))).all())
    assert ids == [f"{number:032d}" for number in range(30) if number % 3]
