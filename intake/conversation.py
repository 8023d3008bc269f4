"""A conversation: what was said by whom, who holds it, and what has been gathered."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from intake.contact import Channel, Person
from intake.flow import Choice
from intake.interpretation import Detail, Interpretation
from intake.policy import ENGLISH_TAG
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


class Why(StrEnum):
    """Why a conversation waits for a person. An officer sees it in words (the console's own)."""

    DANGER = "danger"
    DEADLINE = "deadline"
    PASSED = "passed"
    LEFT = "left"
    ASKED = "asked"
    LANGUAGE = "language"
    NOT_UNDERSTOOD = "not_understood"
    ABUSE = "abuse"
    UNSURE = "unsure"
    UNREAD = "unread"
    LOOK = "look"


RANK: Mapping[Why, int] = {
    Why.DANGER: 0,
    Why.DEADLINE: 1,
    Why.PASSED: 2,
    Why.LEFT: 2,
    Why.ASKED: 2,
    Why.LANGUAGE: 2,
    Why.NOT_UNDERSTOOD: 2,
    Why.ABUSE: 3,
    Why.UNSURE: 3,
    Why.UNREAD: 3,
    Why.LOOK: 3,
}
"""Most urgent first; whoever has the same rank is answered in the order in which they began to wait."""

MOST_REASONS = 1_000
"""Characters of the words that say why a conversation waits."""


@dataclass(frozen=True)
class Turn:
    """One thing said. ``at`` is UTC; ``contact`` is the contact it came with or answers.

    ``choices`` may be taken at it, by a button or by typing. ``stands``: it is said even where an officer has taken
    over before it went out, since it acknowledges a case or helps against a danger. ``held_back``: it never went out,
    because an officer had taken over.
    """

    at: datetime
    by: Speaker
    text: str
    contact: str
    choices: tuple[Choice, ...] = ()
    stands: bool = False
    held_back: bool = False


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
    ``waits``: handed to a person; ``added`` is how often they were told since that it is kept. ``helped`` are the harms
    that help was said for, and ``help`` its words, to be kept in sight. ``silent_at`` is when silence counts as an
    answer (None: nothing hangs). ``later`` are matters to come, ``before`` the services of those that are done, and
    when they were told. ``advocate``: they were told that they may have one. ``writes`` is the English name of the
    language in which they wrote, where we have a short answer in it alone.
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
    added: int = 0
    service: str = "none"
    helped: tuple[str, ...] = ()
    help: str = ""
    later: tuple[Later, ...] = ()
    before: tuple[tuple[str, datetime], ...] = ()
    silent_at: datetime | None = None
    advocate: bool = False
    writes: str = ""


@dataclass(frozen=True)
class Hold:
    """An officer's hold on a conversation, and what became of the last one. Times are UTC.

    ``officer`` has had it ``since`` then (empty: nobody has). ``fence`` counts every change of who has it: what an
    officer does carries the number that they saw, and is refused where another has come since. ``meant_for`` is whom
    it was handed to, an officer's name or ``team:`` and a team's key, with ``note``, by ``handed_by`` at ``handed_at``.
    ``look_at`` is when somebody must look at it by itself: a resident who waits is told where they stand, a letter that
    nobody answered goes back to the queue. ``told``: they were told that they wait still. ``outcome`` and ``closed_by``
    say how an officer closed it.
    """

    officer: str = ""
    since: datetime | None = None
    fence: int = 0
    meant_for: str = ""
    note: str = ""
    handed_by: str = ""
    handed_at: datetime | None = None
    look_at: datetime | None = None
    told: bool = False
    outcome: str = ""
    closed_by: str = ""


@dataclass(frozen=True)
class Conversation:
    """One resident's one matter. ``version`` counts changes, so that nobody overwrites what another has just written.

    ``case`` is the reference of its case, empty where there is none. ``last_message_id`` and ``references`` thread the
    next mail (RFC 5322 section 3.6.4). ``waiting_for`` says in words what ``why`` says to us, ``waiting_since`` since
    when it waits; they stay while an officer has it. ``languages`` are the tags of those in which we answer, each with
    the moment (UTC) since when; it is English where there is none.
    """

    id: str
    channel: Channel
    person: Person
    started_at: datetime
    subject: str
    holder: Holder = Holder.ASSISTANT
    waiting_for: str = ""
    why: Why | None = None
    waiting_since: datetime | None = None
    hold: Hold = Hold()
    urgent: bool = False
    decision: Decision | None = None
    details: Mapping[Detail, str] = field(default_factory=dict)
    asked: tuple[Detail, ...] = ()
    case: str = ""
    last_message_id: str = ""
    references: tuple[str, ...] = ()
    version: int = 0
    talk: Talk = Talk()
    languages: tuple[tuple[datetime, str], ...] = ()

    @property
    def language(self) -> str:
        """The tag of the language in which we answer now."""
        return self.languages[-1][1] if self.languages else ENGLISH_TAG

    def language_at(self, moment: datetime) -> str:
        """The tag of the language in which we answered then."""
        return next((tag for since, tag in reversed(self.languages) if since <= moment), ENGLISH_TAG)

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

    @property
    def rank(self) -> int:
        """Its place among those that wait: the lower the sooner."""
        return RANK[Why.DANGER] if self.urgent else RANK[self.why or Why.LOOK]


def called(conversation: Conversation, why: Why, words: str) -> Conversation:
    """It waits for a person, who is told why: the gravest reason stands first. Who has it already keeps it."""
    if conversation.holder is Holder.OFFICER:
        return conversation
    before = conversation.waiting_for if conversation.holder is Holder.WAITING else ""
    graver = bool(before) and RANK[conversation.why or Why.LOOK] <= RANK[why]
    said = before if words in before else f"{before} {words}" if graver else f"{words} {before}"
    first = conversation.why if graver and conversation.why else why
    return replace(conversation, holder=Holder.WAITING, why=first, waiting_for=said.strip()[:MOST_REASONS])
