"""The watchman reads the figures of the house, seldom enough that asking often costs nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from intake.figures import Figures
from intake.ports import Clock, Store

KEEPS_FOR = timedelta(seconds=10)
"""How long figures count as new."""


@dataclass
class Watchman:
    """Reads the figures, at most every ten seconds."""

    store: Store
    clock: Clock
    _last: tuple[datetime, Figures] | None = None

    async def figures(self) -> Figures:
        """As they are, or were a moment ago."""
        now = self.clock()
        if self._last is None or not now - KEEPS_FOR < self._last[0] <= now:
            self._last = (now, await self.store.read(lambda unit: unit.figures.now()))
        return self._last[1]
