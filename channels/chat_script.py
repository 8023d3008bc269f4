"""What the web chat's script asks for: send a turn, and hear of new ones by server-sent events or by asking."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from channels.api.limits import Rate
from channels.api.watching import Watch
from channels.chat_talk import Pace, Said, Talk, said_by
from channels.chat_visits import Visit, give_cookie, visit_of
from channels.rendering import typed, whole_number
from channels.uploads import Refusal, Refused, is_form, octets_of, sent, words_of
from intake.errors import CannotKeep

ALIVE_EVERY = 15.0
LONGEST_STREAM = 300.0
"""Seconds: after how much silence a stream says that it is alive, and when it ends.

The browser then connects anew by itself, and its cookie is looked at again.
"""


@dataclass(frozen=True)
class ChatScript:
    """The script's addresses. Each names its page's conversation: the browser may have begun another one since."""

    talk: Talk
    pace: Pace
    watch: Watch
    signs: Rate = field(default_factory=lambda: Rate(90))

    def routes(self) -> list[BaseRoute]:
        """All of them."""
        return [
            Route("/chat/turns", self.tell),
            Route("/chat/turns", self.say, methods=["POST"]),
            Route("/chat/events", self.stream),
            Route("/chat/here", self.here, methods=["POST"]),
        ]

    async def tell(self, request: Request) -> Response:
        """The turns after the number that is asked for, and where the conversation stands."""
        visit = await self._theirs(request)
        if visit is None:
            return self._not_theirs()
        after = whole_number(request.query_params.get("after", ""), 9, 0)
        view = await self.talk.door.view(visit.conversation)
        await self.talk.door.seen(view, 0)
        return JSONResponse(self.talk.news(view, after))

    async def say(self, request: Request) -> Response:
        """Keep what the script sent, and answer with the turns since. What has files comes as a form."""
        visit = await self._theirs(request)
        if visit is None:
            return self._not_theirs()
        if not is_form(request):
            fields = await _fields(request)
            turn, text, choice, seen = (fields.get(name, "").strip() for name in ("turn", "text", "choice", "seen"))
            said = Said(turn, text, choice, seen)
            return await self._take(request, visit, said, fields.get("form_token", ""))
        if wait := self.pace.wait_with(octets_of(request), visit.conversation, _address(request)):
            return _later(429, self._word("chat_slow_down_files"), wait)
        try:
            async with sent(request) as form:
                return await self._take(request, visit, said_by(form), typed(form.form, "form_token"))
        except HTTPException as error:
            too_large = words_of(Refused("", Refusal.TOO_LARGE), self.talk.policy)
            problem = too_large if error.status_code == 413 else self._word("chat_unreadable_files")
            return JSONResponse({"problem": problem, "field": "files"}, error.status_code)

    async def _take(self, request: Request, visit: Visit, said: Said, form_token: str) -> Response:
        if not visit.sent_by(form_token):
            return self._not_theirs()
        await self.talk.follow(visit)
        if mistakes := said.mistakes(self.talk.pages):
            return JSONResponse({"problem": " ".join(mistakes.values()), "field": next(iter(mistakes))}, 422)
        if wait := self.pace.wait(visit.conversation, _address(request)):
            return _later(429, self._word("chat_slow_down"), wait)
        try:
            contact = await self.talk.say(visit, said)
        except CannotKeep:
            return _later(503, self._word("chat_not_kept_yet"), 5)
        self.watch.ring(visit.conversation)
        view = await self.talk.door.view(visit.conversation)
        await self.talk.door.seen(view, 0)
        news = self.talk.news(view, whole_number(said.seen, 9, 0))
        response = JSONResponse({**news, "contact": contact})
        give_cookie(response, request, visit)
        return response

    async def here(self, request: Request) -> Response:
        """That the page is open, how much it has shown, and whether somebody types: for the officer who answers them.

        Answers with the last turn's number, so that a page whose stream died unnoticed looks for what it missed.
        """
        fields, visit = await _fields(request), await self._theirs(request)
        if visit is None or not visit.sent_by(fields.get("form_token", "")):
            return self._not_theirs()
        if wait := self.signs.wait(visit.conversation):
            return _later(429, "Not so often.", wait)
        view = await self.talk.door.view(visit.conversation)
        await self.talk.door.seen(view, whole_number(fields.get("shown", ""), 9, 0))
        if fields.get("writing"):
            await self.talk.door.is_writing(view)
        self.watch.ring(visit.conversation)
        return JSONResponse({"last": len(view.turns)})

    async def stream(self, request: Request) -> Response:
        """The same as ``tell``, as it comes."""
        visit = await self._theirs(request)
        if visit is None:
            return self._not_theirs()
        if self.watch.is_full(visit.conversation):
            return _later(429, self._word("chat_many_windows"), 30)
        after = whole_number(request.headers.get("last-event-id") or request.query_params.get("after", ""), 9, 0)
        headers = {"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
        if request.method == "HEAD":
            return Response(headers=headers)
        await self.talk.door.seen(await self.talk.door.view(visit.conversation), 0)
        return StreamingResponse(self._events(visit, after), headers=headers)

    def _word(self, key: str) -> str:
        return self.talk.pages.words.say(key)

    def _not_theirs(self) -> Response:
        return JSONResponse({"problem": self._word("chat_not_theirs")}, 403)

    async def _theirs(self, request: Request) -> Visit | None:
        visit = await visit_of(request, self.talk.door)
        return visit if visit.known and visit.conversation == request.query_params.get("of") else None

    async def _events(self, visit: Visit, after: int) -> AsyncIterator[str]:
        """An event whenever something changed. Its id is the last turn's number, which the browser shows again.

        That it stays open tells nothing of the page: the connection of a phone without network lives on until TCP
        gives it up (RFC 1122 section 4.2.3.5), on Linux after a quarter of an hour.
        """
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


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


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
