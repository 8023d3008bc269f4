"""What is said at the mail doors: commands, read strictly and bounded in length, and the mail that they lead to.

aiosmtpd understands MAIL and RCPT. What is ours: the loop over commands, in which our own failure is a 451 and never a
5xx; line ends and characters that leave no doubt; the mail read in large pieces.
"""

# ruff: noqa: N802 (aiosmtpd finds commands by these names)

import asyncio
import re

from channels.smtp.connections import LONGEST_COMMAND, Connection
from channels.smtp.data import read_mail

_TOO_LARGE = "552 5.3.4 The message is larger than we can take"
_NO_ROOM = "452 4.3.1 We have too much mail in hand just now, please try again later"

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BRACKETED = re.compile(r'<(?:@[^:<>"]*:)?((?:"(?:[^"\\]|\\.)*"|[^<>"\s])*)>(?= |$)')
"""An address with an old source route before it, which is not heeded (RFC 5321 appendix C)."""
_BARE = re.compile(r'[^<>"\s]+')


class MailSession(Connection):
    """SMTP (RFC 5321). Its handler has handle_RCPT, handle_DATA and handle_exception."""

    greeting = "EHLO"
    errors = 0

    async def _handle_client(self) -> None:
        try:
            await self.push(f"220 {self.hostname} {self.__ident__}")
            while self.transport is not None and not self.transport.is_closing():
                await self._obey()
                self._count_errors()
        except (ConnectionError, EOFError):
            pass
        finally:
            self._writer.close()

    async def _obey(self) -> None:
        """One command. What fails here is our failure, and the sender keeps the mail."""
        try:
            if (line := await self._command_line()) is None:
                return
            name, _, argument = line.partition(" ")
            method = self._smtp_methods.get(name.upper())
            if method is None:
                await self.push("500 5.5.2 There is no such command")
                return
            self._reset_timeout()
            await method(argument.strip() or None)
        except (ConnectionError, EOFError):
            raise
        except Exception as error:
            await self.push(await self.handle_exception(error))
            if self.in_mail:
                self.send_away("421 4.3.0 We failed and must begin anew")

    async def _command_line(self) -> str | None:
        """The next line as text; None where it was none, which has been told.

        A line ends with CR and LF: where one alone ends it, two programs may see different commands.
        """
        too_long = False
        while True:
            try:
                line = await self._reader.readuntil(b"\n")
                break
            except asyncio.LimitOverrunError as overrun:
                too_long = True
                await self._reader.readexactly(overrun.consumed)
        if too_long or len(line) > LONGEST_COMMAND:
            await self.push("500 5.5.2 The line is too long")
        elif not line.endswith(b"\r\n"):
            await self.push("500 5.5.2 A line ends with CR and LF")
        elif (text := _text(line[:-2])) is None:
            await self.push("501 5.5.2 A command is UTF-8 without control characters")
        else:
            return text
        return None

    def _count_errors(self) -> None:
        """Who only makes mistakes is sent away; a council's relay may ask for mailboxes that are not there."""
        mistaken = self.answered.startswith("5") and not (self.answered.startswith("550") and not self.whose)
        self.answered = ""
        self.errors += mistaken
        if self.errors >= self.doorkeeper.limits.errors:
            self.send_away("421 4.7.0 Too many errors")

    async def smtp_HELO(self, hostname: str | None) -> None:
        """The greeting of old clients."""
        await self._greet(hostname, extended=False)

    async def smtp_EHLO(self, hostname: str | None) -> None:
        """The greeting, and what we offer."""
        await self._greet(hostname, extended=True)

    async def _greet(self, hostname: str | None, *, extended: bool) -> None:
        if not hostname:
            await self.push("501 5.5.4 Say who you are")
            return
        self.envelope = self._create_envelope()
        self.session.extended_smtp = extended
        self.session.host_name = hostname
        offers = [f"SIZE {self.largest}", "8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES"]
        if self.tls_context and self.session.ssl is None:
            offers.append("STARTTLS")
        lines = [self.hostname, *(offers if extended else [])]
        told = [f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]
        self._writer.write("".join(f"{line}\r\n" for line in told).encode())
        await self._writer.drain()

    async def smtp_VRFY(self, arg: str | None) -> None:
        """Who has a mailbox here is told to nobody."""
        await self.push("252 2.5.0 Send it, and we will see")

    async def smtp_MAIL(self, arg: str | None) -> None:
        """A mail begins, unless its sender has sent too many of late."""
        if not self.doorkeeper.may_send(self.whose, self.loop.time()):
            await self.push("451 4.7.1 Too many messages from your address, please try again later")
        else:
            await super().smtp_MAIL(arg)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """The address and what follows it; the null sender is "<>". In place of aiosmtpd's, which may recurse."""
        if found := _BRACKETED.match(arg):
            return found[1] or "<>", arg[found.end() :]
        if found := _BARE.match(arg):
            return found[0], arg[found.end() :]
        return None, None

    async def smtp_DATA(self, arg: str | None) -> None:
        """Take the mail in, and have the handler keep it."""
        if await self.check_helo_needed(self.greeting):
            return
        if arg or not self.envelope.rcpt_tos:
            await self.push("501 5.5.4 DATA stands alone" if arg else "503 5.5.1 We know no recipient yet")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        self.in_mail = True
        content, refusal = await read_mail(self._reader, self._room_for)
        self.in_mail = False
        status = refusal or await self._keep(content)
        self.forget_mail()
        recipients = self.envelope.rcpt_tos
        self.envelope = self._create_envelope()
        await self._answer_mail(status, recipients)

    def _room_for(self, more: int) -> str:
        """May so much of the mail be kept in memory? Where it may not, what is there is forgotten at once."""
        self.stepped = self.loop.time()
        refusal = ""
        if self.octets_held + more > self.largest + len(b"\r\n.\r\n"):
            refusal = _TOO_LARGE
        elif not self.doorkeeper.hold(self.whose, more):
            refusal = _NO_ROOM
        if refusal:
            self.forget_mail()
        else:
            self.octets_held += more
        return refusal

    async def _keep(self, content: bytes) -> str:
        """Ask the handler. While it keeps the mail, the sender waits for us and not we for him."""
        self.envelope.content = self.envelope.original_content = content
        self.busy = True
        try:
            status = str(await self._call_handler_hook("DATA"))
        except Exception as error:
            status = str(await self.handle_exception(error))
        finally:
            self.busy = False
            self._reset_timeout()
        if status.startswith("250"):
            self.errors, self.began = 0, self.loop.time()
        return status

    async def _answer_mail(self, status: str, recipients: list[str]) -> None:
        """SMTP: one answer for all."""
        await self.push(status)


def _text(line: bytes) -> str | None:
    try:
        text = line.decode()
    except UnicodeDecodeError:
        return None
    return None if _CONTROLS.search(text) else text
