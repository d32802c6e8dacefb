"""Analysts' runs: what many people's diaries say together over some dates, computed in parts by the worker fleet, or by a command elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec

from core import clock, db, jobs
from core.problem import Conflict, NotFound
from core.views import Instant, View, instant, instant_or_none
from domain import audit, insight_files, insight_shards, windows
from domain.access import Principal
from domain.insight_files import KEPT_DAYS, RunFile
from domain.insight_shards import ComputeShard

PEOPLE_A_SHARD, MOST_SHARDS = 2_000, 64
# More would wait for the same workers, and keep what people wait for from them.
MOST_UNDER_WAY = 5
_LOCK = 0x696E7372  # "insr"
_AT_ONCE = 500


class Run(View):
    """Long work. `from` and `to` are local dates, both included; `files` are there once it is done, until `keptUntil`.

    `requestedBy` is null for a run of the command line, whose files lie where it was told to write them.
    """

    id: UUID
    from_: date = msgspec.field(name="from")
    to: date
    status: str
    progress: int
    requested_by: UUID | None
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None
    kept_until: Instant | None
    error: str | None
    files: list[RunFile]


async def request_run(principal: Principal, first: date, last: date) -> Run:
    """Promise a run; while one over the same dates is under way, that is the answer. Raises Invalid, Conflict."""
    windows.check(first, last)
    await insight_shards.give_up(None)
    async with db.transaction():
        await db.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        under_way = await db.fetch("SELECT * FROM insight_runs WHERE status IN ('queued', 'running') AND requested_by_id IS NOT NULL")
        for row in under_way:
            if (row["first_date"], row["last_date"]) == (first, last):
                return _view(row)
        if len(under_way) >= MOST_UNDER_WAY:
            raise Conflict(f"{MOST_UNDER_WAY} runs are under way; wait for one of them")
        row, of = await _insert(clock.new_id(), principal.id, first, last)
        for number in range(of):
            await jobs.defer(ComputeShard(run_id=row["id"], number=number))
        await audit.record("insight_run_requested", actor=principal.actor, run=str(row["id"]), first=first.isoformat(), last=last.isoformat())
    return _view(row)


@asynccontextmanager
async def by_hand(url: str, first: date, last: date) -> AsyncIterator[UUID]:
    """A run without jobs: whoever enters computes its shards, tells `shard_done` of each, and `done` at last. Raises Invalid.

    It is under way for as long as a connection of its own to `url` holds the run's lock: however the process ends, the run is not left unfinished.
    """
    windows.check(first, last)
    run_id = clock.new_id()
    async with db.advisory_lock(url, insight_shards.lock_of(run_id)):
        async with db.transaction():
            await _insert(run_id, None, first, last)
            await audit.record("insight_run_requested", actor=("system", None), run=str(run_id), first=first.isoformat(), last=last.isoformat())
        try:
            yield run_id
        except BaseException:
            with suppress(*db.LOST):
                await insight_shards.fail(run_id, insight_shards.STOPPED)
            raise


async def _insert(run_id: UUID, requested_by: UUID | None, first: date, last: date) -> tuple[asyncpg.Record, int]:
    """A run with its shards, one for each PEOPLE_A_SHARD people there are, 1 to MOST_SHARDS; returns its row, and how many shards."""
    row = await db.fetchrow(
        """
        INSERT INTO insight_runs (id, requested_by_id, first_date, last_date, status, progress, files, created_at) VALUES ($1, $2, $3, $4, 'queued', 0, '[]', $5)
        RETURNING *
        """,
        run_id, requested_by, first, last, clock.now(),
    )  # fmt: skip
    people: int = await db.fetchval("SELECT count(*) FROM users")
    of = min(max(1, -(-people // PEOPLE_A_SHARD)), MOST_SHARDS)
    for number in range(of):
        await db.execute("INSERT INTO insight_shards (id, run_id, number, status, file, people) VALUES ($1, $2, $3, 'queued', '', 0)", clock.new_id(), run_id, number)
    if row is None:
        raise RuntimeError("a row just inserted is not there")
    return row, of


def _view(row: asyncpg.Record) -> Run:
    is_done = row["status"] == "done"
    return Run(
        id=row["id"],
        from_=row["first_date"],
        to=row["last_date"],
        status=row["status"],
        progress=row["progress"],
        requested_by=row["requested_by_id"],
        created_at=instant(row["created_at"]),
        started_at=instant_or_none(row["started_at"]),
        finished_at=instant_or_none(row["finished_at"]),
        kept_until=instant(row["created_at"] + timedelta(days=KEPT_DAYS)) if is_done else None,
        error=row["error"],
        files=insight_files.links(row["id"], msgspec.json.decode(row["files"])) if is_done else [],
    )


async def run(run_id: UUID) -> Run:
    """How far a run is, and where its files are. Raises NotFound."""
    await insight_shards.give_up(run_id)
    row = await db.fetchrow("SELECT * FROM insight_runs WHERE id = $1", run_id)
    if row is None:
        raise NotFound
    return _view(row)


async def page(*, after: tuple[datetime, UUID] | None, limit: int) -> list[Run]:
    """Runs, newest first, after a position."""
    await insight_shards.give_up(None)
    rows = await db.fetch(
        "SELECT * FROM insight_runs WHERE $1::timestamptz IS NULL OR (created_at, id) < ($1, $2::uuid) ORDER BY created_at DESC, id DESC LIMIT $3", *(after or (None, None)), limit
    )
    return [_view(row) for row in rows]


async def delete(principal: Principal, run_id: UUID) -> None:
    """Delete a run with its files; one under way ends. Raises NotFound."""
    async with db.transaction():
        if not await _remove(run_id):
            raise NotFound
        await audit.record("insight_run_deleted", actor=principal.actor, run=str(run_id))


async def _remove(run_id: UUID) -> bool:
    """In the open transaction, which a job of its own deletes the files of."""
    if not await db.fetchval("SELECT 1 FROM insight_runs WHERE id = $1 FOR UPDATE", run_id):
        return False
    await insight_shards.leave_files(run_id)
    return bool(await db.execute("DELETE FROM insight_runs WHERE id = $1", run_id))


async def remove_old() -> int:
    """Remove runs past their time with their files, and what shards a killed worker left; returns how many runs went."""
    await insight_shards.give_up(None)
    for row in await db.fetch("SELECT DISTINCT run_id FROM insight_shards s JOIN insight_runs r ON r.id = s.run_id WHERE s.file <> '' AND r.status IN ('done', 'failed')"):
        await insight_shards.forget(row["run_id"])
    removed = 0
    while rows := await db.fetch("SELECT id FROM insight_runs WHERE created_at < $1 AND status IN ('done', 'failed') LIMIT $2", clock.ago(days=KEPT_DAYS), _AT_ONCE):
        for row in rows:
            async with db.transaction():
                removed += await _remove(row["id"])
    return removed
