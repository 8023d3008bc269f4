"""What happens in the demonstration's six months, and when: by the hours and weekdays at which people write."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from random import Random
from typing import Any

from config.demo.clock import LONDON
from config.demo.words import Matter, Someone, Writer, read
from intake.contact import NOT_TYPED, Channel
from intake.working_days import WorkingCalendar

DAYS = 182
FIRE = timedelta(days=61)
"""How long before the end the depot burns."""

FIRE_DAYS = 4
SPIKE = 5
"""So many times as many contacts as on other days, on each day of the fire."""

MESSAGES = 1.6
"""Messages that one matter comes to on average: a chat is of several, and some mails are answered."""

LATELY = timedelta(hours=28)
"""What came in so lately has not been worked on."""

RECENT = 28
"""How many of these there are, whatever day it is."""

_WEEK = (1.45, 1.25, 1.1, 1.05, 0.95, 0.4, 0.35)
_DAY = (1, 1, 0, 0, 0, 1, 3, 8, 16, 22, 24, 21, 17, 16, 17, 17, 16, 14, 13, 14, 15, 13, 8, 4)
_LAST_DESK_HOUR = 15
_LATELY = (
    Channel.WEBCHAT,
    Channel.EMAIL,
    Channel.WEB_FORM,
    Channel.EMAIL,
    Channel.TELEGRAM,
    Channel.WEB_FORM,
    Channel.EMAIL,
)
_OFFICE = range(9, 17)
_CHANNELS = {
    Channel.EMAIL: 38,
    Channel.WEB_FORM: 25,
    Channel.WEBCHAT: 15,
    Channel.TELEGRAM: 6,
    Channel.PHONE: 10,
    Channel.LETTER: 4,
    Channel.IN_PERSON: 2,
}


class Turn(StrEnum):
    """What is special about how it comes or goes on."""

    PLAIN = "plain"
    PERSON = "person"
    ABANDONED = "abandoned"
    RETURNED = "returned"
    REFUSED = "refused"
    AWAY = "away"
    UNREADABLE = "unreadable"
    LANGUAGE = "language"
    DANGER = "danger"
    ABUSE = "abuse"
    NEWSLETTER = "newsletter"


@dataclass(frozen=True)
class Planned:
    """A matter that comes by a channel at a moment (UTC)."""

    at: datetime
    channel: Channel
    matter: Matter
    turn: Turn = Turn.PLAIN


def plan(contacts: int, end: datetime, calendar: WorkingCalendar, seed: int) -> Sequence[Planned]:
    """About so many contacts until then, in their order."""
    random = Random(seed)
    planner = _Planner(random, Writer(random), end, calendar)
    matters = max(12, round(contacts / (MESSAGES * (1 + FIRE_DAYS * SPIKE / DAYS))) - 50)
    planned = [
        *planner.ordinary(matters),
        *planner.fire(max(4, round(matters / DAYS * SPIKE * FIRE_DAYS))),
        *planner.special(),
        *planner.lately(),
    ]
    return sorted(planned, key=lambda one: one.at)


@dataclass
class _Planner:
    random: Random
    writer: Writer
    end: datetime
    calendar: WorkingCalendar

    def ordinary(self, many: int) -> Iterator[Planned]:
        """What comes every week."""
        last = self.end.astimezone(LONDON).date()
        days = [last - timedelta(days=ago) for ago in range(1, DAYS)]
        weights = [_WEEK[day.weekday()] * (0.6 if self.calendar.day_off(day) else 1) for day in days]
        for day in self.random.choices(days, weights, k=many):
            channel = self._channel()
            at = self._moment(day, channel)
            if channel in NOT_TYPED and self.calendar.day_off(day):
                channel = Channel.EMAIL
            matter = self.writer.matter(self._key(at), at)
            yield Planned(at, channel, matter, self._turn(channel))

    def fire(self, many: int) -> Iterator[Planned]:
        """Four working days of missed collections, from a Monday on."""
        day = (self.end - FIRE).astimezone(LONDON).date()
        first = day - timedelta(days=day.weekday())
        for number in range(many):
            channel = self._channel()
            at = self._moment(first + timedelta(days=number % FIRE_DAYS), channel)
            yield Planned(at, channel, self.writer.fire(at))

    def special(self) -> Iterator[Planned]:
        """What comes seldom, spread over the months."""
        special = read("special")
        for number, told in enumerate(special["languages"]):
            yield self._told(told, self._ago(16 + 21 * number), Turn.LANGUAGE)
        for number, told in enumerate(special["safety"]):
            yield self._told(told, self._ago((74, 33, 12)[number % 3]), Turn.DANGER)
        yield from self._abuse(special["abuse"])
        for channel, key in ((Channel.LETTER, "damp"), (Channel.PHONE, "home_care")):
            at = self._last_office_day(_LAST_DESK_HOUR)
            yield Planned(at, channel, self.writer.matter(key, at))
        for days in (150, 88, 30):
            for machine in special["machines"].values():
                yield self._machine(machine, self._ago(days))
        for number, told in enumerate(special["unreadable"]):
            yield self._told({"channel": "email", **told}, self._ago(4, hours=number), Turn.UNREADABLE)
        for number, turn in enumerate((Turn.RETURNED, Turn.REFUSED, Turn.AWAY) * 2):
            at = self._ago(9 + 17 * number)
            key = ("missed_bin", "council_tax_bill", "pothole")[number % 3]
            yield Planned(at, Channel.EMAIL, self.writer.matter(key, at), turn)

    def lately(self) -> Iterator[Planned]:
        """What nobody has worked on yet, so that the queues are not empty."""
        told = read("special")["languages"][1]
        yield self._told(told, self.end - timedelta(minutes=95), Turn.LANGUAGE)
        yield self._told(read("special")["safety"][1], self.end - timedelta(minutes=22), Turn.DANGER)
        for number, doubtful in enumerate(read("special")["doubtful"]):
            yield self._told(doubtful, self.end - timedelta(minutes=40 + 97 * number), Turn.PLAIN)
        for number in range(RECENT):
            at = self.end - timedelta(minutes=6 + number * (LATELY.total_seconds() // 60 - 20) // RECENT)
            channel = _LATELY[number % len(_LATELY)]
            turn = Turn.PERSON if number % (2 * len(_LATELY)) == 0 else Turn.PLAIN
            yield Planned(at, channel, self.writer.matter(self._key(at), at), turn)

    def _abuse(self, told: dict[str, Any]) -> Iterator[Planned]:
        for number, text in enumerate(told["texts"]):
            planned = self._told({**told, "channel": "email", "text": text}, self._ago(41 - 9 * number), Turn.ABUSE)
            someone = replace(planned.matter.someone, email=told["email"].lower(), name=told["name"])
            yield replace(planned, matter=replace(planned.matter, someone=someone, service="parking", key="abuse"))

    def _told(self, told: dict[str, Any], at: datetime, turn: Turn) -> Planned:
        """One that is written out in special.yaml."""
        someone = self.writer.someone()
        someone = replace(someone, name=told.get("name", someone.name))
        fields = self.writer.fields(someone, at)
        text = told["text"].format(**fields)
        subject = told["subject"].format(**fields)
        service = told.get("service", "none")
        signed = f"{text}\n\n{someone.name}"
        matter = Matter(turn.value, service, "", someone, subject, signed, text, "Please do something about it.")
        return Planned(at, Channel(told["channel"]), matter, turn)

    def _machine(self, told: dict[str, str], at: datetime) -> Planned:
        nobody = Someone("", told["sender"], "", "", "", "")
        matter = Matter("machine", "none", "", nobody, told["subject"], told["text"], "", "")
        return Planned(at, Channel.EMAIL, matter, Turn.NEWSLETTER)

    def _key(self, at: datetime) -> str:
        matters = read("matters")["matters"]
        month = at.astimezone(LONDON).month
        keys = [key for key, told in matters.items() if month in told.get("months", (month,))]
        return str(self.random.choices(keys, [matters[key]["weight"] for key in keys])[0])

    def _channel(self) -> Channel:
        return self.random.choices(list(_CHANNELS), list(_CHANNELS.values()))[0]

    def _turn(self, channel: Channel) -> Turn:
        chance = self.random.random()
        if channel in (Channel.WEBCHAT, Channel.TELEGRAM):
            return Turn.PERSON if chance < 0.12 else Turn.ABANDONED if chance < 0.24 else Turn.PLAIN
        return Turn.PLAIN

    def _moment(self, day: date, channel: Channel) -> datetime:
        """At an hour of that day when people write; phone and counter have hours. Never after the end."""
        hours, weights = list(range(24)), list(_DAY)
        if channel in NOT_TYPED:
            hours, weights = list(_OFFICE), [_DAY[hour] for hour in _OFFICE]
        hour = self.random.choices(hours, weights)[0]
        clock = time(hour, self.random.randint(0, 59), self.random.randint(0, 59))
        return min(datetime.combine(day, clock, LONDON).astimezone(self.end.tzinfo), self.end)

    def _last_office_day(self, hour: int) -> datetime:
        """On the last working day, after whoever posts letters has gone."""
        day = self.end.astimezone(LONDON).date()
        while self.calendar.day_off(day) or datetime.combine(day, time(hour, 10), LONDON) > self.end:
            day -= timedelta(days=1)
        return datetime.combine(day, time(hour, 10), LONDON).astimezone(self.end.tzinfo)

    def _ago(self, days: int, hours: int = 0) -> datetime:
        return self.end - timedelta(days=days, hours=2 + hours, minutes=self.random.randint(1, 55))
