"""Who is there to answer: officers at their desks, how many conversations they take at once, and who waits."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

OFFLINE_AFTER = timedelta(minutes=2)
"""Without a sign of life from an officer's page for so long, they count as gone."""

OFFLINE_AFTER_PAGE = timedelta(minutes=10)
"""The same where the page has no script, and shows only by being loaded that somebody is there."""

FORGOTTEN_AFTER = timedelta(hours=1)
"""Who was gone for so long is away until they say otherwise."""


class There(StrEnum):
    """What officers say of themselves."""

    AVAILABLE = "available"
    BUSY = "busy"
    AWAY = "away"


@dataclass(frozen=True)
class Presence:
    """An officer at work. ``places`` is how many live conversations they take at once, ``held`` how many they have.

    Until ``online_until`` (UTC) they count as there.
    """

    officer: str
    there: There
    places: int
    online_until: datetime
    held: int = 0

    def is_online(self, now: datetime) -> bool:
        """Has a page of theirs shown that it is open?"""
        return self.online_until > now

    def free(self, now: datetime) -> int:
        """How many more conversations they take now."""
        takes = self.there is There.AVAILABLE and self.is_online(now)
        return max(0, self.places - self.held) if takes else 0


@dataclass(frozen=True)
class Staffing:
    """How it looks to who waits: officers at their desks, the places that are free, and how many wait before them.

    ``ahead`` is counted to a bound, so that a long queue costs nobody time.
    """

    there: int = 0
    free: int = 0
    ahead: int = 0


NOBODY = Staffing()
