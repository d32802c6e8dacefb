"""Analysts' runs to test with: people enough to be shown, and runs done by the jobs of this process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from analytics import batch
from core import clock, db
from tests.people import Account, World, do_jobs

FIRST, LAST = date(2026, 1, 1), date(2026, 1, 31)
DATES = {"from": FIRST.isoformat(), "to": LAST.isoformat()}


async def asked(staff: Account, **about: Any) -> dict[str, Any]:
    """A run that was asked for, not begun."""
    answered = await staff.post("/admin/insight-runs", {**DATES, **about})
    assert answered.status == 202, answered.raw
    found: dict[str, Any] = answered.json
    return found


async def told(staff: Account, run_id: str | UUID) -> dict[str, Any]:
    answered = await staff.get(f"/admin/insight-runs/{run_id}")
    assert answered.status == 200, answered.raw
    found: dict[str, Any] = answered.json
    return found


async def finished(staff: Account, **about: Any) -> dict[str, Any]:
    """A run that was asked for and done."""
    run = await asked(staff, **about)
    await do_jobs()
    found = await told(staff, run["id"])
    assert found["status"] == "done", (found, await db.fetch("SELECT name, error FROM jobs WHERE error IS NOT NULL"))
    return found


async def fetched(world: World, run: dict[str, Any]) -> dict[str, bytes]:
    """A run's files, by name."""
    found = {}
    for each in run["files"]:
        answered = await world.send("GET", path_of(each["url"]))
        assert answered.status == 200, answered.raw
        found[each["name"]] = answered.raw
    return found


def path_of(url: str) -> str:
    """The part of a link that `World.send` wants."""
    return "/" + url.partition("/api/")[2]


async def people(count: int) -> None:
    """So many people who have never done anything, made without the API."""
    await db.execute(
        """
        INSERT INTO users (id, is_anonymous, is_premium, is_banned, email_verified, timezone, language, theme, font_size, preferences, created_at, updated_at)
        SELECT gen_random_uuid(), true, false, false, false, 'UTC', 'en', 'system', 'medium', '{}', $2, $2 FROM generate_series(1, $1)
        """,
        count, clock.now(),
    )  # fmt: skip


def quick(patch: pytest.MonkeyPatch, **instead: Any) -> None:
    """The batch as its jobs meet it, without its arithmetic. `instead`: other functions for `compute_shard` and `conclude`."""
    patch.setattr(batch, "compute_shard", instead.get("compute_shard", _compute_shard))
    patch.setattr(batch, "conclude", instead.get("conclude", _conclude))


async def _compute_shard(connection: Any, window: Any, number: int, of: int, secret: bytes) -> bytes:
    import pyarrow as pa

    counted = await connection.fetchval("SELECT count(*) FROM users")
    table = pa.table({"shard": [number] * 3, "of": [of] * 3, "people": [counted] * 3, "secret": [secret.hex()] * 3})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    found: bytes = sink.getvalue().to_pybytes()
    return found


def _conclude(window: Any, shards: Sequence[bytes], engagement: dict[str, Any]) -> dict[str, bytes]:
    return {"report.html": b"<!doctype html><title>Report</title>", "moods.parquet": b"PAR1" + b"".join(shards), "dictionary.json": b"{}"}
