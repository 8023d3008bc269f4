"""Taking in what happens on Telegram: it is kept before anything else, then answered beside what comes next."""

import asyncio
import hashlib
import hmac
import logging
import secrets
from collections.abc import Awaitable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from telegram import Bot, Update
from telegram.error import TelegramError

from channels.api.limits import Rate
from channels.live import LiveDoor
from channels.telegram.api import bot_number, in_words
from channels.telegram.fetching import CannotFetch, Fetching
from channels.telegram.messages import pressed
from channels.telegram.sending import close
from channels.telegram.updates import Closed, Happened, InGroup, Pressed, Said, read_update, unreadable
from channels.uploads import Upload
from intake.conversation import Speaker, Turn
from intake.flow import Choice
from intake.policy import Policy
from intake.ports import UnitOfWork
from intake.threads import conversation_of
from intake.wording import say_it

log = logging.getLogger(__name__)

_ANSWERING = 8
"""How many answers are worked on at once."""

MOST_A_MINUTE = 60
"""Messages of one chat that are kept. Nobody types as fast; photos that are sent together come as one each."""


@dataclass
class Taking:
    """Takes in for one bot. ``answered`` rings when something was said to somebody."""

    bot: Bot
    live: LiveDoor
    policy: Policy
    answered: asyncio.Event
    pace: Rate = field(default_factory=lambda: Rate(MOST_A_MINUTE))
    _drawn: str = ""
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.number = bot_number(self.bot.token)
        self._answering = asyncio.Semaphore(_ANSWERING)
        self._told = Rate(1)
        self._fetching = Fetching(self.bot)

    async def take(self, raw: dict[str, Any]) -> None:
        """Keep what an update tells. Raises where it could not be kept: then Telegram must keep it."""
        match self._read(raw):
            case Said() as said:
                await self._hear(said)
            case Pressed() as button:
                await self._press(button)
            case InGroup(chat):
                self._beside(self._leave(chat))
            case Closed(chat):
                conversation = await self.conversation(chat)
                await self.live.store.transact(lambda unit: self._blocked(unit, conversation))

    async def settled(self) -> None:
        """Wait until nothing is worked on beside."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _read(self, raw: dict[str, Any]) -> Happened:
        try:
            return read_update(Update.de_json(raw, self.bot))
        except Exception as error:
            log.error("an update of Telegram's could not be read: %s", type(error).__name__)
            return unreadable(raw)

    async def conversation(self, chat: int) -> str:
        """The id of a chat's conversation: nobody can work it out who has not the secret in our database."""
        return conversation_of(await self.secret(f"chat {chat}"))

    async def secret(self, purpose: str) -> str:
        """A secret of this bot's for one purpose, the same in every process."""
        key = (await self._key()).encode()
        return hmac.new(key, f"{self.number} {purpose}".encode(), hashlib.sha256).hexdigest()

    async def _key(self) -> str:
        """The bot's own key, drawn once and kept with all that is known of it, so that every process has the same."""
        if not self._drawn:
            drawn = secrets.token_hex(32)
            self._drawn = await self.live.store.transact(lambda unit: unit.messenger.secret(self.number, drawn))
        return self._drawn

    async def _hear(self, said: Said) -> None:
        """What was said, with its file. Who sends without end is told so once, and not heard for a while."""
        if self.pace.wait(str(said.chat)):
            await self._too_fast(said.chat)
            return
        missing, files = said.missing, []
        if said.file:
            try:
                files = [await self._fetching.fetch(said.file)]
            except CannotFetch as why:
                missing = str(why)
        trouble = said.trouble if files else ""
        await self._keep(said.chat, said.turn, said.text, files=files, missing=missing, trouble=trouble)

    async def _keep(
        self,
        chat: int,
        turn: str,
        text: str,
        told: dict[str, str] | None = None,
        files: Sequence[Upload] = (),
        missing: str = "",
        trouble: str = "",
    ) -> None:
        conversation, now = await self.conversation(chat), self.live.clock()
        await self.live.store.transact(lambda unit: unit.messenger.open_chat(conversation, self.number, chat, now))
        contact = await self.live.keep(conversation, turn, text, told, files, missing, trouble)
        self._beside(self._answer(contact))

    async def _too_fast(self, chat: int) -> None:
        """Once a minute it is said, and noted for who reads the conversation."""
        if self._told.wait(str(chat)):
            return
        conversation = await self.conversation(chat)
        await self.live.store.transact(lambda unit: _note_too_fast(unit, conversation, self.live.clock()))
        self._beside(self._quietly(self.bot.send_message(chat, self._words("too_fast"))))

    def _words(self, saying: str) -> str:
        return say_it(self.policy.flow.sayings[saying], {}, self.policy.council)

    async def _answer(self, contact: str) -> None:
        async with self._answering:
            await self.live.answer(contact)
        self.answered.set()

    async def _press(self, button: Pressed) -> None:
        """A button of a question that is closed says so. Two presses under one question are one."""
        if self.pace.wait(str(button.chat)):
            await self._too_fast(button.chat)
            return
        conversation = await self.conversation(button.chat)
        choice = await self.live.store.read(lambda unit: _choice(unit, conversation, button.data))
        if choice is None:
            self._beside(self._quietly(self.bot.answer_callback_query(button.query, self._words("telegram_closed"))))
            return
        await self._keep(button.chat, button.turn, choice.label, {"choice": choice.value})
        self._beside(self._quietly(self.bot.answer_callback_query(button.query)))
        self._beside(self._quietly(self.bot.edit_message_reply_markup(button.chat, button.message)))

    async def _leave(self, chat: int) -> None:
        await self._quietly(self.bot.send_message(chat, self._words("telegram_group")))
        await self._quietly(self.bot.leave_chat(chat))

    def _blocked(self, unit: UnitOfWork, conversation: str) -> None:
        chat = unit.messenger.chat(conversation)
        if chat is not None and not chat.closed:
            close(unit, chat, "the bot was blocked by the user", self.live.clock)

    async def _quietly(self, call: Awaitable[object]) -> None:
        """A courtesy: where it fails, nothing is lost."""
        try:
            await call
        except TelegramError as error:
            log.info("Telegram: %s", in_words(error, self.bot.token))

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _note_too_fast(unit: UnitOfWork, conversation: str, now: datetime) -> None:
    if unit.conversations.get(conversation) is not None:
        note = f"They sent more than {MOST_A_MINUTE} messages within a minute. Those above that were not kept."
        unit.conversations.add_turn(conversation, Turn(now, Speaker.MACHINE, note, ""))


def _choice(unit: UnitOfWork, conversation: str, data: str) -> Choice | None:
    """The choice behind a button, where it is still open."""
    choice, known = pressed(data, unit.messenger.said(conversation)), unit.conversations.get(conversation)
    offered = {open_choice.value for open_choice in known.talk.offered} if known else set()
    return choice if choice is not None and choice.value in offered else None
