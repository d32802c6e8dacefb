"""A network line to the server that can be cut, as one in the real world: connections break, new ones are refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Line:
    """Listens on a port of its own and passes everything on to another."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._there = self._back = True
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def mend(self) -> None:
        self._there = self._back = True
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def mute(self) -> None:
        """What is sent arrives; no answer comes back any more."""
        self._back = False

    def die(self) -> None:
        """Nothing arrives on either side, and nobody is told."""
        self._there = self._back = False

    async def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, here = await asyncio.open_connection("127.0.0.1", self._to)
        ends = {writer, here}
        self._writers |= ends
        try:
            await asyncio.gather(self._pass(reader, here, back=False), self._pass(there, writer, back=True))
        finally:
            self._writers -= ends
            for end in ends:
                end.transport.abort()

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, back: bool) -> None:
        with suppress(OSError):
            while sent := await source.read(65536):
                if not (self._back if back else self._there):
                    continue
                target.write(sent)
                await target.drain()
        target.close()


@asynccontextmanager
async def line_to(port: int) -> AsyncIterator[Line]:
    line = Line(port)
    await line.mend()
    try:
        yield line
    finally:
        await line.cut()
