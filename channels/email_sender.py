"""Outgoing mail: threaded, marked as automatic, as plain text and HTML, its Message-ID from its outbox row.

Header values are cleaned before they are set and the names are checked after: Pythons before 3.11.10 let an encoded
word write headers of its own (CVE-2024-6923).
"""

import asyncio
import os
import re
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Any

from channels.sending.dkim_signing import Signature
from channels.sending.letter_html import as_html
from channels.sending.smtp_relay import Envelope, Handover, Patience, Relay
from intake.addresses import in_ascii
from intake.contact import Reply
from intake.errors import CannotBeSent
from intake.languages import passages, whole
from intake.ports import Clock
from intake.takeover import OFFICERS_LETTER
from intake.threads import bounce_address

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]+")
_ENCODED_WORD = "=?"
_HEADING = re.compile(r"^# (.+)$", re.MULTILINE)
_ID = re.compile(r"(?!.*=\?)[!-;=?-~]{1,250}")
"""Printable ASCII without angle brackets, and no encoded word, which older Pythons would decode."""

_ADDRESS = re.compile(r"[^\s\"(),:;<>@\[\\\]]{1,64}@[^\s\"(),:;<>@\[\\\]]{1,189}")
"""An address that needs no quotes (RFC 5322 section 3.4.1): whoever has another is written to by a person."""

_DOMAIN = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}")

_SUPPRESSED = "DR, RN, NRN, OOF, AutoReply"
"""Exchange's receipts and auto-replies, but not NDR: a mail that cannot be delivered shall come back."""

_LANGUAGE = "en-GB"
_LONGEST_ENCODED = 75
"""RFC 2047 section 2."""


@dataclass(frozen=True)
class Letterhead:
    """Whom our mail is from. Links in it lead to ``hosts`` alone.

    ``tags``: our mailboxes take mail for mailbox+tag@domain too (RFC 5233), so bounces and answers may come to one.
    """

    name: str
    address: str
    hosts: frozenset[str] = frozenset()
    tags: bool = True

    @property
    def domain(self) -> str:
        """The part after the @: the right-hand side of our Message-IDs, and whose signature we give."""
        return self.address.rpartition("@")[2]

    def envelope(self, reply: Reply) -> Envelope:
        """Who sends this letter to whom. What comes back to its sender names the letter. Raises CannotBeSent."""
        name = reply.envelope or reply.id
        sender = bounce_address(self.address, name) if self.tags else self.address
        return Envelope(name, sender, deliverable(reply.to))


class _Wire(EmailPolicy):
    """How headers are written. The standard library's folding takes long Message-IDs for words to encode."""

    def fold(self, name: str, value: Any) -> str:
        """EmailPolicy's."""
        write = _WRITTEN.get(name.lower())
        return f"{name}: {write(name, value)}\r\n" if write else str(super().fold(name, value))

    def fold_binary(self, name: str, value: Any) -> bytes:
        """EmailPolicy's."""
        write = _WRITTEN.get(name.lower())
        return self.fold(name, value).encode("ascii") if write else bytes(super().fold_binary(name, value))


def compose(reply: Reply, letterhead: Letterhead, now: datetime) -> EmailMessage:
    """The mail that goes out. Replies say so (RFC 3834 section 5), letters to teams are generated."""
    to = deliverable(reply.to)
    message = EmailMessage(policy=_Wire(linesep="\r\n", max_line_length=76, utf8=not to.isascii()))
    subject = _clean(reply.subject, 200)
    message["From"] = Address(_clean(letterhead.name, 100), addr_spec=letterhead.address)
    message["To"] = to
    if reply.reply_to and letterhead.tags:
        message["Reply-To"] = deliverable(reply.reply_to)
    message["Subject"] = subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{reply.id}@{letterhead.domain}>"
    if reply.kind != OFFICERS_LETTER:
        message["Auto-Submitted"] = "auto-replied" if reply.in_reply_to else "auto-generated"
        message["X-Auto-Response-Suppress"] = _SUPPRESSED
    if _ID.fullmatch(reply.in_reply_to):
        message["In-Reply-To"] = f"<{reply.in_reply_to}>"
    references = [f"<{reference}>" for reference in reply.references if _ID.fullmatch(reference)]
    if references:
        message["References"] = " ".join(references)
    body = reply.body.encode("utf-8", "replace").decode()
    message.set_content(_HEADING.sub(_underlined, whole(body).text), cte="quoted-printable")
    message.add_alternative(as_html(subject, body, letterhead.hosts), subtype="html", cte="quoted-printable")
    message["Content-Language"] = _languages(body)
    message.set_boundary(f"=_{reply.id}")
    return message


def as_bytes(message: EmailMessage) -> bytes:
    """The mail as it goes over the wire. Raises CannotBeSent where headers, of any part, are not the ones we set."""
    for part in message.walk():
        head = part.as_bytes().partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
        names = [line.partition(":")[0] for line in head.split("\r\n") if line[:1] not in (" ", "\t")]
        if names != part.keys() or "\n" in head.replace("\r\n", "") or "\r" in head.replace("\r\n", ""):
            raise CannotBeSent("the mail's headers are not the ones that were set")
    return message.as_bytes()


def deliverable(address: str) -> str:
    """An address as mail servers take it, its domain in ASCII. Raises CannotBeSent."""
    if not _ADDRESS.fullmatch(address) or _UNSAFE.search(address) or _ENCODED_WORD in address:
        raise CannotBeSent("this is no address that a mail can be sent to by itself")
    local, _, domain = address.rpartition("@")
    domain = in_ascii(domain)
    if not _DOMAIN.fullmatch(domain):
        raise CannotBeSent("the part after the @ is no domain")
    return f"{local}@{domain}"


def _languages(body: str) -> str:
    """Content-Language (RFC 3282): the one that the letter is in, or the one that it begins in, and English. Marks that
    a resident wrote further down count for nothing.
    """
    if tag := whole(body).tag:
        return tag
    first = next((passage.tag for passage in passages(body)), "")
    return f"{first}, {_LANGUAGE}" if first else _LANGUAGE


def _underlined(heading: re.Match[str]) -> str:
    """A heading as plain text shows one."""
    return f"{heading[1]}\n{'-' * min(len(heading[1]), 60)}"


def _clean(value: str, limit: int) -> str:
    """One line without control characters, and without anything that reads as an encoded word."""
    return " ".join(_UNSAFE.sub(" ", value).replace(_ENCODED_WORD, "= ?").split())[:limit]


def _one_a_line(name: str, value: Any) -> str:
    return "\r\n ".join(str(value).split())


def _encoded(name: str, words: str) -> str:
    """Encoded words that end between characters; text in ASCII stays as it is, folded."""
    return Header(words, "us-ascii" if words.isascii() else "utf-8", _LONGEST_ENCODED, name).encode(linesep="\r\n")


def _subject(name: str, value: Any) -> str:
    return _encoded(name, str(value))


def _from(name: str, value: Any) -> str:
    (address,) = value.addresses
    if address.display_name.isascii():
        return formataddr((address.display_name, address.addr_spec))
    return f"{_encoded(name, address.display_name)}\r\n <{address.addr_spec}>"


_WRITTEN = {
    "message-id": _one_a_line,
    "in-reply-to": _one_a_line,
    "references": _one_a_line,
    "subject": _subject,
    "from": _from,
}


@dataclass(frozen=True)
class FolderSender:
    """Writes each mail as a file, for a council that tries Rightdoor out before it sends anything."""

    folder: Path
    letterhead: Letterhead
    clock: Clock

    async def send(self, reply: Reply) -> str:
        """Write it and answer with the file's name. The same mail sent twice is one file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{reply.id}.eml"
        unfinished = path.with_suffix(".part")
        with unfinished.open("wb") as file:
            file.write(as_bytes(compose(reply, self.letterhead, self.clock())))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        return f"written to {path.name}"


@dataclass(frozen=True)
class RelaySender:
    """Hands each mail to the council's mail server, signed where there is a key."""

    relay: Relay
    letterhead: Letterhead
    clock: Clock
    signature: Signature | None = None
    patience: Patience = field(default_factory=Patience)

    async def send(self, reply: Reply) -> str:
        """Send it; answers with the line that proves who took it. Raises NotSentYet, EndedUnclear or CannotBeSent."""
        raw = await asyncio.to_thread(self._written, reply)
        return await Handover(self.relay, patience=self.patience).send(self.letterhead.envelope(reply), raw)

    def _written(self, reply: Reply) -> bytes:
        """Signing takes some 20 ms of arithmetic: beside the event loop."""
        raw = as_bytes(compose(reply, self.letterhead, self.clock()))
        return raw if self.signature is None else self.signature.sign(raw)
