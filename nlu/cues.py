"""Cues: plain words that show a sign, and that an officer can be shown (nlu/cues.yml)."""

from functools import cache
from pathlib import Path

import yaml

from intake.interpretation import Sign
from intake.phrases import Text, find

FILE = Path(__file__).with_name("cues.yml")


def find_cues(text: str) -> dict[Sign, str]:
    """The words of the first cue of every sign that has one in this text."""
    ready = Text.of(text)
    found = ((sign, find(phrases, ready)) for sign, phrases in _cues())
    return {sign: words for sign, words in found if words}


@cache
def _cues() -> tuple[tuple[Sign, tuple[str, ...]], ...]:
    document = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple((Sign(key), tuple(phrases)) for key, phrases in document.items())
