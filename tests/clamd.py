"""clamd for the tests: the real one with a signature file of our own, and one of ours that misbehaves as it is told."""

import asyncio
import hashlib
import shutil
import struct
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + rb"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The test file that every scanner knows. Written in two parts, so that none finds it here."""

PATIENCE = 30.0

_CONF = """
DatabaseDirectory {folder}/signatures
LocalSocket {folder}/clamd.sock
TCPSocket {port}
TCPAddr 127.0.0.1
StreamMaxLength {most}
TemporaryDirectory {folder}
LogFile {folder}/clamd.log
Foreground yes
ConcurrentDatabaseReload no
"""


@contextmanager
def real_clamd(folder: Path, port: int, most: str = "1M") -> Iterator[Path]:
    """ClamAV's own daemon, which knows the EICAR file by its MD5 alone; the value is its socket's path."""
    program = shutil.which("clamd")
    if program is None:
        pytest.skip("clamd is not installed (Debian: clamav-daemon)")
    (folder / "signatures").mkdir(parents=True)
    digest = hashlib.md5(EICAR, usedforsecurity=False).hexdigest()
    (folder / "signatures/own.hdb").write_text(f"{digest}:{len(EICAR)}:Eicar-Test-Signature\n")
    conf = folder / "clamd.conf"
    conf.write_text(_CONF.format(folder=folder, port=port, most=most))
    running = subprocess.Popen(
        [program, "--config-file", str(conf)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(folder / "clamd.sock", running, folder / "clamd.log")
        yield folder / "clamd.sock"
    finally:
        running.terminate()
        running.wait(PATIENCE)


def _wait_for(socket: Path, running: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not socket.exists():
        if running.poll() is not None or time.monotonic() > end:
            raise AssertionError(log.read_text() if log.exists() else "clamd did not start")
        time.sleep(0.05)


@dataclass
class OwnClamd:
    """Speaks INSTREAM as clamd(8) has it, and finds EICAR. ``fault`` makes it behave as a sick one does."""

    port: int = 0
    fault: str = ""
    most: int = 1_000_000
    scanned: list[int] = field(default_factory=list)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: a command, pieces after their lengths, an answer."""
        try:
            if self.fault == "drops at once":
                return
            assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
            if self.fault == "drops amid the file":
                await reader.readexactly(4)
                return
            answer = await self._look(reader)
            if self.fault == "never answers":
                await reader.read()
            writer.write(answer)
            await writer.drain()
        finally:
            writer.close()

    async def _look(self, reader: asyncio.StreamReader) -> bytes:
        data = b""
        while size := struct.unpack("!L", await reader.readexactly(4))[0]:
            if len(data) + size > self.most:
                return b"INSTREAM size limit exceeded. ERROR\0"
            data += await reader.readexactly(size)
        self.scanned.append(len(data))
        answers = {
            "ends without an answer": b"",
            "answers nonsense": b"\xff\r\nSet-Cookie: x" + b"y" * 300 + b"\0",
            "never stops answering": b"a" * 1_000_000,
            "has no memory": b"stream: Can't allocate memory ERROR\0",
        }
        found = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in data else b"stream: OK\0"
        return answers.get(self.fault, found)


@asynccontextmanager
async def own_clamd(fault: str = "") -> AsyncIterator[OwnClamd]:
    """It listens on a free port until the block ends."""
    own = OwnClamd(fault=fault)
    server = await asyncio.start_server(own.talk, "127.0.0.1", 0)
    own.port = server.sockets[0].getsockname()[1]
    try:
        yield own
    finally:
        server.close()
        await server.wait_closed()
