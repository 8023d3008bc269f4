"""The embedded interpreter: it reads a message in our own process, in milliseconds, and sends nothing to others."""

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import islice

from intake.interpretation import NOTHING, Guess, Interpretation, Matter, Sign, Signal
from nlu.cues import find_cues
from nlu.details import find_details
from nlu.language import language_of
from nlu.model import Network, Scores

_SHOWN = 0.02
"""Guesses and signals less likely than this are left out."""

_WORDS_SHOWN = 0.5
"""Signals at least this likely are shown with the words that they rest on."""

_PLAIN = 0.9
"""How likely a sign that the network never learnt is where plain words show it."""

_FEWEST_WORDS = 4
"""A stretch of fewer words than these holds no matter of its own."""

_MOST_STRETCHES = 12

_SURE_CLAUSE = 0.95
"""How surely each of two clauses must read about a service of its own to be two matters."""

_MOST_WORDS_OF_CLAUSES = 40

_ALARMS = 0.05
"""Where harm today reads likelier than this, a sentence is not taken apart."""

_JOINED = re.compile(r"(?:,\s*|\s+)(?:and|also|plus)(?:\s+also)?\s+(?=\S+\s+\S+\s+\S)", re.IGNORECASE)
"""What may join two matters, with three words or more behind it."""

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


class EmbeddedInterpreter:
    """intake.ports.Interpreter in our own process. One thread reads: several would only get in each other's way."""

    def __init__(self, network: Network | None = None) -> None:
        """Raises WrongSetting where the model is missing or does not fit its examples."""
        self._network = network or Network()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reader")

    async def interpret(self, text: str, received: date) -> Interpretation:
        """Read one message, beside the event loop."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.read, text, received)

    def read(self, text: str, received: date) -> Interpretation:
        """Read one message that was received on this day."""
        if not any(letter.isalnum() for letter in text):
            return Interpretation(routes=(Guess("no_action", 1.0),))
        text, clause = self._taken_apart(text, received)
        scores = self._network.read(text)
        signals = tuple(_signals(scores, text))
        services = _guesses(scores, "service")
        two = next((signal.confidence for signal in signals if signal.sign is Sign.TWO_MATTERS), 0.0)
        return Interpretation(
            routes=_guesses(scores, "route"),
            services=services,
            signposts=_guesses(scores, "signpost"),
            signals=signals,
            harms=_guesses(scores, "harm"),
            details=find_details(text, received),
            language=language_of(text),
            beside=clause or (self._beside(text, services[0]) if two >= 0.5 else None),
            cut=scores.cut,
        )

    def _taken_apart(self, text: str, received: date) -> tuple[str, Matter | None]:
        """The first of two matters in one short sentence, and the second: each clause is surely about its own service.

        Where danger reads likely in the whole or in a part, it stays whole.
        """
        if len(text.split()) > _MOST_WORDS_OF_CLAUSES or len(_SENTENCE.split(text.strip())) > 1:
            return text, None
        for joined in islice(_JOINED.finditer(text), _MOST_STRETCHES):
            before, after = text[: joined.start()].strip(), text[joined.end() :].strip()
            first, second = self._network.read(before), self._network.read(after)
            if _are_two(first, second) and not any(map(_alarms, (first, second, self._network.read(text)))):
                found = Matter(after, _best(second, "route"), _best(second, "service"), find_details(after, received))
                return before, found
        return text, None

    def _beside(self, text: str, service: Guess) -> Matter | None:
        """The stretch of the message that is surest about another service than the message as a whole."""
        best: Matter | None = None
        for words in _stretches(text):
            scores = self._network.read(words)
            found, route = _best(scores, "service"), _best(scores, "route")
            surer = found.confidence > (best.service.confidence if best else 0.5)
            if surer and found.key not in (service.key, "none"):
                best = Matter(words, route, found)
        return best


def _guesses(scores: Scores, head: str) -> tuple[Guess, ...]:
    ranked = sorted(scores.chances[head].items(), key=lambda pair: -pair[1])
    return tuple(Guess(label, round(chance, 4)) for label, chance in ranked if chance >= _SHOWN)


def _are_two(first: Scores, second: Scores) -> bool:
    one, other = _best(first, "service"), _best(second, "service")
    surely = min(one.confidence, other.confidence) >= _SURE_CLAUSE
    return surely and one.key != other.key and "none" not in (one.key, other.key)


def _alarms(scores: Scores) -> bool:
    return scores.chances["sign"].get(Sign.HARM_TODAY.value, 0.0) >= _ALARMS


def _best(scores: Scores, head: str) -> Guess:
    return next(iter(_guesses(scores, head)), NOTHING)


def _signals(scores: Scores, text: str) -> Iterator[Signal]:
    """What the network reads, with plain words where there are some; a sign that it never learnt rests on these alone.

    Whether harm is likely is always told, however unlikely.
    """
    cues = find_cues(text)
    for sign in Sign:
        signal = _signal(sign, scores.chances["sign"].get(sign.value, 0.0), cues.get(sign, ""), scores, text)
        if signal.confidence >= _SHOWN or sign is Sign.HARM_TODAY:
            yield signal


def _signal(sign: Sign, chance: float, cue: str, scores: Scores, text: str) -> Signal:
    if sign.value not in scores.chances["sign"]:
        return Signal(sign, _PLAIN, cue) if cue else Signal(sign, 0.0)
    if chance < _WORDS_SHOWN:
        return Signal(sign, round(chance, 4))
    return Signal(sign, round(chance, 4), cue or scores.words(text, "sign", sign.value))


def _stretches(text: str) -> Iterator[str]:
    """The paragraphs of a text, or its sentences where it has only one; the first dozen that are long enough."""
    parts = re.split(r"\n\s*\n", text)
    if len(parts) < 3:
        parts = _SENTENCE.split(text)
    yield from [part.strip() for part in parts if len(part.split()) >= _FEWEST_WORDS][:_MOST_STRETCHES]
