"""The residents' web chat: a page that works by posting a form. Its script only makes it quicker (chat_script).

The store's list of turns is the truth, and a turn's place in it is its number. What a page sends has a name, so that
sent again it is said once.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from channels.chat_talk import SPEAKERS, Pace, Said, Talk
from channels.chat_visits import Visit, give_cookie, guard, is_from_elsewhere, new_visit, visit_of
from channels.rendering import typed
from intake.errors import CannotKeep
from intake.talk_scene import say_in

EXIT = "https://www.bbc.co.uk/weather"
"""Where "Exit this page" leads, as the GOV.UK Design System has it: somewhere that tells nothing."""

_FOLDER = Path(__file__).parent / "pages"
_FILES = {name: _FOLDER / name for name in ("chat.css", "chat.js")}
_VERSION = hashlib.sha256(b"".join(path.read_bytes() for path in _FILES.values())).hexdigest()[:12]
_FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}
_FOR_OTHER_SITES = {"Cache-Control": "public, max-age=3600", "Cross-Origin-Resource-Policy": "cross-origin"}
_NOT_SENT = "This was not sent: the page was out of date, or your browser keeps no cookies. Please send it again"
_NOT_KEPT = "Sorry, we have a fault and your message was not kept. Please send it again"
_TOO_FAST = "You sent a lot in a short time, and this was not kept. Please wait a minute, then send it again"


@dataclass(frozen=True)
class Chat:
    """The chat's pages. ``origins`` are the other sites that may show it in a frame."""

    talk: Talk
    pace: Pace
    origins: Sequence[str] = ()

    def routes(self) -> list[BaseRoute]:
        """The page, what it is made of, and the script for other sites."""
        return [
            Route("/chat", self.show),
            Route("/chat", self.post, methods=["POST"]),
            Route("/chat/new", self.begin_anew, methods=["POST"]),
            *(Route(f"/chat/{name}", self.send_file) for name in _FILES),
            Route("/widget.js", self.send_widget),
        ]

    async def show(self, request: Request) -> Response:
        """The conversation so far, and the box to go on."""
        return await self._page(request, await visit_of(request, self.talk.door))

    async def post(self, request: Request) -> Response:
        """Keep what was sent by the form, then show the page anew."""
        if is_from_elsewhere(request):
            return self.talk.pages.problem(403)
        form = await request.form()
        said = Said(*(typed(form, name) for name in ("turn", "text", "choice", "seen")))
        visit = await visit_of(request, self.talk.door)
        if not visit.sent_by(typed(form, "form_token")):
            return await self._page(request, visit, 403, _NOT_SENT, said.text)
        if said.mistake:
            return await self._page(request, visit, 422, said.mistake, said.text)
        if self.pace.wait(visit.conversation, request.client.host if request.client else ""):
            return await self._page(request, visit, 429, _TOO_FAST, said.text)
        try:
            contact = await self.talk.say(visit, said)
        except CannotKeep:
            return await self._page(request, visit, 503, _NOT_KEPT, said.text)
        view = await self.talk.door.view(visit.conversation)
        answered = not contact or any(turn.contact == contact for turn in view.turns)
        return _see_page(request, visit, "" if answered else "waiting")

    async def begin_anew(self, request: Request) -> Response:
        """Another conversation on this device. The one before stays with the council."""
        if is_from_elsewhere(request):
            return self.talk.pages.problem(403)
        form = await request.form()
        visit = await visit_of(request, self.talk.door)
        if visit.known and not visit.sent_by(typed(form, "form_token")):
            return await self._page(request, visit, 403, _NOT_SENT)
        return _see_page(request, new_visit(self.talk.door, visit.framed))

    async def send_file(self, request: Request) -> Response:
        """The chat's own script and style."""
        return FileResponse(_FILES[request.url.path.rpartition("/")[2]], headers=_FOR_GOOD)

    async def send_widget(self, request: Request) -> Response:
        """The script that other sites put on their pages; there is none where nobody may."""
        if not self.origins:
            return self.talk.pages.problem(404)
        return FileResponse(_FOLDER / "widget.js", headers=_FOR_OTHER_SITES)

    async def _page(
        self, request: Request, visit: Visit, status: int = 200, mistake: str = "", text: str = ""
    ) -> Response:
        door, policy = self.talk.door, self.talk.policy
        view = await door.view(visit.conversation)
        response = self.talk.pages.show(
            "chat.html",
            status,
            **self.talk.state(view),
            turns=list(enumerate(view.turns, 1)),
            speakers=SPEAKERS,
            visit=visit,
            hello=say_in(policy, door.clock(), "hello", {}),
            turn=secrets.token_hex(16),
            exit=EXIT,
            version=_VERSION,
            mistakes={"text": mistake} if mistake else {},
            text=text,
            note=request.query_params.get("note", ""),
        )
        guard(response, visit.framed, self.origins)
        give_cookie(response, request, visit)
        return response


def _see_page(request: Request, visit: Visit, note: str = "") -> Response:
    """Show the page anew, at what was said last, so that loading it again sends nothing."""
    asks = "&".join([*(["embedded=1"] if visit.framed else []), *([f"note={note}"] if note else [])])
    response = RedirectResponse(f"/chat{'?' if asks else ''}{asks}#newest", 303)
    give_cookie(response, request, visit)
    return response
