"""Safety words: looked for first, on every message, apart from all other reading. They only ever add.

The council's safeguarding lead audits the phrases in the pack (safety.yaml). They are written in a small language that
compiles to regular expressions without nested repeats, so that no message can make them slow:

    words                match whole words, in any case
    (a|b c|d)            one of these
    bruis*               any ending
    kitchen ... fire     up to five words between
    #                    a number of one to three digits
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from intake.policy import Level, Trigger

_TOKEN = re.compile(r"\s*(\.\.\.|\(|\)|\||#|[^\s()|#]+)")
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "`": "'"})
# White space is folded before matching, so a word is what stands between single spaces: nothing reads two ways.
_GAP = r"\S{0,3}(?: \S{1,40}){0,5}? \W{0,2}"
_NEXT = r"\W{1,5}"


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
    folded = fold(text)
    return tuple(harm for trigger in triggers if (harm := _look_for(trigger, folded)))


def fold(text: str) -> str:
    """A text as phrases are matched on it: white space single, apostrophes plain."""
    return " ".join(text.translate(_APOSTROPHES).split())


def _look_for(trigger: Trigger, folded: str) -> Harm | None:
    found = _first(trigger.phrases, folded)
    if found is None:
        return None
    also = _first(trigger.and_any, folded) if trigger.and_any else ""
    if also is None:
        return None
    words = f"{found} … {also}" if also else found
    return Harm(trigger, words, _first(trigger.council_when, folded) is not None)


def find(phrases: tuple[str, ...], text: str) -> str:
    """The first words in a text that one of these phrases means; empty where none does."""
    return _first(phrases, fold(text)) or ""


def _first(phrases: tuple[str, ...], folded: str) -> str | None:
    if not phrases:
        return None
    match = compiled(phrases).search(folded)
    return match.group() if match else None


@lru_cache(maxsize=1024)
def compiled(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for any of these phrases. Raises ValueError, saying what is wrong, where a phrase cannot be read."""
    return re.compile("|".join(f"(?:{_pattern(phrase)})" for phrase in phrases), re.IGNORECASE)


def _pattern(phrase: str) -> str:
    """A phrase's regular expression. The grammar has no repeats of repeats, so matching stays linear."""
    signs = _TOKEN.findall(phrase.translate(_APOSTROPHES))
    depth, parts, glue = 0, [], False
    for sign in signs:
        if sign == "...":
            parts.append(_GAP)
            glue = False
        elif sign in "(|)":
            depth += {"(": 1, "|": 0, ")": -1}[sign]
            parts.append((_NEXT if glue and sign == "(" else "") + {"(": "(?:", "|": "|", ")": ")"}[sign])
            glue = sign == ")"
        else:
            parts.append((_NEXT if glue else "") + _word(sign))
            glue = True
        if depth < 0:
            break
    if depth or not signs:
        raise ValueError(f"the brackets in {phrase!r} do not match" if signs else "an empty phrase")
    return "".join(parts)


def _word(sign: str) -> str:
    if sign == "#":
        return r"\b\d{1,3}(?!\d)"
    if "*" in sign[:-1]:
        raise ValueError(f"{sign!r}: the * may stand only at the end of a word")
    stem = re.escape(sign.rstrip("*"))
    before = r"\b" if sign[0].isalnum() else ""
    return before + stem + (r"[\w']{0,30}" if sign.endswith("*") else r"\b" if sign[-1].isalnum() else "")
