"""Safety: looked for first, on every message, apart from all other reading. What it finds only ever adds.

Two see to it. The words of the pack (safety.yaml), which the council's safeguarding lead audits; their language is
intake.phrases'. And the interpreter's reading of harm today, for danger that is told without such words. Where the
words stand in a message that reads as history or a figure of speech, a person reads it: they are never passed over.
Where danger is read and its kind is not sure, the help is the pack's neutral one.
"""

from dataclasses import dataclass, replace

from intake.interpretation import ENGLISH, Interpretation, Sign
from intake.phrases import Text, find
from intake.policy import Level, Policy, Trigger

OVER = 0.05
"""Where harm today reads less likely than this, safety words are taken for history, negation or a figure of speech."""

FEW_WORDS = 5
"""So few are too few to be read as history: little was learned from such, and they may be of another language."""

A_LINE = 9
"""In so few words, danger that is neither LIKELY nor of a kind that can be told is none: all sorts reads like it."""

KIND = 0.3
"""How likely a kind of harm must read to be named, where harm itself reads likelier than not or words show it."""

KIND_IN_DOUBT = 0.5
"""How likely a kind must read where it is not even likely that there is harm."""

LIKELY = 0.5
"""How likely harm today must read for a complaint or request to be an urgent complaint, and for no doubt about it."""


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
    count = len(text.split())
    if today.confidence < OVER:
        may_be_over = reading.language == ENGLISH and not reading.cut and count > FEW_WORDS
        whole = Text.of(text)
        return tuple(replace(harm, over=may_be_over and not find(harm.trigger.goes_on, whole)) for harm in shown)
    if today.confidence < policy.alarm:
        return shown
    found = shown + _read(reading, policy, shown)
    is_told = any(harm.today for harm in found) or (count <= A_LINE and today.confidence < LIKELY)
    return found if is_told else (*found, Harm(policy.unclear, today.words))


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


def _read(reading: Interpretation, policy: Policy, shown: tuple[Harm, ...]) -> tuple[Harm, ...]:
    """The harms that are read without such words. A kind that is not sure is not named: its help might mislead."""
    known = {trigger.key: trigger for trigger in policy.triggers}
    today, words = reading.sign(Sign.HARM_TODAY), {harm.trigger.key for harm in shown}
    least = KIND if words or today.confidence >= LIKELY else KIND_IN_DOUBT
    kinds = (guess.key for guess in reading.harms if guess.confidence >= least)
    return tuple(Harm(known[key], today.words) for key in kinds if key in known and key not in words)
