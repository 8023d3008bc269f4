"""Signing in and out: by password and second factor, by passkey, by single sign-on. Open to who is not signed in."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from channels.console.browsers import browser_of
from channels.console.entrance import VERSION, WITH_SCRIPT, Entrance, files
from channels.console.guard import BACK, CARRIED, KEPT_FORM, SESSION, officer, set_cookie
from channels.rendering import Pages, typed
from intake.accounts import HALF_WAY_FOR, REMEMBERED_FOR, SIGNED_IN_FOR, Accounts
from intake.errors import NotProved, ProviderDown, SendersMove
from intake.kept_forms import KeptForms
from intake.officers import How
from intake.passkeys import Passkeys
from intake.second_factor import Refused, SecondFactors
from intake.single_sign_on import BACK_WITHIN, SingleSignOn

BEFORE_SIGN_IN = "rightdoor_sign_in"
"""The cookie that a sign-in form must repeat, so that no other site can send one."""

HALF_WAY_IN = "rightdoor_half_way"
"""The cookie of who has given the right password, and must give the second factor."""

ROUND_TRIP = "rightdoor_round_trip"
"""The cookie of who was sent to the provider of single sign-on. Lax: they come back from another site."""

_WRONG = "The name or the password is wrong, or this name is locked for 15 minutes after 5 wrong tries"
_STALE = "This page was open for too long. Enter your name and password again"
_WRONG_CODE = "This code is wrong or was used already, or your name is locked for 15 minutes after 5 wrong tries"
_DOWN = "The council’s sign-in does not answer just now. Try again, or sign in another way"
_HALF_WAY_GONE = "Begin again with your name and password"


@dataclass(frozen=True)
class SignInRoom:
    """Its pages. ``places`` are the addresses that the session's cookie is sent to."""

    accounts: Accounts
    pages: Pages
    places: Sequence[str]
    entrance: Entrance

    @property
    def passkeys(self) -> Passkeys | None:
        """How passkeys are checked, where this console has them."""
        checks = self.entrance.passkey_checks
        return Passkeys(self.accounts, checks) if checks else None

    @property
    def factors(self) -> SecondFactors:
        """Who asks for the second factor."""
        return SecondFactors(self.accounts)

    def routes(self) -> list[Route]:
        """Open to everybody."""
        return [
            Route("/sign-in", self.form),
            Route("/sign-in", self.sign_in, methods=["POST"]),
            Route("/sign-in/code", self.code_form),
            Route("/sign-in/code", self.code, methods=["POST"]),
            Route("/sign-in/passkey/question", self.ask_for_passkey, methods=["POST"]),
            Route("/sign-in/passkey", self.passkey, methods=["POST"]),
            Route("/sign-in/single-sign-on", self.leave),
            Route("/sign-in/single-sign-on/return", self.come_back),
            Route("/sign-in/signed-out", self.signed_out),
            *files(),
        ]

    async def form(self, request: Request) -> Response:
        """Asks for name and password."""
        if await self.accounts.officer_of(request.cookies.get(SESSION, "")) is not None:
            return RedirectResponse("/first", 303)
        return self._form(request)

    async def sign_in(self, request: Request) -> Response:
        """Begins a session of 12 hours, or asks for the second factor."""
        form = await request.form()
        if not _is_own(request, typed(form, CARRIED)):
            return self._form(request, typed(form, "name"), _STALE)
        password = form.get("password", "")
        known = password if isinstance(password, str) else ""
        admitted = await self.accounts.sign_in(typed(form, "name"), known, browser_of(request))
        if admitted is None:
            return self._form(request, typed(form, "name"), _WRONG)
        if not admitted.half_way:
            return await self.begin(request, admitted.token)
        response = RedirectResponse("/sign-in/code", 303)
        set_cookie(request, response, HALF_WAY_IN, admitted.token, int(HALF_WAY_FOR.total_seconds()), "/sign-in")
        return response

    async def code_form(self, request: Request) -> Response:
        """Asks for the second factor."""
        return await self._code_form(request)

    async def code(self, request: Request) -> Response:
        """Begins a session where the code is right."""
        form = await request.form()
        if not _is_own(request, typed(form, CARRIED)):
            return self._form(request, "", _STALE)
        half_way = request.cookies.get(HALF_WAY_IN, "")
        entered = await self.factors.enter(half_way, typed(form, "one_time_code"), browser_of(request))
        if isinstance(entered, str):
            return await self.begin(request, entered)
        if entered is Refused.TOO_LATE:
            return self._form(request, "", _HALF_WAY_GONE)
        return await self._code_form(request, _WRONG_CODE)

    async def ask_for_passkey(self, request: Request) -> Response:
        """The question that the page's script puts to the browser."""
        if self.passkeys is None or not _is_own(request, request.headers.get("X-Form-Token", "")):
            raise HTTPException(403)
        try:
            question = await self.passkeys.ask_to_sign_in()
        except SendersMove as error:
            return JSONResponse({"problem": str(error)}, 429)
        return JSONResponse({"ticket": question.token, "options": question.words})

    async def passkey(self, request: Request) -> Response:
        """Begins a session for a passkey's officer."""
        form = await request.form()
        if self.passkeys is None or not _is_own(request, typed(form, CARRIED)):
            return self._form(request, "", _STALE)
        half_way, ticket, answer = request.cookies.get(HALF_WAY_IN, ""), typed(form, "ticket"), typed(form, "answer")
        try:
            token = await self.passkeys.sign_in(ticket, answer, browser_of(request), half_way)
        except NotProved as error:
            return self._form(request, "", str(error))
        return await self.begin(request, token)

    async def leave(self, request: Request) -> Response:
        """To the provider of single sign-on."""
        single = self._single()
        try:
            token, where = await single.begin()
        except (ProviderDown, NotProved) as error:
            return self._form(request, "", _DOWN if isinstance(error, ProviderDown) else str(error))
        response = RedirectResponse(where, 303)
        seconds, secure = int(BACK_WITHIN.total_seconds()), request.url.scheme == "https"
        place = "/sign-in/single-sign-on"
        response.set_cookie(
            ROUND_TRIP, token, max_age=seconds, path=place, secure=secure, httponly=True, samesite="lax"
        )
        return response

    async def come_back(self, request: Request) -> Response:
        """From the provider. The next page must be asked for by a page of ours, or its cookie does not come along."""
        query, token = request.query_params, request.cookies.get(ROUND_TRIP, "")
        try:
            session = await self._single().finish(
                token, query.get("state", ""), query.get("code", ""), browser_of(request)
            )
        except (ProviderDown, NotProved) as error:
            response = self._form(request, "", _DOWN if isinstance(error, ProviderDown) else str(error))
        else:
            where = await self._where_to(request, session)
            response = self.pages.show("sign_in_bounce.html", where=where)
            self._hand_out(request, response, session)
        response.delete_cookie(ROUND_TRIP, "/sign-in/single-sign-on")
        return response

    async def signed_out(self, request: Request) -> Response:
        """For who came by single sign-on: they are still signed in there."""
        single = self.entrance.single_sign_on
        return self.pages.show("sign_in_out.html", there=await single.provider.way_out() if single else "")

    async def begin(self, request: Request, token: str) -> Response:
        """To where they wanted to go, with the session's cookie."""
        response = RedirectResponse(await self._where_to(request, token), 303)
        self._hand_out(request, response, token)
        return response

    async def sign_out(self, request: Request) -> Response:
        """Ends the session, here and in the store."""
        await self.accounts.sign_out(request.cookies.get(SESSION, ""))
        by_provider = officer(request).sign_in.how is How.SINGLE_SIGN_ON
        response = RedirectResponse("/sign-in/signed-out" if by_provider else "/sign-in", 303)
        for place in self.places:
            response.delete_cookie(SESSION, place)
        return response

    def _single(self) -> SingleSignOn:
        if self.entrance.single_sign_on is None:
            raise HTTPException(404)
        return self.entrance.single_sign_on

    async def _where_to(self, request: Request, token: str) -> str:
        """What they had typed comes first; then the page that they had asked for."""
        if await KeptForms(self.accounts).of_session(token):
            return KEPT_FORM
        back = request.cookies.get(BACK, "")
        return back if _is_a_page_of(back, self.places) else "/first"

    def _hand_out(self, request: Request, response: Response, token: str) -> None:
        """The cookie outlives the session, so that it still says whose a form was that came too late."""
        seconds = int((SIGNED_IN_FOR + REMEMBERED_FOR).total_seconds())
        for place in self.places:
            set_cookie(request, response, SESSION, token, seconds, place)
        for done in (BEFORE_SIGN_IN, HALF_WAY_IN, BACK):
            response.delete_cookie(done, "/sign-in")

    def _form(self, request: Request, name: str = "", mistake: str = "") -> Response:
        words = {"fields": {"name": name, "password": ""}, "mistakes": {"name": mistake} if mistake else {}}
        return self._show(request, "sign_in.html", 422 if mistake else 200, **words)

    async def _code_form(self, request: Request, mistake: str = "") -> Response:
        known = await self.factors.holder(request.cookies.get(HALF_WAY_IN, ""))
        if known is None:
            return self._form(request, "", _HALF_WAY_GONE)
        half, has_passkey = known
        return self._show(
            request,
            "sign_in_code.html",
            422 if mistake else 200,
            fields={"one_time_code": ""},
            mistakes={"one_time_code": mistake} if mistake else {},
            has_app=bool(half.totp),
            has_passkey=has_passkey and self.passkeys is not None,
        )

    def _show(self, request: Request, template: str, status: int, **words: object) -> Response:
        token = request.cookies.get(BEFORE_SIGN_IN) or secrets.token_urlsafe(24)
        entrance = {
            "origin": self.entrance.origin if self.passkeys else "",
            "single_sign_on": self.entrance.single_sign_on is not None,
            "kept": request.cookies.get(BACK) == KEPT_FORM,
            "version": VERSION,
        }
        response = self.pages.show(template, status, form_token=token, **entrance, **words)
        response.headers.update(WITH_SCRIPT)
        set_cookie(request, response, BEFORE_SIGN_IN, token, 3600, "/sign-in")
        return response


def _is_own(request: Request, given: str) -> bool:
    """Does the form repeat its cookie?"""
    expected = request.cookies.get(BEFORE_SIGN_IN, "")
    return bool(expected) and hmac.compare_digest(given.encode(), expected.encode())


def _is_a_page_of(back: str, places: Sequence[str]) -> bool:
    """An address of the console's officers, and nothing that a browser could take for another site's."""
    plain = back.isascii() and back.isprintable() and "\\" not in back and back.startswith("/")
    if not plain or back.startswith("//"):
        return False
    return f"/{urlsplit(back).path.split('/')[1]}" in places and not back.startswith(("/sign-in", "/sign-out"))
