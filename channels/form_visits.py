"""A visit to the web form: whose draft a browser has, by a cookie that no script reads, and codes to come back with."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from intake.drafts import Draft
from intake.policy import Policy
from intake.ports import Clock, Store, UnitOfWork
from intake.threads import conversation_of, draw_token

_COOKIE = "form"
_ALPHABET = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Of a code: no letter or figure that looks like another. Sixteen of them are 80 bits."""

_BASE32 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_AS_OURS, _MISREAD = bytes.maketrans(_BASE32, _ALPHABET), str.maketrans("01", "OI")


@dataclass(frozen=True)
class Visit:
    """One request's right to a draft. ``known``: its browser showed the token, which was not drawn just now."""

    token: str
    known: bool

    @property
    def key(self) -> str:
        """What the draft is kept under: the token cannot be found from it."""
        return hashlib.sha256(b"draft\0" + self.token.encode("utf-8", "replace")).hexdigest()

    @property
    def conversation(self) -> str:
        """The conversation that its form will begin."""
        return conversation_of(self.token)

    @property
    def form_token(self) -> str:
        """What our own pages send along and other sites cannot know; it does not give the token away."""
        return self._derived(b"form").hex()[:32]

    @property
    def code(self) -> str:
        """The code that opens this draft on another device, in groups of four."""
        letters = base64.b32encode(self._derived(b"code"))[:16].translate(_AS_OURS).decode()
        return "-".join(letters[start : start + 4] for start in range(0, 16, 4))

    def sent_by(self, form_token: str) -> bool:
        """Did a page of this very visit send it?"""
        return self.known and hmac.compare_digest(self.form_token.encode(), form_token.encode("utf-8", "replace"))

    def _derived(self, use: bytes) -> bytes:
        return hmac.digest(self.token.encode("utf-8", "replace"), use, "sha256")


def visit_of(request: Request) -> Visit:
    """The visit that a request belongs to; a new one where it shows no cookie."""
    token = request.cookies.get(_COOKIE, "")
    return Visit(token, known=True) if 40 <= len(token) <= 60 else new_visit()


def new_visit() -> Visit:
    """A visit that has no draft yet."""
    return Visit(draw_token(), known=False)


def give_cookie(response: Response, request: Request, visit: Visit, kept: timedelta) -> None:
    """Give the browser the token, for as long as answers are kept on this device."""
    response.set_cookie(
        _COOKIE,
        visit.token,
        max_age=int(kept.total_seconds()),
        path="/contact",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )


def hashed_code(typed: str) -> str:
    """What a code is found by, however it was typed; the store never has the code itself."""
    plain = "".join(letter for letter in typed.upper() if letter.isalnum()).translate(_MISREAD)
    return hashlib.sha256(b"code\0" + plain.encode("utf-8", "replace")).hexdigest() if len(plain) == 16 else ""


@dataclass(frozen=True)
class Drafts:
    """The drafts in the store, under a visit's key."""

    store: Store
    policy: Policy
    clock: Clock

    async def of(self, visit: Visit) -> Draft | None:
        """The draft of a visit while its time is not over."""
        now = self.clock()
        return await self.store.read(lambda unit: _live(unit, visit.key, now)) if visit.known else None

    async def change(self, visit: Visit, change: Callable[[Draft], Draft]) -> Draft:
        """Change a draft, begun now where there is none; what was sent stays as it is. Its time begins anew."""
        now, ends = self.clock(), self._ends

        def write(unit: UnitOfWork) -> Draft:
            draft = _live(unit, visit.key, now) or self.begun(visit)
            if not draft.sent:
                draft = change(draft)
                draft = replace(draft, expires_at=ends(draft.saved, now))
                unit.drafts.keep(visit.key, draft)
            return draft

        return await self.store.transact(write)

    async def save(self, visit: Visit) -> Draft:
        """Keep a draft for longer, and let its code open it."""
        draft = await self.change(visit, lambda draft: replace(draft, saved=True))
        code = hashed_code(visit.code)
        await self.store.transact(lambda unit: unit.drafts.give_code(visit.key, code))
        return draft

    async def finish(self, visit: Visit, contact: str) -> None:
        """It was sent: nothing stays of it but which contact it became, and its code opens nothing any more."""

        def emptied(draft: Draft) -> Draft:
            done = (*draft.contacts, contact)
            return replace(draft, answers={}, reading=None, sent=True, saved=False, contacts=done)

        await self.change(visit, emptied)
        await self.store.transact(lambda unit: unit.drafts.give_code(visit.key, ""))

    async def come_back(self, code: str) -> Visit | None:
        """A new visit to the draft of this code, which the browser that had it before gives up; None where none is."""
        found, visit, now = hashed_code(code), new_visit(), self.clock()
        moved = bool(found) and await self.store.transact(lambda unit: unit.drafts.move(found, visit.key, now))
        return replace(visit, known=True) if moved else None

    async def forget(self, visit: Visit) -> None:
        """Delete it."""
        await self.store.transact(lambda unit: unit.drafts.forget(visit.key))

    def begun(self, visit: Visit) -> Draft:
        """A draft without answers."""
        now = self.clock()
        return Draft(visit.conversation, now, self._ends(False, now))

    def _ends(self, saved: bool, now: datetime) -> datetime:
        days = self.policy.form.saved_days if saved else self.policy.form.kept_days
        return now + timedelta(days=days)


def _live(unit: UnitOfWork, key: str, now: datetime) -> Draft | None:
    draft = unit.drafts.get(key)
    return draft if draft is not None and draft.expires_at > now else None
