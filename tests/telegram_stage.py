"""Transcripts over Telegram: what a resident types and presses goes through the door; they see what the bot sent."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from channels.live import LiveDoor
from channels.telegram.api import Patience, make_bot
from channels.telegram_bot import TelegramDoor
from intake.contact import Channel
from intake.conversation import Speaker, Turn
from intake.flow import Choice
from tests.bot_api import ANNE, TOKEN, BotApi
from tests.transcripts import Stage, Transcript

NOT_ON_TELEGRAM = {"file", "voice", "tells"}
"""Files are not fetched, which tests/test_telegram.py shows; a form's answers are the web's alone."""


def can_play(transcript: Transcript) -> bool:
    """Is everything in it said by typing and pressing?"""
    return not any(NOT_ON_TELEGRAM.intersection(line) for line in transcript.lines)


@dataclass
class TelegramStage(Stage):
    """A stage whose resident has Telegram."""

    channel: Channel = Channel.TELEGRAM
    api: BotApi | None = None

    async def play(self, transcript: Transcript) -> None:
        """Say every line in Anne's chat."""
        assert self.api is not None
        live = LiveDoor(self.reception, self.store, lambda: self.now, Channel.TELEGRAM)
        self.door = TelegramDoor(make_bot(TOKEN, self.api.url, Patience()), live, self.policy)
        self.conversation = await self.door.taking.conversation(ANNE)
        await super().play(transcript)
        await self.door.bot.shutdown()

    async def say(self, text: str, **more: Any) -> None:
        """Type it; or press it, where it is a choice."""
        assert self.api is not None
        await self._send()
        told = more.get("told")
        await self._happens(self.api.press(self._asked(text), text) if told else self.api.write(text))

    async def answer(self) -> list[Turn]:
        """What Anne sees of it."""
        assert self.api is not None
        await self._send()
        return [_turn(message, self) for message in self.api.messages[self.seen :]]

    async def _happens(self, update: dict[str, Any]) -> None:
        assert self.api is not None
        self.now += timedelta(seconds=20)
        self.seen = len(self.api.messages)
        await self.door.taking.take(update)
        await self.door.taking.settled()
        await self._send()

    def _asked(self, label: str) -> dict[str, Any]:
        """The last message that has a button of this label."""
        assert self.api is not None
        return next(message for message in reversed(self.api.messages) if label in _labels(message))

    async def _silence(self, minutes: int) -> None:
        assert self.api is not None
        await self._send()
        await super()._silence(minutes)
        self.seen = len(self.api.messages)

    async def _send(self) -> None:
        while await self.door.sender.send_next():
            pass


def _labels(message: dict[str, Any]) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["text"] for row in rows for button in row]


def _turn(message: dict[str, Any], stage: Stage) -> Turn:
    choices = tuple(Choice(label, "") for label in _labels(message))
    return Turn(stage.now, Speaker.ASSISTANT, message["text"], "", choices)
