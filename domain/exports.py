"""Giving somebody all of their data: a ZIP made by a worker, sealed while it is kept, fetched once by a link that expires."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from core import clock, db, jobs, keys, runtime
from core.crypto import CannotOpen, b64, open_stream, seal_stream, unb64
from core.jobs import Job
from core.keys import KeyDestroyed
from core.limits import limiter
from core.problem import NotFound
from core.storage import NoSuchFile, storage
from core.views import Instant, View, instant, instant_or_none
from domain import audit, export_content, mails
from domain.access import Principal
from domain.notifications import notify
from domain.words import words

KEPT_DAYS = 7
LINK_SECONDS = 3600
_AT_ONCE = 500
# A link is an export's id, when it expires in seconds since 1970, and a keyed hash of both.
_SAID_BYTES, _MAC_BYTES = 16 + 4, 16


class MakeExport(Job):
    """Gather all of somebody's data in one file."""

    time_limit = 900
    max_attempts = 4
    throws = (CannotOpen,)

    export_id: UUID


class Export(View):
    """Long work: `downloadUrl` is there once it is done, needs no sign-in, and works once, within an hour of being asked for."""

    id: UUID
    status: str
    progress: int
    created_at: Instant
    finished_at: Instant | None
    error: str | None
    download_url: str | None


async def begin(principal: Principal) -> Export:
    """Promise an export; while one is being made, that is the answer. Raises RateLimited."""
    running = await _running(principal.id)
    if running is not None:
        return _view(running)
    await limiter().require("exports", runtime.settings().limit_exports, principal.id.hex)
    export_id = clock.new_id()
    async with db.transaction():
        row = await db.fetchrow(
            """
            INSERT INTO data_exports (id, user_id, status, progress, file, created_at) VALUES ($1, $2, 'queued', 0, $3, $4)
            ON CONFLICT (user_id) WHERE status IN ('queued', 'running') DO NOTHING RETURNING *
            """,
            export_id, principal.id, f"exports/{principal.id}/{export_id}", clock.now(),
        )  # fmt: skip
        if row is not None:
            await jobs.defer(MakeExport(export_id=export_id))
            await audit.record("export_requested", actor=principal.actor, subject=principal.actor)
    if row is None:
        # Another request was first.
        limiter().refund("exports", principal.id.hex)
        return await begin(principal)
    return _view(row)


async def _running(user_id: UUID) -> asyncpg.Record | None:
    await _give_up(user_id)
    return await db.fetchrow("SELECT * FROM data_exports WHERE user_id = $1 AND status IN ('queued', 'running')", user_id)


async def _give_up(user_id: UUID | None) -> None:
    """An export whose job was given up has failed; None: anybody's."""
    await db.execute(
        """
        UPDATE data_exports e SET status = 'failed', error = 'It could not be finished; please ask again', finished_at = $2
        WHERE ($1::uuid IS NULL OR user_id = $1) AND status IN ('queued', 'running')
            AND NOT EXISTS (SELECT 1 FROM jobs WHERE name = $3 AND payload->>'export_id' = e.id::text AND failed_at IS NULL)
        """,
        user_id, clock.now(), MakeExport.name(),
    )  # fmt: skip


async def state(principal: Principal, export_id: UUID) -> Export:
    """Where an export is. Raises NotFound."""
    await _give_up(principal.id)
    row = await db.fetchrow("SELECT * FROM data_exports WHERE id = $1 AND user_id = $2", export_id, principal.id)
    if row is None:
        raise NotFound
    return _view(row)


def _view(row: asyncpg.Record) -> Export:
    there = row["status"] == "done" and row["fetched_at"] is None and row["expires_at"] > clock.now()
    return Export(
        id=row["id"],
        status=row["status"],
        progress=row["progress"],
        created_at=instant(row["created_at"]),
        finished_at=instant_or_none(row["finished_at"]),
        error=row["error"],
        download_url=_link(row["id"], row["expires_at"]) if there else None,
    )


def _link(export_id: UUID, expires_at: datetime) -> str:
    expires = int(min(clock.now() + timedelta(seconds=LINK_SECONDS), expires_at).timestamp())
    said = export_id.bytes + expires.to_bytes(4, "big")
    return f"{runtime.settings().base_url}/api/exports/{b64(said + _mac(said))}"


def _mac(said: bytes) -> bytes:
    return keys.keys().mac("file", b"export", said)[:_MAC_BYTES]


async def make(export_id: UUID) -> None:
    """Write the file, sealed as it is made; then tell. Made again it takes the place of the first; erased meanwhile it does not stay."""
    row = await db.fetchrow("UPDATE data_exports SET status = 'running' WHERE id = $1 AND status IN ('queued', 'running') RETURNING *", export_id)
    if row is None:
        return
    user_id, place = row["user_id"], row["file"]

    async def progressed(percent: int) -> None:
        await db.execute("UPDATE data_exports SET progress = $2 WHERE id = $1 AND status = 'running'", export_id, min(99, percent))

    key = await keys.keys().of(user_id)
    try:
        await storage().put(place, seal_stream(key, place, export_content.archive(user_id, key, progressed)))
    except NotFound:
        raise KeyDestroyed("the export went with its person") from None
    async with db.transaction():
        now = clock.now()
        language = await db.fetchval("SELECT language FROM users WHERE id = $1 FOR KEY SHARE", user_id)
        done = await db.execute(
            "UPDATE data_exports SET status = 'done', progress = 100, finished_at = $2, expires_at = $3 WHERE id = $1 AND status = 'running'",
            export_id, now, now + timedelta(days=KEPT_DAYS),
        )  # fmt: skip
        if done:
            await notify("user", user_id, "export_ready", *words(language, "export_ready", days=KEPT_DAYS), cause=f"export:{export_id}", exportId=str(export_id))
            if await db.fetchval("SELECT email_index IS NOT NULL FROM users WHERE id = $1", user_id):
                await mails.send("user", user_id, "export_ready", days=KEPT_DAYS)
    if not done:
        await storage().delete(place)


class OpenExport:
    """What a link leads to: the file, and what to do once it was sent."""

    def __init__(self, place: str, chunks: AsyncIterator[bytes]) -> None:
        self._place, self.chunks = place, chunks

    async def sent(self) -> None:
        await storage().delete(self._place)


async def look(signed: str) -> dict[str, Any]:
    """The export of a link that is still good, without spending the link. Raises NotFound."""
    try:
        raw = unb64(signed)
    except ValueError:
        raise NotFound from None
    said = raw[:_SAID_BYTES]
    if len(raw) != _SAID_BYTES + _MAC_BYTES or not hmac.compare_digest(raw[_SAID_BYTES:], _mac(said)):
        raise NotFound
    if int.from_bytes(said[16:], "big") <= clock.now().timestamp():
        raise NotFound
    row = await db.fetchrow(
        "SELECT id, user_id, file FROM data_exports WHERE id = $1 AND status = 'done' AND fetched_at IS NULL AND expires_at > $2", UUID(bytes=said[:16]), clock.now()
    )
    if row is None:
        raise NotFound
    return dict(row)


async def fetch(signed: str) -> OpenExport:
    """Spend a link. Raises NotFound for one that is not ours, has expired or was used, or whose file cannot be opened."""
    found = await look(signed)
    try:
        chunks = open_stream(await keys.keys().of(found["user_id"]), found["file"], storage().get(found["file"]))
        first = await anext(chunks)
    except (CannotOpen, NoSuchFile):
        raise NotFound from None
    async with db.transaction():
        if not await db.execute("UPDATE data_exports SET fetched_at = $2 WHERE id = $1 AND fetched_at IS NULL", found["id"], clock.now()):
            raise NotFound
        # A link needs no sign-in, so nobody can say who followed it.
        await audit.record("export_fetched", actor=("link", None), subject=("user", found["user_id"]))

    async def all_of_it() -> AsyncIterator[bytes]:
        yield first
        async for chunk in chunks:
            yield chunk

    return OpenExport(found["file"], all_of_it())


async def remove_old(rows_older_than: datetime) -> int:
    """Delete the files of exports that were fetched, failed or have expired, and rows past their time; returns how many files."""
    await _give_up(None)
    removed = 0
    past = "file <> '' AND (status = 'failed' OR expires_at < $1 OR fetched_at < $2)"
    while gone := await db.fetch(f"SELECT id, file FROM data_exports WHERE {past} LIMIT {_AT_ONCE}", clock.now(), clock.ago(hours=1)):
        for row in gone:
            await storage().delete(row["file"])
        removed += await db.execute("UPDATE data_exports SET file = '' WHERE id = ANY($1)", [row["id"] for row in gone])
    await db.execute("DELETE FROM data_exports WHERE file = '' AND created_at < $1", rows_older_than)
    return removed
