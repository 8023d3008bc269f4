"""The residents' web app: tell us what happened, and see how it is getting on. No script, nothing secret in a URL."""

import asyncio
import hashlib
import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from channels.addresses import EMAIL
from channels.api.watching import Watch
from channels.chat import Chat
from channels.chat_script import ChatScript
from channels.chat_talk import Pace, Talk
from channels.live import LiveDoor
from channels.rendering import Pages, build, typed
from intake import reference
from intake.casework import opens
from intake.contact import Channel, Contact, Kept, Person
from intake.conversation import Speaker
from intake.dialogue import status_lines
from intake.errors import CannotKeep
from intake.policy import Policy
from intake.ports import Clock, Store, UnitOfWork
from intake.reception import Reception

log = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds that a page waits for the assistant's answer; after that it comes by email alone."""

LOOK_AGAIN_AFTER = 0.2

FIELDS: Mapping[str, tuple[str, int]] = {
    "text": ("What happened", 50_000),
    "where": ("Where it happened", 1_000),
    "put_right": ("What would put it right", 5_000),
    "name": ("Your name", 100),
    "email": ("Your email address", 254),
    "phone": ("Your phone number", 50),
}
"""The form's fields: what an error calls each, and the most characters that it takes."""

_BLANK: Mapping[str, str] = dict.fromkeys(FIELDS, "")
_UNKNOWN_CASE = "We could not find a case with this reference and code. Check both, then try again."


def make_app(
    reception: Reception,
    store: Store,
    policy: Policy,
    clock: Clock,
    widget_origins: Sequence[str] = (),
    more: Sequence[BaseRoute] = (),
    pace: Pace | None = None,
    watch: Watch | None = None,
) -> Starlette:
    """The app. ``reception`` must know read_form and turns.READERS; ``widget_origins`` may show the chat in a frame.

    ``more`` are routes of other doors that residents have, such as the API; ``pace`` is how often they may chat,
    and ``watch`` tells open pages what was said.
    """
    pages = Pages(policy, "Complaints and feedback")
    web = _Web(reception, store, policy, clock, pages)
    talk, pace = Talk(LiveDoor(reception, store, clock), policy, pages), pace or Pace()
    routes = [
        Route("/", web.start),
        Route("/contact", web.blank_form),
        Route("/contact", web.send, methods=["POST"]),
        Route("/accessibility", web.accessibility),
        Route("/privacy", web.privacy),
        Route("/status", web.ask_status),
        Route("/status", web.status, methods=["POST"]),
        *Chat(talk, pace, widget_origins).routes(),
        *ChatScript(talk, pace, watch or Watch(store)).routes(),
        *more,
    ]
    return build(pages, routes)


def read_form(kept: Kept) -> Contact:
    """The contact that a kept form holds. Never raises: what cannot be read is a Contact that says so."""
    bare = Contact(kept.id, kept.channel, kept.received_at, Person(), "", "")
    try:
        fields = json.loads(kept.raw)
        told = {key: str(fields.get(key, "")).strip() for key in FIELDS}
    except Exception as error:
        return replace(bare, trouble=f"The form could not be read ({type(error).__name__}); open the original.")
    name, email, phone = (" ".join(told[key].split()) for key in ("name", "email", "phone"))
    return replace(bare, text=_text(told), person=Person(name=name, email=email.lower(), phone=phone))


def _text(told: Mapping[str, str]) -> str:
    """What happened, with the answers to the form's other questions as paragraphs of their own."""
    said = (("", told["text"]), ("Where: ", told["where"]), ("What I would like: ", told["put_right"]))
    return "\n\n".join(f"{question}{answer}" for question, answer in said if answer)


@dataclass(frozen=True)
class _Answer:
    """What a contact was answered with: the letter (empty: not yet, or none), and the reference of its case."""

    letter: str = ""
    case: str = ""


@dataclass(frozen=True)
class _Web:
    """The pages."""

    reception: Reception
    store: Store
    policy: Policy
    clock: Clock
    pages: Pages

    async def start(self, request: Request) -> Response:
        """What you can do here, and what happens then."""
        return self.pages.show("start.html")

    async def blank_form(self, request: Request) -> Response:
        """The form. Its token makes the same form, sent twice, one contact."""
        return self._form(_BLANK, secrets.token_urlsafe(24))

    async def send(self, request: Request) -> Response:
        """Keep what was sent, then say so, with the assistant's answer where it comes soon."""
        form = await request.form()
        fields = {key: typed(form, key) for key in FIELDS}
        token = typed(form, "token") or secrets.token_urlsafe(24)
        if mistakes := _mistakes(fields):
            return self._form(fields, token, 422, mistakes)
        try:
            contact = await self.reception.receive(self._kept(fields, token))
        except CannotKeep as error:
            log.warning("a form was not kept: %s", error)
            return self._form(fields, token, 503)
        answer = await self._answer(contact)
        return self.pages.show("sent.html", contact=contact, answer=answer, email=bool(fields["email"]))

    async def ask_status(self, request: Request) -> Response:
        """Asks for reference and code."""
        return self._status_form("", "")

    async def status(self, request: Request) -> Response:
        """How a case is getting on. An unknown reference and a wrong code get the same answer, in the same time."""
        form = await request.form()
        written, code = typed(form, "reference")[:100], typed(form, "code")[:100]
        mistakes = {} if written else {"reference": "Enter your reference"}
        mistakes |= {} if code else {"code": "Enter your code"}
        if mistakes:
            return self._status_form(written, code, mistakes)
        known = reference.read(written, self.policy.council.prefix) or ""
        case = await self.store.read(lambda unit: unit.cases.get(known))
        right = await asyncio.to_thread(opens, case, code, written)
        if case is None or not right:
            return self._status_form(written, code, {"reference": _UNKNOWN_CASE})
        return self.pages.show("status.html", lines=status_lines(case, self.policy))

    async def accessibility(self, request: Request) -> Response:
        """The accessibility statement, by the government's model."""
        return self.pages.show("accessibility.html")

    async def privacy(self, request: Request) -> Response:
        """The privacy notice (UK GDPR, articles 13 and 22A)."""
        return self.pages.show("privacy.html")

    def _form(
        self, fields: Mapping[str, str], token: str, status: int = 200, mistakes: Mapping[str, str] | None = None
    ) -> Response:
        page = self.pages.show("contact.html", status, fields=fields, token=token, mistakes=mistakes or {})
        if status == 503:
            page.headers["Retry-After"] = "120"
        return page

    def _status_form(self, written: str, code: str, mistakes: Mapping[str, str] | None = None) -> Response:
        fields = {"reference": written, "code": code}
        return self.pages.show("ask_status.html", 422 if mistakes else 200, fields=fields, mistakes=mistakes or {})

    def _kept(self, fields: Mapping[str, str], token: str) -> Kept:
        """The form as it is kept. Its words stand in the fingerprint too: changed and sent again, it is not lost."""
        raw = json.dumps(fields, ensure_ascii=False, indent=1).encode()
        fingerprint = hashlib.sha256(token.encode() + b"\n" + raw).hexdigest()
        return Kept(
            id=secrets.token_hex(12),
            channel=Channel.WEB_FORM,
            received_at=self.clock(),
            fingerprint=f"web:{fingerprint}",
            lane="",
            sender="",
            recipients=(),
            raw=raw,
        )

    async def _answer(self, contact: str) -> _Answer:
        """Have it handled now, or wait shortly for whoever handles it. It is kept already, so no failure matters."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self.reception.attend(contact)
                while True:
                    answer = await self.store.read(lambda unit: _find_answer(unit, contact))
                    if answer is not None:
                        return answer
                    await asyncio.sleep(LOOK_AGAIN_AFTER)
        except Exception as error:
            log.warning("contact %s is kept but has no answer yet: %s", contact, type(error).__name__)
            return _Answer()


def _find_answer(unit: UnitOfWork, contact: str) -> _Answer | None:
    """None while nobody has handled it."""
    outcome, known = unit.inbox.outcome(contact)
    conversation = unit.conversations.get(known) if known else None
    if outcome is None or conversation is None:
        return None if outcome is None else _Answer()
    turns = unit.conversations.turns(conversation.id)
    letters = [turn.text for turn in turns if turn.contact == contact and turn.by is Speaker.ASSISTANT]
    return _Answer(letters[-1] if letters else "", conversation.case)


def _mistakes(fields: Mapping[str, str]) -> dict[str, str]:
    """What must be put right before the form can be kept, by field."""
    mistakes = {} if fields["text"] else {"text": "Tell us what happened"}
    if fields["email"] and not EMAIL.fullmatch(fields["email"]):
        mistakes["email"] = "Enter an email address in the correct format, like name@example.com"
    for key, (name, most) in FIELDS.items():
        if len(fields[key]) > most:
            mistakes[key] = f"{name} must be {most:,} characters or fewer. You wrote {len(fields[key]):,}."
    return mistakes
