"""Computing a part of an analysts' run: a blocking function for a thread, a process, or a Dask worker on another machine.

What computes needs this package and the database's address, and no secret of the system's: nothing sealed is read, and the key of the run's pseudonyms
comes with the shard.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass

import asyncpg
import pyarrow as pa

from analytics import batch
from analytics.findings import Window
from core import db
from core.settings import Settings
from domain.insight_shards import Shard

# A shard is read by a few queries over a few thousand people's rows.
_STATEMENT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Features:
    """What a shard came to: `content` for `analytics.batch.conclude`, and how many people's it is. About single people, so shown to nobody."""

    content: bytes
    people: int

    def __repr__(self) -> str:
        return f"Features({len(self.content)} bytes, {self.people} people)"


def compute(shard: Shard, database: str | None = None) -> Features:
    """The features of a shard's people, read over a connection of its own to `database`, or to where DATABASE_URL of this process's environment leads.

    Raises SettingsError where that leads nowhere, one of `core.db.LOST` where nobody answers there, asyncpg's other errors.
    """
    return asyncio.run(_compute(shard, database or os.environ.get("DATABASE_URL") or Settings.from_env().database()))


async def _compute(shard: Shard, database: str) -> Features:
    settings = {"application_name": "mentalspace insights", "timezone": "UTC", "statement_timeout": str(_STATEMENT_SECONDS * 1000)}
    connection = await asyncpg.connect(**db.credentials(database), timeout=10, command_timeout=_STATEMENT_SECONDS, server_settings=settings)
    try:
        content = await batch.compute_shard(connection, Window(shard.first, shard.last), shard.number, shard.of, shard.secret)
    finally:
        await connection.close(timeout=5)
    return Features(content, pa.ipc.open_stream(content).read_all().num_rows)
