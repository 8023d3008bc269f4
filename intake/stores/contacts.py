"""Contacts, their files, conversations and cases, as they are kept."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from intake.case import Case
from intake.contact import Contact, Kept, Outcome, Person
from intake.conversation import Conversation, Turn
from intake.files import File, Verdict
from intake.triage import Decision


class Inbox(Protocol):
    """Contacts from the moment that they are kept to the known state in which they end."""

    def keep(self, kept: Kept) -> str:
        """Keep it, once: answers with its id, or with the id of the same message kept before."""

    def claim(self, now: datetime, until: datetime, contact: str = "") -> Kept | None:
        """Lease the oldest contact that is free (or the one named): no older one waits in its lane."""

    def kept(self, contact: str) -> Kept | None:
        """The message as it was kept."""

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

    def keep(self, case: Case) -> None:
        """Keep it, new or changed. Raises ChangedMeanwhile where it changed since it was read."""


class Attachments(Protocol):
    """The files that came with contacts, named by contact and number; their bytes stay in the originals."""

    def keep(self, contact: Contact, now: datetime) -> None:
        """Keep what is known of its files, in place of what was; each waits for the scanner."""

    def of_contact(self, contact: str) -> Sequence[File]:
        """In the order of the message."""

    def of_contacts(self, contacts: Collection[str]) -> Sequence[File]:
        """In the order in which they came."""

    def get(self, contact: str, number: int) -> File | None: ...

    def claim(self, now: datetime, until: datetime) -> File | None:
        """Lease a file that waits for the scanner and is due."""

    def found(self, contact: str, number: int, verdict: Verdict, now: datetime) -> None: ...

    def try_again(self, contact: str, number: int, now: datetime, wait: timedelta, line: str) -> None: ...

    def leave_unscanned(self) -> bool:
        """No scanner is set: nothing waits for one. False where nothing did."""

    def queue_unscanned(self, now: datetime) -> None:
        """A scanner is set: what was left unscanned waits for it."""


@dataclass(frozen=True)
class PastContact:
    """A contact that was read and decided, and its place among all."""

    number: int
    conversation: str
    contact: Contact
    decision: Decision


class Past(Protocol):
    """Contacts that were decided, in the order in which they came, received within two moments (None: no bound)."""

    def contacts(self, after: int, within: tuple[datetime | None, datetime | None], most: int) -> Sequence[PastContact]:
        """Those with higher numbers."""

    def before_newest(self, within: tuple[datetime | None, datetime | None], most: int) -> int:
        """The number after which the newest begin, that many; 0 where there are not so many."""
