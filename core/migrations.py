"""Bringing the database to the models' shape, with aerich, one process at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from core import db

if TYPE_CHECKING:
    from aerich import Command

FOLDER = Path(__file__).parent.parent / "migrations"
_LOCK = 0x6D656E74  # "ment"


@asynccontextmanager
async def aerich(url: str, folder: Path = FOLDER) -> AsyncIterator[Command]:
    """The migration tool over these migrations."""
    from aerich import Command  # noqa: PLC0415 (it brings numpy, which only migrating needs)

    async with Command(db.tortoise_config(url, pool=2, extra_models=("aerich.models",)), app="models", location=str(folder)) as command:
        yield command


async def upgrade(url: str) -> list[str]:
    """Apply what is missing; returns the names of the applied migrations. Several processes may call it at once."""
    async with db.advisory_lock(url, _LOCK) as connection:
        # Most starts find nothing to do: they need not wait until the tool is loaded.
        if not await _missing(connection.fetch):
            return []
        async with aerich(url) as command:
            return await command.upgrade(run_in_transaction=True)


async def pending() -> list[str]:
    """Migrations on disk that the open database lacks."""
    return await _missing(db.fetch)


async def _missing(fetch: Callable[[str], Awaitable[list[asyncpg.Record]]]) -> list[str]:
    on_disk = {path.name for path in (FOLDER / "models").glob("[0-9]*.py")}
    (is_old,) = await fetch("SELECT to_regclass('aerich') IS NOT NULL")
    applied = {row["version"] for row in await fetch("SELECT version FROM aerich WHERE app = 'models'")} if is_old[0] else set()
    return sorted(on_disk - applied)
