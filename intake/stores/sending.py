"""What goes out: letters, Telegram and paper; and the mailboxes that are read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from intake.contact import Attempt, Reply
from intake.mailbox import MailboxState, Position
from intake.messenger import BotState, Chat, Numbered
from intake.paper import PaperLetter, PaperState
from intake.rights import Scope


class Addresses(Protocol):
    """Addresses that mail comes back from."""

    def dead(self, address: str) -> str:
        """The line with which mail to it came back; empty where it did not."""

    def bury(self, address: str, line: str, now: datetime) -> None:
        """Send nothing more to it by itself."""

    def revive(self, address: str) -> None:
        """Its owner has written: it may be written to again."""


class Outbox(Protocol):
    """Mail that waits to go out, kept in the same commit as the decision that wrote it."""

    def add(self, reply: Reply, now: datetime) -> None: ...

    def conversation_of(self, message_ids: Sequence[str]) -> str:
        """The conversation of a mail of ours that one of these Message-IDs names; empty where none does."""

    def letter(self, ids: Sequence[str]) -> Reply | None:
        """The latest mail of ours that has one of these ids, or one of these names in its envelope."""

    def came_back(self, reply: str, line: str) -> None:
        """It was taken, and came back later."""

    def has_come_back(self, reply: str) -> bool:
        """Has a report said so already?"""

    def sent_to_since(self, address: str, since: datetime) -> int:
        """How many letters were written to this address since then, whatever +tag it bore."""

    def last_body_to(self, address: str) -> str:
        """The words of the last letter to this address; empty where there is none."""

    def sent_in_since(self, conversation: str, since: datetime) -> int:
        """How many letters were written in this conversation since then."""

    def brought_about_since(self, address: str, since: datetime) -> int:
        """How many letters were written since then, to whomever, in conversations with this address."""

    def claim(self, now: datetime, until: datetime) -> Reply | None:
        """Lease the oldest mail that is due."""

    def attempt(self, attempt: Attempt) -> None:
        """Keep how an attempt at sending ended."""

    def attempts_of(self, reply: str) -> Sequence[Attempt]:
        """Every attempt at sending this mail that is known to have ended, oldest first."""

    def sent(self, reply: str, receipt: str, now: datetime) -> None: ...

    def try_again(self, reply: str, at: datetime, error: str) -> None: ...

    def set_aside(self, reply: str, error: str, now: datetime) -> None: ...

    def hold_back(self, reply: str) -> None:
        """It is not sent: an officer has taken its conversation over."""


class Mailboxes(Protocol):
    """How far each IMAP mailbox has been read, and whether it can be read."""

    def position(self, name: str) -> Position:
        """Where reading goes on; UIDVALIDITY 0 and UID 0 where it was never read."""

    def read_up_to(self, name: str, position: Position) -> None:
        """Everything up to there is kept."""

    def works(self, name: str, now: datetime, error: str = "") -> None:
        """It was read to its end now; ``error`` says what else does not work."""

    def fails(self, name: str, now: datetime, error: str) -> None:
        """It cannot be read, since now or since before."""

    def states(self) -> Sequence[MailboxState]:
        """Every mailbox that was ever read, by name."""


class Messenger(Protocol):
    """Chats of a messenger, what was sent there, and how its bot is."""

    def secret(self, bot: int, drawn: str) -> str:
        """This bot's secret: what was drawn when it was first asked for. Every process gets the same."""

    def works(self, bot: int, now: datetime) -> None:
        """Updates were fetched now."""

    def fails(self, bot: int, now: datetime, error: str) -> None:
        """They cannot be fetched, since now or since before."""

    def bots(self) -> Sequence[BotState]:
        """Every bot that there ever was."""

    def open_chat(self, conversation: str, bot: int, chat: int, now: datetime) -> None:
        """Its resident has written: what is said is sent there, also what was not sent while it was closed."""

    def chat(self, conversation: str) -> Chat | None: ...

    def is_due(self, bot: int, now: datetime) -> bool:
        """Is there anything to claim?"""

    def claim(self, bot: int, now: datetime, until: datetime) -> Chat | None:
        """Lease an open chat to which something said by us was not sent yet."""

    def said(self, conversation: str, after: int = 0) -> Sequence[Numbered]:
        """The turns with higher numbers, oldest first."""

    def sent(self, conversation: str, number: int, parts: int = 0) -> None:
        """Every turn up to this one is dealt with, and ``parts`` messages of the next."""

    def free(self, conversation: str, at: datetime) -> None:
        """End the lease: it may be claimed again from then on."""

    def close(self, conversation: str, line: str) -> None:
        """Nothing can be sent there."""

    def unsent(self, conversation: str, words: str, line: str, now: datetime) -> None:
        """An officer is to see that these words did not go out, or (without words) that the chat takes nothing more."""


class Paper(Protocol):
    """Letters that officers print and post."""

    def add(self, letter: PaperLetter) -> None: ...

    def get(self, letter: str) -> PaperLetter | None: ...

    def to_print(self, scope: Scope, most: int) -> Sequence[PaperLetter]:
        """The oldest first."""

    def done(self, scope: Scope, most: int) -> Sequence[PaperLetter]:
        """Posted or left, the newest first."""

    def mark(self, letter: str, state: PaperState, officer: str, note: str, now: datetime) -> bool:
        """False where somebody else marked it before."""
