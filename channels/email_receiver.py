"""Incoming mail by SMTP and LMTP: kept and committed before 250, 451 where that fails, 550 for no mailbox of ours."""

import asyncio
import errno
import hashlib
import logging
import os
import re
import secrets
import socket
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.networks import plain_address
from channels.smtp.certificate import Certificate
from channels.smtp.limits import Doorkeeper
from channels.smtp.lmtp import LmtpSession
from channels.smtp.sessions import MailSession
from intake.addresses import mailbox_of, one_spelling
from intake.contact import Channel, Kept
from intake.errors import CannotKeep
from intake.ports import Clock
from intake.reception import Reception

log = logging.getLogger(__name__)

LARGEST_MAIL = 26_214_400
"""Octets of one mail, told to the sender by SIZE (RFC 1870)."""

MOST_RECIPIENTS = 100

MOST_HOPS = 50
"""Received headers of one mail, as Postfix allows (RFC 5321 section 6.3 speaks of 100)."""

LONGEST_HEAD = 1_048_576
"""Octets in which they are looked for."""

KEEPING_SECONDS = 50
"""How long the store may take before the sender is told to come again. It then may come twice, and is kept once."""

ASIDE = 1_048_576
"""Octets from which on a mail is summed up beside the loop, so that nobody else waits for it."""

_NOT_KEPT = "451 4.3.0 We could not keep your message just now, please try again later"
_TRACE = re.compile(
    rb"(?:received|return-path|delivered-to|x-original-to|authentication-results|x-received|received-spf"
    rb"|arc-[a-z-]{1,40}|x-spam-[\w-]{1,40})[ \t]*:",
    re.IGNORECASE,
)
"""Headers that each way through the mail system writes anew (RFC 5321 section 4.4)."""

_IDENTITY = re.compile(rb"^(?:message-id|date)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_RECEIVED = re.compile(rb"^received[ \t]*:", re.IGNORECASE | re.MULTILINE)


@dataclass
class EmailReceiver:
    """The handler of the mail doors. ``mailboxes`` are in their one spelling. With ``tls``, STARTTLS is offered."""

    reception: Reception
    mailboxes: frozenset[str]
    clock: Clock
    doorkeeper: Doorkeeper = field(default_factory=Doorkeeper)
    tls: Certificate | None = None

    async def listen(self, host: str, port: int) -> asyncio.Server:
        """Take mail by SMTP on this address until the server is closed."""
        return await asyncio.get_running_loop().create_server(partial(self._session, MailSession), host, port)

    async def listen_lmtp(self, host: str, port: int) -> asyncio.Server:
        """Take mail by LMTP on this address."""
        return await asyncio.get_running_loop().create_server(partial(self._session, LmtpSession), host, port)

    async def listen_lmtp_socket(self, path: Path) -> asyncio.Server:
        """Take mail by LMTP on a UNIX socket. Who may reach its folder may deliver, as with a port of this machine."""
        loop = asyncio.get_running_loop()
        return await loop.create_unix_server(partial(self._session, LmtpSession), sock=_socket_at(path))

    def _session(self, kind: type[MailSession]) -> MailSession:
        return kind(self, self.doorkeeper, LARGEST_MAIL, self.tls.context() if self.tls else None)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Only mailboxes of this council, and its postmaster; a +tag after the name is the same mailbox (RFC 5233)."""
        mailbox = mailbox_of(address)
        if mailbox not in self.mailboxes and mailbox not in postmasters(self.mailboxes):
            return "550 5.1.1 There is no such mailbox here"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep it, then say so."""
        raw = envelope.content
        assert isinstance(raw, bytes)
        if _hops(raw) > MOST_HOPS:
            return "554 5.4.6 The message has been through too many servers: it goes in circles"
        try:
            async with asyncio.timeout(KEEPING_SECONDS):
                contact = await self.reception.receive(await self._kept(raw, envelope, session))
        except Exception as error:
            why = error if isinstance(error, CannotKeep) else type(error).__name__
            log.warning("a mail was not kept, its sender keeps it: %s", why)
            return _NOT_KEPT
        return f"250 2.0.0 Kept as {contact}"

    async def _kept(self, raw: bytes, envelope: Envelope, session: Session) -> Kept:
        sender = (envelope.mail_from or "").strip()
        client = self.doorkeeper.stranger(plain_address(session.peer))
        summed_up = fingerprint(raw) if len(raw) < ASIDE else await asyncio.to_thread(fingerprint, raw)
        return Kept(
            id=secrets.token_hex(12),
            channel=Channel.EMAIL,
            received_at=self.clock(),
            fingerprint=f"mail:{summed_up}",
            lane=lane(sender),
            sender="" if sender == "<>" else sender,
            recipients=tuple(envelope.rcpt_tos),
            raw=raw,
            client=client,
            helo=(session.host_name or "")[:255] if client else "",
        )

    async def handle_exception(self, error: Exception) -> str:
        """Our own failure is never the sender's: aiosmtpd would answer 500, which loses the mail for good."""
        log.error("the mail receiver failed: %s", type(error).__name__)
        return _NOT_KEPT


def _socket_at(path: Path) -> socket.socket:
    """A UNIX socket that everybody who reaches it may write to, in place of one that an earlier process left."""
    listening = socket.socket(socket.AF_UNIX)
    if path.is_socket():
        if not listening.connect_ex(str(path)):
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
        path.unlink()
    listening.bind(str(path))
    path.chmod(0o666)
    return listening


def _hops(raw: bytes) -> int:
    """How many servers wrote into its headers that they had the mail; careless senders end lines with LF alone."""
    end = min(len(raw), LONGEST_HEAD)
    for blank in (b"\r\n\r\n", b"\n\n"):
        found = raw.find(blank, 0, end)
        end = found if found >= 0 else end
    return len(_RECEIVED.findall(raw, 0, end))


def postmasters(mailboxes: frozenset[str]) -> frozenset[str]:
    """Who must be heard wherever mail is taken in: the postmaster of each domain, and of none (RFC 5321 section
    4.5.1). Such mail is the council's like any other.
    """
    return frozenset(("postmaster", *(f"postmaster@{mailbox.rpartition('@')[2]}" for mailbox in mailboxes)))


def lane(sender: str) -> str:
    """Mails of one sender are handled in the order they came; the null sender's have none."""
    address = one_spelling(sender.strip("<> "))
    return f"mail:{hashlib.sha256(address.encode('utf-8', 'replace')).hexdigest()[:32]}" if address else ""


def fingerprint(raw: bytes) -> str:
    """Equal for the same mail delivered twice: everything but the headers that each delivery writes anew.

    These count too where neither Message-ID nor Date tells two mails apart: rather one mail twice than two as one.
    Lines may end with LF alone, so that no header that is skipped hides what follows it.
    """
    end = _HEAD_END.search(raw)
    head, rest = (raw[: end.start()], raw[end.start() :]) if end else (raw, b"")
    skips = _IDENTITY.search(head) is not None and b"\r" not in head.replace(b"\r\n", b"")
    digest = hashlib.sha256()
    skipping = False
    for line in head.split(b"\n"):
        if line[:1] not in (b" ", b"\t"):
            skipping = skips and _TRACE.match(line) is not None
        if not skipping:
            digest.update(line.removesuffix(b"\r"))
            digest.update(b"\n")
    digest.update(rest)
    return digest.hexdigest()
