"""The parts of a raw mail as compat32 messages, in linear time: capped in depth, parts and header lines.

The standard library's parser asks every line of every open part for each boundary and calls itself for each depth; a
crafted mail stops it. Here each level is searched once for its own boundary, and at the cap the first text is taken.
"""

import re
from dataclasses import dataclass, field

from channels.reading.head import BLANK, read_head
from channels.reading.transfer_encoding import Part, content

DEEPEST = 50
MOST_PARTS = 500
MOST_SEARCHES = 16
"""Times that a mail is searched for boundaries from end to end, if it has more than SMALL octets."""

SMALL = 1 << 20
TOO_DEEP = "It is nested too deeply; only its first text was read."
TOO_MANY = f"It has more than {MOST_PARTS} parts; the rest was not read."
TOO_MANY_LINES = "It has more header lines than are read."

_GUESSED = re.compile(rb"\n--([^\s-][^\r\n]{0,69})\r?\n(?=content-)", re.IGNORECASE)
_FIRST_TEXT = re.compile(rb"\ncontent-type:[ \t]{0,9}text/plain", re.IGNORECASE)
_LEADING = re.compile(rb"(?:\xef\xbb\xbf)?[\s\x00]*")


@dataclass
class Structure:
    """A mail taken apart, and in words what of it was not. ``hostile``: no mail program writes it so."""

    message: Part
    trouble: tuple[str, ...] = ()

    @property
    def hostile(self) -> bool:
        """Whether a cap was met."""
        return bool(self.trouble)


def structure(raw: bytes) -> Structure:
    """The mail's parts. Leaves hold their octets undecoded, as the standard library's parser leaves them."""
    raw = raw if b"\n" in raw else raw.replace(b"\r", b"\n")
    builder = _Builder(raw)
    message = builder.build(_LEADING.match(raw).end(), len(raw), 0)  # type: ignore[union-attr]
    return Structure(message, tuple(builder.trouble))


@dataclass
class _Builder:
    raw: bytes
    parts: list[int] = field(default_factory=lambda: [0])
    searched: list[int] = field(default_factory=lambda: [0])
    trouble: dict[str, None] = field(default_factory=dict)

    def build(self, start: int, end: int, depth: int, default: str = "text/plain") -> Part:
        """The part between these octets."""
        message = Part()
        message.set_default_type(default)
        self.parts[0] += 1
        body = self._head(message, start, end)
        kind = message.get_content_type()
        if kind.startswith("multipart/") and self._multipart(message, body, end, depth):
            return message
        if kind == "message/delivery-status":
            self._status(message, body, end)
        elif kind.startswith("message/"):
            self._forwarded(message, body, end, depth)
        else:
            message.octets = self.raw[body:end]
        return message

    def _head(self, part: Part, start: int, end: int) -> int:
        """Where the body begins of the part whose head begins here."""
        body, whole = read_head(self.raw, part, start, end)
        if not whole:
            self.trouble[TOO_MANY_LINES] = None
        return body

    def _multipart(self, message: Part, body: int, end: int, depth: int) -> bool:
        """Build its parts; False where it has none and is to be read as text."""
        self.searched[0] += end - body
        if depth >= DEEPEST or self.searched[0] > MOST_SEARCHES * len(self.raw) + SMALL:
            self._first_text(message, body, end)
            return True
        pieces = self._pieces(message, body, end)
        if not pieces:
            return False
        default = "message/rfc822" if message.get_content_subtype() == "digest" else "text/plain"
        message.set_payload([])
        for first, last in pieces:
            if self.parts[0] >= MOST_PARTS:
                self.trouble[TOO_MANY] = None
                break
            message.attach(self.build(first, last, depth + 1, default))
        return True

    def _pieces(self, message: Part, body: int, end: int) -> list[tuple[int, int]]:
        """First and last octet of each part, by its delimiter lines (RFC 2046 section 5.1.1)."""
        boundary = _boundary(message)
        above = max(0, body - 1)
        pieces = self._between(boundary, above, end) if boundary else []
        if not pieces:
            guessed = _GUESSED.search(self.raw, above, end)
            pieces = self._between(guessed[1].rstrip(), above, end) if guessed else []
        return pieces

    def _between(self, boundary: bytes, body: int, end: int) -> list[tuple[int, int]]:
        delimiter = re.compile(rb"\n--" + re.escape(boundary) + rb"(--)?[ \t]*\r?(?=\n|\Z)")
        pieces: list[tuple[int, int]] = []
        first = -1
        for found in delimiter.finditer(self.raw, body, end):
            if first >= 0:
                last = found.start()
                pieces.append((first, max(first, last - (self.raw[last - 1 : last] == b"\r"))))
            first = min(found.end() + 1, end)
            if found[1] or len(pieces) > MOST_PARTS:
                return pieces
        return [*pieces, (first, end)] if first >= 0 else pieces

    def _forwarded(self, message: Part, body: int, end: int, depth: int) -> None:
        """A mail in a mail. Encoded against RFC 2046 section 5.2.1, it is decoded first."""
        if depth >= DEEPEST:
            self._first_text(message, body, end)
            return
        inner = self
        encoding = str(message.get("Content-Transfer-Encoding", "")).strip().lower()
        if encoding in ("base64", "quoted-printable"):
            message.octets = self.raw[body:end]
            inner = _Builder(content(message), self.parts, self.searched, self.trouble)
            body, end = 0, len(inner.raw)
        body = min(_LEADING.match(inner.raw, body, end).end(), end)  # type: ignore[union-attr]
        message.set_payload([inner.build(body, end, depth + 1)])

    def _status(self, message: Part, body: int, end: int) -> None:
        """Blocks of fields with blank lines between them (RFC 3464 section 2.1), each as a message; other lines in a
        block are its body.
        """
        message.set_payload([])
        for _ in range(MOST_PARTS):
            body = min(_LEADING.match(self.raw, body, end).end(), end)  # type: ignore[union-attr]
            if body == end:
                return
            blank = BLANK.search(self.raw, body, end)
            stop = blank.start() + 1 if blank else end
            block = Part()
            block.octets = self.raw[self._head(block, body, stop) : stop]
            message.attach(block)
            body = stop

    def _first_text(self, message: Part, body: int, end: int) -> None:
        """Too deep: the first text below is taken, up to the next delimiter."""
        self.trouble[TOO_DEEP] = None
        leaf = Part()
        found = _FIRST_TEXT.search(self.raw, max(0, body - 1), end)
        start = self._head(leaf, found.start() + 1, end) if found else end
        stop = self.raw.find(b"\n--", max(0, start - 1), end)
        leaf.octets = self.raw[start : stop if stop >= start else end]
        message.set_payload([leaf])


def _boundary(message: Part) -> bytes:
    """The declared boundary; empty where there is none."""
    try:
        return (message.get_boundary() or "").rstrip().encode("ascii", "surrogateescape")
    except Exception:
        return b""
