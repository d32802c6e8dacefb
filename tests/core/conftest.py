"""For the tests of the plumbing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from redis.asyncio import Redis

from core import jobs, redis_pool
from tests.core import probes
from tests.people import World


@pytest.fixture
async def redis(world: World, redis_url: str) -> AsyncIterator[Redis]:
    client = redis_pool.connect(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
def quiet(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The API's own relay rests, so that each test's is the only one."""

    async def nothing(*_: Any) -> bool:
        return False

    monkeypatch.setattr(jobs._relay, "_send_some", nothing)
    monkeypatch.setattr(jobs, "sweep", nothing)
    probes.done.clear()
    probes.raised.clear()
    yield
    probes.raised.clear()
