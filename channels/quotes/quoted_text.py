"""What a mail says now, apart from the older words, footers and notices round it. Linear: each line is tagged once.

Losing a word that a person typed is worse than keeping one too many: what is in doubt is said now, and where all would
be taken for a quotation, all is said now. No line is looked at beyond its first few hundred characters.
"""

import re
from collections.abc import Sequence
from enum import Enum

from channels.quotes.endings import is_device_footer, is_ruler, notice_lines, pgp_lines, signature_lines
from channels.quotes.headers import LONGEST_LINE
from channels.quotes.openers import is_quoted, opener_at, parted

_FEW_WORDS = 20
"""With no more than these typed above a forwarded mail, the forwarded words are what the mail says."""
_WORD = re.compile(r"[^\W_]|[^\w\s\x00-\x7f]")
_LINK = re.compile(r"[ \t]*[<(\[]https?://\S{1,280}[ \t>)\]]*")


class _Tag(Enum):
    SAID = "said now"
    OLD = "quoted"
    ADDED = "a footer, a notice, a signature or a ruler"


def split(text: str) -> tuple[str, str]:
    """(what is said now, what is quoted or was added), both stripped. Answers between quoted lines are said now."""
    lines = _lines(text)
    tags = _tags(lines)
    for left_out in ((_Tag.OLD, _Tag.ADDED), (_Tag.OLD,)):
        said = "\n".join(line for line, tag in zip(lines, tags, strict=True) if tag not in left_out).strip()
        if _WORD.search(said):
            return said, "\n".join(line for line, tag in zip(lines, tags, strict=True) if tag in left_out).strip()
    return text.strip(), ""


def _lines(text: str) -> list[str]:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return [piece for line in plain.split("\n") for piece in parted(line)]


def _tags(lines: Sequence[str]) -> list[_Tag]:
    """One tag a line."""
    tags = [_Tag.OLD if is_quoted(line) else _Tag.SAID for line in lines]
    _spare_typed_marks(lines, tags)
    _tag_broken_quotations(lines, tags)
    _tag_older_mail(lines, tags)
    for first, end in _stretches(tags):
        _tag_added(lines, tags, first, end)
    for number in range(1, len(lines)):
        if tags[number - 1] is not _Tag.SAID and not lines[number].strip():
            tags[number] = tags[number - 1]
    return tags


def _spare_typed_marks(lines: Sequence[str], tags: list[_Tag]) -> None:
    """The only quotation in a mail, or above what announces older mail, may be typed: "> 3 weeks late"."""
    first = next((number for number, tag in enumerate(tags) if tag is _Tag.OLD), len(tags))
    end = next((number for number in range(first, len(tags)) if tags[number] is not _Tag.OLD), len(tags))
    if not any(map(str.strip, lines[:first])) or not _looks_typed(lines, first, end):
        return
    following = next((number for number in range(end, len(tags)) if tags[number] is _Tag.OLD), len(tags))
    if not _has_opener(lines, 0, first) and (following == len(tags) or _has_opener(lines, end, following)):
        tags[first:end] = [_Tag.SAID] * (end - first)


def _looks_typed(lines: Sequence[str], first: int, end: int) -> bool:
    """One line, or marks like bullets right below words: programs leave lines blank round and within a quotation."""
    bare = [line.strip("> \t\xa0") for line in lines[first:end]]
    if not all(bare) or _has_opener(bare, 0, min(len(bare), 6)):
        return False
    below = any(map(str.strip, lines[end:]))
    return end - first == 1 or bool(lines[first - 1].strip()) or (below and not _has_opener(lines, end, len(lines)))


def _has_opener(lines: Sequence[str], first: int, end: int) -> bool:
    quoted_next = _quoted_next(lines)
    return any(opener_at(lines, number, quoted_next[number]) for number in range(first, end))


def _tag_broken_quotations(lines: Sequence[str], tags: list[_Tag]) -> None:
    """A line between two quoted ones that a program broke off the one above: a link, or the end of a bracket."""
    for number in range(1, len(lines) - 1):
        between = tags[number] is _Tag.SAID and tags[number - 1] is tags[number + 1] is _Tag.OLD
        if between and (_LINK.fullmatch(lines[number]) or _closes(lines[number - 1], lines[number])):
            tags[number] = _Tag.OLD


def _closes(above: str, line: str) -> bool:
    if above.count('"') % 2 and line.count('"') % 2:
        return True
    return any(
        above.count(left) > above[1:].count(right) and line.count(right) > line.count(left)
        for left, right in ("()", "<>")
    )


def _tag_older_mail(lines: Sequence[str], tags: list[_Tag]) -> None:
    """Openers with what they announce: the quoted lines below, or all that is below where none are quoted."""
    quoted_next = _quoted_next(lines)
    number = words = 0
    while number < len(lines):
        opener = None if tags[number] is _Tag.OLD else opener_at(lines, number, quoted_next[number])
        if opener is None:
            if words <= _FEW_WORDS and tags[number] is _Tag.SAID:
                words += len(lines[number].split())
            number += 1
            continue
        if opener.forwards and words <= _FEW_WORDS:
            tags[opener.first :] = [_Tag.SAID] * (len(lines) - opener.first)
            return
        end = opener.end if quoted_next[opener.end - 1] else len(lines)
        _tag_announced(lines, tags, opener.first, end)
        number = end


def _quoted_next(lines: Sequence[str]) -> list[bool]:
    """For each line, whether the next one that isn't blank is quoted."""
    following, answer = False, [False] * len(lines)
    for number in range(len(lines) - 1, -1, -1):
        answer[number] = following
        following = is_quoted(lines[number]) if lines[number].strip() else following
    return answer


def _tag_announced(lines: Sequence[str], tags: list[_Tag], first: int, end: int) -> None:
    """Tag an opener and its mail as old, with the ruler that stands right above."""
    tags[first:end] = [_Tag.OLD] * (end - first)
    for above in range(first - 1, max(first - 4, -1), -1):
        if is_ruler(lines[above]):
            tags[above] = _Tag.OLD
        elif lines[above].strip():
            return


def _stretches(tags: Sequence[_Tag]) -> list[tuple[int, int]]:
    """From where to where the lines are said without a quotation between."""
    ends = [number for number, tag in enumerate(tags) if tag is _Tag.OLD]
    starts = [0, *(end + 1 for end in ends)]
    return [(first, end) for first, end in zip(starts, [*ends, len(tags)], strict=True) if first < end]


def _tag_added(lines: Sequence[str], tags: list[_Tag], first: int, end: int) -> None:
    """Footers, notices and signatures in one stretch of said lines, then the rulers left at its end."""
    stretch = lines[first:end]
    added = notice_lines(stretch) | pgp_lines(stretch)
    added.update(at for at, line in enumerate(stretch) if is_device_footer(line[:LONGEST_LINE]))
    added |= signature_lines(["" if at in added else line for at, line in enumerate(stretch)])
    for at in range(len(stretch) - 1, -1, -1):
        if is_ruler(stretch[at]):
            added.add(at)
        elif stretch[at].strip() and at not in added:
            break
    for at in added:
        tags[first + at] = _Tag.ADDED
