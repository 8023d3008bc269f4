"""Spelling: a name or an address that was told, with the letters that its owner corrects in a few words."""

import re
from collections.abc import Iterator, Mapping

from intake.phrases import Text, find

_WORD = r"[\w.@+'-]+"
_LETTER = re.compile(r"([a-z])(?:'?s)?(?=\W*$|\W+(?:in|not|at|please)\b)", re.IGNORECASE)
_ENDING = re.compile(
    r"(?<![\w@])(?:\.?(?:(?:co|org|ac|gov|me|nhs|net|ltd|sch)\.uk|com|org|net)|\.(?:uk|eu|ie|info))\b", re.I
)
"""Those that are words too need their dot: "Ie" is Welsh for yes."""

_HOST_ENDING = re.compile(r"\.(?:(?:co|org|ac|gov|me|nhs|net|ltd|sch)\.uk|[a-z]{2,24})$")
MOST_WORDS = 10
"""A message of more words does not only correct letters."""


def respelt(old: str, said: str, words: Mapping[str, tuple[str, ...]]) -> str:
    """The old words as corrected by these few; empty where they correct no letter of it.

    ``words`` are the flow's: ``twice``, ``once``, ``instead_of``. ::

        ana@example.org     with two n      anna@example.org
        anna@example.org    no, .co.uk      anna@example.co.uk
        anne@hotmail.com    gmail not hotmail
    """
    if len(said.split()) > MOST_WORDS:
        return ""
    found = (new for way in (_instead, _counted, _ending) for new in way(old, said, words))
    return next((new for new in found if new and new != old), "")


def _instead(old: str, said: str, words: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """This instead of that, where that stands in the old words once."""
    joined = find(words["instead_of"], Text.of(said))
    if not joined:
        return
    before, _, after = said.partition(joined)
    right = "".join(re.findall(_WORD, before)[-1:]).strip(".")
    wrong = "".join(re.findall(_WORD, after)[:1]).strip(".").lower()
    if right and wrong and old.lower().count(wrong) == 1:
        place = old.lower().index(wrong)
        yield old[:place] + right + old[place + len(wrong) :]


def _counted(old: str, said: str, words: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """A letter that stands twice, or once: in the only place where it does not."""
    for key, times in (("twice", 2), ("once", 1)):
        how_often = find(words[key], Text.of(said))
        letter = _LETTER.match(said.partition(how_often)[2].strip()) if how_often else None
        if letter is None:
            continue
        local, at, domain = old.partition("@")
        yield _run_of(letter[1], times, local, "", at + domain)
        yield _run_of(letter[1], times, domain, local + at, "")


def _run_of(letter: str, times: int, part: str, before: str, after: str) -> str:
    runs = [run for run in re.finditer(f"{letter}+", part, re.IGNORECASE) if len(run[0]) != times]
    if len(runs) != 1:
        return ""
    start, end = runs[0].span()
    return before + part[:start] + part[start] + part[start].lower() * (times - 1) + part[end:] + after


def _ending(old: str, said: str, words: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Another ending of an email address."""
    here = _HOST_ENDING.search(old.lower()) if "@" in old and "@" not in said else None
    if here is None:
        return
    for ending in _ENDING.finditer(said):
        if ending[0].strip(".").lower() != here[0].strip("."):
            yield old[: here.start()] + "." + ending[0].strip(".").lower()
