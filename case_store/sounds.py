"""What a name sounds like, so that one that was heard on the phone is found: Smyth and Smith, Catherine and Kathryn.

The key of a sound stands among a contact's words after a sign that nobody's words can hold: nobody searches for keys.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from jellyfish import metaphone

from intake.searched import Term, words_in

SOUND = "\ue000"
"""Stands before the key of a name. Of Unicode's private use, as intake.searched.BACKWARDS."""

MOST_NAMES = 12

_BEGINNINGS = frozenset(("mc", "mac", "o"))
"""Of names, that some write as a word of their own: Mc Donald, O'Brien."""

_SPELT: Sequence[tuple[re.Pattern[str], str]] = tuple(
    (re.compile(spelt), said)
    for spelt, said in (
        (r"^(?:rh|wr)", "r"),  # Rhys, Rees
        (r"^chr", "kr"),  # Christine, Kristine
        (r"^sean", "shaun"),
        (r"^th(?=om|eresa)", "t"),  # Thomson, Tomson; Theresa, Teresa
        (r"^anth", "ant"),  # Anthony, Antony
        (r"(?<=om)p(?=s)", ""),  # Thompson, Thomson
        (r"(?<=c)h(?=ol)", ""),  # Nicholson, Nicolson
        (r"ugh(?=e)", "ew"),  # Hughes, Hewes
        (r"(?<=[kg])h(?=[aeu])|(?<=p)h(?=erd)", ""),  # Khan, Kahn; Shepherd, Sheppard
        (r"gra(?:ha|e)m", "gram"),  # Graham, Graeme
        (r"(?<=d)g(?=s)", ""),  # Hodgson, Hodson
        (r"(?<=st)ew", "u"),  # Stewart, Stuart
    )
)
"""British names that Metaphone, which was made for American ones, would tell apart."""

_SILENT = re.compile(r"(?<=[^aeiou])e$")
_ENDS_OPEN = re.compile(r"[aeiouy](?:h|gh|w)?$")


def sounds_of(name: str) -> Iterator[str]:
    """The keys of a person's name: one for each of its words, and for a beginning with what follows it."""
    words = words_in(name)[:MOST_NAMES]
    joined = (first + rest for first, rest in pairwise(words) if first in _BEGINNINGS)
    return filter(None, map(sound, (*words, *joined)))


def or_sounding(asked: Sequence[Term]) -> list[Term]:
    """The same, where a name that sounds like a word will do for it."""
    terms: list[Term] = []
    for term in asked:
        beginning = _word(terms[-1]) if terms else ""
        if beginning in _BEGINNINGS and (rest := _word(term)):
            terms[-1] = ((beginning, rest), (beginning + rest,), (sound(beginning + rest),))
        else:
            key = sound(_word(term))
            terms.append((*term, (key,)) if key and _word(term) not in _BEGINNINGS else term)
    return terms


def keys_in(asked: Sequence[Term]) -> list[str]:
    """The keys of sounds, of which a name must have one at least, or only words were found."""
    return [word for term in asked for way in term for word in way if word[0] == SOUND]


def sound(word: str) -> str:
    """Its key; empty where it is no name. Ann and Anna have two, though Metaphone leaves vowels out."""
    if not word.isalpha() or len(word) < 2:
        return ""
    for spelt, said in _SPELT:
        word = spelt.sub(said, word)
    key = metaphone(word).casefold()
    return f"{SOUND}{key}{'y' if _ENDS_OPEN.search(_SILENT.sub('', word)) else ''}" if key else ""


def _word(term: Term) -> str:
    return term[0][0] if len(term) == 1 and len(term[0]) == 1 else ""
