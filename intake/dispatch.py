"""The dispatch: mail in the outbox goes out, is tried again over days, or is set aside for a person.

Every attempt is kept with the line that says how it ended, in the same commit as the state that follows from it. A
mail is never called delivered: what is known is who took it, and with what words.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from intake.addresses import one_spelling
from intake.contact import Attempt, Ended, Reply
from intake.conversation import Holder, Why, called
from intake.errors import CannotBeSent, EndedUnclear, NoSuchAddress, OurMove
from intake.ports import Clock, Sender, Store, UnitOfWork
from intake.takeover import is_held_back

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
"""How long one sending may take. A mail whose sending ended unclear goes out again under the same Message-ID."""

TRY_AGAIN_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440, 1440, 1440, 1440))
"""The waits between attempts: nearly five days, as long as mail servers keep trying (RFC 5321 section 4.5.4.1)."""

_TOLD = {Ended.LATER: "did not go out", Ended.REFUSED: "was refused", Ended.UNCLEAR: "may not have gone out"}
_STOPPED = "the program stopped before the attempt ended"


@dataclass
class Dispatch:
    """Where every mail goes out. ``teams`` are addresses, in their one spelling, that are written to all the same."""

    store: Store
    sender: Sender
    clock: Clock
    teams: frozenset[str] = frozenset()

    async def send_next(self) -> bool:
        """Send the oldest mail that is due. False where none is."""
        now = self.clock()
        reply = await self.store.transact(lambda unit: _claim(unit, now))
        if reply is None:
            return False
        try:
            receipt = await self.sender.send(reply)
        except Exception as error:
            await self._failed(reply, error)
        else:
            await self._sent(reply, receipt)
        return True

    async def _sent(self, reply: Reply, receipt: str) -> None:
        attempt = Attempt(reply.id, self.clock(), Ended.SENT, receipt)

        def record(unit: UnitOfWork) -> None:
            unit.outbox.attempt(attempt)
            unit.outbox.sent(reply.id, receipt, attempt.at)

        await self.store.transact(record)

    async def _failed(self, reply: Reply, error: Exception) -> None:
        attempt = Attempt(reply.id, self.clock(), _end(error), _line(error))
        is_over = attempt.ended is Ended.REFUSED or reply.attempts > len(TRY_AGAIN_AFTER)
        what = (
            "set aside: the console says why" if is_over else "tried again: `rightdoor email test` says where it stops"
        )
        log.warning("mail %s %s (%s) and is %s", reply.id[:8], _TOLD[attempt.ended], type(error).__name__, what)

        def record(unit: UnitOfWork) -> None:
            unit.outbox.attempt(attempt)
            if is_over:
                unit.outbox.set_aside(reply.id, attempt.line, attempt.at)
                address = one_spelling(reply.to)
                if isinstance(error, NoSuchAddress) and address not in self.teams:
                    unit.addresses.bury(address, attempt.line, attempt.at)
                _call_person(unit, reply, attempt.line, attempt.at)
            else:
                unit.outbox.try_again(reply.id, attempt.at + TRY_AGAIN_AFTER[reply.attempts - 1], attempt.line)

        await self.store.transact(record)


def _claim(unit: UnitOfWork, now: datetime) -> Reply | None:
    """The oldest mail that is due. An earlier attempt at it of which no end is kept is kept as unclear."""
    reply = unit.outbox.claim(now, now + LEASE)
    while reply is not None and _is_held_back(unit, reply):
        unit.outbox.hold_back(reply.id)
        reply = unit.outbox.claim(now, now + LEASE)
    if reply is not None and reply.attempts > 1 and len(unit.outbox.attempts_of(reply.id)) < reply.attempts - 1:
        unit.outbox.attempt(Attempt(reply.id, now, Ended.UNCLEAR, _STOPPED))
    return reply


def _is_held_back(unit: UnitOfWork, reply: Reply) -> bool:
    """Has an officer taken over since the assistant wrote it, so that it would speak in between?"""
    conversation = unit.conversations.get(reply.conversation)
    return conversation is not None and is_held_back(reply, conversation)


def _call_person(unit: UnitOfWork, reply: Reply, line: str, now: datetime) -> None:
    """Somebody was to read this letter and will not: its conversation waits for a person, unless one has it."""
    conversation = unit.conversations.get(reply.conversation)
    if conversation is not None and conversation.holder is Holder.ASSISTANT:
        waits = called(conversation, Why.UNREAD, f"A letter could not be sent, so it was not read: {line}")
        unit.conversations.keep(replace(waits, waiting_since=now))


def _end(error: Exception) -> Ended:
    if isinstance(error, CannotBeSent):
        return Ended.REFUSED
    return Ended.UNCLEAR if isinstance(error, EndedUnclear) else Ended.LATER


def _line(error: Exception) -> str:
    """The other side's own words where it said any."""
    return str(error) if isinstance(error, OurMove) else f"{type(error).__name__}: {error}"
