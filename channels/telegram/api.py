"""The way to Telegram's Bot API, and what its errors say in words. The bot's token stands in every address."""

import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from telegram import Bot
from telegram.error import Conflict, EndPointNotFound, InvalidToken, RetryAfter, TelegramError, TimedOut
from telegram.request import HTTPXRequest
from telegram.warnings import PTBUserWarning

from intake.errors import RightdoorError

BACK_OFF: Sequence[float] = (1, 2, 5, 10, 30, 60)
"""Seconds to wait after so many failures in a row; after more, the last."""

for _name in ("httpx", "httpcore", "telegram"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)
"""httpx logs each address, and the token stands in it; telegram logs what a proxy says of such an address."""


for _message in (".*getUpdates", ".*retry_after"):
    warnings.filterwarnings("ignore", _message, PTBUserWarning)
"""retry_after is read in either of its forms. Bot.get_updates reads all updates at once, so one that it cannot read
would stop all others: we read each alone."""


@dataclass(frozen=True)
class Patience:
    """Seconds: how long Telegram may hold a request for updates, and any answer may take beyond that.

    Firewalls cut connections on which nothing is said for a minute. ``back_off`` are the waits after failures.
    """

    poll: int = 30
    answer: float = 10.0
    back_off: Sequence[float] = BACK_OFF

    def after(self, failures: int) -> float:
        """How long to wait after so many failures in a row, 1 or more."""
        return self.back_off[min(failures, len(self.back_off)) - 1]


def make_bot(token: str, api: str, patience: Patience) -> Bot:
    """A bot, which asks nothing yet. A proxy is used where HTTPS_PROXY names one."""
    wait = patience.answer
    asks = HTTPXRequest(connection_pool_size=8, read_timeout=wait, connect_timeout=wait, pool_timeout=wait)
    fetches = HTTPXRequest(connection_pool_size=1, read_timeout=wait, connect_timeout=wait, pool_timeout=wait)
    base = api.rstrip("/")
    return Bot(token, f"{base}/bot", f"{base}/file/bot", request=asks, get_updates_request=fetches)


def bot_number(token: str) -> int:
    """The bot's own number: what stands before the colon of its token."""
    return int(token.partition(":")[0])


def retry_after(error: RetryAfter) -> float:
    """The seconds that Telegram asks us to wait."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def in_words(error: Exception, token: str) -> str:
    """An error for a log and for the doctor, without the token."""
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return words
    what = (
        f"{type(error).__name__}: {error}"
        if isinstance(error, TelegramError | RightdoorError)
        else type(error).__name__
    )
    return what.replace(token, "…").replace(token.partition(":")[2], "…")[:300]


_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (Conflict, "another program fetches this bot's messages (409); only one may: stop the other, or its webhook"),
    (InvalidToken, "Telegram does not know the bot's token"),
    (EndPointNotFound, "Telegram does not know the bot's token"),
    (TimedOut, "Telegram did not answer in time"),
    (RetryAfter, "Telegram asks us to wait (429)"),
)
"""In this order; further ones are told by their name."""
