"""Open mail doors, and a client that says exactly what it is told to."""

import asyncio
import shutil
import smtplib
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from case_store.tables.contacts import ContactRow, OriginalRow
from case_store.unit_of_work import SqlUnitOfWork
from channels.email_receiver import EmailReceiver
from channels.networks import networks
from channels.smtp.certificate import Certificate
from channels.smtp.limits import Doorkeeper, Limits
from intake.interpretation import Interpretation
from intake.policy import Policy
from intake.ports import Store
from intake.reception import Reception
from tests.living_house import MAILBOX

RAW = b"From: a@example.org\r\nTo: complaints@bettershire.gov.uk\r\nSubject: Bins\r\n\r\nMissed again.\r\n"
OTHER_MAILBOX = "adultcare@bettershire.gov.uk"
TRUSTED = "127.0.0.0/8,::1"
PATIENCE = 20


class NoInterpreter:
    async def interpret(self, text: str, received: date) -> Interpretation:
        raise AssertionError("nothing is read at the door")


class BrokenStore:
    """A store whose disk has gone, or whose code is wrong."""

    async def transact(self, work: object) -> None:
        raise ZeroDivisionError("our own mistake")

    read = transact


@dataclass
class RefusingStore:
    """A real store that takes nothing until it is told to: as one whose disk is full for a while."""

    store: Store
    takes: bool = False
    refused: int = 0

    async def transact(self, work):  # type: ignore[no-untyped-def]
        if not self.takes:
            self.refused += 1
            raise OSError("No space left on device")
        return await self.store.transact(work)

    async def read(self, work):  # type: ignore[no-untyped-def]
        return await self.store.read(work)


def now() -> datetime:
    return datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def receiver(
    store: object,
    policy: Policy,
    limits: Limits = Limits(),  # noqa: B008
    trusted: str = TRUSTED,
    tls: Certificate | None = None,
) -> EmailReceiver:
    reception = Reception(store, NoInterpreter(), {}, policy, now)  # type: ignore[arg-type]
    mailboxes = frozenset({MAILBOX, OTHER_MAILBOX})
    return EmailReceiver(reception, mailboxes, now, Doorkeeper(limits, networks(trusted)), tls)


@dataclass
class Door:
    """An open mail door, and what a client hears at it."""

    port: int
    receiver: EmailReceiver

    async def hand_in(self, raw: bytes = RAW, to: str = MAILBOX, sender: str = "a@example.org") -> tuple[int, str]:
        return await asyncio.to_thread(self._hand_in, raw, to, sender)

    def _hand_in(self, raw: bytes, to: str, sender: str) -> tuple[int, str]:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=PATIENCE) as client:
            client.ehlo()
            client.mail(sender)
            code, words = client.rcpt(to)
            if code == 250:
                code, words = client.data(raw)
            return code, words.decode()


@asynccontextmanager
async def smtp_door(receiver: EmailReceiver) -> AsyncIterator[Door]:
    server = await receiver.listen("127.0.0.1", 0)
    async with server:
        yield Door(server.sockets[0].getsockname()[1], receiver)
        receiver.doorkeeper.send_all_away()


@asynccontextmanager
async def lmtp_door(receiver: EmailReceiver) -> AsyncIterator[Door]:
    server = await receiver.listen_lmtp("127.0.0.1", 0)
    async with server:
        yield Door(server.sockets[0].getsockname()[1], receiver)
        receiver.doorkeeper.send_all_away()


@dataclass
class Client:
    """Says exactly what it is told to. ``greeting`` is what it heard first."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    greeting: str = field(default="")

    @classmethod
    async def at(cls, port: int, greet: str = "") -> "Client":
        client = cls(*await asyncio.open_connection("127.0.0.1", port, limit=2**20))
        client.greeting = await client.hear()
        if greet:
            await client.say(greet)
        return client

    async def hear(self) -> str:
        """One answer, of as many lines as it has; empty where the door has closed."""
        heard = ""
        while line := (await asyncio.wait_for(self.reader.readline(), PATIENCE)).decode():
            heard += line
            if line[3:4] != "-":
                break
        return heard

    async def say(self, line: str) -> str:
        return await self.put(f"{line}\r\n".encode())

    async def put(self, octets: bytes) -> str:
        self.writer.write(octets)
        await self.writer.drain()
        return await self.hear()

    async def begin(self, *recipients: str) -> str:
        """Everything up to DATA; answers with what was said to that."""
        await self.say("MAIL FROM:<a@example.org>")
        for recipient in recipients or (MAILBOX,):
            await self.say(f"RCPT TO:<{recipient}>")
        return await self.say("DATA")

    async def mail(self, raw: bytes = RAW) -> str:
        assert (await self.begin()).startswith("354")
        return await self.put(raw + b".\r\n")

    def close(self) -> None:
        self.writer.close()


@contextmanager
def closing(*clients: Client) -> Iterator[None]:
    """So that no test leaves a connection behind."""
    try:
        yield
    finally:
        for client in clients:
            client.close()


def kept_originals(unit: SqlUnitOfWork) -> list[bytes]:
    return list(unit.session.exec(select(OriginalRow.raw)))


def kept_contacts(unit: SqlUnitOfWork) -> list[ContactRow]:
    return list(unit.session.exec(select(ContactRow).order_by(col(ContactRow.number))))


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine that nobody vouches for, and its key."""
    if not shutil.which("openssl"):
        pytest.skip("left out: openssl is not here")
    chain, key = folder / "chain.pem", folder / "key.pem"
    kind = [
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    command = ["openssl", "req", "-x509", *kind, "-keyout", str(key), "-out", str(chain)]
    subprocess.run(command, check=True, capture_output=True)
    return chain, key
