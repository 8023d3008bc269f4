"""Details: places, phone numbers and references that a person mentions, in their own words."""

import re
from collections.abc import Iterator

import phonenumbers

from intake import reference
from intake.interpretation import Detail

_POSTCODE = re.compile(r"\b[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}\b", re.IGNORECASE)
_ROADS = (
    "road|rd|street|st|avenue|ave|lane|close|drive|way|crescent|court|terrace|place|grove|gardens|square|hill|row|"
    "walk|mews|view|rise|park|green|parade|house|flats|estate|roundabout|junction|bridge|bypass"
)
_STREET = re.compile(
    rf"\b(?:(?:flat|unit|no\.?|number) ?\d{{1,4}}[a-z]?,? )?(?:\d{{1,4}}[a-z]?,? )?"
    rf"(?:[A-Z][\w']{{1,20}} ){{1,3}}(?:{_ROADS}|{_ROADS.title()})\b"
)
_NEAR = re.compile(r"\b(?:outside|opposite|next to|in front of|corner of|junction of|near) (?:the )?[A-Z][\w' ]{2,40}")
_WHERE_LINE = re.compile(r"^(?:where|address|place|location)\s*[:\-]\s*(.{3,200})$", re.IGNORECASE | re.MULTILINE)
_WANTED_LINE = re.compile(
    r"^(?:what i would like|what i want|put right|outcome)\s*[:\-]\s*(.{3,300})$", re.IGNORECASE | re.MULTILINE
)
_WANTED = re.compile(
    r"\b(?:i|we)(?:'d| would|'ll)? ?(?:just )?(?:really )?(?:want|like|expect|am asking for|are asking for|need|demand)"
    r"(?: you| someone| somebody| the council| it| them| this| to)? "
    r"(?!(?:to )?(?:complain|make a |raise a |report |register ))"
    r"[^.!?\n]{4,160}|"
    r"\bplease (?:can you |could you )?(?:fix|repair|collect|empty|refund|apologise|explain|sort|replace|send|clear|"
    r"remove|reconsider|put)[^.!?\n]{2,160}|\b(?:an apology|compensation|an explanation|a refund)\b[^.!?\n]{0,80}",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"\b[A-Z]{1,4}[- ]?[0-9A-Z]{4}[- ]?[0-9A-Z]{4}\b", re.IGNORECASE)
_MOST_CHARACTERS = 20_000


def find_details(text: str) -> tuple[tuple[Detail, str], ...]:
    """(detail, the person's words) for each detail that a text holds."""
    return tuple(_find(text[:_MOST_CHARACTERS]))


def _find(text: str) -> Iterator[tuple[Detail, str]]:
    if len(text.split()) >= 8:
        yield Detail.WHAT, text
    if place := _place(text):
        yield Detail.WHERE, place
    wanted = _WANTED_LINE.search(text) or _WANTED.search(text)
    if wanted:
        yield Detail.PUT_RIGHT, " ".join((wanted[1] if wanted.re is _WANTED_LINE else wanted[0]).split())
    if number := next(iter(phonenumbers.PhoneNumberMatcher(text, "GB", leniency=phonenumbers.Leniency.POSSIBLE)), None):
        yield Detail.PHONE, number.raw_string
    if named := next((found for found in _REFERENCE.findall(text) if _is_reference(found)), ""):
        yield Detail.REFERENCE, named


def _place(text: str) -> str:
    """The place in the fullest words: a line that says so, a street with its postcode, or what it is near."""
    if line := _WHERE_LINE.search(text):
        return line[1].strip()
    street = _STREET.search(text) or _NEAR.search(text)
    postcode = _POSTCODE.search(text)
    parts = [found.group().strip() for found in (street, postcode) if found]
    return ", ".join(parts)


def _is_reference(found: str) -> bool:
    prefix = re.match(r"[A-Za-z]{1,4}(?=[- ])", found)
    return prefix is not None and reference.read(found, prefix.group()) is not None
