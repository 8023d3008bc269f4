"""Mail fetched by IMAP, on real servers: every mail is kept once, whatever breaks, and moved only after that."""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import func
from sqlmodel import select

from case_store.mailboxes import SqlMailboxes
from case_store.store import SqlStore
from case_store.tables.contacts import ContactRow
from case_store.unit_of_work import SqlInbox
from channels import email_mailbox
from channels.email_mailbox import back_off
from channels.imap import session as imap_session
from config.settings import Settings
from intake.mailbox import Position
from nlu.embedded import EmbeddedInterpreter
from tests.conftest import PACK
from tests.dovecot import PASSWORD, Dovecot, installed
from tests.imap_fixtures import NO_DOVECOT, NOW, Box, Proxy, Reading, any_box, box, dovecot, pymap, raw, reading, until
from tests.keys import NO_OPENSSL, certificate
from tests.living_house import MAILBOX, PATIENCE, LivingHouse, free_port, mail, running

__all__ = ["any_box", "box", "dovecot", "pymap", "reading"]


async def test_mail_is_announced_by_idle_and_kept(
    any_box: Box, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(email_mailbox, "SHORTEST_WAIT", 600.0)
    monkeypatch.setattr(email_mailbox, "LONGEST_WAIT", 600.0)
    any_box.put()
    async with reading.of(any_box.url()):
        await reading.is_read()
        await asyncio.sleep(0.5)
        await asyncio.to_thread(any_box.put, raw(1))
        (contact,) = await reading.comes_to(1)
    assert (contact.sender, contact.recipients, contact.note) == ("r1@example.org", MAILBOX, "")
    assert (await reading.kept(contact.id)).raw == raw(1)


async def test_all_that_waits_is_read_once(any_box: Box, reading: Reading) -> None:
    count = 300 if any_box.user != "demouser" else 40
    any_box.put(*(raw(number) for number in range(count)))
    async with reading.of(any_box.url()):
        await reading.comes_to(count)
        await reading.is_read()
    assert await reading.senders() == [f"r{number}@example.org" for number in range(count)]


async def test_a_restart_in_the_middle_loses_nothing_and_doubles_nothing(box: Box, reading: Reading) -> None:
    box.put(*(raw(number) for number in range(120)))
    for least in (1, 60):
        async with reading.of(box.url()):
            while len(await reading.contacts()) < least:
                await asyncio.sleep(0.001)
    async with reading.of(box.url()):
        await reading.comes_to(120)
        await reading.is_read()
    assert len(set(await reading.senders())) == 120


async def test_a_crash_between_commit_and_watermark_fetches_twice_and_keeps_one_contact(
    box: Box, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves, real = [], SqlMailboxes.read_up_to

    def crash_first(self: SqlMailboxes, name: str, position: Position) -> None:
        moves.append(position)
        if len(moves) == 2:
            raise RuntimeError("the process ends here")
        real(self, name, position)

    monkeypatch.setattr(SqlMailboxes, "read_up_to", crash_first)
    box.put(raw(1), raw(2))
    async with reading.of(box.url()):
        await until(lambda: len(moves) == 3)
        await reading.is_read()
    assert [move.uid for move in moves] == [0, 2, 2]
    assert await reading.senders() == ["r1@example.org", "r2@example.org"]


async def test_a_mailbox_that_was_rebuilt_is_read_anew_without_doubles(any_box: Box, reading: Reading) -> None:
    any_box.put(raw(1), raw(2))
    async with reading.of(any_box.url()):
        await reading.comes_to(2)
    with any_box.client() as client:
        client.select_folder("INBOX")
        client.delete_folder(any_box.folder)
        await asyncio.sleep(1.1)
    any_box.put(raw(2), raw(3), raw(1))
    async with reading.of(any_box.url()):
        await reading.comes_to(3)
        await reading.is_read()
    assert await reading.senders() == [f"r{number}@example.org" for number in (1, 2, 3)]


async def test_uids_below_the_watermark_are_a_new_mailbox(box: Box, reading: Reading) -> None:
    box.put(raw(1))
    async with reading.of(box.url()) as reader:
        await reading.comes_to(1)
        await reading.is_read()
    state = await reading.state()
    assert state is not None
    ahead = replace(state.position, uid=1000)
    await reading.store.transact(lambda unit: unit.mailboxes.read_up_to(reader.address.name, ahead))
    box.put(raw(2))
    async with reading.of(box.url()):
        await reading.comes_to(2)


async def test_a_server_that_is_killed_and_comes_back_is_read_on_by_itself(reading: Reading) -> None:
    with own_dovecot() as box:
        assert box.server is not None
        box.put(raw(1))
        async with reading.of(box.url()):
            await reading.comes_to(1)
            await reading.is_read()
            box.server.kill()
            told = await reading.fails()
            await asyncio.to_thread(box.server.start)
            await asyncio.to_thread(box.put, raw(2))
            await reading.comes_to(2)
            await reading.is_read()
    assert told.failing_since == NOW
    assert "connection" in told.error or "nobody listens" in told.error


async def test_a_connection_cut_within_a_mail_loses_nothing(box: Box, reading: Reading) -> None:
    proxy = Proxy(box.port)
    proxy.cut_after = 200_000
    box.put(*(raw(number, "word " * 8_000) for number in range(12)))
    async with reading.of(box.url(port=proxy.port)):
        await until(lambda: proxy.connections >= 2)
        proxy.cut_after = None
        await reading.comes_to(12)
        await reading.is_read()
    proxy.close()
    assert len((await reading.kept((await reading.contacts())[-1].id)).raw) > 40_000


async def test_a_connection_that_is_dead_without_being_closed_is_noticed(
    box: Box, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_session, "ANSWER_SECONDS", 1.0)
    proxy = Proxy(box.port)
    box.put()
    async with reading.of(box.url(port=proxy.port)):
        await reading.is_read()
        proxy.silent.set()
        told = await reading.fails()
        proxy.silent.clear()
        await asyncio.to_thread(box.put, raw(1))
        await reading.comes_to(1)
    proxy.close()
    assert "does not answer" in told.error


async def test_mails_without_a_message_id_and_with_equal_ones_are_contacts_of_their_own(
    any_box: Box, reading: Reading
) -> None:
    any_box.put(raw(1), raw(2), raw(3, "The bin.", "same@example.org"), raw(3, "The lamp.", "same@example.org"))
    async with reading.of(any_box.url()):
        await reading.comes_to(4)


async def test_the_same_mail_twice_in_a_mailbox_is_one_contact(any_box: Box, reading: Reading) -> None:
    any_box.put(raw(1), raw(1), raw(2))
    async with reading.of(any_box.url()):
        await reading.comes_to(2)
        await reading.is_read()


async def test_what_another_client_has_seen_is_read_all_the_same(any_box: Box, reading: Reading) -> None:
    any_box.put(raw(1))
    with any_box.client() as client:
        client.add_flags(client.search(), [b"\\Seen"])
    async with reading.of(any_box.url()):
        await reading.comes_to(1)


async def test_kept_mail_is_marked_as_seen(any_box: Box, reading: Reading) -> None:
    any_box.put(raw(1))

    def seen() -> bool:
        with any_box.client() as client:
            return len(client.search("SEEN")) == 1

    async with reading.of(any_box.url()):
        await until(seen)
    assert len(await reading.contacts()) == 1


async def test_mail_is_moved_only_once_it_is_kept(
    any_box: Box, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing = True
    real = SqlInbox.keep

    def keep(self: SqlInbox, kept):  # type: ignore[no-untyped-def]
        if refusing:
            raise OSError("no space left on device")
        return real(self, kept)

    monkeypatch.setattr(SqlInbox, "keep", keep)
    any_box.put(raw(1), raw(2))
    archive = f"Archive-{any_box.folder}"
    async with reading.of(any_box.url(f"&move_to={archive}")):
        told = await reading.fails()
        assert "stays where it is" in told.error
        assert await asyncio.to_thread(any_box.count) == await asyncio.to_thread(any_box.count, "", "UNSEEN") == 2
        refusing = False
        await reading.comes_to(2)
        await until(lambda: any_box.count() == 0)
    assert any_box.count(archive) == 2


async def test_what_was_kept_before_a_crash_and_not_yet_moved_is_moved_later(box: Box, reading: Reading) -> None:
    box.put(raw(1), raw(2))
    async with reading.of(box.url()):
        await reading.comes_to(2)
        await reading.is_read()
    async with reading.of(box.url("&move_to=Archive")):
        await until(lambda: box.count() == 0)
    assert box.count("Archive") == 2
    assert len(await reading.contacts()) == 2


async def test_a_server_without_move_copies_and_deletes_only_what_was_kept(reading: Reading) -> None:
    with own_dovecot("imap_capability = IMAP4rev1 IDLE UIDPLUS") as box:
        box.put(raw(1), raw(2))
        async with reading.of(box.url("&move_to=Archive")):
            await reading.comes_to(2)
            await until(lambda: box.count() == 0)
        assert box.count("Archive") == 2


async def test_a_server_that_can_do_little_is_polled_and_its_mail_stays_and_that_is_told(reading: Reading) -> None:
    with own_dovecot("imap_capability = IMAP4rev1") as box:
        box.put(raw(1), raw(2))
        async with reading.of(box.url("&move_to=Archive")):
            await reading.comes_to(2)
            await asyncio.to_thread(box.put, raw(3))
            await reading.comes_to(3)
        state = await reading.state()
        assert box.count() == 3
    assert state is not None
    assert "neither MOVE nor UIDPLUS" in state.error
    assert state.failing_since is None


@contextmanager
def own_dovecot(more: str = "", tls: tuple[Path, Path] | None = None) -> Iterator[Box]:
    """A mailbox on a Dovecot of its own."""
    if not installed():
        pytest.skip(NO_DOVECOT)
    server = Dovecot(more=more, tls=tls)
    server.start()
    try:
        yield Box(server.port, "anne", PASSWORD, "INBOX", server)
    finally:
        server.close()


@NO_OPENSSL
@pytest.mark.parametrize("start", ["imaps", "imap"])
async def test_a_server_whose_certificate_nobody_vouches_for_is_not_given_the_password(
    reading: Reading, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    certificate(tmp_path)
    with own_dovecot(tls=(tmp_path / "tls.pem", tmp_path / "tls.key")) as box:
        assert box.server is not None
        port = box.server.tls_port if start == "imaps" else box.port
        address = f"{start}://anne:let%3Ame%40in@localhost:{port}/INBOX"
        async with reading.of(address):
            told = await reading.fails()
            assert "certificate is not trusted" in told.error
            assert "Login" not in box.server.log()
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "tls.pem"))
            await reading.is_read()
        assert "TLS" in box.server.log()


async def test_a_mail_that_is_too_large_is_kept_in_part_flagged_and_left_there(box: Box, reading: Reading) -> None:
    box.put(raw(1, "photo\r\n" * 4_000_000), raw(2))
    async with reading.of(box.url("&move_to=Archive")):
        large, small = await reading.comes_to(2)
        await until(lambda: box.count("Archive") == 1)
    assert "The mail is 28 MB" in large.note
    assert "the mailbox Complaints, UID 1" in large.note
    assert len((await reading.kept(large.id)).raw) == 102_400
    assert (large.sender, small.sender, small.note) == ("r1@example.org", "r2@example.org", "")
    with box.client() as client:
        assert client.search("FLAGGED") == [1]


async def test_a_mail_that_the_server_cannot_give_is_kept_as_far_as_it_is_known(
    dovecot: Dovecot, box: Box, reading: Reading
) -> None:
    box.put(raw(1), raw(2, message_id="two@example.org"), raw(3))
    with box.client() as client:
        client.fetch([1, 2, 3], ["RFC822.SIZE", "ENVELOPE"])
    file_of(dovecot, box, b"Bins 2").chmod(0)
    async with reading.of(box.url()):
        contacts = await reading.comes_to(3)
        await reading.is_read()
    noted = [contact for contact in contacts if contact.note]
    assert [contact.sender for contact in contacts if not contact.note] == ["r1@example.org", "r3@example.org"]
    assert "did not give us this mail" in noted[0].note
    assert "UID 2" in noted[0].note


def file_of(dovecot: Dovecot, box: Box, words: bytes) -> Path:
    """The file in which Dovecot has the mail with these words."""
    files = Path(dovecot.folder, "mail", box.user, ".Complaints").glob("*/*")
    return next(path for path in files if words in path.read_bytes())


async def test_a_wrong_password_is_told_without_it_and_tried_again(box: Box, reading: Reading) -> None:
    wrong = replace(box, password="wrong!secret")
    async with reading.of(wrong.url()):
        told = await reading.fails()
    assert "refused the sign-in" in told.error
    assert "wrong!secret" not in told.error


async def test_without_encryption_nothing_is_told_to_a_server_unless_the_address_says_so(
    dovecot: Dovecot, box: Box, reading: Reading
) -> None:
    async with reading.of(box.url().replace("?starttls=no", "")):
        told = await reading.fails()
    assert "STARTTLS" in told.error
    assert f"Login: user=<{box.user}>" not in dovecot.log()


async def test_a_mailbox_that_may_only_be_read_is_read_and_that_nothing_can_be_marked_is_told(
    box: Box, reading: Reading, dovecot: Dovecot
) -> None:
    box.put(raw(1))
    dovecot.rights(box.user, "Complaints", "lr")

    async def told() -> bool:
        state = await reading.state()
        return state is not None and state.failing_since is None and "cannot be marked" in state.error

    async with reading.of(box.url()):
        await reading.comes_to(1)
        await until(told)


async def test_a_failure_that_lasts_is_an_error_in_the_log_once_an_hour(
    box: Box, reading: Reading, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(email_mailbox, "SHOUT_AFTER", 0.5)
    monkeypatch.setattr(email_mailbox, "back_off", lambda failures: 0.1)
    async with reading.of(replace(box, password="wrong!secret").url()) as reader:
        await until(lambda: reader._failures > 8)
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1
    assert "cannot be read" in errors[0]
    assert "wrong!secret" not in caplog.text


async def test_mail_that_comes_by_smtp_and_by_imap_is_one_contact_with_one_answer(
    box: Box, tmp_path: Path, interpreter: EmbeddedInterpreter
) -> None:
    settings = Settings(data=tmp_path, council=PACK, smtp=f"127.0.0.1:{free_port()}", imap_url=box.url())
    message = mail("Thank you to the lovely librarian at Eastham")
    async with running(settings, interpreter) as living:
        stop = asyncio.Event()
        task = asyncio.create_task(living.house.mailboxes[0].read(stop))
        await living.send(message)
        await asyncio.to_thread(box.put, delivered(message), raw(2))
        await until(lambda: has_read(living, 2))
        await living.settled()
        stop.set()
        await task
        counted = select(func.count()).select_from(ContactRow)
        assert await living.house.store.read(lambda unit: unit.session.exec(counted).one()) == 2
        assert len(living.sent_to("anne.shaw@example.org")) == 1
        assert len(living.sent_to("r2@example.org")) == 1


def delivered(message: EmailMessage) -> bytes:
    """The same mail as another server has put it into a mailbox."""
    trace = (
        b"Return-Path: <anne.shaw@example.org>\r\nDelivered-To: complaints@bettershire.gov.uk\r\n"
        b"Received: from a.example by b.example;\r\n\tMon, 23 Nov 2026 09:59:00 +0000\r\n"
    )
    return trace + bytes(message).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


async def has_read(living: LivingHouse, uid: int) -> bool:
    states = await living.house.store.read(lambda unit: unit.mailboxes.states())
    return bool(states) and states[0].position.uid >= uid


async def test_how_far_a_mailbox_is_read_and_since_when_it_fails_is_kept(store: SqlStore) -> None:
    def steps(unit):  # type: ignore[no-untyped-def]
        assert unit.mailboxes.position("a") == Position(0, 0)
        unit.mailboxes.fails("a", NOW, "down")
        unit.mailboxes.fails("a", NOW + timedelta(hours=1), "still down")
        unit.mailboxes.read_up_to("a", Position(4_294_967_295, 4_294_967_295))
        failing = unit.mailboxes.states()[0]
        unit.mailboxes.works("a", NOW + timedelta(hours=2))
        return failing, unit.mailboxes.states()[0]

    failing, working = await store.transact(steps)
    assert (failing.failing_since, failing.error, failing.read_at) == (NOW, "still down", None)
    assert (working.failing_since, working.error) == (None, "")
    assert working.read_at == NOW + timedelta(hours=2)
    assert working.position == Position(4_294_967_295, 4_294_967_295)


def test_the_wait_after_failures_doubles_up_to_five_minutes_and_goes_no_further() -> None:
    waits = [back_off(failures) for failures in range(1, 2000)]
    assert 0.75 <= waits[0] <= 1.0
    assert 1.5 <= waits[1] <= 2.0
    assert all(225 <= wait <= 300 for wait in waits[10:])


async def test_a_process_killed_while_it_reads_loses_nothing_and_doubles_nothing(
    box: Box, reading: Reading, tmp_path: Path
) -> None:
    box.put(*(raw(number) for number in range(1000)))
    process = await serve_imap(box, tmp_path)
    while not await reading.contacts():
        await asyncio.sleep(0.001)
    process.kill()
    await process.wait()
    before = len(await reading.contacts())
    async with reading.of(box.url()):
        await reading.comes_to(1000)
        await reading.is_read()
    assert 0 < before < 1000
    assert set(await reading.senders()) == {f"r{number}@example.org" for number in range(1000)}


async def test_the_service_says_what_it_fetches_reads_it_and_stops_while_it_waits(box: Box, tmp_path: Path) -> None:
    box.put(raw(1))
    process = await serve_imap(box, tmp_path)
    assert process.stdout is not None
    printed = (await process.stdout.readline() + await process.stdout.readline()).decode()

    def seen() -> bool:
        with box.client() as client:
            return len(client.search("SEEN")) == 1

    try:
        await until(seen)
    finally:
        process.terminate()
    assert await asyncio.wait_for(process.wait(), PATIENCE) == 0
    assert f"fetched mail        {box.user}@127.0.0.1:{box.port}/Complaints" in printed
    assert PASSWORD not in printed


async def serve_imap(box: Box, folder: Path) -> asyncio.subprocess.Process:
    """`rightdoor serve` with this mailbox alone, over the database that the fixture reads."""
    settings = {"DATA": str(folder), "DATABASE_URL": f"sqlite:///{folder}/test.db", "IMAP_URL": box.url()}
    environment = {**os.environ, **{f"RIGHTDOOR_{name}": value for name, value in settings.items()}}
    command = (sys.executable, "-m", "config.main", "serve", "--only", "imap")
    return await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.PIPE)
