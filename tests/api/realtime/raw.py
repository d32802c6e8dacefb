"""The socket frame by frame, for what no well-behaved client would send; and the server's side of it."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import socket as sockets
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from aiohttp.test_utils import TestClient

from api.app_keys import HUB
from api.realtime.hub import Hub
from api.realtime.socket import Socket
from tests.people import Account, World

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
SECONDS = 10


def hub_of(client: TestClient) -> Hub:
    found: Hub = client.server.app[HUB]  # type: ignore[attr-defined]
    return found


def sockets_of(world: World, account: Account) -> list[Socket]:
    """A principal's open sockets as the server has them, oldest first."""
    return list(hub_of(world.client)._sockets.get(UUID(account.id), ()))


class Raw:
    """A connection on which frames are written as they are given."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def put(self, kind: int, payload: bytes = b"", *, fin: bool = True, rsv: int = 0) -> None:
        """Write one frame; `kind` 0 continues a message, `rsv` are the three reserved bits."""
        first = (0x80 if fin else 0) | rsv << 4 | kind
        size = len(payload)
        head = bytes([first, 0x80 | size]) if size < 126 else struct.pack("!BBH", first, 0x80 | 126, size) if size < 65536 else struct.pack("!BBQ", first, 0x80 | 127, size)
        mask = os.urandom(4)
        masked = bytes(each ^ mask[index % 4] for index, each in enumerate(payload))
        self.writer.write(head + mask + masked)

    def say(self, event: str, ref: str | None = None, **data: Any) -> None:
        self.put(TEXT, json.dumps({"event": event, "data": data, **({"ref": ref} if ref else {})}).encode())

    async def frame(self) -> tuple[int, bytes]:
        """The next frame of the server."""
        async with asyncio.timeout(SECONDS):
            first, second = await self.reader.readexactly(2)
            size = second & 0x7F
            if size == 126:
                (size,) = struct.unpack("!H", await self.reader.readexactly(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
            return first & 0x0F, await self.reader.readexactly(size)

    async def heard(self) -> Any:
        """The next text frame, read."""
        kind, payload = await self.frame()
        assert kind == TEXT, (kind, payload)
        return json.loads(payload)

    async def until_closed(self) -> int:
        """The code of the server's close frame; 1006 when the connection ends without one."""
        try:
            while True:
                kind, payload = await self.frame()
                if kind == CLOSE:
                    return int.from_bytes(payload[:2])
        except (asyncio.IncompleteReadError, ConnectionError):
            return 1006


@asynccontextmanager
async def raw(world: World, account: Account | None = None, *, buffer: int = 2**16) -> AsyncIterator[Raw]:
    """A socket after its `hello`; with a small `buffer`, in the kernel and here, whoever does not read soon has all they can hold."""
    connection = sockets.socket(sockets.AF_INET)
    connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, buffer)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, (world.client.server.host, world.client.server.port))
    reader, writer = await asyncio.open_connection(sock=connection, limit=buffer)
    lines = [
        "GET /api/realtime HTTP/1.1", f"Host: {world.client.server.host}", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}", *([f"Authorization: {account.bearer['Authorization']}"] if account else []),
    ]  # fmt: skip
    writer.write("\r\n".join([*lines, "", ""]).encode())
    try:
        async with asyncio.timeout(SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 "), head
        opened = Raw(reader, writer)
        assert (await opened.heard())["event"] == "hello"
        yield opened
    finally:
        writer.transport.abort()
