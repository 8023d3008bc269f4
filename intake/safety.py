"""Safety: looked for first, on every message, apart from all other reading. What it finds only ever adds.

Two see to it. The words of the pack (safety.yaml), which the council's safeguarding lead audits; their language is
intake.phrases'. And the interpreter's reading of harm today, for danger that is told without such words. Where the
words stand in a message that reads as history or a figure of speech, a person reads it: they are never passed over.
"""

from dataclasses import dataclass, replace

from intake.interpretation import ENGLISH, Interpretation, Sign
from intake.phrases import Text, find
from intake.policy import Level, Policy, Trigger

OVER = 0.05
"""Where harm today reads less likely than this, safety words are taken for history, negation or a figure of speech."""

KIND = 0.3
"""How likely a kind of harm must read to be named beside others; the likeliest is always named."""


@dataclass(frozen=True)
class Harm:
    """A harm that was found, and the words it was found by. ``over``: it reads as history or a figure of speech."""

    trigger: Trigger
    words: str
    over: bool = False

    @property
    def today(self) -> bool:
        """Is serious harm likely unless people act today?"""
        return self.trigger.level is Level.TODAY and not self.over


def find_harms(text: str, reading: Interpretation, policy: Policy) -> tuple[Harm, ...]:
    """Every harm in a message, those that its words show first. Never raises on any text.

    Where nobody read whether harm is likely, the words alone decide.
    """
    shown = look(text, policy.triggers)
    today = next((signal for signal in reading.signals if signal.sign is Sign.HARM_TODAY), None)
    if today is None:
        return shown
    if today.confidence < OVER and reading.language == ENGLISH and not reading.cut:
        return tuple(replace(harm, over=True) for harm in shown)
    if today.confidence < policy.alarm:
        return shown
    return shown + _read(reading, policy, frozenset(harm.trigger.key for harm in shown))


def look(text: str, triggers: tuple[Trigger, ...]) -> tuple[Harm, ...]:
    """Every harm that the pack's words find in a text, in the pack's order. Never raises on any text."""
    ready = Text.of(text)
    return tuple(harm for trigger in triggers if (harm := _look_for(trigger, ready)))


def _look_for(trigger: Trigger, text: Text) -> Harm | None:
    found = find(trigger.phrases, text)
    also = find(trigger.and_any, text) if trigger.and_any else ""
    if not found or (trigger.and_any and not also):
        return None
    return Harm(trigger, f"{found} … {also}" if also else found)


def _read(reading: Interpretation, policy: Policy, shown: frozenset[str]) -> tuple[Harm, ...]:
    """The harms that are read without such words."""
    known = {trigger.key: trigger for trigger in policy.triggers if trigger.key not in shown}
    kinds = [guess.key for guess in reading.harms if guess.key in known]
    likely = [guess.key for guess in reading.harms if guess.key in known and guess.confidence >= KIND]
    words = reading.sign(Sign.HARM_TODAY).words
    return tuple(Harm(known[key], words) for key in likely or ([] if shown else kinds[:1]))
