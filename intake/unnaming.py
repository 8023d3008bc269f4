"""Personal data out of a message that is to be learnt from: invented stand-ins instead, rather too many than too few.

What stands in for something is of the same kind, so that the message still reads like one. A person looks at it before
it is used: nothing found here is proof that nothing was missed.
"""

import re
from collections.abc import Iterable

from intake.contact import Person

SOMEBODY, STREET, EMAIL, PHONE, POSTCODE, REFERENCE = (
    "Sam",
    "Long Street",
    "someone@example.org",
    "01632 960000",
    "ZZ9 9ZZ",
    "AB-1234",
)
"""The stand-ins. The number is one of those that Ofcom keeps for drama, the postcode area is nobody's."""

_NAME = r"[A-Z][\w'’-]*"
_ENDS = (
    r"Road|Rd|Street|St|Lane|Ln|Avenue|Ave|Close|Drive|Dr|Way|Court|Crescent|Place|Terrace|Gardens|Grove|Hill|Row|Mews|"
    r"Square|Park|Walk|Green|Rise|View|Cottages?|House|Farm|Lodge|Villas?|Parade|Yard|Gate|Fields?|Meadows?"
)
_TITLES = "Mr|Mrs|Ms|Miss|Mx|Dr|Cllr|Councillor|Prof|Rev|Sir|Lady|Sgt|PC"
_CALLED = r"[Mm]y name is|[Ii] am called|[Nn]ame:|[Cc]alled|[Nn]amed|[Ss]igned|[Ff]rom:|[Dd]ear|[Hh]i|[Hh]ello"
_HOME = r"(?:[Ff]lat|[Uu]nit|[Aa]partment|[Nn]o\.?|[Nn]umber|[Hh]ouse) ?\d+[a-zA-Z]?"
_SORTS = {
    "link": r"(?i:\b(?:https?://|www\.)\S*)",
    "email": r"[^\s@<>\"']{1,80}@[^\s@<>\"']{1,80}[^\s@<>\"'.,;:!?)]",
    "postcode": r"(?i:\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b)",
    "born": r"\b\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)?\d{2}\b",
    "plate": r"\b[A-Z]{2}\d{2} ?[A-Z]{3}\b",
    "reference": r"\b[A-Z]{2}-[A-Z0-9]{4}-[A-Z0-9]{4}\b|\b[A-Z]{1,4}[-/]?\d[A-Z0-9/-]{3,20}\b",
    "phone": r"(?<![\w£])\+?\d[\d ()-]{7,18}\d(?!\w)",
    "street": rf"\b(?:{_HOME},? )?(?:\d+[a-zA-Z]? )?(?:{_NAME} ){{1,3}}(?:{_ENDS})\b",
    "home": rf"\b{_HOME}\b",
    "called": rf"\b(?:{_CALLED})(?: {_NAME}){{1,3}}",
    "titled": rf"\b(?:{_TITLES})\.?(?: {_NAME}){{1,3}}",
    "number": r"(?<![\d£])\d{5,}",
    "name": r"(?<![.!?:\n] )(?<![.!?\n“\"‘(-])(?<=\S )[A-Z][a-z'’-]+(?: [A-Z][a-z'’-]+)*",
}
"""What is looked for, in this order, in one pass: a stand-in is never replaced again. A number amid words is a home's,
somebody's or a reference where it is long; amounts and days tell nobody.
"""

_ANY = re.compile("|".join(f"(?P<{sort}>{pattern})" for sort, pattern in _SORTS.items()))
_LEAD = re.compile(rf"(?:{_CALLED})?(?: ?(?:{_TITLES})\.?)?(?= )")
_FAREWELL = re.compile(
    r"^\W*(?:(?:kind|best|warm|many)? ?(?:regards|wishes|thanks)|yours(?: \w+)?|sincerely|cheers|thank you|thanks)\W*$",
    re.IGNORECASE,
)
_KEPT = frozenset(
    """I I'm I've I'd I'll I’m I’ve I’d I’ll Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February
    March April May June July August September October November December Christmas Easter Council Mr Mrs English Welsh
    Ombudsman Housing Universal Credit Blue Badge Tax Parking Penalty Charge Notice Planning Education Health Care Plan
    Sir Madam God Bank Holiday My We The A An It He She They You Your Our This That There When What Why How If But And
    So Is Are Can Please Thank Thanks Not No Yes""".split()
)
_SIGNED_LINES = 8


def without_person(text: str, person: Person, keep: Iterable[str] = ()) -> str:
    """The text with stand-ins for what may tell who wrote it or whom it is about.

    ``person`` is who wrote it, as far as we know; ``keep`` are names that tell nobody: the council's, its services'.
    """
    kept = _KEPT.union(word for name in keep for word in re.findall(r"[\w'’-]+", name))
    text = _unsigned(text[:20_000])
    for name in sorted(_names(person), key=len, reverse=True):
        text = re.sub(rf"\b{re.escape(name)}\b", SOMEBODY, text, flags=re.IGNORECASE)
    return _ANY.sub(lambda found: _stand_in(found, kept), text).strip()


def _stand_in(found: re.Match[str], kept: frozenset[str]) -> str:
    """What stands there instead; capitals amid a sentence are a name, unless we know better."""
    sort, words = found.lastgroup or "", found[0]
    if sort in ("titled", "called"):
        return f"{_LEAD.match(words)[0].rstrip()} {SOMEBODY}"  # type: ignore[index]
    if sort == "name":
        return words if all(word in kept for word in words.split()) else SOMEBODY
    return _STAND_INS[sort]


def _names(person: Person) -> set[str]:
    """The parts of their name, and of the address they write from, that are long enough to be told from words."""
    local = person.email.partition("@")[0]
    parts = re.findall(r"[^\W\d_]+", f"{person.name} {local}")
    return {part for part in parts if len(part) >= 3} | ({person.name} if len(person.name) >= 3 else set())


def _unsigned(text: str) -> str:
    """The text without what stands below a farewell: a signature."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if _FAREWELL.match(line[:60]) and len(lines) - number - 1 <= _SIGNED_LINES:
            return "\n".join((*lines[: number + 1], SOMEBODY))
    return text


_STAND_INS = {
    "link": "www.example.org",
    "email": EMAIL,
    "postcode": POSTCODE,
    "born": "1/1/2000",
    "plate": "AB12 CDE",
    "reference": REFERENCE,
    "phone": PHONE,
    "street": f"12 {STREET}",
    "home": "number 12",
    "number": "12345",
}
