"""What every page of the console shows: who is signed in, where one may go, and the trade's names for things."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse

from channels.console.guard import officer
from channels.console.times import as_late, days_from, from_now
from channels.rendering import Pages, version_of, whole_number
from intake.case import Case, Deadline
from intake.desk_view import overdue
from intake.officers import SignedIn
from intake.policy import Policy
from intake.ports import Clock
from intake.rights import Right
from intake.triage import TABLE

OWN_SCRIPT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""The Content-Security-Policy of pages with a script of ours: the console's keys are on each of its pages."""

_FOLDER = Path(__file__).parent.parent / "pages"
WORK_FILES = {"keys.js": _FOLDER / "console_keys.js", "work.css": _FOLDER / "console_work.css"}
"""The keys, which are on each page, and the style of the day's work."""

_WORK_VERSION = version_of(WORK_FILES.values())

STATES = {
    "kept": "Waiting to be read",
    "answered": "Answered",
    "recorded": "Recorded, no answer needed",
    "with_a_person": "Waits for a person",
    "set_aside": "Set aside: could not be handled",
}


def channel_name(channel: str) -> str:
    """How it came, in words."""
    return {"webchat": "Web chat"}.get(channel, channel.replace("_", " ").capitalize())


@dataclass(frozen=True)
class Place:
    """An entry of the navigation, for whoever has its right, and not the one that leads there from elsewhere."""

    address: str
    words: str
    right: Right
    unless: Right | None = None

    def is_for(self, who: SignedIn) -> bool:
        """Does it stand in their navigation?"""
        return who.may(self.right) and not (self.unless and who.may(self.unless))


@dataclass(frozen=True)
class Shown:
    """Shows pages."""

    pages: Pages
    policy: Policy
    clock: Clock
    places: Sequence[Place]

    def page(self, request: Request, template: str, status: int = 200, **values: object) -> HTMLResponse:
        """A page for who asks."""
        who = officer(request)
        words: dict[str, Any] = {
            "officer": who,
            "work_version": _WORK_VERSION,
            "places": [place for place in self.places if place.is_for(who)],
            "may": who.may,
            "Right": Right,
            "path": request.url.path,
            "states": STATES,
            "address": address,
            "route_name": self.route_name,
            "service_name": self.service_name,
            "channel_name": channel_name,
            "procedure_name": self.procedure_name,
            "is_overdue": self.is_overdue,
            "due_words": self.due_words,
            "routes": self.routes(),
            "from_now": self.from_now,
            "days_from": self.days_from,
        }
        response = self.pages.show(template, status, **(words | values))
        response.headers["Content-Security-Policy"] = OWN_SCRIPT
        return response

    def routes(self) -> dict[str, str]:
        """Every route with its name, in the order of the names."""
        names = {rule.route: self.route_name(rule.route) for rule in TABLE}
        return dict(sorted(names.items(), key=lambda item: item[1]))

    def route_name(self, route: str) -> str:
        """A route in words."""
        words = self.policy.phrases.get(f"route_{route}", route.replace("_", " ")) if route else "not read yet"
        return words[:1].upper() + words[1:]

    def service_name(self, service: str) -> str:
        """A service's name; empty where there is none."""
        known = self.policy.services.get(service)
        return known.name if known else ""

    def procedure_name(self, case: Case) -> str:
        """The name of a case's procedure."""
        known = self.policy.procedures.get(case.procedure)
        return known.name if known else case.procedure

    def from_now(self, at: datetime) -> str:
        """How far off a moment is."""
        return from_now(at, self.clock())

    def days_from(self, day: date) -> str:
        """How far off a day is, in the council's time."""
        return days_from(day, self.policy.calendar.local_day(self.clock()))

    def due_words(self, due: Deadline) -> str:
        """How far off a date is, or how late: in 3 days, 2 days late."""
        words = self.from_now(due.due_at) if due.due_at else self.days_from(due.due)
        return as_late(words) if self.is_overdue(due) else words

    def is_overdue(self, deadline: Deadline) -> bool:
        """Has its day gone by unmet?"""
        now: datetime = self.clock()
        return overdue(deadline, self.policy.calendar, now)


def page_number(query: QueryParams) -> int:
    """The page that an address asks for, 1 where it asks for none."""
    return whole_number(query.get("page", ""), 5, 1)


def address(path: str, **query: object) -> str:
    """An address with the parts of its query that are not empty."""
    given = {key: value for key, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path
