"""The database: one small pool a process, one way to open a transaction, and plain queries beside the ORM.

Inside `transaction()` every query, the ORM's too, goes over the transaction's connection. Never let a task
started in a transaction outlive it: it would share the connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

import asyncpg
import structlog
from tortoise import Tortoise
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.connection import get_connections
from tortoise.transactions import in_transaction

log = structlog.get_logger(__name__)

STATEMENT_SECONDS = 10

# What a lost, restarting or overloaded database looks like from here; the API answers 503.
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.InterfaceError,
    # A connection that broke in the middle of something is in no state to begin anything else.
    asyncpg.InternalClientError,
    ConnectionError,
    TimeoutError,
    FileNotFoundError,
)


class Connection(asyncpg.Connection):
    """Skips the reset query asyncpg sends at each release: no code here leaves session state behind."""

    def get_reset_query(self) -> str:
        return ""


@dataclass
class Transaction:
    """An open transaction. `after_commit` hooks run once it is committed, never when it is rolled back."""

    connection: asyncpg.Connection
    after_commit: list[Callable[[], None]] = field(default_factory=list)


_transaction: ContextVar[Transaction | None] = ContextVar("transaction", default=None)
_client: AsyncpgDBClient | None = None


def credentials(url: str) -> dict[str, Any]:
    """Asyncpg's arguments for a URL; `?host=DIR` names a Unix socket's folder, `?sslmode=` asks for TLS."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    found: dict[str, Any] = {
        "host": query.get("host") or parts.hostname or "localhost",
        "port": parts.port or 5432,
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password) if parts.password else None,
        "database": unquote(parts.path.lstrip("/")) or "postgres",
    }
    if "sslmode" in query:
        found["ssl"] = query["sslmode"]
    return found


def tortoise_config(url: str, pool: int = 4, extra_models: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "connections": {
            "default": {
                "engine": "tortoise.backends.asyncpg",
                "credentials": {
                    **credentials(url),
                    "minsize": 1,
                    "maxsize": pool,
                    "connection_class": Connection,
                    "timeout": 5,
                    "command_timeout": STATEMENT_SECONDS,
                    "max_inactive_connection_lifetime": 0,
                    "server_settings": {
                        "application_name": "mentalspace",
                        "timezone": "UTC",
                        "statement_timeout": str(STATEMENT_SECONDS * 1000),
                        "idle_in_transaction_session_timeout": "60000",
                    },
                },
            }
        },
        "apps": {"models": {"models": ["models", *extra_models], "default_connection": "default"}},
        "use_tz": True,
        "timezone": "UTC",
    }


async def open_database(url: str, *, pool: int = 4, wait_seconds: float = 30) -> None:
    """Open the pool, waiting for a server that is still starting. Raises the last error when it stays away."""
    global _client  # noqa: PLW0603 (one pool a process, opened once at its start)
    await Tortoise.init(config=tortoise_config(url, pool), _enable_global_fallback=True)
    client = cast("AsyncpgDBClient", get_connections().get("default"))
    deadline = asyncio.get_running_loop().time() + wait_seconds
    while True:
        try:
            await client.execute_query("SELECT 1")
            _client = client
            return
        except LOST as error:
            if asyncio.get_running_loop().time() > deadline:
                raise
            log.info("database.waiting", error=str(error))
            await asyncio.sleep(0.3)


async def close_database() -> None:
    await Tortoise.close_connections()


@asynccontextmanager
async def transaction() -> AsyncIterator[Transaction]:
    """Everything in the block commits together, or nothing does. Inside another one it joins that one."""
    current = _transaction.get()
    if current is not None:
        yield current
        return
    async with in_transaction("default") as client:
        scope = Transaction(client._connection)
        token = _transaction.set(scope)
        try:
            yield scope
        finally:
            _transaction.reset(token)
    for hook in scope.after_commit:
        hook()


@asynccontextmanager
async def savepoint() -> AsyncIterator[None]:
    """Within a transaction: an error in the block undoes the block and leaves the transaction usable."""
    scope = _transaction.get()
    if scope is None:
        raise RuntimeError("a savepoint needs a transaction")
    async with scope.connection.transaction():
        yield


def after_commit(hook: Callable[[], None]) -> None:
    """Run `hook` once the open transaction is committed; at once when there is none."""
    current = _transaction.get()
    if current is None:
        hook()
    else:
        current.after_commit.append(hook)


def in_a_transaction() -> bool:
    return _transaction.get() is not None


def pool() -> asyncpg.Pool:
    """The process's pool. Raises RuntimeError before `open_database`."""
    if _client is None or _client._pool is None:
        raise RuntimeError("core.db.open_database() has not been called")
    found: asyncpg.Pool = _client._pool
    return found


async def fetch(sql: str, *args: Any) -> list[asyncpg.Record]:
    scope = _transaction.get()
    rows: list[asyncpg.Record] = await (scope.connection if scope else pool()).fetch(sql, *args)
    return rows


async def fetchrow(sql: str, *args: Any) -> asyncpg.Record | None:
    scope = _transaction.get()
    return await (scope.connection if scope else pool()).fetchrow(sql, *args)


async def fetchval(sql: str, *args: Any) -> Any:
    scope = _transaction.get()
    return await (scope.connection if scope else pool()).fetchval(sql, *args)


async def execute(sql: str, *args: Any) -> int:
    """Run a statement; returns how many rows it touched (0 where that has no meaning)."""
    scope = _transaction.get()
    status: str = await (scope.connection if scope else pool()).execute(sql, *args)
    count = status.rpartition(" ")[2]
    return int(count) if count.isdigit() else 0


@asynccontextmanager
async def advisory_lock(url: str, key: int) -> AsyncIterator[asyncpg.Connection]:
    """Hold a database-wide lock on a connection of its own, which is given, waiting for whoever holds it."""
    connection = await asyncpg.connect(**credentials(url), timeout=10)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", key)
        yield connection
    finally:
        await connection.close()
