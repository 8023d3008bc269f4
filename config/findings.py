"""What a check finds, in words for whoever runs the service."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is. Only what fails makes the doctor's exit status 1."""

    OK = "ok"
    WARNING = "warning"
    FAILING = "failing"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, and what to do about it (empty: nothing)."""

    level: Level
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.level}: {self.what}" + (f". {self.remedy}" if self.remedy else "")


def ok(what: str) -> Finding:
    """It is as it should be."""
    return Finding(Level.OK, what)


def warning(what: str, remedy: str) -> Finding:
    """It works, but somebody should look at it."""
    return Finding(Level.WARNING, what, remedy)


def failing(what: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(Level.FAILING, what, remedy)
