"""Live conversations: the queue of those that wait, and one conversation with all that an officer does in it.

Every page works by posting and loading. Its script (live_script) only makes it quicker.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from channels.console.guard import Door, officer
from channels.console.live_parts import Parts
from channels.console.live_script import LiveScript
from channels.console.shown import Shown, page_number
from channels.rendering import typed, version_of, whole_number
from intake.care import Care
from intake.centre import ContactCentre, closing_words
from intake.centre_view import Called
from intake.conversation import Why
from intake.errors import NotTheirs, SendersMove
from intake.officers import SignedIn
from intake.presence import There
from intake.rights import Right
from intake.takeover import BY_LETTER, ENDS, End

WHYS = {
    Why.DANGER: "Danger",
    Why.DEADLINE: "Deadline near",
    Why.PASSED: "Handed over",
    Why.LEFT: "Officer left",
    Why.ASKED: "Asks for a person",
    Why.LANGUAGE: "Another language",
    Why.NOT_UNDERSTOOD: "Not understood",
    Why.ABUSE: "Abuse",
    Why.UNSURE: "Not sure what it is",
    Why.UNREAD: "Our letter was not read",
    Why.LOOK: "A person must look",
}

THERE = {There.AVAILABLE: "Available", There.BUSY: "Busy", There.AWAY: "Away"}

_FOLDER = Path(__file__).parent.parent / "pages"
_FILES = {"live.js": _FOLDER / "console_live.js", "live.css": _FOLDER / "console_live.css"}
_VERSION = version_of(_FILES.values())
_FOR_GOOD = {"Cache-Control": "private, max-age=31536000, immutable"}
_OWN_SCRIPT = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class LiveRoom:
    """Its pages."""

    centre: ContactCentre
    shown: Shown
    script: LiveScript
    care: Care

    def doors(self) -> Sequence[Door]:
        """What each asks for. Whoever may see conversations may look; answering is a right of its own."""
        one = "/live/{conversation}"
        return (
            Door("/live", Right.SEE, self.queue),
            Door("/live/me", Right.TALK, self.be, "POST"),
            Door("/live/calls/{call}", Right.TALK, self.called, "POST"),
            *(Door(f"/live/{name}", Right.SEE, self.file) for name in _FILES),
            *self.script.doors(),
            Door(one, Right.SEE, self.conversation),
            Door(f"{one}/take", Right.TALK, self.take, "POST"),
            Door(f"{one}/say", Right.TALK, self.say, "POST"),
            Door(f"{one}/hand-on", Right.TALK, self.hand_on, "POST"),
            Door(f"{one}/give-back", Right.TALK, self.give_back, "POST"),
            Door(f"{one}/close", Right.TALK, self.close, "POST"),
        )

    async def queue(self, request: Request) -> Response:
        """Who waits, what the officer has, and calls to make."""
        who = officer(request)
        await self._there(who)
        queue = await self.centre.queue(who, page_number(request.query_params))
        response = self.shown.page(
            request,
            "console_live.html",
            queue=queue,
            whys=WHYS,
            there_words=THERE,
            ago=lambda at: ago(at, queue.read_at),
            late=lambda at: at < queue.read_at,
            version=_VERSION,
        )
        return _guarded(response)

    async def conversation(self, request: Request) -> Response:
        """One conversation."""
        await self._there(officer(request))
        return await self._conversation(request)

    async def take(self, request: Request) -> Response:
        """Take it over; who comes second is told who has it."""
        conversation = request.path_params["conversation"]
        try:
            await self.centre.take(conversation, officer(request))
        except NotTheirs as error:
            return await self._conversation(request, 409, str(error))
        return self._back(request, "text")

    async def say(self, request: Request) -> Response:
        """Say what stands in the box."""
        form = await request.form()
        text = typed(form, "text")
        try:
            await self.centre.say(
                request.path_params["conversation"], officer(request), _fence(form), typed(form, "turn"), text
            )
        except SendersMove as error:
            return await self._conversation(request, _status(error), str(error), text)
        self.script.watch.ring(request.path_params["conversation"])
        return self._back(request)

    async def hand_on(self, request: Request) -> Response:
        """To a colleague or a team."""
        form = await request.form()
        to, note = typed(form, "to"), typed(form, "note")
        deed = self.centre.hand_on(request.path_params["conversation"], officer(request), _fence(form), to, note)
        try:
            await deed
        except SendersMove as error:
            return await self._conversation(request, _status(error), str(error), note=note)
        self.script.watch.ring(request.path_params["conversation"])
        return RedirectResponse("/live", 303)

    async def give_back(self, request: Request) -> Response:
        """To the assistant."""
        fence = _fence(await request.form())
        try:
            await self.centre.give_back(request.path_params["conversation"], officer(request), fence)
        except SendersMove as error:
            return await self._conversation(request, _status(error), str(error))
        self.script.watch.ring(request.path_params["conversation"])
        return RedirectResponse("/live", 303)

    async def close(self, request: Request) -> Response:
        """With an outcome, and last words."""
        form, conversation = await request.form(), request.path_params["conversation"]
        end, name, text = typed(form, "end"), typed(form, "turn"), typed(form, "closing")
        try:
            if end not in set(End):
                raise SendersMove("Choose how it ended")
            await self.centre.close(conversation, officer(request), _fence(form), End(end), name, text)
        except SendersMove as error:
            return await self._conversation(request, _status(error), str(error), closing=text)
        self.script.watch.ring(conversation)
        return RedirectResponse("/live", 303)

    async def be(self, request: Request) -> Response:
        """Available, busy or away."""
        form = await request.form()
        there, places = typed(form, "there"), typed(form, "places")
        if there in set(There):
            at_once = whole_number(places, 3, self.shown.policy.live.places)
            await self.centre.be(officer(request), There(there), at_once)
        return RedirectResponse("/live", 303)

    async def called(self, request: Request) -> Response:
        """How a call went."""
        how = typed(await request.form(), "how")
        if how in set(Called):
            try:
                await self.centre.called(request.path_params["call"], officer(request), Called(how))
            except NotTheirs:
                raise HTTPException(404) from None
            except SendersMove:
                pass  # the queue, which is shown next, tells what became of it
        return RedirectResponse("/live", 303)

    async def file(self, request: Request) -> Response:
        """The pages' own script and style."""
        return FileResponse(_FILES[request.url.path.rpartition("/")[2]], headers=_FOR_GOOD)

    async def _there(self, who: SignedIn) -> None:
        if who.may(Right.TALK):
            await self.centre.beat(who, page=True)

    async def _conversation(
        self, request: Request, status: int = 200, mistake: str = "", text: str = "", note: str = "", closing: str = ""
    ) -> Response:
        who = officer(request)
        before = whole_number(request.query_params.get("before", ""), 18, 0)
        view = await self.centre.view(request.path_params["conversation"], who, before)
        if view is None:
            raise HTTPException(404)
        policy = self.shown.policy
        response = self.shown.page(
            request,
            "console_live_one.html",
            status,
            **Parts(self.shown, who).values(view),
            flags=await self.care.flags(view.conversation.person, view.conversation.id),
            mistake=mistake,
            text=text or view.draft,
            note=note,
            closing=closing or closing_words(policy, self.shown.clock()),
            turn=secrets.token_hex(16),
            ends=ENDS,
            colleagues=await self.centre.colleagues(who),
            teams=policy.teams,
            by_letter=view.conversation.channel in BY_LETTER,
            whys=WHYS,
            older=bool(before),
            version=_VERSION,
        )
        return _guarded(response)

    def _back(self, request: Request, place: str = "newest") -> Response:
        """To the conversation, where the last turn has the focus; or the box to write in."""
        conversation = request.path_params["conversation"]
        self.script.watch.ring(conversation)
        return RedirectResponse(f"/live/{conversation}#{place}", 303)


def _guarded(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _OWN_SCRIPT
    return response


def _fence(form: FormData) -> int:
    return whole_number(typed(form, "fence"), 9, -1)


def _status(error: SendersMove) -> int:
    return 409 if isinstance(error, NotTheirs) else 422


def ago(at: datetime | None, now: datetime) -> str:
    """How long since, in words: 4 minutes."""
    seconds = max(0.0, (now - at).total_seconds()) if at else 0.0
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            number = int(seconds // size)
            return f"{number} {unit}{'s' if number > 1 else ''}"
    return "under a minute"
