"""What the heart asks of the outside, as protocols and nothing else."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol, TypeVar

from intake.case import Case
from intake.contact import Channel, Contact, Kept, Outcome, Reply
from intake.conversation import Conversation, Turn
from intake.desk_view import ContactLine, ContactView, MailLine, Officer, Original, SetAsideLine, SignIn, Wanted
from intake.interpretation import Interpretation
from intake.triage import Decision

Result = TypeVar("Result")


class Clock(Protocol):
    """Tells the time, in UTC."""

    def __call__(self) -> datetime: ...


class Interpreter(Protocol):
    """Reads one message. Slow and fallible; never called inside a transaction."""

    async def interpret(self, text: str, received: date) -> Interpretation: ...


class Sender(Protocol):
    """Takes one mail out of the house."""

    async def send(self, reply: Reply) -> str:
        """Send it; answers with the line that proves it. Raises NotSentYet or CannotBeSent."""


Reader = Callable[[Kept], Contact]
"""Reads a kept message of one channel. Never raises: what it cannot read is a Contact that says so."""

Readers = Mapping[Channel, Reader]


class Inbox(Protocol):
    """Contacts from the moment that they are kept to the known state in which they end."""

    def keep(self, kept: Kept) -> str:
        """Keep it, once: answers with its id, or with the id of the same message kept before."""

    def claim(self, now: datetime, until: datetime, contact: str = "") -> Kept | None:
        """Lease the oldest contact that is free (or the one named): no older one waits in its lane."""

    def attempts(self, contact: str) -> int:
        """How many times it has been claimed."""

    def finish(self, contact: Contact, conversation: str, decision: Decision, outcome: Outcome, now: datetime) -> None:
        """It is done: its reading, decision and end are kept."""

    def try_again(self, contact: str, at: datetime, error: str) -> None:
        """Handling failed: free it again from this moment on."""

    def set_aside(self, contact: str, error: str, now: datetime) -> None:
        """It cannot be handled: a person must see it."""

    def outcome(self, contact: str) -> tuple[Outcome | None, str]:
        """How it ended (None: not yet), and its conversation (empty: none yet)."""


class Conversations(Protocol):
    """Conversations and their turns."""

    def get(self, conversation: str) -> Conversation | None: ...

    def keep(self, conversation: Conversation) -> None:
        """Keep it, new or changed. Raises ChangedMeanwhile where it changed since it was read."""

    def add_turn(self, conversation: str, turn: Turn) -> None: ...

    def turns(self, conversation: str) -> Sequence[Turn]:
        """Everything said, oldest first."""


class Cases(Protocol):
    """Cases by reference, and by the address of the person whose they are."""

    def get(self, reference: str) -> Case | None: ...

    def of_address(self, email: str) -> Sequence[Case]:
        """The cases of this address, newest first."""

    def keep(self, case: Case) -> None: ...


class Outbox(Protocol):
    """Mail that waits to go out, kept in the same commit as the decision that wrote it."""

    def add(self, reply: Reply, now: datetime) -> None: ...

    def conversation_of(self, message_ids: Sequence[str]) -> str:
        """The conversation of a mail of ours that one of these Message-IDs names; empty where none does."""

    def sent_to_since(self, address: str, since: datetime) -> int:
        """How many letters were written to this address since then."""

    def claim(self, now: datetime, until: datetime) -> Reply | None:
        """Lease the oldest mail that is due."""

    def sent(self, reply: str, receipt: str, now: datetime) -> None: ...

    def try_again(self, reply: str, at: datetime, error: str) -> None: ...

    def set_aside(self, reply: str, error: str, now: datetime) -> None: ...


class Passwords(Protocol):
    """Hashes officers' passwords and checks them. Slow on purpose; never called inside a transaction."""

    def hash(self, password: str) -> str: ...

    def verify(self, hashed: str, password: str) -> bool: ...


class DeskStore(Protocol):
    """What officers see and do. Lists skip ``start`` lines and hold at most ``most``."""

    def contacts(self, wanted: Wanted, start: int, most: int) -> Sequence[ContactLine]:
        """Newest first."""

    def contact(self, contact: str) -> ContactView | None:
        """Without what its conversation adds (turns, waiting_for, case)."""

    def first_contact(self, conversation: str) -> str:
        """The contact that a conversation began with; empty where there is none."""

    def original(self, contact: str) -> Original | None: ...

    def cases(self, closed_too: bool, start: int, most: int) -> Sequence[Case]:
        """Open ones first; urgent first, then by the next date."""

    def contacts_set_aside(self) -> Sequence[SetAsideLine]:
        """Oldest first."""

    def mail_set_aside(self) -> Sequence[MailLine]:
        """Oldest first."""

    def free_contact(self, contact: str, now: datetime) -> bool:
        """Let it be handled anew from now on; False where it isn't set aside."""

    def free_mail(self, mail: str, now: datetime) -> bool:
        """Let it be sent anew from now on; False where it isn't set aside."""

    def any_officer(self) -> bool: ...

    def officer(self, name: str) -> Officer | None:
        """By name, folded as Desk folds it."""

    def keep_officer(self, officer: Officer) -> None: ...

    def sign_in(self, token_hash: str) -> SignIn | None:
        """The sign-in of this hash, expired or not, while its officer is still one."""

    def keep_sign_in(self, sign_in: SignIn) -> None: ...

    def end_sign_in(self, token_hash: str) -> None: ...

    def end_sign_ins_before(self, moment: datetime) -> None:
        """Forget those that expired up to this moment."""


class UnitOfWork(Protocol):
    """Everything that one transaction may read and change."""

    @property
    def inbox(self) -> Inbox: ...

    @property
    def conversations(self) -> Conversations: ...

    @property
    def cases(self) -> Cases: ...

    @property
    def outbox(self) -> Outbox: ...

    @property
    def desk(self) -> DeskStore: ...


Work = Callable[[UnitOfWork], Result]


class Store(Protocol):
    """Runs work on a unit of work. What several callers want written at once may share one commit."""

    async def transact(self, work: Work[Result]) -> Result:
        """Run it and commit: when this returns, it is on disk. When it raises, nothing of it is kept."""

    async def read(self, work: Work[Result]) -> Result:
        """Run it without changing anything."""
