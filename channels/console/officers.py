"""The administration of officers: who there is, as what, who is away; and the list of who did what."""

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import quote

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from channels.console.entrance import VERSION
from channels.console.guard import Door, officer
from channels.console.shown import Shown, page_number
from channels.rendering import typed
from intake.accounts import is_locked
from intake.errors import SendersMove
from intake.officers import Absence, Deed, Officer, SignedIn
from intake.reference import read
from intake.rights import EVERY_SERVICE, EVERYTHING, RIGHTS, Right, Role
from intake.staff import DeedsWanted, Officers, Place, Staff, WrongPlace, give_up_nothing

_LIST = "/administration/officers"
_ONE = f"{_LIST}/{{officer}}"

ROLES: Mapping[Role, str] = {
    Role.AGENT: "Talks with residents, decides what a contact is, enters calls and letters",
    Role.COMPLAINTS_OFFICER: "What an agent does, and works on cases",
    Role.SERVICE_OFFICER: "Works on the cases of their own services, and sees no others",
    Role.MANAGER: "What a complaints officer does, gives work to others, reviews incidents, sees who did what",
    Role.ADMINISTRATOR: "Changes officers and policy packs, sees who did what, and sees no resident’s words",
    Role.AUDITOR: "Reads everything that residents and officers wrote, the settings and who did what; changes nothing",
}
"""What each role is for, in an administrator's words."""


@dataclass(frozen=True)
class OfficersRoom:
    """Its pages."""

    staff: Staff
    shown: Shown

    def doors(self) -> Sequence[Door]:
        """Officers are for administrators and for auditors to read, deeds for who may audit."""
        posts = {
            _LIST: self.add,
            f"{_ONE}/place": self.change,
            f"{_ONE}/disable": self.disable,
            f"{_ONE}/enable": self.enable,
            f"{_ONE}/unlock": self.unlock,
            f"{_ONE}/second-factor": self.reset_second_factor,
            f"{_ONE}/first-password": self.first_password,
            f"{_ONE}/absences": self.add_absence,
            f"{_ONE}/absences/end": self.end_absence,
        }
        return (
            Door(_LIST, Right.SEE_ADMINISTRATION, self.officers),
            Door(_ONE, Right.SEE_ADMINISTRATION, self.officer),
            *(Door(path, Right.ADMINISTER, page, "POST") for path, page in posts.items()),
            Door("/administration/deeds", Right.AUDIT, self.deeds),
        )

    async def officers(self, request: Request) -> Response:
        """Everybody, and a form for one more."""
        return await self._officers(request)

    async def add(self, request: Request) -> Response:
        """One more, with a first password that is shown once."""
        form = await request.form()
        place, name = _place(form), typed(form, "name")
        try:
            password = await self.staff.add(officer(request).name, name, place)
        except SendersMove as error:
            return await self._officers(request, {_part(error, "name"): str(error)}, name, place)
        return self._password(request, " ".join(name.split()).casefold(), password)

    async def officer(self, request: Request) -> Response:
        """One officer."""
        return await self._officer(request)

    async def change(self, request: Request) -> Response:
        """Another place for them."""
        who, name, place = officer(request), request.path_params["officer"], _place(await request.form())
        try:
            give_up_nothing(who, name, place)
            await self.staff.change(who.name, name, place)
        except SendersMove as error:
            return await self._officer(request, {_part(error, "roles"): str(error)}, place)
        return self._back(request, "changed")

    async def disable(self, request: Request) -> Response:
        """They may not sign in any more."""
        who, name = officer(request), request.path_params["officer"]
        try:
            if who.name == name:
                raise SendersMove("You can’t disable your own account. Another administrator can")
            await self.staff.disable(who.name, name)
        except SendersMove as error:
            return await self._officer(request, {"account": str(error)})
        return self._back(request, "disabled")

    async def enable(self, request: Request) -> Response:
        """They may sign in again."""
        return await self._done(request, self.staff.enable, "enabled")

    async def unlock(self, request: Request) -> Response:
        """They may try again at once."""
        return await self._done(request, self.staff.unlock, "unlocked")

    async def reset_second_factor(self, request: Request) -> Response:
        """They have lost what they signed in with."""
        return await self._done(request, self.staff.reset_second_factor, "reset")

    async def first_password(self, request: Request) -> Response:
        """A new first password, shown once."""
        name = request.path_params["officer"]
        try:
            password = await self.staff.new_first_password(officer(request).name, name)
        except SendersMove as error:
            return await self._officer(request, {"account": str(error)})
        return self._password(request, name, password)

    async def add_absence(self, request: Request) -> Response:
        """They will be away."""
        form, name = await request.form(), request.path_params["officer"]
        first, last = _day(typed(form, "first")), _day(typed(form, "last"))
        try:
            if first is None or last is None:
                raise SendersMove("Enter the first and the last day, such as 2026-12-14")
            absence = Absence("", name, first, last, typed(form, "cover"))
            await self.staff.add_absence(officer(request).name, absence)
        except SendersMove as error:
            given = {key: typed(form, key) for key in ("first", "last", "cover")}
            return await self._officer(request, {"first": str(error)}, given=given)
        return self._back(request, "away")

    async def end_absence(self, request: Request) -> Response:
        """They are back."""
        absence = typed(await request.form(), "absence")
        try:
            await self.staff.end_absence(officer(request).name, request.path_params["officer"], absence)
        except SendersMove:
            raise HTTPException(404) from None
        return self._back(request, "back")

    async def deeds(self, request: Request) -> Response:
        """Who did what, newest first."""
        query, number = request.query_params, page_number(request.query_params)
        day = query.get("day", "")
        filters = {key: query.get(key, "").strip()[:80] for key in ("officer", "about", "what")}
        found, more = await self.staff.deeds(DeedsWanted(**filters, day=_day(day)), number)
        everybody = await self.staff.all()
        names = {one.name for one in everybody}
        mistakes = {"day": "Enter a day such as 2026-12-14"} if day and _day(day) is None else {}
        return self.shown.page(
            request,
            "deeds.html",
            422 if mistakes else 200,
            deeds=[replace(deed, note=self._note(deed)) for deed in found],
            number=number,
            more=more,
            filters=filters | {"day": day[:20]},
            mistakes=mistakes,
            officers=[one.name for one in everybody],
            called=_called(everybody),
            there={one.about: path for one in found if (path := self._there(one, officer(request), names))},
            version=VERSION,
        )

    def _there(self, deed: Deed, who: SignedIn, officers: Container[str]) -> str:
        """Where one sees what it was done to; empty where who reads may not, or might not, see it."""
        if deed.about in officers:
            return f"{_LIST}/{quote(deed.about, safe='')}" if who.may(Right.SEE_ADMINISTRATION) else ""
        if not who.may(Right.SEE) or who.scope != EVERY_SERVICE:
            return ""
        if deed.about and read(deed.about, self.shown.policy.council.prefix) == deed.about:
            return f"/cases/{deed.about}"
        return f"{_THERE[deed.what]}/{quote(deed.about, safe='')}" if deed.what in _THERE and deed.about else ""

    def _note(self, deed: Deed) -> str:
        """Its note, with the pack's names for keys. Keys of one plain word are words too, but where only keys stand."""
        policy = self.shown.policy
        names = {key: service.name for key, service in policy.services.items()}
        names |= {key: team.name for key, team in policy.teams.items()} | self.shown.routes()
        names |= {role.value: role.replace("_", " ") for role in Role} | {"none": "no service"}
        of_keys = deed.what in _NOTED_BY_KEY
        known = {key: name for key, name in names.items() if of_keys or "_" in key}
        return _KEY.sub(lambda found: known.get(found[0], found[0]), deed.note)

    async def _done(self, request: Request, do: Officers, done: str) -> Response:
        try:
            await do(officer(request).name, request.path_params["officer"])
        except SendersMove:
            raise HTTPException(404) from None
        return self._back(request, done)

    def _back(self, request: Request, done: str) -> Response:
        return RedirectResponse(f"{_LIST}/{quote(request.path_params['officer'], safe='')}?done={done}", 303)

    async def _officers(
        self, request: Request, mistakes: Mapping[str, str] | None = None, name: str = "", place: Place | None = None
    ) -> Response:
        everybody, away = await self.staff.all(), await self.staff.away()
        return self.shown.page(
            request,
            "officers.html",
            422 if mistakes else 200,
            everybody=everybody,
            called=_called(everybody),
            away=away,
            mistakes=mistakes or {},
            **self._choices(name, place or Place()),
        )

    async def _officer(
        self,
        request: Request,
        mistakes: Mapping[str, str] | None = None,
        place: Place | None = None,
        given: Mapping[str, str] | None = None,
    ) -> Response:
        name = request.path_params["officer"]
        known, everybody = await self.staff.one(name), await self.staff.all()
        if known is None:
            raise HTTPException(404)
        one, factors, absences = known
        now = Place(one.shown, one.email, one.roles, one.services, one.teams)
        return self.shown.page(
            request,
            "officer.html",
            422 if mistakes else 200,
            one=one,
            factors=factors,
            absences=absences,
            locked=is_locked(one, self.shown.clock()),
            called=_called(everybody),
            others=[other for other in everybody if other.name != name and other.disabled_at is None],
            here=f"{_LIST}/{quote(name, safe='')}",
            done=request.query_params.get("done", ""),
            given=given or {"first": "", "last": "", "cover": ""},
            mistakes=mistakes or {},
            **self._choices(name, place or now),
        )

    def _choices(self, name: str, place: Place) -> dict[str, object]:
        """What the form for an officer's place needs."""
        policy = self.shown.policy
        services = {key: service.name for key, service in policy.services.items()}
        return {
            "place": place,
            "fields": {"name": name, "shown": place.shown, "email": place.email},
            "roles": {role: (role.replace("_", " ").capitalize(), ROLES[role]) for role in RIGHTS},
            "services": dict(sorted(services.items(), key=lambda item: item[1].casefold())),
            "need_to_know": policy.need_to_know,
            "teams": {key: team.name for key, team in policy.teams.items()},
            "everything": EVERYTHING,
            "version": VERSION,
        }

    def _password(self, request: Request, name: str, password: str) -> Response:
        """Kept nowhere else: Cache-Control says no-store."""
        here = f"{_LIST}/{quote(name, safe='')}"
        return self.shown.page(
            request, "officer_password.html", name=name, password=password, here=here, version=VERSION
        )


def _called(everybody: Sequence[Officer]) -> Callable[[str], str]:
    """How a template names an officer to colleagues."""
    names = {one.name: one.called for one in everybody}
    return lambda name: names.get(name, name)


def _part(error: SendersMove, otherwise: str) -> str:
    return error.part if isinstance(error, WrongPlace) else otherwise


def _place(form: FormData) -> Place:
    """What was ticked. Unknown roles are none."""
    ticked = {key: tuple(value for value in form.getlist(key) if isinstance(value, str)) for key in _TICKED}
    roles = tuple(role for role in Role if role in ticked["roles"])
    services = (EVERYTHING,) if EVERYTHING in ticked["services"] else ticked["services"]
    shown = " ".join(typed(form, "shown").split())[:80]
    return Place(shown, typed(form, "email"), roles, services, ticked["teams"])


_THERE = {
    **dict.fromkeys(("corrected", "agreed to", "proposed as an example", "tried again", "made by hand"), "/contacts"),
    **dict.fromkeys(("took over", "handed over", "gave back to the assistant", "closed", "called"), "/live"),
    **dict.fromkeys(("letter posted", "letter left unposted"), "/live"),
}
"""Where one sees what such a deed was done to."""

_NOTED_BY_KEY = ("corrected", "agreed to")
_KEY = re.compile(r"[a-z][a-z_]*")
_TICKED = ("roles", "services", "teams")


def _day(typed_day: str) -> date | None:
    try:
        return date.fromisoformat(typed_day)
    except ValueError:
        return None
