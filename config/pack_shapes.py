"""The shapes of a policy pack's files: which keys there are, and what may stand in them."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from intake import policy as p
from intake.case_view import LetterKind
from intake.dialogue import ANSWERS
from intake.interpretation import Detail
from intake.phrases import compiled
from intake.working_days import DayZero, EndOnNonWorking, NonWorkingReceipt, Unit

Kind = Literal["corporate", "adult_social_care", "children_social_care", "housing"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

PROCEDURES: tuple[Kind, ...] = get_args(Kind)
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
ROUTES = tuple(ANSWERS)


def _email(value: str) -> str:
    if not re.fullmatch(r"[^\s<>@,;:]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}", value):
        raise ValueError("must be an email address, such as team@council.gov.uk")
    return value.lower()


def _hours(value: str) -> str:
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError("must be hours like 08:30-17:00")
    return value


def _route(value: str) -> str:
    if value not in ROUTES:
        raise ValueError(f"{value} is no route; there are {', '.join(ROUTES)}")
    return value


def _phrase(value: str) -> str:
    compiled(value)
    return value


Email = Annotated[str, AfterValidator(_email)]
Hours = Annotated[str, AfterValidator(_hours)]
Phrase = Annotated[str, AfterValidator(_phrase)]
Route = Annotated[str, AfterValidator(_route)]
Sure = Annotated[str, AfterValidator(lambda key: key if key == "default" else _route(key))]


class Shape(BaseModel):
    """A part of a pack: no key may be there that isn't known."""

    model_config = ConfigDict(extra="forbid")


class TeamShape(Shape):
    name: str
    email: Email
    phone: str = ""


class CouncilShape(Shape):
    name: str
    prefix: Annotated[str, Field(pattern=r"^[A-Z]{1,4}$")]
    mailboxes: Annotated[list[Email], Field(min_length=1)]
    phone: str
    hours_in_words: str
    post: str
    web: str
    adjustments: str
    data_protection_email: Email
    accessibility_email: Email
    accessibility_checked: date


class ClosedDay(Shape):
    day: date
    why: str


class ExtraHoliday(Shape):
    day: date
    name: str


class LiveShape(Shape):
    places: Annotated[int, Field(ge=1, le=20)] = 3
    patience_minutes: Annotated[int, Field(ge=1, le=120)] = 10
    call_back_hours: Annotated[int, Field(ge=1, le=80)] = 4
    kept_minutes: Annotated[int, Field(ge=0, le=480)] = 15


class IncidentsShape(Shape):
    kinds: Annotated[dict[str, str], Field(min_length=1)]
    advice: Annotated[dict[str, str], Field(min_length=1)]
    told: Annotated[dict[str, str], Field(min_length=1)]
    longest_months: Annotated[int, Field(ge=1, le=12)] = 12
    kept_months: Annotated[int, Field(ge=1, le=72)] = 24


class CouncilFile(Shape):
    council: CouncilShape
    procedures: dict[Kind, str]
    opening_hours: dict[Weekday, Hours]
    closed_days: list[ClosedDay] = []
    extra_bank_holidays: list[ExtraHoliday] = []
    receipt_cut_off: Annotated[int, Field(ge=0, le=24)] | None = None
    teams: dict[str, TeamShape]
    route_teams: dict[Route, str]
    asks: dict[Route, list[Detail]]
    sure_enough: dict[Sure, Annotated[float, Field(ge=0, le=1)]]
    alarm: Annotated[float, Field(gt=0, le=1)]
    letters_a_day: Annotated[int, Field(ge=1)]
    parked: list[str] = []
    signpost_months: Annotated[int, Field(ge=1, le=60)] = 12
    live: LiveShape = LiveShape()
    incidents: IncidentsShape


class ServiceShape(Shape):
    name: str
    about: str
    words: list[Phrase] = []
    directorate: str
    procedure: Kind
    team: str
    email: Email
    phone: str = ""
    first_report: Literal["service_request", "business_request"]
    asks_where: bool
    need_to_know: bool = False
    lgsl: list[int]
    evidence: str


class ServicesFile(Shape):
    services: dict[str, ServiceShape]


class SignpostShape(Shape):
    body: str
    kind: p.SignpostKind
    about: str
    words: list[Phrase] = []
    reach: Annotated[dict[Literal["phone", "web", "email", "post", "text", "hours"], str], Field(min_length=1)]
    time_limit: Annotated[str, Field(min_length=3)]
    have_ready: Annotated[list[str], Field(min_length=1)]
    way_back: Annotated[str, Field(min_length=3)]
    source: str
    evidence: str
    owner: str
    checked: date


class SignpostsFile(Shape):
    signposts: dict[str, SignpostShape]


class ExtensionShape(Shape):
    length: int | None
    unit: Unit
    needs: str


class ClockShape(Shape):
    key: str = ""
    name: str
    length: Annotated[int, Field(ge=0)] | None
    unit: Unit
    start: p.Start
    day_zero: DayZero
    non_working_receipt: NonWorkingReceipt
    holidays: Literal["england", "uk_any", "none"]
    end_on_non_working: EndOnNonWorking
    when: Literal["always", "urgent"]
    extension: ExtensionShape | None = None
    source: str
    evidence: str


class StageShape(Shape):
    key: str
    name: str
    answered_by: str
    escalate: str
    clocks: list[ClockShape]


class ProcedureShape(Shape):
    name: str
    procedure: Kind
    basis: str
    evidence: str
    final_body: str
    advocacy: str | None = None
    stages: Annotated[list[StageShape], Field(min_length=1)]


class ProceduresFile(Shape):
    procedures: dict[str, ProcedureShape]
    other_clocks: dict[str, ClockShape]


class HelpShape(Shape):
    name: str
    say: str
    signposts: list[str] = []
    call: str
    evidence: str


class TriggerShape(HelpShape):
    level: p.Level
    phrases: Annotated[list[Phrase], Field(min_length=1)]
    and_any: list[Phrase] = []
    goes_on: list[Phrase] = []


class SafetyFile(Shape):
    unclear: HelpShape
    triggers: dict[str, TriggerShape]


class LetterShape(Shape):
    subject: str
    body: str


class WordingFile(Shape):
    letters: dict[str, LetterShape]
    questions: dict[Detail, str]
    phrases: dict[str, str]


class ChoiceShape(Shape):
    label: Annotated[str, Field(min_length=1, max_length=60)]
    value: Annotated[str, Field(min_length=1)]
    words: list[Phrase] = []
    refused: list[Phrase] = []


class ButtonShape(Shape):
    label: Annotated[str, Field(min_length=1, max_length=60)]
    words: list[Phrase] = []


class QuestionShape(Shape):
    ask: Annotated[str, Field(min_length=3)]
    again: Annotated[str, Field(min_length=3)]
    label: Annotated[str, Field(min_length=1)]
    named: list[Phrase] = []
    choices: list[ChoiceShape] = []
    may_skip: bool = True
    spoken: str = ""


class AsideShape(Shape):
    words: Annotated[list[Phrase], Field(min_length=1)]
    says: Annotated[str, Field(min_length=3)]


class FlowFile(Shape):
    routes: dict[Route, list[Detail]]
    questions: dict[Detail, QuestionShape]
    sayings: dict[str, str]
    buttons: dict[str, ButtonShape]
    words: dict[str, Annotated[list[Phrase], Field(min_length=1)]]
    asides: dict[str, AsideShape]


class PageShape(Shape):
    ask: Annotated[str, Field(min_length=3)]
    hint: str = ""
    empty: str = ""
    label: str = ""


class FormFile(Shape):
    order: Annotated[list[str], Field(min_length=1)]
    also: dict[Route, list[str]]
    kept_days: Annotated[int, Field(ge=1, le=30)]
    saved_days: Annotated[int, Field(ge=1, le=90)]
    pages: dict[str, PageShape]
    words: dict[str, str]


class PagesFile(Shape):
    pages: dict[str, Annotated[str, Field(min_length=1)]]


class CannedShape(Shape):
    name: Annotated[str, Field(min_length=1, max_length=80)]
    kind: LetterKind
    body: Annotated[str, Field(min_length=1)]


class CannedFile(Shape):
    check: list[LetterKind] = []
    words: dict[str, CannedShape]


SHAPES: Mapping[str, type[Shape]] = {
    "council": CouncilFile,
    "services": ServicesFile,
    "signposts": SignpostsFile,
    "procedures": ProceduresFile,
    "safety": SafetyFile,
    "wording": WordingFile,
    "flow": FlowFile,
    "form": FormFile,
    "pages": PagesFile,
    "canned": CannedFile,
}
