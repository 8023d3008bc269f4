"""Times as officers read them: how long from now, beside the exact words."""

from datetime import date, datetime

_SIZES = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def from_now(at: datetime, now: datetime) -> str:
    """2 hours ago, in 3 days, just now."""
    seconds = (at - now).total_seconds()
    for size, unit in _SIZES:
        number = int(abs(seconds) // size)
        if number:
            words = f"{number} {unit}{'s' if number > 1 else ''}"
            return f"in {words}" if seconds > 0 else f"{words} ago"
    return "just now"


def as_late(words: str) -> str:
    """How long ago something was due, as how late it is: 2 days late."""
    return words.replace("yesterday", "1 day ago").replace(" ago", " late").replace("just now", "just gone by")


def days_from(day: date, today: date) -> str:
    """Today, tomorrow, in 3 days, 2 days ago."""
    days = (day - today).days
    near = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if days in near:
        return near[days]
    return f"in {days} days" if days > 0 else f"{-days} days ago"
