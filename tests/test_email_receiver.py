"""The mail door: kept and committed before 250, 451 when that cannot be, 550 for a mailbox that is not ours."""

import asyncio
import shutil
import smtplib
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from case_store.engine import make_engine, migrate
from case_store.store import SqlStore
from case_store.tables import ContactRow, OriginalRow
from case_store.unit_of_work import SqlUnitOfWork
from channels.email_receiver import EmailReceiver, fingerprint, mailbox_of
from intake.contact import Channel, Kept
from intake.interpretation import Interpretation
from intake.policy import Policy
from intake.reception import Reception
from tests.living_house import MAILBOX

RAW = b"From: a@example.org\r\nTo: complaints@bettershire.gov.uk\r\nSubject: Bins\r\n\r\nMissed again.\r\n"


class NoInterpreter:
    async def interpret(self, text: str, received: date) -> Interpretation:
        raise AssertionError("nothing is read at the door")


def now() -> datetime:
    return datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@dataclass
class Door:
    """An open mail door, and what a client hears at it."""

    port: int

    async def hand_in(self, raw: bytes = RAW, to: str = MAILBOX, sender: str = "a@example.org") -> tuple[int, str]:
        return await asyncio.to_thread(self._hand_in, raw, to, sender)

    def _hand_in(self, raw: bytes, to: str, sender: str) -> tuple[int, str]:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=20) as client:
            client.ehlo()
            client.mail(sender)
            code, words = client.rcpt(to)
            if code == 250:
                code, words = client.data(raw)
            return code, words.decode()


async def open_door(store: object, policy: Policy) -> tuple[asyncio.Server, Door]:
    reception = Reception(store, NoInterpreter(), {}, policy, now)  # type: ignore[arg-type]
    server = await EmailReceiver(reception, frozenset({MAILBOX}), now).listen("127.0.0.1", 0)
    return server, Door(server.sockets[0].getsockname()[1])


def kept_originals(unit: SqlUnitOfWork) -> list[bytes]:
    return list(unit.session.exec(select(OriginalRow.raw)))


async def test_a_mail_is_committed_byte_for_byte_before_the_sender_hears_250(store: SqlStore, policy: Policy) -> None:
    server, door = await open_door(store, policy)
    code, words = await door.hand_in()
    assert code == 250
    assert await store.read(kept_originals) == [RAW]
    assert await store.read(lambda unit: unit.session.exec(select(ContactRow.id)).one()) in words
    server.close()


async def test_the_same_mail_by_another_way_is_the_same_contact(store: SqlStore, policy: Policy) -> None:
    server, door = await open_door(store, policy)
    first = await door.hand_in()
    again = await door.hand_in(b"Received: from relay.example\r\n\tby us\r\n" + RAW)
    assert again == first
    assert len(await store.read(kept_originals)) == 1
    server.close()


async def test_another_text_under_the_same_message_id_is_another_contact(store: SqlStore, policy: Policy) -> None:
    server, door = await open_door(store, policy)
    await door.hand_in(b"Message-ID: <1@x.example>\r\n" + RAW)
    await door.hand_in(b"Message-ID: <1@x.example>\r\n" + RAW + b"And again.\r\n")
    assert len(await store.read(kept_originals)) == 2
    server.close()


async def test_a_mailbox_that_is_not_ours_is_refused_at_rcpt_with_550(store: SqlStore, policy: Policy) -> None:
    server, door = await open_door(store, policy)
    code, _ = await door.hand_in(to="planning@elsewhere.gov.uk")
    assert code == 550
    assert await store.read(kept_originals) == []
    server.close()


@pytest.mark.parametrize("address", ["Complaints@BETTERSHIRE.gov.uk", "complaints+bins@bettershire.gov.uk"])
def test_case_and_plus_tags_lead_to_the_same_mailbox(address: str) -> None:
    assert mailbox_of(address) == MAILBOX


class BrokenStore:
    """A store whose disk has gone, or whose code is wrong."""

    async def transact(self, work: object) -> None:
        raise ZeroDivisionError("our own mistake")

    read = transact


async def test_when_our_own_code_fails_the_sender_hears_451_and_keeps_the_mail(policy: Policy) -> None:
    server, door = await open_door(BrokenStore(), policy)
    code, words = await door.hand_in()
    assert code == 451
    assert "try again" in words
    server.close()


async def test_a_locked_database_is_451_and_is_taken_in_once_it_is_free(
    tmp_path: Path, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("case_store.engine.BUSY_SECONDS", 0.2)
    engine = make_engine(f"sqlite:///{tmp_path}/locked.db")
    migrate(engine)
    store = SqlStore(engine)
    server, door = await open_door(store, policy)
    other = sqlite3.connect(tmp_path / "locked.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert (await door.hand_in())[0] == 451
    other.execute("ROLLBACK")
    assert (await door.hand_in())[0] == 250
    server.close()
    store.close()


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB of our own."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mounted = (
        shutil.which("mount")
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, check=False
        ).returncode
    )
    if not mounted:
        pytest.skip("left out: a file system of our own needs root and mount")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


async def test_a_full_disk_is_451_and_nothing_that_was_answered_250_is_lost(tiny_disk: Path, policy: Policy) -> None:
    engine = make_engine(f"sqlite:///{tiny_disk}/full.db")
    migrate(engine)
    store = SqlStore(engine)
    server, door = await open_door(store, policy)
    codes = [(await door.hand_in(RAW + b"%d" % number + b"x" * 200_000))[0] for number in range(15)]
    assert set(codes) == {250, 451}
    assert len(await store.read(kept_originals)) == codes.count(250)
    server.close()
    store.close()


async def test_a_line_of_a_hundred_thousand_octets_is_taken(store: SqlStore, policy: Policy) -> None:
    server, door = await open_door(store, policy)
    assert (await door.hand_in(RAW + b"a" * 100_000))[0] == 250
    server.close()


async def test_the_null_sender_is_kept_as_an_empty_sender(store: SqlStore, policy: Policy) -> None:
    server, door = await open_door(store, policy)
    await door.hand_in(sender="<>")
    assert await store.read(lambda unit: unit.session.exec(select(ContactRow.sender)).one()) == ""
    server.close()


async def test_many_mails_at_once_share_commits_and_each_is_there(store: SqlStore, policy: Policy) -> None:
    server, door = await open_door(store, policy)
    heard = await asyncio.gather(*(door.hand_in(RAW + b"%d" % number) for number in range(40)))
    assert {code for code, _ in heard} == {250}
    assert len(await store.read(kept_originals)) == 40
    server.close()


def test_a_fingerprint_skips_only_what_each_delivery_writes_anew() -> None:
    traced = b"Return-Path: <a@example.org>\r\nReceived: by x\r\n for y\r\n" + RAW
    assert fingerprint(traced) == fingerprint(RAW)
    assert fingerprint(RAW.replace(b"Bins", b"Bin")) != fingerprint(RAW)


async def test_one_failing_piece_of_work_undoes_itself_alone(store: SqlStore) -> None:
    async def keep(number: int) -> str:
        kept = Kept(f"{number:032d}", Channel.EMAIL, now(), f"f{number}", "", "", (), b"")

        def work(unit: SqlUnitOfWork) -> str:
            contact = unit.inbox.keep(kept)
            if number % 3 == 0:
                raise ValueError("this one is wrong")
            return contact

        return await store.transact(work)

    done = await asyncio.gather(*(keep(number) for number in range(30)), return_exceptions=True)
    assert sum(isinstance(one, ValueError) for one in done) == 10
    ids = await store.read(lambda unit: unit.session.exec(select(ContactRow.id).order_by(col(ContactRow.id))).all())
    assert ids == [f"{number:032d}" for number in range(30) if number % 3]
