"""The virus scanner: ClamAV's clamd, spoken to by its INSTREAM command (clamd(8)); the file itself is never on a disk.

Our own few lines, because the library that there is takes no UNIX socket, hands over 1 KB at a time through a thread,
and loses clamd's answer where that comes before the whole file is sent.
"""

import asyncio
import struct
from dataclasses import dataclass

from intake.files import FileState, Verdict

SECONDS = 120.0
"""For one file from connecting to the answer."""

PIECE = 64 * 1024

LONGEST_ANSWER = 4096
LONGEST_LINE = 200


@dataclass(frozen=True)
class Clamd:
    """intake.ports.Scanner over clamd at ``host`` and ``port``, or at a UNIX socket's ``path`` where that is set."""

    host: str = ""
    port: int = 0
    path: str = ""
    seconds: float = SECONDS

    async def scan(self, data: bytes) -> Verdict:
        """Clean or infected; waiting, with why, where clamd did not say either."""
        try:
            async with asyncio.timeout(self.seconds):
                return _verdict(await self._answer(data))
        except TimeoutError:
            return Verdict(FileState.WAITING, f"The scanner did not answer within {self.seconds:.0f} seconds")
        except (OSError, EOFError, asyncio.LimitOverrunError) as error:
            return Verdict(FileState.WAITING, f"The scanner cannot be reached, or hung up ({type(error).__name__})")

    async def _answer(self, data: bytes) -> str:
        reader, writer = await self._connect()
        sending = asyncio.create_task(_send(writer, data))
        try:
            answer = await reader.readuntil(b"\0")
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            writer.transport.abort()
        return answer[:-1].decode("utf-8", "replace")

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.path:
            return await asyncio.open_unix_connection(self.path, limit=LONGEST_ANSWER)
        return await asyncio.open_connection(self.host, self.port, limit=LONGEST_ANSWER)


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    """The file in pieces, each after its length; a length of nought ends it. clamd may answer and hang up before."""
    writer.write(b"zINSTREAM\0")
    view = memoryview(data)
    for start in range(0, len(view), PIECE):
        piece = view[start : start + PIECE]
        writer.write(struct.pack("!L", len(piece)))
        writer.write(piece)
        await writer.drain()
    writer.write(struct.pack("!L", 0))
    await writer.drain()


def _verdict(answer: str) -> Verdict:
    """What "stream: OK" and "stream: Name FOUND" mean; all else is no verdict."""
    said = "".join(sign for sign in answer.removeprefix("stream:") if sign.isprintable()).strip()
    if said == "OK":
        return Verdict(FileState.CLEAN)
    if said.endswith(" FOUND"):
        return Verdict(FileState.INFECTED, said.removesuffix(" FOUND")[:LONGEST_LINE])
    if said.startswith("INSTREAM size limit exceeded"):
        return Verdict(FileState.WAITING, "It is larger than the scanner takes (StreamMaxLength in clamd.conf)")
    return Verdict(FileState.WAITING, f"The scanner said: {said[:LONGEST_LINE]}")
