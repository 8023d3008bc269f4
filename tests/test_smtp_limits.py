"""The mail door's protocol and limits: what is offered, what is refused, and how long and how often one may knock."""

import asyncio
import shutil
import smtplib
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import uvloop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from case_store.engine import make_engine, migrate
from case_store.store import SqlStore
from channels.email_receiver import LARGEST_MAIL, EmailReceiver
from channels.networks import networks, plain_address
from channels.smtp.certificate import Certificate
from channels.smtp.limits import NO_LIMITS, Doorkeeper, Limits
from intake.policy import Policy
from tests.living_house import MAILBOX
from tests.mail_doors import (
    PATIENCE,
    RAW,
    Client,
    certificate,
    closing,
    kept_contacts,
    kept_originals,
    receiver,
    smtp_door,
)

NOBODY = "192.0.2.0/24"
"""Trusted where 127.0.0.1 shall be a stranger."""

Make = Callable[..., EmailReceiver]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The limits are before the store: one kind of it is enough."""
    return f"sqlite:///{tmp_path}/test.db"


@pytest.fixture
def strict(store: SqlStore, policy: Policy) -> Make:
    """A receiver to which 127.0.0.1 is a stranger, with these limits."""

    def make(limits: Limits | None = None) -> EmailReceiver:
        return receiver(store, policy, limits or Limits(), trusted=NOBODY)

    return make


async def test_what_we_offer_is_told_at_ehlo(strict: Make) -> None:
    async with smtp_door(strict()) as door:
        client = await Client.at(door.port)
        with closing(client):
            told = await client.say("EHLO x.example")
    offers = {line[4:] for line in told.splitlines()[1:]}
    assert offers == {f"SIZE {LARGEST_MAIL}", "8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES"}


async def test_a_size_above_the_largest_is_refused_at_mail_already(strict: Make) -> None:
    async with smtp_door(strict()) as door:
        client = await Client.at(door.port, "EHLO x.example")
        with closing(client):
            assert (await client.say(f"MAIL FROM:<a@example.org> SIZE={LARGEST_MAIL + 1}")).startswith("552 5.3.4")
            assert (await client.say(f"MAIL FROM:<a@example.org> SIZE={LARGEST_MAIL}")).startswith("250")


async def test_the_largest_mail_is_kept_and_one_octet_more_is_refused_and_the_next_mail_taken(
    strict: Make, store: SqlStore
) -> None:
    async with smtp_door(strict()) as door:
        client = await Client.at(door.port, "EHLO x.example")
        with closing(client):
            assert (await client.mail(b"a" * (LARGEST_MAIL - 1) + b"\r\n")).startswith("552 5.3.4")
            assert (await client.mail(b"a" * (LARGEST_MAIL - 2) + b"\r\n")).startswith("250")
            assert (await client.mail()).startswith("250")
    assert [len(raw) for raw in await store.read(kept_originals)] == [LARGEST_MAIL, len(RAW)]
    assert door.receiver.doorkeeper.held == 0


async def test_a_line_of_a_million_octets_is_taken(strict: Make, store: SqlStore) -> None:
    async with smtp_door(strict()) as door:
        assert (await door.hand_in(RAW + b"a" * 1_000_000))[0] == 250
    assert len(await store.read(kept_originals)) == 1


async def test_mail_that_would_take_too_much_memory_is_asked_to_come_later(strict: Make, store: SqlStore) -> None:
    async with smtp_door(strict(Limits(octets_each=300_000))) as door:
        slow, quick = [await Client.at(door.port, "EHLO x.example") for _ in range(2)]
        with closing(slow, quick):
            await slow.begin()
            slow.writer.write(b"a" * 200_000)
            while not door.receiver.doorkeeper.held:
                await asyncio.sleep(0.01)
            assert (await quick.mail(b"b" * 250_000 + b"\r\n")).startswith("452 4.3.1")
            assert (await slow.put(b"\r\n.\r\n")).startswith("250")
            assert (await quick.mail(b"b" * 250_000 + b"\r\n")).startswith("250")
    assert door.receiver.doorkeeper.held == 0
    assert len(await store.read(kept_originals)) == 2


async def test_who_breaks_off_within_a_mail_takes_no_memory_with_him(strict: Make, store: SqlStore) -> None:
    async with smtp_door(strict()) as door:
        client = await Client.at(door.port, "EHLO x.example")
        await client.begin()
        client.writer.write(b"a" * 300_000)
        while not door.receiver.doorkeeper.held:
            await asyncio.sleep(0.01)
        client.close()
        while door.receiver.doorkeeper.guests:
            await asyncio.sleep(0.01)
        assert door.receiver.doorkeeper.held == 0
    assert await store.read(kept_originals) == []


async def test_the_hundred_and_first_recipient_is_asked_to_come_later(strict: Make) -> None:
    async with smtp_door(strict()) as door:
        client = await Client.at(door.port, "EHLO x.example")
        with closing(client):
            await client.say("MAIL FROM:<a@example.org>")
            heard = [await client.say(f"RCPT TO:<complaints+{n}@bettershire.gov.uk>") for n in range(101)]
    assert {answer[:3] for answer in heard[:100]} == {"250"}
    assert heard[100].startswith("452 4.5.3")


async def test_the_next_connection_of_an_address_with_too_many_is_refused_and_there_is_room_when_one_ends(
    strict: Make,
) -> None:
    async with smtp_door(strict(Limits(connections_each=2))) as door:
        first, second, third = [await Client.at(door.port) for _ in range(3)]
        with closing(first, second, third):
            assert third.greeting.startswith("421 4.7.0")
            assert await third.hear() == ""
            assert (await first.say("QUIT")).startswith("221")
            assert await first.hear() == ""
            fourth = await Client.at(door.port)
            with closing(fourth):
                assert fourth.greeting.startswith("220")


async def test_a_trusted_relay_may_have_more_connections_and_mails_than_a_stranger(
    store: SqlStore, policy: Policy
) -> None:
    few = Limits(connections_each=1, mails_a_minute_each=1)
    async with smtp_door(receiver(store, policy, few)) as door:
        clients = [await Client.at(door.port, "EHLO x.example") for _ in range(3)]
        with closing(*clients):
            heard = [await client.mail(RAW + client.greeting.encode()) for client in clients]
    assert {answer[:3] for answer in heard} == {"250"}


async def test_too_many_mails_in_a_minute_are_asked_to_come_later(strict: Make, store: SqlStore) -> None:
    door_open = strict(Limits(mails_a_minute_each=3))
    async with smtp_door(door_open) as door:
        client = await Client.at(door.port, "EHLO x.example")
        with closing(client):
            heard = [await client.mail(RAW + b"%d" % number + b"\r\n") for number in range(3)]
            assert {answer[:3] for answer in heard} == {"250"}
            # The minute may have begun anew in between, so one answer of many later ones is enough.
            later = [await client.say(f"MAIL FROM:<{n}@example.org>") for n in range(4)]
            assert any(answer.startswith("451 4.7.1") for answer in later)


def test_the_count_of_mails_begins_anew_each_minute_and_stays_small() -> None:
    keeper = Doorkeeper(Limits(mails_a_minute_each=1))
    assert [keeper.may_send("192.0.2.1", now) for now in (0.0, 59.0, 60.0)] == [True, False, True]
    for number in range(30_000):
        keeper.may_send(str(number), 60.0)
    assert len(keeper._mails) <= 10_000


def test_an_address_of_ipv6_counts_as_its_network_and_mapped_ipv4_as_itself() -> None:
    keeper = Doorkeeper(trusted=networks("127.0.0.0/8, ::1"))
    assert keeper.counted_as("2001:db8::1") == keeper.counted_as("2001:db8::ffff") != keeper.counted_as("2001:db8:1::1")
    assert plain_address(("::ffff:192.0.2.7", 5, 0, 0)) == plain_address(("192.0.2.7", 5)) == "192.0.2.7"
    assert plain_address(("fe80::1%eth0", 5, 0, 0)) == "fe80::1"
    assert [keeper.counted_as(address) for address in ("127.4.4.4", "::1", plain_address(""))] == ["", "", ""]
    assert keeper.counted_as("192.0.2.7") == "192.0.2.7"


@pytest.mark.parametrize("wrong", ["FOO", "RCPT TO:<a@b>", "MAIL FROM:a\0b", "x" * 5000, "x" * 300_000, "EHLO"])
async def test_the_tenth_mistake_is_the_last(strict: Make, wrong: str) -> None:
    async with smtp_door(strict()) as door:
        client = await Client.at(door.port)
        with closing(client):
            heard = [await client.say(wrong) for _ in range(10)]
            assert {answer[0] for answer in heard} == {"5"}
            assert (await client.hear()).startswith("421 4.7.0")
            assert await client.hear() == ""


async def test_who_tries_mailboxes_out_is_sent_away_but_a_council_s_relay_is_not(
    strict: Make, store: SqlStore, policy: Policy
) -> None:
    for receives, away in ((strict(), True), (receiver(store, policy), False)):
        async with smtp_door(receives) as door:
            client = await Client.at(door.port, "EHLO x.example")
            with closing(client):
                await client.say("MAIL FROM:<a@example.org>")
                for number in range(10):
                    assert (await client.say(f"RCPT TO:<{number}@bettershire.gov.uk>")).startswith("550 5.1.1")
                if not away:
                    assert (await client.say(f"RCPT TO:<{MAILBOX}>")).startswith("250")
                else:
                    assert (await client.hear()).startswith("421")


async def test_silence_ends_a_connection_with_a_word(strict: Make) -> None:
    async with smtp_door(strict(Limits(silence=0.2))) as door:
        client = await Client.at(door.port, "EHLO x.example")
        with closing(client):
            assert (await client.hear()).startswith("421 4.4.2")
            assert await client.hear() == ""


async def test_somebody_who_keeps_talking_but_sends_no_mail_is_not_waited_for_for_ever(strict: Make) -> None:
    async with smtp_door(strict(Limits(silence=5, patience=0.5))) as door:
        client = await Client.at(door.port, "EHLO x.example")
        with closing(client):
            while (heard := await client.say("NOOP")).startswith("250"):
                await asyncio.sleep(0.05)
            assert heard.startswith("421 4.4.2")


async def test_a_mail_of_one_octet_at_a_time_is_waited_for_a_while_and_then_no_longer(
    strict: Make, store: SqlStore
) -> None:
    async with smtp_door(strict(Limits(silence=1.5, patience=5))) as door:
        quick = await Client.at(door.port, "EHLO x.example")
        with closing(quick):
            await quick.begin()
            for octet in RAW[:10]:
                quick.writer.write(bytes([octet]))
                await asyncio.sleep(0.2)
            assert (await quick.put(RAW[10:] + b".\r\n")).startswith("250")
        slow = await Client.at(door.port, "EHLO x.example")
        with closing(slow):
            await slow.begin()
            hearing = asyncio.create_task(slow.hear())
            while not hearing.done():
                slow.writer.write(b"a")
                await asyncio.sleep(0.05)
            assert (await hearing).startswith("421 4.4.2")
    assert await store.read(kept_originals) == [RAW]


async def test_four_hundred_silent_connections_do_not_keep_a_new_sender_out(strict: Make, store: SqlStore) -> None:
    async with smtp_door(strict(Limits(connections=100, connections_each=1000))) as door:
        silent = [await Client.at(door.port) for _ in range(400)]
        with closing(*silent):
            await asyncio.sleep(1.1)
            assert (await door.hand_in())[0] == 250
            assert len(door.receiver.doorkeeper.guests) <= 100
    assert await store.read(kept_originals) == [RAW]


async def test_who_waits_for_our_store_does_not_give_way(strict: Make, store: SqlStore) -> None:
    waiting, well_again = asyncio.Event(), asyncio.Event()
    receives = strict(Limits(connections=1, connections_each=10))
    receive = receives.reception.receive

    async def slowly(kept):  # type: ignore[no-untyped-def]
        waiting.set()
        await well_again.wait()
        return await receive(kept)

    receives.reception.receive = slowly  # type: ignore[method-assign]
    async with smtp_door(receives) as door:
        first = await Client.at(door.port, "EHLO x.example")
        handing_in = asyncio.create_task(first.mail())
        await waiting.wait()
        await asyncio.sleep(1.1)
        second = await Client.at(door.port)
        with closing(first, second):
            assert second.greeting.startswith("421 4.3.2")
            well_again.set()
            assert (await handing_in).startswith("250")


async def test_who_does_not_read_our_answers_is_sent_away_as_well(strict: Make) -> None:
    async with smtp_door(strict(Limits(silence=0.3))) as door:
        client = await Client.at(door.port)
        with closing(client):
            client.reader._transport.pause_reading()  # type: ignore[attr-defined]
            for _ in range(200):
                client.writer.write(b"VRFY x\r\n" * 10_000)
                await asyncio.sleep(0)
            for _ in range(PATIENCE * 10):
                if not door.receiver.doorkeeper.guests:
                    break
                await asyncio.sleep(0.1)
            assert not door.receiver.doorkeeper.guests


@pytest.mark.parametrize(
    "line",
    [
        b'MAIL FROM:<"a\rb"@example.org>\r\n',
        b"MAIL FROM:<a\0b@example.org>\r\n",
        b"MAIL FROM:<a\tb@example.org>\r\n",
        b"MAIL FROM:<a\x7f@example.org>\r\n",
        "MAIL FROM:<a\u0085@example.org>\r\n".encode(),
        b"MAIL FROM:<a\xff@example.org>\r\n",
        b"RCPT TO:<complaints\0@bettershire.gov.uk>\r\n",
        b"RCPT TO:<complaints@bettershire.gov.uk\r>\r\n",
    ],
)
async def test_control_characters_in_addresses_are_refused(strict: Make, line: bytes) -> None:
    async with smtp_door(strict()) as door:
        client = await Client.at(door.port, "EHLO x.example")
        with closing(client):
            if line.startswith(b"RCPT"):
                await client.say("MAIL FROM:<a@example.org>")
            assert (await client.put(line)).startswith("501")


async def test_a_bare_line_feed_ends_no_command(strict: Make, store: SqlStore) -> None:
    async with smtp_door(strict()) as door:
        client = await Client.at(door.port, "EHLO x.example")
        with closing(client):
            assert (await client.put(b"MAIL FROM:<a@example.org>\nRCPT TO:<x@y>\r\n")).startswith("500")
            assert (await client.hear()).startswith("503")


@pytest.mark.parametrize(
    ("path", "sender"),
    [
        ("<>", ""),
        ("<a@example.org>", "a@example.org"),
        (" <a@example.org>", "a@example.org"),
        ("a@example.org", "a@example.org"),
        ("<@relay.example,@b.example:a@example.org>", "a@example.org"),
        ('<"a > b"@example.org>', '"a > b"@example.org'),
        ("<jürgen@example.org> SMTPUTF8 BODY=8BITMIME", "jürgen@example.org"),
        ("<prvs=1=a+b@example.org>", "prvs=1=a+b@example.org"),
    ],
)
async def test_every_way_to_write_an_address_is_understood(
    strict: Make, store: SqlStore, path: str, sender: str
) -> None:
    async with smtp_door(strict()) as door:
        client = await Client.at(door.port, "EHLO x.example")
        with closing(client):
            assert (await client.say(f"MAIL FROM:{path}")).startswith("250")
            assert (await client.say(f"RCPT TO:<{MAILBOX}>")).startswith("250")
            await client.say("DATA")
            assert (await client.put(RAW + b".\r\n")).startswith("250")
    assert [contact.sender for contact in await store.read(kept_contacts)] == [sender]


@pytest.mark.parametrize(
    "path", ["<a@example.org", "a@example.org>", "<a b@example.org>", "", "<" + "(" * 900, '<"' * 900]
)
async def test_what_is_no_address_is_told_at_once(strict: Make, path: str) -> None:
    async with smtp_door(strict()) as door:
        client = await Client.at(door.port, "EHLO x.example")
        with closing(client):
            assert (await client.say(f"MAIL FROM:{path}"))[:3] in ("501", "553", "555")


async def test_verifying_a_mailbox_tells_nothing(strict: Make) -> None:
    async with smtp_door(strict()) as door:
        client = await Client.at(door.port, "EHLO x.example")
        with closing(client):
            assert await client.say(f"VRFY {MAILBOX}") == await client.say("VRFY nobody@nowhere.example")
            assert (await client.say("EXPN staff")).startswith("500")
            assert (await client.say("AUTH PLAIN AGEAYg==")).startswith("500")


async def test_every_answer_but_the_greetings_has_an_enhanced_code(strict: Make) -> None:
    said = ["MAIL", "MAIL FROM:<a@b>", "MAIL FROM:<a@b>", "RCPT TO:<x@y>", "DATA", "RSET", "NOOP", "RSET x", "BDAT 1"]
    async with smtp_door(strict(Limits(errors=100))) as door:
        client = await Client.at(door.port, "EHLO x.example")
        with closing(client):
            for line in [*said, "MAIL FROM:<a@b> FOO=1", "STARTTLS", "VRFY", "QUIT"]:
                answer = await client.say(line)
                assert answer[4:6] == f"{answer[0]}.", (line, answer)


async def test_commands_sent_together_are_answered_in_order(strict: Make, store: SqlStore) -> None:
    async with smtp_door(strict()) as door:
        client = await Client.at(door.port, "EHLO x.example")
        with closing(client):
            together = f"MAIL FROM:<a@example.org>\r\nRCPT TO:<x@y>\r\nRCPT TO:<{MAILBOX}>\r\nDATA\r\n".encode()
            heard = [await client.put(together), *[await client.hear() for _ in range(3)]]
            assert [answer[:3] for answer in heard] == ["250", "550", "250", "354"]
            heard = [await client.put(RAW + b".\r\nNOOP\r\nQUIT\r\n"), await client.hear(), await client.hear()]
            assert [answer[:3] for answer in heard] == ["250", "250", "221"]
    assert await store.read(kept_originals) == [RAW]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.lists(st.one_of(st.binary(max_size=60), st.sampled_from([b"MAIL FROM:<", b"\r\n", b"RCPT TO:<a@b>\r\n"])))
)
async def test_whatever_is_said_the_answer_is_never_that_we_failed(strict: Make, said: list[bytes]) -> None:
    async with smtp_door(strict(Limits(errors=1000))) as door:
        client = await Client.at(door.port, "EHLO x.example")
        with closing(client):
            client.writer.write(b"".join(said) + b"\r\nQUIT\r\n")
            while answer := await client.hear():
                assert answer[0] in "25", answer


async def with_tls(folder: Path, policy: Policy) -> tuple[list[str], str, list[bytes]]:
    """What a client hears who puts commands behind STARTTLS, and then sends a mail over TLS."""
    engine = make_engine(f"sqlite:///{folder}/tls.db")
    migrate(engine)
    store = SqlStore(engine)
    own = Certificate(*certificate(folder))
    trusts = ssl.create_default_context(cafile=str(folder / "chain.pem"))
    trusts.check_hostname = False
    async with smtp_door(receiver(store, policy, tls=own)) as door:
        client = await Client.at(door.port)
        with closing(client):
            heard = [await client.say("EHLO x.example")]
            heard.append(await client.put(b"STARTTLS\r\nMAIL FROM:<injected@example.org>\r\n"))
            await client.writer.start_tls(trusts)
            heard.append(await client.say("MAIL FROM:<a@example.org>"))
            heard.append(await client.say("EHLO x.example"))
            heard.append(await client.say("STARTTLS"))
            answer = await client.mail(RAW + b"a" * 300_000 + b"\r\n")
        kept = await store.read(kept_originals)
    store.close()
    engine.dispose()
    return heard, answer, kept


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_starttls_begins_anew_and_forgets_what_was_said_before_it(run, tmp_path: Path, policy: Policy) -> None:  # type: ignore[no-untyped-def]
    heard, answer, kept = run(with_tls(tmp_path, policy))
    assert "250 STARTTLS\r\n" in heard[0]
    assert heard[1].startswith("220")
    assert heard[2].startswith("503"), "neither the greeting nor the injected command counts"
    assert "STARTTLS" not in heard[3]
    assert heard[4].startswith("503")
    assert answer.startswith("250")
    assert kept == [RAW + b"a" * 300_000 + b"\r\n"]


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_a_failed_handshake_leaves_nothing_behind(run, tmp_path: Path, policy: Policy) -> None:  # type: ignore[no-untyped-def]
    async def scenario() -> None:
        own = Certificate(*certificate(tmp_path))
        async with smtp_door(receiver(None, policy, tls=own)) as door:
            client = await Client.at(door.port, "EHLO x.example")
            with closing(client):
                assert (await client.say("STARTTLS")).startswith("220")
                client.writer.write(b"this is no handshake\r\n")
                while door.receiver.doorkeeper.guests:
                    await asyncio.sleep(0.01)

    run(asyncio.wait_for(scenario(), PATIENCE))


async def test_the_standard_library_s_client_sends_over_tls(store: SqlStore, policy: Policy, tmp_path: Path) -> None:
    own = Certificate(*certificate(tmp_path))

    def send(port: int) -> None:
        trusts = ssl.create_default_context(cafile=str(tmp_path / "chain.pem"))
        trusts.check_hostname = False
        with smtplib.SMTP("127.0.0.1", port, timeout=PATIENCE) as client:
            client.starttls(context=trusts)
            client.sendmail("a@example.org", [MAILBOX], RAW)

    async with smtp_door(receiver(store, policy, tls=own)) as door:
        await asyncio.to_thread(send, door.port)
    assert await store.read(kept_originals) == [RAW]


async def test_while_limits_are_off_nobody_is_counted(store: SqlStore, policy: Policy) -> None:
    async with smtp_door(receiver(store, policy, NO_LIMITS, trusted=NOBODY)) as door:
        clients = [await Client.at(door.port, "EHLO x.example") for _ in range(30)]
        with closing(*clients):
            assert {(await client.say("NOOP"))[:3] for client in clients} == {"250"}
            assert {(await clients[0].say("FOO"))[:3] for _ in range(30)} == {"500"}


@pytest.mark.skipif(not shutil.which("swaks"), reason="left out: swaks is not here")
@pytest.mark.parametrize("tls", [False, True])
async def test_swaks_hands_a_mail_in(store: SqlStore, policy: Policy, tmp_path: Path, tls: bool) -> None:
    own = Certificate(*certificate(tmp_path))
    async with smtp_door(receiver(store, policy, tls=own)) as door:
        command = ["swaks", "--server", f"127.0.0.1:{door.port}", "--from", "a@example.org", "--to", MAILBOX]
        command += ["--pipeline", "--timeout", str(PATIENCE), *(["--tls"] if tls else [])]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
        if tls and "not available" in done.stdout + done.stderr:
            pytest.skip("left out: swaks is without TLS here (install libnet-ssleay-perl)")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Kept as" in done.stdout
    assert len(await store.read(kept_originals)) == 1
