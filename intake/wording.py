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


def day(moment: date) -> str:
    """A date as GOV.UK writes it: 14 December 2026."""
    return f"{moment.day} {moment:%B %Y}"


def quoted(text: str, limit: int = 120) -> str:
    """A resident's few words, fit to stand in a letter of ours: one line, no links, no control characters.

    Whoever writes under a stolen address must not be able to send their own words to its owner through us.
    """
    plain = " ".join(_CONTROL.sub(" ", _LINK.sub("…", text[: 4 * limit])).split())
    return plain if len(plain) <= limit else plain[: limit - 1].rsplit(" ", 1)[0] + "…"


def greeting(person: Person) -> str:
    """ "Dear Anne Shaw", or "Hello" where we know no name."""
    name = quoted(person.name, 60)
    return f"Dear {name}" if name else "Hello"


def signpost_fields(signpost: Signpost) -> Fields:
    """What a signposting letter says of the other door."""
    return {
        "body": signpost.body,
        "reach": _reach(signpost),
        "time_limit": signpost.time_limit,
        "have_ready": signpost.have_ready,
        "way_back": signpost.way_back,
    }


def case_fields(case: Case, policy: Policy) -> Fields:
    """What an acknowledgement must say of a case (LGSCO Code section 5 and 3.7; Housing Ombudsman Code 6.3)."""
    procedure = policy.procedures[case.procedure]
    stage = next((stage for stage in procedure.stages if stage.key == case.stage.key), procedure.stages[0])
    service = policy.services.get(case.service)
    ombudsman = policy.signposts[procedure.final_body]
    received = policy.calendar.local_day(case.received_at)
    return {
        "reference": case.reference,
        "received": day(received),
        "acknowledged": day(policy.calendar.local_day(case.acknowledged_at)) if case.acknowledged_at else "",
        "procedure": procedure.name,
        "stage": stage.name,
        "points": case.points,
        "where": case.where,
        "put_right": case.put_right or policy.phrases["put_right_unknown"],
        "service": service.name if service else "",
        "answered_by": stage.answered_by,
        "team": service.team.name if service else policy.teams["complaints"].name,
        "dates": tuple(case_dates(case, policy)),
        "escalate": stage.escalate,
        "advocacy": procedure.advocacy,
        "ombudsman": ombudsman.body,
        "ombudsman_reach": _reach(ombudsman),
    }


def case_dates(case: Case, policy: Policy) -> Iterable[str]:
    """A sentence for each date that the resident is promised, in the pack's words, earliest first."""
    promised = (deadline for deadline in case.stage.deadlines if f"date_{deadline.key}" in policy.phrases)
    for deadline in sorted(promised, key=lambda deadline: deadline.due):
        if deadline.met_at is None:
            yield _fill(policy.phrases[f"date_{deadline.key}"], {"date": day(deadline.due)})


def _reach(signpost: Signpost) -> tuple[str, ...]:
    return tuple(f"{_REACH.get(how, how)}: {where}" for how, where in signpost.reach.items())


def _council_fields(council: Council) -> Mapping[str, str]:
    return {
        "council": council.name,
        "council_phone": council.phone,
        "council_hours": council.hours_in_words,
        "council_post": council.post,
        "council_web": council.web,
        "adjustments": council.adjustments,
    }


def _fill(text: str, fields: Fields) -> str:
    chosen = _OPTIONAL.sub(lambda match: match[2] if fields.get(match[1]) else "", text)
    return _PLACEHOLDER.sub(lambda match: _write(fields.get(match[1], "")), chosen)


def _write(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else "\n".join(f"* {item}" for item in value)


_REACH = {"phone": "Phone", "web": "Online", "email": "Email", "post": "Post", "text": "Text", "hours": "Open"}
