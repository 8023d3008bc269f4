"""Rasa as its own server: it reads the route over HTTP; the embedded interpreter reads the rest, and stands in for it.

Rasa's training format gives square brackets and a leading slash a meaning of their own, and a newline ends an example:
both are taken out of what is sent (rasa.com, NLU training data; HTTP API /model/parse).
"""

import logging
import time
from dataclasses import dataclass, field, replace
from datetime import date

import httpx

from intake.interpretation import Guess, Interpretation
from intake.ports import Interpreter

log = logging.getLogger(__name__)

SECONDS = 2.0
"""How long an answer may take before the embedded reading is used instead."""

FAILURES = 3
"""So many failures one after another, and the server is left alone for a while."""

REST_SECONDS = 30.0

_PLAIN = str.maketrans({"[": "(", "]": ")", "\n": " ", "\r": " "})


@dataclass
class RasaInterpreter:
    """intake.ports.Interpreter over a Rasa server at ``url``, with ``embedded`` beside it."""

    url: str
    embedded: Interpreter
    client: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(timeout=SECONDS))

    def __post_init__(self) -> None:
        self._failures = 0
        self._rests_until = 0.0

    async def interpret(self, text: str, received: date) -> Interpretation:
        """Read one message. A server that is down or slow costs its reading of the route, never the message."""
        reading = await self.embedded.interpret(text, received)
        if time.monotonic() < self._rests_until:
            return reading
        try:
            routes = await self._routes(text)
        except (httpx.HTTPError, KeyError, TypeError, ValueError) as error:
            self._note_failure(error)
            return reading
        self._failures = 0
        return replace(reading, routes=routes) if routes else reading

    async def _routes(self, text: str) -> tuple[Guess, ...]:
        answer = await self.client.post(f"{self.url}/model/parse", json={"text": as_rasa_reads(text)})
        answer.raise_for_status()
        ranking = answer.json()["intent_ranking"]
        named = ((str(entry["name"]), float(entry["confidence"])) for entry in ranking)
        return tuple(Guess(name, confidence) for name, confidence in named if name != "nlu_fallback")

    def _note_failure(self, error: Exception) -> None:
        self._failures += 1
        log.warning("the Rasa server did not answer (%s); read without it", type(error).__name__)
        if self._failures >= FAILURES:
            self._rests_until = time.monotonic() + REST_SECONDS
            self._failures = 0


def as_rasa_reads(text: str) -> str:
    """A message without what Rasa would take for markup: brackets, newlines, a leading slash."""
    return " ".join(text.translate(_PLAIN).split()).lstrip("/ ")
