"""Handing one mail to a mail server by SMTP, step by step, so that whoever watches sees where it stops.

RFC 5321: 4yz may succeed later, 5yz will not, and after DATA a lost connection means that nobody can say. A bounce is
asked for where the server offers it (RFC 3461), an address beyond ASCII needs SMTPUTF8 (RFC 6531).
"""

import asyncio
import contextlib
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

import aiosmtplib

from intake.errors import CannotBeSent, EndedUnclear, NoSuchAddress, NotSentYet, WrongSetting

Result = TypeVar("Result")

_HARMLESS = re.compile(r"[^\x20-\x7e\xa0-\U0010ffff]+")
_LONGEST_LINE = 500
"""Characters of a server's words that are kept (RFC 5321 section 4.5.3.1.5: a reply line has at most 512 octets)."""

_SIGN_IN_FIRST = (530, 534, 535, 538)
"""RFC 4954 section 6: the relay wants us signed in, whatever the mail."""


_NO_SUCH_ADDRESS = re.compile(r"5\.1\.(?:[1236]|10)(?![\d.])")
"""RFC 3463 section 3.2, RFC 7505: no such mailbox, no such system, no address, moved away, a domain without mail. It
opens the reply's text (RFC 2034 section 4). Others of 5.1.x speak of the sender or say nothing."""

_SAYS_SO = re.compile(
    r"no such (?:user|mailbox|recipient|address|account)|(?:unknown|invalid) (?:user|recipient|mailbox)"
    r"|(?:user|recipient|mailbox|account) (?:(?:is )?(?:unknown|not found)|does(?: not|n't) exist)",
    re.IGNORECASE,
)
"""Of a server that gives no status (RFC 3463): what it says of the recipient."""

_HAS_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")


_UNAVAILABLE = 550
"""RFC 5321 section 4.2.3: mailbox unavailable, for whatever reason."""


class Step(StrEnum):
    """The steps of handing a mail over, in their order, as they are told to people."""

    NAME = "find the server's address"
    CONNECT = "connect"
    TLS = "encrypt the connection"
    SIGN_IN = "sign in"
    SENDER = "have the sender accepted"
    RECIPIENT = "have the recipient accepted"
    MAIL = "hand the mail over"


Told = Callable[[Step, str], None]
"""Is told each step that succeeded, with the server's words."""


@dataclass(frozen=True)
class Relay:
    """Where mail is handed over, and how. ``starttls``: yes, no, or auto: where the server offers it."""

    host: str
    port: int
    tls: bool = False
    starttls: str = "auto"
    username: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str) -> "Relay":
        """Read smtp://[user:password@]host[:port][?starttls=yes|no|auto]. Raises WrongSetting."""
        wrong = WrongSetting(
            "RIGHTDOOR_RELAY_URL must look like smtp://host:25 or smtps://user:password@host:465, "
            "for smtp:// with ?starttls=yes, no or auto behind it"
        )
        try:
            parts, query = urlsplit(url), parse_qs(urlsplit(url).query)
            port = parts.port
        except ValueError:
            raise wrong from None
        tls, starttls = parts.scheme == "smtps", query.get("starttls", ["auto"])[0]
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or starttls not in ("yes", "no", "auto"):
            raise wrong
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname, port or (465 if tls else 25), tls, starttls, user, password)


@dataclass(frozen=True)
class Envelope:
    """Who sends to whom (RFC 5321), and the name under which a bounce comes back (RFC 3461 section 4.4: ENVID)."""

    id: str
    sender: str
    recipient: str


@dataclass(frozen=True)
class Patience:
    """Seconds: for one command, for the answer to a whole mail, and for everything together.

    RFC 5321 section 4.5.3.2.6 asks for ten minutes after the mail. It is less here, as the dispatch's lease is ten.
    """

    command: float = 60.0
    mail: float = 300.0
    everything: float = 540.0


@dataclass
class Handover:
    """One mail on its way to a relay. ``step`` is where it is, or where it stopped."""

    relay: Relay
    told: Told = lambda step, words: None
    patience: Patience = Patience()
    step: Step = Step.NAME

    async def send(self, envelope: Envelope, raw: bytes) -> str:
        """Hand it over; answers with the line that proves it. Raises NotSentYet, EndedUnclear or CannotBeSent."""
        async with self._client() as client:
            return await self._transact(client, envelope, raw)

    async def knock(self) -> None:
        """Connect, encrypt, sign in, and leave without a mail. Raises NotSentYet."""
        async with self._client() as client:
            with contextlib.suppress(Exception):
                await client.quit(timeout=1)

    @contextlib.asynccontextmanager
    async def _client(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """A connection that is ready for mail. What goes wrong with it becomes an error of ours."""
        client = aiosmtplib.SMTP(
            hostname=self.relay.host,
            port=self.relay.port,
            use_tls=self.relay.tls,
            start_tls=False,
            timeout=self.patience.command,
        )
        try:
            async with asyncio.timeout(self.patience.everything):
                await self._open(client)
                yield client
        except aiosmtplib.SMTPResponseException as error:
            raise self._verdict(error.code, error.message) from error
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise self._broken(error) from error
        finally:
            with contextlib.suppress(Exception):
                client.close()

    async def _open(self, client: aiosmtplib.SMTP) -> None:
        """Connected, encrypted and signed in, as far as the settings ask for it."""
        relay, loop = self.relay, asyncio.get_running_loop()
        found = await self._do(Step.NAME, loop.getaddrinfo(relay.host, relay.port, type=socket.SOCK_STREAM))
        self.told(Step.NAME, str(found[0][4][0]))
        greeting = await self._do(Step.CONNECT, client.connect())
        self.told(Step.CONNECT, _words(greeting))
        await client.ehlo()
        self.step = Step.TLS
        offered = relay.starttls == "auto" and client.supports_extension("starttls")
        if not relay.tls and (relay.starttls == "yes" or offered):
            await client.starttls()
            await client.ehlo()
        encrypted = client.get_transport_info("sslcontext") is not None
        self.told(Step.TLS, "yes" if encrypted else "no: neither the setting nor the server asks for it")
        if relay.username:
            signed_in = await self._do(Step.SIGN_IN, client.login(relay.username, relay.password))
            self.told(Step.SIGN_IN, _words(signed_in))

    async def _transact(self, client: aiosmtplib.SMTP, envelope: Envelope, raw: bytes) -> str:
        """MAIL, RCPT, DATA. What comes after the answer to DATA changes nothing any more."""
        beyond_ascii = not (envelope.sender + envelope.recipient).isascii()
        if beyond_ascii and not client.supports_extension("smtputf8"):
            self.step = Step.RECIPIENT
            raise CannotBeSent("the relay does not offer SMTPUTF8, which an address beyond ASCII needs (RFC 6531)")
        returns = client.supports_extension("dsn")
        options = ["SMTPUTF8", "BODY=8BITMIME"] if beyond_ascii else []
        if client.supports_extension("size"):
            options.append(f"SIZE={len(raw)}")
        mail = [*options, "RET=HDRS", f"ENVID={_xtext(envelope.id)}"] if returns else options
        rcpt = ["NOTIFY=FAILURE,DELAY", f"ORCPT={_original(envelope.recipient)}"] if returns else []
        encoding = "utf-8" if beyond_ascii else "ascii"
        taken = await self._do(Step.SENDER, client.mail(envelope.sender, options=mail, encoding=encoding))
        self.told(Step.SENDER, _words(taken))
        taken = await self._do(Step.RECIPIENT, client.rcpt(envelope.recipient, options=rcpt, encoding=encoding))
        self.told(Step.RECIPIENT, _words(taken))
        answer = await self._do(Step.MAIL, client.data(raw, timeout=self.patience.mail))
        self.told(Step.MAIL, _words(answer))
        with contextlib.suppress(Exception):
            await client.quit(timeout=1)
        return f"taken by {self.relay.host}: {_words(answer)}"

    async def _do(self, step: Step, work: Awaitable[Result]) -> Result:
        self.step = step
        return await work

    def _verdict(self, code: int, message: str) -> NotSentYet | CannotBeSent:
        """RFC 5321 section 4.2.1. Only what was said of this mail is for good: settings can be put right meanwhile."""
        words = f"{self.relay.host}: {_plain(f'{code} {message}')}"
        if self.step is Step.MAIL and not 400 <= code < 600:
            return EndedUnclear(f"{words} (this is no answer that RFC 5321 knows)")
        of_this_mail = self.step in (Step.SENDER, Step.RECIPIENT, Step.MAIL) and code not in _SIGN_IN_FIRST
        if not (500 <= code < 600 and of_this_mail):
            return NotSentYet(words)
        return NoSuchAddress(words) if self._is_of_address(code, _plain(message)) else CannotBeSent(words)

    def _is_of_address(self, code: int, message: str) -> bool:
        """Does the refusal say that the address is bad, and not that it wants no mail from us, or none like this?"""
        if self.step is Step.SENDER:
            return False
        if _HAS_STATUS.match(message):
            return bool(_NO_SUCH_ADDRESS.match(message))
        return self.step is Step.RECIPIENT and code == _UNAVAILABLE and bool(_SAYS_SO.search(message))

    def _broken(self, error: Exception) -> NotSentYet:
        """No answer. After DATA nobody can say whether the mail was taken (RFC 1047)."""
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        if isinstance(error.__cause__, ConnectionRefusedError):
            why = f"nobody listens at port {self.relay.port}"
        words = f"{self.relay.host}: could not {self.step}: {_plain(why) or type(error).__name__}"
        return EndedUnclear(words) if self.step is Step.MAIL else NotSentYet(words)


def is_certificate_trouble(error: BaseException | None) -> bool:
    """Did it stop because the server's certificate is not trusted here?"""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__
    return False


def _words(response: aiosmtplib.SMTPResponse) -> str:
    return _plain(f"{response.code} {response.message}")


def _plain(words: str) -> str:
    """A server's words as one harmless line."""
    return " ".join(_HARMLESS.sub(" ", words).split())[:_LONGEST_LINE]


def _xtext(value: str) -> str:
    """RFC 3461 section 4: printable ASCII as it is, but for + and =."""
    return "".join(sign if "!" <= sign <= "~" and sign not in "+=" else f"+{ord(sign):02X}" for sign in value)


def _original(recipient: str) -> str:
    """RFC 3461 section 4.2; RFC 6533 section 3 for an address beyond ASCII."""
    if recipient.isascii():
        return f"rfc822;{_xtext(recipient)}"
    return "utf-8;" + "".join(_xtext(sign) if sign.isascii() else f"\\x{{{ord(sign):X}}}" for sign in recipient)
