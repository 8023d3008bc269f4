"""An officer's own account: their name, password, second factor, passkeys, sessions, and a form that came too late."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import segno
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from channels.console.entrance import VERSION, WITH_SCRIPT, Entrance
from channels.console.guard import KEPT_FORM, Door, officer
from channels.console.shown import Shown
from channels.rendering import typed
from intake.accounts import SHORTEST_PASSWORD, Accounts
from intake.errors import SendersMove
from intake.kept_forms import KeptForms
from intake.passkeys import Passkeys
from intake.rights import Right
from intake.second_factor import SecondFactors, SetUp
from intake.staff import Staff

_WRONG = "This is not your password, or your name is locked for 15 minutes after 5 wrong tries"
_WRONG_CODE = "This code is wrong. Enter the six digits that your app shows now"
_SHORT = 40
"""Characters up to which a field without spaces goes with a kept form unseen: it is no text of theirs."""


@dataclass(frozen=True)
class AccountRoom:
    """Its pages."""

    accounts: Accounts
    shown: Shown
    entrance: Entrance

    @property
    def passkeys(self) -> Passkeys | None:
        """How passkeys are registered, where this console has them."""
        checks = self.entrance.passkey_checks
        return Passkeys(self.accounts, checks) if checks else None

    @property
    def factors(self) -> SecondFactors:
        """Their authenticator and recovery codes."""
        return SecondFactors(self.accounts)

    def doors(self) -> Sequence[Door]:
        """Open to every officer, for themselves alone."""
        posts = {
            "/account/name": self.name,
            "/account/password": self.password,
            "/account/authenticator": self.authenticator,
            "/account/authenticator/finish": self.finish,
            "/account/authenticator/remove": self.remove_authenticator,
            "/account/recovery-codes": self.recovery_codes,
            "/account/passkeys/question": self.ask_passkey,
            "/account/passkeys": self.add_passkey,
            "/account/passkeys/rename": self.rename_passkey,
            "/account/passkeys/remove": self.remove_passkey,
            "/account/sessions/end": self.end_session,
            "/kept-form/drop": self.drop_form,
        }
        return (
            Door("/account", Right.SIGNED_IN, self.account),
            Door("/account/password", Right.SIGNED_IN, self.account),
            Door("/account/second-factor", Right.SIGNED_IN, self.account),
            Door(KEPT_FORM, Right.SIGNED_IN, self.kept_form),
            *(Door(path, Right.SIGNED_IN, page, "POST") for path, page in posts.items()),
        )

    async def account(self, request: Request) -> Response:
        """Everything about their account."""
        return await self._account(request)

    async def name(self, request: Request) -> Response:
        """How colleagues see them."""
        shown = " ".join(typed(await request.form(), "shown").split())[:80]
        if not shown:
            return await self._account(request, {"shown": "Enter your name"})
        await Staff(self.accounts).rename(officer(request).name, shown)
        return RedirectResponse("/account", 303)

    async def password(self, request: Request) -> Response:
        """A new password, after the old one."""
        form, who = await request.form(), officer(request)
        if not await self.accounts.proves(who, _secret(form.get("password"))):
            return await self._account(request, {"old": _WRONG})
        new = _secret(form.get("new_password"))
        if new == _secret(form.get("password")):
            return await self._account(request, {"new_password": "Choose another password than the one you have"})
        try:
            await self.accounts.change_password(who, new)
        except SendersMove as error:
            return await self._account(request, {"new_password": str(error)})
        return RedirectResponse("/account?done=password", 303)

    async def authenticator(self, request: Request) -> Response:
        """The secret of a new authenticator, shown once as a square and as text."""
        if not await self._proved(request):
            return await self._account(request, {"authenticator_password": _WRONG})
        return self._set_up(request, await self.factors.begin(officer(request)))

    async def finish(self, request: Request) -> Response:
        """The first code of the new authenticator."""
        form, who = await request.form(), officer(request)
        set_up = await self.factors.again(who, typed(form, "ticket"))
        if set_up is None:
            return await self._account(request, {"authenticator_password": "This took too long. Begin again"})
        codes = await self.factors.finish(who, set_up.token, typed(form, "one_time_code"))
        return self._set_up(request, set_up, _WRONG_CODE) if codes is None else self._codes(request, codes)

    async def remove_authenticator(self, request: Request) -> Response:
        """Takes it away, after the password."""
        if not await self._proved(request):
            return await self._account(request, {"remove_password": _WRONG})
        try:
            await self.factors.remove(officer(request))
        except SendersMove as error:
            return await self._account(request, {"remove_password": str(error)})
        return RedirectResponse("/account", 303)

    async def recovery_codes(self, request: Request) -> Response:
        """New ones, shown once."""
        if not await self._proved(request):
            return await self._account(request, {"codes_password": _WRONG})
        return self._codes(request, await self.factors.renew_recovery_codes(officer(request)))

    async def ask_passkey(self, request: Request) -> Response:
        """What the page's script asks the browser, after the password."""
        passkeys = self._passkeys()
        if not await self._proved(request):
            return JSONResponse({"problem": _WRONG}, 422)
        try:
            question = await passkeys.ask_to_register(officer(request))
        except SendersMove as error:
            return JSONResponse({"problem": str(error)}, 422)
        return JSONResponse({"ticket": question.token, "options": question.words})

    async def add_passkey(self, request: Request) -> Response:
        """Keeps a new passkey."""
        form, who = await request.form(), officer(request)
        given = (typed(form, "ticket"), typed(form, "answer"), typed(form, "name"))
        try:
            codes = await self._passkeys().register(who, *given)
        except SendersMove as error:
            return await self._account(request, {"passkey_password": str(error)})
        return self._codes(request, codes) if codes else RedirectResponse("/account?done=passkey", 303)

    async def rename_passkey(self, request: Request) -> Response:
        """Calls a passkey something else."""
        form = await request.form()
        await self._passkeys().rename(officer(request), typed(form, "key"), typed(form, "name"))
        return RedirectResponse("/account", 303)

    async def remove_passkey(self, request: Request) -> Response:
        """Takes a passkey away."""
        try:
            await self._passkeys().remove(officer(request), typed(await request.form(), "key"))
        except SendersMove as error:
            return await self._account(request, {"passkey_password": str(error)})
        return RedirectResponse("/account", 303)

    async def end_session(self, request: Request) -> Response:
        """Ends one of their sessions, or all but this one."""
        await self.accounts.end_session(officer(request), typed(await request.form(), "session"))
        return RedirectResponse("/account", 303)

    async def kept_form(self, request: Request) -> Response:
        """What they had typed when their session ended."""
        forms = await KeptForms(self.accounts).of(officer(request))
        if not forms:
            return RedirectResponse("/first", 303)
        return self.shown.page(
            request, "kept_form.html", kept=forms[-1], more=len(forms) - 1, is_text=_is_text, version=VERSION
        )

    async def drop_form(self, request: Request) -> Response:
        """They don't want it."""
        await KeptForms(self.accounts).drop(officer(request), typed(await request.form(), "kept_form"))
        return RedirectResponse(KEPT_FORM, 303)

    def _passkeys(self) -> Passkeys:
        if self.passkeys is None:
            raise HTTPException(404)
        return self.passkeys

    async def _proved(self, request: Request) -> bool:
        return await self.accounts.proves(officer(request), _secret((await request.form()).get("password")))

    async def _account(self, request: Request, mistakes: Mapping[str, str] | None = None) -> Response:
        who, staff = officer(request), Staff(self.accounts)
        known = await staff.one(who.name)
        response = self.shown.page(
            request,
            "account.html",
            422 if mistakes else 200,
            mistakes=mistakes or {},
            fields={"shown": who.account.called},
            secret_fields=dict.fromkeys(_SECRETS, ""),
            sessions=await self.accounts.sessions(who),
            passkeys=await self.passkeys.of(who) if self.passkeys else [],
            codes_left=await self.factors.codes_left(who),
            absences=known[2] if known else [],
            origin=self.entrance.origin if self.passkeys else "",
            shortest=SHORTEST_PASSWORD,
            done=request.query_params.get("done", ""),
            version=VERSION,
        )
        response.headers.update(WITH_SCRIPT)
        return response

    def _set_up(self, request: Request, set_up: SetUp, mistake: str = "") -> Response:
        square = segno.make(set_up.address, error="m").svg_inline(scale=5, border=4, dark="#000", light="#fff")
        return self.shown.page(
            request,
            "account_authenticator.html",
            422 if mistake else 200,
            set_up=set_up,
            square=Markup(square),  # noqa: S704  segno's own drawing: squares, and no words of anybody's
            in_fours=" ".join(set_up.secret[start : start + 4] for start in range(0, len(set_up.secret), 4)),
            mistakes={"one_time_code": mistake} if mistake else {},
            fields={"one_time_code": ""},
            version=VERSION,
        )

    def _codes(self, request: Request, codes: Sequence[str]) -> Response:
        """The page is theirs alone and is kept nowhere: Cache-Control says no-store."""
        return self.shown.page(request, "account_codes.html", codes=codes, version=VERSION)


_SECRETS = (
    "old",
    "new_password",
    "authenticator_password",
    "remove_password",
    "codes_password",
    "passkey_password",
    "passkey_name",
)


def _secret(value: object) -> str:
    """As typed, spaces and all."""
    return value if isinstance(value, str) else ""


def _is_text(value: str) -> bool:
    """Is it what they typed, rather than what the page sent along?"""
    return len(value) > _SHORT or any(map(str.isspace, value))
