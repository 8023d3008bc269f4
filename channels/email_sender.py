"""Outgoing mail: threaded, marked as automatic, with a Message-ID that comes from its outbox row.

Header values are cleaned before they are set and the names are checked after: Pythons before 3.11.10 let an encoded
word write headers of its own (CVE-2024-6923).
"""

import os
import re
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from intake.contact import Reply
from intake.errors import CannotBeSent, NotSentYet, WrongSetting
from intake.ports import Clock

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_HEADING = re.compile(r"^# (.+)$", re.MULTILINE)
_ID = re.compile(r"[^\s<>]{1,250}")
_RELAY_SECONDS = 60.0


@dataclass(frozen=True)
class Letterhead:
    """Whom our mail is from. ``domain`` is the right-hand side of our Message-IDs."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """The part after the @."""
        return self.address.rpartition("@")[2]


def compose(reply: Reply, letterhead: Letterhead, now: datetime) -> EmailMessage:
    """The mail that goes out. Replies say so (RFC 3834 section 5), letters to teams are generated."""
    message = EmailMessage(policy=SMTP.clone(max_line_length=998))
    message["From"] = formataddr((_clean(letterhead.name, 100), letterhead.address))
    message["To"] = _clean(reply.to, 254)
    message["Subject"] = _clean(reply.subject, 200)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{reply.id}@{letterhead.domain}>"
    message["Auto-Submitted"] = "auto-replied" if reply.in_reply_to else "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if _ID.fullmatch(reply.in_reply_to):
        message["In-Reply-To"] = f"<{reply.in_reply_to}>"
    references = [f"<{reference}>" for reference in reply.references if _ID.fullmatch(reference)]
    if references:
        message["References"] = " ".join(references)
    message.set_content(_HEADING.sub(_underlined, reply.body))
    return message


def as_bytes(message: EmailMessage) -> bytes:
    """The mail as it goes over the wire. Raises CannotBeSent where its headers are not the ones we set."""
    raw = message.as_bytes()
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii", "replace")
    names = [line.partition(":")[0] for line in head.split("\r\n") if line[:1] not in (" ", "\t")]
    if names != message.keys():
        raise CannotBeSent("the mail's headers are not the ones that were set")
    return raw


def _underlined(heading: re.Match[str]) -> str:
    """A heading as plain text shows one."""
    return f"{heading[1]}\n{'-' * min(len(heading[1]), 60)}"


def _clean(value: str, limit: int) -> str:
    return " ".join(_UNSAFE.sub(" ", value).split())[:limit]


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
    """Hands each mail to the council's mail server: smtp://[user:password@]host[:port][?starttls=yes|no|auto]."""

    url: str
    letterhead: Letterhead
    clock: Clock

    async def send(self, reply: Reply) -> str:
        """Send it and answer with the server's words."""
        raw = as_bytes(compose(reply, self.letterhead, self.clock()))
        relay = relay_settings(self.url)
        try:
            _, answer = await aiosmtplib.send(
                raw,
                sender=self.letterhead.address,
                recipients=[reply.to],
                timeout=_RELAY_SECONDS,
                **relay,  # type: ignore[arg-type]
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = [refused.code for refused in error.recipients]
            raise _verdict(max(codes, default=450), str(error)) from error
        except aiosmtplib.SMTPResponseException as error:
            raise _verdict(error.code, error.message) from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise NotSentYet(f"{type(error).__name__}: {error}") from error
        return answer


def relay_settings(url: str) -> dict[str, object]:
    """A relay's address as aiosmtplib's arguments. Raises WrongSetting where it cannot be read."""
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise WrongSetting("RELAY_URL must look like smtp://host:25 or smtps://user:password@host:465")
    tls = parts.scheme == "smtps"
    starttls = parse_qs(parts.query).get("starttls", ["auto"])[0]
    settings: dict[str, object] = {
        "hostname": parts.hostname,
        "port": parts.port or (465 if tls else 25),
        "use_tls": tls,
        "start_tls": {"yes": True, "no": False}.get(starttls) if not tls else False,
    }
    if parts.username:
        settings |= {"username": unquote(parts.username), "password": unquote(parts.password or "")}
    return settings


def _verdict(code: int, message: str) -> NotSentYet | CannotBeSent:
    """RFC 5321 section 4.2.1: 4yz may succeed later, 5yz will not."""
    words = f"{code} {message}"
    return CannotBeSent(words) if code >= 500 else NotSentYet(words)
