"""Events: told after the commit, heard by all, whatever breaks on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from redis.asyncio import Redis

from core import clock, db, events, redis_pool
from core.events import Event, Listener, Publisher, publish
from core.runtime import in_background
from tests.people import World


class ProbeHappened(Event):
    subject: UUID
    number: int = 0


class ProbeIgnored(Event):
    number: int = 0


class Heard:
    """Collects what a listener hears about one subject; other tests' events pass by."""

    def __init__(self) -> None:
        self.subject = clock.new_id()
        self.numbers: list[int] = []
        self.connections = 0
        self._any = asyncio.Condition()

    async def happened(self, event: ProbeHappened) -> None:
        if event.subject == self.subject:
            if event.number < 0:
                raise RuntimeError("canary")
            async with self._any:
                self.numbers.append(event.number)
                self._any.notify_all()

    async def connected(self) -> None:
        async with self._any:
            self.connections += 1
            self._any.notify_all()

    async def until(self, done: Any) -> None:
        async with asyncio.timeout(10), self._any:
            await self._any.wait_for(lambda: done(self))


@asynccontextmanager
async def _listening(url: str) -> AsyncIterator[Heard]:
    heard, listener = Heard(), Listener(url)
    listener.on(ProbeHappened, heard.happened)
    listener.on_reconnect.append(heard.connected)
    async with in_background(listener.run()):
        await heard.until(lambda heard: heard.connections == 1)
        yield heard


async def _send(redis: Redis, raw: bytes) -> None:
    await redis.publish(events._CHANNEL, raw)


async def test_an_event_reaches_every_listener_in_order(redis: Redis, redis_url: str) -> None:
    async with _listening(redis_url) as one, _listening(redis_url) as two, in_background((publisher := Publisher(redis)).run()):
        two.subject = one.subject
        for number in range(100):
            publisher.send(ProbeHappened(subject=one.subject, number=number))
        for heard in (one, two):
            await heard.until(lambda heard: len(heard.numbers) >= 100)
            assert heard.numbers == list(range(100))


async def test_published_in_a_transaction_it_waits_for_the_commit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    assert events._publisher is not None
    monkeypatch.setattr(events._publisher, "send", sent.append)
    subject = clock.new_id()
    with pytest.raises(ZeroDivisionError):
        async with db.transaction():
            publish(ProbeHappened(subject=subject))
            raise ZeroDivisionError
    async with db.transaction():
        publish(ProbeHappened(subject=subject, number=1))
        async with db.transaction():
            publish(ProbeHappened(subject=subject, number=2))
        assert sent == []
    publish(ProbeHappened(subject=subject, number=3))
    assert [event.number for event in sent] == [1, 2, 3]


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"{",
        b"null",
        b"\xff",
        b'{"name":"ProbeHappened"}',
        b'{"name":"ProbeHappened","body":{}}',
        b'{"name":"ProbeHappened","body":{"subject":"x"}}',
        b'{"name":"Nobody","body":{}}',
        b"[" * 10_000,
    ],
)
async def test_a_bad_event_is_passed_over(redis: Redis, redis_url: str, bad: bytes) -> None:
    async with _listening(redis_url) as heard, in_background((publisher := Publisher(redis)).run()):
        await _send(redis, bad)
        publisher.send(ProbeHappened(subject=heard.subject, number=7))
        await heard.until(lambda heard: heard.numbers)
        assert (heard.numbers, heard.connections) == ([7], 1)


async def test_a_handler_that_fails_does_not_end_the_listening(redis: Redis, redis_url: str, caplog: pytest.LogCaptureFixture) -> None:
    async with _listening(redis_url) as heard, in_background((publisher := Publisher(redis)).run()):
        for number in (-1, 5):
            publisher.send(ProbeHappened(subject=heard.subject, number=number))
        await heard.until(lambda heard: heard.numbers)
        assert (heard.numbers, heard.connections) == ([5], 1)
    assert "canary" not in caplog.text


async def test_a_killed_connection_is_made_again_and_catches_up(redis: Redis, redis_url: str) -> None:
    async with _listening(redis_url) as heard, in_background((publisher := Publisher(redis)).run()):
        database = redis.connection_pool.connection_kwargs["db"]
        for each in await redis.client_list(_type="pubsub"):
            if int(each["db"]) == database:
                await redis.client_kill_filter(_id=each["id"])
        await heard.until(lambda heard: heard.connections == 2)
        publisher.send(ProbeHappened(subject=heard.subject, number=9))
        await heard.until(lambda heard: heard.numbers)
        assert heard.numbers == [9]


async def test_a_failing_catch_up_is_tried_again(redis_url: str, world: World) -> None:
    listener, tries = Listener(redis_url), 0
    caught_up = asyncio.Event()

    async def catch_up() -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise RuntimeError
        caught_up.set()

    listener.on_reconnect.append(catch_up)
    async with in_background(listener.run()), asyncio.timeout(10):
        await caught_up.wait()
    assert tries == 2


async def test_without_redis_nobody_waits_and_memory_is_bounded(world: World, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_MOST_WAITING", 5)
    nowhere = redis_pool.connect(f"unix://{tmp_path}/none.sock")
    publisher = Publisher(nowhere)
    for number in range(50):
        publisher.send(ProbeIgnored(number=number))
    assert len(publisher._waiting) == 5
    async with in_background(publisher.run()):
        while publisher._waiting:
            await asyncio.sleep(0.005)
        publisher.send(ProbeIgnored())
        while publisher._waiting:
            await asyncio.sleep(0.005)
    await nowhere.aclose()
