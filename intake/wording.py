"""Words for residents and teams: the council's templates filled in. Plain text; every letter is whole in it.

Placeholders are GOV.UK Notify's: ((name)), and ((flag??words that stand only where flag is not empty)). A field that
holds several values becomes bullets.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from intake.case import Case
from intake.contact import Person
from intake.effects import Fields
from intake.policy import Council, Policy, Signpost, Template

UNNAMED = "any_other"
"""The service of what belongs to no other: its name tells a resident nothing."""

_OPTIONAL = re.compile(r"\(\((\w+)\?\?([^()]*(?:\([^()]*\)[^()]*)*)\)\)")
_PLACEHOLDER = re.compile(r"\(\((\w+)\)\)")
_BLANK_LINES = re.compile(r"\n{3,}")
_LINK = re.compile(r"\S*(?:://|www\.|@)\S*", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")


@dataclass(frozen=True)
class Words:
    """A letter, ready to send. The subject is one line and holds no personal data."""

    subject: str
    body: str


def letter(template: Template, fields: Fields, council: Council) -> Words:
    """The letter that a template makes of these fields; a field that is not given is empty."""
    everything: Fields = {**_council_fields(council), **fields}
    subject = " ".join(_fill(template.subject, everything).split())
    body = _BLANK_LINES.sub("\n\n", _fill(template.body, everything)).strip() + "\n"
    return Words(subject, body)


def say_it(text: str, fields: Fields, council: Council) -> str:
    """A saying of a live conversation, filled in."""
    everything: Fields = {**_council_fields(council), **fields}
    return _BLANK_LINES.sub("\n\n", _fill(text, everything)).strip()


def placeholders(template: Template) -> frozenset[str]:
    """The names that a template uses, for check-pack."""
    text = template.subject + template.body
    return frozenset(_PLACEHOLDER.findall(text)) | {name for name, _ in _OPTIONAL.findall(text)}


def day(moment: date, policy: Policy) -> str:
    """A date as GOV.UK writes it, in the policy's language: 14 December 2026."""
    months = policy.phrases["months"].replace(",", " ").split()
    return f"{moment.day} {months[moment.month - 1]} {moment.year}"


def quoted(text: str, limit: int = 120) -> str:
    """A resident's few words, fit to stand in a letter of ours: one line, no links, no control characters.

    Whoever writes under a stolen address must not be able to send their own words to its owner through us.
    """
    plain = " ".join(_CONTROL.sub(" ", _LINK.sub("…", text[: 4 * limit])).split())
    return plain if len(plain) <= limit else plain[: limit - 1].rsplit(" ", 1)[0] + "…"


def greeting(person: Person, policy: Policy) -> str:
    """ "Dear Anne Shaw", or "Hello" where we know no name."""
    name = quoted(person.name, 60)
    return _fill(policy.phrases["dear"], {"name": name}) if name else policy.phrases["hello"]


def signpost_fields(signpost: Signpost, policy: Policy) -> Fields:
    """What a signposting letter says of the other door."""
    return {
        "body": signpost.body,
        "reach": _reach(signpost, policy),
        "time_limit": signpost.time_limit,
        "have_ready": signpost.have_ready,
        "way_back": signpost.way_back,
    }


def case_fields(case: Case, policy: Policy) -> Fields:
    """What an acknowledgement must say of a case (LGSCO Code section 5 and 3.7; Housing Ombudsman Code 6.3)."""
    procedure = policy.procedures[case.procedure]
    stage = next((stage for stage in procedure.stages if stage.key == case.stage.key), procedure.stages[0])
    service = policy.services.get(case.service)
    named = service.name if service and case.service != UNNAMED else ""
    ombudsman = policy.signposts[procedure.final_body]
    received = policy.calendar.local_day(case.received_at)
    return {
        "reference": case.reference,
        "received": day(received, policy),
        "acknowledged": day(policy.calendar.local_day(case.acknowledged_at), policy) if case.acknowledged_at else "",
        "procedure": procedure.name,
        "stage": stage.name,
        "points": tuple(_points(case, policy)),
        "where": case.where,
        "put_right": case.put_right or policy.phrases["put_right_unknown"],
        "service": named,
        "answered_by": f"{stage.answered_by} ({named})" if named else stage.answered_by,
        "team": service.team.name if service else policy.teams["complaints"].name,
        "dates": tuple(case_dates(case, policy)),
        "escalate": stage.escalate,
        "advocacy": procedure.advocacy,
        "ombudsman": ombudsman.body,
        "ombudsman_reach": _reach(ombudsman, policy),
    }


def case_dates(case: Case, policy: Policy) -> Iterable[str]:
    """A sentence for each date that the resident is promised, in the pack's words, earliest first."""
    promised = (deadline for deadline in case.stage.deadlines if f"date_{deadline.key}" in policy.phrases)
    for deadline in sorted(promised, key=lambda deadline: deadline.due):
        if deadline.met_at is None:
            yield _fill(policy.phrases[f"date_{deadline.key}"], {"date": day(deadline.due, policy)})


def status_lines(case: Case, policy: Policy) -> tuple[str, ...]:
    """A case's status in sentences for its resident: where it stands, and the dates still promised."""
    service = policy.services.get(case.service)
    stages = policy.procedures[case.procedure].stages
    fields = {
        "reference": case.reference,
        "service": service.name if service and case.service != UNNAMED else policy.phrases["service_unknown"],
        "received": day(policy.calendar.local_day(case.received_at), policy),
        "state": policy.phrases[f"state_{case.state}"],
        "stage": next((stage.name for stage in stages if stage.key == case.stage.key), case.stage.name),
    }
    dates = case_dates(case, policy) if case.next_deadline else ()
    return (_fill(policy.phrases["status_line"], fields), *dates)


def about(service: str, policy: Policy) -> str:
    """The point that says what a case is about."""
    if service not in policy.services or service == UNNAMED:
        return policy.phrases["about_unknown"]
    return f"{policy.phrases['about']} {policy.services[service].name}."


def _points(case: Case, policy: Policy) -> Iterable[str]:
    """What was understood: kept in the officers' words, said in the resident's."""
    known, said = policy.officers.phrases, policy.phrases
    words = {known[key]: said[key] for key in known if key.startswith("point_")}
    for service in (*policy.services, case.service):
        words[about(service, policy.officers)] = about(service, policy)
    return (words.get(point, point) for point in case.points)


def _reach(signpost: Signpost, policy: Policy) -> tuple[str, ...]:
    return tuple(f"{policy.phrases[f'reach_{how}']}: {where}" for how, where in signpost.reach.items())


def _council_fields(council: Council) -> Mapping[str, str]:
    return {
        "council": council.name,
        "council_phone": council.phone,
        "council_hours": council.hours_in_words,
        "council_post": council.post,
        "council_web": council.web,
        "front_door": council.front_door,
        "console": council.console,
        "adjustments": council.adjustments,
    }


def _fill(text: str, fields: Fields) -> str:
    chosen = _OPTIONAL.sub(lambda match: match[2] if fields.get(match[1]) else "", text)
    return _PLACEHOLDER.sub(lambda match: _write(fields.get(match[1], "")), chosen)


def _write(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else "\n".join(f"* {item}" for item in value)
