"""The officers' console: every contact, case and failure, and a way to try again. Nothing is shown without sign-in."""

import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.datastructures import FormData, QueryParams
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from channels.files.file_pages import FilePages
from channels.files.pictures import Pictures
from channels.rendering import Pages, build, typed
from intake.case import Case, Deadline
from intake.contact import Channel, Ended, Proof
from intake.desk import SIGNED_IN_FOR, Desk
from intake.desk_view import SignIn, Wanted, overdue
from intake.interpretation import Detail
from intake.policy import Policy
from intake.ports import Clock
from intake.triage import TABLE

log = logging.getLogger(__name__)

SESSION = "rightdoor_session"
"""The cookie of a signed-in officer."""

SESSION_PLACES = ("/contacts", "/cases", "/set-aside", "/sign-in", "/sign-out")
"""Where browsers send that cookie (RFC 6265 section 5.1.4): every page, but never where residents' files are."""

BEFORE_SIGN_IN = "rightdoor_sign_in"
"""The cookie that a sign-in form must repeat, so that no other site can send one."""

STATES = {
    "kept": "Waiting to be read",
    "answered": "Answered",
    "recorded": "Recorded, no answer needed",
    "with_a_person": "Waits for a person",
    "set_aside": "Set aside: could not be handled",
}

LETTERS = {
    "waiting": "Waits to be sent",
    "sent": "Handed on. Nobody tells us whether it arrived",
    "came_back": "It came back, so they have not read it",
    "set_aside": "Could not be sent: see Set aside",
}
"""The states of a letter. Who takes it may still lose it: none of them says that it arrived."""

ATTEMPTS = {
    Ended.SENT: "Handed on",
    Ended.LATER: "Not taken for now",
    Ended.REFUSED: "Refused for good",
    Ended.UNCLEAR: "Nobody can say whether it was taken",
}

SENDER_CHECKS = {
    Proof.PASSED: "Confirmed: the sender’s domain vouches for this mail",
    Proof.FAILED: "Denied: the sender’s domain says that this mail is not from there. It may be forged",
    Proof.UNKNOWN: "Not known: nothing confirms that this address is really the sender’s",
}

_SUFFIXES = {Channel.EMAIL: "eml", Channel.WEB_FORM: "json"}
_DETAIL_NAMES = {
    Detail.WHERE: "Where",
    Detail.PUT_RIGHT: "Wants",
    Detail.NAME: "Name",
    Detail.PHONE: "Telephone",
    Detail.EMAIL: "Email",
    Detail.REFERENCE: "Reference",
    Detail.AMOUNT: "Amount",
    Detail.EARLIER: "Earlier",
    Detail.WHEN: "Times",
}
_RULES = {rule.key: rule for rule in TABLE}
_CONTACT_WORDS = {
    "rules": _RULES,
    "detail_names": _DETAIL_NAMES,
    "letter_states": LETTERS,
    "attempt_ends": ATTEMPTS,
    "sender_checks": SENDER_CHECKS,
}
_WRONG = "The name or the password is wrong, or this name is locked for 15 minutes after 5 wrong tries"
_STALE = "This page was open for too long. Enter your name and password again"

_Page = Callable[[Request], Awaitable[Response]]


def make_app(desk: Desk, policy: Policy, clock: Clock) -> Starlette:
    """The app. Serve it where only officers can reach it; it knows no residents' routes."""
    pages = Pages(policy, "Complaints console", residents=False)
    files = FilePages(desk, pages, Pictures())
    console = _Console(desk, policy, clock, pages, files)
    officers = [
        Route("/", console.first),
        Route("/sign-out", console.sign_out, methods=["POST"]),
        Route("/contacts", console.contacts),
        Route("/contacts/{contact}", console.contact),
        Route("/contacts/{contact}/original", console.original),
        Route("/cases", console.cases),
        Route("/cases/{reference}", console.case),
        Route("/set-aside", console.set_aside),
        Route("/set-aside/contacts/{contact}", console.try_again, methods=["POST"]),
        Route("/set-aside/mail/{mail}", console.send_again, methods=["POST"]),
    ]
    anybody = [
        Route("/sign-in", console.sign_in_form),
        Route("/sign-in", console.sign_in, methods=["POST"]),
        Route("/readyz", console.ready),
    ]
    guarded = [
        Route(route.path, console.for_officers(route.endpoint), methods=list(route.methods or ())) for route in officers
    ]
    return build(pages, [*guarded, *anybody, *files.routes()])


@dataclass(frozen=True)
class _Console:
    """The pages."""

    desk: Desk
    policy: Policy
    clock: Clock
    pages: Pages
    files: FilePages

    def for_officers(self, page: _Page) -> _Page:
        """The page, for officers alone; whoever isn't signed in is sent to do so. Forms must carry their token."""

        async def guarded(request: Request) -> Response:
            officer = await self.desk.officer_of(request.cookies.get(SESSION, ""))
            if officer is None:
                return RedirectResponse("/sign-in", 303)
            if request.method == "POST" and not _same(await request.form(), officer.form_token):
                raise HTTPException(403)
            request.state.officer = officer
            return await page(request)

        return guarded

    async def first(self, request: Request) -> Response:
        """The contacts are where the day begins."""
        return RedirectResponse("/contacts", 303)

    async def sign_in_form(self, request: Request) -> Response:
        """Asks for name and password."""
        if await self.desk.officer_of(request.cookies.get(SESSION, "")) is not None:
            return RedirectResponse("/contacts", 303)
        return self._sign_in_form(request)

    async def sign_in(self, request: Request) -> Response:
        """Begins a session of 12 hours."""
        form = await request.form()
        expected = request.cookies.get(BEFORE_SIGN_IN, "")
        if not expected or not _same(form, expected):
            return self._sign_in_form(request, typed(form, "name"), _STALE)
        password = form.get("password", "")
        token = await self.desk.sign_in(typed(form, "name"), password if isinstance(password, str) else "")
        if token is None:
            return self._sign_in_form(request, typed(form, "name"), _WRONG)
        response = RedirectResponse("/contacts", 303)
        for place in SESSION_PLACES:
            _set_cookie(request, response, SESSION, token, int(SIGNED_IN_FOR.total_seconds()), place)
        response.delete_cookie(BEFORE_SIGN_IN, "/sign-in")
        return response

    async def sign_out(self, request: Request) -> Response:
        """Ends the session, here and in the store."""
        await self.desk.sign_out(request.cookies.get(SESSION, ""))
        response = RedirectResponse("/sign-in", 303)
        for place in SESSION_PLACES:
            response.delete_cookie(SESSION, place)
        return response

    async def contacts(self, request: Request) -> Response:
        """Contacts, newest first, by the filters of the address."""
        query = request.query_params
        show = query.get("show", "")
        wanted = Wanted(query.get("route", ""), urgent=show == "urgent", needs_person=show == "person")
        page = await self.desk.contacts(wanted, _number(query))
        return self._show(request, "contacts.html", page=page, show=show, route=wanted.route, address=_address)

    async def contact(self, request: Request) -> Response:
        """One contact: its conversation, what was decided and why."""
        view = await self.desk.contact(request.path_params["contact"])
        if view is None:
            raise HTTPException(404)
        files = self.files.lines(view, request.state.officer)
        return self._show(request, "contact_view.html", view=view, files=files, **_CONTACT_WORDS)

    async def original(self, request: Request) -> Response:
        """The bytes as they came, as a download that no browser runs."""
        original = await self.desk.original(request.path_params["contact"])
        if original is None:
            raise HTTPException(404)
        name = f"{original.contact}.{_SUFFIXES.get(original.channel, 'bin')}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(original.raw, media_type="application/octet-stream", headers=headers)

    async def cases(self, request: Request) -> Response:
        """Cases: urgent first, then by the next date."""
        everything = request.query_params.get("show") == "all"
        page = await self.desk.cases(_number(request.query_params), closed_too=everything)
        return self._show(request, "cases.html", page=page, everything=everything, address=_address)

    async def case(self, request: Request) -> Response:
        """One case: our understanding, its dates with their working."""
        view = await self.desk.case(request.path_params["reference"])
        if view is None:
            raise HTTPException(404)
        return self._show(request, "case.html", case=view.case, contact=view.contact)

    async def set_aside(self, request: Request) -> Response:
        """What could not be handled, sent or fetched."""
        contacts, mail = await self.desk.contacts_set_aside(), await self.desk.mail_set_aside()
        mailboxes = await self.desk.mailboxes_in_trouble()
        return self._show(request, "set_aside.html", contacts=contacts, mail=mail, mailboxes=mailboxes)

    async def try_again(self, request: Request) -> Response:
        """A contact is handled anew."""
        await self.desk.try_again(request.path_params["contact"])
        return RedirectResponse("/set-aside", 303)

    async def send_again(self, request: Request) -> Response:
        """A mail is sent anew."""
        await self.desk.send_again(request.path_params["mail"])
        return RedirectResponse("/set-aside", 303)

    async def ready(self, request: Request) -> Response:
        """200 while the store can be read, else 503: for whatever watches over us."""
        try:
            await self.desk.has_officers()
        except Exception as error:
            log.error("the store cannot be read: %s", type(error).__name__)
            return PlainTextResponse("the store cannot be read\n", 503)
        return PlainTextResponse("ready\n")

    def _sign_in_form(self, request: Request, name: str = "", mistake: str = "") -> Response:
        token = request.cookies.get(BEFORE_SIGN_IN) or secrets.token_urlsafe(24)
        mistakes = {"name": mistake} if mistake else {}
        status = 422 if mistake else 200
        response = self.pages.show(
            "sign_in.html", status, fields={"name": name, "password": ""}, form_token=token, mistakes=mistakes
        )
        _set_cookie(request, response, BEFORE_SIGN_IN, token, 3600, "/sign-in")
        return response

    def _show(self, request: Request, template: str, **values: object) -> Response:
        officer: SignIn = request.state.officer
        words: dict[str, Any] = {
            "officer": officer,
            "path": request.url.path,
            "states": STATES,
            "route_name": self._route_name,
            "service_name": self._service_name,
            "procedure_name": self._procedure_name,
            "is_overdue": self._is_overdue,
            "routes": self._routes(),
        }
        return self.pages.show(template, **(words | values))

    def _routes(self) -> dict[str, str]:
        """Every route with its name, in the order of the names."""
        names = {rule.route: self._route_name(rule.route) for rule in TABLE}
        return dict(sorted(names.items(), key=lambda item: item[1]))

    def _route_name(self, route: str) -> str:
        words = self.policy.phrases.get(f"route_{route}", route.replace("_", " ")) if route else "not read yet"
        return words[:1].upper() + words[1:]

    def _service_name(self, service: str) -> str:
        known = self.policy.services.get(service)
        return known.name if known else ""

    def _procedure_name(self, case: Case) -> str:
        known = self.policy.procedures.get(case.procedure)
        return known.name if known else case.procedure

    def _is_overdue(self, deadline: Deadline) -> bool:
        now: datetime = self.clock()
        return overdue(deadline, self.policy.calendar, now)


def _same(form: FormData, expected: str) -> bool:
    return hmac.compare_digest(typed(form, "form_token").encode(), expected.encode())


def _set_cookie(request: Request, response: Response, name: str, value: str, seconds: int, path: str) -> None:
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, max_age=seconds, path=path, secure=secure, httponly=True, samesite="strict")


def _number(query: QueryParams) -> int:
    """The page that an address asks for, 1 where it asks for none."""
    number = query.get("page", "1")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1


def _address(path: str, **query: object) -> str:
    """An address with the parts of its query that are not empty."""
    given = {key: value for key, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path
