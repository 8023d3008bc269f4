"""Mails are read in a process of their own, so that one that stalls, crashes or fills the memory stops nothing else.

The process has bounds of its own (channels/reading/worker.py); the time is watched from here. What comes back was made
from a stranger's bytes: it is read as JSON of the shape that we expect, and never as anything that could run.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from threading import Lock, Timer
from types import TracebackType

from pydantic import TypeAdapter

from channels.email_parser import unreadable
from channels.reading.headers import address
from channels.reading.worker import READY, FileJob, ReadJob, receive, write
from intake.contact import Attachment, Contact, Kept, Person

LONGEST = 10.0
"""Seconds for one mail."""

LONGEST_START = 60.0
"""Seconds until a new process takes jobs."""

MOST_MAILS = 500
"""After so many the process is replaced, so that what a mail may have done to it does not stay."""

LARGEST_ANSWER = 64 << 20

_contact = TypeAdapter(Contact)
_attachment: TypeAdapter[Attachment | None] = TypeAdapter(Attachment | None)


@dataclass
class ReadingProcess:
    """Reads mails one at a time; callers wait for each other. Close it when done. ``longest`` is in seconds."""

    own_addresses: frozenset[str] = frozenset()
    trusted: frozenset[str] = frozenset()
    longest: float = LONGEST
    _lock: Lock = field(default_factory=Lock)
    _process: subprocess.Popen[bytes] | None = None
    _mails: int = 0
    _closed: bool = False

    def __enter__(self) -> "ReadingProcess":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def read(self, kept: Kept) -> Contact:
        """The contact that a kept mail holds. Raises OSError where no process can be started, and nothing else."""
        frames, why = self._ask((kept, self.own_addresses, self.trusted), 1)
        try:
            contact = _contact.validate_json(frames[0])
        except (IndexError, ValueError):
            bare = Contact(kept.id, kept.channel, kept.received_at, Person(email=address(kept.sender)), "", "")
            return unreadable(bare, f"{why or 'Reading it gave no answer that makes sense'}; open the original.")
        return replace(contact, id=kept.id, channel=kept.channel, received_at=kept.received_at)

    def file_of(self, raw: bytes, number: int) -> tuple[Attachment, bytes] | None:
        """The file of that number in a raw mail; None where there is none, or it cannot be taken out."""
        frames, _ = self._ask((raw, number), 2)
        try:
            attachment = _attachment.validate_json(frames[0])
            return (attachment, frames[1]) if attachment else None
        except (IndexError, ValueError):
            return None

    @property
    def pid(self) -> int:
        """The process that reads now; 0 where there is none yet."""
        return self._process.pid if self._process else 0

    def close(self) -> None:
        """End the process; a job that runs is broken off."""
        self._closed = True
        process = self._process
        if process:
            process.kill()
        with self._lock:
            self._end()

    def _ask(self, job: ReadJob | FileJob, frames: int) -> tuple[list[bytes], str]:
        """Let the process do a job: the frames of its answer, or why there are none."""
        with self._lock:
            process = self._running()
            with self._within(self.longest, process) as is_late:
                answer = _exchange(process, pickle.dumps(job), frames)
            self._mails += 1
            late = f"Reading it took longer than {self.longest:g} seconds and was stopped" if is_late() else ""
            if late or len(answer) < frames or self._mails >= MOST_MAILS:
                self._end()
            return answer, late or "Reading it broke the reader"

    def _running(self) -> subprocess.Popen[bytes]:
        """The process, a new one where there is none that lives."""
        if self._closed:
            raise OSError("the reading process was closed")
        if self._process and self._process.poll() is None:
            return self._process
        self._end()
        process = self._process = _start(self.longest)
        self._mails = 0
        assert process.stdout
        with self._within(LONGEST_START, process):
            ready = receive(process.stdout, LARGEST_ANSWER)
        if ready != READY:
            self._end()
            raise OSError("the reading process did not start")
        return process

    @contextmanager
    def _within(self, seconds: float, process: subprocess.Popen[bytes]) -> Iterator[Callable[[], bool]]:
        """Kill the process where this takes longer; what it was asked then ends at once. Yields whether it was so."""
        late: list[bool] = []

        def stop() -> None:
            late.append(True)
            process.kill()

        timer = Timer(seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            yield lambda: bool(late)
        finally:
            timer.cancel()

    def _end(self) -> None:
        process, self._process = self._process, None
        if not process:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        process.wait()


def _start(longest: float) -> subprocess.Popen[bytes]:
    """A new process: none of our environment, as it holds secrets, and nothing that it writes reaches our logs."""
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PATH": os.defpath, "LC_ALL": "C.UTF-8"}
    alarm = str(int(longest) + 5)
    return subprocess.Popen(  # noqa: S603  (our own program)
        [sys.executable, "-m", "channels.reading.worker", alarm],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    )


def _exchange(process: subprocess.Popen[bytes], job: bytes, frames: int) -> list[bytes]:
    """The frames of an answer, as far as they come."""
    assert process.stdin
    assert process.stdout
    answer: list[bytes] = []
    with suppress(OSError):
        write(process.stdin, job)
        while len(answer) < frames and (frame := receive(process.stdout, LARGEST_ANSWER)) is not None:
            answer.append(frame)
    return answer
