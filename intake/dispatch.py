"""The dispatch: mail in the outbox goes out, is tried again over days, or is set aside for a person."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from intake.contact import Reply
from intake.errors import CannotBeSent
from intake.ports import Clock, Sender, Store

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""How long one sending may take. A mail whose sending ended unclear goes out again under the same Message-ID."""

TRY_AGAIN_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720, 1440, 1440, 1440, 1440))
"""The waits between attempts: nearly five days, as long as mail servers keep trying (RFC 5321 section 4.5.4.1)."""


@dataclass
class Dispatch:
    """Where every mail goes out."""

    store: Store
    sender: Sender
    clock: Clock

    async def send_next(self) -> bool:
        """Send the oldest mail that is due. False where none is."""
        now = self.clock()
        reply = await self.store.transact(lambda unit: unit.outbox.claim(now, now + LEASE))
        if reply is None:
            return False
        try:
            receipt = await self.sender.send(reply)
        except Exception as error:
            await self._failed(reply, error)
        else:
            sent_at = self.clock()
            await self.store.transact(lambda unit: unit.outbox.sent(reply.id, receipt, sent_at))
        return True

    async def _failed(self, reply: Reply, error: Exception) -> None:
        now, reason = self.clock(), f"{type(error).__name__}: {error}"
        log.warning("mail %s did not go out: %s", reply.id[:8], type(error).__name__)
        if isinstance(error, CannotBeSent) or reply.attempts > len(TRY_AGAIN_AFTER):
            await self.store.transact(lambda unit: unit.outbox.set_aside(reply.id, reason, now))
        else:
            at = now + TRY_AGAIN_AFTER[reply.attempts - 1]
            await self.store.transact(lambda unit: unit.outbox.try_again(reply.id, at, reason))
