"""One real PostgreSQL and one real Redis a run; a database of its own for each parallel process, emptied before each test."""

from __future__ import annotations

import gc
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import AppRunner

from api.app import build, runner
from core import db, limits, migrations
from core.embedded import Embedded
from core.settings import Settings, parse_rate
from domain import catalog
from tests.people import World
from tests.settings import configure

# Numerical libraries start a thread a core, and spin while they wait: several test processes would only be in each other's way. Read as they are loaded.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Kept between tests: what the migrations, the catalogue and the first start put there.
_KEPT = {"aerich", "achievements", "programs", "program_modules", "system_keys", "signing_keys"}

_servers: Embedded | None = None


def pytest_configure(config: pytest.Config) -> None:
    """The controlling process starts the servers; xdist's processes find them in the environment."""
    # A shell that starts something in the background has it ignore Ctrl-C, and so what the tests start: some of them press it.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    global _servers  # noqa: PLW0603
    if hasattr(config, "workerinput") or config.option.collectonly or "MENTALSPACE_TEST_DATABASE" in os.environ:
        return
    home = Path(tempfile.mkdtemp(prefix="mentalspace-tests-"))
    home.chmod(0o755)
    _servers = Embedded(home, for_tests=True, say=lambda _text: None)
    _servers.start()
    os.environ["MENTALSPACE_TEST_DATABASE"] = _servers.database_url
    os.environ["MENTALSPACE_TEST_REDIS"] = _servers.redis_url


def pytest_unconfigure(config: pytest.Config) -> None:
    global _servers  # noqa: PLW0603
    if _servers is None or hasattr(config, "workerinput"):
        return
    home = _servers.home
    _servers.stop()
    _servers = None
    import shutil

    shutil.rmtree(home, ignore_errors=True)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A megabyte is no name: it would go from process to process, and into the environment of whatever is started."""
    return f"{argname} of {len(val)}" if isinstance(val, str | bytes) and len(val) > 100 else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Tests and all that they import stay: looking through them for garbage, again and again, is a sixth of collecting them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What mostly waits first, so that it is not waited for at the end."""
    items.sort(key=lambda item: item.get_closest_marker("early") is None)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Tests that share a system stay in one process: xdist sees to it by their ids."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert all("@" in item.nodeid for item in session.items if item.get_closest_marker("xdist_group")), "pytest-xdist does not group these tests"


@pytest.fixture(scope="session")
def worker_number() -> int:
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@pytest.fixture(scope="session")
def redis_url(worker_number: int) -> str:
    return os.environ["MENTALSPACE_TEST_REDIS"].replace("db=0", f"db={worker_number % 16}")


@pytest.fixture(scope="session")
async def database_url(worker_number: int) -> AsyncIterator[str]:
    """A migrated database of this process's own."""
    base = os.environ["MENTALSPACE_TEST_DATABASE"]
    name = f"test_{worker_number}"
    url = base.replace("/mentalspace?", f"/{name}?")
    admin = await asyncpg.connect(**db.credentials(base))
    await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    await admin.execute(f'CREATE DATABASE "{name}"')
    await admin.close()
    await migrations.upgrade(url)
    own = await asyncpg.connect(**db.credentials(url))
    tables = [row["tablename"] for row in await own.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    script = "".join(f'DELETE FROM "{table}";' for table in tables if table not in _KEPT)
    # One statement a test, planned once a connection.
    await own.execute(f"CREATE FUNCTION empty() RETURNS void LANGUAGE plpgsql SET session_replication_role = replica AS $$ BEGIN {script} END $$")
    await own.close()
    yield url


@pytest.fixture(scope="session")
def environment(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "MENTALSPACE_HOME": str(tmp_path_factory.mktemp("home")),
        "SECRET_KEYS": "tests-only-secret-0123456789-abcdefghijklmnop",
        "BCRYPT_ROUNDS": "4",
        "LOG_LEVEL": "error",
        "LIMIT_DEFAULT": "100000/1m",
        "LIMIT_UNAUTHENTICATED": "100000/1m",
        "LIMIT_REGISTER": "off",
        "CORS_ORIGINS": "https://app.example.org",
        "TRUSTED_PROXIES": "10.0.0.0/8",
    }


class Served(TestServer):
    """The application on a port of its own, served as a process serves it."""

    async def _make_runner(self, **_: Any) -> AppRunner:
        return runner(self.app, shutdown_seconds=1)


@pytest.fixture(scope="session")
async def client(environment: dict[str, str]) -> AsyncIterator[TestClient]:
    """The API, served over a real socket in this process."""
    async with AsyncExitStack() as stack:
        server = Served(build(Settings.from_env(environment)))
        await server.start_server()
        found = await stack.enter_async_context(TestClient(server, auto_decompress=False))
        await catalog.load()
        yield found


@pytest.fixture
async def world(client: TestClient, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """An empty system, and ways to fill it."""
    await _empty()
    yield World(client)


@pytest.fixture
def unlimited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much is said in a chat, it is not too much."""
    configure(monkeypatch, limit_messages=parse_rate("off"), limit_signals=parse_rate("off"))


async def _empty() -> None:
    for last_try in (False, False, True):
        try:
            await db.execute("SELECT empty()")
            break
        except asyncpg.DeadlockDetectedError:
            # A socket of the test before is still writing down that it closed.
            if last_try:
                raise
    limits.limiter()._windows.clear()
    limits.limiter()._unsent.clear()
    await limits.limiter()._redis.flushdb()


@pytest.fixture(scope="session", autouse=True)
def _no_proxies() -> Iterator[None]:
    """Nothing in a test asks the outside."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        os.environ.pop(name, None)
    yield
