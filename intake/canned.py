"""Canned words: what stands for each ((variable)) in a letter that an officer writes."""

import re
from collections.abc import Mapping
from datetime import datetime

from intake.case import Case
from intake.contact import Person
from intake.desk_view import overdue
from intake.policy import Policy
from intake.wording import day, greeting

_VARIABLE = re.compile(r"\(\(([^()\n]{1,40})\)\)")
_TO_WRITE = re.compile(r"\(\([^()\n]{1,40}\)\)|\[[^\[\]\n]{4,80}\]")
"""What nobody has filled in yet: variables, and [what the writer must say]."""

VARIABLES: Mapping[str, str] = {
    "greeting": "Dear and their name, or Hello where we know no name",
    "name": "Their name",
    "reference": "The case's reference",
    "received": "The day on which we received it",
    "service": "The service's name",
    "stage": "The stage that it is at",
    "next date": "The day of the next date that is not met; left to you where it has gone by",
    "next step": "What must be done by then",
    "final body": "The body that they may go to at the end",
    "officer": "Your name",
    "council": "The council's name",
    "phone": "The council's telephone number",
    "today": "Today's date",
}


def filled(text: str, case: Case, officer: str, policy: Policy, now: datetime) -> str:
    """The words with every variable that we know something for; the others stay, to be filled in by hand."""
    return _put(text, values(case, officer, policy, now))


def example(text: str, officer: str, policy: Policy, now: datetime) -> str:
    """The words as they would begin a letter to somebody who is invented."""
    name, today = "Anne Example", day(policy.calendar.local_day(now), policy)
    known = {
        "greeting": greeting(Person(name), policy),
        "name": name,
        "reference": f"{policy.council.prefix}-2345-6789",
        "received": today,
        "service": next(iter(policy.services.values())).name,
        "stage": "Stage 1",
        "next date": today,
        "next step": "Answer",
        "final body": "The Ombudsman",
        "officer": officer,
        "council": policy.council.name,
        "phone": policy.council.phone,
        "today": today,
    }
    return _put(text, known)


def _put(text: str, known: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: known.get(found[1], "") or found[0], text)


def left_open(text: str) -> tuple[str, ...]:
    """What nobody has filled in: a letter does not go out with it."""
    return tuple(dict.fromkeys(found[0] for found in _TO_WRITE.finditer(text)))


def unknown(text: str) -> tuple[str, ...]:
    """The variables that there are not."""
    return tuple(found[1] for found in _VARIABLE.finditer(text) if found[1] not in VARIABLES)


def values(case: Case, officer: str, policy: Policy, now: datetime) -> dict[str, str]:
    """What stands for each variable; empty where we do not know."""
    service, due = policy.services.get(case.service), case.next_deadline
    procedure, calendar = policy.procedures[case.procedure], policy.calendar
    return {
        "greeting": greeting(case.person, policy),
        "name": case.person.name,
        "reference": case.reference,
        "received": day(calendar.local_day(case.received_at), policy),
        "service": service.name if service else "",
        "stage": case.stage.name,
        "next date": day(due.due, policy) if due and not overdue(due, calendar, now) else "",
        "next step": due.name if due else "",
        "final body": policy.signposts[procedure.final_body].body,
        "officer": officer,
        "council": policy.council.name,
        "phone": policy.council.phone,
        "today": day(calendar.local_day(now), policy),
    }
