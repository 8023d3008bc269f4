"""A mail server that answers as it is told: real SMTP on a port of our own, for tests of the mail that goes out."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult

DSN = ("RET", "ENVID", "NOTIFY", "ORCPT")


@dataclass
class Taken:
    """A mail that the relay took, with the parameters of its envelope, in capitals as they came."""

    sender: str
    recipients: list[str]
    raw: bytes
    options: dict[str, str]


@dataclass
class RelayServer:
    """aiosmtpd's handler. What it says to each command can be changed between mails."""

    sender_says: str = "250 2.1.0 Ok"
    recipient_says: str = "250 2.1.5 Ok"
    says: str = "250 2.0.0 Ok: queued as 4XyZ"
    greylists: bool = False
    drops_after_data: bool = False
    seconds: float = 0.0
    offers_dsn: bool = False
    offers_utf8: bool = False
    wants: tuple[str, str] | None = None
    certificate: ssl.SSLContext | None = None
    took: list[Taken] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    port: int = 0
    seen: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?starttls={'auto' if self.certificate else 'no'}"

    async def handle_EHLO(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.options = {}
        return [*responses[:-1], *(["250-DSN"] if self.offers_dsn else []), responses[-1]]

    async def handle_MAIL(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.sender_says.startswith("250"):
            envelope.mail_from = address
        return self.sender_says

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.greylists and address not in self.seen:
            self.seen.add(address)
            return "451 4.7.1 Greylisted, try again in five minutes"
        if self.recipient_says.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_says

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        await asyncio.sleep(self.seconds)
        if self.says.startswith("250"):
            self.took.append(Taken(envelope.mail_from, envelope.rcpt_tos, envelope.content, self.options))
        if self.drops_after_data:
            server.transport.abort()
        return self.says

    def check(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        """Is it the user and password that we want?"""
        right = self.wants is not None and (data.login.decode(), data.password.decode()) == self.wants
        return AuthResult(success=right, handled=False)


class _Session(SMTP):
    """aiosmtpd knows no DSN parameters: they are kept here, and taken away before it sees them."""

    def _getparams(self, params: Sequence[str]) -> Any:
        known = super()._getparams([param for param in params if not param.startswith(DSN)])
        asked = dict(param.split("=", 1) for param in params if param.startswith(DSN))
        if asked and not self.event_handler.offers_dsn:
            return None
        self.event_handler.options.update(asked)
        return known


@contextlib.asynccontextmanager
async def relay_server(relay: RelayServer) -> AsyncIterator[RelayServer]:
    """The relay listens until the block ends."""

    def session() -> SMTP:
        return _Session(
            relay,
            enable_SMTPUTF8=relay.offers_utf8,
            authenticator=relay.check if relay.wants else None,
            auth_required=relay.wants is not None,
            auth_require_tls=False,
            tls_context=relay.certificate,
        )

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", 0)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
