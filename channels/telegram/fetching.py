"""Fetching a resident's file from Telegram, in bounded time and of bounded size. The token stands in its address."""

import asyncio
import logging

import httpx
from telegram import Bot
from telegram.error import TelegramError

from channels.telegram.updates import Held
from channels.uploads import LARGEST, Refusal, Upload, look_at

log = logging.getLogger(__name__)

SECONDS = 20.0
"""For one file: updates that come after it wait so long at most."""

HURRIED = 2.0
SLOW_FOR = 60.0
"""Seconds: after a file that did not come in time, so short a time is waited for others, for so long."""

_WHY = {
    Refusal.EMPTY: "it is empty",
    Refusal.KIND: "it is of a kind that we do not take",
    Refusal.ARCHIVE: "it is an archive",
    Refusal.MACROS: "it holds macros",
    Refusal.TOO_LARGE: "it is too large",
    Refusal.TOO_MANY: "there are too many",
}


class CannotFetch(Exception):
    """This file is not taken; the message says why, for an officer."""


class Fetching:
    """Fetches for one bot, one file at a time."""

    def __init__(self, bot: Bot, seconds: float | None = None) -> None:
        self._bot = bot
        self._seconds = seconds or SECONDS
        self._hurried_until = 0.0

    async def fetch(self, held: Held) -> Upload:
        """The file. Raises CannotFetch, whatever Telegram or the file does."""
        if held.size > LARGEST:
            raise CannotFetch(_told(held, "Telegram hands over no file of that size"))
        loop = asyncio.get_running_loop()
        wait = min(HURRIED, self._seconds) if loop.time() < self._hurried_until else self._seconds
        try:
            async with asyncio.timeout(wait):
                data = await self._octets(held)
        except TimeoutError:
            self._hurried_until = loop.time() + SLOW_FOR
            raise CannotFetch(_told(held, "Telegram did not hand it over in time")) from None
        except (TelegramError, httpx.HTTPError, ValueError) as error:
            log.warning("a file was not fetched from Telegram: %s", type(error).__name__)
            raise CannotFetch(_told(held, f"Telegram did not hand it over ({type(error).__name__})")) from None
        taken = look_at(held.name, data)
        if isinstance(taken, Upload):
            return taken
        raise CannotFetch(_told(held, _WHY[taken.why]))

    async def _octets(self, held: Held) -> bytes:
        """No more than we take, whatever Telegram says of its size."""
        address = (await self._bot.get_file(held.id)).file_path
        if not address:
            raise ValueError("no address")
        data = bytearray()
        async with httpx.AsyncClient(timeout=self._seconds) as client, client.stream("GET", address) as answer:
            answer.raise_for_status()
            async for piece in answer.aiter_bytes():
                data += piece
                if len(data) > LARGEST:
                    break
        return bytes(data)


def _told(held: Held, why: str) -> str:
    return f"{held.what}, which was not kept: {why}."
