"""Where older mail begins: attributions, dividers in words, and blocks of header fields (channels.quotes.headers).

Each line is looked at cut short, and an attribution is sought backwards from its last line: linear in the lines.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from channels.quotes.headers import ADDRESS, DECOR, LONGEST_LINE, SPACES, TIME, end_of_block
from channels.quotes.words import (
    ABOVE_THIS_LINE,
    FORWARD_LINES,
    FORWARDED,
    MESSAGE,
    OPENINGS,
    ORIGINAL,
    PRONOUNS,
    TYPED,
    WROTE,
)

_LONGEST_ATTRIBUTION = 450
_MOST_LINES = 6
"""Lines over which programs break an attribution, blank ones included."""

_CJK = re.compile("[\u0590-\u06ff\u3000-\uffff]")
_WROTE = re.compile(
    r"(?<!\w)(?:"
    + "|".join(re.escape(verb) for verb in sorted(WROTE, key=len, reverse=True) if not _CJK.search(verb))
    + r")(?!\w)|"
    + "|".join(re.escape(verb) for verb in WROTE if _CJK.search(verb)),
    re.IGNORECASE,
)
_LAST_WORDS = tuple(WROTE)
_ADDRESS_ENDS = frozenset(("", *WROTE))
_NUMBERS = re.compile(r"\d{1,8}")
_DAY = re.compile(r"\d{1,4}[-/.年] ?\d{1,2}[-/.月] ?\d{1,4}")
_BRACKETED = re.compile(r"@[^\s<>@]{3,120} ?[>)\]]")
_STARTS_DATED = re.compile(r"(?:^|[\s,])\d{1,4}(?:[\s,:./年-]|[ap]m|st|nd|rd|th)", re.IGNORECASE)
_PROGRAMS_DATE = re.compile(
    r"\d:\d\d:\d\d|:\d\d ?[AP]M\b|, \d{4},|\d{4},? \d{1,2}:\d\d|\bvia\b"
    r"|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)\b"
)
_ENGLISH = frozenset(("wrote", "writes", "sent"))
_SHARED_LINE = re.compile(
    r"(?<=\S)[ \t-]{1,9}(?=On (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|\d|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))"
)


@dataclass(frozen=True)
class Opener:
    """The lines that announce older mail: from ``first`` up to but not including ``end``."""

    first: int
    end: int
    forwards: bool = False


def is_quoted(line: str) -> bool:
    """Whether a mail program marked the line as older; the bracket of an address broken off is no such mark."""
    plain = line.lstrip(SPACES)
    return plain.startswith((">", "&gt;")) and not _ends_address(plain)


def _ends_address(plain: str) -> bool:
    """ "> wrote:" or ">:", the end of an attribution whose address stands on the line above."""
    rest = plain[:40].strip("> \t\xa0\r")
    return rest.endswith((":", "：")) and rest.rstrip(" :：").casefold() in _ADDRESS_ENDS


def opener_at(lines: Sequence[str], number: int, quoted_next: bool) -> Opener | None:
    """What announces older mail at this line, or with this line as its last. ``quoted_next``: quoted lines follow."""
    line = lines[number].strip()
    if not line:
        return None
    divider = _divider(line)
    if divider:
        below = _next_words(lines, number + 1)
        return Opener(number, end_of_block(lines, below, below_divider=True) or number + 1, divider == "forwards")
    end = end_of_block(lines, number) if ":" in line[:30] or "：" in line[:30] else 0
    if end:
        return Opener(number, end)
    first = _first_of_attribution(lines, number, quoted_next)
    return None if first is None else Opener(first, number + 1)


def parted(line: str) -> list[str]:
    """The line, in two where an attribution begins behind typed words."""
    head = line[:LONGEST_LINE]
    if " On " not in head and "-On " not in head:
        return [line]
    places = list(_SHARED_LINE.finditer(head))
    typed = head[: places[-1].start()].strip(DECOR) if places else ""
    if typed and is_attribution(line[places[-1].end() :], quoted_next=False):
        return [line[: places[-1].start()], line[places[-1].end() :]]
    return [line]


def _divider(line: str) -> str:
    """ "answers" or "forwards" for a divider in words: "-----Original Message-----"."""
    if len(line) > 120 or len(line) < 12:
        return ""
    low = line.casefold()
    bare = low.strip(DECOR + ":")
    if len(bare.split()) < 10 and bare.removeprefix("please ").startswith(ABOVE_THIS_LINE):
        return "answers"
    if bare in FORWARD_LINES:
        return "forwards"
    if line[:1] not in "-–—_=*#" or len(bare.split()) > 12 or not any(word in bare for word in MESSAGE):
        return ""
    return _decorated(low, bare)


def _decorated(low: str, bare: str) -> str:
    if len(low) - len(low.lstrip(DECOR)) < 2:
        return ""
    if any(stem in bare for stem in FORWARDED):
        return "forwards"
    return "answers" if len(bare.split()) <= 5 and any(stem in bare for stem in ORIGINAL) else ""


def _next_words(lines: Sequence[str], number: int) -> int:
    """The next line that isn't blank, within the few that a program leaves blank."""
    for below in range(number, min(number + 4, len(lines))):
        if lines[below].strip():
            return below
    return number


def _first_of_attribution(lines: Sequence[str], number: int, quoted_next: bool) -> int | None:
    """Where the attribution begins that ends on this line; the nearest line that begins like one."""
    if not _may_end_attribution(lines[number][:LONGEST_LINE].rstrip(DECOR + ":：").casefold(), lines[number]):
        return None
    joined = ""
    for first in range(number, max(number - _MOST_LINES, -1), -1):
        if is_quoted(lines[first]) and first != number:
            return None
        joined = f"{lines[first][:LONGEST_LINE].strip()} {joined}".strip()
        if len(joined) > _LONGEST_ATTRIBUTION:
            return None
        alone = first == number
        if (alone or _opened(joined)) and is_attribution(joined, quoted_next, alone):
            return first
    return None


def _may_end_attribution(plain: str, line: str) -> bool:
    return line.rstrip().endswith((":", "：", ">")) or plain.endswith(_LAST_WORDS) or "wrote:" in line[:LONGEST_LINE]


def is_attribution(text: str, quoted_next: bool, alone: bool = True) -> bool:
    """ "On Mon, 23 Nov 2026 at 10:00, Anne <...> wrote:" in the forms that programs give it."""
    decorated = text.startswith("--")
    plain = text.strip(DECOR)
    core = plain.rstrip(DECOR + ":：")
    verbs = list(_WROTE.finditer(core))
    if not verbs:
        return _dated_name(core, plain, quoted_next)
    verb = verbs[-1]
    head, tail = core[: verb.start()].strip(), core[verb.end() :].strip()
    if tail:
        return _verb_within(head, tail, plain, quoted_next)
    return _verb_last(head, verb.group(), quoted_next, decorated, alone)


def _verb_last(head: str, verb: str, quoted_next: bool, decorated: bool, alone: bool) -> bool:
    opened = _opened(head)
    typed = not TYPED.isdisjoint(head.split())
    if _BRACKETED.search(head[-130:]):
        return opened or (alone and "<" in head[1:] and not typed)
    if not opened and verb.casefold() not in _ENGLISH and _dated(head) and TIME.search(head):
        return True
    if not opened:
        return alone and not typed and (quoted_next or decorated) and _is_name(head)
    if quoted_next and _dated(head):
        return True
    return not typed and (quoted_next or (_dated(head) and _by_program(head, verb, decorated)))


def _by_program(head: str, verb: str, decorated: bool) -> bool:
    """Has what programs write and people don't: an address, seconds, a short month. Prose here is mostly English."""
    if decorated or ADDRESS.search(head) or verb.casefold() not in _ENGLISH:
        return True
    return verb.casefold() != "sent" and bool(_PROGRAMS_DATE.search(head))


def _verb_within(head: str, tail: str, plain: str, quoted_next: bool) -> bool:
    """ "Op 13-02-2014 3:18 schreef Julius <...>:", and words that a program ran on behind "wrote:"."""
    if tail[0] in ":：":
        return _opened(head) and _dated(head) and bool(_BRACKETED.search(head[-130:]))
    if not (quoted_next or plain.endswith((":", "："))) or len(tail) > 150:
        return False
    guard = PRONOUNS if _BRACKETED.search(f"{head} {tail}>") else TYPED
    if not quoted_next and not guard.isdisjoint(f"{head} {tail}".split()):
        return False
    named = _BRACKETED.search(head[-130:]) or (quoted_next and _is_name(head))
    return (_opened(head) and (_dated(head) or _dated(tail))) or (bool(named) and _dated(tail))


def _dated_name(core: str, plain: str, quoted_next: bool) -> bool:
    """ "2017-11-24 16:32 GMT+01:00 Anne <...>:": a date and an address, no verb; "Quoting Anne <...>:"."""
    colon = plain.endswith((":", "："))
    if not (colon or quoted_next) or not _BRACKETED.search(core[-130:] + ">"):
        return False
    if _opened(core) and _dated(core) and (quoted_next or PRONOUNS.isdisjoint(core.split())):
        return core[0].isdigit() or bool(TIME.search(core))
    return colon and quoted_next and "<" in core[1:] and _is_name(core) and TYPED.isdisjoint(core.split())


def _opened(head: str) -> bool:
    """Begins as an attribution does: with its preposition, a weekday or a date. Chinese puts the name first."""
    first = head[:80].split(maxsplit=1)[:1]
    if not first or "@" in first[0]:
        return bool(_CJK.search(head)) and _dated(head)
    if first[0].casefold().rstrip(",.") in OPENINGS or _STARTS_DATED.search(head[:26]):
        return True
    return bool(_CJK.search(head)) and _dated(head)


def _dated(text: str) -> bool:
    """Holds a date: in figures, or a year or a time of day with another number."""
    if _DAY.search(text):
        return True
    numbers = _NUMBERS.findall(text)
    year = any(len(number) == 4 and number.startswith(("19", "20")) for number in numbers)
    return len(numbers) > 1 and (year or bool(TIME.search(text)))


def _is_name(head: str) -> bool:
    """Short enough for somebody's name: "Anne Shaw via Bettershire"."""
    return 0 < len(head.split()) < 7 and len(head) < 80
