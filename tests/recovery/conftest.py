from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system import System


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One for all that need no other: a start is many processes."""
    found = System(tmp_path_factory.mktemp("kills") / "home", settings={"WEB_CONCURRENCY": "2"})
    found.home.parent.chmod(0o755)
    found.start()
    yield found
    if found.tree:
        found.stop()
