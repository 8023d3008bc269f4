"""A network between a browser and a server that can fall silent: nothing is closed, and nothing arrives any more."""

import asyncio
from contextlib import suppress

from tests.living_house import free_port


class SilentRelay:
    """Hands octets on until it is told to be silent."""

    def __init__(self, to: int) -> None:
        self.to, self.port = to, free_port()
        self.silent, self.silent_streams = False, False
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)

    async def stop(self) -> None:
        """Close everything."""
        assert self._server is not None
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.to)
        carries: set[str] = set()
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._hand_on(source, sink, carries))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _hand_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, carries: set[str]) -> None:
        with suppress(OSError):
            while octets := await source.read(65536):
                if b"GET /chat/events" in octets:
                    carries.add("a stream")
                if self.silent or (self.silent_streams and carries):
                    await asyncio.Event().wait()
                sink.write(octets)
                await sink.drain()
            sink.close()
