"""Phrases: the small language in which a pack writes the words to look for.

    words                match whole words, in any case
    (a|b c|d)            one of these
    bruis*               any ending
    kitchen ... fire     up to five words between
    #                    a number of one to three digits

It compiles to regular expressions without nested repeats, so that no message can make them slow; and a phrase is tried
only on a text that holds one of the words it can begin with.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_SIGN = re.compile(r"\s*(\.\.\.|\(|\)|\||#|[^\s()|#]+)")
_WORD = re.compile(r"\w+")
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "`": "'"})

# White space is folded before matching, so a word is what stands between single spaces: nothing reads two ways.
# A gap stays inside its sentence.
_GAP = r"[^\s.!?]{0,3}(?: [^\s.!?]{1,40}){0,5}? \W{0,2}"
_NEXT = r"\W{1,5}"


@dataclass(frozen=True)
class Text:
    """A text made ready for matching: white space single, apostrophes plain, and the set of its words."""

    folded: str
    words: frozenset[str]

    @classmethod
    def of(cls, text: str) -> "Text":
        """Make a text ready."""
        folded = " ".join(text.translate(_APOSTROPHES).split())
        return cls(folded, frozenset(_WORD.findall(folded.lower())))


def find(phrases: tuple[str, ...], text: Text) -> str:
    """The words in a text that the first fitting phrase means; empty where none fits."""
    for phrase in phrases:
        pattern, openers = compiled(phrase)
        if (openers is None or not openers.isdisjoint(text.words)) and (match := pattern.search(text.folded)):
            return match.group()
    return ""


@lru_cache(maxsize=8192)
def compiled(phrase: str) -> tuple[re.Pattern[str], frozenset[str] | None]:
    """A phrase's pattern, and the words it can begin with (None: any). Raises ValueError, saying what is wrong."""
    signs = _SIGN.findall(phrase.translate(_APOSTROPHES))
    return re.compile(_pattern(phrase, signs), re.IGNORECASE), _openers(signs)


def _pattern(phrase: str, signs: list[str]) -> str:
    inside, glue = False, False
    parts: list[str] = []
    for sign in signs:
        if sign == "...":
            parts.append(_GAP)
            glue = False
        elif sign in "(|)":
            if inside == (sign == "("):
                raise ValueError(f"the brackets in {phrase!r} do not match, or stand inside one another")
            inside = sign != ")"
            parts.append((_NEXT if glue and sign == "(" else "") + {"(": "(?:", "|": "|", ")": ")"}[sign])
            glue = sign == ")"
        else:
            parts.append((_NEXT if glue else "") + _word(sign))
            glue = True
    if inside or not signs:
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


def _openers(signs: list[str]) -> frozenset[str] | None:
    """The words that a phrase can begin with, None where it begins with any ending, a number or no word at all."""
    if signs[0] == "(":
        choices = signs[1 : signs.index(")")]
        firsts = [sign for number, sign in enumerate(choices) if number == 0 or choices[number - 1] == "|"]
    else:
        firsts = signs[:1]
    words = [None if first.endswith("*") else _WORD.match(first.lower()) for first in firsts]
    return frozenset(word.group() for word in words if word) if all(words) else None
