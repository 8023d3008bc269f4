"""The doors of the console: each page with the right that it asks for, and who is let in."""

import hmac
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from channels.rendering import Pages, allow_body, typed
from intake.accounts import Accounts
from intake.kept_forms import KeptForms
from intake.officers import SignedIn
from intake.rights import Right

SESSION = "rightdoor_session"
"""The cookie of a signed-in officer."""

BACK = "rightdoor_back"
"""The cookie that says where to go after signing in. Sent to the sign-in alone."""

KEPT_FORM = "/kept-form"
"""Where a form that came too late is handed back."""

KEPT_FIELD = "kept_form"
"""The field that names a kept form when it is sent now."""

CARRIED = "form_token"
"""The field that every form carries, and the header (X-Form-Token) that a script sends instead."""

LONGEST_BACK = 500

_ALWAYS = ("/account", "/sign-out")
"""Where officers may go who must first do something about their sign-in."""

_NOT_KEPT = frozenset({CARRIED, KEPT_FIELD, "password", "new_password", "one_time_code"})
"""Fields that are not kept when a session has ended: secrets, and what counts for that session alone."""

Page = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Door:
    """A page: its address, what it asks for, and what answers. A POST must carry its session's form token.

    ``by_itself``: a script asks without anybody doing anything, so that it keeps no session from ending as idle.
    ``octets`` is the most that its body may have, where that is more than others' (0: as others'). ``json``: its body
    is JSON, which only a script of ours sends.
    """

    path: str
    right: Right
    page: Page
    method: str = "GET"
    by_itself: bool = False
    octets: int = 0
    json: bool = False


def routes(doors: Sequence[Door], accounts: Accounts, pages: Pages) -> list[Route]:
    """The doors as routes that let in only who may come in."""
    guard = _Guard(accounts, pages, KeptForms(accounts))
    return [Route(door.path, guard.before(door), methods=[door.method]) for door in doors]


def places(doors: Sequence[Door]) -> tuple[str, ...]:
    """Where browsers send the session's cookie (RFC 6265 section 5.1.4): every page, but never residents' files."""
    return tuple(dict.fromkeys(f"/{door.path.split('/')[1]}" for door in doors))


def officer(request: Request) -> SignedIn:
    """Who asks."""
    signed_in: SignedIn = request.state.officer
    return signed_in


def set_cookie(request: Request, response: Response, name: str, value: str, seconds: int, path: str) -> None:
    """A cookie that no script and no other site gets hold of."""
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, max_age=seconds, path=path, secure=secure, httponly=True, samesite="strict")


@dataclass(frozen=True)
class _Guard:
    accounts: Accounts
    pages: Pages
    kept: KeptForms

    def before(self, door: Door) -> Page:
        """The page, for officers with its right alone; whoever isn't signed in is sent to do so."""

        async def guarded(request: Request) -> Response:
            who = await self.accounts.officer_of(request.cookies.get(SESSION, ""), doing=not door.by_itself)
            if who is None:
                return await self._sign_in_first(request)
            if door.octets and who.may(door.right):
                allow_body(request, door.octets)
            if request.method not in ("GET", "HEAD") and not await _is_ours(request, who.form_token):
                return await self._hand_back(request)
            if who.owed and not door.path.startswith(_ALWAYS):
                return RedirectResponse(f"/account/{who.owed}", 303)
            if not who.may(door.right):
                return self._may_not(who, door.right)
            if door.json and not _is_json(request):
                return JSONResponse({"problem": "This address takes JSON (application/json) alone."}, 415)
            request.state.officer = who
            response = await door.page(request)
            if request.method == "POST" and response.status_code < 400:
                await self._forget(request, who)
            return response

        return guarded

    async def _forget(self, request: Request, who: SignedIn) -> None:
        """A kept form that was sent now need not be kept any more."""
        if "X-Form-Token" not in request.headers and (form := typed(await request.form(), KEPT_FIELD)):
            await self.kept.drop(who, form)

    async def _sign_in_first(self, request: Request) -> Response:
        """Afterwards they are where they wanted to go, and have what they had typed."""
        if _came_by_a_link(request):
            return self.pages.show("through_a_link.html", address=_address_of(request))
        response = RedirectResponse("/sign-in", 303)
        path = _address_of(request)
        if request.method == "POST":
            path = KEPT_FORM if await self._keep(request) else ""
        plain = path.isascii() and path.isprintable() and 0 < len(path) <= LONGEST_BACK
        if plain and request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate":
            set_cookie(request, response, BACK, path, 3600, "/sign-in")
        return response

    async def _hand_back(self, request: Request) -> Response:
        """Its token isn't this session's. Is it of an earlier one, from before they signed in again?"""
        if request.method == "POST" and await self._keep(request):
            return RedirectResponse(KEPT_FORM, 303)
        raise HTTPException(403)

    async def _keep(self, request: Request) -> bool:
        """Scripts keep what was typed by themselves."""
        if "X-Form-Token" in request.headers:
            return False
        form = await request.form()
        fields = [(name, typed_of(value)) for name, value in form.multi_items() if name not in _NOT_KEPT]
        return await self.kept.keep(typed(form, CARRIED), request.url.path, [pair for pair in fields if pair[1]])

    def _may_not(self, who: SignedIn, right: Right) -> Response:
        advice = f"It is for officers who may {right.value}. Ask an administrator if you need that."
        return self.pages.show("problem.html", 403, heading="Your account may not do this", advice=advice)


def typed_of(value: object) -> str:
    """What was typed; empty for a file, which has to be chosen again."""
    return value if isinstance(value, str) else ""


def _came_by_a_link(request: Request) -> bool:
    """Did they follow a link of another site, such as webmail? Browsers then keep the session's cookie to themselves.

    It is SameSite=Strict (RFC 6265bis section 5.6.7.1): our own page must ask for the address once more.
    """
    told = {name: request.headers.get(f"Sec-Fetch-{name}", "") for name in ("Site", "Mode", "Dest")}
    return request.method == "GET" and told == {"Site": "cross-site", "Mode": "navigate", "Dest": "document"}


def _address_of(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


def _is_json(request: Request) -> bool:
    """Browsers let no other site's page send this media type unasked, and no form sends it."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


async def _is_ours(request: Request, token: str) -> bool:
    """Does it carry the session's token, in its header or in its form? No other site knows it."""
    given = request.headers.get("X-Form-Token") or typed(await request.form(), CARRIED)
    return hmac.compare_digest(given.encode(), token.encode())
