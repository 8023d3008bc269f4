"""The demonstration's post: mail that goes nowhere, and what comes back of it. Nothing leaves the house."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from config.demo.clock import LONDON, MovedClock
from config.demo.planning import Planned, Turn
from intake.contact import Reply
from intake.errors import CannotBeSent
from intake.threads import bounce_address


@dataclass
class Nowhere:
    """intake.ports.Sender. ``known`` are the residents by their address; ``gone`` is what was sent to them.

    ``refused`` are those whose server took a first letter for spam.
    """

    clock: MovedClock
    known: dict[str, Planned] = field(default_factory=dict)
    gone: list[tuple[Planned, Reply]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    async def send(self, reply: Reply) -> str:
        """Taken, unless it is the first letter to somebody whose server refuses that."""
        planned = self.known.get(reply.to)
        if planned is not None and planned.turn is Turn.REFUSED and reply.to not in self.refused:
            self.refused.add(reply.to)
            raise CannotBeSent(f"550 5.7.1 <{reply.to}>: message rejected, it looks like spam")
        if planned is not None:
            self.gone.append((planned, reply))
        return "250 2.0.0 Taken by the demonstration, which sends nothing"


def mail(planned: Planned, mailbox: str) -> bytes:
    """A resident's first mail."""
    someone = planned.matter.someone
    return _made(someone.name, someone.email, mailbox, planned.matter.subject, planned.matter.text, planned.at)


def answer(planned: Planned, reply: Reply, text: str, at: datetime, domain: str, automatic: bool = False) -> bytes:
    """What a resident, or their mailbox by itself, writes back to a letter of ours."""
    someone, ours = planned.matter.someone, f"<{reply.id}@{domain}>"
    headers = {"In-Reply-To": ours, "References": ours}
    if automatic:
        headers |= {"Auto-Submitted": "auto-replied", "X-Autoreply": "yes"}
    subject = f"{'Automatic reply' if automatic else 'Re'}: {reply.subject}"
    body = text if automatic else f"{text}\n\n{someone.name}\n\nOn {_day(at)} Bettershire Council wrote:\n> Thank you."
    return _made(someone.name, someone.email, reply.reply_to or f"complaints@{domain}", subject, body, at, headers)


def bounce(planned: Planned, reply: Reply, mailbox: str, at: datetime) -> tuple[bytes, str]:
    """A report of failed delivery (RFC 3464) about a letter of ours, and where it goes."""
    domain, to = mailbox.rpartition("@")[2], planned.matter.someone.email
    words = f"The mail to {to} could not be delivered.\n\n550 5.1.1 <{to}>: mailbox unavailable\n"
    status = f"Final-Recipient: rfc822; {to}\nAction: failed\nStatus: 5.1.1\n"
    status += "Diagnostic-Code: smtp; 550 5.1.1 mailbox unavailable\n"
    parts = (
        ("text/plain; charset=utf-8", words),
        ("message/delivery-status", f"Reporting-MTA: dns; mx.example.org\n\n{status}"),
        ("text/rfc822-headers", f"Message-ID: <{reply.id}@{domain}>\nSubject: {reply.subject}\nTo: {to}\n"),
    )
    head = (
        "From: Mail Delivery System <mailer-daemon@mx.example.org>\n"
        f"To: {mailbox}\nSubject: Undelivered Mail Returned to Sender\nDate: {format_datetime(at)}\n"
        f"Message-ID: <bounce.{reply.id}@mx.example.org>\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"\n'
    )
    body = "".join(f"--=_b\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts)
    raw = f"{head}\n{body}--=_b--\n"
    return raw.replace("\n", "\r\n").encode(), bounce_address(mailbox, reply.envelope)


def _made(
    name: str, email: str, to: str, subject: str, text: str, at: datetime, headers: Mapping[str, str] | None = None
) -> bytes:
    message = EmailMessage()
    message["From"] = f'"{name}" <{email}>' if name else email
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(at.astimezone(LONDON))
    message["Message-ID"] = f"<{abs(int(at.timestamp() * 1_000_000))}.{email}>"
    for header, value in (headers or {}).items():
        message[header] = value
    message.set_content(text)
    return message.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def taken(gone: list[tuple[Planned, Reply]]) -> Sequence[tuple[Planned, Reply]]:
    """What has been sent since this was last asked."""
    found = list(gone)
    gone.clear()
    return found


def _day(moment: datetime) -> str:
    local = moment.astimezone(LONDON)
    return f"{local.day} {local:%B} {local.year}"
