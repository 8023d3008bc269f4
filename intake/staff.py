"""The staff: who administers officers, their roles, services and teams, and when they are away."""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from intake.accounts import Accounts, folded, with_administrators
from intake.errors import SendersMove
from intake.officers import Absence, Deed, Officer, SignedIn
from intake.ports import UnitOfWork
from intake.rights import EVERYTHING, Role

DEEDS = 50
"""Deeds of one page."""

LONGEST_ABSENCE = timedelta(days=400)


@dataclass(frozen=True)
class Place:
    """What an officer is given: what they are, and which services and teams are theirs."""

    shown: str = ""
    email: str = ""
    roles: tuple[Role, ...] = ()
    services: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()


class WrongPlace(SendersMove):
    """A part of it can't be given. ``part`` is the name of that part in Place."""

    def __init__(self, part: str, words: str) -> None:
        super().__init__(words)
        self.part = part


@dataclass(frozen=True)
class Factors:
    """What an officer signs in with besides a password."""

    authenticator: bool
    passkeys: int
    single_sign_on: bool


@dataclass(frozen=True)
class DeedsWanted:
    """Which deeds: by whom, to what, of what kind, on which day in the council's time."""

    officer: str = ""
    about: str = ""
    what: str = ""
    day: date | None = None


Officers = Callable[[str, str], Awaitable[None]]
"""Something that an administrator does with an officer: by whom, and to whom."""


@dataclass
class Staff:
    """What administrators do. ``by`` is who does it; each deed is noted."""

    accounts: Accounts

    async def all(self) -> Sequence[Officer]:
        """Every officer, by name."""
        return await self.accounts.store.read(lambda unit: unit.officers.all())

    async def one(self, name: str) -> tuple[Officer, Factors, Sequence[Absence]] | None:
        """An officer, what they sign in with, and their absences from today on."""
        today = self.today()

        def found(unit: UnitOfWork) -> tuple[Officer, Factors, Sequence[Absence]] | None:
            officer = unit.officers.get(name)
            if officer is None:
                return None
            keys = len(unit.sign_ins.passkeys_of(name))
            return (
                officer,
                Factors(bool(officer.totp), keys, bool(officer.subject)),
                unit.sign_ins.absences(today, name),
            )

        return await self.accounts.store.read(found)

    async def add(self, by: str, name: str, place: Place, password: str = "") -> str:
        """Add an officer. Their first password, told once: they must choose another. Raises SendersMove."""
        self._check(place)
        first = password or secrets.token_urlsafe(12)
        officer = Officer(name, "", self.accounts.clock(), **vars(place), first_password=True)
        await self.accounts.add(replace(officer, shown=place.shown or " ".join(name.split())), first, by)
        return first

    async def change(self, by: str, name: str, place: Place) -> None:
        """Give an officer another place. Their sessions end where it changes what they may do. Raises SendersMove."""
        self._check(place)

        def changed(unit: UnitOfWork, officer: Officer) -> Officer:
            after = replace(officer, **vars(place))
            if _powers(after) != _powers(officer):
                unit.officers.end_sign_ins_of(name, self.accounts.clock())
            return after

        await self._change(by, name, "officer changed", changed, ", ".join(place.roles))

    async def rename(self, name: str, shown: str) -> None:
        """They are called something else from now on, by their own wish."""
        await self._change(name, name, "changed their name", lambda unit, officer: replace(officer, shown=shown))

    async def disable(self, by: str, name: str) -> None:
        """They may not sign in any more, and are signed out. Raises SendersMove."""
        now = self.accounts.clock()

        def disabled(unit: UnitOfWork, officer: Officer) -> Officer:
            unit.officers.end_sign_ins_of(name, now)
            return replace(officer, disabled_at=officer.disabled_at or now)

        await self._change(by, name, "officer disabled", disabled)

    async def enable(self, by: str, name: str) -> None:
        """They may sign in again."""
        await self._change(by, name, "officer enabled", lambda unit, officer: replace(officer, disabled_at=None))

    async def unlock(self, by: str, name: str) -> None:
        """Too many tries are forgotten."""
        await self._change(
            by, name, "officer unlocked", lambda unit, officer: replace(officer, failures=0, locked_until=None)
        )

    async def new_first_password(self, by: str, name: str) -> str:
        """A password for who has forgotten theirs, told once. They are signed out. Raises SendersMove."""
        first, now = secrets.token_urlsafe(12), self.accounts.clock()
        hashed = await self.accounts.hashed(first, name)

        def given(unit: UnitOfWork, officer: Officer) -> Officer:
            unit.officers.end_sign_ins_of(name, now)
            return replace(officer, password_hash=hashed, first_password=True, failures=0, locked_until=None)

        await self._change(by, name, "first password given", given)
        return first

    async def reset_second_factor(self, by: str, name: str) -> None:
        """They have lost their authenticator and passkeys: all are forgotten, and they are signed out."""
        now = self.accounts.clock()

        def reset(unit: UnitOfWork, officer: Officer) -> Officer:
            unit.sign_ins.drop_passkeys(name)
            unit.sign_ins.keep_recovery_codes(name, ())
            unit.officers.end_sign_ins_of(name, now)
            return replace(officer, totp="", totp_step=0)

        await self._change(by, name, "second factor reset", reset)

    def today(self) -> date:
        """The day it is at the council."""
        return self.accounts.clock().astimezone(self.accounts.policy.calendar.zone).date()

    async def away(self) -> Mapping[str, Absence]:
        """Who is away today, by officer; of several absences the one that lasts longest."""
        today = self.today()
        absences = await self.accounts.store.read(lambda unit: unit.sign_ins.absences(today))
        now = [absence for absence in absences if absence.first <= today]
        return {absence.officer: absence for absence in sorted(now, key=lambda absence: absence.last)}

    async def add_absence(self, by: str, absence: Absence) -> None:
        """Somebody will be away. Raises SendersMove."""
        if absence.last < absence.first or absence.last < self.today():
            raise SendersMove("The last day must not be before the first one, nor gone by")
        if absence.last - absence.first > LONGEST_ABSENCE:
            raise SendersMove("An absence is at most 400 days. For longer, disable the account")
        if absence.cover == absence.officer:
            raise SendersMove("Somebody else must see to their work")
        note = f"{absence.first:%Y-%m-%d} to {absence.last:%Y-%m-%d}"

        def kept(unit: UnitOfWork, officer: Officer) -> Officer:
            if absence.cover and not _works(unit.officers.get(absence.cover)):
                raise SendersMove("There is nobody of that name who could see to their work")
            unit.sign_ins.keep_absence(replace(absence, id=secrets.token_hex(8)))
            return officer

        await self._change(by, absence.officer, "absence added", kept, note)

    async def end_absence(self, by: str, name: str, absence: str) -> None:
        """They are back, or don't go."""

        def ended(unit: UnitOfWork, officer: Officer) -> Officer:
            unit.sign_ins.drop_absence(name, absence)
            return officer

        await self._change(by, name, "absence removed", ended)

    async def deeds(self, wanted: DeedsWanted, page: int) -> tuple[Sequence[Deed], bool]:
        """A page of what was done, the newest first, and whether there is more."""
        within, start = self._day(wanted.day), DEEDS * (page - 1)
        found = await self.accounts.store.read(
            lambda unit: unit.officers.deeds(
                wanted.about, folded(wanted.officer), start, DEEDS + 1, wanted.what, within
            )
        )
        return found[:DEEDS], len(found) > DEEDS

    def _day(self, day: date | None) -> tuple[datetime, datetime] | None:
        if day is None:
            return None
        zone = self.accounts.policy.calendar.zone
        try:
            return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)
        except OverflowError:
            return None

    async def _change(
        self, by: str, name: str, what: str, change: Callable[[UnitOfWork, Officer], Officer], note: str = ""
    ) -> None:
        now = self.accounts.clock()

        def changed(unit: UnitOfWork) -> None:
            officer = with_administrators(unit, name)
            if officer is None:
                raise SendersMove("There is no such officer")
            after = change(unit, officer)
            unit.officers.keep(after)
            if officer.administers and not any(one.administers for one in unit.officers.all()):
                raise SendersMove(
                    "Somebody must be able to administer officers. Make somebody else an administrator first"
                )
            unit.officers.note(Deed(now, by, what, name, note))

        await self.accounts.store.transact(changed)

    def _check(self, place: Place) -> None:
        policy = self.accounts.policy
        if not place.roles:
            raise WrongPlace("roles", "An officer must have a role")
        _check_known("services", "service", place.services, (*policy.services, EVERYTHING))
        _check_known("teams", "team", place.teams, tuple(policy.teams))
        if place.email and ("@" not in place.email or not place.email.isprintable() or len(place.email) > 254):
            raise WrongPlace("email", "An email address is like name@example.gov.uk")


def _check_known(part: str, what: str, given: tuple[str, ...], there: tuple[str, ...]) -> None:
    if unknown := [key for key in given if key not in there]:
        known = ", ".join(sorted(key for key in there if key != EVERYTHING))
        raise WrongPlace(part, f"There is no {what} called {', '.join(unknown)} in the policy pack. There are {known}")


def give_up_nothing(who: SignedIn, name: str, place: Place) -> None:
    """Nobody takes their own right to administer away by mistake. Raises SendersMove."""
    if who.name == name and Role.ADMINISTRATOR in who.account.roles and Role.ADMINISTRATOR not in place.roles:
        raise SendersMove("You can't take away your own role of administrator. Another administrator can")


def _powers(officer: Officer) -> object:
    return frozenset(officer.roles), frozenset(officer.services)


def _works(officer: Officer | None) -> bool:
    return officer is not None and officer.disabled_at is None
