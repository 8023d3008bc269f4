"""A case: one complaint on its way through a procedure, with its clocks."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from intake.contact import Channel, Person


class CaseState(StrEnum):
    """Where a case stands. The words are the ones that a council's backlog report counts; a misrouted one was never a
    complaint, and is not counted."""

    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    MISROUTED = "misrouted"


class CaseOutcome(StrEnum):
    """How a case ended. A closed set: reports count them."""

    UPHELD = "upheld"
    PARTLY_UPHELD = "partly_upheld"
    NOT_UPHELD = "not_upheld"
    WITHDRAWN = "withdrawn"
    RESOLVED_EARLY = "resolved_early"


class Priority(StrEnum):
    """How officers rank a case among their own. Whether it is urgent is another thing: that runs other clocks."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class WaitsFor(StrEnum):
    """Whose move a case waits for, where it is not ours."""

    SERVICE = "service"
    RESIDENT = "resident"


@dataclass(frozen=True)
class Work:
    """Who works on a case, and what it waits for. ``officer`` is a name, ``team`` a key of the pack's teams.

    ``remind_on`` is the day on which somebody should ask again.
    """

    officer: str = ""
    team: str = ""
    priority: Priority = Priority.NORMAL
    waits_for: WaitsFor | None = None
    waits_since: datetime | None = None
    remind_on: date | None = None
    outcome: CaseOutcome | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True)
class Deadline:
    """What must be done by when, and how the date was counted. ``due_at`` (UTC) only where hours count.

    ``check`` warns that the date lies past the bank holidays we know. ``met_at`` is UTC.
    """

    key: str
    name: str
    due: date
    working: str
    source: str
    due_at: datetime | None = None
    check: bool = False
    met_at: datetime | None = None


@dataclass(frozen=True)
class StageRecord:
    """One stage that a case has reached."""

    key: str
    name: str
    started_at: datetime
    deadlines: tuple[Deadline, ...]


@dataclass(frozen=True)
class Case:
    """A formal or urgent complaint. Times are UTC.

    ``points`` is our understanding, point by point; ``put_right`` what the person would like to happen. ``code_hash``
    is kept instead of the code, which only the acknowledgement tells. ``version`` counts its changes (0: not kept yet).
    """

    reference: str
    code_hash: str
    conversation: str
    channel: Channel
    person: Person
    route: str
    urgent: bool
    service: str
    procedure: str
    received_at: datetime
    acknowledged_at: datetime | None
    points: tuple[str, ...]
    where: str
    put_right: str
    stages: tuple[StageRecord, ...]
    state: CaseState = CaseState.OPEN
    work: Work = Work()
    version: int = 0

    @property
    def stage(self) -> StageRecord:
        """The stage it is at."""
        return self.stages[-1]

    @property
    def next_deadline(self) -> Deadline | None:
        """The earliest deadline of its stage that is not met, if the case is open."""
        if self.state is not CaseState.OPEN:
            return None
        waiting = [deadline for deadline in self.stage.deadlines if deadline.met_at is None]
        return min(waiting, key=lambda deadline: deadline.due, default=None)

    def deadline(self, key: str) -> Deadline | None:
        """The deadline of this key at the present stage."""
        return next((deadline for deadline in self.stage.deadlines if deadline.key == key), None)
