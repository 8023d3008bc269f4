"""Fills an empty installation: six months go by, contact by contact, while officers work."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from itertools import count
from random import Random

from config.demo.arriving import Arrivals, Reading, is_office_hour
from config.demo.clock import MovedClock
from config.demo.planning import DAYS, LATELY, Planned, Turn, plan
from config.demo.post import Nowhere, answer, bounce, taken
from config.demo.words import Writer, read
from config.demo.working import Officers
from config.wiring import House
from intake.contact import NOT_TYPED, Channel, Reply
from intake.desk_view import Wanted
from intake.dispatch import Dispatch
from intake.errors import WrongSetting
from intake.rights import EVERY_SERVICE

SEED = 960
ROUNDS = (time(9, 10), time(11, 40), time(14, 15), time(16, 20))
"""When officers work through their queues, on working days."""

NEW_OFFICER = "ruth"
LAST_WEEK = timedelta(days=6)
"""On its first working day somebody new begins."""

_ANSWERED = {"formal": 0.2, "urgent": 0.2}
"""How many answer a letter of this kind; of the others, so many:"""
_OTHERS_ANSWERED = 0.05

Told = Callable[[int, int], None]
"""Is told how many of how many steps are done."""


@dataclass(frozen=True, order=True)
class _Step:
    """Something at a moment: a matter that comes, a letter that is answered, or (neither) a round of work."""

    at: datetime
    number: int
    planned: Planned | None = field(default=None, compare=False)
    to: Reply | None = field(default=None, compare=False)
    morning: bool = field(default=False, compare=False)


@dataclass
class Filling:
    """One demonstration. ``end`` is when it ends: now."""

    house: House
    clock: MovedClock
    reading: Reading
    end: datetime
    contacts: int
    password: str

    def __post_init__(self) -> None:
        self.random = Random(SEED)
        self.post = Nowhere(self.clock)
        self.dispatch = Dispatch(self.house.store, self.post, self.clock)
        writer = Writer(Random(SEED + 1))
        self.arrivals = Arrivals(self.house, self.clock, self.reading, Random(SEED + 2), writer)
        self.officers = Officers(self.house, self.clock, Random(SEED + 3), self.arrivals, self.password)
        self._numbers = count()
        self._steps: list[_Step] = []

    async def fill(self, told: Told) -> None:
        """From the first contact to this moment."""
        await self.officers.join([name for name in _names() if name != NEW_OFFICER])
        planned = plan(self.contacts, self.end, self.house.policy.calendar, SEED)
        self._steps = [*(self._step(one.at, planned=one) for one in planned), *self._rounds()]
        heapq.heapify(self._steps)
        done, new = 0, True
        while self._steps:
            step = heapq.heappop(self._steps)
            self.clock.to(step.at)
            if new and step.planned is None and self.clock() > self.end - LAST_WEEK:
                new = False
                await self.officers.join([NEW_OFFICER])
                await self.officers.shouted_at()
            await self._do(step)
            done += 1
            told(done, done + len(self._steps))
        await self._settle(True)

    def _step(
        self, at: datetime, planned: Planned | None = None, to: Reply | None = None, morning: bool = False
    ) -> _Step:
        return _Step(at, next(self._numbers), planned, to, morning)

    def _rounds(self) -> Iterator[_Step]:
        """On every working day; not in the last hours, so that something is left to do."""
        calendar = self.house.policy.calendar
        last = self.end.astimezone(calendar.zone).date()
        for day in (last - timedelta(days=ago) for ago in range(DAYS, -1, -1)):
            for hour in ROUNDS if not calendar.day_off(day) else ():
                at = datetime.combine(day, hour, calendar.zone).astimezone(self.end.tzinfo)
                if at < self.end - LATELY:
                    yield self._step(at, morning=hour is ROUNDS[0])

    async def _do(self, step: _Step) -> None:
        worked = True
        if step.planned is None:
            worked = await self.officers.work(step.morning)
        elif step.to is not None:
            await self._come_back(step.planned, step.to)
        else:
            await self._come(step.planned)
        await self._settle(worked)

    async def _come(self, planned: Planned) -> None:
        self.post.known[planned.matter.someone.email] = planned
        if planned.turn is Turn.PERSON and is_office_hour(self.clock(), self.house):
            await self.officers.at_desk()
        if planned.channel in NOT_TYPED:
            await self.officers.enter(planned)
            return
        await self.arrivals.arrive(planned)
        await self.officers.threatened(planned)

    async def _settle(self, written: bool) -> None:
        """What silence wants is done, and every letter goes out; some of them will be answered."""
        while await self.house.reception.wind_up_next() or await self.house.centre.round_next():
            written = True
        while written and await self.dispatch.send_next():
            pass
        for planned, reply in taken(self.post.gone):
            wait = self._wait(planned, reply)
            if wait is not None and self.clock() + wait < self.end:
                heapq.heappush(self._steps, self._step(self.clock() + wait, planned, reply))

    def _wait(self, planned: Planned, reply: Reply) -> timedelta | None:
        """After how long something comes back of a letter; None where nothing does."""
        chance, hours = self.random.random(), self.random.randint(2, 70)
        if planned.turn in (Turn.RETURNED, Turn.AWAY):
            return timedelta(minutes=2)
        if planned.turn is not Turn.PLAIN or planned.channel is not Channel.EMAIL:
            return None
        likely = 0.4 if "complaint" in reply.body and reply.kind == "officer" else _ANSWERED.get(reply.kind, 0.0)
        return timedelta(hours=hours) if chance < (likely or _OTHERS_ANSWERED) else None

    async def _come_back(self, planned: Planned, reply: Reply) -> None:
        """What it is, officers see for themselves: a letter of thanks is not what its conversation began with."""
        planned = replace(planned, matter=replace(planned.matter, route=""))
        mailbox, now = self.house.policy.council.mailboxes[0], self.clock()
        domain = mailbox.rpartition("@")[2]
        if planned.turn is Turn.RETURNED:
            raw, to = bounce(planned, reply, mailbox, now)
            await self.arrivals.by_mail(planned, raw, to, sender="")
            return
        writer = self.arrivals.writer
        fields = writer.fields(planned.matter.someone, now)
        automatic = planned.turn is Turn.AWAY
        words = writer.one("phrases", "away") if automatic else writer.one("phrases", "follow_up", self._mood(reply))
        raw = answer(planned, reply, words.format(**fields), now, domain, automatic)
        await self.arrivals.by_mail(planned, raw, reply.reply_to or mailbox)

    def _mood(self, reply: Reply) -> str:
        """What they write of a letter."""
        if "upheld" in reply.body:
            return "thanks" if "is upheld" in reply.body else "escalation"
        if reply.kind in _ANSWERED:
            return self.random.choice(("more", "chasing"))
        return self.random.choice(("thanks", "more", "thanks"))


async def refuse_if_used(house: House) -> None:
    """The demonstration touches nothing that is somebody's. Raises WrongSetting."""
    contacts, officers = await house.store.read(
        lambda unit: (len(unit.desk.contacts(Wanted(), EVERY_SERVICE, 0, 1)), len(unit.officers.all()))
    )
    if contacts or officers > 1:
        what = "contacts" if contacts else "officers of its own"
        raise WrongSetting(
            f"This installation has {what}, so the demonstration leaves it alone. Nothing was changed. "
            "Choose an empty folder for it, for example RIGHTDOOR_DATA=var/demo"
        )
    if house.settings.relay_url or house.settings.imap_url or house.settings.telegram_token:
        raise WrongSetting(
            "This installation is connected to real mail or Telegram, so the demonstration leaves it alone. Take "
            "RIGHTDOOR_RELAY_URL, RIGHTDOOR_IMAP_URL and RIGHTDOOR_TELEGRAM_TOKEN out of its settings first"
        )


def _names() -> Iterator[str]:
    yield from read("officers")["officers"]
