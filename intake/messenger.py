"""Chats of a messenger: which conversation each is, what was sent there, and whether the messenger can be reached."""

from dataclasses import dataclass
from datetime import datetime

from intake.conversation import Turn


@dataclass(frozen=True)
class Chat:
    """A chat with a bot of ours. ``conversation`` is its conversation's id.

    Every numbered turn up to ``sent`` is dealt with; of the next one, ``parts`` messages are out already. ``closed``
    is the line that says why nothing can be sent there (empty: it can).
    """

    conversation: str
    bot: int
    chat: int
    sent: int = 0
    parts: int = 0
    closed: str = ""
    attempts: int = 0


@dataclass(frozen=True)
class Numbered:
    """A turn with its number, which grows within a conversation."""

    number: int
    turn: Turn


@dataclass(frozen=True)
class BotState:
    """What the doctor shows of a bot; the moments are in UTC.

    ``fetched_at`` is when updates were last fetched, ``failing_since`` None while they can be. ``error`` holds no
    token.
    """

    bot: int
    fetched_at: datetime | None
    failing_since: datetime | None
    error: str
