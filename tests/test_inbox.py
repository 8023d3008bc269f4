"""The inbox as a queue: who may claim what, and what becomes of a contact that cannot be handled."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from case_store.store import SqlStore
from case_store.unit_of_work import SqlUnitOfWork
from intake.contact import Channel, Contact, Kept, Outcome, Person
from intake.errors import ChangedMeanwhile
from intake.interpretation import Interpretation
from intake.policy import Policy
from intake.reception import TRY_AGAIN_AFTER, Reception

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LEASE = NOW + timedelta(minutes=2)


def kept(number: int, lane: str = "") -> Kept:
    return Kept(f"c{number}", Channel.EMAIL, NOW, f"f{number}", lane, "a@example.org", ("b@example.org",), b"raw")


async def keep(store: SqlStore, *messages: Kept) -> None:
    for message in messages:
        await store.transact(lambda unit, message=message: unit.inbox.keep(message))  # type: ignore[misc]


async def claim(store: SqlStore, at: datetime = NOW) -> str:
    claimed = await store.transact(lambda unit: unit.inbox.claim(at, at + timedelta(minutes=2)))
    return claimed.id if claimed else ""


async def test_the_oldest_comes_first_and_a_claimed_one_is_not_claimed_again(store: SqlStore) -> None:
    await keep(store, kept(1), kept(2))
    assert [await claim(store), await claim(store), await claim(store)] == ["c1", "c2", ""]


async def test_a_lease_that_ran_out_frees_the_contact_for_somebody_else(store: SqlStore) -> None:
    await keep(store, kept(1))
    assert await claim(store) == "c1"
    assert await claim(store, NOW + timedelta(minutes=3)) == "c1"


async def test_messages_of_one_lane_are_handled_one_after_another(store: SqlStore) -> None:
    await keep(store, kept(1, "anne"), kept(2, "anne"), kept(3, "bob"))
    assert [await claim(store), await claim(store), await claim(store)] == ["c1", "c3", ""]
    await store.transact(lambda unit: unit.inbox.set_aside("c1", "cannot be read", NOW))
    assert await claim(store) == "c2"


async def test_several_workers_never_take_the_same_contact(store: SqlStore) -> None:
    await keep(store, *(kept(number) for number in range(20)))
    claimed = await asyncio.gather(*(claim(store) for _ in range(25)))
    taken = [contact for contact in claimed if contact]
    assert len(taken) == len(set(taken)) == 20


class Interpreter:
    async def interpret(self, text: str, received: date) -> Interpretation:
        return Interpretation()


async def test_a_contact_that_cannot_be_handled_is_tried_again_then_set_aside_and_the_next_goes_on(
    store: SqlStore, policy: Policy
) -> None:
    clock = [NOW]

    def read(message: Kept) -> Contact:
        if message.id == "c1":
            raise RecursionError("a bomb")
        return Contact(message.id, message.channel, message.received_at, Person(email="a@example.org"), "", "Hello")

    reception = Reception(store, Interpreter(), {Channel.EMAIL: read}, policy, lambda: clock[0])
    await keep(store, kept(1), kept(2))
    for wait in (timedelta(0), *TRY_AGAIN_AFTER):
        clock[0] += wait
        while await reception.attend_next():
            pass
    assert await store.read(lambda unit: unit.inbox.outcome("c1")[0]) is Outcome.SET_ASIDE
    assert await store.read(lambda unit: unit.inbox.outcome("c2")[0]) is Outcome.WITH_A_PERSON


async def test_what_is_written_in_one_unit_of_work_is_all_there_or_not_at_all(store: SqlStore) -> None:
    def half(unit: SqlUnitOfWork) -> None:
        unit.inbox.keep(kept(1))
        raise RuntimeError("the process dies here")

    with pytest.raises(RuntimeError):
        await store.transact(half)
    assert await claim(store) == ""


async def test_what_is_finished_stays_finished_whatever_comes_late(store: SqlStore, policy: Policy) -> None:
    def read(message: Kept) -> Contact:
        return Contact(message.id, message.channel, message.received_at, Person(email="a@example.org"), "", "Hello")

    reception = Reception(store, Interpreter(), {Channel.EMAIL: read}, policy, lambda: NOW)
    await keep(store, kept(1))
    late = await store.transact(lambda unit: unit.inbox.claim(NOW, NOW))
    assert late is not None
    await reception.attend_next()
    ended = await store.read(lambda unit: unit.inbox.outcome("c1")[0])
    assert ended is Outcome.WITH_A_PERSON
    with pytest.raises(ChangedMeanwhile):
        await reception._handle(late)
    await store.transact(lambda unit: unit.inbox.try_again("c1", NOW, "late"))
    assert await store.read(lambda unit: unit.inbox.outcome("c1")[0]) is ended


async def test_a_message_that_kills_its_process_each_time_is_set_aside(store: SqlStore, policy: Policy) -> None:
    await keep(store, kept(1, "anne"), kept(2, "anne"))
    at = NOW
    for _ in range(len(TRY_AGAIN_AFTER) + 1):
        assert await claim(store, at) == "c1"
        at += timedelta(minutes=3)
    reception = Reception(store, Interpreter(), {}, policy, lambda: at)
    assert await reception.attend_next()
    assert await store.read(lambda unit: unit.inbox.outcome("c1")[0]) is Outcome.SET_ASIDE
    assert await claim(store, at) == "c2"
