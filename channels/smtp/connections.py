"""One connection at a mail door: let in, kept in time, secured by TLS, answered, sent away.

On top of aiosmtpd's protocol, which has no limits and whose TLS is asyncio's own: this runs on any event loop.
"""

# ruff: noqa: N802 (aiosmtpd finds commands by these names)

import asyncio
import re
import ssl
from collections import defaultdict
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from channels.networks import plain_address
from channels.smtp.data import PIECE, unread
from channels.smtp.limits import Doorkeeper

LONGEST_COMMAND = 2_048
"""Octets. RFC 5321 section 4.5.3.1.4 asks for 512; long addresses and SMTPUTF8 need more."""

HANDSHAKE_SECONDS = 20
LAST_WORDS_SECONDS = 2
"""How long somebody who is sent away has to hear why."""

_CODED = re.compile(r"[245]\d\d [245]\.")
_CODES = {
    "250": "2.0.0",
    "221": "2.0.0",
    "500": "5.5.2",
    "501": "5.5.4",
    "502": "5.5.1",
    "503": "5.5.1",
    "552": "5.3.4",
    "553": "5.1.3",
    "555": "5.5.4",
}
"""What aiosmtpd's own answers mean by RFC 3463; we offer ENHANCEDSTATUSCODES (RFC 2034)."""


class Connection(SMTP):
    """What every door's protocol has in common. It is a Guest of the doorkeeper."""

    line_length_limit = PIECE
    session: Session
    envelope: Envelope
    transport: asyncio.Transport | None

    def __init__(self, handler: Any, doorkeeper: Doorkeeper, largest: int, tls: ssl.SSLContext | None) -> None:
        self.command_size_limits: dict[str, int] = defaultdict(lambda: LONGEST_COMMAND)
        super().__init__(
            handler,
            data_size_limit=largest,
            enable_SMTPUTF8=True,
            hostname="rightdoor",
            ident="Rightdoor",
            tls_context=tls,
            loop=asyncio.get_running_loop(),
        )
        for command in ("AUTH", "EXPN", "HELP"):
            del self._smtp_methods[command]
        self.doorkeeper = doorkeeper
        self.largest = largest
        self.whose = ""
        self.busy = False
        self.stepped = self.heard = self.began = self.loop.time()
        self.in_mail = False
        self.octets_held = 0
        self.answered = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Come in, or hear why not."""
        self.whose = self.doorkeeper.counted_as(plain_address(transport.get_extra_info("peername")))
        if refusal := self.doorkeeper.let_in(self, self.loop.time()):
            transport.write(f"{refusal}\r\n".encode())
            transport.close()
            self.loop.call_later(LAST_WORDS_SECONDS, transport.abort)
        else:
            super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Gone: its place and its memory are free."""
        self.doorkeeper.let_out(self)
        self.forget_mail()
        if self.transport is not None:
            super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Something came; not yet a command, but a slow sender's sign of life."""
        self.heard = self.loop.time()
        super().data_received(data)

    def eof_received(self) -> bool | None:
        """Nothing more will come."""
        return super().eof_received() if self.session is not None else None

    def send_away(self, words: str) -> None:
        """Say this and close, also where the other side doesn't listen."""
        if self.transport is None or self.transport.is_closing():
            return
        self.transport.write(f"{words}\r\n".encode())
        self.transport.close()
        self.loop.call_later(LAST_WORDS_SECONDS, self.transport.abort)

    def _reset_timeout(self, duration: float | None = None) -> None:
        self.stepped = self.loop.time()
        if self._timeout_handle is None:
            self._look_at_the_clock()

    def _look_at_the_clock(self) -> None:
        """The one timer of a connection: when it is due, it looks whether anything came meanwhile."""
        now, limits = self.loop.time(), self.doorkeeper.limits
        last = max(self.stepped, self.heard) if self.in_mail else self.stepped
        due = min(last + limits.silence, self.began + limits.patience)
        if self.busy:
            due = now + limits.silence
        if now >= due:
            self.send_away("421 4.4.2 We waited too long")
        else:
            self._timeout_handle = self.loop.call_at(due, self._look_at_the_clock)

    async def push(self, status: str) -> None:  # type: ignore[override]
        """Answer; with an enhanced status code where aiosmtpd gives none."""
        code, rest = status[:3], status[4:]
        if code in _CODES and status[3:4] == " " and not _CODED.match(status):
            status = f"{code} {_CODES[code]} {rest}"
        self.answered = status
        self._writer.write(status.encode() + b"\r\n")
        await self._writer.drain()

    async def smtp_STARTTLS(self, arg: str | None) -> None:
        """TLS from here on. What came in the clear behind the command is thrown away (RFC 3207 section 4.2)."""
        if self.tls_context is None or self.session.ssl is not None or arg:
            await self.push("503 5.5.1 There is no TLS to start")
            return
        plain = self.transport
        assert plain is not None
        plain.pause_reading()
        unread(self._reader).clear()
        await self.push("220 2.0.0 Ready to start TLS")
        try:
            secured = await self.loop.start_tls(
                plain, self, self.tls_context, server_side=True, ssl_handshake_timeout=HANDSHAKE_SECONDS
            )
        except OSError:
            secured = None
        if secured is None:
            plain.abort()
            self.connection_lost(None)
        else:
            self._go_on_over(secured)

    def _go_on_over(self, secured: asyncio.Transport) -> None:
        """Everything begins anew, as if nothing had been said before (RFC 3207 section 4.2)."""
        self.transport = self._transport = secured
        self._reader._transport = secured  # type: ignore[attr-defined]
        self._writer._transport = secured  # type: ignore[attr-defined]
        self._over_ssl = True
        session = self._create_session()
        session.peer, session.ssl = self.session.peer, {"cipher": secured.get_extra_info("cipher")}
        self.session = session
        self.envelope = self._create_envelope()

    def forget_mail(self) -> None:
        """It is no longer in memory."""
        if self.octets_held:
            self.doorkeeper.give_back(self.whose, self.octets_held)
            self.octets_held = 0
