"""Cues: plain words that show a signal, and that an officer can be shown (nlu/cues.yml)."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from intake.interpretation import Sign
from intake.phrases import Text, find

FILE = Path(__file__).with_name("cues.yml")


@dataclass(frozen=True)
class Cue:
    """A sign that was found in plain words, and how likely these make it."""

    weight: float
    words: str


def find_cues(text: str) -> dict[Sign, Cue]:
    """The first cue of every sign that has one in this text."""
    ready = Text.of(text)
    found = ((sign, weight, find(phrases, ready)) for sign, weight, phrases in _cues())
    return {sign: Cue(weight, words) for sign, weight, words in found if words}


@cache
def _cues() -> tuple[tuple[Sign, float, tuple[str, ...]], ...]:
    document = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple((Sign(key), entry["weight"], tuple(entry["phrases"])) for key, entry in document.items())
