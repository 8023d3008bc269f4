"""What officers see of what was set aside. Times are UTC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from intake.case import Case
from intake.contact import Attempt, Channel, Contact
from intake.conversation import Conversation
from intake.files import File
from intake.officers import Deed
from intake.trouble import Trouble

SET_ASIDE = "set_aside"
LEFT = "left"
"""The state of a mail that somebody decided not to send."""

OVER = "over"
"""The state of a chat that was closed to us, whose resident wrote again."""


@dataclass(frozen=True)
class ContactAside:
    """A contact that could not be handled, or could not once. ``sender`` is the envelope's, empty for a web form.

    ``state`` is set_aside while it waits, else what became of it.
    """

    id: str
    received_at: datetime
    channel: Channel
    sender: str
    error: str
    state: str
    service: str
    conversation: str
    trouble: Trouble


@dataclass(frozen=True)
class MailAside:
    """A mail that could not be sent, or could not once, and the conversation that it is of. ``kind`` names the letter's
    template, ``contact`` the contact that its conversation began with (empty: none)."""

    id: str
    created_at: datetime
    kind: str
    to: str
    subject: str
    error: str
    state: str
    conversation: str
    service: str
    trouble: Trouble
    contact: str = ""
    body: str = ""


@dataclass(frozen=True)
class MessageAside:
    """A message that Telegram did not take, or (``words`` is empty) a chat that takes nothing more from us.

    ``state`` is set_aside while it waits, over where its resident wrote again. ``instead`` says how else they can be
    reached, ``contact`` is the one that its conversation began with; both are empty in a list.
    """

    id: str
    at: datetime
    conversation: str
    service: str
    words: str
    line: str
    state: str
    trouble: Trouble
    name: str = ""
    instead: str = ""
    contact: str = ""


@dataclass(frozen=True)
class MessageAsideView:
    """One of them with what officers did with it."""

    line: MessageAside
    deeds: Sequence[Deed]


@dataclass(frozen=True)
class Counted:
    """How many wait in all, by sort; mailboxes are those in trouble."""

    contacts: Mapping[str, int]
    mail: Mapping[str, int]
    mailboxes: int
    messages: int = 0

    @property
    def all_contacts(self) -> int:
        """Of every channel."""
        return sum(self.contacts.values())

    @property
    def all_mail(self) -> int:
        """Of every kind."""
        return sum(self.mail.values())


@dataclass(frozen=True)
class Target:
    """What a contact can be attached to: a conversation, and its case where it has one."""

    conversation: Conversation
    case: Case | None
    contact: str


@dataclass(frozen=True)
class ContactAsideView:
    """One contact with what could be read of it, its original as plain text, and what officers did with it.

    ``cut`` is set where the original goes on after ``source``. ``cases`` are those of its sender's address.
    """

    line: ContactAside
    read: Contact
    head: str
    source: str
    cut: bool
    size: int
    files: Sequence[File]
    deeds: Sequence[Deed]
    cases: Sequence[Case]


@dataclass(frozen=True)
class MailAsideView:
    """One mail with every attempt at sending it, and what officers did with it. ``comes_back``: its address is dead."""

    line: MailAside
    attempts: Sequence[Attempt]
    deeds: Sequence[Deed]
    comes_back: str
    is_residents: bool
