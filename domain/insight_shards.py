"""The parts of an analysts' run: taken, kept, counted, and put together, whichever process does it and whichever dies meanwhile.

A run's people are divided into shards by their ids' hashes. Each shard is a job of its own, so that any number of workers share a run and a killed
one costs its shard, which is taken up again. The transaction that finishes the last shard promises the conclusion: it holds the run's row from before it
looks how many are left, so of two last shards exactly one is the last. The computing itself is not known here: `workers.insight_runs` joins it
with `analytics.batch`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from core import clock, db, jobs, keys
from core.crypto import CannotOpen
from core.jobs import Job
from core.storage import NoSuchFile
from domain import insight_files
from domain.avatars import RemoveFiles

# The shards' share of a run's progress; the rest is the conclusion's.
_SHARDS_PERCENT = 90

STOPPED = "The command that computed it ended before it was done"
_UNCONCLUDED = "Its parts are computed, but its tables and report could not be made; the failed jobs say why. Please start it again"


class ComputeShard(Job):
    """Compute one part of an analysts' run: the features of some of its people."""

    queue = "insights"
    max_attempts = 5
    first_retry_seconds = 4
    time_limit = 900

    run_id: UUID
    number: int


class ConcludeRun(Job):
    """Make an analysts' run's tables and report from its parts."""

    queue = "insights"
    max_attempts = 4
    first_retry_seconds = 4
    time_limit = 1200
    throws = (CannotOpen, NoSuchFile)

    run_id: UUID


@dataclass(frozen=True, slots=True)
class Shard:
    """All that is needed to compute a part of a run, wherever that is done. `secret` keys its pseudonyms and stays out of every log."""

    run_id: UUID
    first: date
    last: date
    number: int
    of: int
    secret: bytes = field(repr=False)


async def take(run_id: UUID, number: int) -> Shard | None:
    """What to compute, for whoever begins with it; None where there is nothing to do: the shard is done, or the run is over or gone.

    Where its features will lie is written down before they do: whatever happens then, they are found to be deleted.
    """
    await give_up(run_id)
    return await _take(run_id, number, insight_files.shard_place(run_id, number))


async def _take(run_id: UUID, number: int, place: str) -> Shard | None:
    async with db.transaction():
        run = await db.fetchrow(
            "UPDATE insight_runs SET status = 'running', started_at = COALESCE(started_at, $2) WHERE id = $1 AND status IN ('queued', 'running') RETURNING *", run_id, clock.now()
        )
        if run is None or not await db.execute(
            "UPDATE insight_shards SET status = 'running', file = $3 WHERE run_id = $1 AND number = $2 AND status <> 'done'", run_id, number, place
        ):
            return None
        of = await db.fetchval("SELECT count(*)::int FROM insight_shards WHERE run_id = $1", run_id)
    return Shard(run_id, run["first_date"], run["last_date"], number, of, _secret(run["first_date"], run["last_date"]))


def _secret(first: date, last: date) -> bytes:
    """The key of a run's pseudonyms: the same for the same dates, so that a run done again has the same bytes; another for others, so that no two join."""
    return keys.keys().mac("report", b"pseudonyms", first.isoformat().encode(), last.isoformat().encode())


async def take_all(run_id: UUID) -> list[Shard]:
    """Take every shard of a run of one's own, which keeps no files."""
    numbers = await db.fetch("SELECT number FROM insight_shards WHERE run_id = $1 ORDER BY number", run_id)
    taken = [await _take(run_id, row["number"], "") for row in numbers]
    return [shard for shard in taken if shard is not None]


async def keep_shard(shard: Shard, content: bytes, people: int) -> None:
    """Keep what a shard came to; the last one's transaction promises the conclusion. Done again, or for a run that is over, it changes nothing."""
    place = insight_files.shard_place(shard.run_id, shard.number)
    await insight_files.keep(place, content)
    async with db.transaction():
        left = await shard_done(shard.run_id, shard.number, people, place)
        if left == 0:
            await jobs.defer(ConcludeRun(run_id=shard.run_id))
    if left is None and not await _is_under_way(shard.run_id):
        await insight_files.forget([place])


async def shard_done(run_id: UUID, number: int, people: int, place: str = "") -> int | None:
    """A shard is computed; returns how many are left, None where it was done before or the run is over. Exactly one call of a run returns 0."""
    async with db.transaction():
        # Whoever else finishes a shard of this run waits here, and then counts what this transaction wrote.
        run = await db.fetchrow("SELECT status FROM insight_runs WHERE id = $1 FOR NO KEY UPDATE", run_id)
        if run is None or run["status"] not in ("queued", "running"):
            return None
        changed = await db.execute(
            "UPDATE insight_shards SET status = 'done', people = $3, file = $4, finished_at = $5 WHERE run_id = $1 AND number = $2 AND status <> 'done'",
            run_id, number, people, place, clock.now(),
        )  # fmt: skip
        if not changed:
            return None
        count = await db.fetchrow("SELECT count(*)::int AS of, (count(*) FILTER (WHERE status <> 'done'))::int AS left FROM insight_shards WHERE run_id = $1", run_id)
        if count is None:
            raise RuntimeError("a count is always a row")
        await db.execute("UPDATE insight_runs SET progress = $2 WHERE id = $1", run_id, _SHARDS_PERCENT * (count["of"] - count["left"]) // count["of"])
        left: int = count["left"]
        return left


async def _is_under_way(run_id: UUID) -> bool:
    return bool(await db.fetchval("SELECT EXISTS (SELECT 1 FROM insight_runs WHERE id = $1 AND status IN ('queued', 'running'))", run_id))


@dataclass(frozen=True, slots=True)
class Computed:
    """A run whose shards are all there, in order of their numbers."""

    first: date
    last: date
    shards: list[bytes]


async def computed(run_id: UUID) -> Computed | None:
    """What is to be concluded; None where that is done, or the run is over or gone. Raises NoSuchFile, CannotOpen."""
    run = await db.fetchrow("SELECT * FROM insight_runs WHERE id = $1 AND status = 'running'", run_id)
    if run is None:
        await forget(run_id)
        return None
    places = await db.fetch("SELECT file FROM insight_shards WHERE run_id = $1 ORDER BY number", run_id)
    return Computed(run["first_date"], run["last_date"], [await insight_files.read(row["file"]) for row in places])


async def conclude(run_id: UUID, contents: dict[str, bytes]) -> None:
    """Keep a run's files, by name, and write down before where; from then on it is done, and its shards are forgotten."""
    files = insight_files.listed(run_id, contents)
    if await db.execute("UPDATE insight_runs SET files = $2 WHERE id = $1 AND status = 'running'", run_id, msgspec.json.encode(files).decode()):
        await insight_files.keep_all(files, contents)
    if not await done(run_id, files) and not await db.fetchval("SELECT EXISTS (SELECT 1 FROM insight_runs WHERE id = $1 AND status = 'done')", run_id):
        await insight_files.forget([each["file"] for each in files])
    await forget(run_id)


async def done(run_id: UUID, files: list[dict[str, Any]]) -> bool:
    """A run is done, with the column `files`; False where it was over before."""
    changed = await db.execute(
        "UPDATE insight_runs SET status = 'done', progress = 100, files = $2, finished_at = $3 WHERE id = $1 AND status = 'running'",
        run_id, msgspec.json.encode(files).decode(), clock.now(),
    )  # fmt: skip
    return bool(changed)


async def forget(run_id: UUID) -> None:
    """Delete what shards of a run are kept; files first, so that what is done half is done again."""
    rows = await db.fetch("SELECT file FROM insight_shards WHERE run_id = $1 AND file <> ''", run_id)
    await insight_files.forget([row["file"] for row in rows])
    await db.execute("UPDATE insight_shards SET file = '' WHERE run_id = $1 AND file <> ''", run_id)


async def fail(run_id: UUID, error: str) -> None:
    """A run has failed; `error` is a sentence for whoever asked for it."""
    async with db.transaction():
        if await db.execute(
            "UPDATE insight_runs SET status = 'failed', error = $2, finished_at = $3 WHERE id = $1 AND status IN ('queued', 'running')", run_id, error, clock.now()
        ):
            await leave_files(run_id)


async def leave_files(run_id: UUID) -> None:
    """All that is kept of a run is deleted by a job of the open transaction, which waits for no storage itself."""
    places = [row["file"] for row in await db.fetch(
        "SELECT file FROM insight_shards WHERE run_id = $1 AND file <> '' UNION ALL SELECT each->>'file' FROM insight_runs, jsonb_array_elements(files) AS each WHERE id = $1", run_id
    )]  # fmt: skip
    if places:
        await jobs.defer(RemoveFiles(files=places))
        await db.execute("UPDATE insight_shards SET file = '' WHERE run_id = $1", run_id)
        await db.execute("UPDATE insight_runs SET files = '[]' WHERE id = $1", run_id)


async def give_up(run_id: UUID | None) -> None:
    """A run that nobody is at any more has failed: a job of it was given up, or the command ended that computed it. None: any run."""
    rows = await db.fetch(
        """
        WITH live AS (SELECT name, payload FROM jobs WHERE name IN ($2, $3) AND failed_at IS NULL),
            lacking AS (
                SELECT run_id, min(number) AS number FROM insight_shards s WHERE status <> 'done' AND NOT EXISTS (
                    SELECT 1 FROM live WHERE name = $2 AND payload->>'run_id' = s.run_id::text AND payload->>'number' = s.number::text) GROUP BY run_id)
        SELECT r.id, r.requested_by_id IS NULL AS by_hand, lacking.number, (SELECT count(*) FROM insight_shards s WHERE s.run_id = r.id) AS of FROM insight_runs r
        LEFT JOIN lacking ON lacking.run_id = r.id
        WHERE r.status IN ('queued', 'running') AND ($1::uuid IS NULL OR r.id = $1) AND (lacking.number IS NOT NULL OR (
            NOT EXISTS (SELECT 1 FROM insight_shards s WHERE s.run_id = r.id AND s.status <> 'done')
            AND NOT EXISTS (SELECT 1 FROM live WHERE name = $3 AND payload->>'run_id' = r.id::text)))
        """,
        run_id, ComputeShard.name(), ConcludeRun.name(),
    )  # fmt: skip
    for row in rows:
        async with db.transaction():
            if await db.fetchval("SELECT pg_try_advisory_xact_lock($1)", lock_of(row["id"])):
                part = f"Part {(row['number'] or 0) + 1} of {row['of']} could not be computed; the failed jobs say why. Please start it again"
                await fail(row["id"], STOPPED if row["by_hand"] else _UNCONCLUDED if row["number"] is None else part)


def lock_of(run_id: UUID) -> int:
    """The advisory lock that a command holds while it computes a run."""
    return int.from_bytes(run_id.bytes[8:], signed=True)
