"""What the script of the live pages asks for: news by server-sent events or by asking, and to keep what is typed."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from channels.api.watching import Watch
from channels.console.guard import SESSION, Door, officer
from channels.console.live_parts import Parts
from channels.console.shown import Shown
from channels.rendering import whole_number
from intake.accounts import Accounts
from intake.centre import ContactCentre
from intake.errors import NotTheirs, SendersMove
from intake.officers import SignedIn
from intake.rights import Right

LOOK_EVERY = 5.0
"""Seconds. How a letter or a message goes on its way changes no conversation, so it is looked up so often."""

LONGEST_STREAM = 300.0
"""Seconds after which a stream ends. The browser connects anew, and its officer is looked up again."""


@dataclass(frozen=True)
class LiveScript:
    """The script's addresses."""

    centre: ContactCentre
    accounts: Accounts
    shown: Shown
    watch: Watch

    def doors(self) -> Sequence[Door]:
        """All of them are for who may talk."""
        one = "/live/{conversation}"
        return (
            Door("/live/news", Right.SEE, self.news, by_itself=True),
            Door("/live/beat", Right.TALK, self.beat, "POST", by_itself=True, json=True),
            Door(f"{one}/turns", Right.SEE, self.turns, by_itself=True),
            Door(f"{one}/events", Right.SEE, self.stream, by_itself=True),
            Door(f"{one}/words", Right.TALK, self.say, "POST", json=True),
            Door(f"{one}/draft", Right.TALK, self.draft, "POST", json=True),
            Door(f"{one}/writing", Right.TALK, self.writing, "POST", json=True),
        )

    async def news(self, request: Request) -> Response:
        """How many began to wait, and how many were handed to them, since the page was loaded."""
        try:
            since = datetime.fromisoformat(request.query_params.get("since", "")).astimezone(UTC)
        except (ValueError, OverflowError):
            since = self.shown.clock()
        new, handed, waiting = await self.centre.news(officer(request), since)
        return JSONResponse({"new": new, "handed": handed, "waiting": waiting})

    async def beat(self, request: Request) -> Response:
        """A page of theirs is open."""
        await self.centre.beat(officer(request))
        return JSONResponse({})

    async def turns(self, request: Request) -> Response:
        """What was said after a number, and where it stands."""
        found = await self._news(request.path_params["conversation"], officer(request), _number(request))
        return JSONResponse(found) if found else JSONResponse({"problem": "There is no such conversation."}, 404)

    async def say(self, request: Request) -> Response:
        """Say something, once by its name."""
        conversation = request.path_params["conversation"]
        try:
            fields = await _fields(request)
            fence, name = whole_number(fields.get("fence", ""), 9, -1), fields.get("turn", "")
            await self.centre.say(conversation, officer(request), fence, name, fields.get("text", "").strip())
        except SendersMove as error:
            return JSONResponse({"problem": str(error)}, 409 if isinstance(error, NotTheirs) else 422)
        self.watch.ring(conversation)
        return JSONResponse(await self._news(conversation, officer(request), _number(request)))

    async def draft(self, request: Request) -> Response:
        """Keep what is half written."""
        try:
            words = (await _fields(request)).get("text", "")
            await self.centre.write_half(request.path_params["conversation"], officer(request), words)
        except SendersMove as error:
            return JSONResponse({"problem": str(error)}, 404 if isinstance(error, NotTheirs) else 422)
        return JSONResponse({})

    async def writing(self, request: Request) -> Response:
        """Show the resident that an officer writes."""
        conversation = request.path_params["conversation"]
        try:
            await self.centre.is_writing(conversation, officer(request))
        except NotTheirs as error:
            return JSONResponse({"problem": str(error)}, 404)
        self.watch.ring(conversation)
        return JSONResponse({})

    async def stream(self, request: Request) -> Response:
        """The same as ``turns``, as it comes."""
        conversation, who = request.path_params["conversation"], officer(request)
        after = _number(request)
        if await self.centre.view(conversation, who) is None:
            return JSONResponse({"problem": "There is no such conversation."}, 404)
        headers = {"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
        if request.method == "HEAD":
            return Response(headers=headers)
        events = self._events(conversation, request.cookies.get(SESSION, ""), after)
        return StreamingResponse(events, headers=headers)

    async def _events(self, conversation: str, session: str, after: int) -> AsyncIterator[str]:
        """An event whenever something changed; its id is the last turn's number. Who signed out sees no more."""
        loop = asyncio.get_running_loop()
        ends, stood = loop.time() + LONGEST_STREAM, ""
        with self.watch.listen(conversation) as bell:
            yield "retry: 1000\n\n"
            while loop.time() < ends and not self.watch.closing:
                bell.clear()
                who = await self.accounts.officer_of(session, doing=False)
                news = await self._news(conversation, who, after) if who else None
                if news is None:
                    return
                stands = json.dumps({**news, "turns": ()})
                changed = bool(news["turns"]) or stands != stood
                after = max([after, *(turn["number"] for turn in news["turns"])])
                yield f"id: {after}\nevent: news\ndata: {json.dumps(news)}\n\n" if changed else ": still here\n\n"
                stood = stands
                try:
                    async with asyncio.timeout(LOOK_EVERY):
                        await bell.wait()
                except TimeoutError:
                    continue

    async def _news(self, conversation: str, who: SignedIn, after: int) -> dict[str, Any] | None:
        view = await self.centre.view(conversation, who)
        if view is None:
            return None
        parts = Parts(self.shown, who)
        values = parts.values(view)
        return {
            "turns": parts.turns(view, after),
            "first": view.said[0].number if view.said else 0,
            "standing": parts.standing(view),
            "facts": parts.facts(view),
            "delivery": {str(said.number): said.delivery for said in view.said if said.delivery},
            "mine": values["mine"],
            "fence": view.conversation.hold.fence,
        }


def _number(request: Request) -> int:
    """The number of the last turn that the page shows."""
    number = request.headers.get("last-event-id") or request.query_params.get("after", "0")
    return whole_number(number, 18, 0)


async def _fields(request: Request) -> Mapping[str, str]:
    """The strings of a JSON object. Raises SendersMove where it is none: a torn one must not empty what was kept."""
    try:
        sent = json.loads(await request.body())
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, dict):
        raise SendersMove("This is not a JSON object.")
    return {
        name: value.encode("utf-8", "replace").decode().replace("\0", "").replace("\r\n", "\n")
        for name, value in sent.items()
        if isinstance(value, str)
    }
