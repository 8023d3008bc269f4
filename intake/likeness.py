"""Words as they are searched by and compared: folded alike on both databases, so that neither knows better.

Two contacts are alike where they share words that few others have. Which ones is shown, so that anybody can judge it.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from intake.contact import Contact
from intake.desk_view import ContactLine

MOST_INDEXED = 20_000
"""Characters of one contact that can be searched: as many as are read."""

LONGEST_WORD = 40
TELLING_FROM = 5
"""Letters from which a word may tell something; shorter ones stand everywhere."""

FEWEST_SHARED = 2

_WORD = re.compile(r"[^\W_]+")
_POSTCODE = re.compile(r"\b([A-Z]{1,2}\d[A-Z\d]?) ?(\d[A-Z]{2})\b", re.IGNORECASE)
_NUMBER = re.compile(r"[\d+() .-]{7,25}")
_COMMON = frozenset(
    """about above across after again against almost along already although always another anybody anyone anything
    around asked asking away because before began being below between bettershire better called calling cannot comes
    coming could council councils didnt does doesnt doing during either enough every everybody everyone everything
    first follow found given going hasnt having hello however hundred instead isnt itself keeps knows later least leave
    little looked looking makes making maybe means might months morning never nobody nothing number often other others
    ought people perhaps person phone phoned place please point quite rather really reason received regards replied
    right running second seems sending shall should since sincerely someone something somebody still taken takes
    telling thank thanks their theirs there these things think thinking third those though three through times today
    together tomorrow towards twice under until using wanted wants wasnt weeks where whether which while whole whose
    within without wonder would wouldnt write writing wrote years yesterday yours yourself complain complaint
    complaints message email letter afternoon evening monday tuesday wednesday thursday friday saturday sunday
    telephone dear madam faithfully""".split()
)


@dataclass(frozen=True)
class Like:
    """A contact that was decided before, and the words that it shares with this one, the rarest first."""

    line: ContactLine
    shared: tuple[str, ...]


def words_in(text: str) -> list[str]:
    """The words of a text, folded: no case, no accents, nothing but letters and digits."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return [word[:LONGEST_WORD] for word in _WORD.findall(plain.casefold())]


def indexed(contact: Contact) -> list[str]:
    """What a contact is found by: its words, its person, and numbers and postcodes as one word each."""
    person = contact.person
    text = f"{contact.subject}\n{contact.text}"[:MOST_INDEXED]
    who = f"{person.name} {person.email} {person.address}"
    whole = [_digits(person.phone), *map(_digits, _NUMBER.findall(text)), *_postcodes(f"{text} {who}")]
    return [*words_in(f"{text} {who}"), *filter(None, whole)]


def words_of_text(text: str) -> list[str]:
    """What a note or a letter is found by."""
    text = text[:MOST_INDEXED]
    return [*words_in(text), *filter(None, map(_digits, _NUMBER.findall(text))), *_postcodes(text)]


def asked_for(query: str) -> list[str]:
    """The words that a search asks for: all of them must be there."""
    query = query[:200]
    if _NUMBER.fullmatch(query.strip()):
        return [_digits(query)] if _digits(query) else []
    postcodes = _postcodes(query)
    return list(dict.fromkeys((*words_in(_POSTCODE.sub(" ", query)), *postcodes)))[:12]


def telling(text: str, most: int = 12) -> tuple[str, ...]:
    """The words of a text that may be rare: long ones that do not stand in every letter, the longest first."""
    found = dict.fromkeys(word for word in words_in(text[:MOST_INDEXED]) if _may_tell(word))
    return tuple(sorted(found, key=lambda word: -len(word))[:most])


def likest(text: str, others: Sequence[tuple[ContactLine, str]], most: int = 5) -> tuple[Like, ...]:
    """Those that share the most with this text, where a word counts the more the fewer of them have it."""
    wanted = frozenset(telling(text, most=60))
    shared = [(line, wanted.intersection(words_in(other[:MOST_INDEXED]))) for line, other in others]
    having = Counter(word for _, words in shared for word in words)
    weights = {word: math.log(1 + len(others) / count) for word, count in having.items()}
    alike = [(sum(weights[word] for word in words), line, words) for line, words in shared]
    alike = sorted((one for one in alike if len(one[2]) >= FEWEST_SHARED), key=lambda one: -one[0])
    return tuple(
        Like(line, tuple(sorted(words, key=lambda word: (-weights[word], word))[:6])) for _, line, words in alike[:most]
    )


def _may_tell(word: str) -> bool:
    return len(word) >= TELLING_FROM and word.isalpha() and word not in _COMMON


def _digits(number: str) -> str:
    """A telephone number as one word: its last ten digits; empty where it is none."""
    digits = "".join(sign for sign in number if sign.isdigit() and sign.isascii())
    return digits[-10:] if len(digits) >= 7 else ""


def _postcodes(text: str) -> list[str]:
    return [f"{outward}{inward}".casefold() for outward, inward in _POSTCODE.findall(text)]
