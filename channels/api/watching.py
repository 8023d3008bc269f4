"""Tells open streams that something was said in their conversation: at once in this process, else within a second.

One look at the store serves every stream of this process, however many there are.
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from intake.ports import Store, UnitOfWork

log = logging.getLogger(__name__)

LOOK_EVERY = 0.5
"""Seconds. What another process has said is seen after this time at the latest."""

MOST_STREAMS = 1_000
MOST_STREAMS_EACH = 6
"""Streams of this process, and of one conversation: several tabs and a few that have not noticed their end."""


class Watch:
    """Whoever listens to a conversation has a bell, which rings when it may have changed, and when we are closing."""

    def __init__(self, store: Store) -> None:
        self.closing = False
        self._store = store
        self._bells: dict[str, set[asyncio.Event]] = {}
        self._looking: asyncio.Task[None] | None = None

    def is_full(self, conversation: str) -> bool:
        """Is there no place for one stream more?"""
        each = len(self._bells.get(conversation, ()))
        return each >= MOST_STREAMS_EACH or sum(map(len, self._bells.values())) >= MOST_STREAMS

    @contextmanager
    def listen(self, conversation: str) -> Iterator[asyncio.Event]:
        """A bell of this conversation's, until the block ends."""
        bell = asyncio.Event()
        self._bells.setdefault(conversation, set()).add(bell)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield bell
        finally:
            self._bells[conversation].discard(bell)
            if not self._bells[conversation]:
                del self._bells[conversation]

    def ring(self, conversation: str) -> None:
        """Something was said there."""
        for bell in self._bells.get(conversation, ()):
            bell.set()

    def close(self) -> None:
        """We are closing: every stream ends, and comes again where somebody still answers."""
        self.closing = True
        for conversation in self._bells:
            self.ring(conversation)

    async def _look(self) -> None:
        """Ring where a conversation has another mark than at the last look. Ends when nobody listens."""
        known: Mapping[str, str] = {}
        while self._bells:
            try:
                marks = await self._store.read(partial(_marks, tuple(self._bells)))
            except Exception as error:
                log.warning("the store cannot be read: %s", type(error).__name__)
                marks = known
            for conversation, mark in marks.items():
                if known.get(conversation) != mark:
                    self.ring(conversation)
            known = marks
            await asyncio.sleep(LOOK_EVERY)


def _marks(conversations: tuple[str, ...], unit: UnitOfWork) -> Mapping[str, str]:
    return unit.centre.marks(conversations)
