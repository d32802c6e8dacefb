"""Events: "look" from one process to all others, over Redis. They carry ids, never text.

An event may be lost with Redis; whoever listens also reads the database on a timer or after a reconnect,
so a lost event delays and never loses. Declare one as a Struct and listen with a plain function:

    class SessionsRevoked(Event): ids: list[UUID]

    publish(SessionsRevoked(ids=[...]))           # told to the others after COMMIT
    listener.on(SessionsRevoked, revocations.refresh)
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

import msgspec
import structlog
from redis.asyncio import Redis

from core import db, redis_pool, telemetry

log = structlog.get_logger(__name__)

_CHANNEL = "mentalspace:events"
_MOST_WAITING = 10_000


class Event(msgspec.Struct, kw_only=True):
    """A declared event; its fields are ids and small facts."""


class _Envelope(msgspec.Struct, frozen=True):
    name: str
    body: msgspec.Raw


E = TypeVar("E", bound=Event)


class Publisher:
    """Sends what was published since the last round in one pipeline; nobody waits for Redis."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting: list[bytes] = []
        self._any = asyncio.Event()

    def send(self, event: Event) -> None:
        if len(self._waiting) < _MOST_WAITING:
            body = msgspec.Raw(msgspec.json.encode(event))
            self._waiting.append(msgspec.json.encode(_Envelope(type(event).__name__, body)))
            self._any.set()

    async def run(self) -> None:
        """Runs until cancelled; drops what cannot be sent, since listeners heal from the database."""
        while True:
            await self._any.wait()
            self._any.clear()
            batch, self._waiting = self._waiting, []
            try:
                pipeline = self._redis.pipeline(transaction=False)
                for each in batch:
                    pipeline.publish(_CHANNEL, each)
                await pipeline.execute()
            except redis_pool.LOST as error:
                log.warning("events.dropped", count=len(batch), error=type(error).__name__)


class Listener:
    """Hears the events of all processes. `on_reconnect` functions run at every (re)connection, to catch up."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._handlers: dict[str, list[tuple[type[Event], Callable[[Any], Awaitable[None]]]]] = defaultdict(list)
        self.on_reconnect: list[Callable[[], Awaitable[None]]] = []

    def on(self, declared: type[E], handler: Callable[[E], Awaitable[None]]) -> None:
        self._handlers[declared.__name__].append((declared, handler))

    async def run(self) -> None:
        """Runs until cancelled; one bad event is logged and passed over, a lost Redis is tried again."""
        wait = 0.1
        while True:
            redis = redis_pool.connect_listener(self._url)
            try:
                async with redis.pubsub() as subscription:
                    await subscription.subscribe(_CHANNEL)
                    for catch_up in self.on_reconnect:
                        await catch_up()
                    wait = 0.1
                    while True:
                        message = await subscription.get_message(ignore_subscribe_messages=True, timeout=30)
                        if message is not None:
                            await self._hear(message["data"])
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 (the listener survives anything and reconnects)
                log.warning("events.reconnecting", error=type(error).__name__, seconds=wait)
                await asyncio.sleep(wait)
                wait = min(wait * 2, 2.0)
            finally:
                with suppress(*redis_pool.LOST):
                    await redis.aclose()

    async def _hear(self, data: bytes) -> None:
        try:
            envelope = msgspec.json.decode(data, type=_Envelope)
            for declared, handler in self._handlers.get(envelope.name, ()):
                await handler(msgspec.json.decode(envelope.body, type=declared))
        except Exception as error:  # noqa: BLE001 (see run)
            log.error("event.failed", **telemetry.without_text(error))


def publish(event: Event) -> None:
    """Tell all processes once the open transaction is committed; at once when there is none."""
    publisher = _publisher
    if publisher is not None:
        db.after_commit(lambda: publisher.send(event))


_publisher: Publisher | None = None


def use(publisher: Publisher | None) -> None:
    global _publisher  # noqa: PLW0603 (one publisher a process)
    _publisher = publisher
