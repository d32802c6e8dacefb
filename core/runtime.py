"""What every process of the system has open while it runs: database, keys, Redis, relay, mail, files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from core import broker, db, events, jobs, keys, limits, mail, passwords, redis_pool, storage, telemetry
from core.settings import Settings, development_secrets


@dataclass
class Runtime:
    settings: Settings
    redis: Redis
    broker: broker.DramatiqBroker
    listener: events.Listener


_runtime: Runtime | None = None


def settings() -> Settings:
    """The settings this process runs with. Raises RuntimeError outside `running`."""
    if _runtime is None:
        raise RuntimeError("core.runtime.running() is not open")
    return _runtime.settings


def ring_for(chosen: Settings) -> keys.KeyRing:
    """The master secrets: from SECRET_KEYS, or the home's own outside production."""
    if chosen.secret_keys:
        return keys.KeyRing(lambda: chosen.secret_keys)
    return keys.KeyRing(lambda: development_secrets(chosen))


@asynccontextmanager
async def running(chosen: Settings, process: str, *, background: bool = True) -> AsyncIterator[Runtime]:
    """Open everything, in order, and close it in reverse. Raises SettingsError for what is not set.

    `background`: run the relay, the publisher and the limiter's sharing; a short command needs none of them,
    since other processes' relays find its jobs.
    """
    global _runtime  # noqa: PLW0603 (one runtime a process)
    telemetry.set_up(chosen, process)
    async with AsyncExitStack() as stack:
        await db.open_database(chosen.database(), pool=chosen.database_pool)
        stack.push_async_callback(db.close_database)
        opened = keys.Keys(ring_for(chosen))
        await opened.load_system()
        keys.use(opened)
        hasher = passwords.PasswordHasher(chosen.bcrypt_rounds)
        stack.callback(hasher.close)
        passwords.use(hasher)
        mail.use(mail.mailer_for(chosen))
        files = storage.storage_for(chosen)
        storage.use(files)
        stack.push_async_callback(files.close)
        redis = redis_pool.connect(chosen.redis())
        stack.push_async_callback(redis.aclose)
        limiter = limits.Limiter(redis)
        limits.use(limiter)
        carrier = broker.DramatiqBroker(broker.open_broker(chosen))
        stack.callback(carrier.close)
        listener = events.Listener(chosen.redis())
        if background:
            relay, publisher = jobs.Relay(carrier), events.Publisher(redis)
            jobs.use(relay)
            stack.callback(jobs.use, None)
            events.use(publisher)
            stack.callback(events.use, None)
            for work in (relay.run(), publisher.run(), limiter.run()):
                await stack.enter_async_context(in_background(work))
        _runtime = Runtime(chosen, redis, carrier, listener)
        yield _runtime
        _runtime = None


@asynccontextmanager
async def in_background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run a coroutine for as long as the block lasts."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
