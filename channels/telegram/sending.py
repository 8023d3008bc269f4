"""Sending on Telegram what was said in a conversation, in order, after it was kept; what was sent is remembered.

A message that was taken while we were stopped is sent once more: better twice than never.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta

from telegram import Bot, LinkPreviewOptions
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError

from channels.telegram.api import Patience, in_words, retry_after
from channels.telegram.messages import buttons, pieces
from intake.conversation import Holder, Speaker, Turn
from intake.messenger import Chat, Numbered
from intake.ports import Clock, Store, UnitOfWork

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=1)
"""From the last message that went out: whoever stops amid a chat is replaced after it."""
_OURS = (Speaker.ASSISTANT, Speaker.OFFICER)
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True)
class TelegramSender:
    """Sends for one bot. Several may work side by side: each chat is served by one at a time."""

    bot: Bot
    number: int
    store: Store
    clock: Clock
    patience: Patience

    async def is_due(self) -> bool:
        """Is there anything to send?"""
        now = self.clock()
        return await self.store.read(lambda unit: unit.messenger.is_due(self.number, now))

    async def send_next(self) -> bool:
        """Send what is due in one chat. False where nothing is due."""
        now = self.clock()
        chat = await self.store.transact(lambda unit: unit.messenger.claim(self.number, now, now + LEASE))
        if chat is None:
            return False
        try:
            await self._deliver(chat)
            wait = 0.0
        except Forbidden as error:
            await self._close(chat, in_words(error, self.bot.token))
            wait = 0.0
        except RetryAfter as error:
            wait = retry_after(error)
            log.warning("Telegram asks us to wait %.0f seconds with a chat", wait)
        except TelegramError as error:
            wait = self.patience.after(chat.attempts)
            log.warning("a chat waits for Telegram: %s", in_words(error, self.bot.token))
        again = self.clock() + timedelta(seconds=wait)
        await self.store.transact(lambda unit: unit.messenger.free(chat.conversation, again))
        return True

    async def _deliver(self, chat: Chat) -> None:
        done, parts = chat.sent, chat.parts
        for said in await self.store.read(lambda unit: unit.messenger.said(chat.conversation, chat.sent)):
            if said.turn.by not in _OURS:
                continue
            try:
                if await self._is_held_back(chat, said):
                    await self._hold_back(chat, said)
                    done, parts = said.number, 0
                    continue
                await self._send(chat, said, done, parts)
            except BadRequest as error:
                await self._note(chat, said, in_words(error, self.bot.token))
            await self._remember(chat, said.number)
            done, parts = said.number, 0

    async def _is_held_back(self, chat: Chat, said: Numbered) -> bool:
        """Would the assistant speak where an officer has taken over since? Looked up just before each is sent."""
        if said.turn.by is not Speaker.ASSISTANT or said.turn.stands:
            return False
        known = await self.store.read(lambda unit: unit.conversations.get(chat.conversation))
        return known is not None and known.holder is Holder.OFFICER

    async def _hold_back(self, chat: Chat, said: Numbered) -> None:
        await self.store.transact(lambda unit: unit.centre.hold_back(said.number))
        await self._remember(chat, said.number)

    async def _send(self, chat: Chat, said: Numbered, done: int, parts: int) -> None:
        """One turn, in as many messages as it needs; ``parts`` of them went out before."""
        texts = pieces(said.turn.text)
        for at, text in enumerate(texts):
            if at < parts:
                continue
            last = at == len(texts) - 1
            shown = buttons(said) if last else None
            await self.bot.send_message(chat.chat, text, link_preview_options=_NO_PREVIEW, reply_markup=shown)
            if not last:
                await self._remember(chat, done, at + 1)

    async def _remember(self, chat: Chat, number: int, parts: int = 0) -> None:
        def remember(unit: UnitOfWork) -> None:
            unit.messenger.sent(chat.conversation, number, parts)
            unit.messenger.free(chat.conversation, self.clock() + LEASE)

        await self.store.transact(remember)

    async def _close(self, chat: Chat, line: str) -> None:
        await self.store.transact(lambda unit: close(unit, chat, line, self.clock))

    async def _note(self, chat: Chat, said: Numbered, line: str) -> None:
        log.warning("a message was refused by Telegram for good; it is noted in its conversation and set aside")
        now = self.clock()

        def note(unit: UnitOfWork) -> None:
            turn = Turn(now, Speaker.MACHINE, f"This was not sent by Telegram: {line}", "")
            unit.conversations.add_turn(chat.conversation, turn)
            unit.messenger.unsent(chat.conversation, said.turn.text, line, now)

        await self.store.transact(note)


def close(unit: UnitOfWork, chat: Chat, line: str, clock: Clock) -> None:
    """Nothing more is sent there, and whoever reads the conversation sees why."""
    log.warning("a chat takes nothing more from us; it is noted in its conversation and set aside")
    unit.messenger.close(chat.conversation, line)
    unit.messenger.unsent(chat.conversation, "", line, clock())
    note = f"They blocked us on Telegram, so what we say does not reach them there: {line}"
    unit.conversations.add_turn(chat.conversation, Turn(clock(), Speaker.MACHINE, note, ""))
