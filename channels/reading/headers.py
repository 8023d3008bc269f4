"""One wanted header at a time, cut before it is decoded, in linear time: whatever a sender writes, words come out.

Raw values are taken as the parser keeps them (compat32, with bytes above ASCII as surrogate escapes).
"""

import binascii
import re
from collections.abc import Iterator
from email.message import Message
from itertools import islice
from quopri import decodestring

from channels.reading.charsets import decode, one_line
from intake.addresses import one_spelling

LONGEST_HEADER = 4096
"""Characters of one header that are looked at."""

LONGEST_IDS = 20_000
"""Characters of References that are looked at, from its end: the nearest ancestors stand there (RFC 5322, 3.6.4)."""

_WORD = re.compile(r"=\?([\w.:*+-]{1,60})\?([bBqQ])\?(.{0,1000}?)\?=")
"""An encoded word (RFC 2047 section 2), with blanks in it where its program knew no better. Each try is bounded."""

_ADDRESS = re.compile(r"[^\s<>@\",;:()\[\]\\\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,64}@[\w.-]{1,190}\.[\w-]{2,60}")
_MESSAGE_ID = re.compile(r"<([\x21-\x3b\x3d\x3f-\x7e]{1,250})>")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]+")
_COMMENT = re.compile(r"\(([^()]{0,200})\)")


def header(message: Message, name: str, limit: int = 300) -> str:
    """A header in plain words: decoded, one line, no control characters, at most ``limit`` characters."""
    return decoded(_first(message, name)[:LONGEST_HEADER])[:limit]


def raw_header(message: Message, name: str) -> str:
    """A header as it was written, on one line, at most LONGEST_HEADER characters."""
    return _plain(_first(message, name)[:LONGEST_HEADER])


def headers(message: Message, name: str, most: int = 20) -> list[str]:
    """Every header of that name as it was written, from the top, each on one line and cut."""
    return [_plain(value[:LONGEST_HEADER]) for value in islice(_all(message, name), most)]


def addresses(message: Message, name: str, most: int = 50) -> list[tuple[str, str]]:
    """(name in words, address in its one spelling) of each mailbox. Split before decoding: a decoded comma is none."""
    value = _plain(", ".join(islice(_all(message, name), 3))[:LONGEST_HEADER])
    found = [_mailbox(piece) for piece in islice(_mailboxes(value), most)]
    if not any(address for _, address in found):
        found = [_mailbox(decoded(value))]
    return [(words, address) for words, address in found if address]


def message_ids(message: Message, name: str, most: int = 50) -> list[str]:
    """The Message-IDs of a header without their angle brackets, the last ``most`` in order."""
    values = " ".join(value[-LONGEST_IDS:] for value in islice(_all(message, name), 3))
    return _MESSAGE_ID.findall(values)[-most:]


def address(raw: str) -> str:
    """An address alone, in its one spelling; empty where it is none."""
    found = _ADDRESS.fullmatch(raw.strip())
    return one_spelling(found.group()) if found else ""


def decoded(raw: str) -> str:
    """A raw value in plain words. Neighbouring encoded words are joined first: they may split a letter."""
    text = _text(raw)
    words, run, charset, end = [], b"", "", 0
    for found in _WORD.finditer(text):
        between = text[end : found.start()]
        follows = end > 0 and not between.strip()
        if not follows or found[1].lower() != charset:
            words.append(decode(run, charset))
            run = b""
        if not follows:
            words.append(between)
        charset, end = found[1].lower(), found.end()
        run += _bytes_of(found[2], found[3])
    return one_line("".join((*words, decode(run, charset.partition("*")[0]), text[end:])))


def _bytes_of(encoding: str, payload: str) -> bytes:
    """What an encoded word holds; broken base64 as far as it goes."""
    if encoding in "qQ":
        return decodestring(payload.replace("_", "=20").encode("utf-8", "replace"))
    letters = _NOT_BASE64.sub("", payload)
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    try:
        return binascii.a2b_base64(letters + "=" * (-len(letters) % 4))
    except binascii.Error:
        return payload.encode("utf-8", "replace")


def _mailboxes(value: str) -> Iterator[str]:
    """The mailboxes of a list, split at commas and semicolons that stand in no quotation, comment or angle brackets."""
    start = depth = 0
    quoted = escaped = False
    for place, letter in enumerate(value):
        if escaped:
            escaped = False
        elif letter == "\\":
            escaped = True
        elif letter == '"':
            quoted = not quoted
        elif not quoted and letter in "(<)>":
            depth = depth + 1 if letter in "(<" else max(0, depth - 1)
        elif not quoted and not depth and letter in ",;":
            yield value[start:place]
            start = place + 1
    yield value[start:]


def _mailbox(raw: str) -> tuple[str, str]:
    """(name, address) of one mailbox; the address empty where there is none."""
    before, bracket, after = raw.rpartition("<")
    inside = after.partition(">")[0]
    if bracket and address(inside) and "(" not in before:
        return _name(before), address(inside)
    plain = _without_comments(raw)
    inside = plain.rpartition("<")[2].partition(">")[0]
    if "<" in plain and address(inside):
        return _name(before), address(inside)
    found = _ADDRESS.search(plain) or _ADDRESS.search(raw)
    comment = _COMMENT.search(raw)
    return _name(comment[1] if comment else ""), one_spelling(found.group()) if found else ""


def _without_comments(raw: str) -> str:
    """Comments name nobody (RFC 5322 section 3.2.2): who checks a sender does not look into them."""
    kept, depth, quoted = [], 0, False
    for letter in raw:
        if letter == '"' and not depth:
            quoted = not quoted
        depth += letter == "(" and not quoted
        if not depth:
            kept.append(letter)
        depth -= letter == ")" and depth > 0
    return "".join(kept)


def _name(raw: str) -> str:
    return decoded(raw.replace("\\", "").replace('"', " "))[:200].strip()


def _plain(value: str) -> str:
    return one_line(_text(value))


def _text(value: str) -> str:
    """A raw value as text, unfolded (RFC 5322 section 2.2.3); its bytes above ASCII are read as a sender's."""
    return decode(value.encode("utf-8", "surrogateescape")).replace("\r", "").replace("\n", "")


def _first(message: Message, name: str) -> str:
    return next(_all(message, name), "")


def _all(message: Message, name: str) -> Iterator[str]:
    wanted = name.lower()
    return (str(value) for key, value in message.raw_items() if key.lower() == wanted)
