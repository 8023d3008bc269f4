"""How often somebody may come: so many requests a minute, counted smoothly, in little memory.

The count is the generic cell rate algorithm: one moment for each name, by which what it did so far is paid off.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

MOST_COUNTED = 20_000
"""Names that are counted at once; the longest unseen is forgotten first."""

A_MINUTE = 60.0


class Rate:
    """At most ``most`` a minute for each name; None counts nobody."""

    def __init__(self, most: int | None, tick: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._tick = tick
        self._paid_off: OrderedDict[str, float] = OrderedDict()

    def wait(self, name: str) -> float:
        """Count it and answer with 0, or leave it uncounted and answer with the seconds to wait. No name, no count."""
        if self._most is None or not name:
            return 0.0
        now, step = self._tick(), A_MINUTE / self._most
        paid_off = max(self._paid_off.get(name, now), now)
        late = paid_off + step - now - A_MINUTE
        if late > 1e-6:
            return late
        self._paid_off[name] = paid_off + step
        self._paid_off.move_to_end(name)
        if len(self._paid_off) > MOST_COUNTED:
            self._paid_off.popitem(last=False)
        return 0.0
