"""Every test here leaves no socket behind: what a closing one still writes would meet the next test's clearing up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestClient

from tests.api.realtime.raw import hub_of


@pytest.fixture(autouse=True)
async def _all_gone(client: TestClient) -> AsyncIterator[None]:
    yield
    async with asyncio.timeout(15):
        while hub_of(client)._connected:
            await asyncio.sleep(0.01)
