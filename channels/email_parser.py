"""Reading a kept mail. Never raises: what cannot be read is a Contact that says so, and the raw bytes stay kept.

Structure is read with the standard library's oldest policy (compat32), which no header can slow down; each header we
want is cut first and decoded on its own.
"""

import email
import re
from collections.abc import Iterator
from dataclasses import replace
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr

from inscriptis import get_text

from channels.quoted_text import split
from intake.contact import Attachment, Contact, Kept, Person

MOST_PARTS = 200
LONGEST_HEADER = 4096
LONGEST_TEXT = 200_000

_ADDRESS = re.compile(r"[^\s<>@\",;:()\[\]\\]{1,64}@[A-Za-z0-9.-]{1,190}\.[A-Za-z0-9-]{2,60}")
_MESSAGE_ID = re.compile(r"<([\x21-\x3b\x3d\x3f-\x7e]{1,250})>")
_SENDERS_CODEC = re.compile(
    r"(?!utf-?_?7)(?:utf|us-ascii|ascii|iso|latin|windows|cp|koi8|gb|big5|shift|euc|mac)[\w-]{0,20}", re.I
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]+")
_MACHINE_SENDERS = re.compile(r"^(?:mailer-daemon|postmaster|no-?_?reply|do-?_?not-?_?reply|bounces?)\b", re.IGNORECASE)
_AWAY = re.compile(
    r"^(?:automatic reply|auto[- ]?reply|out of (?:the )?office(?: auto[- ]?reply)?|undeliver(?:able|ed mail)[^:]*)"
    r"\s*:",
    re.IGNORECASE,
)


def read(kept: Kept, own_addresses: frozenset[str] = frozenset()) -> Contact:
    """The contact that a kept mail holds. ``own_addresses`` are ours: mail from them is our own coming back."""
    bare = Contact(kept.id, kept.channel, kept.received_at, Person(email=_address(kept.sender)), "", "")
    try:
        bare = replace(bare, automatic="its headers cannot be read")
        message = email.message_from_bytes(kept.raw)
        bare = replace(bare, automatic=_automatic(message, kept, own_addresses))
        return _read(message, bare)
    except Exception as error:
        return replace(bare, trouble=f"The mail could not be read ({type(error).__name__}); open the original.")


def _read(message: Message, bare: Contact) -> Contact:
    parts = tuple(_parts(message))
    name, address = _from(message)
    sender = address or bare.person.email
    text, trouble = _text(parts)
    said, quoted = split(text[:LONGEST_TEXT])
    contact = replace(
        bare,
        person=Person(name=name[:100], email=sender),
        subject=_header(message, "Subject", 300),
        text=said,
        quoted=quoted,
        attachments=tuple(_attachments(parts)),
        message_id=next(iter(_message_ids(message, "Message-ID")), ""),
        references=tuple(dict.fromkeys((*_message_ids(message, "References"), *_message_ids(message, "In-Reply-To")))),
        trouble=trouble,
    )
    if not sender and not contact.automatic and not trouble:
        return replace(contact, trouble="It names no sender, so it cannot be answered by mail.")
    return contact


def _parts(message: Message) -> Iterator[Message]:
    for number, part in enumerate(message.walk()):
        if number >= MOST_PARTS:
            return
        yield part


def _header(message: Message, name: str, limit: int) -> str:
    """A header in plain words: decoded, one line, no control characters, at most ``limit`` characters."""
    return _decoded(str(message.get(name, ""))[:LONGEST_HEADER])[:limit]


def _decoded(raw: str) -> str:
    try:
        pieces = decode_header(raw)
        words = "".join(
            _decode(piece, charset or "utf-8") if isinstance(piece, bytes) else piece for piece, charset in pieces
        )
    except Exception:
        words = raw
    plain = words.encode("utf-8", "replace").decode()
    return " ".join(_CONTROL.sub(" ", plain).split())


def _decode(raw: bytes, charset: str) -> str:
    """The declared charset, then UTF-8, then what Windows writes; never an error."""
    for candidate in (charset, "utf-8", "cp1252"):
        try:
            if _SENDERS_CODEC.fullmatch(candidate):
                return raw.decode(candidate).encode("utf-8", "replace").decode()
        except (LookupError, UnicodeError, ValueError):
            continue
    return raw.decode("latin-1")


def _from(message: Message) -> tuple[str, str]:
    """Name and address of the sender. Split before decoding: a decoded comma would cut the name off."""
    name, address = parseaddr(str(message.get("From", ""))[:1000])
    return " ".join(_decoded(name).split()), _address(address)


def _address(raw: str) -> str:
    found = _ADDRESS.fullmatch(raw.strip())
    return found.group().lower() if found else ""


def _message_ids(message: Message, name: str) -> list[str]:
    values = " ".join(str(value)[:20_000] for value in message.get_all(name, [])[:3])
    return _MESSAGE_ID.findall(values)[-50:]


def _text(parts: tuple[Message, ...]) -> tuple[str, str]:
    """The words of a mail, and what was wrong with them. Plain text where it has some, else its HTML made readable."""
    plain = [_body(part) for part in parts if part.get_content_type() == "text/plain" and not _is_file(part)]
    if any(text.strip() for text in plain):
        return "\n".join(plain), ""
    pages = [_body(part) for part in parts if part.get_content_type() == "text/html" and not _is_file(part)]
    if pages:
        return "\n".join(get_text(page[:LONGEST_TEXT]) for page in pages if page.strip()), ""
    if plain or any(_is_file(part) for part in parts):
        return "", ""
    return "", "The mail has no text that can be read; open the original."


def _body(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    text = _decode(payload, part.get_content_charset("utf-8"))
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\t", " "))


def _is_file(part: Message) -> bool:
    return "attachment" in str(part.get("Content-Disposition", "")).lower() or bool(part.get_filename())


def _attachments(parts: tuple[Message, ...]) -> Iterator[Attachment]:
    for part in parts:
        if part.is_multipart() or not _is_file(part):
            continue
        payload = part.get_payload(decode=True)
        size = len(payload) if isinstance(payload, bytes) else 0
        yield Attachment(_decoded(str(part.get_filename() or "unnamed"))[:200], part.get_content_type(), size)


def _automatic(message: Message, kept: Kept, own_addresses: frozenset[str]) -> str:
    """Why this is a machine's mail, empty where a person wrote it (RFC 3834 section 2, and what servers do besides)."""
    sender = _from(message)[1]
    submitted = str(message.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    precedence = str(message.get("Precedence", "")).strip().lower()
    checks = (
        (submitted != "no", "it says that it was sent automatically"),
        (kept.sender == "" or str(message.get("Return-Path", "")).strip() == "<>", "it has the null sender"),
        (precedence in ("bulk", "junk", "list", "auto_reply"), f"its precedence is {precedence}"),
        (any(name in message for name in ("List-Id", "List-Unsubscribe")), "it comes from a mailing list"),
        (any(name in message for name in ("X-Autoreply", "X-Autorespond")), "it is an automatic reply"),
        (message.get_content_type() == "multipart/report", "it is a delivery report"),
        (bool(_MACHINE_SENDERS.match(sender)), "its sender is a machine"),
        (sender in own_addresses, "it comes from our own address"),
        (bool(_AWAY.match(_header(message, "Subject", 200))), "its subject is an automatic reply's"),
    )
    return next((why for is_so, why in checks if is_so), "")
