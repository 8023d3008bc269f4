"""What reaches the council: a message as it came (Kept), and what can be read in it (Contact)."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

WHOLE_FORM = "form"
"""The name among what a contact tells that says: this is the whole of a form."""


class Channel(StrEnum):
    """The way a contact came in, as the batch form and the residents' API write it."""

    EMAIL = "email"
    WEB_FORM = "web_form"
    WEBCHAT = "webchat"
    TELEGRAM = "telegram"
    PHONE = "phone"
    LETTER = "letter"
    IN_PERSON = "in_person"


NOT_TYPED = (Channel.PHONE, Channel.LETTER, Channel.IN_PERSON)
"""The channels of what no resident typed: an officer enters it."""

_BY_FORM = frozenset({Channel.WEB_FORM, *NOT_TYPED})


@dataclass(frozen=True)
class Kept:
    """A message exactly as it came, kept before anybody is told that we have it.

    ``received_at`` is UTC and from our own clock. ``fingerprint`` is equal for the same message delivered twice.
    Messages with the same ``lane`` are handled one after another, in the order they came; an empty lane has no order.
    ``sender`` and ``recipients`` are the envelope's (RFC 5321), the sender empty for the null sender. ``note`` says in
    words for an officer what was not kept of it, and why (empty: all was). ``client`` is the address of the server that
    handed it in, and ``helo`` how it called itself, where that server is not the council's own (else empty).
    ``by_hand`` is what an officer read in it, where we could not.
    """

    id: str
    channel: Channel
    received_at: datetime
    fingerprint: str
    lane: str
    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    note: str = ""
    client: str = ""
    helo: str = ""
    by_hand: "Contact | None" = None


@dataclass(frozen=True)
class Person:
    """Who is speaking, as far as they told us. An email address is in its one spelling; nothing here is verified."""

    name: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""


@dataclass(frozen=True)
class Attachment:
    """A file that came with a contact. We never open it; its bytes stay in the kept message.

    ``media_type`` is told by its first bytes, not by its sender. ``size`` is in bytes. ``number`` is its place in the
    message, from 0: the same bytes are found again by it.
    """

    name: str
    media_type: str
    size: int
    number: int = 0


class Machine(StrEnum):
    """The kinds of mail that no person wrote to us. None is ever answered."""

    BOUNCE = "bounce"
    AUTO_REPLY = "auto_reply"
    LIST = "list"
    RECEIPT = "receipt"
    FEEDBACK = "feedback"
    OWN = "own"
    OTHER = "other"


@dataclass(frozen=True)
class Bounce:
    """What a report of failed delivery says (RFC 3464).

    ``message_ids`` (without angle brackets) and ``addresses`` (in their one spelling) are of the mail that did
    not arrive, ``envelope`` is what its sender named it by (RFC 3461 section 4.4: ENVID). ``lasting`` is set where the
    address will not work again by itself (a status of 5.x.x that is no full mailbox). ``words`` is the line that says
    why.
    """

    message_ids: tuple[str, ...]
    addresses: tuple[str, ...]
    lasting: bool
    words: str
    envelope: str = ""


class Proof(StrEnum):
    """What is known of a mail's sender: its domain vouches for it, denies it, or nobody says."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class SenderCheck:
    """Whether a mail's From is its sender's own, and the results that this rests on, one line each for an officer."""

    proof: Proof = Proof.UNKNOWN
    results: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entered:
    """What an officer entered for somebody who phoned, wrote on paper or stood before them: who, and when (UTC).

    ``dated`` is the date that stands on a letter. ``decided`` are the names of what the officer decided otherwise than
    the reading: route, service, procedure, signpost.
    """

    officer: str
    at: datetime
    dated: date | None = None
    decided: tuple[str, ...] = ()


@dataclass(frozen=True)
class Contact:
    """A message that has been read.

    ``text`` is what the person says now, ``quoted`` the older words below it. ``automatic`` says why we take it for a
    machine's mail, which is then of the kind ``machine`` (empty and None: a person's). ``no_answer`` says why a
    person's mail may not be answered by itself (empty: it may). ``trouble`` says in words for an officer what could not
    be read (empty: all was), ``missing`` what was not kept of it. ``message_id`` and ``references`` are written without
    angle brackets. ``tags`` are what stood after a + in those of our addresses that it was sent to (RFC 5233); a live
    channel's door names its conversation so, once its token was proved. ``told`` are answers that a form or a button
    gave: the name of a detail and its value, or ``choice`` and the value of a choice that was offered; a whole form has
    ``form`` among them. ``language`` is the tag of the language that they chose for our pages (empty: they chose none).
    ``entered`` is set where an officer wrote it down for them.
    """

    id: str
    channel: Channel
    received_at: datetime
    person: Person
    subject: str
    text: str
    quoted: str = ""
    attachments: tuple[Attachment, ...] = ()
    message_id: str = ""
    references: tuple[str, ...] = ()
    automatic: str = ""
    trouble: str = ""
    machine: Machine | None = None
    bounce: Bounce | None = None
    no_answer: str = ""
    sender_check: SenderCheck = SenderCheck()
    tags: tuple[str, ...] = ()
    missing: str = ""
    told: tuple[tuple[str, str], ...] = ()
    language: str = ""
    entered: Entered | None = None

    @property
    def words(self) -> str:
        """Subject and text together: what triage reads."""
        return f"{self.subject}\n{self.text}".strip()

    @property
    def is_whole_form(self) -> bool:
        """Is it a form that was filled in, checked and sent by its resident, or by an officer for them?

        It is answered by a letter, and asked no more.
        """
        return self.channel in _BY_FORM and any(name == WHOLE_FORM for name, _ in self.told)


class Outcome(StrEnum):
    """The known states in which a contact ends. ``set_aside`` waits for a person because we could not handle it."""

    ANSWERED = "answered"
    RECORDED = "recorded"
    WITH_A_PERSON = "with_a_person"
    SET_ASIDE = "set_aside"


@dataclass(frozen=True)
class Reply:
    """A mail that waits to go out. Its Message-ID comes from ``id``, so a repeated send is recognisably the same mail.

    ``references`` and ``in_reply_to`` are written without angle brackets. ``kind`` names the letter's template.
    ``reply_to`` is where answers go (empty: to the address that it is from). ``stands``: it helps against a danger, and
    goes out even where an officer takes over before it has. ``envelope`` names it in the envelope alone, where whoever
    is shown the letter does not see it (empty: letters of before, which their id names there too).
    """

    id: str
    conversation: str
    kind: str
    to: str
    subject: str
    body: str
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    attempts: int = 0
    reply_to: str = ""
    stands: bool = False
    envelope: str = ""


class Ended(StrEnum):
    """How an attempt at sending ended: taken, not taken just now, refused for good, or nobody can say."""

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Attempt:
    """One attempt at sending a mail, and the line that says how it ended."""

    reply: str
    at: datetime
    ended: Ended
    line: str
