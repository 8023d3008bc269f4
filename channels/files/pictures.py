"""Pictures for the eyes of officers: a resident's photo made anew, in a process with limits, and nothing else of it."""

import asyncio
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from channels.files.picture_process import REFUSED

SECONDS = 10.0
"""For one picture, from start to end."""

LARGEST = 8_000_000
"""Octets of a picture made anew: a JPEG of 1,600 by 1,600 has fewer."""

PIECE = 1_000_000

AT_ONCE = 2
"""Pictures made at the same time: each may take 512 MB."""

_PROGRAM = Path(__file__).with_name("picture_process.py")


@dataclass(frozen=True)
class Preview:
    """A picture made anew, or why it is not shown (empty where it is)."""

    jpeg: bytes = b""
    refused: str = ""


class Pictures:
    """Makes pictures anew, a few at a time."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._free = asyncio.Semaphore(AT_ONCE)

    async def preview(self, data: bytes) -> Preview:
        """The picture as a JPEG without metadata. Never raises because of what is in it."""
        async with self._free:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                str(_PROGRAM),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={},
            )
            try:
                async with asyncio.timeout(self._seconds):
                    out = await _asked(process, data)
                    await process.wait()
            except TimeoutError:
                return Preview(refused="It takes too long to open")
            finally:
                await _end(process)
        return _preview(process.returncode, out)


async def _asked(process: asyncio.subprocess.Process, data: bytes) -> bytes:
    """What it answers, no more of it than is wanted: it may have been taken over."""
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(ConnectionError):
        process.stdin.write(data)
        await process.stdin.drain()
    process.stdin.close()
    out = b""
    while len(out) <= LARGEST and (piece := await process.stdout.read(PIECE)):
        out += piece
    return out


async def _end(process: asyncio.subprocess.Process) -> None:
    """Nothing runs on, whatever happened to whoever waited for it."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _preview(ended: int | None, out: bytes) -> Preview:
    if ended == 0 and out.startswith(b"\xff\xd8") and len(out) <= LARGEST:
        return Preview(out)
    if ended == REFUSED:
        return Preview(refused=out.decode("utf-8", "replace")[:200])
    return Preview(refused="It takes too much to open")
