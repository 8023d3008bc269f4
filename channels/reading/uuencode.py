"""Files that stand uuencoded in a text, as some scanners and old programs still send them."""

import binascii
import re
from typing import NamedTuple

MOST_BLOCKS = 50
MOST_LINES = 700_000
"""Of all blocks of one text: 30 MB in lines of 45 octets."""

_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,200})\r?\n(?=[\x20-\x60]{1,62}\r?\n)", re.MULTILINE)
_END = re.compile(rb"\r?\nend[ \t]*\r?(?=\n|\Z)")


class Block(NamedTuple):
    """A file, and where it stands in its text."""

    name: bytes
    start: int
    end: int
    data: bytes


def blocks(text: bytes) -> list[Block]:
    """The uuencoded files of a text, in order. A block without an end is no block: it may be somebody's words."""
    found: list[Block] = []
    place, lines = (0, 0) if b"begin " in text else (len(text), 0)
    while len(found) < MOST_BLOCKS and (begin := _BEGIN.search(text, place)):
        end = _END.search(text, begin.end() - 1)
        if not end or (lines := lines + text.count(b"\n", begin.end(), end.start())) > MOST_LINES:
            break
        data = _decode(text[begin.end() : end.start() + 1])
        if data:
            found.append(Block(begin[1].strip(), begin.start(), end.end(), data))
        place = end.end()
    return found


def decode_uu(raw: bytes) -> bytes:
    """The first file of a part that is uuencoded as a whole; empty where there is none."""
    return next((block.data for block in blocks(raw)), b"")


def _decode(body: bytes) -> bytes:
    """The octets of a block's lines; nothing where a line is none."""
    try:
        return b"".join(map(_line, body.splitlines()))
    except binascii.Error:
        return b""


def _line(line: bytes) -> bytes:
    """One line. Some encoders write a wrong number of trailing characters: only what its length octet says counts."""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        octets = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
        return binascii.a2b_uu(line[:octets])
