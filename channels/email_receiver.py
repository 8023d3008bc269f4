"""Incoming mail by SMTP: kept and committed before 250; 451 when that cannot be; 550 for a mailbox that isn't ours."""

import asyncio
import hashlib
import logging
import secrets
from dataclasses import dataclass

from aiosmtpd.smtp import SMTP, Envelope, Session

from intake.contact import Channel, Kept
from intake.ports import Clock
from intake.reception import Reception

log = logging.getLogger(__name__)

LARGEST_MAIL = 26_214_400
"""Octets of one mail, told to the sender by SIZE (RFC 1870)."""

LONGEST_LINE = LARGEST_MAIL
"""Octets of one line. RFC 5321 allows 1,000; careless senders go beyond it, and their mail must not bounce."""

MOST_RECIPIENTS = 100

_NOT_KEPT = "451 4.3.0 We could not keep your message just now, please try again later"
_TRACE = (
    b"received:",
    b"return-path:",
    b"delivered-to:",
    b"x-original-to:",
    b"authentication-results:",
    b"x-received:",
)
"""Headers that each way through the mail system writes anew (RFC 5321 section 4.4)."""


class MailSession(SMTP):
    """aiosmtpd's protocol, with lines as long as real senders write them."""

    line_length_limit = LONGEST_LINE


@dataclass
class EmailReceiver:
    """aiosmtpd's handler. ``mailboxes`` are in lower case."""

    reception: Reception
    mailboxes: frozenset[str]
    clock: Clock

    async def listen(self, host: str, port: int) -> asyncio.Server:
        """Take mail on this address until the server is closed."""
        return await asyncio.get_running_loop().create_server(self._protocol, host, port)

    def _protocol(self) -> SMTP:
        return MailSession(
            self, data_size_limit=LARGEST_MAIL, enable_SMTPUTF8=True, hostname="rightdoor", ident="Rightdoor"
        )

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Only mailboxes of this council; a +tag after the name is the same mailbox (RFC 5233)."""
        if mailbox_of(address) not in self.mailboxes:
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
        sender = (envelope.mail_from or "").strip()
        kept = Kept(
            id=secrets.token_hex(12),
            channel=Channel.EMAIL,
            received_at=self.clock(),
            fingerprint=f"mail:{fingerprint(raw)}",
            lane=lane(sender),
            sender="" if sender == "<>" else sender,
            recipients=tuple(envelope.rcpt_tos),
            raw=raw,
        )
        try:
            contact = await self.reception.receive(kept)
        except Exception as error:
            log.warning("a mail was not kept, its sender keeps it: %s", error)
            return _NOT_KEPT
        return f"250 2.0.0 Kept as {contact}"

    async def handle_exception(self, error: Exception) -> str:
        """Our own failure is never the sender's: aiosmtpd would answer 500, which loses the mail for good."""
        log.error("the mail receiver failed: %s", type(error).__name__)
        return _NOT_KEPT


def mailbox_of(address: str) -> str:
    """The mailbox that an address means, in lower case and without a +tag."""
    local, _, domain = address.strip().strip("<>").lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def lane(sender: str) -> str:
    """Mails of one sender are handled in the order they came; the null sender's have none."""
    address = sender.strip("<> ").lower()
    return f"mail:{hashlib.sha256(address.encode('utf-8', 'replace')).hexdigest()[:32]}" if address else ""


def fingerprint(raw: bytes) -> str:
    """Equal for the same mail delivered twice: everything but the headers that each delivery writes anew."""
    head, blank, body = raw.partition(b"\r\n\r\n")
    digest = hashlib.sha256()
    skipping = False
    for line in head.split(b"\r\n"):
        if line[:1] not in (b" ", b"\t"):
            skipping = line[:24].lower().startswith(_TRACE)
        if not skipping:
            digest.update(line)
            digest.update(b"\n")
    digest.update(blank)
    digest.update(body)
    return digest.hexdigest()
