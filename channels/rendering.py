"""What both web apps share: pages from templates, the headers of every answer, and how dates and letters look."""

import hashlib
import logging
import re
import traceback
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from starlette.applications import Starlette
from starlette.datastructures import FormData, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from channels.prose import LANGUAGE_COOKIE, Words, asked_for, choose, shown
from intake.languages import Passage, passages
from intake.policy import Policy
from intake.wording import day

log = logging.getLogger(__name__)

LARGEST_BODY = 1_000_000
"""Octets of one request's body."""

PATIENCE_WITH_BODIES = 20_000_000
"""Octets that are read and thrown away of a body that is too large: only then do browsers show our answer to it."""

_BODY = "rightdoor.largest_body"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}

HTTPS_ALONE = "max-age=31536000"
"""Strict-Transport-Security (RFC 6797), where a page came by HTTPS. The council's other sites are not ours to bind."""


def version_of(files: Iterable[Path]) -> str:
    """What stands in the addresses of these files: it changes with their contents."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


_FOLDER = Path(__file__).parent / "pages"
_STYLE = _FOLDER / "style.css"
_STYLE_VERSION = version_of([_STYLE])
"""Stands in the style sheet's address, so that browsers may keep it for good."""
_WEB_ADDRESS = re.compile(r"(https?://[^\s<>\"]*[^\s<>\".,;:!?)\]'])")
_AFTER_HOST = re.compile(r"[/?#\\]")
_WRAPPED = 80
"""Characters from which a line that stops amid a sentence was wrapped by whoever wrote the letter."""

_PROBLEMS = (403, 404, 405, 413, 500)
"""The failures that have words of their own in the pack."""


@dataclass(frozen=True)
class Pages:
    """Makes pages. ``service`` is the app's name, which stands in every header and title; ``residents``: theirs."""

    policy: Policy
    service: str
    residents: bool = True

    @property
    def spoken(self) -> Policy:
        """The policy in the language that this request's reader chose or speaks; officers read English."""
        return self.policy.in_tongue(shown()) if self.residents else self.policy

    @property
    def words(self) -> Words:
        """The words of pages in that language."""
        return Words(self.spoken)

    def show(self, template: str, status: int = 200, **values: object) -> HTMLResponse:
        """A page. Titles of pages that answer with an error say so, for those who hear the title first."""
        words = self.words
        service = words.say("service") if self.residents else self.service
        common = {"council": self.spoken.council, "service": service, "style": _STYLE_VERSION, "status": status}
        common |= {"w": words.say, "line": words.line, "prose": words.prose, "when": words.moment, "tongue": words}
        common |= {"framed": False}
        html = _TEMPLATES.get_template(template).render(
            common | {"officer": None, "mistakes": {}, "residents": self.residents} | values
        )
        return HTMLResponse(html, status)

    def problem(self, status: int) -> HTMLResponse:
        """A page that says what went wrong and what to do, and nothing of the inside."""
        key = f"problem_{status if status in _PROBLEMS else 500 if status >= 500 else 'other'}"
        words = self.words
        return self.show("problem.html", status, heading=words.say(key), advice=words.say(f"{key}_advice"))


def build(pages: Pages, routes: Sequence[BaseRoute]) -> Starlette:
    """An app of these routes, with the style sheet, /healthz, and plain pages for all that can go wrong."""

    def problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        response = pages.problem(error.status_code)
        response.headers.update(error.headers or {})
        return response

    shared = [Route("/style.css", _send_style), Route("/healthz", _healthy)]
    return Starlette(
        routes=[*routes, *shared],
        middleware=[Middleware(_Guard, pages=pages)],
        exception_handlers={HTTPException: problem},
    )


def allow_body(request: Request, octets: int) -> None:
    """Let this request's body be larger than others'. Ask first who sends it: it is not read before."""
    request.scope[_BODY] = octets


def whole_number(words: str, digits: int, otherwise: int) -> int:
    """The number that somebody typed, of so many digits at most; ``otherwise`` where it is none."""
    return int(words) if words.isascii() and words.isdecimal() and len(words) <= digits else otherwise


def typed(form: FormData, key: str) -> str:
    """What was typed into a field, with plain line ends and no NUL; empty where the field is missing or is a file."""
    value = form.get(key, "")
    text = value.encode("utf-8", "replace").decode().replace("\0", "") if isinstance(value, str) else ""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def letter(text: str, level: int = 2, hosts: Container[str] | None = None) -> Markup:
    """A letter's plain text as HTML: "# " lines become headings of this level, "* " bullets lists, addresses links.

    A passage in another language is marked so. With ``hosts``, only https addresses of these become links.
    """
    return Markup("\n").join(_passage(passage, level, hosts) for passage in passages(text))


def _passage(passage: Passage, level: int, hosts: Container[str] | None) -> Markup:
    groups = groupby(passage.text.split("\n"), _kind)
    words = Markup("\n").join(_block(kind, list(lines), level, hosts) for kind, lines in groups if kind)
    if not passage.tag:
        return words
    return Markup('<div lang="{0}" dir="{1}">\n<h{2}>{3}</h{2}>\n{4}\n</div>').format(
        passage.tag, passage.direction, level, passage.name, words
    )


def _kind(line: str) -> str:
    if line.startswith("# "):
        return "heading"
    return "bullet" if line.startswith("* ") else "text" if line.strip() else ""


def _block(kind: str, lines: list[str], level: int, hosts: Container[str] | None) -> Markup:
    if kind == "heading":
        return Markup("\n").join(Markup("<h{0}>{1}</h{0}>").format(level, line[2:].strip()) for line in lines)
    if kind == "bullet":
        items = Markup("").join(Markup("<li>%s</li>") % _linked(line[2:], hosts) for line in lines)
        return Markup("<ul>%s</ul>") % items
    words = Markup("")
    for line in lines:
        words += _linked(line, hosts) + (Markup("<br>\n") if _ends(line) else Markup("\n"))
    return Markup("<p>%s</p>") % words.removesuffix("\n").removesuffix("<br>")


def _ends(line: str) -> bool:
    return len(line) < _WRAPPED or line.rstrip().endswith((".", ":", "?", "!"))


def _linked(line: str, hosts: Container[str] | None) -> Markup:
    parts = enumerate(_WEB_ADDRESS.split(line))
    return Markup("").join(
        Markup('<a href="{0}">{0}</a>').format(part) if number % 2 and _may_link(part, hosts) else escape(part)
        for number, part in parts
    )


def _may_link(address: str, hosts: Container[str] | None) -> bool:
    """What stands before the first / or its like must be a host of these and nothing else: no user, no port."""
    return hosts is None or (address.startswith("https://") and _AFTER_HOST.split(address[8:], 1)[0].lower() in hosts)


@pass_context
def _moment(context: Context, at: datetime) -> str:
    """A moment, in the page's language."""
    words: Words = context["tongue"]
    return words.moment(at)


@pass_context
def _day(context: Context, at: date) -> str:
    """A date, in the page's language."""
    words: Words = context["tongue"]
    return day(at, words.policy)


def _templates() -> Environment:
    loader = FileSystemLoader(_FOLDER)
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"moment": _moment, "day": _day, "letter": letter}
    return environment


_TEMPLATES = _templates()


async def _send_style(request: Request) -> Response:
    return FileResponse(_STYLE, headers={"Cache-Control": "public, max-age=31536000, immutable"})


async def _healthy(request: Request) -> Response:
    return PlainTextResponse("ok\n")


class _Guard:
    """Around every request: a limit to its body, the headers of its answer, and a plain page when we fail.

    Failures are logged by type and place alone: an error's message may hold what a resident wrote.
    """

    def __init__(self, app: ASGIApp, pages: Pages) -> None:
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False
        tag, named = asked_for(scope, self._pages.policy)
        choose(tag)

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if scope.get("scheme") == "https":
                    headers.setdefault("Strict-Transport-Security", HTTPS_ALONE)
                if named and self._pages.residents:
                    headers.append("Set-Cookie", _language_cookie(tag, scope))
            await send(message)

        status = _refused(scope)
        app: ASGIApp = self._pages.problem(status) if status else self._app
        try:
            await app(scope, _limited(scope, receive), send_with_headers)
        except Exception as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            log.error("a page failed: %s in %s:%s", type(error).__name__, Path(place.filename).name, place.lineno)
            if not started:
                await self._pages.problem(500)(scope, receive, send_with_headers)


def _language_cookie(tag: str, scope: Scope) -> str:
    """Gone when the browser is closed. No script needs it."""
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    return f"{LANGUAGE_COOKIE}={tag}; Path=/; HttpOnly; SameSite=Lax{secure}"


def _refused(scope: Scope) -> int:
    """The status with which a request is refused before anybody looks at it; 0 where it is not.

    PostgreSQL takes no NUL (U+0000), and no address of ours has one.
    """
    if "\0" in scope["path"] or b"%00" in scope["query_string"]:
        return 404
    return 415 if _names_charset(scope) else 0


def _names_charset(scope: Scope) -> bool:
    """Does a form name its own charset? No browser's does (RFC 7578 section 5.1.2), and it would be decoded by any of
    Python's codecs, of which punycode takes a minute for a megabyte."""
    kinds = [value.lower() for name, value in scope["headers"] if name.lower() == b"content-type"]
    return any(kind.lstrip().startswith(b"multipart/") and b"charset" in kind for kind in kinds)


def _limited(scope: Scope, receive: Receive) -> Receive:
    """Raises HTTPException 413 where a body is too large, whatever its headers say."""
    size = 0

    async def receive_within_limit() -> Message:
        nonlocal size
        while True:
            message = await receive()
            size += len(message.get("body", b""))
            largest = scope.get(_BODY, LARGEST_BODY)
            if size <= largest:
                return message
            if not message.get("more_body") or size > largest + PATIENCE_WITH_BODIES:
                raise HTTPException(413)

    return receive_within_limit
