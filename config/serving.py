"""Serving: the parts of the house run side by side in one process until it is told to stop."""

import asyncio
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from config.settings import host_and_port
from config.wiring import House
from intake.errors import WrongSetting

log = logging.getLogger(__name__)

PARTS = ("smtp", "web", "console", "work")

IDLE_SECONDS = 1.0
"""How long a worker that found nothing waits before it looks again, unless somebody rings."""

PATIENCE_SECONDS = 1.0
"""How long working off gives way to mail that is just being taken in."""

STOP_SECONDS = 10


async def serve(house: House, parts: tuple[str, ...], ready: Callable[[], None]) -> None:
    """Run these parts; calls ``ready`` once all of them listen. Returns after SIGINT or SIGTERM, all work finished."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    webs = [
        await _open_web(name, app, address)
        for part, name, app, address in (
            ("web", "HTTP", house.residents, house.settings.http),
            ("console", "CONSOLE", house.officers, house.settings.console),
        )
        if part in parts
    ]
    mail = None
    if "smtp" in parts:
        with _told_as("SMTP", house.settings.smtp):
            mail = await house.mail.listen(*host_and_port(house.settings.smtp))
    tasks = workers(house, stop) if "work" in parts else []
    tasks += [asyncio.create_task(web.main_loop()) for web in webs]
    ready()
    await stop.wait()
    if mail is not None:
        mail.close()
    for web in webs:
        web.should_exit = True
    _, late = await asyncio.wait([*tasks, asyncio.create_task(asyncio.sleep(0))], timeout=STOP_SECONDS)
    for task in late:
        task.cancel()
    await asyncio.gather(*(web.shutdown() for web in webs))


@contextmanager
def _told_as(name: str, address: str) -> Iterator[None]:
    """Say which setting's address cannot be listened on."""
    try:
        yield
    except OSError as error:
        raise WrongSetting(f"RIGHTDOOR_{name}: cannot listen on {address}: {error.strerror or error}") from error


async def _open_web(name: str, app: ASGIApp, address: str) -> uvicorn.Server:
    """A web server that listens already when this returns; its main loop is the caller's to run."""
    host, port = host_and_port(address)
    with _told_as(name, address):
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, lifespan="off")
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listening])
    return server


def workers(house: House, stop: asyncio.Event) -> list[asyncio.Task[None]]:
    """What works off the inbox and the outbox, until ``stop`` is set."""
    reception, dispatch = house.reception, house.dispatch

    async def attend() -> bool:
        await reception.quiet(PATIENCE_SECONDS)
        return await reception.attend_next()

    return [
        asyncio.create_task(_keep_working(attend, reception.arrived, stop), name="attend"),
        asyncio.create_task(_keep_working(dispatch.send_next, reception.answered, stop), name="send"),
    ]


async def _keep_working(work: Callable[[], Awaitable[bool]], bell: asyncio.Event, stop: asyncio.Event) -> None:
    """Do one piece after another. Finding nothing, wait for the bell; failing, wait and go on: never give up."""
    while not stop.is_set():
        bell.clear()
        try:
            if await work():
                continue
        except Exception as error:
            log.error("a worker failed and goes on: %s", type(error).__name__)
        waiting = [asyncio.create_task(bell.wait()), asyncio.create_task(stop.wait())]
        await asyncio.wait(waiting, timeout=IDLE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
