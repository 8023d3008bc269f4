"""Mails that are made to stop whoever reads them: each is read or said to be too odd, and the next mail goes on."""

import os
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from channels.email_parser import read
from channels.reading.process import ReadingProcess
from channels.reading.text import LONGEST_TEXT
from intake.contact import Channel, Contact, Kept
from tests.bombs import BODY_BOMBS, BOMBS, HEADER_BOMBS, STRUCTURE_BOMBS, TEXT, file, nested, tnef

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ORDINARY = b"From: Bob <bob@example.org>\r\nSubject: Lamp\r\n\r\nThe lamp is out."


def kept(raw: bytes, name: str = "c1") -> Kept:
    return Kept(name, Channel.EMAIL, NOW, "f1", "", "anne@example.org", (), raw)


@pytest.fixture(scope="module")
def reader() -> Iterator[ReadingProcess]:
    with ReadingProcess(longest=60) as process:
        yield process


def is_bounded(contact: Contact) -> bool:
    """Whether nothing in it grows with what a sender writes."""
    return (
        len(contact.subject) <= 300
        and len(contact.person.name) <= 100
        and len(contact.person.email) <= 320
        and len(contact.references) <= 100
        and len(contact.attachments) <= 100
        and len(contact.text) <= 2 * LONGEST_TEXT
        and len(contact.trouble) < 1000
    )


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_read_or_said_to_be_too_odd(reader: ReadingProcess, name: str) -> None:
    contact = reader.read(kept(BOMBS[name]()))
    assert "failed" not in contact.trouble
    assert "stopped" not in contact.trouble
    assert "broke" not in contact.trouble
    assert is_bounded(contact)
    assert contact.person.email


@pytest.mark.parametrize("name", [name for name in HEADER_BOMBS if name not in STRUCTURE_BOMBS])
def test_below_a_bomb_in_a_header_the_words_are_read(reader: ReadingProcess, name: str) -> None:
    contact = reader.read(kept(HEADER_BOMBS[name]()))
    assert contact.text == TEXT.decode()
    assert contact.trouble == ""


@pytest.mark.parametrize("name", STRUCTURE_BOMBS)
def test_a_mail_built_as_no_program_builds_one_is_shown_and_not_answered(reader: ReadingProcess, name: str) -> None:
    contact = reader.read(kept(STRUCTURE_BOMBS[name]()))
    assert contact.trouble
    assert contact.no_answer


@pytest.mark.parametrize("depth", [100, 1_000, 5_000])
def test_the_first_text_of_a_mail_nested_too_deeply_is_read(depth: int) -> None:
    contact = read(kept(nested(depth)))
    assert contact.text == TEXT.decode()
    assert "nested too deeply" in contact.trouble


@pytest.mark.parametrize("name", ["a page of 60,000 open boxes", "a page of 20,000 tables in tables"])
def test_words_deep_in_a_page_are_read(reader: ReadingProcess, name: str) -> None:
    assert TEXT.decode() in reader.read(kept(BODY_BOMBS[name]())).text


def test_a_broken_winmail_dat_is_listed_itself(reader: ReadingProcess) -> None:
    contact = reader.read(kept(BODY_BOMBS["winmail.dat of 4 billion values"]()))
    assert [found.name for found in contact.attachments] == ["winmail.dat"]
    assert "Outlook" in contact.trouble


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="left out: the system does not tell a process's memory here")
def test_the_reader_may_not_take_more_memory_than_its_bound(reader: ReadingProcess) -> None:
    reader.read(kept(ORDINARY))
    bounds = Path(f"/proc/{reader.pid}/limits").read_text()
    assert next(line.split()[3] for line in bounds.splitlines() if "address space" in line) == str(1 << 30)


def test_a_mail_that_stalls_is_stopped_and_the_next_is_read() -> None:
    with ReadingProcess(longest=0.001) as reader:
        contact = reader.read(kept(BODY_BOMBS["a text of 25 MB"]()))
        assert "took longer than 0.001 seconds" in contact.trouble
        assert (contact.automatic, contact.machine, contact.person.email) == ("", None, "anne@example.org")
        assert contact.no_answer
        reader.longest = 60
        assert reader.read(kept(ORDINARY)).text == "The lamp is out."


def test_a_reader_that_dies_over_a_mail_says_so_and_the_next_is_read() -> None:
    with ReadingProcess(longest=60) as reader:
        reader.read(kept(ORDINARY))
        first = reader.pid
        os.kill(first, signal.SIGSTOP)
        threading.Timer(0.2, os.kill, (first, signal.SIGKILL)).start()
        contact = reader.read(kept(ORDINARY))
        assert "broke the reader" in contact.trouble
        assert reader.read(kept(ORDINARY)).text == "The lamp is out."
        assert reader.pid != first


def test_a_reader_that_died_between_two_mails_costs_neither() -> None:
    with ReadingProcess() as reader:
        assert reader.read(kept(ORDINARY)).trouble == ""
        os.kill(reader.pid, signal.SIGKILL)
        os.waitid(os.P_PID, reader.pid, os.WEXITED | os.WNOWAIT)
        assert reader.read(kept(ORDINARY)).trouble == ""


def test_the_reader_is_replaced_after_so_many_mails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.reading.process.MOST_MAILS", 3)
    with ReadingProcess() as reader:
        pids = [reader.read(kept(ORDINARY)) and reader.pid for _ in range(7)]
    assert pids[0] == pids[1] != 0
    assert len(set(pids) - {0}) == 3


def test_callers_in_many_threads_each_get_the_answer_to_their_own_mail(reader: ReadingProcess) -> None:
    answers: dict[str, str] = {}

    def ask(name: str) -> None:
        raw = b"From: a@example.org\r\nSubject: " + name.encode() + b"\r\n\r\nHello"
        contact = reader.read(kept(raw, name))
        answers[contact.id] = contact.subject

    threads = [threading.Thread(target=ask, args=(f"mail {number}",)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {f"mail {number}": f"mail {number}" for number in range(20)}


def test_the_reader_knows_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIGHTDOOR_DATABASE_URL", "postgresql://secret")
    with ReadingProcess() as reader:
        reader.read(kept(ORDINARY))
        assert b"secret" not in Path(f"/proc/{reader.pid}/environ").read_bytes()


def test_closing_leaves_no_process_behind() -> None:
    reader = ReadingProcess()
    reader.read(kept(ORDINARY))
    pid = reader.pid
    reader.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(OSError, match="closed"):
        reader.read(kept(ORDINARY))


def test_the_reader_ends_when_its_parent_is_gone() -> None:
    reader = ReadingProcess()
    reader.read(kept(ORDINARY))
    process = reader._process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(timeout=30) == 0
    reader.close()


def test_a_file_is_taken_out_through_the_process_as_it_was_sent(reader: ReadingProcess) -> None:
    octets = bytes(range(256)) * 4000
    found = reader.file_of(file(b"scan.bin", octets), 0)
    assert found is not None
    assert (found[0].name, found[0].size, found[1]) == ("scan.bin", len(octets), octets)
    assert reader.file_of(file(b"scan.bin", octets), 1) is None
    inside = tnef((0x9002, b""), (0x8010, b"inner.txt\x00"), (0x800F, b"inside"))
    found = reader.file_of(file(b"winmail.dat", inside), 0)
    assert found is not None
    assert (found[0].name, found[1]) == ("inner.txt", b"inside")


def test_reading_in_the_process_gives_what_reading_here_gives(reader: ReadingProcess) -> None:
    for raw in (ORDINARY, nested(5), file(b"a.pdf", b"%PDF-1.4 x")):
        assert reader.read(kept(raw)) == read(kept(raw))
