"""What a contact, a note or a letter is found by, and what a search asks for; folded alike on both databases.

A telephone number is kept as its digits from the last to the first, after a sign that nobody's words can hold. So its
last six digits are the start of a word, which an index finds as fast as a whole one.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from intake.contact import Contact

MOST_INDEXED = 20_000
"""Characters of one contact that can be searched: as many as are read."""

LONGEST_WORD = 40
MOST_TERMS = 12
LONGEST_QUERY = 200

BACKWARDS = "\ue001"
"""Stands before the digits of a number, the last one first. Of Unicode's private use, which `words_in` leaves out."""

FEWEST_DIGITS = 6
"""Of a number's end that is searched as one; where somebody writes "ending", four will do."""

_WORD = re.compile(r"[^\W_]+")
_POSTCODE = re.compile(r"\b([A-Z]{1,2}\d[A-Z\d]?) ?(\d[A-Z]{2})\b", re.IGNORECASE)
_NUMBER = re.compile(r"[\d+() .-]{7,25}")
_ASKED_NUMBER = re.compile(r"(?<!\w)(end(?:s|ing)? (?:in |with )?)?([\d+(][\d+() .-]{2,24}\d)(?!\w)", re.IGNORECASE)
_DIALLED_BEFORE = re.compile(r"^(?:0044|44)?0*")
"""What numbers of the United Kingdom are dialled with, from abroad and from here."""

_WITH_DIALLING = 9
"""Digits from which a number may begin so; a shorter one is the end of a number, with the noughts that it has."""

Way = tuple[str, ...]
"""Words that must all be there."""

Term = tuple[Way, ...]
"""Something asked for, in any of these ways."""


def words_in(text: str) -> list[str]:
    """The words of a text, folded: no case, no accents, nothing but letters and digits."""
    plain = text if text.isascii() else _without_accents(text)
    return [word[:LONGEST_WORD] for word in _WORD.findall(plain.casefold())]


def indexed(contact: Contact) -> list[str]:
    """What a contact is found by: its words, its person, and numbers and postcodes as one word each."""
    person = contact.person
    text = f"{contact.subject}\n{contact.text}"[:MOST_INDEXED]
    who = f"{person.name} {person.email} {person.address}"
    return [*words_in(f"{text} {who}"), *_numbers(person.phone), *_numbers(text), *_postcodes(f"{text} {who}")]


def words_of_text(text: str) -> list[str]:
    """What a note or a letter is found by."""
    text = text[:MOST_INDEXED]
    return [*words_in(text), *_numbers(text), *_postcodes(text)]


def asked_for(query: str) -> list[Term]:
    """What a search asks for: all of these must be there."""
    query = query[:LONGEST_QUERY]
    postcodes = [((postcode,),) for postcode in _postcodes(query)]
    query = _POSTCODE.sub(" ", query)
    numbers = [(found, end) for found in _ASKED_NUMBER.finditer(query) if (end := _asked_end(found))]
    for found, _ in reversed(numbers):
        query = f"{query[: found.start()]} {query[found.end() :]}"
    ends = [((end,), tuple(words_in(found[0]))) for found, end in numbers]
    words = [((word,),) for word in words_in(query)]
    return list(dict.fromkeys((*words, *ends, *postcodes)))[:MOST_TERMS]


def words_asked(asked: Sequence[Term]) -> tuple[str, ...]:
    """The words that a page marks in what was found."""
    return tuple(dict.fromkeys(word for term in asked for way in term for word in way if word[0] != BACKWARDS))


def _without_accents(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))


def _numbers(text: str) -> Iterator[str]:
    """Telephone numbers, by their last ten digits."""
    for number in _NUMBER.findall(text):
        digits = _digits(number)
        if len(digits) > FEWEST_DIGITS:
            yield BACKWARDS + digits[:-11:-1]


def _asked_end(found: re.Match[str]) -> str:
    """The end of a telephone number that somebody asks for; empty where it is too short to be one."""
    digits = _digits(found[2])
    if len(digits) >= _WITH_DIALLING:
        digits = _DIALLED_BEFORE.sub("", digits)
    return BACKWARDS + digits[:-11:-1] if len(digits) >= (4 if found[1] else FEWEST_DIGITS) else ""


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdigit() and sign.isascii())


def _postcodes(text: str) -> list[str]:
    return [f"{outward}{inward}".casefold() for outward, inward in _POSTCODE.findall(text)]
