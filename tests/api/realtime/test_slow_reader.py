"""Whoever stops reading is held to a bound and then cut off; nobody else waits for them."""

from __future__ import annotations

import asyncio
import time
from uuid import UUID

import pytest

from api.realtime import socket as sockets
from domain.chat import messages
from tests.api.realtime.raw import PING, raw, sockets_of
from tests.chats import principal, talk
from tests.people import World
from tests.sockets import connected, numbered

pytestmark = pytest.mark.usefixtures("unlimited")

MOST = 256 * 1024


async def until_gone(world: World, account: object, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while sockets_of(world, account):  # type: ignore[arg-type]
            await asyncio.sleep(0.02)


async def test_a_flood_for_one_who_does_not_read(world: World) -> None:
    person, counselor, session = await talk(world)
    async with raw(world, person, buffer=4096) as stuck, connected(world, counselor) as theirs:
        stuck.say("chat:join", sessionId=session)
        await theirs.do("chat:join", sessionId=session)
        [socket] = sockets_of(world, person)
        held, began, sent_so_far = 0, 0.0, 0
        while sent_so_far < 150 and socket.open:
            sent_so_far += 1
            sent, _ = await messages.send(principal(counselor), UUID(session), "x" * 8_000)
            held = max(held, socket.queued_bytes)
            began = began or (time.monotonic() if socket.queued_bytes else 0.0)
            # The other follower has each one before the next is written.
            await theirs.until("chat:message", numbered(sent.message.seq))
            theirs.pushed.clear()
        assert MOST // 2 < held <= MOST
        assert sent_so_far < 150
        await until_gone(world, person, 10 - (time.monotonic() - began))


async def test_a_little_that_is_never_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Less than the bound waits: the clock ends it."""
    assert sockets.WRITE_SECONDS < 10
    monkeypatch.setattr(sockets, "WRITE_SECONDS", 0.5)
    person, counselor, session = await talk(world)
    async with raw(world, person, buffer=4096) as stuck:
        stuck.say("chat:join", sessionId=session)
        [socket] = sockets_of(world, person)
        while socket.queued_bytes < 64 * 1024 and socket.open:
            await asyncio.gather(*(messages.send(principal(counselor), UUID(session), "x" * 8_000) for _ in range(2)))
            await asyncio.sleep(0.02)
        await until_gone(world, person, 10)


async def test_one_who_asks_and_does_not_read_is_not_listened_to(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither answers nor pongs pile up, however many commands and pings are sent: they wait unread."""
    monkeypatch.setattr(sockets, "WRITE_SECONDS", 1)
    person, counselor, session = await talk(world)
    await asyncio.gather(*(messages.send(principal(counselor), UUID(session), "x" * 8_000) for _ in range(20)))
    async with raw(world, person, buffer=4096) as stuck:
        [socket] = sockets_of(world, person)
        for _ in range(40):
            stuck.say("chat:join", "again", sessionId=session, afterSeq=0)
            stuck.put(PING, b"x" * 125)
        held = 0
        async with asyncio.timeout(10):
            while sockets_of(world, person):
                held = max(held, socket.queued_bytes)
                await asyncio.sleep(0.005)
        assert 0 < held <= MOST


async def test_many_large_answers_at_once_are_all_read(world: World) -> None:
    """A reader who is slow, and does read, gets everything they asked for, though all of it together is far over the bound."""
    person, counselor, session = await talk(world)
    await asyncio.gather(*(messages.send(principal(counselor), UUID(session), "x" * 8_000) for _ in range(20)))
    async with raw(world, person, buffer=4096) as slow:
        [socket] = sockets_of(world, person)
        for n in range(12):
            slow.say("chat:join", f"{n}", sessionId=session, afterSeq=0)
        async with asyncio.timeout(10):
            while not socket.queued_bytes:
                await asyncio.sleep(0.01)
        # Time enough for all twelve to be done, were they not made to wait.
        await asyncio.sleep(1)
        refs: list[tuple[str, int]] = []
        while len(refs) < 12:
            frame = await slow.heard()
            if frame["event"] == "reply":
                refs.append((frame["ref"], len(frame["data"]["messages"])))
        assert refs == [(f"{n}", 21) for n in range(12)]
