"""Reading one mail after DATA: in large pieces, up to CR LF . CR LF and nothing that only looks like it.

aiosmtpd reads line by line, which costs most of the time that a large mail takes, and needs a limit on lines. Here the
memory is bounded by whoever gives room, and lines may be as long as the mail.
"""

import asyncio
from collections.abc import Callable

PIECE = 65_536
"""Octets that are read at once."""

_LINE_END = b"\r\n"
_LAST_LINE = b".\r\n"
_END = _LINE_END + _LAST_LINE


async def read_mail(reader: asyncio.StreamReader, room: Callable[[int], str]) -> tuple[bytes, str]:
    """The mail, and why it cannot be kept (empty: it can; else the mail is empty, but has been read to its end).

    ``room`` is asked for so many octets more, and answers with a refusal where there is none. The line end of the
    command stands for the one before the mail's first line, so that a mail of no lines ends as every other does.
    """
    unread(reader)[:0] = _LINE_END
    pieces: list[bytes] = []
    refusal, ended = "", False
    while not ended:
        piece, ended = await _piece(reader)
        refusal = refusal or room(len(piece))
        if refusal:
            pieces.clear()
        else:
            pieces.append(piece)
    return (b"" if refusal else _unstuffed(pieces)), refusal


async def _piece(reader: asyncio.StreamReader) -> tuple[bytes, bool]:
    """The next piece, and whether it ends the mail. No piece stops short within the end."""
    try:
        return await reader.readuntil(_END), True
    except asyncio.LimitOverrunError as overrun:
        return await reader.readexactly(overrun.consumed), False


def _unstuffed(pieces: list[bytes]) -> bytes:
    """Without the first line end and the last line, and without a dot at a line's begin (RFC 5321 section 4.5.2).

    The list is used up, so that a large mail is not in memory more often than it must be.
    """
    pieces[-1] = pieces[-1].removesuffix(_LAST_LINE)
    pieces[0] = pieces[0].removeprefix(_LINE_END).removeprefix(b".")
    stuffed = b"".join(pieces)
    pieces.clear()
    return stuffed.replace(b"\r\n.", _LINE_END)


def unread(reader: asyncio.StreamReader) -> bytearray:
    """What has been received and not yet read. asyncio has no other name for it, and aiosmtpd uses it as well."""
    buffer: bytearray = reader._buffer  # type: ignore[attr-defined]
    return buffer
