"""A mail that was fetched becomes a message to keep: its envelope is read from what the last server wrote in it."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32

from channels.email_receiver import fingerprint, lane
from intake.addresses import mailbox_of
from intake.contact import Channel, Kept

MOST_HEAD = 262_144
"""Octets of headers in which the envelope is looked for: what the last server wrote stands at the top."""

MOST_OF_A_HEADER = 20_000
MOST_RECIPIENTS = 100

_PLAIN = r"[^\s<>@\",;:()\[\]\\\ufffd\x00-\x1f]"
_ADDRESS = re.compile(rf"(?<![^\s<>\",;:(]){_PLAIN}{{1,64}}@{_PLAIN}{{1,255}}(?![^\s<>\",;)])")
_DELIVERED = ("Delivered-To", "X-Original-To", "Envelope-To")
_ADDRESSED = ("To", "Cc")


@dataclass(frozen=True)
class Fetched:
    """A mail as the mailbox gave it. ``note`` says what is missing of it; then it stays in the mailbox."""

    uid: int
    size: int
    raw: bytes
    note: str = ""


def kept_of(fetched: Fetched, place: str, own: tuple[str, ...], now: datetime) -> Kept:
    """The message to keep. ``place`` names mailbox and UIDVALIDITY, ``own`` are the council's mailboxes."""
    head = _head(fetched.raw)
    sender = _sender(head)
    return Kept(
        id=secrets.token_hex(12),
        channel=Channel.EMAIL,
        received_at=now,
        fingerprint=_fingerprint(fetched, place),
        lane=lane(sender),
        sender=sender,
        recipients=_recipients(head, own) or own[:1],
        raw=fetched.raw,
        note=fetched.note,
    )


def _head(raw: bytes) -> Message:
    """The headers, as far as they can be read: a mail that has none must not stop the next."""
    try:
        return BytesHeaderParser(policy=compat32).parsebytes(raw[:MOST_HEAD].partition(b"\r\n\r\n")[0])
    except Exception:
        return Message()


def _fingerprint(fetched: Fetched, place: str) -> str:
    """A whole mail's is the same as by SMTP; of a part or nothing, its size and its place tell it from others."""
    if fetched.raw and not fetched.note:
        return f"mail:{fingerprint(fetched.raw)}"
    beginning = f"{fetched.size} {fingerprint(fetched.raw)}" if fetched.raw else f"{place} {fetched.uid}"
    return f"part:{hashlib.sha256(beginning.encode()).hexdigest()}"


def _sender(head: Message) -> str:
    """The envelope's sender, which the last server wrote down (RFC 5321 section 4.4); where none did, From's.

    A bare <> is the null sender. No Return-Path is not: a mail that was moved here by hand has none.
    """
    written = _values(head, "Return-Path")[:1]
    if any(not value.strip("<> \t\r\n") for value in written):
        return ""
    named = (address for value in (*written, *_values(head, "From")) for address in _ADDRESS.findall(value))
    return next(named, "unknown")


def _recipients(head: Message, own: tuple[str, ...]) -> tuple[str, ...]:
    """Our addresses that it was delivered to, their +tags kept; where no server says so, those it is addressed to."""
    for names in (_DELIVERED, _ADDRESSED):
        found = [address for name in names for value in _values(head, name) for address in _ADDRESS.findall(value)]
        ours = dict.fromkeys(address for address in found if mailbox_of(address) in own)
        if ours:
            return tuple(ours)[:MOST_RECIPIENTS]
    return ()


def _values(head: Message, name: str) -> list[str]:
    """What stands under a name, as UTF-8 (RFC 6532), each cut."""
    written = [str(value) for header, value in head.raw_items() if header.lower() == name.lower()]
    return [
        value[:MOST_OF_A_HEADER].encode("utf-8", "surrogateescape").decode("utf-8", "replace") for value in written[:20]
    ]
