"""A conversation: what was said by whom, who holds it, and what has been gathered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from intake.contact import Channel, Person
from intake.flow import Choice
from intake.interpretation import Detail, Interpretation
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
    """One thing said. ``at`` is UTC; ``contact`` is the contact it came with or answers.

    ``choices`` may be taken at it, by a button or by typing.
    """

    at: datetime
    by: Speaker
    text: str
    contact: str
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Later:
    """A second matter, told while the first was dealt with: its words and what was read in them."""

    words: str
    reading: Interpretation
    contact: str
    at: datetime


@dataclass(frozen=True)
class Talk:
    """Where a live conversation stands in its matter. Times are UTC.

    ``began_at`` and ``contact`` are of the message that began the matter, ``points`` what casework understood of it,
    ``case_before`` the case that the conversation had then. ``asking`` is the detail asked for, ``prompt`` and
    ``offered`` the question that is open and its choices. ``unknown`` are details that they don't know or won't give.
    ``misses`` counts answers in a row that were not understood, ``questions`` what was asked so far. ``complains``:
    they said that it is a complaint. ``for_another``: they speak for somebody else. ``last`` is the detail given last,
    which a correction means. ``wants_letter``: they want what we said by email. ``service`` is what few words named.
    ``waits``: handed to a person; ``added``: they were told since that what they say is added. ``helped`` are the harms
    that help was said for, and ``help`` its words, to be kept in sight. ``silent_at`` is when silence counts as an
    answer (None: nothing hangs). ``later`` are matters to come, ``before`` the services of those that are done, and
    when they were told.
    """

    began_at: datetime | None = None
    contact: str = ""
    points: tuple[str, ...] = ()
    case_before: str = ""
    asking: Detail | None = None
    prompt: str = ""
    offered: tuple[Choice, ...] = ()
    unknown: tuple[Detail, ...] = ()
    misses: int = 0
    questions: int = 0
    confirming: bool = False
    leaving: bool = False
    done: bool = False
    complains: bool = False
    for_another: bool = False
    last: Detail | None = None
    wants_letter: bool = False
    waits: bool = False
    added: bool = False
    service: str = "none"
    helped: tuple[str, ...] = ()
    help: str = ""
    later: tuple[Later, ...] = ()
    before: tuple[tuple[str, datetime], ...] = ()
    silent_at: datetime | None = None


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
    talk: Talk = Talk()

    @property
    def matters_done(self) -> tuple[tuple[str, datetime], ...]:
        """The services of the matters that are done, and when they were told."""
        if not self.talk.done or self.decision is None or self.talk.began_at is None:
            return self.talk.before
        return (*self.talk.before, (self.decision.service, self.talk.began_at))

    @property
    def own_case(self) -> str:
        """The case of the matter that is talked about; empty where it has none."""
        return self.case if self.case != self.talk.case_before else ""

    @property
    def standing(self) -> Standing:
        """What triage should know of it before the next message."""
        if self.decision is None:
            return Standing()
        return Standing(self.decision.route, self.decision.service, bool(self.case), self.asked)
