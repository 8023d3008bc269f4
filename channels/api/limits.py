"""How often somebody may come, or how much they may send: so much in a time, counted smoothly, in little memory.

The count is the generic cell rate algorithm: one moment for each name, by which what it did so far is paid off.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

MOST_COUNTED = 20_000
"""Names that are counted at once; the longest unseen is forgotten first."""

A_MINUTE = 60.0
AN_HOUR = 3600.0


class Rate:
    """At most ``most`` in so many seconds for each name; None counts nobody."""

    def __init__(self, most: int | None, tick: Callable[[], float] = time.monotonic, seconds: float = A_MINUTE) -> None:
        self._most = most
        self._tick = tick
        self._seconds = seconds
        self._paid_off: OrderedDict[str, float] = OrderedDict()

    def wait(self, name: str, much: int = 1) -> float:
        """Count so much and answer with 0, or leave it uncounted and answer with the seconds to wait.

        Without a name nothing is counted.
        """
        if self._most is None or not name:
            return 0.0
        now, step = self._tick(), self._seconds / self._most * much
        paid_off = max(self._paid_off.get(name, now), now)
        late = paid_off + step - now - self._seconds
        if late > 1e-6:
            return late
        self._paid_off[name] = paid_off + step
        self._paid_off.move_to_end(name)
        if len(self._paid_off) > MOST_COUNTED:
            self._paid_off.popitem(last=False)
        return 0.0
