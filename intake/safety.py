"""Safety words: looked for first, on every message, apart from all other reading. They only ever add.

The council's safeguarding lead audits the phrases in the pack (safety.yaml); their language is intake.phrases'.
"""

from dataclasses import dataclass

from intake.phrases import Text, find
from intake.policy import Level, Trigger


@dataclass(frozen=True)
class Harm:
    """A harm that a trigger found, and the words that it found. ``council`` is set where they name the council."""

    trigger: Trigger
    words: str
    council: bool

    @property
    def today(self) -> bool:
        """Is serious harm likely unless people act today?"""
        return self.trigger.level is Level.TODAY


def look(text: str, triggers: tuple[Trigger, ...]) -> tuple[Harm, ...]:
    """Every harm that the triggers find in a text, in the pack's order. Never raises on any text."""
    ready = Text.of(text)
    return tuple(harm for trigger in triggers if (harm := _look_for(trigger, ready)))


def _look_for(trigger: Trigger, text: Text) -> Harm | None:
    found = find(trigger.phrases, text)
    also = find(trigger.and_any, text) if trigger.and_any else ""
    if not found or (trigger.and_any and not also):
        return None
    return Harm(trigger, f"{found} … {also}" if also else found, bool(find(trigger.council_when, text)))
