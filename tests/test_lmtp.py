"""LMTP: an answer for each recipient, one contact for one mail, over TCP and over a UNIX socket."""

import asyncio
import shutil
import smtplib
import subprocess
from pathlib import Path

import pytest
import uvloop

from case_store.engine import make_engine, migrate
from case_store.store import SqlStore
from intake.policy import Policy
from tests.living_house import MAILBOX
from tests.mail_doors import (
    OTHER_MAILBOX,
    PATIENCE,
    RAW,
    BrokenStore,
    Client,
    closing,
    kept_contacts,
    kept_originals,
    lmtp_door,
    receiver,
    smtp_door,
)


async def test_each_accepted_recipient_is_answered_in_order_and_one_mail_is_one_contact(
    store: SqlStore, policy: Policy
) -> None:
    async with lmtp_door(receiver(store, policy)) as door:
        client = await Client.at(door.port, "LHLO x.example")
        with closing(client):
            await client.say("MAIL FROM:<a@example.org>")
            for recipient, code in ((MAILBOX, "250"), ("nobody@elsewhere.example", "550"), (OTHER_MAILBOX, "250")):
                assert (await client.say(f"RCPT TO:<{recipient}>")).startswith(code)
            assert (await client.say("DATA")).startswith("354")
            first, second = await client.put(RAW + b".\r\n"), await client.hear()
            assert (await client.say("NOOP")).startswith("250 2.0.0")
    (contact,) = await store.read(kept_contacts)
    assert first == second == f"250 2.0.0 Kept as {contact.id}\r\n"
    assert MAILBOX in contact.recipients
    assert OTHER_MAILBOX in contact.recipients


@pytest.mark.parametrize("fails", ["our store", "our own code"])
async def test_when_we_fail_each_recipient_hears_451(policy: Policy, fails: str) -> None:
    receives = receiver(BrokenStore(), policy)
    if fails == "our own code":
        receives.clock = None  # type: ignore[assignment]
        receives.reception = None  # type: ignore[assignment]
    async with lmtp_door(receives) as door:
        client = await Client.at(door.port, "LHLO x.example")
        with closing(client):
            await client.begin(MAILBOX, OTHER_MAILBOX)
            heard = [await client.put(RAW + b".\r\n"), await client.hear()]
            assert [answer[:9] for answer in heard] == ["451 4.3.0", "451 4.3.0"]
            assert (await client.say("NOOP")).startswith("250")


async def test_what_is_refused_for_the_whole_mail_is_told_to_each_recipient(store: SqlStore, policy: Policy) -> None:
    async with lmtp_door(receiver(store, policy)) as door:
        client = await Client.at(door.port, "LHLO x.example")
        with closing(client):
            await client.begin(MAILBOX, OTHER_MAILBOX, MAILBOX)
            circling = b"Received: by x\r\n" * 51 + RAW + b".\r\n"
            heard = [await client.put(circling), await client.hear(), await client.hear()]
            assert [answer[:9] for answer in heard] == ["554 5.4.6"] * 3


async def test_a_mail_without_recipients_has_no_data(store: SqlStore, policy: Policy) -> None:
    async with lmtp_door(receiver(store, policy)) as door:
        client = await Client.at(door.port, "LHLO x.example")
        with closing(client):
            assert (await client.begin("nobody@elsewhere.example")).startswith("503")


async def test_who_greets_by_smtp_is_told_that_this_is_lmtp(store: SqlStore, policy: Policy) -> None:
    async with lmtp_door(receiver(store, policy)) as door:
        client = await Client.at(door.port)
        with closing(client):
            for greeting in ("HELO x.example", "EHLO x.example", "MAIL FROM:<a@example.org>"):
                assert (await client.say(greeting))[0] == "5"
            told = await client.say("LHLO x.example")
            assert {"250-PIPELINING", "250 ENHANCEDSTATUSCODES"} <= set(told.splitlines())


async def test_the_same_mail_by_smtp_and_by_lmtp_is_one_contact(store: SqlStore, policy: Policy) -> None:
    receives = receiver(store, policy)
    by_lmtp = b"Return-Path: <a@example.org>\r\nX-Original-To: x@y.z\r\nDelivered-To: x@y.z\r\n"
    mail = b"Message-ID: <1@example.org>\r\n" + RAW
    async with smtp_door(receives) as smtp, lmtp_door(receives) as lmtp:
        _, first = await smtp.hand_in(b"Received: from a by b\r\n" + mail)
        client = await Client.at(lmtp.port, "LHLO x.example")
        with closing(client):
            again = await client.mail(by_lmtp + b"Received: from a\r\n\tby c\r\n" + mail)
    assert again == f"250 {first}\r\n"
    assert len(await store.read(kept_originals)) == 1


def send(place: str, port: int) -> dict[str, tuple[int, bytes]]:
    """Hand in with the standard library's client, which takes a path for a UNIX socket."""
    with smtplib.LMTP(place, port, timeout=PATIENCE) as client:
        return client.sendmail("a@example.org", [MAILBOX], RAW)


async def over_a_socket(folder: Path, policy: Policy) -> list[bytes]:
    """The socket is made twice, as after a process that ended without taking it away."""
    engine = make_engine(f"sqlite:///{folder}/lmtp.db")
    migrate(engine)
    store = SqlStore(engine)
    receives, path = receiver(store, policy), folder / "lmtp.sock"
    for _ in range(2):
        server = await receives.listen_lmtp_socket(path)
        assert await asyncio.to_thread(send, str(path), 0) == {}
        with pytest.raises(OSError, match="in use"):
            await receives.listen_lmtp_socket(path)
        server.close()
    kept = await store.read(kept_originals)
    store.close()
    engine.dispose()
    return kept


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_mail_is_taken_over_a_unix_socket_and_an_old_socket_is_replaced_but_no_living_one(  # type: ignore[no-untyped-def]
    run, tmp_path: Path, policy: Policy
) -> None:
    assert run(over_a_socket(tmp_path, policy)) == [RAW]


async def test_the_standard_library_s_client_delivers_over_tcp(store: SqlStore, policy: Policy) -> None:
    async with lmtp_door(receiver(store, policy)) as door:
        assert await asyncio.to_thread(send, "127.0.0.1", door.port) == {}
    assert await store.read(kept_originals) == [RAW]


@pytest.mark.skipif(not shutil.which("swaks"), reason="left out: swaks is not here")
async def test_swaks_delivers_to_two_mailboxes(store: SqlStore, policy: Policy) -> None:
    async with lmtp_door(receiver(store, policy)) as door:
        command = ["swaks", "--protocol", "LMTP", "--server", f"127.0.0.1:{door.port}", "--from", "a@example.org"]
        command += ["--to", f"{MAILBOX},{OTHER_MAILBOX}", "--timeout", str(PATIENCE)]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(await store.read(kept_originals)) == 1
