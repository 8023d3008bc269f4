"""A case: one complaint on its way through a procedure, with its clocks."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from intake.contact import Channel, Person


class CaseState(StrEnum):
    """Where a case stands. The words are the ones that a council's backlog report counts."""

    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


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
    is kept instead of the code, which only the acknowledgement tells.
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
