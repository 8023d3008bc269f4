"""The octets of a part, its transfer encoding undone (RFC 2045 section 6), also where the label is wrong."""

import binascii
import re
from email.message import Message
from typing import Any

from channels.reading.uuencode import decode_uu

_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]{1,1000}={0,2}")
_SOFT_BREAK = re.compile(rb"[^\n]{50,76}=\r?\n")
_TYPICAL_ESCAPE = re.compile(rb"=(?:20|3D|C[23]=[89AB][0-9A-F]|E2=80=[89AB][0-9A-F])")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")


class Part(Message):
    """A part that keeps its octets as they came; ``octets`` is empty where it has parts of its own.

    The standard library keeps them as text, decodes that by what the sender declares, and its reader of base64 makes
    an object of every empty line.
    """

    octets = b""

    def get_payload(self, i: int | None = None, decode: bool = False) -> Any:
        """As the standard library's, for everybody who asks a part the usual way."""
        if self.is_multipart():
            return super().get_payload(i)
        return content(self) if decode else self.octets.decode("latin-1")


def content(part: Message) -> bytes:
    """What a leaf holds; empty for one that has parts of its own. Broken encodings give as much as can be had."""
    raw = part.octets if isinstance(part, Part) else b""
    encoding = str(part.get("Content-Transfer-Encoding", "")).partition(";")[0].strip().lower()
    if encoding == "base64":
        return _base64(raw)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(raw)
    if encoding in ("x-uuencode", "uuencode", "uue", "x-uue"):
        return decode_uu(raw) or raw
    return _unlabelled(raw, part) if encoding in ("", "7bit") and part.get_content_maintype() == "text" else raw


def _base64(raw: bytes) -> bytes:
    """Decoded, unless its first line shows that it is no base64 at all."""
    first = raw.lstrip()[:1000].partition(b"\n")[0].strip()
    if first and not _BASE64_LINE.fullmatch(first):
        return raw
    try:
        return binascii.a2b_base64(raw)
    except binascii.Error:
        letters = _NOT_BASE64.sub(b"", raw).rstrip(b"=")
        letters = letters[: len(letters) - (len(letters) % 4 == 1)] + b"=" * (-len(letters) % 4)
    try:
        return binascii.a2b_base64(letters)
    except binascii.Error:
        return raw


def _unlabelled(raw: bytes, part: Message) -> bytes:
    """Text whose label of its encoding was lost on the way, where the encoding is plain to see."""
    if _SOFT_BREAK.search(raw, 0, 4000) and _TYPICAL_ESCAPE.search(raw, 0, 4000):
        return binascii.a2b_qp(raw)
    lines = raw.split(maxsplit=3)
    if len(lines) >= 3 and len(lines[0]) == len(lines[1]) in (60, 64, 72, 76) and _is_base64(lines[:2]):
        return _text_or(raw)
    return raw


def _is_base64(lines: list[bytes]) -> bool:
    return all(_BASE64_LINE.fullmatch(line) for line in lines)


def _text_or(raw: bytes) -> bytes:
    """The decoded text, or the octets as they are where none comes out."""
    try:
        decoded = binascii.a2b_base64(raw)
        decoded.decode("utf-8")
    except (binascii.Error, UnicodeError):
        return raw
    return decoded if b"\x00" not in decoded else raw
