"""Serving: the parts of the house run side by side in one process until it is told to stop."""

import asyncio
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from config.settings import host_and_port
from config.wiring import House
from intake.errors import WrongSetting
from intake.forgetting import forget_expired

log = logging.getLogger(__name__)

PARTS = ("smtp", "lmtp", "imap", "telegram", "web", "console", "work")

IDLE_SECONDS = 1.0
"""How long a worker that found nothing waits before it looks again, unless somebody rings."""

LOOK_FOR_PACK = 20.0
"""Seconds after which an activated policy pack is noticed."""

RARELY = 30.0
"""The same for what no resident waits for."""

PATIENCE_SECONDS = 1.0
"""How long working off gives way to mail that is just being taken in."""

SENDERS = 2
"""Letters that go out side by side, so that a relay that hangs does not hold up all others."""

STOP_SECONDS = 10

ANSWERS_END_AFTER = 3
"""Seconds. Whoever still waits for an answer is sent away after that; what they said is kept."""


async def serve(house: House, parts: tuple[str, ...], ready: Callable[[], None]) -> bool:
    """Run these parts; calls ``ready`` once all of them listen. Returns after SIGINT or SIGTERM, all work finished.

    True: it ended by itself, to be begun anew with the policy pack that was activated meanwhile.
    """
    stop, new_pack = asyncio.Event(), asyncio.Event()
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
    doors = await _open_mail(house, parts)
    tasks = workers(house, stop) if "work" in parts else []
    tasks += [asyncio.create_task(web.main_loop()) for web in webs]
    if "imap" in parts:
        tasks += [asyncio.create_task(mailbox.read(stop)) for mailbox in house.mailboxes]
    if "telegram" in parts and house.telegram:
        tasks.append(asyncio.create_task(house.telegram.run(stop)))
    tasks.append(asyncio.create_task(_look_for_pack(house, stop, new_pack), name="pack"))
    ready()
    await stop.wait()
    for door in doors:
        door.close()
    house.mail.doorkeeper.send_all_away()
    house.watch.close()
    for web in webs:
        web.should_exit = True
    _, late = await asyncio.wait([*tasks, asyncio.create_task(asyncio.sleep(0))], timeout=STOP_SECONDS)
    for task in late:
        task.cancel()
    await asyncio.gather(*(web.shutdown() for web in webs))
    return new_pack.is_set()


async def _look_for_pack(house: House, stop: asyncio.Event, new_pack: asyncio.Event) -> None:
    """A policy pack that was activated elsewhere ends this house, to be built anew: nothing ever sees half of each."""
    while not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), LOOK_FOR_PACK)
        try:
            if not stop.is_set() and await house.packs.is_changed():
                log.info("another policy pack was activated: it is taken on now")
                new_pack.set()
                stop.set()
        except Exception as error:
            log.error("whether the policy pack has changed could not be seen: %s", type(error).__name__)


async def _open_mail(house: House, parts: tuple[str, ...]) -> list[asyncio.Server]:
    """The mail doors; LMTP only where it has an address."""
    doors, smtp, lmtp = [], house.settings.smtp, house.settings.lmtp
    if "smtp" in parts:
        with _told_as("SMTP", smtp):
            doors.append(await house.mail.listen(*host_and_port(smtp)))
    if "lmtp" in parts and lmtp:
        with _told_as("LMTP", lmtp):
            path = Path(lmtp.removeprefix("unix:")) if lmtp.startswith("unix:") else None
            listening = house.mail.listen_lmtp_socket(path) if path else house.mail.listen_lmtp(*host_and_port(lmtp))
            doors.append(await listening)
    return doors


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
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=ANSWERS_END_AFTER,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listening])
    return server


def workers(house: House, stop: asyncio.Event) -> list[asyncio.Task[None]]:
    """What works off the inbox, the outbox and the files, until ``stop`` is set."""
    reception, dispatch = house.reception, house.dispatch

    async def attend() -> bool:
        await reception.quiet(PATIENCE_SECONDS)
        return await reception.attend_next()

    return [
        asyncio.create_task(_keep_working(attend, reception.arrived, stop), name="attend"),
        *(
            asyncio.create_task(_keep_working(dispatch.send_next, reception.answered, stop), name=f"send {number}")
            for number in range(SENDERS)
        ),
        asyncio.create_task(_keep_working(reception.wind_up_next, asyncio.Event(), stop), name="wind_up"),
        asyncio.create_task(
            _keep_working(lambda: forget_expired(house.store, house.clock), asyncio.Event(), stop, RARELY),
            name="forget",
        ),
        asyncio.create_task(_keep_working(house.care.forget_due, asyncio.Event(), stop, RARELY), name="forget_care"),
        asyncio.create_task(_keep_working(house.centre.round_next, asyncio.Event(), stop), name="rounds"),
        asyncio.create_task(_keep_working(house.centre.raise_next, asyncio.Event(), stop, RARELY), name="raise"),
        asyncio.create_task(_keep_working(house.scanning.scan_next, asyncio.Event(), stop), name="scan"),
    ]


async def _keep_working(
    work: Callable[[], Awaitable[bool]], bell: asyncio.Event, stop: asyncio.Event, idle: float = IDLE_SECONDS
) -> None:
    """Do one piece after another. Finding nothing, wait for the bell; failing, wait and go on: never give up."""
    while not stop.is_set():
        bell.clear()
        try:
            if await work():
                continue
        except Exception as error:
            log.error("a worker failed and goes on: %s", type(error).__name__)
        waiting = [asyncio.create_task(bell.wait()), asyncio.create_task(stop.wait())]
        await asyncio.wait(waiting, timeout=idle, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
