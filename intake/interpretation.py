"""What an interpreter reads in a message: many small things, each with how sure it is. It concludes nothing."""

from dataclasses import dataclass
from enum import StrEnum


class Sign(StrEnum):
    """The signals that triage rests on. Glossary: docs/glossary.md."""

    SAID_COMPLAINT = "said_complaint"
    DISSATISFIED = "dissatisfied"
    REPEATED = "repeated"
    STAFF_CONDUCT = "staff_conduct"
    LOSS_HARM = "loss_harm"
    REMEDY_WANTED = "remedy_wanted"
    DELAY = "delay"
    FIRST_REPORT = "first_report"
    DECISION_DISPUTED = "decision_disputed"
    BY_MEMBER = "by_member"
    HARM_TODAY = "harm_today"
    PAST_HARM = "past_harm"
    OTHER_BODY = "other_body"
    NAMES_COMPLAINT = "names_complaint"
    WITHDRAWS = "withdraws"
    ASKS_PROGRESS = "asks_progress"


class Detail(StrEnum):
    """The details that a message may hold and that we may ask for."""

    WHAT = "what"
    WHERE = "where"
    PUT_RIGHT = "put_right"
    PHONE = "phone"
    REFERENCE = "reference"


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
class Interpretation:
    """Everything read in one message. Guesses stand best first; ``details`` are (detail, the person's words)."""

    routes: tuple[Guess, ...] = ()
    services: tuple[Guess, ...] = ()
    signposts: tuple[Guess, ...] = ()
    signals: tuple[Signal, ...] = ()
    details: tuple[tuple[Detail, str], ...] = ()

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
