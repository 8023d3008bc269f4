"""The day's work: what officers do on one case. Each deed is one transaction, noted, and in the case's history.

A deed carries the version of the case that its officer saw: where somebody changed it since, it is refused, and the
officer is told what changed.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from intake import case_letters, case_work
from intake.case import Case, CaseOutcome, Priority, WaitsFor
from intake.case_view import (
    CaseFile,
    Entry,
    Mention,
    Task,
)
from intake.colleagues import called_by_name, names
from intake.errors import CaseMoved, ChangedMeanwhile, SendersMove
from intake.officers import Absence, Deed, Officer, SignedIn
from intake.policy import Canned, Policy
from intake.ports import Clock, Store, UnitOfWork
from intake.rights import Right, rights_of, scope_of
from intake.upkeep import canned
from intake.veil import own_words
from intake.wording import day

MOST_WORDS = 10_000
AGAIN = 5

_BESIDE = frozenset(
    {
        "noted",
        "added a task",
        "did a task",
        "wrote a draft",
        "changed a draft",
        "asked for a check",
        "sent a draft back",
        "dropped a draft",
    }
)
"""Lines of a history that leave the case itself as it was."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class WorkDesk:
    """Where officers work on cases. What is outside somebody's scope is, for them, not there at all."""

    store: Store
    policy: Policy
    clock: Clock

    # --- seeing -----------------------------------------------------------------------------------------------------

    async def file(self, reference: str, officer: SignedIn) -> CaseFile | None:
        """Everything of one case; None where there is none, or they may not see it."""
        return await self.store.read(lambda unit: self._file(unit, reference, officer))

    async def canned(self) -> Canned:
        """The words that letters begin with: administrators' own over the pack's."""
        return await self.store.read(lambda unit: canned(self.policy.canned, unit.upkeep.words().values()))

    async def colleagues(self, officer: SignedIn, service: str | None = None) -> list[Officer]:
        """Who can be given cases (of this service): officers who work on cases and may see it."""

        def find(unit: UnitOfWork) -> list[Officer]:
            return [one for one in unit.officers.all() if self.may_have(one, service)]

        return await self.store.read(find)

    # --- who has it, and what it waits for --------------------------------------------------------------------------

    async def allocate(self, reference: str, officer: SignedIn, seen: int, to: str) -> None:
        """Give it to an officer (their name), a team (``team:`` and its key), or nobody (empty)."""
        kind, _, key = to.partition(":")
        team, name = (key, "") if kind == "team" else ("", to)

        def change(unit: UnitOfWork, case: Case) -> Case:
            self.check_gift(unit, case, officer, name, team)
            return case_work.allocated(case, name, team)

        words = await self.store.read(lambda unit: self.to_whom(unit, to))
        await self._change(reference, officer, seen, "allocated", change, words)

    async def rank(self, reference: str, officer: SignedIn, seen: int, priority: Priority) -> None:
        """Its priority among officers' work."""
        await self._change(
            reference,
            officer,
            seen,
            "set the priority",
            lambda _, case: case_work.ranked(case, priority),
            priority.value.capitalize(),
        )

    async def wait(self, reference: str, officer: SignedIn, seen: int, waits_for: WaitsFor, remind_on: date) -> None:
        """It waits for somebody else's move, until a day on which somebody asks again."""
        today, now = self.today(), self.clock()
        await self._change(
            reference,
            officer,
            seen,
            "waits",
            lambda _, case: case_work.waiting(case, waits_for, remind_on, today, now),
            f"for the {waits_for.value}, reminder on {day(remind_on, self.policy)}",
        )

    async def go_on(self, reference: str, officer: SignedIn, seen: int) -> None:
        """It waits for nobody any more."""
        await self._change(reference, officer, seen, "waits no more", lambda _, case: case_work.going_on(case))

    async def close(self, reference: str, officer: SignedIn, seen: int, outcome: CaseOutcome) -> None:
        """The end, with an outcome."""
        now = self.clock()
        await self._change(
            reference,
            officer,
            seen,
            "closed",
            lambda _, case: case_work.closed(case, outcome, now),
            case_work.OUTCOMES[outcome],
        )

    async def reopen(self, reference: str, officer: SignedIn, seen: int) -> None:
        """Open again where it was."""
        await self._change(reference, officer, seen, "opened again", lambda _, case: case_work.reopened(case))

    # --- notes and tasks --------------------------------------------------------------------------------------------

    async def note(self, reference: str, officer: SignedIn, text: str) -> tuple[str, ...]:
        """A note, for ever; whoever is named in it with an @ sees it among their mentions: answers with their names.

        Raises SendersMove where somebody is named who may not see the case.
        """
        words, now = checked(text, "a note"), self.clock()

        def work(unit: UnitOfWork) -> tuple[str, ...]:
            case = self.known(unit, reference, officer)
            named = [one for one in unit.officers.all() if _is_named(one, words)]
            if blind := [one.called for one in named if not self._may_see(one, case.service)]:
                raise SendersMove(f"{' and '.join(blind)} may not see this case, so must not be named in it.")
            self.enter(unit, case, officer, "noted", words)
            for one in named:
                quote = words if len(words) <= 400 else f"{words[:399]}…"
                unit.work.mention(Mention(draw(), reference, one.name, officer.name, now, quote))
            return tuple(one.called for one in named)

        return await self.store.transact(work)

    async def seen_mention(self, mention: str, officer: SignedIn) -> bool:
        """They have seen it."""
        now = self.clock()

        def work(unit: UnitOfWork) -> bool:
            done = unit.work.mention_seen(mention, officer.name, now)
            if done:
                unit.officers.note(Deed(now, officer.name, "saw a mention", mention))
            return done

        return await self.store.transact(work)

    async def add_task(self, reference: str, officer: SignedIn, what: str, due: date, to: str) -> None:
        """Something to do by a day, by somebody."""
        words, now = checked(what, "what is to be done"), self.clock()
        if len(words) > 500:
            raise SendersMove("Say in 500 characters or fewer what is to be done.")

        def work(unit: UnitOfWork) -> None:
            case, who = self.known(unit, reference, officer), unit.officers.get(to)
            if who is None or not self.may_have(who, case.service):
                raise SendersMove("Choose an officer who works on cases of this service.")
            unit.work.keep_task(Task(draw(), reference, words, due, who.name, officer.name, now))
            self.enter(unit, case, officer, "added a task", f"for {who.called}, by {day(due, self.policy)}: {words}")

        await self.store.transact(work)

    async def do_task(self, task: str, officer: SignedIn) -> str:
        """It is done; the reference of its case. Raises SendersMove where somebody did it before."""
        now = self.clock()

        def work(unit: UnitOfWork) -> str:
            known = unit.work.task(task)
            case = self.known(unit, known.reference if known else "", officer)
            if known is None or known.done_at is not None:
                raise SendersMove("This task is done already.")
            unit.work.keep_task(replace(known, done_at=now, done_by=officer.name))
            self.enter(unit, case, officer, "did a task", known.what)
            return case.reference

        return await self.store.transact(work)

    # --- within a transaction ---------------------------------------------------------------------------------------

    def known(self, unit: UnitOfWork, reference: str, officer: SignedIn) -> Case:
        """The case, where they may see it."""
        case = unit.cases.get(reference) if reference else None
        if case is None or not officer.scope.sees(case.service):
            raise NoSuchCase("There is no such case.")
        return case

    def enter(self, unit: UnitOfWork, case: Case, officer: SignedIn, what: str, words: str = "") -> None:
        """A line of its history, and a deed, which holds no words about residents."""
        now = self.clock()
        unit.work.enter(Entry(0, case.reference, now, officer.name, what, words, case.version))
        unit.officers.note(Deed(now, officer.name, what, case.reference))

    def today(self) -> date:
        """The day in the council's time."""
        return self.policy.calendar.local_day(self.clock())

    def may_have(self, account: Officer, service: str | None) -> bool:
        """Can this officer be given a case of this service (None: any)?"""
        works = account.disabled_at is None and Right.WORK in rights_of(account.roles)
        return works and (service is None or self._may_see(account, service))

    def check_gift(self, unit: UnitOfWork, case: Case, officer: SignedIn, name: str, team: str) -> None:
        """May they give it to this officer or team? Raises SendersMove."""
        own_to_give = case.work.officer in ("", officer.name)
        if name != officer.name and not own_to_give and not officer.may(Right.MANAGE):
            raise SendersMove("Somebody else has this case. A manager can give it to another.")
        if team and team not in self.policy.teams:
            raise SendersMove("There is no such team.")
        account = unit.officers.get(name) if name else None
        if name and (account is None or not self.may_have(account, case.service)):
            raise SendersMove("Choose an officer who works on cases of this service.")

    def to_whom(self, unit: UnitOfWork, to: str) -> str:
        """Whom something is given to, in words."""
        kind, _, key = to.partition(":")
        if kind == "team":
            return f"to {self.policy.teams[key].name}" if key in self.policy.teams else ""
        return f"to {called_by_name(unit, to)}" if to else "to nobody"

    def moved(self, unit: UnitOfWork, case: Case, seen: int) -> CaseMoved:
        """What was done to it since that version, in words."""
        return CaseMoved(self.what_moved(unit, case, seen))

    def what_moved(self, unit: UnitOfWork, case: Case, seen: int) -> str:
        """Who did what since then."""
        since = [
            entry for entry in unit.work.history(case.reference) if entry.version > seen and entry.what not in _BESIDE
        ]
        done = "; ".join(_in_words(unit, entry) for entry in reversed(since))
        return done or "Its resident has told us more meanwhile"

    async def _change(
        self,
        reference: str,
        officer: SignedIn,
        seen: int,
        what: str,
        change: Callable[[UnitOfWork, Case], Case],
        words: str = "",
    ) -> None:
        def work(unit: UnitOfWork) -> None:
            case = self.known(unit, reference, officer)
            if case.version != seen:
                raise self.moved(unit, case, seen)
            self.keep(unit, change(unit, case), officer, what, words)

        await self.again(work)

    def keep(self, unit: UnitOfWork, case: Case, officer: SignedIn, what: str, words: str = "") -> Case:
        """Keep it changed, with its line of history."""
        unit.cases.keep(case)
        after = replace(case, version=case.version + 1)
        self.enter(unit, after, officer, what, words)
        return after

    async def again(self, work: Callable[[UnitOfWork], Result]) -> Result:
        """Do it; where somebody changed the same at the same moment, look again: then it is refused or done."""
        for _ in range(AGAIN):
            try:
                return await self.store.transact(work)
            except ChangedMeanwhile:
                continue
        return await self.store.transact(work)

    def _may_see(self, account: Officer, service: str) -> bool:
        sees = account.disabled_at is None and Right.SEE in rights_of(account.roles)
        return sees and scope_of(account.roles, account.services, self.policy.need_to_know).sees(service)

    def _file(self, unit: UnitOfWork, reference: str, officer: SignedIn) -> CaseFile | None:
        case = unit.cases.get(reference)
        if case is None or not officer.scope.sees(case.service):
            return None
        return CaseFile(
            case,
            unit.desk.first_contact(case.conversation),
            unit.work.history(reference),
            unit.work.tasks_of_case(reference),
            unit.work.letters_of_case(reference),
            names(unit),
            away(unit, self.today()),
            case_letters.why_not(unit, case),
            case_letters.why_by_post(unit, case),
            *own_words(unit, case.conversation, officer.scope),
        )


class NoSuchCase(SendersMove):
    """There is no such case, letter or task that they may see."""


def away(unit: UnitOfWork, today: date) -> Mapping[str, Absence]:
    """Officers who are away on this day; of several absences the one that lasts longest."""
    now = [one for one in unit.sign_ins.absences(today) if one.first <= today]
    return {one.officer: one for one in sorted(now, key=lambda one: one.last)}


def checked(text: str, what: str) -> str:
    """The words without spaces around them. Raises SendersMove where there are none, or too many."""
    words = text.strip()
    if not words:
        raise SendersMove(f"Write {what}.")
    if len(words) > MOST_WORDS:
        raise SendersMove(f"Write {MOST_WORDS:,} characters or fewer. You wrote {len(words):,}.")
    return words


def draw() -> str:
    """An id that nobody can guess."""
    return secrets.token_hex(16)


def _is_named(account: Officer, words: str) -> bool:
    """Is "@" and their name, or what they are called, in these words?"""
    folded = " ".join(words.casefold().split())
    names = {account.name.casefold(), account.called.casefold()}
    return account.disabled_at is None and any(_at(folded, f"@{name}") for name in names if name)


def _at(text: str, name: str) -> bool:
    """Does the name stand there whole? "@bo" is not in "@bob"."""
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        if end == len(text) or not text[end].isalnum():
            return True
        start = text.find(name, end)
    return False


def _in_words(unit: UnitOfWork, entry: Entry) -> str:
    between = " " if entry.words.startswith(("to ", "for ")) else ": "
    return f"{called_by_name(unit, entry.officer)} {entry.what}{between + entry.words if entry.words else ''}"
