"""A council's policy as values. They come from its policy pack (config/councils/...), which the council edits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from functools import cached_property

from intake.addresses import one_spelling
from intake.flow import Flow
from intake.form_words import FormWords
from intake.incidents import IncidentWords
from intake.working_days import Span, WorkingCalendar

ENGLISH_TAG = "en"
"""The tag of the language that a pack has whole in any case, and that officers read."""


class Start(StrEnum):
    """The event that starts a clock."""

    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    ESCALATION_RECEIVED = "escalation_received"
    ESCALATION_ACKNOWLEDGED = "escalation_acknowledged"
    STATEMENT_AGREED = "statement_agreed"
    PANEL_HELD = "panel_held"
    RESPONSE_SENT = "response_sent"
    REPORT_SENT = "report_sent"


class SignpostKind(StrEnum):
    """Which sort of door a signpost shows."""

    EMERGENCY = "emergency"
    OTHER_ORGANISATION = "other_organisation"
    ALTERNATIVE_PATH = "alternative_path"
    OMBUDSMAN = "ombudsman"


class Level(StrEnum):
    """How soon a safety trigger wants a person: harm likely today, or a person must read it today."""

    TODAY = "today"
    CHECK = "check"


@dataclass(frozen=True)
class Team:
    """People who can be written to."""

    name: str
    email: str
    phone: str = ""


@dataclass(frozen=True)
class Service:
    """A service in residents' words. ``first_report`` is the route of a first report or request about it.

    ``words`` are phrases (intake.phrases' language) by which a message is recognised as being about it. With
    ``need_to_know`` only officers who have it among their own services see what is of it.
    """

    key: str
    name: str
    about: str
    words: tuple[str, ...]
    directorate: str
    procedure: str
    team: Team
    first_report: str
    asks_where: bool
    lgsl: tuple[int, ...] = ()
    need_to_know: bool = False


@dataclass(frozen=True)
class Signpost:
    """Another door: the body, how to reach it, by when, with what in hand, and the way back to us."""

    key: str
    body: str
    kind: SignpostKind
    about: str
    words: tuple[str, ...]
    reach: Mapping[str, str]
    time_limit: str
    have_ready: tuple[str, ...]
    way_back: str
    source: str
    checked: date
    owner: str = ""


@dataclass(frozen=True)
class Clock:
    """One clock of a stage: what must be done, how long, from which event, and the law or code it comes from.

    ``span`` is None where the law leaves the date to be agreed with the person.
    """

    key: str
    name: str
    span: Span | None
    start: Start
    only_urgent: bool
    source: str


@dataclass(frozen=True)
class Stage:
    """One stage of a procedure."""

    key: str
    name: str
    answered_by: str
    escalate: str
    clocks: tuple[Clock, ...]


@dataclass(frozen=True)
class Procedure:
    """A complaints procedure: its stages in order, and the body that a person may go to at its end."""

    key: str
    name: str
    basis: str
    final_body: str
    advocacy: str
    stages: tuple[Stage, ...]


@dataclass(frozen=True)
class Trigger:
    """A safety trigger. ``phrases``, ``and_any`` and ``goes_on`` are written in intake.phrases' small language.

    A message that holds one of ``goes_on`` is never taken for history.
    """

    key: str
    name: str
    level: Level
    phrases: tuple[str, ...]
    and_any: tuple[str, ...]
    goes_on: tuple[str, ...]
    say: str
    signposts: tuple[str, ...]
    call: str


@dataclass(frozen=True)
class Template:
    """A letter's words, with ((placeholders)) as GOV.UK Notify writes them."""

    subject: str
    body: str


@dataclass(frozen=True)
class OpeningHours:
    """When the contact centre is open: hours by weekday (0 is Monday), and days it is closed, with why."""

    hours: Mapping[int, tuple[time, time]]
    closed: Mapping[date, str]

    def open_at(self, moment: datetime, calendar: WorkingCalendar) -> bool:
        """Is somebody there at this moment?"""
        local = moment.astimezone(calendar.zone)
        if local.date() in self.closed or local.weekday() not in self.hours:
            return False
        if calendar.day_off(local.date()).startswith("bank holiday"):
            return False
        opens, closes = self.hours[local.weekday()]
        return opens <= local.time() < closes


@dataclass(frozen=True)
class Council:
    """Who the council is and how residents reach it.

    ``mailboxes`` are the addresses that take residents' mail. ``accessibility_checked`` is the day on which the council
    last checked that its accessibility statement is true. ``front_door`` and ``console`` are the addresses of the
    residents' pages and of the officers' console, for links, without a stroke at the end: they belong to where
    Rightdoor runs, so no pack tells them.
    """

    name: str
    prefix: str
    mailboxes: tuple[str, ...]
    phone: str
    hours_in_words: str
    post: str
    web: str
    adjustments: str
    data_protection_email: str
    accessibility_email: str
    accessibility_checked: date
    front_door: str = "http://127.0.0.1:8000"
    console: str = "http://localhost:8001"


@dataclass(frozen=True)
class Language:
    """A short answer to who writes in a language other than English.

    ``tag`` is its BCP 47 tag, ``name`` its English name and ``own_name`` what its speakers call it. ``harm`` stands
    before everything else where somebody may come to harm.
    """

    tag: str
    name: str
    own_name: str
    right_to_left: bool
    subject: str
    body: str
    harm: str


@dataclass(frozen=True)
class Live:
    """Live conversations that officers take over.

    ``places`` is how many one officer takes at once until they say otherwise. Who waits is told after
    ``patience_minutes`` that they wait still. ``call_back_hours`` are counted while the contact centre is open.
    What was handed to a colleague who is there is kept for them for ``kept_minutes``.
    """

    places: int = 3
    patience_minutes: int = 10
    call_back_hours: int = 4
    kept_minutes: int = 15


@dataclass(frozen=True)
class CannedWords:
    """Words that officers write letters with, with ((variables)). ``kind`` is a LetterKind."""

    name: str
    kind: str
    body: str


@dataclass(frozen=True)
class Canned:
    """The canned words by key, and the kinds of letters that a second officer must check before they go."""

    words: Mapping[str, CannedWords] = field(default_factory=dict)
    check: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Policy:
    """Everything that a council decides for itself.

    ``procedures`` stand under the four names that services use, ``languages`` under their English names. ``unclear`` is
    the help where somebody may be in danger and nothing tells which. ``pages`` are the words of residents' pages. A
    signpost is due to be checked again ``signpost_months`` after it was. All words are in the language of ``tag``
    (BCP 47), which calls itself ``own_name``; ``tongues`` holds the same policy in every language that the pack has
    whole, by its tag.
    """

    council: Council
    services: Mapping[str, Service]
    signposts: Mapping[str, Signpost]
    procedures: Mapping[str, Procedure]
    other_clocks: Mapping[str, Clock]
    triggers: tuple[Trigger, ...]
    unclear: Trigger
    templates: Mapping[str, Template]
    phrases: Mapping[str, str]
    questions: Mapping[str, str]
    asks: Mapping[str, tuple[str, ...]]
    teams: Mapping[str, Team]
    route_teams: Mapping[str, str]
    sure_enough: Mapping[str, float]
    alarm: float
    opening: OpeningHours
    calendar: WorkingCalendar
    letters_a_day: int
    parked: frozenset[str]
    flow: Flow
    form: FormWords
    languages: Mapping[str, Language]
    live: Live = Live()
    incidents: IncidentWords = field(default_factory=IncidentWords)
    canned: Canned = Canned()
    signpost_months: int = 12
    pages: Mapping[str, str] = field(default_factory=dict)
    tag: str = ENGLISH_TAG
    own_name: str = "English"
    tongues: Mapping[str, "Policy"] = field(default_factory=dict, repr=False, compare=False)

    def in_tongue(self, tag: str) -> "Policy":
        """The same policy in the words of this language; in these where the pack does not have it whole."""
        return self if tag == self.tag else self.tongues.get(tag, self)

    @property
    def officers(self) -> "Policy":
        """The same policy in the words that officers and teams read: English."""
        return self.in_tongue(ENGLISH_TAG)

    def team_for(self, route: str, service: str) -> Team:
        """The team that takes a contact of this route: the route's own where it has one, else the service's."""
        if route in self.route_teams:
            return self.teams[self.route_teams[route]]
        if service in self.services:
            return self.services[service].team
        return self.teams["contact_centre"]

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The tags (BCP 47) of the languages in which we answer, this one's first."""
        return tuple(dict.fromkeys((self.tag, *self.tongues)))

    @cached_property
    def need_to_know(self) -> frozenset[str]:
        """The services that only some officers may see."""
        return frozenset(service.key for service in self.services.values() if service.need_to_know)

    @cached_property
    def team_addresses(self) -> frozenset[str]:
        """Where teams get their mail, in their one spelling."""
        teams = (*self.teams.values(), *(service.team for service in self.services.values()))
        return frozenset(one_spelling(team.email) for team in teams)

    def sure(self, route: str) -> float:
        """The confidence below which a decision for this route goes to a person."""
        return self.sure_enough.get(route, self.sure_enough["default"])
