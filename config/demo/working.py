"""The demonstration's officers at work: through the console's own shells, some of them late."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from config.demo.arriving import Arrivals
from config.demo.case_working import Cases
from config.demo.clock import MovedClock
from config.demo.planning import Planned, Turn
from config.demo.words import read
from config.wiring import House
from intake.care import Reviewed
from intake.centre_view import Called, QueueLine
from intake.contact import Channel
from intake.conversation import Why
from intake.corrections import DOORS, Ruling
from intake.entry_desk import Written
from intake.errors import RightdoorError
from intake.example_desk import ExampleDesk
from intake.incidents import Incident, months_on
from intake.officers import Officer, SignedIn, SignIn
from intake.paper import PaperState
from intake.presence import There
from intake.rights import EVERYTHING, Role, scope_of
from intake.takeover import End
from intake.triage_desk import guess_of

BY = "demonstration"
TALKERS = ("joanna", "sam", "tom", "maya")
DECIDERS = ("joanna", "devi", "tom", "maya")

_SAYS: Mapping[Why, tuple[str, End]] = {
    Why.DANGER: ("danger", End.CASE),
    Why.LANGUAGE: ("language", End.PASSED_ON),
    Why.ASKED: ("asked", End.PASSED_ON),
    Why.NOT_UNDERSTOOD: ("not_understood", End.PASSED_ON),
    Why.ABUSE: ("abuse", End.PASSED_ON),
}


@dataclass
class Officers:
    """Everybody who works here. ``password`` is the same for all of them."""

    house: House
    clock: MovedClock
    random: Random
    arrivals: Arrivals
    password: str
    team: dict[str, SignedIn] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.cases = Cases(self.house, self.clock, self.random, self.team)

    async def join(self, names: Sequence[str]) -> None:
        """They get accounts, and begin to work."""
        for name in names:
            told = read("officers")["officers"][name]
            services = tuple(EVERYTHING if key == "all" else key for key in told["services"])
            roles, now = tuple(Role(role) for role in told["roles"]), self.clock()
            account = Officer(
                name, "", now, shown=told["shown"], roles=roles, services=services, teams=tuple(told["teams"])
            )
            await self.house.accounts.add(account, self.password, BY)
            scope = scope_of(roles, services, self.house.policy.need_to_know)
            nowhere = SignIn("", name, "", now, now, now)
            self.team[name] = SignedIn(nowhere, account, scope)

    async def at_desk(self) -> None:
        """Some of those who answer residents have the console open."""
        for name in ("joanna", "sam"):
            if self.random.random() < 0.8:
                await self.house.centre.be(self.team[name], There.AVAILABLE, 3)

    async def work(self, morning: bool) -> bool:
        """One round of the day's work. False where there was none."""
        everybody = self.team["ines"].scope
        decide, talk = await self.house.store.read(
            lambda unit: (unit.corrections.waits(everybody, 1), unit.centre.waits(everybody, 1))
        )
        for name in DECIDERS if decide else ():
            await self._decide(self.team[name])
        for name in TALKERS if talk else ():
            await self._talk(self.team[name])
        if morning:
            await self._call(self.team["maya"])
            await self._post(self.team["joanna"])
            await self._judge(self.team["maya"])
            await self._look_over(self.team["devi"])
            await self.cases.work()
        return bool(decide or talk or morning)

    # --- deciding ---------------------------------------------------------------------------------------------------

    async def _decide(self, officer: SignedIn) -> None:
        """What the assistant was not sure of: agreed to, or corrected."""
        page, _ = await self.house.triage.queue(officer)
        for waiting in page.lines[: self.random.randint(3, 9)]:
            contact = waiting.line.id
            view = await self.house.triage.view(contact, officer)
            if view is None:
                continue
            guess = guess_of(view.decision, officer)
            ruling = self._ruling(guess, self.arrivals.meant.get(contact))
            decided = await self.house.triage.decide(contact, officer, ruling, view.seen)
            if decided and decided.done and ruling is not guess and self.random.random() < 0.2:
                await ExampleDesk(self.house.triage).propose(contact, officer)

    async def _look_over(self, officer: SignedIn) -> None:
        """Now and then somebody looks at what was decided alone, and corrects it where it is wrong."""
        lately = [key for key, one in self.arrivals.meant.items() if one.channel in (Channel.EMAIL, Channel.WEB_FORM)]
        for contact in self.random.sample(lately[-12:], min(2, len(lately))):
            view = await self.house.triage.view(contact, officer)
            if view is not None and not view.seen and not view.waits and view.decision.route != "no_action":
                ruling = self._ruling(guess_of(view.decision, officer), self.arrivals.meant[contact])
                await self.house.triage.decide(contact, officer, ruling, view.seen)

    def _ruling(self, guess: Ruling, meant: Planned | None) -> Ruling:
        route = meant.matter.route if meant else ""
        service = meant.matter.service if meant else "none"
        if meant is None or not route or route in DOORS or self.random.random() < 0.1:
            return guess
        if (route, service) == (guess.route, guess.service):
            return guess
        return Ruling(route, service, officer=guess.officer, reason=self.random.choice(read("officers")["reasons"]))

    # --- talking ----------------------------------------------------------------------------------------------------

    async def _talk(self, officer: SignedIn) -> None:
        """Those that wait for a person: taken over, answered, closed. A few wait longer than they should."""
        queue = await self.house.centre.queue(officer)
        for line in queue.waiting[:12]:
            if self.random.random() < 0.82 and not self._is_fresh(line):
                await self._answer(line, officer)

    def _is_fresh(self, line: QueueLine) -> bool:
        since = line.waiting_since
        return since is None or self.clock() - since < timedelta(minutes=10)

    async def _answer(self, line: QueueLine, officer: SignedIn) -> None:
        says, end = _SAYS.get(line.why or Why.LOOK, ("other", End.PASSED_ON))
        words = read("officers")["says"][says].format(officer=officer.account.called)
        centre, name = self.house.centre, secrets.token_hex(8)
        try:
            taken = await centre.take(line.id, officer)
            self.clock.forward(timedelta(minutes=self.random.randint(1, 4)))
            await centre.close(line.id, officer, taken.hold.fence, end, name, words)
        except RightdoorError:
            return

    async def _call(self, officer: SignedIn) -> None:
        """Calls that were promised."""
        for call, _ in (await self.house.centre.queue(officer)).calls:
            if self.random.random() < 0.75:
                how = Called.DONE if self.random.random() < 0.8 else Called.NO_ANSWER
                self.clock.forward(timedelta(minutes=3))
                await self.house.centre.called(call.id, officer, how)

    async def _post(self, officer: SignedIn) -> None:
        """Letters on paper are printed and posted."""
        waiting, _ = await self.house.entering.letters(officer)
        for letter in waiting:
            if self.random.random() < 0.8:
                await self.house.entering.mark(letter.id, PaperState.POSTED, "", officer)

    async def _judge(self, officer: SignedIn) -> None:
        """Examples for the reading that colleagues proposed."""
        for example, _ in (await ExampleDesk(self.house.triage).proposed(officer))[0]:
            if example.proposed_by == officer.name or self.random.random() < 0.5:
                continue
            known = (example.text, example.route, example.service, example.signals)
            await ExampleDesk(self.house.triage).judge(example.id, officer, *known, approved=self.random.random() < 0.8)

    # --- entering ---------------------------------------------------------------------------------------------------

    async def enter(self, planned: Planned) -> None:
        """Somebody phones, writes on paper or stands at the counter: an officer writes it down, and sends it."""
        officer = self.team[self.random.choice(("joanna", "sam"))]
        desk, someone = self.house.entering, planned.matter.someone
        entry = await desk.begin(planned.channel, officer)
        self.clock.forward(timedelta(minutes=self.random.randint(2, 7)))
        text = planned.matter.text if planned.channel is Channel.LETTER else planned.matter.short
        note = self.random.choice(read("special")["notes"][planned.channel.value]).format(text=text)
        by = "address" if planned.channel is Channel.LETTER else self.random.choice(("phone", "email"))
        answers: dict[str, str] = {
            "what": note,
            "where": f"{someone.number} {someone.street}",
            "put_right": planned.matter.put_right if planned.matter.sore else "",
            "name": someone.name,
            "phone": someone.phone,
            "email": someone.email if by == "email" else "",
            "address": someone.address if by == "address" else "",
            "reply_by": by,
        }
        kept = await desk.entry(entry, officer)
        assert kept is not None
        answers = {**kept.answers, **{key: words for key, words in answers.items() if words}}
        written = await desk.write(entry, Written(answers, "demo", 1, kept.turn), officer)
        assert written is not None
        contact = await desk.send(written, officer)
        self.arrivals.meant[contact] = planned

    # --- staff safety -----------------------------------------------------------------------------------------------

    async def _incident(self, conversation: str, officer: SignedIn) -> None:
        """A threat is recorded, and a manager reviews it."""
        told = read("special")["abuse"]
        threat = {
            "name": told["name"],
            "email": told["email"].lower(),
            "words": told["texts"][-1],
            "service": "parking",
        }
        incident = await self._report({**read("officers")["incident"], **threat}, officer, conversation)
        self.clock.forward(timedelta(minutes=40))
        care, maya = self.house.care, self.team["maya"]
        until = months_on(care.today, 6)
        reason = "The words stand in the mail. Two colleagues were named in it."
        letter = "By letter, with how to have it looked at again."
        advice = tuple(read("officers")["incident"]["advice"])
        await care.review(incident, Reviewed("confirm", reason, until, advice, letter), maya)

    async def shouted_at(self) -> None:
        """Somebody shouted on the phone; no manager has reviewed it yet."""
        await self._report(read("special")["shouting"], self.team["joanna"])

    async def _report(self, told: Mapping[str, Any], officer: SignedIn, conversation: str = "") -> str:
        today = self.house.care.today
        incident = Incident(
            id="",
            kind=told["kind"],
            happened_on=today,
            against=told["against"],
            words=told["words"],
            told=tuple(told["told"]),
            name=told["name"],
            email=told.get("email", ""),
            phone=told.get("phone", ""),
            conversation=conversation,
            contact="",
            service=told.get("service", "none"),
            advice=tuple(told["advice"]),
            reporter="",
            reported_at=self.clock(),
            until=today,
        )
        return await self.house.care.report(incident, officer)

    async def threatened(self, planned: Planned) -> bool:
        """Is it the threat? Then it is recorded from its contact, however it was handled."""
        if planned.turn is not Turn.ABUSE or "sorry" not in planned.matter.text:
            return False
        mine = [contact for contact, one in self.arrivals.meant.items() if one is planned]
        view = await self.house.store.read(lambda unit: unit.desk.contact(mine[-1]))
        if view is not None:
            await self._incident(view.conversation, self.team["sam"])
        return True
