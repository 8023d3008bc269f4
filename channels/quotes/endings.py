"""What programs put below a person's words: device footers, legal notices, list footers, signatures, rulers.

A person types much that looks alike ("Sent from my flat, where water is pouring in"), so each form needs more than one
sign; a signature only counts where its lines look like one.
"""

import re
from collections.abc import Sequence

from channels.quotes.words import DEVICES, LEGAL, LIST_SIGNS, NOTICES, PERSONAL, PROSE, SENT_FROM

_CUT = 300
_LONGEST_FOOTER = 110
_LONGEST_NOTICE = 6000
_LONGEST_LIST_FOOTER = 400
_MOST_SIGNATURE_LINES = 14
_RULER = re.compile(r"[ \t\xa0]*[-–—_=*~#+•][-–—_=*~#+• \t\xa0]*")
_MARKERS = ("--", "—", "–", "---", "- --", "__", "___")
_WORD = re.compile(r"[\w.'’-]+")
_SIGNS = tuple(tuple(group.split("|")) for group in LEGAL)
_CONTACT = re.compile(r"@\w|https?:|www\.|\d[\d ()/.-]{6,20}\d")
_EXCUSES = ("excuse", "typo", "brevity", "sorry for", "autocorrect", "errors", "spelling")
_SENTENCE = 4
"""So many words in small letters, and a line is a sentence rather than a name, a title or an address."""


def is_ruler(line: str) -> bool:
    """A line of nothing but dashes, stars and the like; at least two, or one long dash."""
    plain = line.strip()
    if not plain or plain[0].isalnum():
        return False
    return (len(plain) > 1 or plain in ("—", "–")) and bool(_RULER.fullmatch(line[:_CUT])) and len(line) <= _CUT


def is_device_footer(line: str) -> bool:
    """ "Sent from my iPhone" and its like, in one short line that names a device or a program."""
    if len(line) < 9:
        return False
    plain = line.strip(" \t\xa0*_<>[]()-")
    low = plain.casefold()
    if len(low) > _LONGEST_FOOTER * 2 or not low.startswith(SENT_FROM):
        return "iphone" in low and len(low.split()) < 4 and ("gönderildi" in low or "送信" in low)
    opening = max((start for start in SENT_FROM if low.startswith(start)), key=len)
    rest = _without_link(plain[len(opening) :]).strip()
    return len(rest) <= _LONGEST_FOOTER and _names_device(opening, rest)


def _without_link(rest: str) -> str:
    for mark in ("<http", "(http", "[http", "http", "<mailto"):
        rest = rest.partition(mark)[0]
    return rest


def _names_device(opening: str, rest: str) -> bool:
    words = [word.casefold().strip("'’") for word in _WORD.findall(rest)]
    if not words:
        return "outlook" in opening or "iphone" in opening
    if any(excuse in rest.casefold() for excuse in _EXCUSES):
        return True
    if len(words) > 9 or not PROSE.isdisjoint(words):
        return False
    named = any(word.rstrip(".") in DEVICES or word.startswith(("iphone", "ipad")) for word in words)
    return named or _is_product(rest)


def _is_product(rest: str) -> bool:
    """Nothing but a maker's words: "my Wiko RIDGE FAB 4G"."""
    words = [word for word in rest.split() if word.casefold() not in ("my", "the", "a", "for", "on", "de", "mon", "mi")]
    return 0 < len(words) < 6 and all(word[0].isupper() or word[0].isdigit() for word in words)


def notice_lines(lines: Sequence[str]) -> set[int]:
    """The lines of paragraphs that a machine added: legal notices, virus scanners, lists; by number from 0."""
    found: set[int] = set()
    for first, end in _paragraphs(lines):
        if _is_notice(" ".join(lines[first:end])[:_LONGEST_NOTICE].casefold().strip(" *_[]<>#|-=\t")):
            found.update(range(first, end))
    return found


def pgp_lines(lines: Sequence[str]) -> set[int]:
    """The lines that OpenPGP puts round a signed text (RFC 9580 section 7), by number from 0."""
    found: set[int] = set()
    within = False
    for number, line in enumerate(lines):
        if line.startswith(("-----BEGIN PGP SIGN", "Hash: SHA")) or within:
            found.add(number)
            within = (within or "SIGNATURE" in line) and not line.startswith("-----END PGP")
    return found if found and any(lines[number].startswith("-----BEGIN PGP") for number in found) else set()


def _paragraphs(lines: Sequence[str]) -> list[tuple[int, int]]:
    """From where to where words stand together, blank lines and rulers between."""
    pairs: list[tuple[int, int]] = []
    first: int | None = None
    for number, line in enumerate([*lines, ""]):
        apart = not line.strip() or is_ruler(line)
        if apart and first is not None:
            pairs.append((first, number))
            first = None
        elif not apart and first is None:
            first = number
    return pairs


def _is_notice(low: str) -> bool:
    if len(low) < 10:
        return False
    if low.startswith(NOTICES) or (len(low) < _LONGEST_LIST_FOOTER and _is_list_footer(low)):
        return True
    return any(sign in low for sign in _SIGNS[0]) and _is_legal(low)


def _is_list_footer(low: str) -> bool:
    if any(sign in low for sign in LIST_SIGNS):
        return True
    name, found, rest = low.partition(" mailing list")
    return bool(found) and len(name.split()) < 5 and ("@" in rest or "http" in rest)


def _is_legal(low: str) -> bool:
    """Speaks of several things that legal notices speak of, in most of its sentences, and never of "me" or "my"."""
    if sum(any(sign in low for sign in group) for group in _SIGNS) < 4 or not PERSONAL.isdisjoint(_WORD.findall(low)):
        return False
    sentences = [sentence for sentence in low.split(". ") if sentence.strip()]
    legal = [sentence for sentence in sentences if any(sign in sentence for group in _SIGNS for sign in group)]
    return 3 * len(legal) >= 2 * len(sentences)


def signature_lines(lines: Sequence[str]) -> set[int]:
    """The lines from a signature's marker to the end, where what is below looks like a signature."""
    words = [number for number, line in enumerate(lines) if line.strip()]
    for place in range(max(len(words) - _MOST_SIGNATURE_LINES - 1, 0), len(words) - 1):
        number = words[place]
        below = [lines[at] for at in words[place + 1 :]]
        if _is_marker(lines[number]) and _is_signature(lines[number], lines[number - 1] if number else "", below):
            return set(range(number, len(lines)))
    return set()


def _is_marker(line: str) -> bool:
    return line.rstrip() in _MARKERS or is_ruler(line)


def _is_signature(marker: str, above: str, below: Sequence[str]) -> bool:
    """RFC 3676 section 4.3: two dashes and a space begin a signature. Others must look like one."""
    if marker == "-- ":
        return True
    if any(_is_sentence(line) for line in below):
        return False
    reachable = any(_CONTACT.search(line[:_CUT]) for line in below)
    if marker.rstrip() in _MARKERS:
        return reachable or _is_name(below[0])
    return reachable and not above.strip() and len(below) < 9


def _is_name(line: str) -> bool:
    """One word, or up to five that begin with a capital: "Anne Shaw | Director"."""
    words = [word for word in line[:_CUT].split() if word[:1].isalpha()]
    return len(words) == 1 or (1 < len(words) < 6 and all(word[0].isupper() for word in words))


def _is_sentence(line: str) -> bool:
    words = line[:_CUT].split()
    small = sum(word[:1].islower() and "." not in word[1:-1] and "@" not in word for word in words)
    return small >= _SENTENCE or (len(words) > 3 and words[-1][-1] in "?!")
