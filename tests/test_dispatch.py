"""Outgoing mail: handed to a real relay, tried again when it cannot take it, set aside when it never will."""

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from case_store.store import SqlStore
from case_store.tables.sending import OutboxRow
from case_store.unit_of_work import SqlUnitOfWork
from channels.email_sender import Letterhead, RelaySender
from channels.sending.smtp_relay import Patience, Relay
from intake.contact import Attempt, Channel, Ended, Person, Reply
from intake.conversation import Conversation, Holder
from intake.dispatch import LEASE, TRY_AGAIN_AFTER, Dispatch
from tests.relay_server import RelayServer, relay_server

REPLY = Reply(
    "ab" * 16, "c1", "unsure", "anne@example.org", "We have it", "Hello\n", "q@example.org", ("q@example.org",)
)


@pytest.fixture
async def relay() -> AsyncIterator[RelayServer]:
    async with relay_server(RelayServer()) as relay:
        yield relay


class Post:
    """A dispatch to that relay, with a clock of its own."""

    def __init__(self, store: SqlStore, port: int, patience: Patience = Patience()) -> None:  # noqa: B008
        self.now = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
        self.store = store
        letterhead = Letterhead("Bettershire Council", "complaints@bettershire.gov.uk")
        relay = Relay.of(f"smtp://127.0.0.1:{port}?starttls=no")
        sender = RelaySender(relay, letterhead, lambda: self.now, patience=patience)
        self.dispatch = Dispatch(store, sender, lambda: self.now)

    async def write(self, reply: Reply = REPLY) -> None:
        await self.store.transact(lambda unit: unit.outbox.add(reply, self.now))

    async def row(self) -> OutboxRow:
        def read(unit: SqlUnitOfWork) -> OutboxRow:
            return unit.session.exec(select(OutboxRow)).one()

        return await self.store.read(read)

    async def attempts(self) -> Sequence[Attempt]:
        return await self.store.read(lambda unit: unit.outbox.attempts_of(REPLY.id))

    async def ends(self) -> list[Ended]:
        return [attempt.ended for attempt in await self.attempts()]

    async def wait(self, attempt: int) -> None:
        """The time that passes before this attempt."""
        self.now += TRY_AGAIN_AFTER[attempt - 2] + timedelta(seconds=1)


async def test_a_mail_goes_out_threaded_and_who_took_it_is_kept(store: SqlStore, relay: RelayServer) -> None:
    post = Post(store, relay.port)
    await post.write()
    assert await post.dispatch.send_next()
    (taken,) = relay.took
    for header in (
        b"In-Reply-To: <q@example.org>",
        b"References: <q@example.org>",
        b"Auto-Submitted: auto-replied",
        b"Message-ID: <" + b"ab" * 16 + b"@bettershire.gov.uk>",
    ):
        assert header in taken.raw
    assert taken.recipients == ["anne@example.org"]
    row = await post.row()
    assert (row.state, row.receipt) == ("sent", "taken by 127.0.0.1: 250 2.0.0 Ok: queued as 4XyZ")
    assert await post.attempts() == [Attempt(REPLY.id, post.now, Ended.SENT, row.receipt)]
    assert not await post.dispatch.send_next()


async def test_a_relay_that_cannot_take_it_now_is_asked_again_later_with_the_same_mail(
    store: SqlStore, relay: RelayServer
) -> None:
    post = Post(store, relay.port)
    await post.write()
    relay.says = "451 4.3.0 the disk is full"
    await post.dispatch.send_next()
    assert not await post.dispatch.send_next()
    relay.says = "250 ok"
    await post.wait(2)
    assert await post.dispatch.send_next()
    assert (await post.row()).state == "sent"
    assert b"Message-ID: <" + b"ab" * 16 in relay.took[0].raw
    assert [attempt.line for attempt in await post.attempts()] == [
        "127.0.0.1: 451 4.3.0 the disk is full",
        "taken by 127.0.0.1: 250 ok",
    ]


async def test_a_greylisting_relay_gets_the_mail_at_the_second_attempt(store: SqlStore, relay: RelayServer) -> None:
    relay.greylists = True
    post = Post(store, relay.port)
    await post.write()
    await post.dispatch.send_next()
    await post.wait(2)
    await post.dispatch.send_next()
    assert await post.ends() == [Ended.LATER, Ended.SENT]
    assert len(relay.took) == 1


async def test_a_relay_that_is_down_is_tried_for_days_and_then_the_mail_is_set_aside(store: SqlStore) -> None:
    post = Post(store, 1)
    await post.write()
    for wait in (timedelta(0), *TRY_AGAIN_AFTER):
        post.now += wait + timedelta(seconds=1)
        assert await post.dispatch.send_next()
    row = await post.row()
    assert (row.state, row.attempts) == ("set_aside", len(TRY_AGAIN_AFTER) + 1)
    assert await post.ends() == [Ended.LATER] * (len(TRY_AGAIN_AFTER) + 1)
    assert sum(TRY_AGAIN_AFTER, timedelta()) > timedelta(days=4)


@pytest.mark.parametrize("command", ["sender_says", "recipient_says", "says"])
async def test_a_refusal_for_good_is_set_aside_at_once_with_the_relays_words(
    store: SqlStore, relay: RelayServer, command: str
) -> None:
    post = Post(store, relay.port)
    await post.write()
    setattr(relay, command, "550 5.1.1 no such user")
    await post.dispatch.send_next()
    row = await post.row()
    assert (row.state, row.error) == ("set_aside", "127.0.0.1: 550 5.1.1 no such user")
    assert await post.ends() == [Ended.REFUSED]
    assert relay.took == []


async def test_a_letter_that_is_refused_for_good_leaves_its_conversation_to_a_person(
    store: SqlStore, relay: RelayServer
) -> None:
    relay.recipient_says = "550 5.1.1 no such user"
    post = Post(store, relay.port)
    anne = Conversation("c1", Channel.EMAIL, Person(email="anne@example.org"), post.now, "Bins")
    await store.transact(lambda unit: unit.conversations.keep(anne))
    await post.write()
    await post.dispatch.send_next()
    known = await store.read(lambda unit: unit.conversations.get("c1"))
    assert known is not None
    assert known.holder is Holder.WAITING
    assert "550 5.1.1 no such user" in known.waiting_for


async def dead(post: Post, address: str = REPLY.to) -> str:
    return await post.store.read(lambda unit: unit.addresses.dead(address))


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("recipient_says", "550 5.1.1 <anne@example.org>: Recipient address rejected: User unknown"),
        ("recipient_says", "556 5.1.10 Recipient address has null MX"),
        ("recipient_says", "551 5.1.6 moved, and left no address"),
        ("recipient_says", "550 No such user here"),
        ("says", "550 5.1.1 no such user"),
    ],
)
async def test_an_address_that_is_refused_as_bad_is_not_written_to_by_itself_any_more(
    store: SqlStore, relay: RelayServer, command: str, says: str
) -> None:
    setattr(relay, command, says)
    post = Post(store, relay.port)
    await post.write()
    await post.dispatch.send_next()
    assert await dead(post) == f"127.0.0.1: {says}"


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("recipient_says", "550 5.7.1 blocked by policy: unknown user of our relay"),
        ("recipient_says", "550 5.7.1 our peer said 5.1.1"),
        ("recipient_says", "552 5.2.2 mailbox full"),
        ("recipient_says", "550 5.1.8 sender's domain not found"),
        ("recipient_says", "554 Transaction failed"),
        ("recipient_says", "550 rejected as spam"),
        ("recipient_says", "450 4.1.1 unknown just now"),
        ("sender_says", "550 5.1.1 no such user"),
        ("says", "552 5.3.4 too large"),
        ("says", "550 Unknown user sent too much spam"),
    ],
)
async def test_a_refusal_that_says_nothing_bad_of_the_address_leaves_it_alive(
    store: SqlStore, relay: RelayServer, command: str, says: str
) -> None:
    setattr(relay, command, says)
    post = Post(store, relay.port)
    await post.write()
    await post.dispatch.send_next()
    assert await post.ends() in ([Ended.REFUSED], [Ended.LATER])
    assert await dead(post) == ""


async def test_a_teams_address_is_never_marked_as_bad(store: SqlStore, relay: RelayServer) -> None:
    relay.recipient_says = "550 5.1.1 no such user"
    post = Post(store, relay.port)
    post.dispatch.teams = frozenset({"roads@bettershire.gov.uk"})
    await post.write(replace(REPLY, to="Roads@Bettershire.gov.uk"))
    await post.dispatch.send_next()
    assert (await post.row()).state == "set_aside"
    assert await dead(post, "roads@bettershire.gov.uk") == ""


async def test_a_relay_that_wants_us_signed_in_refuses_no_mail_for_good(store: SqlStore, relay: RelayServer) -> None:
    relay.wants = ("rightdoor", "secret")
    post = Post(store, relay.port)
    await post.write()
    await post.dispatch.send_next()
    assert (await post.row()).state == "waiting"
    assert "530" in (await post.attempts())[0].line


async def test_a_mail_whose_end_is_unclear_goes_out_again_under_the_same_message_id(
    store: SqlStore, relay: RelayServer
) -> None:
    post = Post(store, relay.port)
    await post.write()
    relay.drops_after_data = True
    await post.dispatch.send_next()
    relay.drops_after_data = False
    await post.wait(2)
    await post.dispatch.send_next()
    assert await post.ends() == [Ended.UNCLEAR, Ended.SENT]
    first, second = (taken.raw.partition(b"Message-ID: ")[2].split()[0] for taken in relay.took)
    assert first == second


async def test_a_relay_too_slow_to_answer_leaves_it_unclear_whether_it_took_the_mail(
    store: SqlStore, relay: RelayServer
) -> None:
    post = Post(store, relay.port, Patience(mail=0.05))
    await post.write()
    relay.seconds = 30
    await post.dispatch.send_next()
    assert await post.ends() == [Ended.UNCLEAR]
    assert (await post.row()).state == "waiting"


async def test_a_sender_that_died_half_way_sends_again_under_the_same_message_id(
    store: SqlStore, relay: RelayServer
) -> None:
    post = Post(store, relay.port)
    await post.write()
    await store.transact(lambda unit: unit.outbox.claim(post.now, post.now + LEASE))
    assert not await post.dispatch.send_next()
    post.now += LEASE + timedelta(seconds=1)
    assert await post.dispatch.send_next()
    assert len(relay.took) == 1
    assert await post.ends() == [Ended.UNCLEAR, Ended.SENT]


async def test_an_address_that_is_none_is_set_aside_and_nobody_is_asked(store: SqlStore, relay: RelayServer) -> None:
    post = Post(store, relay.port)
    await post.write(Reply(REPLY.id, "c1", "unsure", "anne@example.org, b@example.org", "We have it", "Hello\n"))
    await post.dispatch.send_next()
    assert (await post.row()).state == "set_aside"
    assert relay.options == {}
    assert relay.took == []


async def test_the_log_names_nobody(store: SqlStore, relay: RelayServer, caplog: pytest.LogCaptureFixture) -> None:
    post = Post(store, relay.port)
    await post.write()
    relay.recipient_says = "550 5.1.1 <anne@example.org>: no such user"
    with caplog.at_level(logging.INFO):
        await post.dispatch.send_next()
    ours = [record.getMessage() for record in caplog.records if record.name == "intake.dispatch"]
    assert ours == ["mail abababab was refused (NoSuchAddress) and is set aside: the console says why"]
