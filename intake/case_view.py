"""What officers see and keep of the work on cases: lists, history, tasks, mentions, letters. Times are UTC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from intake.case import Case, CaseOutcome
from intake.officers import Absence


class LetterKind(StrEnum):
    """What a letter to the resident is. The kind says which clocks it meets."""

    UPDATE = "update"
    QUESTION = "question"
    ACKNOWLEDGEMENT = "acknowledgement"
    RESPONSE = "response"


LETTER_KINDS: Mapping[LetterKind, str] = {
    LetterKind.UPDATE: "News about the complaint",
    LetterKind.QUESTION: "A question for the resident",
    LetterKind.ACKNOWLEDGEMENT: "Acknowledgement",
    LetterKind.RESPONSE: "Response",
}


class LetterState(StrEnum):
    """Where a letter that an officer writes stands."""

    DRAFT = "draft"
    TO_CHECK = "to_check"
    SENT = "sent"
    DROPPED = "dropped"


@dataclass(frozen=True)
class CaseLetter:
    """A letter about a case that an officer writes. ``officer`` last changed its words: somebody else must check it.

    ``note`` says why it came back from the check. ``version`` counts its changes (0: not kept yet).
    """

    id: str
    reference: str
    kind: LetterKind
    body: str
    officer: str
    changed_at: datetime
    outcome: CaseOutcome | None = None
    state: LetterState = LetterState.DRAFT
    note: str = ""
    checked_by: str = ""
    version: int = 0


@dataclass(frozen=True)
class Entry:
    """A line of a case's history: what an officer did or noted. Never changed. ``version`` is the case's after it."""

    number: int
    reference: str
    at: datetime
    officer: str
    what: str
    words: str = ""
    version: int = 0


@dataclass(frozen=True)
class Task:
    """Something that somebody is to do about a case."""

    id: str
    reference: str
    what: str
    due: date
    officer: str
    made_by: str
    made_at: datetime
    done_at: datetime | None = None
    done_by: str = ""


@dataclass(frozen=True)
class Mention:
    """An officer was named in a note."""

    id: str
    reference: str
    officer: str
    by: str
    at: datetime
    words: str


@dataclass(frozen=True)
class CasesWanted:
    """Which cases to list. Empty parts ask for nothing.

    ``whose`` is me, team, nobody, away (somebody who is), or an officer's name. ``due`` is today, overdue or week,
    ``waits`` a WaitsFor, ``state`` open (where nothing is said), answered, closed or all.
    """

    whose: str = ""
    due: str = ""
    waits: str = ""
    service: str = ""
    priority: str = ""
    urgent: str = ""
    state: str = ""

    @property
    def query(self) -> dict[str, str]:
        """The parts that are not empty, as an address carries them."""
        return {key: value for key, value in vars(self).items() if value}


@dataclass(frozen=True)
class Asking:
    """Who asks for lists, and when: their name, their teams, the day in the council's time, the moment.

    ``away`` are the officers who are away on that day.
    """

    officer: str
    teams: tuple[str, ...]
    today: date
    now: datetime
    away: tuple[str, ...] = ()


@dataclass(frozen=True)
class SavedView:
    """A combination of filters under a name. Shared with ``team`` where that is not empty."""

    id: str
    officer: str
    team: str
    name: str
    query: str


@dataclass(frozen=True)
class Undoable:
    """What became of a bulk action: how many changed, and why each other did not.

    It can be undone until then: each case as it was before with the version that it got, and the tasks that it added.
    Once undone it has neither.
    """

    id: str
    officer: str
    what: str
    until: datetime
    cases: tuple[tuple[Case, int], ...] = ()
    tasks: tuple[str, ...] = ()
    changed: int = 0
    refused: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class CaseFile:
    """Everything of one case: the case, the contact it began with, its history, tasks and letters (newest first).

    ``cannot_write`` says why no letter reaches its person (empty: one does), ``by_post`` why one is printed and posted.
    ``subject`` and ``words`` are the resident's own (empty: none, or not to be seen).
    """

    case: Case
    contact: str
    history: Sequence[Entry]
    tasks: Sequence[Task]
    letters: Sequence[CaseLetter]
    names: Mapping[str, str] = field(default_factory=dict)
    away: Mapping[str, Absence] = field(default_factory=dict)
    cannot_write: str = ""
    by_post: str = ""
    subject: str = ""
    words: str = ""


@dataclass(frozen=True)
class CaseLine:
    """A case in a list, and the subject of its conversation."""

    case: Case
    about: str
