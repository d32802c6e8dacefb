"""Requests byte by byte, for what no well-behaved client would send."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from tests.people import World


@dataclass
class Heard:
    """The first response on a raw connection; status 0 when the server closed it without one."""

    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


async def wire(world: World, *pieces: bytes, seconds: float = 5) -> Heard:
    """Write the pieces, one after the other, to a fresh connection and read one response."""
    reader, writer = await asyncio.open_connection(world.client.server.host, world.client.server.port)
    try:
        async with asyncio.timeout(seconds):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            return await _response(reader)
    finally:
        writer.close()


async def _response(reader: asyncio.StreamReader) -> Heard:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return Heard(0, {}, b"")
    headers = {name.title(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    raw = await reader.readexactly(int(headers.get("Content-Length", 0)))
    return Heard(int(head[0].split()[1]), headers, raw)


def request(method: str, target: str, *lines: str, body: bytes = b"") -> bytes:
    """An HTTP/1.1 request to this host that asks for the connection to be closed; `lines` are further header lines."""
    head = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *lines]
    if body:
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body
