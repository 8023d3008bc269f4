"""Outgoing mail: handed to a real relay, tried again when it cannot take it, set aside when it never will."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from sqlmodel import select

from case_store.store import SqlStore
from case_store.tables import OutboxRow
from case_store.unit_of_work import SqlUnitOfWork
from channels.email_sender import Letterhead, RelaySender
from intake.contact import Reply
from intake.dispatch import TRY_AGAIN_AFTER, Dispatch

REPLY = Reply(
    "ab" * 16, "c1", "unsure", "anne@example.org", "We have it", "Hello\n", "q@example.org", ("q@example.org",)
)


class Relay:
    """A mail server that answers as it is told."""

    def __init__(self) -> None:
        self.says = "250 2.0.0 Ok: queued as 4XyZ"
        self.took: list[bytes] = []
        self.port = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.says.startswith("250"):
            self.took.append(envelope.content)
        return self.says


@pytest.fixture
async def relay() -> AsyncIterator[Relay]:
    relay = Relay()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(relay), "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    yield relay
    server.close()


class Post:
    """A dispatch to that relay, with a clock of its own."""

    def __init__(self, store: SqlStore, port: int) -> None:
        self.now = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
        self.store = store
        letterhead = Letterhead("Bettershire Council", "complaints@bettershire.gov.uk")
        sender = RelaySender(f"smtp://127.0.0.1:{port}?starttls=no", letterhead, lambda: self.now)
        self.dispatch = Dispatch(store, sender, lambda: self.now)

    async def write(self) -> None:
        await self.store.transact(lambda unit: unit.outbox.add(REPLY, self.now))

    async def row(self) -> OutboxRow:
        def read(unit: SqlUnitOfWork) -> OutboxRow:
            return unit.session.exec(select(OutboxRow)).one()

        return await self.store.read(read)


async def test_a_mail_goes_out_threaded_and_its_receipt_is_kept(store: SqlStore, relay: Relay) -> None:
    post = Post(store, relay.port)
    await post.write()
    assert await post.dispatch.send_next()
    (raw,) = relay.took
    for header in (
        b"In-Reply-To: <q@example.org>",
        b"References: <q@example.org>",
        b"Auto-Submitted: auto-replied",
        b"Message-ID: <" + b"ab" * 16 + b"@bettershire.gov.uk>",
    ):
        assert header in raw
    row = await post.row()
    assert (row.state, "queued as 4XyZ" in row.receipt) == ("sent", True)
    assert not await post.dispatch.send_next()


async def test_a_relay_that_cannot_take_it_now_is_asked_again_later_with_the_same_mail(
    store: SqlStore, relay: Relay
) -> None:
    post = Post(store, relay.port)
    await post.write()
    relay.says = "451 4.3.0 greylisted"
    await post.dispatch.send_next()
    assert not await post.dispatch.send_next()
    relay.says = "250 ok"
    post.now += TRY_AGAIN_AFTER[0] + timedelta(seconds=1)
    assert await post.dispatch.send_next()
    assert (await post.row()).state == "sent"
    assert b"Message-ID: <" + b"ab" * 16 in relay.took[0]


async def test_a_relay_that_is_down_is_tried_for_days_and_then_the_mail_is_set_aside(store: SqlStore) -> None:
    post = Post(store, 1)
    await post.write()
    for wait in (timedelta(0), *TRY_AGAIN_AFTER):
        post.now += wait + timedelta(seconds=1)
        assert await post.dispatch.send_next()
    row = await post.row()
    assert (row.state, row.attempts) == ("set_aside", len(TRY_AGAIN_AFTER) + 1)


async def test_a_refusal_for_good_is_set_aside_at_once(store: SqlStore, relay: Relay) -> None:
    post = Post(store, relay.port)
    await post.write()
    relay.says = "550 5.1.1 no such user"
    await post.dispatch.send_next()
    row = await post.row()
    assert row.state == "set_aside"
    assert "550" in row.error


async def test_a_sender_that_died_half_way_sends_again_under_the_same_message_id(store: SqlStore, relay: Relay) -> None:
    post = Post(store, relay.port)
    await post.write()
    await store.transact(lambda unit: unit.outbox.claim(post.now, post.now + timedelta(minutes=5)))
    assert not await post.dispatch.send_next()
    post.now += timedelta(minutes=6)
    assert await post.dispatch.send_next()
    assert len(relay.took) == 1
