"""What the web chat's script asks for: send a turn, and hear of new ones by server-sent events or by asking."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from channels.api.watching import Watch
from channels.chat_talk import Pace, Said, Talk
from channels.chat_visits import Visit, give_cookie, visit_of
from intake.errors import CannotKeep

ALIVE_EVERY = 15.0
LONGEST_STREAM = 300.0
"""Seconds: after how much silence a stream says that it is alive, and when it ends.

The browser then connects anew by itself, and its cookie is looked at again.
"""

_NOT_THEIRS = {"problem": "This chat is not open here any more. What you sent before is safe."}


@dataclass(frozen=True)
class ChatScript:
    """The script's addresses. Each names its page's conversation: the browser may have begun another one since."""

    talk: Talk
    pace: Pace
    watch: Watch

    def routes(self) -> list[BaseRoute]:
        """The three of them."""
        return [
            Route("/chat/turns", self.tell),
            Route("/chat/turns", self.say, methods=["POST"]),
            Route("/chat/events", self.stream),
        ]

    async def tell(self, request: Request) -> Response:
        """The turns after the number that is asked for, and where the conversation stands."""
        visit = await self._theirs(request)
        if visit is None:
            return JSONResponse(_NOT_THEIRS, 403)
        after = _as_number(request.query_params.get("after", ""))
        return JSONResponse(self.talk.news(await self.talk.door.view(visit.conversation), after))

    async def say(self, request: Request) -> Response:
        """Keep what the script sent, and answer with the turns since."""
        fields = await _fields(request)
        said = Said(*(fields.get(name, "").strip() for name in ("turn", "text", "choice", "seen")))
        visit = await self._theirs(request)
        if visit is None or not visit.sent_by(fields.get("form_token", "")):
            return JSONResponse(_NOT_THEIRS, 403)
        if said.mistake:
            return JSONResponse({"problem": said.mistake}, 422)
        address = request.client.host if request.client else ""
        if wait := self.pace.wait(visit.conversation, address):
            return _later(429, "You sent a lot in a short time. We wait a little before we take more.", wait)
        try:
            contact = await self.talk.say(visit, said)
        except CannotKeep:
            return _later(503, "Your message was not kept yet.", 5)
        self.watch.ring(visit.conversation)
        news = self.talk.news(await self.talk.door.view(visit.conversation), _as_number(said.seen))
        response = JSONResponse({**news, "contact": contact})
        give_cookie(response, request, visit)
        return response

    async def stream(self, request: Request) -> Response:
        """The same as ``tell``, as it comes."""
        visit = await self._theirs(request)
        if visit is None:
            return JSONResponse(_NOT_THEIRS, 403)
        if self.watch.is_full(visit.conversation):
            return _later(429, "This chat is open in too many windows.", 30)
        after = _as_number(request.headers.get("last-event-id") or request.query_params.get("after", ""))
        headers = {"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
        if request.method == "HEAD":
            return Response(headers=headers)
        return StreamingResponse(self._events(visit, after), headers=headers)

    async def _theirs(self, request: Request) -> Visit | None:
        visit = await visit_of(request, self.talk.door)
        return visit if visit.known and visit.conversation == request.query_params.get("of") else None

    async def _events(self, visit: Visit, after: int) -> AsyncIterator[str]:
        """An event whenever something changed. Its id is the last turn's number, which the browser shows again."""
        loop = asyncio.get_running_loop()
        ends, stood = loop.time() + LONGEST_STREAM, ""
        with self.watch.listen(visit.conversation) as bell:
            yield "retry: 1000\n\n"
            while loop.time() < ends and not self.watch.closing:
                bell.clear()
                view = await self.talk.door.view(visit.conversation)
                news = self.talk.news(view, after)
                stands = json.dumps({**news, "turns": ()})
                if news["turns"] or stands != stood:
                    yield f"id: {len(view.turns)}\nevent: news\ndata: {json.dumps(news)}\n\n"
                after, stood = len(view.turns), stands
                try:
                    async with asyncio.timeout(ALIVE_EVERY):
                        await bell.wait()
                except TimeoutError:
                    yield ": still here\n\n"


def _later(status: int, problem: str, seconds: float) -> Response:
    return JSONResponse({"problem": problem}, status, {"Retry-After": str(max(1, round(seconds)))})


async def _fields(request: Request) -> Mapping[str, str]:
    """The strings of a JSON object; what is none has none. Browsers let no other site send this media type unasked."""
    if not request.headers.get("content-type", "").startswith("application/json"):
        return {}
    try:
        sent = json.loads(await request.body())
    except (ValueError, RecursionError):
        return {}
    strings = sent.items() if isinstance(sent, dict) else ()
    return {name: _plain(value) for name, value in strings if isinstance(value, str)}


def _plain(value: str) -> str:
    return value.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n")


def _as_number(value: str) -> int:
    return int(value) if value.isdecimal() and len(value) < 10 else 0
