"""Conversations: begin one, say a turn, read what was said, or have it streamed. It is kept before it is answered."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from channels.api.answers import json_answer, numbered, standing, too_often, whole_number
from channels.api.bodies import read_body
from channels.api.limits import Rate
from channels.api.problems import NOT_KEPT, NOT_YOURS, TOO_OFTEN, TURN_USED, WRONG_FIELDS, Mistake, Problem
from channels.api.shapes import Begun, NewConversation, NewTurn, Turns
from channels.api.tags import named
from channels.api.watching import Watch
from channels.live import LiveDoor, View, view_of
from channels.turns import first_line
from channels.uploads import Upload
from intake.errors import CannotKeep
from intake.policy import Policy
from intake.ports import UnitOfWork
from intake.threads import is_conversation

log = logging.getLogger(__name__)

FIRST_TURN = "the words that it began with"
OPEN_SECONDS = 300.0
"""How long a stream lasts; a client then comes again with Last-Event-ID, as browsers do by themselves."""

HEARTBEAT = 15.0
"""Seconds without news after which a comment is sent, so that no proxy takes the silence for an end."""

LONGEST_TOKEN = 200


@dataclass(frozen=True)
class Conversations:
    """The addresses under /conversations."""

    door: LiveDoor
    policy: Policy
    watch: Watch
    turns_a_minute: Rate

    async def begin(self, request: Request) -> Response:
        """A new conversation, and its token."""
        body = await read_body(request, NewConversation)
        language = named(body.language, self.policy)
        conversation, token = self.door.begin()
        if body.text.strip():
            await self.keep(conversation, FIRST_TURN, body.text, language=language)
        turns = numbered(await self.door.view(conversation))
        location = f"/api/v1/conversations/{conversation}/turns"
        return json_answer(Begun(id=conversation, token=token, turns=turns), 201, {"Location": location})

    async def say(self, request: Request) -> Response:
        """A turn; answers with it and all that was said since."""
        conversation = await self.own(request)
        body = await read_body(request, NewTurn)
        language = named(body.language, self.policy)
        if seconds := self.turns_a_minute.wait(conversation):
            raise too_often(seconds)
        text = body.text if body.text.strip() else await self._label(conversation, body.choice)
        contact = await self.keep(conversation, body.turn_id, text, body.choice, language=language)
        return await self.since(conversation, contact, lambda raw: first_line(raw)["text"] == text)

    async def since(self, conversation: str, contact: str, is_same: Callable[[bytes], bool]) -> Response:
        """This turn and all that was said since. ``is_same``: was this what was kept under its turn_id?"""
        view, kept = await self.door.store.read(lambda unit: _view_and_kept(unit, conversation, contact))
        if not is_same(kept):
            raise Problem(TURN_USED)
        numbers = [number for number, turn in enumerate(view.turns, 1) if turn.contact == contact]
        since = _answer(view, min(numbers) - 1 if numbers else len(view.turns))
        return json_answer(since, 200 if numbers else 202)

    async def read(self, request: Request) -> Response:
        """What was said after turn number ``after``."""
        conversation = await self.own(request)
        after = whole_number(request.query_params.get("after", "0"), "after")
        return json_answer(_answer(await self.door.view(conversation), after))

    async def stream(self, request: Request) -> Response:
        """The same as server-sent events (WHATWG HTML section 9.2), as they are said."""
        conversation = await self.own(request)
        last = request.headers.get("last-event-id") or request.query_params.get("after", "0")
        after = whole_number(last, "Last-Event-ID")
        if self.watch.is_full(conversation):
            raise Problem(
                TOO_OFTEN, headers={"Retry-After": "30"}, detail="Too many streams are open. Close one first."
            )
        headers = {"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
        if request.method == "HEAD":
            return Response(headers=headers)
        return StreamingResponse(self._events(conversation, after), headers=headers)

    async def own(self, request: Request) -> str:
        """The conversation of the address, where the token opens it. All that is wrong gets the same answer."""
        conversation = str(request.path_params["id"])
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        token = token.strip()
        right = scheme.lower() == "bearer" and 0 < len(token) <= LONGEST_TOKEN and is_conversation(conversation)
        if not right or not await self.door.opens(conversation, token):
            raise Problem(NOT_YOURS, headers={"WWW-Authenticate": 'Bearer realm="conversation"'})
        return conversation

    async def keep(
        self,
        conversation: str,
        turn: str,
        text: str,
        choice: str = "",
        files: Sequence[Upload] = (),
        language: str = "",
    ) -> str:
        """Say it, once; answers with its contact. Raises Problem where it was not kept."""
        name, told = hashlib.sha256(turn.encode()).hexdigest()[:40], {"choice": choice} if choice else None
        try:
            contact = await self.door.say(conversation, name, text, told, files, language)
        except CannotKeep as error:
            log.warning("a turn was not kept: %s", error)
            raise Problem(NOT_KEPT, headers={"Retry-After": "120"}) from None
        self.watch.ring(conversation)
        return contact

    async def _label(self, conversation: str, choice: str) -> str:
        """What a choice says, where it comes without words."""
        offered = [option for turn in (await self.door.view(conversation)).turns for option in turn.choices]
        labels = [option.label for option in offered if option.value == choice]
        if not labels:
            raise Problem(WRONG_FIELDS, [Mistake(detail="was not offered in this conversation", pointer="#/choice")])
        return labels[-1]

    async def _events(self, conversation: str, after: int) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        ends, stood = loop.time() + OPEN_SECONDS, ""
        with self.watch.listen(conversation) as bell:
            yield "retry: 1000\n\n"
            while True:
                bell.clear()
                view = await self.door.view(conversation)
                for turn in numbered(view, after):
                    yield _event("turn", turn.model_dump_json(exclude_none=True), turn.n)
                    after = turn.n
                now_stands = _answer(view, len(view.turns)).model_dump_json(exclude={"turns"}, exclude_none=True)
                if now_stands != stood:
                    yield _event("state", now_stands)
                    stood = now_stands
                if self.watch.closing or loop.time() > ends:
                    return
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        await bell.wait()
                except TimeoutError:
                    yield ": still here\n\n"


def _answer(view: View, after: int) -> Turns:
    state = view.state
    return Turns(
        turns=numbered(view, after), holder=state.holder.value if state else "assistant", state=standing(state)
    )


def _event(kind: str, data: str, number: int = 0) -> str:
    """JSON holds no line end of its own, so one data line is enough."""
    return (f"id: {number}\n" if number else "") + f"event: {kind}\ndata: {data}\n\n"


def _view_and_kept(unit: UnitOfWork, conversation: str, contact: str) -> tuple[View, bytes]:
    """The conversation, and what was kept as this contact."""
    original = unit.desk.original(contact)
    return view_of(unit, conversation), original.raw if original else b"{}"
