"""Taking in a diary kept elsewhere: uploaded sealed, read by a worker, each row once however often it is tried."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec

from core import clock, db, jobs, keys
from core.crypto import CannotOpen, Key, open_stream, seal_stream
from core.jobs import Job
from core.keys import KeyDestroyed
from core.problem import NotFound
from core.storage import NoSuchFile, storage
from core.views import Instant, View, instant, instant_or_none
from domain.mood_csv import NotADiary, Row, export_header, export_line, rows
from domain.moods import COLUMNS, MoodRecorded, mood_view, row_of

MOST_BYTES = 20 * 1024 * 1024
_BATCH = 500
_SHOWN_ERRORS = 100


class ImportMoods(Job):
    """Take in an uploaded diary."""

    time_limit = 900
    max_attempts = 6
    throws = (CannotOpen, NoSuchFile)

    import_id: UUID


class RowError(View):
    row: int
    message: str


class MoodImport(View):
    """Long work: how far an import is, and what became of its rows (row 1 is the first after the header)."""

    id: UUID
    status: str
    progress: int
    created_at: Instant
    finished_at: Instant | None
    error: str | None
    imported: int
    skipped: int
    failed: int
    errors: list[RowError]


async def keep_upload(user_id: UUID, chunks: AsyncIterator[bytes]) -> str:
    """Store an upload sealed with its person's key; returns where. Delete it when nothing comes of it."""
    place = f"imports/{user_id}/{clock.new_id()}"
    await storage().put(place, seal_stream(await keys.keys().of(user_id), place, chunks))
    return place


async def begin(user_id: UUID, place: str, mood_map: Mapping[str, int]) -> MoodImport:
    """Promise to take in a kept upload."""
    import_id = clock.new_id()
    key = await keys.keys().of(user_id)
    async with db.transaction():
        row = await db.fetchrow(
            """
            INSERT INTO mood_imports (id, user_id, status, progress, rows_done, file, mood_map, imported, skipped, failed, created_at)
            VALUES ($1, $2, 'queued', 0, 0, $3, $4, 0, 0, 0, $5) RETURNING *
            """,
            import_id, user_id, place, key.seal(json.dumps(dict(mood_map)), "mood_imports.mood_map", import_id), clock.now(),
        )  # fmt: skip
        await jobs.defer(ImportMoods(import_id=import_id))
    return view(row, key)


async def state(user_id: UUID, import_id: UUID) -> MoodImport:
    """Where an import is; one whose job was given up has failed. Raises NotFound."""
    await db.execute(
        """
        UPDATE mood_imports SET status = 'failed', error = 'It could not be finished; please upload the file again', finished_at = $3
        WHERE id = $1 AND user_id = $2 AND status IN ('queued', 'running')
            AND NOT EXISTS (SELECT 1 FROM jobs WHERE name = $4 AND payload->>'import_id' = $1::text AND failed_at IS NULL)
        """,
        import_id, user_id, clock.now(), ImportMoods.name(),
    )  # fmt: skip
    row = await db.fetchrow("SELECT * FROM mood_imports WHERE id = $1 AND user_id = $2", import_id, user_id)
    if row is None:
        raise NotFound
    return view(row, await keys.keys().of(user_id))


def view(row: Any, key: Key) -> MoodImport:
    errors = key.open(row["errors"], "mood_imports.errors", row["id"])
    return MoodImport(
        id=row["id"],
        status=row["status"],
        progress=row["progress"],
        created_at=instant(row["created_at"]),
        finished_at=instant_or_none(row["finished_at"]),
        error=row["error"],
        imported=row["imported"],
        skipped=row["skipped"],
        failed=row["failed"],
        errors=msgspec.json.decode(errors, type=list[RowError]) if errors else [],
    )


async def take_in(import_id: UUID) -> None:
    """Read an upload in batches, each with its position in one transaction: a killed worker's successor goes on from there."""
    job = await db.fetchrow("SELECT m.*, u.timezone FROM mood_imports m JOIN users u ON u.id = m.user_id WHERE m.id = $1 AND m.status IN ('queued', 'running')", import_id)
    if job is None:
        return
    user_id, key = job["user_id"], await keys.keys().of(job["user_id"])
    await db.execute("UPDATE mood_imports SET status = 'running' WHERE id = $1", import_id)
    file, expected = io.BytesIO(), 1
    try:
        async for chunk in open_stream(key, job["file"], storage().get(job["file"])):
            file.write(chunk)
            expected += chunk.count(b"\n")
        file.seek(0)
        mood_map = json.loads(key.open(job["mood_map"], "mood_imports.mood_map", import_id) or "{}")
        found = rows(file, job["timezone"], mood_map)
    except NotADiary as error:
        await _finish(import_id, user_id, job["file"], error=str(error))
        return
    except (CannotOpen, NoSuchFile):
        await _finish(import_id, user_id, job["file"], error="The upload is no longer there")
        raise
    errors = list(view(job, key).errors)
    seen: Counter[bytes] = Counter()
    while batch := list(islice(found, _BATCH)):
        await _take_in_batch(import_id, user_id, key, batch, seen, errors, expected)
    await _finish(import_id, user_id, job["file"])


async def _take_in_batch(import_id: UUID, user_id: UUID, key: Key, batch: list[Row], seen: Counter[bytes], errors: list[RowError], expected: int) -> None:
    made = [(row, row_of(user_id, row.entry, key)) for row in batch if row.entry is not None]
    async with db.transaction() as scope:
        # One import of a person at a time looks and inserts: two files with the same entries add them once.
        await db.execute("SELECT 1 FROM users WHERE id = $1 FOR NO KEY UPDATE", user_id)
        done: int | None = await db.fetchval("SELECT rows_done FROM mood_imports WHERE id = $1 FOR UPDATE", import_id)
        if done is None:
            raise KeyDestroyed("the import went with its person")
        if batch[-1].number <= done:
            seen.update(columns["fingerprint"] for _, columns in made)
            return
        there = await db.fetch(
            "SELECT fingerprint, count(*)::int AS count FROM mood_entries WHERE user_id = $1 AND fingerprint = ANY($2) GROUP BY 1",
            user_id,
            [columns["fingerprint"] for _, columns in made],
        )
        counts = Counter({row["fingerprint"]: row["count"] for row in there})
        named = [row.entry_id for row, _ in made if row.entry_id is not None]
        ours = {row["id"] for row in await db.fetch("SELECT id FROM mood_entries WHERE user_id = $1 AND id = ANY($2)", user_id, named)} if named else set()
        new = []
        for row, columns in made:
            # The same entry may stand in a file several times: the k-th is new while fewer than k are stored.
            seen[columns["fingerprint"]] += 1
            if row.entry_id not in ours and counts[columns["fingerprint"]] < seen[columns["fingerprint"]]:
                counts[columns["fingerprint"]] += 1
                new.append(columns)
        if new:
            await scope.connection.copy_records_to_table("mood_entries", records=[tuple(columns.values()) for columns in new], columns=list(new[0]))
        failed = [RowError(row=row.number, message=row.problem) for row in batch if row.problem is not None]
        errors.extend(failed[: _SHOWN_ERRORS - len(errors)])
        await db.execute(
            """
            UPDATE mood_imports SET rows_done = $2, imported = imported + $3, skipped = skipped + $4, failed = failed + $5, errors = $6,
                progress = LEAST(99, $2 * 100 / $7) WHERE id = $1
            """,
            import_id, batch[-1].number, len(new), len(made) - len(new), len(failed),
            key.seal(msgspec.json.encode(errors).decode(), "mood_imports.errors", import_id) if errors else None, expected,
        )  # fmt: skip


async def _finish(import_id: UUID, user_id: UUID, file: str, error: str | None = None) -> None:
    async with db.transaction():
        await db.execute(
            "UPDATE mood_imports SET status = $2, progress = 100, error = $3, finished_at = $4 WHERE id = $1",
            import_id, "failed" if error else "done", error, clock.now(),
        )  # fmt: skip
        await jobs.defer(MoodRecorded(user_id=user_id), key=str(user_id))
    await storage().delete(file)


async def export(user_id: UUID) -> AsyncIterator[str]:
    """All of a person's entries as CSV lines, oldest first, a few hundred at a time."""
    key = await keys.keys().of(user_id)
    yield export_header()
    after: tuple[datetime, UUID] = (datetime.fromisoformat("0001-01-01T00:00:00+00:00"), UUID(int=0))
    while True:
        found = await db.fetch(
            f"SELECT {COLUMNS} FROM mood_entries WHERE user_id = $1 AND (timestamp, id) > ($2, $3) ORDER BY timestamp, id LIMIT 500",
            user_id, *after,
        )  # fmt: skip
        if not found:
            return
        yield "".join(export_line(mood_view(row, key)) for row in found)
        after = (found[-1]["timestamp"], found[-1]["id"])
