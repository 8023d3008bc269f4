"""The process in which mails are read (``python -m channels.reading.worker``): one job after another, within limits.

A job comes on standard input, its answer goes out on what was standard output: frames of a length (eight octets) and
octets. It holds no secret and opens nothing; its parent may kill it at any moment.
"""

import json
import os
import pickle
import signal
import struct
import sys
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import IO

from channels.email_parser import read
from channels.reading.files import file_of
from intake.contact import Kept

MEMORY = 1 << 30
"""Octets of address space."""

READY = b"ready"
LENGTH = struct.Struct(">Q")

ReadJob = tuple[Kept, frozenset[str], frozenset[str]]
FileJob = tuple[bytes, int]


def main() -> None:
    """Answer jobs until the parent closes the pipe."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    limit(MEMORY)
    longest = int(sys.argv[1])
    write(answers, READY)
    while (job := receive(sys.stdin.buffer)) is not None:
        signal.alarm(longest)
        for frame in _answer(pickle.loads(job)):  # noqa: S301  (our own parent writes it)
            write(answers, frame)
        signal.alarm(0)


def write(pipe: IO[bytes], octets: bytes) -> None:
    """Send one frame."""
    pipe.write(LENGTH.pack(len(octets)))
    pipe.write(octets)
    pipe.flush()


def receive(pipe: IO[bytes], most: int = 1 << 31) -> bytes | None:
    """Take one frame of at most that many octets; None where the other side is gone, or breaks off."""
    head = pipe.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    octets = pipe.read(length) if length <= most else b""
    return octets if len(octets) == length else None


def limit(memory: int) -> None:
    """Bound the address space of this process, where the system knows such a bound."""
    try:
        import resource
    except ImportError:
        return
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def _answer(job: ReadJob | FileJob) -> tuple[bytes, ...]:
    """A contact as JSON; or a file's description as JSON and its octets (``null`` and none: there is no such file)."""
    if isinstance(job[0], Kept):
        return (_json(asdict(read(*job))),)
    found = file_of(*job)
    return (_json(asdict(found[0]) if found else None), found[1] if found else b"")


def _json(answer: dict[str, object] | None) -> bytes:
    return json.dumps(answer, default=datetime.isoformat).encode()


if __name__ == "__main__":
    main()
