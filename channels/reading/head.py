"""The head of a mail or of a part: its lines become headers, in linear time, as far as a head of any use goes."""

import re

from channels.reading.charsets import decode
from channels.reading.transfer_encoding import Part

MOST_HEADER_LINES = 20_000
"""A mail that passed a hundred servers has some 2,000."""

LONGEST_VALUE = 32_768
"""Octets of one header that are kept for reading."""

LONGEST_STRUCTURE_VALUE = 2_000
"""Octets of a header that says how a part is built: the standard library's reading of its parameters is quadratic."""

BLANK = re.compile(rb"\n\r?\n")

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]{0,9}:[ \t]*")
_MBOX = (b"From ", b">From ")


def read_head(raw: bytes, part: Part, start: int, end: int) -> tuple[int, bool]:
    """Set the headers; answers with where the body begins, and whether all lines were read.

    A line that is no header ends the head where it has lost its blank line, and belongs to the body.
    """
    name, value, place = "", b"", start
    for _ in range(MOST_HEADER_LINES):
        stop = raw.find(b"\n", place, end) + 1 or end
        line = raw[place : min(stop, place + LONGEST_VALUE)]
        found = _FIELD.match(line)
        if line[:1] in (b" ", b"\t") and place > start:
            value += line if len(value) < LONGEST_VALUE else b""
        elif found or (place == start and line.startswith(_MBOX)):
            _set(part, name, value)
            name, value = (found[1].decode("ascii"), line[found.end() :]) if found else ("", b"")
        else:
            _set(part, name, value)
            return (stop if not line.strip() else place), True
        place = stop
        if place >= end:
            break
    _set(part, name, value)
    if place >= end:
        return end, True
    blank = BLANK.search(raw, place, end)
    return (blank.end() if blank else end), False


def _set(part: Part, name: str, value: bytes) -> None:
    """Keep a header, cut. Octets above ASCII become surrogate escapes, as the standard library keeps them, except in
    those that say how a part is built: there it would read question marks.
    """
    if name.lower().startswith("content-"):
        part.set_raw(name, decode(value[:LONGEST_STRUCTURE_VALUE]).rstrip("\r\n"))
    elif name:
        part.set_raw(name, value[:LONGEST_VALUE].decode("ascii", "surrogateescape").rstrip("\r\n"))
