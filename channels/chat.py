"""The residents' web chat: a page that works by posting a form. Its script only makes it quicker (chat_script).

The store's list of turns is the truth, and a turn's place in it is its number. What a page sends has a name, so that
sent again it is said once.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from channels.chat_talk import Pace, Said, Talk, said_by, spoken_at
from channels.chat_visits import Visit, give_cookie, guard, is_from_elsewhere, new_visit, visit_of
from channels.prose import chosen
from channels.rendering import typed, version_of
from channels.uploads import (
    ACCEPT,
    LARGEST,
    LIMITS,
    MOST_FILES,
    Refusal,
    Refused,
    is_form,
    octets_of,
    sent,
    words_of,
)
from intake.errors import CannotKeep
from intake.talk_scene import say_in

EXIT = "https://www.bbc.co.uk/weather"
"""Where "Exit this page" leads, as the GOV.UK Design System has it: somewhere that tells nothing."""

_FOLDER = Path(__file__).parent / "pages"
_FILES = {name: _FOLDER / name for name in ("chat.css", "chat.js")}
_VERSION = version_of(_FILES.values())
_FOR_GOOD = {"Cache-Control": "public, max-age=31536000, immutable"}
_FOR_OTHER_SITES = {"Cache-Control": "public, max-age=3600", "Cross-Origin-Resource-Policy": "cross-origin"}
_SCRIPT_WORDS = (
    "error chat_empty chat_held_officer chat_held_waiting chat_not_theirs script_sending script_not_sent "
    "script_received script_sending_files script_sending_count script_too_long script_unreachable script_kept_here "
    "script_no_cookie script_own_page script_reload script_shift_first script_shift_second script_on_their_way "
    "script_writing"
).split()
"""The words that the script says; {count} and {names} are filled in there."""


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
        visit = await visit_of(request, self.talk.door)
        address = request.client.host if request.client else ""
        if is_form(request) and self.pace.wait_with(octets_of(request), visit.conversation, address):
            return await self._page(request, visit, 429, {"files": "chat_too_much"})
        try:
            async with sent(request, large=visit.known) as form:
                return await self._take(request, visit, said_by(form), typed(form.form, "form_token"))
        except HTTPException as error:
            if error.status_code != 413:
                raise
            mistake = words_of(Refused("", Refusal.TOO_LARGE), self.talk.policy)
            return await self._page(request, visit, 413, {"files": mistake})

    async def _take(self, request: Request, visit: Visit, said: Said, form_token: str) -> Response:
        if not visit.sent_by(form_token):
            return await self._page(request, visit, 403, {"text": "chat_not_sent"}, said.text)
        await self.talk.follow(visit)
        if mistakes := said.mistakes(self.talk.pages):
            return await self._page(request, visit, 422, mistakes, said.text)
        if self.pace.wait(visit.conversation, request.client.host if request.client else ""):
            return await self._page(request, visit, 429, {"text": "chat_too_fast"}, said.text)
        try:
            contact = await self.talk.say(visit, said)
        except CannotKeep:
            return await self._page(request, visit, 503, {"text": "chat_not_kept"}, said.text)
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
            return await self._page(request, visit, 403, {"text": "chat_not_sent"})
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
        self,
        request: Request,
        visit: Visit,
        status: int = 200,
        mistakes: Mapping[str, str] | None = None,
        text: str = "",
    ) -> Response:
        await self.talk.follow(visit)
        door, policy, words = self.talk.door, self.talk.policy, self.talk.pages.words
        view = await door.view(visit.conversation)
        await door.seen(view, len(view.turns))
        response = self.talk.pages.show(
            "chat.html",
            status,
            **self.talk.state(view),
            turns=list(enumerate(view.turns, 1)),
            spoken_at=spoken_at(view),
            script_words={key: words.say(key, count="{count}", names="{names}") for key in _SCRIPT_WORDS},
            visit=visit,
            framed=visit.framed,
            hello=say_in(policy, door.clock(), "hello", {}),
            turn=secrets.token_hex(16),
            exit=EXIT,
            version=_VERSION,
            files=view.files,
            files_hint=say_in(policy, door.clock(), "files_hint", LIMITS),
            accept=ACCEPT,
            most_files=MOST_FILES,
            largest=LARGEST,
            too_many=words_of(Refused("", Refusal.TOO_MANY), policy),
            too_large=words_of(Refused("", Refusal.TOO_LARGE), policy),
            mistakes={field: words.of(mistake) for field, mistake in (mistakes or {}).items()},
            text=text,
            note=request.query_params.get("note", ""),
        )
        guard(response, visit.framed, self.origins)
        give_cookie(response, request, visit)
        return response


def _see_page(request: Request, visit: Visit, note: str = "") -> Response:
    """Show the page anew, at what was said last, so that loading it again sends nothing."""
    framed = ["embedded=1", *([f"lang={tag}"] if (tag := chosen()) else [])] if visit.framed else []
    asks = "&".join([*framed, *([f"note={note}"] if note else [])])
    response = RedirectResponse(f"/chat{'?' if asks else ''}{asks}#newest", 303)
    give_cookie(response, request, visit)
    return response
