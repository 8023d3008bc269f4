"""The residents' web app: tell us what happened, and see how it is getting on. No script, nothing secret in a URL."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from channels import form
from channels.api.watching import Watch
from channels.chat import Chat
from channels.chat_script import ChatScript
from channels.chat_talk import Pace, Talk
from channels.form_pages import FormPages
from channels.form_room import Room
from channels.form_sending import read_form as read_form
from channels.form_visits import Drafts
from channels.live import LiveDoor
from channels.rendering import Pages, build, typed
from intake import reference
from intake.casework import opens
from intake.policy import Policy
from intake.ports import Clock, Store
from intake.reception import Reception
from intake.wording import status_lines


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
    talk, pace = Talk(LiveDoor(reception, store, clock), pages), pace or Pace()
    routes = [
        Route("/", web.start),
        Route("/accessibility", web.accessibility),
        Route("/privacy", web.privacy),
        Route("/status", web.ask_status),
        Route("/status", web.status, methods=["POST"]),
        *form.routes(Room(reception, Drafts(store, policy, clock), FormPages(pages), pace)),
        *Chat(talk, pace, widget_origins).routes(),
        *ChatScript(talk, pace, watch or Watch(store)).routes(),
        *more,
    ]
    return build(pages, routes)


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

    async def ask_status(self, request: Request) -> Response:
        """Asks for reference and code."""
        return self._status_form("", "")

    async def status(self, request: Request) -> Response:
        """How a case is getting on. An unknown reference and a wrong code get the same answer, in the same time."""
        form = await request.form()
        written, code = typed(form, "reference")[:100], typed(form, "code")[:100]
        say = self.pages.words.say
        mistakes = {} if written else {"reference": say("ask_status_no_reference")}
        mistakes |= {} if code else {"code": say("ask_status_no_code")}
        if mistakes:
            return self._status_form(written, code, mistakes)
        known = reference.read(written, self.policy.council.prefix) or ""
        case = await self.store.read(lambda unit: unit.cases.get(known))
        right = await asyncio.to_thread(opens, case, code, written)
        if case is None or not right:
            return self._status_form(written, code, {"reference": say("ask_status_unknown")})
        return self.pages.show("status.html", lines=status_lines(case, self.pages.spoken))

    async def accessibility(self, request: Request) -> Response:
        """The accessibility statement, by the government's model."""
        return self.pages.show("accessibility.html")

    async def privacy(self, request: Request) -> Response:
        """The privacy notice (UK GDPR, articles 13 and 22A)."""
        return self.pages.show("privacy.html")

    def _status_form(self, written: str, code: str, mistakes: Mapping[str, str] | None = None) -> Response:
        fields = {"reference": written, "code": code}
        return self.pages.show("ask_status.html", 422 if mistakes else 200, fields=fields, mistakes=mistakes or {})
