"""Jobs as staff see them: how the queues stand, what failed, and what to do about it."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from core import db, jobs
from core.problem import NotFound
from core.views import Instant, View, instant
from domain import audit
from domain.access import Principal


class Queue(View):
    """`lagSeconds`: how long the oldest due job has been waiting to be started."""

    queue: str
    waiting: int
    delayed: int
    running: int
    failed: int
    lag_seconds: float


class FailedJob(View):
    """`payload` holds ids; `error` says what went wrong and where, never with anybody's words."""

    id: UUID
    name: str
    queue: str
    payload: dict[str, Any]
    attempts: int
    error: str | None
    request_id: str | None
    created_at: Instant
    failed_at: Instant


class JobsPage(View):
    items: list[FailedJob]
    next_cursor: str | None
    queues: list[Queue]


async def queues() -> list[Queue]:
    """Every queue there is, in the order of their declaration."""
    rows = await db.fetch(
        """
        SELECT queue, count(*) FILTER (WHERE failed_at IS NULL AND lease_until IS NULL AND due_at <= now()) AS waiting,
            count(*) FILTER (WHERE failed_at IS NULL AND lease_until IS NULL AND due_at > now()) AS delayed,
            count(*) FILTER (WHERE failed_at IS NULL AND lease_until IS NOT NULL) AS running, count(*) FILTER (WHERE failed_at IS NOT NULL) AS failed,
            COALESCE(extract(epoch FROM now() - min(due_at) FILTER (WHERE failed_at IS NULL AND lease_until IS NULL AND due_at <= now())), 0)::float8 AS lag_seconds
        FROM jobs GROUP BY queue
        """
    )
    found = {row["queue"]: Queue(**{**row, "lag_seconds": round(row["lag_seconds"], 3)}) for row in rows}
    return [found.get(name, Queue(queue=name, waiting=0, delayed=0, running=0, failed=0, lag_seconds=0.0)) for name in jobs.QUEUES]


async def failed(*, after: tuple[datetime, UUID] | None, limit: int) -> list[FailedJob]:
    """Those that failed for good, the last one first."""
    rows = await db.fetch(
        """
        SELECT id, name, queue, payload, attempts, error, request_id, created_at, date_trunc('milliseconds', failed_at) AS failed_at FROM jobs
        WHERE failed_at IS NOT NULL AND ($1::timestamptz IS NULL OR (date_trunc('milliseconds', failed_at), id) < ($1, $2::uuid)) ORDER BY 9 DESC, id DESC LIMIT $3
        """,
        *(after or (None, None)), limit,
    )  # fmt: skip
    return [FailedJob(**{**row, "payload": json.loads(row["payload"]), "created_at": instant(row["created_at"]), "failed_at": instant(row["failed_at"])}) for row in rows]


async def retry(principal: Principal, job_id: UUID) -> None:
    """Give a failed job a fresh start. Raises NotFound."""
    await _do(principal, job_id, "job_retried")


async def discard(principal: Principal, job_id: UUID) -> None:
    """Drop a failed job. Raises NotFound."""
    await _do(principal, job_id, "job_discarded")


async def _do(principal: Principal, job_id: UUID, action: str) -> None:
    async with db.transaction():
        name = await db.fetchval("SELECT name FROM jobs WHERE id = $1", job_id)
        if not await (jobs.retry(job_id) if action == "job_retried" else jobs.discard(job_id)):
            raise NotFound
        await audit.record(action, actor=principal.actor, job=str(job_id), name=name)
