"""One connection: a bounded queue, one writer, and the end of it."""

from __future__ import annotations

import asyncio
import socket as sockets
from collections import deque
from contextlib import suppress
from uuid import UUID

import structlog
from aiohttp import WSMsgType, web

from core import clock
from domain.access import Principal

log = structlog.get_logger(__name__)

# What may wait for a reader, in all: a whole resume fits, and no more is ever held for anybody.
MOST_QUEUED_BYTES = 256 * 1024
# With more than this waiting, nothing further is asked: a reply is then sure to fit, however many commands came at once.
_FULL_BYTES = 32 * 1024
WRITE_SECONDS = 8
CLOSE_SECONDS = 3

UNAUTHENTICATED, FORBIDDEN, TOO_FAST, REPLACED, RESTART, NOT_TEXT = 4001, 4003, 4008, 4010, 1012, 1003


class Socket:
    """An open connection. `push` never waits; whoever does not read what is pushed is cut off, to resume."""

    def __init__(self, connection: web.WebSocketResponse, transport: asyncio.Transport | None, request_id: str) -> None:
        # Ids grow with time: the smallest is the oldest socket.
        self.id: UUID = clock.new_id()
        self.principal: Principal | None = None
        self.request_id = request_id
        # Sessions in which this socket said that its person types.
        self.typing: set[UUID] = set()
        self._connection = connection
        self._transport = transport
        self._waiting: deque[tuple[bytes, WSMsgType]] = deque()
        self._queued = 0
        self._any, self._room = asyncio.Event(), asyncio.Event()
        self._room.set()
        self._closing: int | None = None
        self._expiry: asyncio.TimerHandle | None = None
        if transport is not None:
            # Small buffers below us, so that what is not read is counted here and not hidden there.
            transport.set_write_buffer_limits(high=16 * 1024, low=4 * 1024)
            if (raw := transport.get_extra_info("socket")) is not None and raw.family in (sockets.AF_INET, sockets.AF_INET6):
                with suppress(OSError):
                    raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_SNDBUF, 64 * 1024)

    @property
    def open(self) -> bool:
        return self._closing is None

    @property
    def queued_bytes(self) -> int:
        """What this process holds for the reader: frames that wait, and what the transport could not hand to the kernel."""
        return self._queued + (self._transport.get_write_buffer_size() if self._transport is not None else 0)

    def push(self, frame: bytes, kind: WSMsgType = WSMsgType.TEXT) -> None:
        """Queue a frame; a reader too far behind is cut off."""
        if self._closing is not None:
            return
        if self.queued_bytes + len(frame) > MOST_QUEUED_BYTES:
            log.warning("socket.too_slow", queued=self.queued_bytes)
            self.cut()
            return
        self._queued += len(frame)
        self._waiting.append((frame, kind))
        if self._queued > _FULL_BYTES:
            self._room.clear()
        self._any.set()

    async def room(self) -> None:
        """Wait until most of what was pushed is on its way, or the connection ends."""
        await self._room.wait()

    def close(self, code: int) -> None:
        """Send what waits, then close with this code."""
        if self._closing is None:
            self._closing = code
            self._any.set()
            self._room.set()

    def cut(self) -> None:
        """Close without a word: the other side is not reading."""
        self._closing = self._closing or TOO_FAST
        self._waiting.clear()
        self._queued = 0
        self._any.set()
        self._room.set()
        if self._transport is not None:
            self._transport.abort()

    def signed_in(self, principal: Principal) -> None:
        """From now on this principal's, until their token expires or is renewed."""
        self.principal = principal
        self.forget_expiry()
        seconds = max(0.0, principal.expires_at - clock.now().timestamp())
        self._expiry = asyncio.get_running_loop().call_later(seconds, self.close, UNAUTHENTICATED)

    def forget_expiry(self) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
            self._expiry = None

    async def write(self) -> None:
        """The one writer; runs until the connection ends."""
        try:
            while True:
                await self._any.wait()
                self._any.clear()
                while self._waiting:
                    frame, kind = self._waiting.popleft()
                    # From here on the transport counts it.
                    self._queued -= len(frame)
                    async with asyncio.timeout(WRITE_SECONDS):
                        await self._connection.send_frame(frame, kind)
                    if self._queued <= _FULL_BYTES:
                        self._room.set()
                if self._closing is not None:
                    async with asyncio.timeout(CLOSE_SECONDS):
                        await self._connection.close(code=self._closing)
                    return
        except (TimeoutError, ConnectionError, RuntimeError):
            self.cut()

    async def end(self, writer: asyncio.Task[None]) -> None:
        """Let the writer finish, and leave no connection behind whose other side has stopped reading."""
        self.forget_expiry()
        self.close(1000)
        _, unfinished = await asyncio.wait([writer], timeout=CLOSE_SECONDS + 2)
        if unfinished:
            writer.cancel()
            self.cut()
        elif self._transport is not None:
            # What it wrote last may still wait below.
            asyncio.get_running_loop().call_later(CLOSE_SECONDS, self._transport.abort)
