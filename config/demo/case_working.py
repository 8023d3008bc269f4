"""The demonstration's officers at work on cases: given to somebody, looked into, answered, some of them too late."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from config.demo.clock import MovedClock
from config.demo.words import read
from config.wiring import House
from intake.case import Case, CaseOutcome, CaseState, Priority, WaitsFor
from intake.case_view import Asking, CasesWanted, LetterKind, LetterState
from intake.errors import SendersMove
from intake.letter_desk import LetterDesk, Written
from intake.officers import SignedIn
from intake.ports import UnitOfWork
from intake.rights import EVERY_SERVICE

MOST = 400
_OUTCOMES = {CaseOutcome.UPHELD: 40, CaseOutcome.PARTLY_UPHELD: 30, CaseOutcome.NOT_UPHELD: 30}


@dataclass
class Intention:
    """What becomes of a case: on which day it is given to whom, when it is answered and closed, and how it ends."""

    officer: str
    given_on: date
    answered_on: date
    closed_on: date
    outcome: CaseOutcome
    waits: bool
    noted: bool = False


@dataclass
class Cases:
    """Works through every open case once a day."""

    house: House
    clock: MovedClock
    random: Random
    team: dict[str, SignedIn]
    intended: dict[str, Intention] = field(default_factory=dict)

    async def work(self) -> None:
        """Whatever is to be done today."""
        asking = Asking("maya", (), self._today, self.clock())

        def find(unit: UnitOfWork) -> list[Case]:
            wanted = (CasesWanted(state="open"), CasesWanted(state="answered"))
            lines = [line for one in wanted for line in unit.work.cases(one, asking, EVERY_SERVICE, 0, MOST)]
            return sorted((line.case for line in lines), key=lambda case: case.received_at)

        for name in ("maya", "devi"):
            await self._see_mentions(self.team[name])
        for case in await self.house.store.read(find):
            intention = self.intended.get(case.reference) or self._intend(case)
            self.intended[case.reference] = intention
            try:
                await self._work_on(case, intention)
            except SendersMove:
                continue

    async def _see_mentions(self, officer: SignedIn) -> None:
        """They have seen where colleagues named them, some days later."""
        found = await self.house.store.read(lambda unit: unit.work.mentions_of(officer.name, officer.scope, 0, 20))
        for mention in found:
            if mention.at < self.clock() - timedelta(days=8):
                await self.house.work.seen_mention(mention.id, officer)

    @property
    def _today(self) -> date:
        return self.house.policy.calendar.local_day(self.clock())

    def _intend(self, case: Case) -> Intention:
        due = min((deadline.due for deadline in case.stage.deadlines if deadline.met_at is None), default=self._today)
        chance, number = self.random.random(), self.random.randint
        late = number(2, 14) if chance < 0.12 else number(15, 45) if chance > 0.85 else -number(0, 6)
        answered = max(due + timedelta(days=late), self._today + timedelta(days=1))
        officer = "tom" if case.service in self.house.policy.need_to_know else self.random.choice(("devi", "maya"))
        if case.service in ("waste_recycling", "street_cleaning") and self.random.random() < 0.5:
            officer = "aled"
        outcome = self.random.choices(list(_OUTCOMES), list(_OUTCOMES.values()))[0]
        given, closed = self._today + timedelta(days=number(0, 3)), answered + timedelta(days=number(3, 12))
        return Intention(officer, given, answered, closed, outcome, self.random.random() < 0.4)

    async def _work_on(self, case: Case, intention: Intention) -> None:
        """The next thing to do with it."""
        officer, today = self.team[intention.officer], self._today
        if case.state is CaseState.ANSWERED:
            if today >= intention.closed_on:
                outcome = case.work.outcome or intention.outcome
                await self.house.work.close(case.reference, officer, case.version, outcome)
        elif not case.work.officer:
            if case.work.team:
                await self.house.work.allocate(case.reference, officer, case.version, officer.name)
            elif today >= intention.given_on:
                await self._give(case, intention)
        elif today >= intention.answered_on:
            await self._respond(case, officer, intention)
        elif not intention.noted:
            intention.noted = True
            await self._look_into(case, officer, intention)

    async def _give(self, case: Case, intention: Intention) -> None:
        """To the team of who works on it, who takes it the next day; to them at once where they have none."""
        maya, teams = self.team["maya"], self.team[intention.officer].account.teams
        to = f"team:{teams[0]}" if teams else intention.officer
        await self.house.work.allocate(case.reference, maya, case.version, to)
        if case.urgent:
            await self.house.work.rank(case.reference, maya, case.version + 1, Priority.HIGH)

    async def _look_into(self, case: Case, officer: SignedIn, intention: Intention) -> None:
        """A note, something to do, and perhaps a wait for the service."""
        work, told = self.house.work, read("officers")
        note = self.random.choice(told["notes"]).format(colleague="maya" if officer.name != "maya" else "devi")
        await work.note(case.reference, officer, note)
        due = self._today + timedelta(days=self.random.randint(2, 6))
        await work.add_task(case.reference, officer, self.random.choice(told["tasks"]), due, officer.name)
        if self.random.random() < 0.3:
            await self._write(case, officer, LetterKind.UPDATE, told["letters"]["update"], None)
        elif intention.waits:
            waits = self.random.choice((WaitsFor.SERVICE, WaitsFor.SERVICE, WaitsFor.RESIDENT))
            await work.wait(case.reference, officer, case.version, waits, due)

    async def _respond(self, case: Case, officer: SignedIn, intention: Intention) -> None:
        """The response, which a second officer checks where the council wants that."""
        reference, told = case.reference, read("officers")["letters"]
        if case.work.waits_for is not None:
            await self.house.work.go_on(reference, officer, case.version)
        await self._do_tasks(reference, officer)
        await self._write(case, officer, LetterKind.RESPONSE, told[intention.outcome.value], intention.outcome)

    async def _do_tasks(self, reference: str, officer: SignedIn) -> None:
        file = await self.house.work.file(reference, officer)
        for task in file.tasks if file else ():
            if task.done_at is None:
                await self.house.work.do_task(task.id, officer)

    async def _write(
        self, case: Case, officer: SignedIn, kind: LetterKind, body: str, outcome: CaseOutcome | None
    ) -> None:
        file = await self.house.work.file(case.reference, officer)
        assert file is not None
        if file.cannot_write:
            await self._unwritten(file.case, officer, outcome)
            return
        waiting = [letter for letter in file.letters if letter.state is LetterState.TO_CHECK]
        if not waiting:
            written = Written("", 0, kind, body, outcome)
            await LetterDesk(self.house.work).finish(case.reference, officer, written, file.case.version)
        checker = self.team["maya" if officer.name != "maya" else "devi"]
        if waiting and checker.scope.sees(case.service):
            letter = waiting[0]
            await LetterDesk(self.house.work).check(letter.id, checker, letter.version, file.case.version)

    async def _unwritten(self, case: Case, officer: SignedIn, outcome: CaseOutcome | None) -> None:
        """Nobody can be written to: it ends without a letter."""
        if outcome is not None:
            await self.house.work.close(case.reference, officer, case.version, CaseOutcome.RESOLVED_EARLY)
