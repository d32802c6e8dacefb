from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.browser.cdp import PROGRAM, Browser, browser
from tests.browser.people import House, working
from tests.people import World


@pytest.fixture(scope="session")
async def chromium(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    if PROGRAM is None:
        # Only root can install it; `make test` does so, and says when it cannot.
        pytest.skip("no Chromium here: apt-get install chromium-headless-shell")
    async with browser(tmp_path_factory.mktemp("chromium")) as found:
        yield found


@pytest.fixture
async def house(chromium: Browser, world: World) -> AsyncIterator[House]:
    """The system with its workers; at the end no page may have met an error."""
    found = House(world, chromium)
    async with working():
        yield found
        faults = await found.leave()
    assert faults == []
