"""Many cases at once, and undoing that for ten minutes. What was changed meanwhile is left alone, and said so.

Letters are never sent in bulk: nobody would have read them.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from intake import case_work
from intake.case import Case, CaseOutcome, WaitsFor
from intake.case_view import Task, Undoable
from intake.errors import ChangedMeanwhile, SendersMove
from intake.officers import SignedIn
from intake.ports import UnitOfWork
from intake.wording import day
from intake.work_desk import AGAIN, WorkDesk, checked

UNDO_FOR = timedelta(minutes=10)
MOST = 100


@dataclass(frozen=True)
class Bulk:
    """What is done to many: ``what`` is the line of history, ``words`` what it says besides."""

    what: str
    words: str
    change: Callable[[UnitOfWork, Case], Case]
    task: str = ""
    due: date | None = None
    to: str = ""


@dataclass(frozen=True)
class BulkDesk:
    """Bulk actions on cases."""

    work: WorkDesk

    def allocate(self, officer: SignedIn, to: str) -> Bulk:
        """All to one officer, team (``team:`` and its key), or nobody."""
        kind, _, key = to.partition(":")
        team, name = (key, "") if kind == "team" else ("", to)

        def change(unit: UnitOfWork, case: Case) -> Case:
            self.work.check_gift(unit, case, officer, name, team)
            return case_work.allocated(case, name, team)

        return Bulk("allocated", "", change, to=to)

    def wait(self, waits_for: WaitsFor, remind_on: date) -> Bulk:
        """All wait for somebody else's move."""
        now, today = self.work.clock(), self.work.today()
        words = f"for the {waits_for.value}, reminder on {day(remind_on, self.work.policy)}"
        return Bulk("waits", words, lambda _, case: case_work.waiting(case, waits_for, remind_on, today, now))

    def close(self, outcome: CaseOutcome) -> Bulk:
        """All end with this outcome."""
        now = self.work.clock()
        return Bulk("closed", case_work.OUTCOMES[outcome], lambda _, case: case_work.closed(case, outcome, now))

    def add_task(self, what: str, due: date, to: str) -> Bulk:
        """The same task for each."""
        words = checked(what, "what is to be done")[:500]
        return Bulk("added a task", words, lambda _, case: case, words, due, to)

    async def do(self, officer: SignedIn, bulk: Bulk, chosen: Mapping[str, int]) -> str:
        """To each of these cases, by reference with the version that was seen: the id of what was done."""
        if not chosen:
            raise SendersMove("Choose at least one case.")
        if len(chosen) > MOST:
            raise SendersMove(f"Choose {MOST} cases or fewer.")
        for _ in range(AGAIN):
            try:
                return await self.work.store.transact(lambda unit: self._do(unit, officer, bulk, chosen))
            except ChangedMeanwhile:
                continue
        raise SendersMove("Too many others change these cases just now. Nothing was changed. Try again.")

    async def done(self, officer: SignedIn, undo: str) -> Undoable | None:
        """What became of it, for as long as it can be undone; of nothing (empty), nothing."""
        now = self.work.clock()
        if not undo:
            return None
        return await self.work.store.read(lambda unit: unit.work.undo(undo, officer.name, now))

    async def undo(self, officer: SignedIn, undo: str) -> None:
        """Each case is as it was before, where nothing changed it since."""
        now = self.work.clock()

        def work(unit: UnitOfWork) -> None:
            known = unit.work.undo(undo, officer.name, now)
            if known is None or not (known.cases or known.tasks):
                raise SendersMove("This cannot be undone any more.")
            refused = [self._undo(unit, officer, known, before, version) for before, version in known.cases]
            dropped = self._drop_tasks(unit, officer, known)
            lost = tuple(one for one in refused if one)
            changed = len(refused) - len(lost) + dropped
            unit.work.drop_undo(undo)
            unit.work.keep_undo(replace(known, cases=(), tasks=(), changed=changed, refused=lost))

        await self.work.store.transact(work)

    def _do(self, unit: UnitOfWork, officer: SignedIn, bulk: Bulk, chosen: Mapping[str, int]) -> str:
        changed: list[tuple[Case, int]] = []
        tasks: list[str] = []
        refused: list[tuple[str, str]] = []
        words = bulk.words or self.work.to_whom(unit, bulk.to)
        for reference, seen in chosen.items():
            try:
                case = self._unchanged(unit, officer, reference, seen)
                if bulk.due is not None:
                    tasks.append(self._add_task(unit, officer, case, bulk))
                    continue
                after = self.work.keep(unit, bulk.change(unit, case), officer, bulk.what, words)
                changed.append((case, after.version))
            except SendersMove as error:
                refused.append((reference, str(error)))
        done = Undoable(
            id=secrets.token_hex(16),
            officer=officer.name,
            what=bulk.what,
            until=self.work.clock() + UNDO_FOR,
            cases=tuple(changed),
            tasks=tuple(tasks),
            changed=len(changed) + len(tasks),
            refused=tuple(refused),
        )
        unit.work.keep_undo(done)
        return done.id

    def _unchanged(self, unit: UnitOfWork, officer: SignedIn, reference: str, seen: int) -> Case:
        case = self.work.known(unit, reference, officer)
        if case.version != seen:
            raise SendersMove(f"changed meanwhile: {self.work.what_moved(unit, case, seen)}")
        return case

    def _add_task(self, unit: UnitOfWork, officer: SignedIn, case: Case, bulk: Bulk) -> str:
        who = unit.officers.get(bulk.to)
        if who is None or bulk.due is None or not self.work.may_have(who, case.service):
            raise SendersMove("Choose an officer who works on cases of this service.")
        now = self.work.clock()
        task = Task(secrets.token_hex(16), case.reference, bulk.task, bulk.due, who.name, officer.name, now)
        unit.work.keep_task(task)
        self.work.enter(unit, case, officer, bulk.what, f"for {who.called}: {bulk.words}")
        return task.id

    def _undo(
        self, unit: UnitOfWork, officer: SignedIn, known: Undoable, before: Case, version: int
    ) -> tuple[str, str] | None:
        """None where it was undone, else its reference and why not."""
        try:
            case = self._unchanged(unit, officer, before.reference, version)
        except SendersMove as error:
            return before.reference, str(error)
        self.work.keep(unit, case_work.as_before(case, before), officer, "undid", known.what)
        return None

    def _drop_tasks(self, unit: UnitOfWork, officer: SignedIn, known: Undoable) -> int:
        """Tasks that nobody has done yet."""
        dropped = 0
        for name in known.tasks:
            task = unit.work.task(name)
            if task is not None and task.done_at is None:
                unit.work.drop_task(name)
                self.work.enter(unit, self.work.known(unit, task.reference, officer), officer, "undid", known.what)
                dropped += 1
        return dropped


def in_words(done: Undoable) -> str:
    """The result in a sentence: 14 changed, 1 not."""
    if not done.refused:
        return f"{done.changed} changed"
    return f"{done.changed} changed, {len(done.refused)} not"
