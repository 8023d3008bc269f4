"""A house behind the web chat, with the real interpreter, and a site that it is served from on loopback ports."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from case_store.engine import make_engine, migrate
from case_store.store import SqlStore
from channels import turns, web
from channels.api.limits import Rate
from channels.chat_talk import Pace
from config.packs import load_pack
from intake.contact import Channel
from intake.conversation import Holder, Speaker, Turn
from intake.policy import Policy
from intake.ports import Interpreter, UnitOfWork
from intake.reception import Reception
from tests.living_house import free_port
from tests.web_fixtures import StandingClock

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
MISSED_BIN = "My bin at 14 Elm Road, BT4 2QR has not been emptied for three weeks, I rang twice and nobody came."
GAS = "There is a strong smell of gas in my kitchen"

Result = TypeVar("Result")


@dataclass
class ChatHouse:
    """What the tests lean on."""

    store: SqlStore
    policy: Policy
    clock: StandingClock
    reception: Reception

    def app(self, origins: Sequence[str] = (), pace: Pace | None = None) -> Starlette:
        pace = pace or Pace(Rate(None), Rate(None))
        return web.make_app(self.reception, self.store, self.policy, self.clock, origins, pace=pace)

    async def turns(self, conversation: str) -> Sequence[Turn]:
        return await self.store.read(lambda unit: unit.conversations.turns(conversation))

    async def officer_says(self, conversation: str, text: str) -> None:
        """An officer takes the conversation over, and says something."""

        def write(unit: UnitOfWork) -> None:
            known = unit.conversations.get(conversation)
            assert known is not None
            unit.conversations.keep(replace(known, holder=Holder.OFFICER))
            unit.conversations.add_turn(conversation, Turn(self.clock(), Speaker.OFFICER, text, ""))

        await self.store.transact(write)


@contextmanager
def chat_house(database_url: str, interpreter: Interpreter) -> Iterator[ChatHouse]:
    """A house on an empty database, on a Monday morning."""
    engine = make_engine(database_url)
    migrate(engine)
    store, clock = SqlStore(engine), StandingClock(MONDAY)
    policy = load_pack(Path(__file__).parent.parent / "config/councils/bettershire")
    readers = {Channel.WEB_FORM: web.read_form, **turns.READERS}
    try:
        yield ChatHouse(store, policy, clock, Reception(store, interpreter, readers, policy, clock))
    finally:
        store.close()
        engine.dispose()


class Served:
    """Apps that are served from a thread of their own, on ports that stay theirs while they are down."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="chat", daemon=True)
        self._thread.start()
        self._servers: dict[int, uvicorn.Server] = {}

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def up(self, app: ASGIApp, port: int = 0) -> int:
        """Serve an app; the port."""
        port = port or free_port()
        self._servers[port] = self.run(_listening(app, port))
        return port

    def down(self, port: int) -> None:
        """Cut every connection to an app and stop it."""
        self.run(self._servers.pop(port).shutdown())

    def close(self) -> None:
        for port in tuple(self._servers):
            self.down(port)
        self.run(_ended())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()


async def _ended() -> None:
    """What still runs on this loop, such as a look that sleeps, is over."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _listening(app: ASGIApp, port: int) -> uvicorn.Server:
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_level="critical", lifespan="off", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    return server
