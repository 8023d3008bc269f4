"""What officers see of live conversations: the queue, one conversation with all that belongs to it, calls to make."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from intake.case import Case
from intake.contact import Channel
from intake.conversation import Conversation, Hold, Turn, Why
from intake.presence import Presence


@dataclass(frozen=True)
class Handed:
    """That a conversation was handed to somebody, as one officer sees it. Times are UTC.

    ``to`` and ``by`` are how they are called. ``until`` is how long it is kept for them (None: anybody may take it).
    ``theirs``: it is this officer's, or their team's. ``may_take``: this officer may take it now.
    """

    to: str
    by: str
    note: str
    at: datetime | None
    until: datetime | None
    theirs: bool
    may_take: bool


@dataclass(frozen=True)
class QueueLine:
    """A conversation that waits, or that an officer has. Times are UTC.

    ``why`` is None where it was made to wait before there were reasons. ``person`` is how they are called, as far as
    they told. ``hold`` says to whom it was handed, if to anybody, which ``handed`` says in words for one officer.
    ``call_until`` is when somebody must have called them (None: no call is awaited).
    """

    id: str
    channel: Channel
    service: str
    person: str
    why: Why | None
    waiting_for: str
    waiting_since: datetime | None
    urgent: bool
    hold: Hold
    about: str
    call_until: datetime | None = None
    handed: Handed | None = None

    @property
    def may_take(self) -> bool:
        """May the officer who looks at it take it now?"""
        return self.handed is None or self.handed.may_take


class Called(StrEnum):
    """How a call stands."""

    TO_DO = "to_do"
    DONE = "done"
    NO_ANSWER = "no_answer"
    GIVEN_UP = "given_up"


@dataclass(frozen=True)
class CallBack:
    """A call that was promised until then (UTC). ``tries`` were not answered. ``good_time`` is in their own words."""

    id: str
    conversation: str
    phone: str
    good_time: str
    asked_at: datetime
    until: datetime
    state: Called = Called.TO_DO
    tries: int = 0
    officer: str = ""
    done_at: datetime | None = None


@dataclass(frozen=True)
class Sight:
    """How far the resident's page has shown what was said, and who is writing just now. Times are UTC.

    ``shown`` is the number of the last turn that a page of theirs has shown, counted from 1. ``shown_at`` is when a
    page of theirs was last known to be open, while somebody answered or was to (None: never).
    """

    shown: int = 0
    shown_at: datetime | None = None
    resident_writes_until: datetime | None = None
    officer_writes_until: datetime | None = None


NOTHING_SEEN = Sight()


@dataclass(frozen=True)
class Said:
    """A turn as an officer sees it. ``n`` is its place, from 1; ``number`` grows within the store.

    ``officer`` is whose words they are (empty: no officer's). ``delivery`` says in words what is known of its way.
    """

    n: int
    number: int
    turn: Turn
    officer: str = ""
    delivery: str = ""


@dataclass(frozen=True)
class Earlier:
    """Another conversation of the same address or number."""

    id: str
    contact: str
    channel: Channel
    about: str
    service: str
    told_at: datetime | None


@dataclass(frozen=True)
class History:
    """The same person's other conversations and cases. ``proof`` says in words what proves that it is them."""

    proof: str
    known: bool
    conversations: Sequence[Earlier] = ()
    cases: Sequence[Case] = ()


@dataclass(frozen=True)
class LiveView:
    """A conversation with all that an officer needs to answer it.

    ``said`` is a page of its turns, oldest first; ``before`` is the number to ask for what was said earlier (0: this
    begins with the first). ``held_by`` is the officer who has it, as colleagues call them. ``draft`` is what this
    officer has half written. ``cannot_write`` says why no words reach the resident (empty: they do), ``by_post`` why
    they are printed and posted (empty: they are not).
    ``left`` says that they have left the chat, and what becomes of words to them (empty: they have not).
    """

    conversation: Conversation
    said: Sequence[Said]
    before: int
    last: int
    history: History
    held_by: str = ""
    draft: str = ""
    call: CallBack | None = None
    sight: Sight = NOTHING_SEEN
    cannot_write: str = ""
    by_post: str = ""
    contact: str = ""
    handed: Handed | None = None
    left: str = ""

    @property
    def may_take(self) -> bool:
        """May this officer take it now?"""
        return self.handed is None or self.handed.may_take


@dataclass(frozen=True)
class Queue:
    """What the queue's page shows. ``handed`` waits for this officer or a team of theirs, ``waiting`` for anybody.

    ``read_at`` is when it was read; what began to wait later is news.
    """

    own: Sequence[QueueLine]
    handed: Sequence[QueueLine]
    waiting: Sequence[QueueLine]
    calls: Sequence[tuple[CallBack, QueueLine]]
    presence: Presence
    colleagues: Sequence[Presence]
    read_at: datetime
    number: int = 1
    more: bool = False
    waiting_in_all: int = 0
    names: dict[str, str] = field(default_factory=dict)
