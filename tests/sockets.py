"""A client of the socket, as an app would be one: commands with replies, pushes in the order they came."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientWebSocketResponse, WSMsgType

from tests.people import Account, World

SECONDS = 10


class Client:
    """One open socket. `pushed` holds every push so far; `closed` is the close code once it is."""

    def __init__(self, connection: ClientWebSocketResponse) -> None:
        self.connection = connection
        self.pushed: list[dict[str, Any]] = []
        self.closed: int | None = None
        self._refs = itertools.count(1)
        self._replies: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._news = asyncio.Condition()
        self.reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self.connection:
            if message.type is not WSMsgType.TEXT:
                break
            frame = json.loads(message.data)
            if frame["event"] == "reply":
                self._replies.pop(frame["ref"]).set_result(frame)
                continue
            async with self._news:
                self.pushed.append(frame)
                self._news.notify_all()
        self.closed = self.connection.close_code
        async with self._news:
            self._news.notify_all()
        for each in self._replies.values():
            each.cancel()

    async def ask(self, event: str, **data: Any) -> dict[str, Any]:
        """Send a command; returns the whole reply."""
        ref = f"r{next(self._refs)}"
        future = self._replies[ref] = asyncio.get_running_loop().create_future()
        await self.connection.send_str(json.dumps({"event": event, "ref": ref, "data": data}))
        return await asyncio.wait_for(future, SECONDS)

    async def do(self, event: str, **data: Any) -> Any:
        """Send a command that is expected to succeed; returns the reply's data."""
        answered = await self.ask(event, **data)
        assert answered["ok"], answered
        return answered["data"]

    async def refused(self, event: str, **data: Any) -> dict[str, Any]:
        """Send a command that is expected to fail; returns the problem."""
        answered = await self.ask(event, **data)
        assert not answered["ok"], answered
        found: dict[str, Any] = answered["error"]
        return found

    async def until(self, event: str, matching: Callable[[Any], bool] = lambda _data: True) -> Any:
        """The data of the first push of this kind that matches, waiting for it."""
        async with asyncio.timeout(SECONDS), self._news:
            while True:
                for frame in self.pushed:
                    if frame["event"] == event and matching(frame.get("data")):
                        return frame["data"]
                assert self.closed is None, f"closed with {self.closed} before {event}"
                await self._news.wait()

    async def until_closed(self) -> int:
        """The code the server closed with."""
        await asyncio.wait_for(asyncio.shield(self.reading), SECONDS)
        assert self.closed is not None
        return self.closed

    def seen(self, event: str) -> list[Any]:
        return [frame["data"] for frame in self.pushed if frame["event"] == event]


def numbered(seq: int) -> Callable[[Any], bool]:
    """Matches the push of one message."""
    return lambda data: bool(data["message"]["seq"] == seq)


@asynccontextmanager
async def connected(world: World, account: Account | None = None, **options: Any) -> AsyncIterator[Client]:
    """A socket, signed in by header where there is an account."""
    headers = {**(account.bearer if account else {}), **options.pop("headers", {})}
    connection = await world.client.ws_connect("/api/realtime", headers=headers, autoping=True, **options)
    client = Client(connection)
    try:
        await client.until("hello")
        yield client
    finally:
        await connection.close()
        await client.reading
