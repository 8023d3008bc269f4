"""Reading a kept mail. Never raises: what cannot be read is said in ``trouble``, and the raw bytes stay kept.

Each step stands alone: where one fails, its words are missing and the others are read.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from email.message import Message
from typing import TypeVar

from channels.reading.charsets import one_line
from channels.reading.files import attachments
from channels.reading.headers import address, addresses, header, message_ids
from channels.reading.structure import structure
from channels.reading.words import Words, words_of
from channels.senders.bounces import bounce_of
from channels.senders.machines import machine_of, no_answer
from channels.senders.sender_checks import sender_check
from intake.contact import Attachment, Bounce, Contact, Kept, Machine, Person, SenderCheck

LONGEST_TAG = 100
NO_SENDER = "It names no sender, so it cannot be answered by mail."
NO_WORDS = "The mail has no text that can be read; open the original."
ONLY_FILES = "It has files and no words; open them."
HOSTILE = "it is built as no mail program builds a mail"

_SENT_TO = ("To", "Cc", "Delivered-To", "X-Original-To")

Result = TypeVar("Result")


def read(kept: Kept, own_addresses: frozenset[str] = frozenset(), trusted: frozenset[str] = frozenset()) -> Contact:
    """The contact that a kept mail holds. ``own_addresses`` are ours; ``trusted`` name the servers whose checks of a
    sender we believe (RFC 8601).
    """
    bare = Contact(kept.id, kept.channel, kept.received_at, Person(email=address(kept.sender)), "", "")
    try:
        return _Reading(kept, own_addresses, trusted).contact(bare)
    except Exception as error:
        return unreadable(bare, f"The mail could not be read ({type(error).__name__}); open the original.")


def unreadable(bare: Contact, why: str) -> Contact:
    """The contact of a mail of which nothing was read: for a person to open, answered by nobody else."""
    return replace(bare, trouble=why, no_answer="it could not be read")


@dataclass
class _Reading:
    kept: Kept
    own: frozenset[str]
    trusted: frozenset[str]
    trouble: list[str] = field(default_factory=list)

    def contact(self, bare: Contact) -> Contact:
        """Read everything."""
        taken = structure(self.kept.raw)
        self.trouble.extend(taken.trouble)
        contact = self._judged(taken.message, self._headed(taken.message, bare))
        contact = self._worded(taken.message, contact)
        if taken.hostile:
            contact = replace(contact, no_answer=contact.no_answer or HOSTILE)
        return replace(contact, trouble=" ".join(dict.fromkeys(filter(None, self.trouble))))

    def _headed(self, message: Message, bare: Contact) -> Contact:
        """What its head says."""
        name, sender = next(iter(addresses(message, "From", 1) or addresses(message, "Sender", 1)), ("", ""))
        ids = (*message_ids(message, "References"), *message_ids(message, "In-Reply-To"))
        return replace(
            bare,
            person=Person(name=name[:100], email=sender or bare.person.email),
            subject=header(message, "Subject", 300),
            message_id=next(iter(message_ids(message, "Message-ID")), ""),
            references=tuple(dict.fromkeys(ids)),
            tags=tuple(dict.fromkeys(self._tags(message))),
        )

    def _tags(self, message: Message) -> Iterator[str]:
        """What stands after a + in our own addresses (RFC 5233)."""
        named = (found for name in _SENT_TO for _, found in addresses(message, name))
        for whole in (*map(address, self.kept.recipients), *named):
            local, _, domain = whole.rpartition("@")
            mailbox, _, tag = local.partition("+")
            if tag and f"{mailbox}@{domain}" in self.own:
                yield tag[:LONGEST_TAG]

    def _judged(self, message: Message, contact: Contact) -> Contact:
        """Whose mail it is. What cannot be told is taken for a person's."""
        nobody: tuple[Machine | None, str] = (None, "")
        machine, why = self._try("who wrote it", nobody, lambda: machine_of(message, self.kept.sender, self.own))
        none: Bounce | None = None
        null_sender = not self.kept.sender
        # Who hands mail in from outside may have written any result into it: only our own servers' word counts.
        trusted = frozenset() if self.kept.client else self.trusted
        reports = machine is Machine.BOUNCE
        bounce = self._try("what it reports", none, lambda: bounce_of(message, null_sender)) if reports else None
        silent = self._try("whether it may be answered", "", lambda: no_answer(message))
        check = self._try("who vouches for its sender", SenderCheck(), lambda: sender_check(message, trusted))
        return replace(
            contact,
            machine=machine,
            automatic=one_line(why),
            bounce=_clean(bounce) if bounce else None,
            no_answer=one_line(silent),
            sender_check=replace(check, results=_lines(check.results)),
        )

    def _worded(self, message: Message, contact: Contact) -> Contact:
        """Its words and files."""
        words = self._try("its text", Words("", ""), lambda: words_of(message))
        nothing: tuple[tuple[Attachment, ...], str] = ((), "")
        files, more = self._try("its files", nothing, lambda: attachments(message))
        self.trouble.extend((words.trouble, more))
        if not words.said.strip() and not words.trouble and not contact.automatic:
            self.trouble.append(_missing(bool(files), bool(contact.subject), words.blank))
        if not contact.person.email and not contact.automatic and not any(self.trouble):
            self.trouble.append(NO_SENDER)
        return replace(contact, text=words.said, quoted=words.quoted, attachments=files)

    def _try(self, what: str, default: Result, step: Callable[[], Result]) -> Result:
        """One step that may fail alone."""
        try:
            return step()
        except Exception as error:
            self.trouble.append(f"The reading failed to tell {what} ({type(error).__name__}); open the original.")
            return default


def _missing(files: bool, subject: bool, blank: bool) -> str:
    """What to say of a mail without words. One that is blank says nothing, and a subject may say it all."""
    if files:
        return "" if subject else ONLY_FILES
    return "" if blank else NO_WORDS


def _clean(bounce: Bounce) -> Bounce:
    """A report in words that are harmless to show: it was written by anybody."""
    ids, where = _lines(bounce.message_ids), _lines(bounce.addresses)
    words, envelope = one_line(bounce.words), one_line(bounce.envelope)
    return replace(bounce, message_ids=ids, addresses=where, words=words, envelope=envelope)


def _lines(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(one_line, values))
