"""A house at work, and what a resident with an ordinary mail client does to it."""

import asyncio
import smtplib
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from email.utils import make_msgid
from pathlib import Path

from sqlalchemy import func
from sqlmodel import col, select

from case_store.tables.contacts import ContactRow
from case_store.tables.sending import OutboxRow
from case_store.unit_of_work import SqlUnitOfWork
from config.serving import workers
from config.settings import Settings, host_and_port
from config.wiring import House, build
from intake.case import Case
from intake.ports import Interpreter

PATIENCE = 30.0
MAILBOX = "complaints@bettershire.gov.uk"


def mail(
    text: str,
    sender: str = "anne.shaw@example.org",
    name: str = "Anne Shaw",
    subject: str = "Hello",
    answer_to: Message | None = None,
    **headers: str,
) -> EmailMessage:
    """A mail as a mail client makes it; an answer carries the thread's headers and quotes what it answers."""
    message = EmailMessage()
    message["From"] = f"{name} <{sender}>" if name else sender
    message["To"] = MAILBOX
    message["Subject"] = subject
    message["Message-ID"] = make_msgid(domain="example.org")
    for header, value in headers.items():
        message[header.replace("_", "-")] = value
    if answer_to is not None:
        message["In-Reply-To"] = answer_to["Message-ID"]
        message["References"] = f"{answer_to.get('References', '')} {answer_to['Message-ID']}".strip()
        quoted = "\n".join(f"> {line}" for line in words_of(answer_to).splitlines())
        text = f"{text}\n\nOn Mon, 23 Nov 2026 at 10:00, Bettershire Council <{MAILBOX}> wrote:\n{quoted}\n"
    message.set_content(text)
    return message


def words_of(message: Message) -> str:
    """The plain text of a mail of ours."""
    assert isinstance(message, EmailMessage)
    plain = message.get_body(("plain",))
    assert plain is not None
    return str(plain.get_content())


@dataclass
class LivingHouse:
    """A house whose mail door is open and whose workers work."""

    house: House

    async def send(self, message: EmailMessage, envelope_sender: str | None = None) -> None:
        """Hand a mail in by SMTP, with the standard library's client."""
        await asyncio.to_thread(self._send, message, envelope_sender)

    def _send(self, message: EmailMessage, envelope_sender: str | None) -> None:
        with smtplib.SMTP(*host_and_port(self.house.settings.smtp), timeout=PATIENCE) as client:
            client.send_message(message, from_addr=envelope_sender)

    async def send_raw(self, raw: bytes, sender: str) -> None:
        """Hand in bytes as they are."""

        def send() -> None:
            with smtplib.SMTP(*host_and_port(self.house.settings.smtp), timeout=PATIENCE) as client:
                client.sendmail(sender, [MAILBOX], raw)

        await asyncio.to_thread(send)

    def sent_to(self, address: str) -> list[Message]:
        """Every mail of ours to this address so far, oldest first."""
        folder: Path = self.house.settings.data / "sent"
        files = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        mails = [message_from_bytes(path.read_bytes(), policy=default) for path in files]
        return [message for message in mails if message["To"] == address]

    async def settled(self) -> None:
        """Wait until every contact is handled and every mail is out."""
        for _ in range(int(PATIENCE * 50)):
            if await self.house.store.read(nothing_waits):
                return
            await asyncio.sleep(0.02)
        raise AssertionError("the house did not come to rest")

    async def answers(self, message: EmailMessage, envelope_sender: str | None = None) -> list[Message]:
        """Send a mail, wait until all is done, and collect what its sender got for it."""
        address = str(message["From"]).rpartition("<")[2].strip(">")
        before = len(self.sent_to(address))
        await self.send(message, envelope_sender)
        await self.settled()
        return self.sent_to(address)[before:]

    async def answer(self, message: EmailMessage) -> Message:
        """The one answer to a mail."""
        answers = await self.answers(message)
        assert len(answers) == 1, [str(answer["Subject"]) for answer in answers]
        return answers[0]

    async def cases_of(self, address: str) -> Sequence[Case]:
        """The cases of this address, newest first."""
        return await self.house.store.read(lambda unit: unit.cases.of_address(address))


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def nothing_waits(unit: SqlUnitOfWork) -> bool:
    """Is every contact handled, and every mail out?"""
    kept = select(func.count()).select_from(ContactRow).where(col(ContactRow.state) == "kept")
    waiting = select(func.count()).select_from(OutboxRow).where(col(OutboxRow.state) == "waiting")
    return not unit.session.exec(kept).one() and not unit.session.exec(waiting).one()


@asynccontextmanager
async def running(settings: Settings, interpreter: Interpreter) -> AsyncIterator[LivingHouse]:
    """A house with its mail door open and its workers at work, until the block ends."""
    house = build(settings, interpreter)
    stop = asyncio.Event()
    server = await house.mail.listen(*host_and_port(settings.smtp))
    tasks = workers(house, stop)
    try:
        yield LivingHouse(house)
    finally:
        server.close()
        stop.set()
        await asyncio.gather(*tasks)
        house.close()
