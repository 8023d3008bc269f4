"""A dumb autoresponder: it answers every mail that it gets, and says nowhere that it is a machine (RFC 3834).

Give a house ``relay_url=robot.url``, set ``robot.door`` to where the house takes mail, let the robot ``begin``, and
wait until it is ``quiet``. ``letters`` are the house's mails to it: how many turns the loop had.
"""

import asyncio
import smtplib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import make_msgid
from typing import Any

from aiosmtpd.smtp import SMTP

from config.settings import host_and_port

Words = Callable[[int, EmailMessage], str]
"""What it says, by the number of the answer and the mail that it answers."""

MOST_ANSWERS = 12
"""It gives up then, so that a test of a loop that nobody stops ends all the same."""


@dataclass
class Autoresponder:
    """aiosmtpd's handler on one side, an SMTP client on the other. ``threads``: does it keep to the thread?"""

    words: Words
    threads: bool = True
    address: str = "office@robot.example"
    door: str = ""
    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    answers: int = 0
    _answering: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?starttls=no"

    async def begin(self, text: str, to: str) -> None:
        """The first mail, from the robot's address."""
        message = self._mail(to, "A question")
        message.set_content(text)
        await asyncio.to_thread(self._send, message, to)

    async def quiet(self, settled: Callable[[], Any]) -> None:
        """Wait until the robot has nothing to say, the house has nothing to do, and it stays so."""
        before = -1
        while before != self.answers:
            before = self.answers
            await settled()
            while self._answering:
                await asyncio.gather(*self._answering)
            await settled()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.address in envelope.rcpt_tos:
            letter = message_from_bytes(envelope.content, policy=default)
            assert isinstance(letter, EmailMessage)
            self.letters.append(letter)
            if self.answers < MOST_ANSWERS:
                self.answers += 1
                task = asyncio.create_task(self._answer(letter, self.answers))
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)
        return "250 2.0.0 Ok"

    async def _answer(self, letter: EmailMessage, number: int) -> None:
        where = letter["Reply-To"] or letter["From"]
        to = where.addresses[0].addr_spec
        answer = self._mail(to, f"Re: {letter['Subject']}")
        if self.threads:
            answer["In-Reply-To"] = answer["References"] = str(letter["Message-ID"])
        answer.set_content(self.words(number, letter))
        await asyncio.to_thread(self._send, answer, to)

    def _mail(self, to: str, subject: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = f"The Office <{self.address}>"
        message["To"] = to
        message["Subject"] = subject
        message["Message-ID"] = make_msgid(domain="robot.example")
        return message

    def _send(self, message: EmailMessage, to: str) -> None:
        with smtplib.SMTP(*host_and_port(self.door), timeout=30) as client:
            client.send_message(message, from_addr=self.address, to_addrs=[to])


@asynccontextmanager
async def autoresponder(words: Words, *, threads: bool = True) -> AsyncIterator[Autoresponder]:
    """It listens until the block ends."""
    robot = Autoresponder(words, threads)
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(robot), "127.0.0.1", 0)
    robot.port = server.sockets[0].getsockname()[1]
    try:
        yield robot
    finally:
        server.close()
