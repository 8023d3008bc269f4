"""What officers see: one line of a list, or the whole of one contact or case. Times are UTC."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from intake.case import Case, Deadline
from intake.contact import Attempt, Channel, Contact
from intake.conversation import Turn
from intake.files import File
from intake.interpretation import Detail
from intake.triage import Decision
from intake.working_days import WorkingCalendar

Line = TypeVar("Line")

PAGE = 50
"""Lines of one page of a list."""

FURTHEST_PAGE = 10_000


@dataclass(frozen=True)
class Wanted:
    """Which contacts to list: of one route (empty: every route), only urgent ones, only those for a person."""

    route: str = ""
    urgent: bool = False
    needs_person: bool = False


@dataclass(frozen=True)
class Page(Generic[Line]):
    """One page of a list. ``number`` counts from 1; ``more`` is set where another page follows."""

    lines: Sequence[Line]
    number: int
    more: bool


def paged(number: int, find: Callable[[int, int], Sequence[Line]]) -> Page[Line]:
    """The page of this number, which somebody typed: ``find`` gives the lines from a start, so many at most.

    One line more than a page is asked for, to know whether another follows.
    """
    number = min(max(number, 1), FURTHEST_PAGE)
    lines = find(PAGE * (number - 1), PAGE + 1)
    return Page(lines[:PAGE], number, len(lines) > PAGE)


@dataclass(frozen=True)
class ContactLine:
    """One contact. ``state`` is an Outcome's value or ``kept``; route and service are empty until it has been read.

    ``about`` is its subject, or its first words where it has none.
    """

    id: str
    received_at: datetime
    channel: Channel
    person: str
    about: str
    route: str
    service: str
    urgent: bool
    needs_person: bool
    state: str


@dataclass(frozen=True)
class LetterLine:
    """A letter of a conversation, to its resident or to a team, and every attempt at sending it.

    ``state`` is waiting, sent (somebody took it: that it arrived is not known), came_back or set_aside. ``error`` is
    the line that it came back with, or that says why it waits (else empty).
    """

    id: str
    created_at: datetime
    to: str
    subject: str
    state: str
    error: str
    next_attempt: datetime
    attempts: Sequence[Attempt] = ()


@dataclass(frozen=True)
class ContactView:
    """One contact with its conversation. ``contact`` and ``decision`` are None until it has been read.

    ``error`` is what its handling failed with, ``waiting_for`` why its conversation waits for a person, ``case`` the
    reference of its case; each empty where there is none. ``told`` is what the conversation has told, in its words.
    ``address`` is where the conversation's letters go, ``comes_back`` the line with which mail comes back from there
    (empty: it does not) and ``instead`` how else its person can be reached. ``letters`` are the conversation's, oldest
    first.
    """

    line: ContactLine
    contact: Contact | None
    decision: Decision | None
    error: str
    conversation: str
    turns: tuple[Turn, ...] = ()
    waiting_for: str = ""
    case: str = ""
    told: Mapping[Detail, str] = field(default_factory=dict)
    files: Sequence[File] = ()
    letters: Sequence[LetterLine] = ()
    address: str = ""
    comes_back: str = ""
    instead: str = ""


@dataclass(frozen=True)
class Original:
    """A contact exactly as it came."""

    contact: str
    channel: Channel
    raw: bytes


@dataclass(frozen=True)
class CaseView:
    """One case, and the contact that its conversation began with (empty where it is gone)."""

    case: Case
    contact: str


def overdue(deadline: Deadline, calendar: WorkingCalendar, now: datetime) -> bool:
    """Has its day, or its hour where hours count, gone by unmet?"""
    if deadline.met_at is not None:
        return False
    return deadline.due_at < now if deadline.due_at else deadline.due < calendar.local_day(now)
