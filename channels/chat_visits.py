"""A visit to the web chat: whose conversation a browser has, by a cookie that no script reads, and who may frame it."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from channels.live import LiveDoor
from intake.threads import conversation_of

ON_DEVICE = timedelta(days=1)
"""How long after the last turn a browser keeps the cookie: others may use the same device."""

_COOKIE, _FRAMED_COOKIE = "chat", "chat_framed"
_OWN_SCRIPT = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
_OWN_FORMS = "form-action 'self'; base-uri 'none'; frame-ancestors "


@dataclass(frozen=True)
class Visit:
    """One request's right to a conversation. ``known``: its browser showed the token, which was not drawn just now."""

    token: str
    framed: bool
    known: bool

    @property
    def conversation(self) -> str:
        """The conversation that the token opens."""
        return conversation_of(self.token)

    @property
    def form_token(self) -> str:
        """What our own pages send along and other sites cannot know; it does not give the token away."""
        return hmac.digest(self.token.encode("utf-8", "replace"), b"form", "sha256").hex()[:32]

    def sent_by(self, form_token: str) -> bool:
        """Did a page of this very conversation send it?"""
        return self.known and hmac.compare_digest(self.form_token.encode(), form_token.encode("utf-8", "replace"))


async def visit_of(request: Request, door: LiveDoor) -> Visit:
    """The visit that a request belongs to; where its cookie opens nothing, a new conversation."""
    framed = is_framed(request)
    token = request.cookies.get(_FRAMED_COOKIE if framed else _COOKIE, "")
    if token and await door.opens(conversation_of(token), token):
        return Visit(token, framed, known=True)
    return new_visit(door, framed)


def new_visit(door: LiveDoor, framed: bool) -> Visit:
    """A visit whose conversation has not begun."""
    return Visit(door.begin()[1], framed, known=False)


def is_framed(request: Request) -> bool:
    """Is it the chat within another site's page? That has a cookie of its own."""
    return request.query_params.get("embedded") == "1"


def is_from_elsewhere(request: Request) -> bool:
    """Was it sent by another site's page? Then our cookie did not come along, and a new one would displace it."""
    return request.headers.get("sec-fetch-site", "") == "cross-site"


def give_cookie(response: Response, request: Request, visit: Visit) -> None:
    """Give the browser the token. Within other sites only Partitioned ones are kept, by https alone (CHIPS)."""
    secure = request.url.scheme == "https"
    parts = [
        f"{_FRAMED_COOKIE if visit.framed else _COOKIE}={visit.token}",
        "Path=/chat",
        f"Max-Age={int(ON_DEVICE.total_seconds())}",
        "HttpOnly",
    ]
    if visit.framed and secure:
        parts += ["SameSite=None", "Secure", "Partitioned"]
    else:
        parts += ["SameSite=Lax", *(["Secure"] if secure else [])]
    response.headers.append("Set-Cookie", "; ".join(parts))


def guard(response: Response, framed: bool, origins: Sequence[str]) -> None:
    """Which script it may run, and who may show it in a frame: the listed origins the framed page, nobody the other."""
    may_frame = origins if framed else ()
    response.headers["Content-Security-Policy"] = _OWN_SCRIPT + _OWN_FORMS + (" ".join(may_frame) or "'none'")
    if not may_frame:
        response.headers["X-Frame-Options"] = "DENY"


def fingerprint(*parts: str) -> str:
    """A turn's name within its conversation: what differs in any part is another turn."""
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "replace"))
    return digest.hexdigest()[:40]
