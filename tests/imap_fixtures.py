"""Mailboxes on real IMAP servers, and the reader at work on them: what the tests of fetched mail share."""

import asyncio
import contextlib
import itertools
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from imapclient import IMAPClient
from sqlmodel import col, select

from case_store.engine import make_engine, migrate
from case_store.store import SqlStore
from case_store.tables.contacts import ContactRow
from channels.email_mailbox import EmailMailbox
from channels.imap.address import imap_address
from intake.contact import Kept
from intake.mailbox import MailboxState
from intake.policy import Policy
from intake.reception import Reception
from nlu.embedded import EmbeddedInterpreter
from tests.dovecot import PASSWORD, Dovecot, Pymap, client_of, installed
from tests.living_house import PATIENCE

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
NO_DOVECOT = "left out: mail fetched from a real Dovecot (install dovecot-imapd, run as root)"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Box:
    """A mailbox of its own on a server, as its other users see it."""

    port: int
    user: str
    password: str
    folder: str
    server: Dovecot | None = None

    def url(self, options: str = "", port: int = 0) -> str:
        """Its address as a setting writes it."""
        host = f"127.0.0.1:{port or self.port}"
        sign_in = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        return f"imap://{sign_in}@{host}/{self.folder}?starttls=no{options}"

    def client(self) -> IMAPClient:
        """Another mail client, with the folder open."""
        client = client_of(self.port, self.user, self.password)
        if not client.folder_exists(self.folder):
            client.create_folder(self.folder)
        client.select_folder(self.folder)
        return client

    def put(self, *mails: bytes) -> None:
        """Deliver mails."""
        with self.client() as client:
            for one in mails:
                client.append(self.folder, one)

    def count(self, folder: str = "", which: str = "ALL") -> int:
        """How many of these mails lie there; -1 where there is no such folder."""
        with self.client() as client:
            name = folder or self.folder
            return len(client.search(which)) if client.folder_exists(name) and client.select_folder(name) else -1


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """A real Dovecot for all tests; each user of it has a mailbox of its own."""
    if not installed():
        pytest.skip(NO_DOVECOT)
    server = Dovecot()
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="session")
def pymap() -> Iterator[Pymap]:
    """A pymap for all tests."""
    server = Pymap()
    server.start()
    yield server
    server.kill()


@pytest.fixture
def box(dovecot: Dovecot) -> Box:
    """An empty mailbox on Dovecot."""
    return Box(dovecot.port, f"user{next(_numbers)}", PASSWORD, "Complaints")


@pytest.fixture(params=["dovecot", "pymap"])
def any_box(request: pytest.FixtureRequest) -> Box:
    """An empty mailbox on each server."""
    if request.param == "pymap":
        server: Pymap = request.getfixturevalue("pymap")
        return Box(server.port, "demouser", "demopass", f"Complaints{next(_numbers)}")
    box: Box = request.getfixturevalue("box")
    return box


def raw(number: int, text: str = "The bin was missed.", message_id: str = "") -> bytes:
    """A mail as it lies in a mailbox; without a Message-ID where none is given."""
    head = f"Message-ID: <{message_id}>\r\n" if message_id else ""
    sender = f"r{number}@example.org"
    return (
        f"Return-Path: <{sender}>\r\nFrom: {sender}\r\nTo: complaints@bettershire.gov.uk\r\n{head}"
        f"Subject: Bins {number}\r\n\r\n{text}\r\n"
    ).encode()


@dataclass
class Reading:
    """A reader of mailboxes over a store, and what it has kept."""

    store: SqlStore
    reception: Reception
    own: tuple[str, ...]

    @asynccontextmanager
    async def of(self, url: str, **more: object) -> AsyncIterator[EmailMailbox]:
        """Read this mailbox until the block ends."""
        reader = EmailMailbox(imap_address(url), self.reception, self.store, self.own, lambda: NOW, **more)  # type: ignore[arg-type]
        stop = asyncio.Event()
        task = asyncio.create_task(reader.read(stop))
        try:
            yield reader
        finally:
            stop.set()
            await asyncio.wait_for(task, PATIENCE)

    async def contacts(self) -> list[ContactRow]:
        """Every contact, in the order they were kept."""

        def find(unit):  # type: ignore[no-untyped-def]
            rows = list(unit.session.exec(select(ContactRow).order_by(col(ContactRow.number))))
            unit.session.expunge_all()
            return rows

        found: list[ContactRow] = await self.store.read(find)
        return found

    async def senders(self) -> list[str]:
        """Whom they are from."""
        return [row.sender for row in await self.contacts()]

    async def kept(self, contact: str) -> Kept:
        """One of them, with its bytes."""
        found = await self.store.transact(lambda unit: unit.inbox.claim(NOW, NOW, contact))
        assert found is not None
        return found

    async def comes_to(self, count: int) -> list[ContactRow]:
        """Wait until there are so many contacts and the last reading is done; there are never more."""
        await until(lambda: self._count(count))
        return await self.contacts()

    async def _count(self, count: int) -> bool:
        found = len(await self.contacts())
        assert found <= count
        return found == count

    async def state(self) -> MailboxState | None:
        """What is known of the mailbox."""
        states = await self.store.read(lambda unit: unit.mailboxes.states())
        return states[0] if states else None

    async def is_read(self) -> None:
        """Wait until the mailbox has been read to its end."""

        async def done() -> bool:
            state = await self.state()
            return state is not None and state.read_at is not None and state.failing_since is None

        await until(done)

    async def fails(self) -> MailboxState:
        """Wait until the mailbox fails, and answer with what is told of it."""

        async def failing() -> bool:
            state = await self.state()
            return state is not None and state.failing_since is not None

        await until(failing)
        state = await self.state()
        assert state is not None
        return state


@pytest.fixture
def reading(tmp_path: Path, policy: Policy, interpreter: EmbeddedInterpreter) -> Iterator[Reading]:
    """A reader over an empty SQLite store; nothing works off what it keeps."""
    engine = make_engine(f"sqlite:///{tmp_path}/test.db")
    migrate(engine)
    store = SqlStore(engine)
    reception = Reception(store, interpreter, {}, policy, lambda: NOW)
    yield Reading(store, reception, policy.council.mailboxes)
    store.close()
    engine.dispose()


async def until(condition: Callable[[], object]) -> None:
    """Wait until it holds; it may be a coroutine function. What blocks runs in a thread."""
    for _ in range(int(PATIENCE * 20)):
        holds = await asyncio.to_thread(condition)
        if await holds if asyncio.iscoroutine(holds) else holds:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come to that")


class Proxy:
    """A wire between a client and a server that can be cut, or go silent without being closed."""

    def __init__(self, port: int) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self._to = port
        self.connections = 0
        self.cut_after: int | None = None
        self.silent = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection(("127.0.0.1", self._to))
            for source, sink, limited in ((client, server, False), (server, client, True)):
                threading.Thread(target=self._carry, args=(source, sink, limited), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, limited: bool) -> None:
        carried = 0
        try:
            while data := source.recv(4096):
                carried += len(data)
                if self.silent.is_set():
                    continue
                if limited and self.cut_after is not None and carried > self.cut_after:
                    break
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self) -> None:
        """Take no more connections."""
        self._server.close()
