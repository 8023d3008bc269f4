"""The Telegram door: what residents write to the council's bot is kept, and what is said there is sent.

Updates are fetched by long polling, which works from behind a firewall, or come to a webhook on the residents' web.
Telegram forgets an update once a later one is asked for, so that is done only after its contact is kept.
"""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Bot
from telegram.error import RetryAfter

from channels.api.limits import Rate
from channels.live import LiveDoor
from channels.telegram.api import Patience, bot_number, in_words, retry_after
from channels.telegram.sending import TelegramSender
from channels.telegram.taking import MOST_A_MINUTE, Taking
from channels.telegram.updates import ALLOWED
from intake.errors import CannotKeep
from intake.messenger import BotState
from intake.policy import Policy

log = logging.getLogger(__name__)

Result = TypeVar("Result")

ALARM = timedelta(hours=12)
"""Telegram keeps updates for 24 hours (https://core.telegram.org/bots/api#getting-updates): half of that is left."""

WEBHOOK_PATH = "/telegram"
_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name
_LOOK_AGAIN = 300.0
"""Seconds between looks at whether Telegram reaches our webhook."""

_NOTE_EVERY = timedelta(minutes=1)
_ALARM_EVERY = timedelta(hours=1)
_IDLE = 1.0
"""Seconds between looks at whether something is to be sent."""

_SENDERS = 4


@dataclass
class TelegramDoor:
    """One bot. ``webhook`` is its public address (empty: updates are fetched)."""

    bot: Bot
    live: LiveDoor
    policy: Policy
    webhook: str = ""
    patience: Patience = field(default_factory=Patience)
    look_again: float = _LOOK_AGAIN
    pace: Rate = field(default_factory=lambda: Rate(MOST_A_MINUTE))
    _noted: datetime | None = None
    _alarmed: datetime | None = None

    def __post_init__(self) -> None:
        self.number = bot_number(self.bot.token)
        self._said = asyncio.Event()
        self.taking = Taking(self.bot, self.live, self.policy, self._said, self.pace)
        self.sender = TelegramSender(self.bot, self.number, self.live.store, self.live.clock, self.patience)

    async def run(self, stop: asyncio.Event) -> None:
        """Take in and send, until ``stop`` is set. What Telegram or the store does never ends it."""
        take_in = self._watch_webhook if self.webhook else self._fetch
        working = (self._look, *[self._send] * _SENDERS)
        senders = (self._again_and_again(work, _sending_failed, stop) for work in working)
        await asyncio.gather(self._again_and_again(take_in, self._fails, stop), *senders)
        await self.taking.settled()
        await self.bot.shutdown()

    # --- fetching ---------------------------------------------------------------------------------------------------

    async def _fetch(self, stop: asyncio.Event) -> None:
        """Fetch updates for good; raises what goes wrong, and begins anew where the last one was kept."""
        await self.taking.secret("beginning")
        await self.bot.initialize()
        await self.bot.delete_webhook(drop_pending_updates=False)
        after = 0
        while not stop.is_set():
            asked = {"offset": after, "timeout": self.patience.poll, "allowed_updates": list(ALLOWED)}
            wait = self.patience.poll + self.patience.answer
            call = self.bot.do_api_request("getUpdates", asked, read_timeout=wait)
            for update in await _unless(stop, call) or ():
                await self.taking.take(update)
                after = int(update["update_id"]) + 1
            await self._works()

    # --- the webhook ------------------------------------------------------------------------------------------------

    async def _watch_webhook(self, stop: asyncio.Event) -> None:
        """Tell Telegram our address, and look now and then whether it reaches us."""
        await self.taking.secret("beginning")
        await self.bot.initialize()
        while not stop.is_set():
            info = await self.bot.get_webhook_info()
            if info.url != self.webhook:
                token = await self.taking.secret("webhook")
                await self.bot.set_webhook(self.webhook, allowed_updates=ALLOWED, secret_token=token)
            if info.pending_update_count and info.last_error_message:
                await self._fails(f"Telegram does not reach our webhook: {info.last_error_message}")
            else:
                await self._works()
            await _unless(stop, asyncio.sleep(self.look_again))

    @property
    def route(self) -> Route:
        """Where Telegram sends updates, on the residents' web."""
        return Route(WEBHOOK_PATH, self._receive, methods=["POST"])

    async def _receive(self, request: Request) -> Response:
        """Only who knows the secret is heard. What could not be kept, Telegram sends again."""
        right = await self.taking.secret("webhook")
        if not hmac.compare_digest(request.headers.get(_SECRET_HEADER, "").encode(), right.encode()):
            return Response(status_code=404)
        try:
            raw = await request.json()
        except ValueError:
            return Response(status_code=400)
        try:
            await self.taking.take(raw)
        except CannotKeep:
            return Response(status_code=503)
        return Response()

    # --- going on ---------------------------------------------------------------------------------------------------

    async def _send(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._said.clear()
            if not await self.sender.send_next():
                await _unless(stop, self._said.wait())

    async def _look(self, stop: asyncio.Event) -> None:
        """Ring for the senders when there is something that nobody rang for: silence, an officer, another process."""
        while not stop.is_set():
            if await self.sender.is_due():
                self._said.set()
            await _unless(stop, asyncio.sleep(_IDLE))

    async def _again_and_again(
        self,
        work: Callable[[asyncio.Event], Awaitable[None]],
        failed: Callable[[str], Awaitable[None]],
        stop: asyncio.Event,
    ) -> None:
        """Whatever fails is said, and tried again after a while."""
        failures = 0
        while not stop.is_set():
            began = asyncio.get_running_loop().time()
            try:
                await work(stop)
            except Exception as error:
                lasted = asyncio.get_running_loop().time() - began
                failures = 1 if lasted > self.patience.poll else failures + 1
                wait = retry_after(error) if isinstance(error, RetryAfter) else self.patience.after(failures)
                await failed(in_words(error, self.bot.token))
                await _unless(stop, asyncio.sleep(wait))

    async def _works(self) -> None:
        now = self.live.clock()
        if self._noted is None or now - self._noted >= _NOTE_EVERY:
            await self.live.store.transact(lambda unit: unit.messenger.works(self.number, now))
            self._noted = now

    async def _fails(self, line: str) -> None:
        """Log it; and call for somebody while there is still time."""
        now, self._noted = self.live.clock(), None
        log.warning("Telegram: %s", line)
        try:
            await self.live.store.transact(lambda unit: unit.messenger.fails(self.number, now, line))
            bots = await self.live.store.read(lambda unit: unit.messenger.bots())
        except Exception as error:
            log.warning("the store does not answer: %s", type(error).__name__)
            return
        since = next((fetched_since(bot) for bot in bots if bot.bot == self.number), None)
        recently = self._alarmed is not None and now - self._alarmed < _ALARM_EVERY
        if since is not None and now - since >= ALARM and not recently:
            self._alarmed = now
            log.error(
                "no messages came from Telegram since %s UTC; it keeps them 24 hours: %s", f"{since:%d %b %H:%M}", line
            )


def fetched_since(bot: BotState) -> datetime | None:
    """Up to when updates were fetched, or since when they cannot be."""
    return bot.fetched_at or bot.failing_since


async def _sending_failed(line: str) -> None:
    log.warning("sending to Telegram goes on after: %s", line)


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, Result]) -> Result | None:
    """Its result; None where ``stop`` is set before it is there."""
    doing, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return doing.result() if doing.done() else None
    finally:
        doing.cancel()
        stopping.cancel()
