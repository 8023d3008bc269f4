"""The lists of a day's work, each with its count, and the views that officers saved of them."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from intake.case_view import Asking, CaseLetter, CaseLine, CasesWanted, Mention, SavedView, Task
from intake.colleagues import names
from intake.desk_view import Page, paged
from intake.entry_desk import lying
from intake.errors import SendersMove
from intake.officers import Absence, Deed, SignedIn
from intake.policy import Policy
from intake.ports import Clock, Store, UnitOfWork
from intake.work_desk import away

MOST_COUNTED = 1_000
"""Counts stop here: a list that long is read from its top."""

MOST_VIEWS = 30

LISTS: Mapping[str, tuple[str, CasesWanted]] = {
    "mine": ("My cases", CasesWanted(whose="me")),
    "team": ("My team’s", CasesWanted(whose="team")),
    "nobody": ("Unallocated", CasesWanted(whose="nobody")),
    "away": ("With somebody away", CasesWanted(whose="away")),
    "today": ("Due today", CasesWanted(due="today")),
    "overdue": ("Overdue", CasesWanted(due="overdue")),
    "service": ("Waiting for the service", CasesWanted(waits="service")),
    "resident": ("Waiting for the resident", CasesWanted(waits="resident")),
}
"""The lists of cases, which are filters under a name."""


@dataclass(frozen=True)
class CaseList:
    """A page of cases, with who is called what and who is away."""

    page: Page[CaseLine]
    in_all: int
    names: Mapping[str, str]
    away: Mapping[str, Absence]


@dataclass(frozen=True)
class DayLists:
    """Where officers see what there is to do. What is outside somebody's scope is, for them, not there at all."""

    store: Store
    policy: Policy
    clock: Clock

    async def counts(self, officer: SignedIn) -> dict[str, int]:
        """How long each list is, up to MOST_COUNTED."""
        scope, name = officer.scope, officer.name

        def count(unit: UnitOfWork) -> dict[str, int]:
            work, asking = unit.work, self._asking(unit, officer)
            cases = {key: work.count(wanted, asking, scope, MOST_COUNTED) for key, (_, wanted) in LISTS.items()}
            return cases | {
                "drafts": work.count_to_check(scope, MOST_COUNTED),
                "mentions": work.count_mentions(name, scope, MOST_COUNTED),
                "tasks": work.count_tasks(name, scope, MOST_COUNTED),
                "entries": sum(one.forgotten for one in lying(unit, officer, self.policy, self.clock())),
            }

        return await self.store.read(count)

    async def cases(self, wanted: CasesWanted, number: int, officer: SignedIn) -> CaseList:
        """A page of the cases that are asked for: what is due first stands first."""
        scope = officer.scope

        def find(unit: UnitOfWork) -> CaseList:
            asking = self._asking(unit, officer)
            page = paged(number, partial(unit.work.cases, wanted, asking, scope))
            in_all = unit.work.count(wanted, asking, scope, MOST_COUNTED)
            return CaseList(page, in_all, names(unit), away(unit, asking.today))

        return await self.store.read(find)

    async def drafts(self, number: int, officer: SignedIn) -> tuple[Page[CaseLetter], Mapping[str, str]]:
        """Letters that wait for a second officer, oldest first."""
        return await self.store.read(
            lambda unit: (paged(number, partial(unit.work.letters_to_check, officer.scope)), names(unit))
        )

    async def mentions(self, number: int, officer: SignedIn) -> tuple[Page[Mention], Mapping[str, str]]:
        """Where they were named, and have not said that they saw it."""
        return await self.store.read(
            lambda unit: (paged(number, partial(unit.work.mentions_of, officer.name, officer.scope)), names(unit))
        )

    async def tasks(self, number: int, officer: SignedIn) -> tuple[Page[Task], Mapping[str, str]]:
        """What they are to do, by its day."""
        return await self.store.read(
            lambda unit: (paged(number, partial(unit.work.tasks_of, officer.name, officer.scope)), names(unit))
        )

    async def views(self, officer: SignedIn) -> Sequence[SavedView]:
        """Their own and their teams'."""
        teams = officer.account.teams
        return await self.store.read(lambda unit: unit.work.views(officer.name, teams))

    async def save_view(self, officer: SignedIn, name: str, query: str, team: str) -> None:
        """Keep a combination of filters under a name, shared with a team of theirs where one is given."""
        words = " ".join(name.split())
        if not words or len(words) > 60:
            raise SendersMove("Give the view a name of 60 characters or fewer.")
        if team and team not in officer.account.teams:
            raise SendersMove("You can share a view with a team of your own.")
        view = SavedView(secrets.token_hex(16), officer.name, team, words, query)

        def work(unit: UnitOfWork) -> None:
            if sum(one.officer == officer.name for one in unit.work.views(officer.name, ())) >= MOST_VIEWS:
                raise SendersMove(f"You have {MOST_VIEWS} views. Remove one first.")
            unit.work.keep_view(view)
            unit.officers.note(Deed(self.clock(), officer.name, "saved a view", view.id))

        await self.store.transact(work)

    async def drop_view(self, officer: SignedIn, view: str) -> None:
        """Remove a view of their own."""

        def work(unit: UnitOfWork) -> None:
            if unit.work.drop_view(view, officer.name):
                unit.officers.note(Deed(self.clock(), officer.name, "removed a view", view))

        await self.store.transact(work)

    def _asking(self, unit: UnitOfWork, officer: SignedIn) -> Asking:
        now: datetime = self.clock()
        today = self.policy.calendar.local_day(now)
        return Asking(officer.name, officer.account.teams, today, now, tuple(away(unit, today)))
