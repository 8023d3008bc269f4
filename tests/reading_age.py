"""How old a reader must be for a text: the Flesch-Kincaid grade (Kincaid and others, 1975) plus five years.

grade = 0.39 * words per sentence + 11.8 * syllables per word - 15.59; an American grade's children are five years older
than its number. Syllables are counted by spelling, which is right for most English words and one off for some.

Left out, since no writer of plain words can shorten them: names (words with a capital letter that begin no sentence,
such as the Local Government and Social Care Ombudsman), web and email addresses, references, numbers, dates, and what
((placeholders)) are filled in with. Each stands as the one word "it". Headings are left out, as they are no sentences.
A sentence ends at a full stop, a question mark, an exclamation mark, or the end of its line.
"""

import re

FEWEST_WORDS = 5
"""The formula says nothing of fewer words than these: a button, a single word of thanks."""

_OPTIONAL = re.compile(r"\(\(\w+\?\?([^()]*(?:\([^()]*\)[^()]*)*)\)\)")
_FILLED_IN = re.compile(r"\(*\(\(\w+\)\)\)*|\S*(?:://|www\.|@)\S*|\b[A-Z]{2}-[\w-]+|\d[\d.,:/]*(?:am|pm)?(?: \d+)*")
_NAME = re.compile(r"(?<=[a-z,;:“(] )(?:the )?[A-Z][\w’']*(?:(?: (?:and|of|for|the))* [A-Z][\w’']*)*")
_END = re.compile(r"[.!?]+(?=\s|$)|\n")
_WORD = re.compile(r"[A-Za-z][A-Za-z’'-]*")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(r"(?:[^laeiouy]es|[^tdaeiou]ed|[^laeiouy]e)$")
_SPLIT = re.compile(r"i(?:o(?!u|n)|a(?!l|n))|(?<!q)ua|eo(?!p)|[^t]ie(?=t|r$|n)|[aeiouy]ing|y[ao]|ye(?!d|s)|ea(?=te)")
_JOINED = re.compile(r"(?<=som)e(?=[a-z])|(?<=bus)i|(?<=ever)e?|(?<=saf)e(?=[glt])|(?<=hom)e(?=l)|(?<=car)e(?=[fl])")
"""Letters within a word that are not spoken: somebody, business, safely."""


def reading_age(text: str) -> float | None:
    """The age in years; None where there are too few words to tell."""
    sentences = [words for words in map(_words, _END.split(_plain(text))) if words]
    words = [word for sentence in sentences for word in sentence]
    if len(words) < FEWEST_WORDS:
        return None
    grade = 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59
    return grade + 5


def syllables(word: str) -> int:
    """How many syllables a word has, by its spelling: its groups of vowels, without an e that is not spoken."""
    spelt = _JOINED.sub("", re.sub("[^a-z]", "", word.lower()))
    groups = len(_VOWELS.findall(spelt)) + len(_SPLIT.findall(spelt)) - bool(_SILENT.search(spelt))
    return max(1, groups)


def _plain(text: str) -> str:
    """Our own words: no headings, and "it" for every name, number, address and placeholder."""
    lines = (line for line in text.splitlines() if not line.startswith("# "))
    ours = _FILLED_IN.sub("it", _OPTIONAL.sub(r"\1", "\n".join(lines)))
    return _NAME.sub("it", ours)


def _words(sentence: str) -> list[str]:
    """A sentence's words; none where all of it was filled in."""
    words = _WORD.findall(sentence)
    return words if any(word.lower() != "it" for word in words) else []
