"""The API's streams, over a real server and a real connection: told at once, told across processes, resumed."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest
import uvicorn

from channels.api import app as api
from channels.api import conversations, watching
from channels.api.shapes import State, TurnTold
from nlu.embedded import EmbeddedInterpreter
from tests.living_house import free_port
from tests.test_api import COMPLAINT, PLACE, Talk, app_of, at_home, begin, problem
from tests.web_fixtures import WebHouse, browser, web_house

PATIENCE = 20.0


@pytest.fixture
def houses(database_url: str, interpreter: EmbeddedInterpreter) -> Iterator[tuple[WebHouse, WebHouse]]:
    """Two houses over one database, as two processes are: nothing but the store tells one of the other."""
    with web_house(database_url) as one, web_house(database_url) as other:
        yield at_home(one, interpreter), at_home(other, interpreter)


@asynccontextmanager
async def served(house: WebHouse, watch: watching.Watch | None = None) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a real server on a port of its own."""
    port = free_port()
    app = app_of(house, api.NO_LIMITS, watch)
    config = uvicorn.Config(app, port=port, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[socket.create_server(("127.0.0.1", port))])
    loop = asyncio.create_task(server.main_loop())
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client:
            yield client
    finally:
        server.should_exit = True
        await loop
        await server.shutdown()


@dataclass
class Stream:
    """An open stream, event by event."""

    lines: AsyncIterator[str]
    comments: int = 0
    numbers: list[int] = field(default_factory=list)

    async def next(self) -> tuple[str, dict[str, object]]:
        """The next event's name and data. Raises StopAsyncIteration at the stream's end."""
        event: dict[str, str] = {}
        async with asyncio.timeout(PATIENCE):
            while True:
                line = await anext(self.lines)
                if line.startswith(":"):
                    self.comments += 1
                elif line:
                    name, _, value = line.partition(": ")
                    event[name] = value
                elif "data" in event:
                    if "id" in event:
                        self.numbers.append(int(event["id"]))
                    return event["event"], json.loads(event["data"])
                else:
                    event = {}

    async def turns(self, count: int) -> list[TurnTold]:
        """The next turns, whatever else is told between them."""
        found: list[TurnTold] = []
        while len(found) < count:
            name, data = await self.next()
            if name == "turn":
                found.append(TurnTold.model_validate(data))
        return found


@asynccontextmanager
async def stream(talk: Talk, last: int | None = None) -> AsyncIterator[Stream]:
    headers = talk.headers | ({"Last-Event-ID": str(last)} if last is not None else {})
    async with talk.client.stream("GET", f"{PLACE}/conversations/{talk.id}/events", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        yield Stream(answer.aiter_lines())


async def test_turns_are_told_as_they_are_said_and_a_stream_is_taken_up_where_it_broke_off(
    houses: tuple[WebHouse, WebHouse],
) -> None:
    async with served(houses[0]) as client:
        talk = await begin(client, text=COMPLAINT)
        async with stream(talk) as events:
            assert [turn.by for turn in await events.turns(2)] == ["resident", "assistant"]
            name, data = await events.next()
            assert name == "state"
            state = data["state"]
            assert isinstance(state, dict)
            assert State.model_validate(state).route == "formal"
            answer = await talk.say("I want an apology.")
            assert await events.turns(len(answer.turns)) == answer.turns
            assert events.numbers == list(range(1, len(events.numbers) + 1))
            last = events.numbers[-1]
        more = await talk.say("My name is Anne Shaw.")
        async with stream(talk, last) as events:
            assert await events.turns(len(more.turns)) == more.turns
            assert events.numbers[0] == last + 1


async def test_what_another_process_says_is_told_too(houses: tuple[WebHouse, WebHouse]) -> None:
    here, there = houses
    async with served(here) as client, browser(app_of(there)) as elsewhere:
        talk = await begin(client, text="Hello")
        async with stream(talk) as events:
            await events.turns(2)
            answer = await Talk(elsewhere, talk.id, talk.token).say(COMPLAINT)
            assert await events.turns(len(answer.turns)) == answer.turns


async def test_a_stream_begun_before_the_first_words_tells_them(houses: tuple[WebHouse, WebHouse]) -> None:
    async with served(houses[0]) as client:
        talk = await begin(client)
        async with stream(talk) as events:
            assert (await events.next())[0] == "state"
            answer = await talk.say("Hello")
            assert await events.turns(2) == answer.turns


async def test_a_quiet_stream_says_that_it_is_alive_and_ends_by_itself(
    houses: tuple[WebHouse, WebHouse], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversations, "HEARTBEAT", 0.05)
    monkeypatch.setattr(conversations, "OPEN_SECONDS", 0.5)
    async with served(houses[0]) as client:
        talk = await begin(client, text="Hello")
        async with stream(talk, 2) as events:
            with contextlib.suppress(StopAsyncIteration):
                while True:
                    await events.next()
            assert events.numbers == []
            assert events.comments > 0


async def test_a_conversation_has_only_so_many_streams_and_a_closed_one_makes_room(
    houses: tuple[WebHouse, WebHouse], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "MOST_STREAMS_EACH", 1)
    async with served(houses[0]) as client:
        talk = await begin(client, text="Hello")
        async with stream(talk) as events:
            await events.turns(2)
            path = f"{PLACE}/conversations/{talk.id}/events"
            problem(await client.get(path, headers=talk.headers), 429, "too-often")
        for _ in range(200):
            await asyncio.sleep(0.02)
            async with client.stream("GET", path, headers=talk.headers) as answer:
                if answer.status_code == 200:
                    break
        assert answer.status_code == 200


async def test_an_open_stream_ends_when_the_house_closes(houses: tuple[WebHouse, WebHouse]) -> None:
    watch = watching.Watch(houses[0].store)
    async with served(houses[0], watch) as client:
        talk = await begin(client, text="Hello")
        async with stream(talk) as events:
            await events.turns(2)
            watch.close()
            with contextlib.suppress(StopAsyncIteration):
                while True:
                    await events.next()
        assert events.numbers == [1, 2]
