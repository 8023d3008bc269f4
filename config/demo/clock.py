"""A clock that is moved by hand, and only forward: the demonstration's six months go by in minutes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


@dataclass
class MovedClock:
    """intake.ports.Clock. ``now`` is UTC."""

    now: datetime

    def __call__(self) -> datetime:
        """The moment that it is."""
        return self.now

    def to(self, moment: datetime) -> None:
        """On to this moment; never back."""
        self.now = max(self.now, moment)

    def forward(self, amount: timedelta) -> None:
        """On by so much."""
        self.now += amount
