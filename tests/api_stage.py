"""A transcript played through the residents' API: every turn is a request, and what is read is what the API tells."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx
from starlette.applications import Starlette

from channels.api.app import NO_LIMITS, PLACE, mount
from channels.api.watching import Watch
from intake.conversation import Speaker, Turn
from intake.flow import Choice
from tests.transcripts import Stage, Transcript

ALLOWED = frozenset({"resident", "bot", "never", "choices", "chooses", "silence", "silent", "officer"})
"""The lines that the API can play: it takes words and choices, no files and no pages of a form."""


def can_play(transcript: Transcript) -> bool:
    """Does it need nothing that the API has not?"""
    return all(ALLOWED.issuperset(line) for line in transcript.lines)


class ApiStage(Stage):
    """A house with the API as its door."""

    def __post_init__(self) -> None:
        super().__post_init__()
        watch = Watch(self.store)
        app = Starlette(routes=[mount(self.reception, self.store, self.policy, lambda: self.now, NO_LIMITS, watch)])
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=f"http://api{PLACE}")
        self._headers: dict[str, str] = {}

    async def say(self, text: str, told: dict[str, str] | None = None, **more: Any) -> None:
        """One turn of the resident's, by a request; the first one begins the conversation."""
        assert not more, "the API takes words and choices"
        self.now += timedelta(seconds=20)
        if not self._headers:
            begun = (await self._client.post("/conversations", json={"channel": "webchat"})).json()
            self.conversation = begun["id"]
            self._headers = {"Authorization": f"Bearer {begun['token']}"}
        self.seen = len(await self.turns())
        turn = {"turn_id": f"turn-{next(self._turns)}", "text": text, **(told or {})}
        answer = await self._client.post(self._place, json=turn, headers=self._headers)
        assert answer.status_code == 200, answer.text

    async def turns(self) -> Sequence[Turn]:
        """Everything said, as the API tells it."""
        if not self._headers:
            return []
        answer = await self._client.get(self._place, headers=self._headers)
        return [_turn(turn) for turn in answer.json()["turns"]]

    @property
    def _place(self) -> str:
        return f"/conversations/{self.conversation}/turns"


def _turn(told: dict[str, Any]) -> Turn:
    choices = tuple(Choice(choice["label"], choice["value"]) for choice in told.get("choices") or ())
    return Turn(datetime.fromisoformat(told["at"]), Speaker(told["by"]), told["text"], "", choices)
