"""What a search shows besides contacts and cases. Times are UTC."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Where(StrEnum):
    """Where words were found that an officer wrote."""

    NOTE = "note"
    LETTER = "letter"


@dataclass(frozen=True)
class OfficersWords:
    """A note on a case, or what an officer wrote to a resident.

    ``reference`` is of its case (empty: none), ``conversation`` is empty of a note.
    """

    where: Where
    officer: str
    at: datetime
    words: str
    reference: str
    conversation: str = ""
