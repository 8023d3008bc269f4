"""What the heart asks of the outside, as protocols and nothing else."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar

from intake.case import Case
from intake.contact import Attachment, Attempt, Channel, Contact, Kept, Outcome, Person, Reply, SenderCheck
from intake.conversation import Conversation, Turn
from intake.desk_view import (
    ContactLine,
    ContactView,
    LetterLine,
    MailLine,
    Officer,
    Original,
    SetAsideLine,
    SignIn,
    Wanted,
)
from intake.files import File, Verdict
from intake.interpretation import Interpretation
from intake.mailbox import MailboxState, Position
from intake.messenger import BotState, Chat, Numbered
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


class SenderChecks(Protocol):
    """Finds out whether a mail is from whom it says."""

    async def check(self, kept: Kept, contact: Contact) -> SenderCheck:
        """What is known, as much as can be found out within seconds. Never raises."""


Reader = Callable[[Kept], Contact]
"""Reads a kept message of one channel. Never raises: what it cannot read is a Contact that says so."""

Readers = Mapping[Channel, Reader]

FileReader = Callable[[bytes, int], Awaitable[tuple[Attachment, bytes] | None]]
"""Takes the file of this number out of a kept message's bytes; None where there is none. May fail."""

FileReaders = Mapping[Channel, FileReader]
"""For each channel that carries files."""


class Scanner(Protocol):
    """Looks for viruses. Slow and fallible; never called inside a transaction."""

    async def scan(self, data: bytes) -> Verdict:
        """Never raises: where it could not look, the verdict says so."""


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

    def said_since(self, contact: Contact, since: datetime) -> bool:
        """Has its address said the same words in another contact since then?"""

    def outcome(self, contact: str) -> tuple[Outcome | None, str]:
        """How it ended (None: not yet), and its conversation (empty: none yet)."""


class Conversations(Protocol):
    """Conversations and their turns."""

    def get(self, conversation: str) -> Conversation | None: ...

    def keep(self, conversation: Conversation) -> None:
        """Keep it, new or changed. Raises ChangedMeanwhile where it changed since it was read."""

    def versions(self, conversations: Sequence[str]) -> Mapping[str, int]:
        """The versions of those of them that are kept: a conversation that changed has another one."""

    def fallen_silent(self, now: datetime) -> Conversation | None:
        """The one that has been silent longest of those in which something hangs."""

    def earlier_services(self, person: Person, but_not: str, since: datetime) -> frozenset[str]:
        """The services that other conversations with this email address or phone number were about since then."""

    def add_turn(self, conversation: str, turn: Turn) -> None: ...

    def turns(self, conversation: str) -> Sequence[Turn]:
        """Everything said, oldest first."""


class Cases(Protocol):
    """Cases by reference, and by the address of the person whose they are."""

    def get(self, reference: str) -> Case | None: ...

    def of_address(self, email: str) -> Sequence[Case]:
        """The cases of this address, newest first."""

    def keep(self, case: Case) -> None: ...


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
        """The latest mail of ours that has one of these ids."""

    def came_back(self, reply: str, line: str) -> None:
        """It was taken, and came back later."""

    def has_come_back(self, reply: str) -> bool:
        """Has a report said so already?"""

    def sent_to_since(self, address: str, since: datetime) -> int:
        """How many letters were written to this address since then."""

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


class Attachments(Protocol):
    """The files that came with contacts, named by contact and number; their bytes stay in the originals."""

    def keep(self, contact: Contact, now: datetime) -> None:
        """Keep what is known of its files, in place of what was; each waits for the scanner."""

    def of_contact(self, contact: str) -> Sequence[File]:
        """In the order of the message."""

    def get(self, contact: str, number: int) -> File | None: ...

    def claim(self, now: datetime, until: datetime) -> File | None:
        """Lease a file that waits for the scanner and is due."""

    def found(self, contact: str, number: int, verdict: Verdict, now: datetime) -> None: ...

    def try_again(self, contact: str, number: int, now: datetime, wait: timedelta, line: str) -> None: ...

    def leave_unscanned(self) -> bool:
        """No scanner is set: nothing waits for one. False where nothing did."""

    def queue_unscanned(self, now: datetime) -> None:
        """A scanner is set: what was left unscanned waits for it."""


class Passwords(Protocol):
    """Hashes officers' passwords and checks them. Slow on purpose; never called inside a transaction."""

    def hash(self, password: str) -> str: ...

    def verify(self, hashed: str, password: str) -> bool: ...


class DeskStore(Protocol):
    """What officers see and do. Lists skip ``start`` lines and hold at most ``most``."""

    def contacts(self, wanted: Wanted, start: int, most: int) -> Sequence[ContactLine]:
        """Newest first."""

    def contact(self, contact: str) -> ContactView | None:
        """Without what its conversation adds (turns, waiting_for, case, letters)."""

    def letters(self, conversation: str) -> Sequence[LetterLine]:
        """The newest letters of a conversation, oldest first, without their attempts."""

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
    def addresses(self) -> Addresses: ...

    @property
    def mailboxes(self) -> Mailboxes: ...

    @property
    def messenger(self) -> Messenger: ...

    @property
    def attachments(self) -> Attachments: ...

    @property
    def desk(self) -> DeskStore: ...


Work = Callable[[UnitOfWork], Result]


class Store(Protocol):
    """Runs work on a unit of work. What several callers want written at once may share one commit."""

    async def transact(self, work: Work[Result]) -> Result:
        """Run it and commit: when this returns, it is on disk. When it raises, nothing of it is kept."""

    async def read(self, work: Work[Result]) -> Result:
        """Run it without changing anything."""
