"""The demonstration's words: invented people, and what they write, drawn from the YAML beside it with one seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

from config.demo.clock import LONDON

_FOLDER = Path(__file__).parent
_NUMBERS = ("two", "three", "four", "five", "six")
_NTH = ("second", "third", "fourth", "fifth")
_REMEDY_IN, _FEELING_IN, _REPEATS_IN = 0.7, 0.3, 0.15
_CONTENT = ("compliment", "information_request", "member_enquiry", "question", "comment")
"""Routes of who doesn't write because something went wrong."""


@dataclass(frozen=True)
class Someone:
    """An invented resident."""

    name: str
    email: str
    phone: str
    number: str
    street: str
    postcode: str

    @property
    def address(self) -> str:
        """Where they live, on one line."""
        return f"{self.number} {self.street}, {self.postcode}"


@dataclass(frozen=True)
class Matter:
    """What somebody contacts the council about. ``service`` and ``route`` are what an officer would decide."""

    key: str
    service: str
    route: str
    someone: Someone
    subject: str
    text: str
    short: str
    put_right: str
    sore: bool = False


@cache
def read(name: str) -> Mapping[str, Any]:
    """One of the YAML files beside this."""
    found: Mapping[str, Any] = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


@dataclass
class Writer:
    """Writes what residents write; with the same seed always the same."""

    random: Random
    _taken: set[str] = field(default_factory=set)

    def someone(self) -> Someone:
        """Somebody new."""
        people, pick = read("people"), self.random.choice
        first, last = pick(people["first"]), pick(people["last"])
        local = pick((f"{first}.{last}", f"{first[0]}.{last}", f"{first}{last}", f"{last}.{first}")).lower()
        if local in self._taken:
            local = f"{local}{self.random.randint(40, 99)}"
        self._taken.add(local)
        return Someone(
            name=f"{first} {last}",
            email=f"{local}@{pick(people['domains'])}",
            phone=f"01632 960 {self.random.randint(200, 989)}",
            number=str(self.random.randint(1, 148)),
            street=pick(people["streets"]),
            postcode=f"{pick(people['postcodes'])} {self.random.randint(1, 9)}{pick('ABDEFHJL')}{pick('NPQRSTUW')}",
        )

    def matter(self, key: str, at: datetime) -> Matter:
        """One of matters.yaml, told at this moment."""
        told, someone = read("matters")["matters"][key], self.someone()
        fields = self.fields(someone, at)
        sore = self.random.randint(1, 100) <= told.get("sore", 0)
        text, put_right = self._letter(told, someone, fields, sore)
        what = self.random.choice(told["what"])
        short = " ".join(filter(None, (what, self.random.choice(told["more"]) if self.random.random() < 0.3 else "")))
        return Matter(
            key=key,
            service=told["service"],
            route="formal" if sore else told["route"],
            someone=someone,
            subject=self.random.choice(told["subjects"]).format(**fields),
            text=text,
            short=_complaining(short.format(**fields), sore),
            put_right=put_right,
            sore=sore,
        )

    def fire(self, at: datetime) -> Matter:
        """What people write while the depot's fire keeps their bins from being emptied."""
        told, someone = read("special")["depot_fire"], self.someone()
        fields = self.fields(someone, at)
        sore = self.random.random() < 0.15
        text, put_right = self._letter(told, someone, fields, sore)
        short = _complaining(self.random.choice(told["what"]).format(**fields), sore)
        subject = self.random.choice(told["subjects"]).format(**fields)
        route = "formal" if sore else "service_request"
        return Matter("depot_fire", "waste_recycling", route, someone, subject, text, short, put_right, sore)

    def _letter(
        self, told: Mapping[str, Any], someone: Someone, fields: Mapping[str, str], sore: bool
    ) -> tuple[str, str]:
        """A whole letter, and what would put it right."""
        phrases, pick, chance = read("phrases"), self.random.choice, self.random.random
        cross = told.get("route", "service_request") not in _CONTENT
        repeats = pick(phrases["repeats"]) if sore or (cross and chance() < _REPEATS_IN) else ""
        feeling = pick(phrases["feelings"]) if cross and chance() < _FEELING_IN else ""
        complaint = pick(phrases["complaints"]) if sore else ""
        remedy = pick(phrases["remedies"]) if sore else ""
        first = [pick(told["what"]), pick(told["more"])]
        second = [repeats, feeling]
        asks = pick(told["ask"])
        third = [complaint, remedy] if sore and chance() < _REMEDY_IN else [complaint, asks]
        body = "\n\n".join(filter(None, (" ".join(filter(None, part)) for part in (first, second, third))))
        letter = "\n".join(filter(None, (pick(phrases["greetings"]), "", body, "", pick(phrases["closings"]))))
        letter = letter.replace(body, f"\n{body}\n") if letter != body else body
        signed = f"{letter}\n{someone.name}".strip()
        where = f"\n{someone.address}" if chance() < 0.35 else ""
        return f"{signed}{where}".format(**fields), (remedy or asks or "Please put it right.").format(**fields)

    def fields(self, someone: Someone, at: datetime) -> Mapping[str, str]:
        """What stands for the names in braces."""
        people, number, pick = read("people"), self.random.randint, self.random.choice
        local = at.astimezone(LONDON)
        lately, before = _on_a_weekday(local - timedelta(days=number(1, 6))), local - timedelta(days=number(9, 40))
        to_come = local + timedelta(days=number(12, 40))
        return {
            "number": someone.number,
            "street": someone.street,
            "postcode": someone.postcode,
            "phone": someone.phone,
            "last": someone.name.split()[-1],
            "area": pick(people["areas"]),
            "park": pick(people["parks"]),
            "school": pick(people["schools"]),
            "home": pick(people["homes"]),
            "colour": pick(people["colours"]),
            "day": f"{lately:%A}",
            "date": _day(before),
            "date_to_come": _day(to_come),
            "month": f"{before - timedelta(days=30):%B}",
            "weeks": pick(_NUMBERS),
            "times": pick(_NUMBERS),
            "nth": pick(_NTH),
            "days": str(number(5, 24)),
            "years": str(number(4, 38)),
            "minutes": str(number(15, 55)),
            "amount": f"{number(38, 240)}.{number(10, 99)}",
            "age": str(number(68, 91)),
            "column": str(number(2, 64)),
        }

    def one(self, name: str, *parts: str) -> Any:
        """One of a list in phrases or special."""
        found: Any = read(name)
        for part in parts:
            found = found[part]
        assert isinstance(found, Sequence)
        return self.random.choice(found)


def _complaining(text: str, sore: bool) -> str:
    return f"{text} I want to complain about this." if sore else text


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B}"


def _on_a_weekday(moment: datetime) -> datetime:
    return moment - timedelta(days=max(0, moment.weekday() - 4))
