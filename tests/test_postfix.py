"""Behind a real Postfix: what it is given arrives once, what we cannot take it keeps, and nothing is bounced."""

import asyncio
import socket
from pathlib import Path

import pytest

from case_store.store import SqlStore
from intake.policy import Policy
from tests.living_house import MAILBOX
from tests.mail_doors import (
    OTHER_MAILBOX,
    Client,
    RefusingStore,
    closing,
    kept_contacts,
    kept_originals,
    lmtp_door,
    receiver,
    smtp_door,
)
from tests.postfix import MISSING, Postfix, postfix

pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)

ASKED = b"From: Anne <anne.shaw@example.org>\nTo: complaints@bettershire.gov.uk\nSubject: Bins %d\n\nMissed again.\n.\n"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """What Postfix does is the same over each kind of store."""
    return f"sqlite:///{tmp_path}/test.db"


def port_of_our_own() -> int:
    """Below the ports that clients are given, so that none of them takes it first."""
    for port in range(21_000, 32_000, 7):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise AssertionError("no port is free")


async def waits(relay: Postfix, words: str, times: int = 1) -> str:
    return await asyncio.to_thread(relay.waits_until, words, times)


@pytest.mark.parametrize("door_of", [smtp_door, lmtp_door])
async def test_a_mail_that_postfix_is_given_arrives_as_one_contact(store, policy, door_of) -> None:  # type: ignore[no-untyped-def]
    protocol = "smtp:[127.0.0.1]" if door_of is smtp_door else "lmtp:inet:127.0.0.1"
    async with door_of(receiver(store, policy)) as door:
        with postfix(port_of_our_own(), f"{protocol}:{door.port}") as relay:
            await asyncio.to_thread(relay.inject, ASKED % 1, "Complaints+c.1@bettershire.gov.uk")
            log = await waits(relay, "status=sent")
    (contact,) = await store.read(kept_contacts)
    assert f"Kept as {contact.id}" in log
    assert contact.sender == "anne.shaw@example.org"
    assert "Complaints+c.1@bettershire.gov.uk" in contact.recipients
    (raw,) = await store.read(kept_originals)
    assert raw.endswith(b"\r\n\r\nMissed again.\r\n.\r\n")


async def test_two_mailboxes_by_lmtp_are_two_answers_and_one_contact(store: SqlStore, policy: Policy) -> None:
    async with lmtp_door(receiver(store, policy)) as door:
        with postfix(port_of_our_own(), f"lmtp:inet:127.0.0.1:{door.port}") as relay:
            await asyncio.to_thread(relay.inject, ASKED % 1, MAILBOX, OTHER_MAILBOX, "nobody@bettershire.gov.uk")
            log = await waits(relay, "status=sent", 2)
            await waits(relay, "status=bounced")
    (contact,) = await store.read(kept_contacts)
    assert log.count(f"Kept as {contact.id}") == 2
    assert MAILBOX in contact.recipients
    assert OTHER_MAILBOX in contact.recipients


async def test_by_a_unix_socket_it_arrives_as_well(store: SqlStore, policy: Policy, tmp_path: Path) -> None:
    with postfix(port_of_our_own(), "lmtp:unix:lmtp.sock") as relay:
        server = await receiver(store, policy).listen_lmtp_socket(relay.folder / "queue" / "lmtp.sock")
        await asyncio.to_thread(relay.inject, ASKED % 1, MAILBOX)
        await waits(relay, "status=sent")
        server.close()
    assert len(await store.read(kept_originals)) == 1


@pytest.mark.parametrize("door_of", [smtp_door, lmtp_door])
async def test_what_our_store_refuses_postfix_keeps_and_delivers_when_it_is_well_again(store, policy, door_of) -> None:  # type: ignore[no-untyped-def]
    protocol = "smtp:[127.0.0.1]" if door_of is smtp_door else "lmtp:inet:127.0.0.1"
    refusing = RefusingStore(store)
    async with door_of(receiver(refusing, policy)) as door:
        with postfix(port_of_our_own(), f"{protocol}:{door.port}") as relay:
            for number in range(3):
                await asyncio.to_thread(relay.inject, ASKED % number, MAILBOX)
            assert "451 4.3.0" in await waits(relay, "status=deferred", 3)
            assert len(relay.waiting()) == 3
            assert await store.read(kept_originals) == []
            refusing.takes = True
            await asyncio.to_thread(relay.try_again)
            log = await waits(relay, "status=sent", 3)
            assert relay.waiting() == []
    assert "status=bounced" not in log
    assert len(await store.read(kept_originals)) == 3


async def test_the_same_mail_to_us_directly_and_through_postfix_is_one_contact(store: SqlStore, policy: Policy) -> None:
    raw = b"Message-ID: <1@example.org>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n" + (ASKED % 1).replace(
        b"\n", b"\r\n"
    )
    async with smtp_door(receiver(store, policy)) as door:
        with postfix(port_of_our_own(), f"smtp:[127.0.0.1]:{door.port}") as relay:
            relayed = await Client.at(relay.port, "EHLO x.example")
            directly = await Client.at(door.port, "EHLO x.example")
            with closing(relayed, directly):
                for client in (relayed, directly):
                    assert (await client.mail(raw.replace(b"\r\n.", b"\r\n.."))).startswith("250")
            await waits(relay, "status=sent")
    assert len(await store.read(kept_originals)) == 1
