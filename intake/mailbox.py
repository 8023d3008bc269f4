"""A mailbox that is read by IMAP: how far it has been read, and whether that works."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Position:
    """Every message up to ``uid`` is kept. A UID means nothing without its UIDVALIDITY (RFC 3501 section 2.3.1.1)."""

    uid_validity: int
    uid: int


@dataclass(frozen=True)
class MailboxState:
    """What the console and the doctor show of a mailbox; the moments are in UTC.

    ``read_at`` is when it was last read to its end. ``failing_since`` is None while it can be read; ``error`` then
    still may tell of something smaller, such as mail that cannot be moved. ``error`` holds no password.
    """

    name: str
    position: Position
    read_at: datetime | None
    failing_since: datetime | None
    error: str
