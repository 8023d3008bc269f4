"""Threats and abuse against staff: what is recorded, and the flag that asks colleagues to take care.

An officer decides on each, never the assistant; a manager reviews it. A flag is about behaviour, has an end, and closes
no door: whatever its person writes is read like everybody's (LGSCO guidance on unreasonable behaviour).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from intake.addresses import one_spelling
from intake.contact import Person

FIRST_REVIEW = timedelta(days=28)
"""How long a flag stands that no manager has reviewed."""

MOST_WORDS = 2_000
MOST_LINE = 300


class State(StrEnum):
    """Where an incident stands. ``dismissed``: it was none, or not theirs."""

    REPORTED = "reported"
    CONFIRMED = "confirmed"
    ENDED = "ended"
    DISMISSED = "dismissed"


OPEN = (State.REPORTED, State.CONFIRMED)


@dataclass(frozen=True)
class IncidentWords:
    """The council's own: kinds of incidents, what colleagues may be advised to do, and how long things last.

    ``told`` are those who may have been told. A flag stands for ``longest_months`` at most before it is reviewed again,
    an incident is forgotten ``kept_months`` after it ended.
    """

    kinds: Mapping[str, str] = field(default_factory=dict)
    advice: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)
    longest_months: int = 12
    kept_months: int = 24


@dataclass(frozen=True)
class Review:
    """What a manager decided, and why."""

    at: datetime
    officer: str
    what: str
    reason: str
    until: date | None = None


@dataclass(frozen=True)
class Incident:
    """What happened, as little as colleagues need to know. Times are UTC.

    ``words`` are what was said or written, quoted. ``told`` are keys of who was told. ``email`` and ``phone`` (digits)
    are the flag's: only what is proved to be theirs. ``until`` is when the flag ends unless it is reviewed before.
    ``person_told`` says how and when its person was told of it, or why not. ``service`` is its matter's. ``forget_on``
    is when all of it is forgotten (None: not while it is open).
    """

    id: str
    kind: str
    happened_on: date
    against: str
    words: str
    told: tuple[str, ...]
    name: str
    email: str
    phone: str
    conversation: str
    contact: str
    service: str
    advice: tuple[str, ...]
    reporter: str
    reported_at: datetime
    until: date
    state: State = State.REPORTED
    person_told: str = ""
    reviews: tuple[Review, ...] = ()
    forget_on: date | None = None

    def stands(self, today: date) -> bool:
        """Is the flag shown?"""
        return self.state in OPEN and self.until >= today


@dataclass(frozen=True)
class Flag:
    """What every officer sees: neutral words, and until when."""

    incident: str
    advice: str
    until: date
    reviewed: bool


def flag_of(incident: Incident, words: IncidentWords) -> Flag:
    """The flag of an incident, in the council's words."""
    advised = " ".join(words.advice[key] for key in incident.advice if key in words.advice)
    return Flag(incident.id, advised, incident.until, incident.state is State.CONFIRMED)


def ways(person: Person) -> tuple[str, str]:
    """The email address and the number's digits by which somebody is known again."""
    return one_spelling(person.email.strip()), "".join(sign for sign in person.phone if sign.isdigit())


def months_on(day: date, months: int) -> date:
    """The same day so many months later; the month's last where it has no such day."""
    year, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + year, month + 1, 1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def wrong_report(incident: Incident, words: IncidentWords, today: date) -> Mapping[str, str]:
    """What must be put right before it is recorded, by field."""
    wrong: dict[str, str] = {}
    if incident.kind not in words.kinds:
        wrong["kind"] = "Choose what happened"
    if incident.happened_on > today:
        wrong["happened_on"] = "It cannot have happened in the future"
    if not incident.words.strip():
        wrong["words"] = "Write down what was said or done"
    if not incident.against.strip():
        wrong["against"] = "Say against whom it was: a name, or a role"
    if not set(incident.told) <= set(words.told):
        wrong["told"] = "Choose who was told from the list"
    if not set(incident.advice) <= set(words.advice):
        wrong["advice"] = "Choose from the list what colleagues should do"
    if not (incident.email or incident.phone or incident.conversation):
        wrong["email"] = "Give an address or a number that is proved to be theirs, or record it from their contact"
    return wrong


def wrong_until(until: date | None, today: date, words: IncidentWords) -> str:
    """Why a flag may not stand until then; empty where it may."""
    if until is None:
        return "Say until when the flag stands, such as 25/11/2026"
    if until <= today:
        return "The flag must end in the future"
    if until > months_on(today, words.longest_months):
        return f"A flag stands for {words.longest_months} months at most before it is reviewed again"
    return ""


def confirm(incident: Incident, review: Review, until: date, advice: tuple[str, ...], person_told: str) -> Incident:
    """A manager has reviewed it: the flag stands until then, with this advice."""
    return replace(
        incident,
        state=State.CONFIRMED,
        until=until,
        advice=advice,
        person_told=person_told or incident.person_told,
        reviews=(*incident.reviews, replace(review, until=until)),
    )


def close(incident: Incident, review: Review, state: State, today: date, words: IncidentWords) -> Incident:
    """The flag ends now; what is kept is forgotten in time. What was no incident is forgotten soon."""
    kept = words.kept_months if state is State.ENDED else 3
    reviews = (*incident.reviews, review)
    return replace(incident, state=state, until=today, reviews=reviews, forget_on=months_on(today, kept))
