"""Limits: counted by every process for all of them, and by each alone while Redis is away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from core import limits, redis_pool
from core.limits import Limiter
from core.problem import RateLimited
from core.settings import Rate, parse_rate

RATE = Rate(10, 60)


@pytest.fixture
async def nowhere(tmp_path) -> AsyncIterator[Redis]:
    """A Redis that is not there."""
    client = redis_pool.connect(f"unix://{tmp_path}/none.sock")
    yield client
    await client.aclose()


async def _shared(*limiters: Limiter) -> None:
    for _ in range(2):
        for limiter in limiters:
            await limiter._sync([*limiter._windows])


async def test_two_processes_count_together(redis: Redis) -> None:
    here, there = Limiter(redis), Limiter(redis)
    for limiter in (here, there):
        for _ in range(4):
            assert limiter.hit("r", RATE, "k")
    await _shared(here, there)
    standings = [limiter.hit("r", RATE, "k") for limiter in (here, there)]
    assert [(each.allowed, each.remaining) for each in standings if each] == [(True, 1), (True, 1)]
    await _shared(here, there)
    assert [each.allowed for each in (limiter.hit("r", RATE, "k") for limiter in (here, there)) if each] == [False, False]


async def test_an_exact_hit_asks_first(redis: Redis) -> None:
    """Twenty processes, one hit each at the same moment: ten pass."""
    limiters = [Limiter(redis) for _ in range(20)]
    standings = [await limiter.hit_exactly("exact", RATE, "k") for limiter in limiters]
    assert [each.allowed for each in standings if each] == [True] * 10 + [False] * 10
    with pytest.raises(RateLimited) as refused:
        await limiters[0].require("exact", RATE, "k")
    assert 1 <= refused.value.retry_after <= 60


async def test_exact_hits_at_once_let_no_more_than_the_limit_pass(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_PATIENCE_SECONDS", 30)
    limiters = [Limiter(redis) for _ in range(4)]
    standings = await asyncio.gather(*(limiter.hit_exactly("exact", RATE, "k") for limiter in limiters for _ in range(10)))
    assert 1 <= sum(each.allowed for each in standings if each) <= 10


async def test_a_refused_hit_is_not_counted(redis: Redis) -> None:
    limiter = Limiter(redis)
    for _ in range(30):
        limiter.hit("r", RATE, "k")
    await _shared(limiter)
    assert await redis.get("limit:r:k") == b"10"


async def test_a_window_ends_for_all_at_once(redis: Redis) -> None:
    """Who joins late learns when the window began from Redis."""
    here, there = Limiter(redis), Limiter(redis)
    for _ in range(10):
        here.hit("r", RATE, "k")
    await _shared(here)
    await redis.pexpire("limit:r:k", 20_000)
    there.hit("r", RATE, "k")
    await _shared(there)
    standing = there.hit("r", RATE, "k")
    assert standing is not None
    assert not standing.allowed
    assert 15 <= standing.reset <= 20
    await redis.delete("limit:r:k")
    there._windows["r:k"].ends_at = 0
    fresh = there.hit("r", RATE, "k")
    assert fresh is not None
    assert (fresh.allowed, fresh.remaining) == (True, 9)


async def test_a_new_line_to_another_process_begins_no_new_count(redis: Redis) -> None:
    here, there = Limiter(redis), Limiter(redis)
    for _ in range(10):
        await here.hit_informed("r", RATE, "k")
    await _shared(here)
    standing = await there.hit_informed("r", RATE, "k")
    assert standing is not None
    assert not standing.allowed
    assert await there.hit_informed("r", parse_rate("off"), "k") is None


async def test_rules_and_keys_are_counted_apart_and_headers_say_where_one_stands(redis: Redis) -> None:
    limiter = Limiter(redis)
    for rule, key in (("a", "x"), ("a", "y"), ("b", "x")):
        standing = limiter.hit(rule, RATE, key)
        assert standing is not None
        assert standing.headers() == {"RateLimit-Limit": "10", "RateLimit-Remaining": "9", "RateLimit-Reset": "60"}
    assert limiter.hit("a", parse_rate("off"), "x") is None
    assert await limiter.hit_exactly("a", parse_rate("off"), "x") is None
    assert await limiter.require("a", parse_rate("off"), "x") is None


def test_nobody_is_told_to_wait_longer_than_the_period(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Added and taken away again, a minute can be a hair more than a minute."""
    now = next(now for now in (n + 0.1 for n in range(10_000)) if now + 60 - now > 60)
    with monkeypatch.context() as held:
        held.setattr(time, "monotonic", lambda: now)
        standing = Limiter(redis).hit("r", RATE, "k")
    assert standing is not None
    assert standing.reset == 60


async def test_a_refund_is_shared_too(redis: Redis) -> None:
    here, there = Limiter(redis), Limiter(redis)
    for _ in range(10):
        await here.hit_exactly("r", RATE, "k")
    for _ in range(3):
        here.refund("r", "k")
    await _shared(here)
    standing = await there.hit_exactly("r", RATE, "k")
    assert standing is not None
    assert (standing.allowed, standing.remaining) == (True, 2)
    there.refund("never", "hit")


async def test_without_redis_each_counts_alone(nowhere: Redis) -> None:
    limiter = Limiter(nowhere)
    standings = [await limiter.hit_exactly("r", RATE, "k") for _ in range(12)]
    assert [each.allowed for each in standings if each] == [True] * 10 + [False] * 2


async def test_what_was_counted_alone_is_shared_when_redis_is_back(redis: Redis, nowhere: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sharing goes on after a loss, and nothing counted meanwhile is lost."""
    limiter = Limiter(nowhere)
    real, tries = limiter._sync, 0

    async def counted(names: list[str]) -> None:
        nonlocal tries
        tries += 1
        if tries > 1:
            limiter._redis = redis
        await real(names)

    monkeypatch.setattr(limiter, "_sync", counted)
    for _ in range(4):
        limiter.hit("back", RATE, "k")
    task = asyncio.create_task(limiter.run())
    try:
        while not await redis.exists("limit:back:k"):
            await asyncio.sleep(0.01)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert await redis.get("limit:back:k") == b"4"
    assert tries == 2


async def test_the_sharing_outlives_what_it_does_not_know(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    limiter = Limiter(redis)
    real, failures = limiter._sync, 0

    async def failing(names: list[str]) -> None:
        nonlocal failures
        failures += 1
        if failures == 1:
            raise RuntimeError
        await real(names)

    monkeypatch.setattr(limiter, "_sync", failing)
    task = asyncio.create_task(limiter.run())
    try:
        limiter.hit("r", RATE, "first")
        while not failures:
            await asyncio.sleep(0.01)
        limiter.hit("r", RATE, "second")
        while not await redis.exists("limit:r:second"):
            await asyncio.sleep(0.01)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_windows_that_ended_are_forgotten(redis: Redis) -> None:
    limiter = Limiter(redis)
    for n in range(1500):
        limiter.hit("r", RATE, str(n))
        limiter._windows[f"r:{n}"].ends_at = 0 if n else limiter._windows["r:0"].ends_at
    limiter._unsent.clear()
    task = asyncio.create_task(limiter.run())
    while len(limiter._windows) > 1:
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert set(limiter._windows) == {"r:0"}


def test_before_a_process_chose_one_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_limiter", None)
    with pytest.raises(RuntimeError):
        limits.limiter()
