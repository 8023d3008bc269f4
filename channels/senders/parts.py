"""The parts of a mail that speak for itself, and their words: cut, decoded, without what it carries or quotes."""

import re
from collections.abc import Iterator
from email.message import Message
from html import unescape
from itertools import islice

from channels.reading.charsets import clean, decode
from channels.reading.headers import raw_header

MOST_PARTS = 20
LONGEST_TEXT = 65_536
"""Characters of one part that are looked at."""

_TAG = re.compile(r"<[^<>]{0,1000}>")
_BLOCK_END = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6])[\s/]{0,5}>", re.IGNORECASE)


def own_parts(message: Message) -> list[Message]:
    """The mail and its parts, not those of a mail that it carries (message/rfc822)."""
    return list(islice(_own_parts(message), MOST_PARTS))


def kinds_of(message: Message) -> frozenset[str]:
    """The media types of the mail and of its own parts."""
    return frozenset(part.get_content_type() for part in own_parts(message))


def own_text(message: Message) -> str:
    """The words that the mail itself says: its plain text, else its HTML without marks."""
    parts = [part for part in own_parts(message) if not _is_file(part)]
    plain = "\n".join(text_of(part) for part in parts if part.get_content_type() == "text/plain")[:LONGEST_TEXT]
    if plain.strip():
        return plain
    return "\n".join(text_of(part) for part in parts if part.get_content_type() == "text/html")[:LONGEST_TEXT]


def text_of(part: Message) -> str:
    """The words of one part, whatever it says that it is."""
    payload = _beginning(part).get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    text = clean(decode(payload, _charset(part)))[:LONGEST_TEXT]
    if part.get_content_type() != "text/html":
        return text
    return unescape(_TAG.sub("", _BLOCK_END.sub("\n", text)))


def blocks_of(part: Message) -> list[Message]:
    """The mails or blocks of fields that a message/... part holds; none where it could not be read as such."""
    held = part.get_payload()
    return [block for block in held[:MOST_PARTS] if isinstance(block, Message)] if isinstance(held, list) else []


def _own_parts(message: Message) -> Iterator[Message]:
    waiting = [message]
    while waiting:
        part = waiting.pop()
        yield part
        if part.get_content_maintype() == "multipart":
            waiting += reversed(blocks_of(part))


def _beginning(part: Message) -> Message:
    """The part without what we would not look at: decoding 30 MB for its first lines takes a second."""
    written = part.get_payload()
    if not isinstance(written, str) or len(written) <= 3 * LONGEST_TEXT:
        return part
    short: Message = Message()
    short["Content-Transfer-Encoding"] = raw_header(part, "Content-Transfer-Encoding")
    short.set_payload(written[: 3 * LONGEST_TEXT])
    return short


def _charset(part: Message) -> str:
    try:
        return part.get_content_charset("") or ""
    except (LookupError, UnicodeError, ValueError, TypeError):
        return ""


def _is_file(part: Message) -> bool:
    return str(part.get("Content-Disposition", ""))[:200].strip().lower().startswith("attachment")
