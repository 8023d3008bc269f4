"""What an interpreter reads in a message: many small things, each with how sure it is. It concludes nothing."""

from dataclasses import dataclass
from enum import StrEnum

ENGLISH = "English"
"""The language of the examples: what is written in another is read by a person."""


class Sign(StrEnum):
    """The signals that triage rests on. Glossary: docs/glossary.md."""

    # What the person does.
    DISSATISFIED = "dissatisfied"
    SAID_COMPLAINT = "said_complaint"
    FIRST_REPORT = "first_report"
    DECISION_DISPUTED = "decision_disputed"
    ASKS = "asks"
    PRAISES = "praises"
    SUGGESTS = "suggests"
    ADDS = "adds"
    ASKS_PROGRESS = "asks_progress"
    WITHDRAWS = "withdraws"
    WANTS_PERSON = "wants_person"
    WANTS_INFORMATION = "wants_information"
    NAMES_COMPLAINT = "names_complaint"

    # What makes dissatisfaction a complaint.
    REPEATED = "repeated"
    STAFF_CONDUCT = "staff_conduct"
    LOSS_HARM = "loss_harm"
    REMEDY_WANTED = "remedy_wanted"
    DELAY = "delay"

    # Whose matter it is, and who writes.
    OTHER_BODY = "other_body"
    BY_MEMBER = "by_member"
    ON_BEHALF = "on_behalf"

    # Danger, and what makes a message hard to read.
    HARM_TODAY = "harm_today"
    PAST_HARM = "past_harm"
    SARCASTIC = "sarcastic"
    TWO_MATTERS = "two_matters"


class Detail(StrEnum):
    """The details that a message may hold and that we may ask for."""

    WHAT = "what"
    WHERE = "where"
    PUT_RIGHT = "put_right"
    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    REFERENCE = "reference"
    AMOUNT = "amount"
    EARLIER = "earlier"
    WHEN = "when"
    REPLY_BY = "reply_by"
    ADDRESS = "address"
    BEHALF = "behalf"
    CONSENT = "consent"
    NEEDS = "needs"


ASKED_FOR = frozenset({Detail.WHAT, Detail.WHERE, Detail.PUT_RIGHT, Detail.PHONE})
"""The details that a pack can have us ask for; the others are kept where a message happens to give them."""


@dataclass(frozen=True)
class Guess:
    """One reading with its confidence, 0 to 1."""

    key: str
    confidence: float


@dataclass(frozen=True)
class Signal:
    """A sign found in a message: how sure (0 to 1), and the words it rests on (empty where no single words do)."""

    sign: Sign
    confidence: float
    words: str = ""


NOTHING = Guess("none", 0.0)


@dataclass(frozen=True)
class Matter:
    """A second matter in a message: the words that hold it, and what is read in them alone."""

    words: str
    route: Guess
    service: Guess
    details: tuple[tuple[Detail, str], ...] = ()


@dataclass(frozen=True)
class Interpretation:
    """Everything read in one message.

    Guesses stand best first. ``harms`` are guesses at the pack's safety triggers, each from 0 to 1 by itself.
    ``details`` are (detail, the person's words). ``language`` is its English name. ``cut``: the middle was not read.
    """

    routes: tuple[Guess, ...] = ()
    services: tuple[Guess, ...] = ()
    signposts: tuple[Guess, ...] = ()
    signals: tuple[Signal, ...] = ()
    harms: tuple[Guess, ...] = ()
    details: tuple[tuple[Detail, str], ...] = ()
    language: str = ENGLISH
    beside: Matter | None = None
    cut: bool = False

    @property
    def service(self) -> Guess:
        """The likeliest service, ``none`` where nothing is read."""
        return self.services[0] if self.services else NOTHING

    @property
    def signpost(self) -> Guess:
        """The likeliest signpost, ``none`` where nothing is read."""
        return self.signposts[0] if self.signposts else NOTHING

    def route(self, key: str) -> float:
        """How likely the interpreter finds this route on its own reading, 0 to 1."""
        return next((guess.confidence for guess in self.routes if guess.key == key), 0.0)

    def sign(self, sign: Sign) -> Signal:
        """The signal of this sign, with confidence 0 where it was not found."""
        return next((signal for signal in self.signals if signal.sign is sign), Signal(sign, 0.0))

    def shows(self, sign: Sign) -> bool:
        """Is this sign more likely there than not?"""
        return self.sign(sign).confidence >= 0.5

    def detail(self, detail: Detail) -> str:
        """The person's words for this detail, empty where they did not say."""
        return next((words for key, words in self.details if key is detail), "")
