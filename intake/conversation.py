"""A conversation: what was said by whom, who holds it, and what has been gathered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from intake.contact import Channel, Person
from intake.interpretation import Detail
from intake.triage import Decision, Standing


class Speaker(StrEnum):
    """Whose words a turn holds."""

    RESIDENT = "resident"
    ASSISTANT = "assistant"
    OFFICER = "officer"
    MACHINE = "machine"


class Holder(StrEnum):
    """Who answers next. A conversation that waits has been promised a person."""

    ASSISTANT = "assistant"
    WAITING = "waiting"
    OFFICER = "officer"


@dataclass(frozen=True)
class Turn:
    """One thing said. ``at`` is UTC; ``contact`` is the contact it came with or answers."""

    at: datetime
    by: Speaker
    text: str
    contact: str


@dataclass(frozen=True)
class Conversation:
    """One resident's one matter. ``version`` counts changes, so that nobody overwrites what another has just written.

    ``case`` is the reference of its case, empty where there is none. ``last_message_id`` and ``references`` thread the
    next mail (RFC 5322 section 3.6.4).
    """

    id: str
    channel: Channel
    person: Person
    started_at: datetime
    subject: str
    holder: Holder = Holder.ASSISTANT
    waiting_for: str = ""
    urgent: bool = False
    decision: Decision | None = None
    details: Mapping[Detail, str] = field(default_factory=dict)
    asked: tuple[Detail, ...] = ()
    case: str = ""
    last_message_id: str = ""
    references: tuple[str, ...] = ()
    version: int = 0

    @property
    def standing(self) -> Standing:
        """What triage should know of it before the next message."""
        if self.decision is None:
            return Standing()
        return Standing(self.decision.route, self.decision.service, bool(self.case), self.asked)
