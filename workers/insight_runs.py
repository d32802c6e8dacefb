"""Analysts' runs as jobs over the worker fleet: a shard at a time, then their conclusion."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import Any

import msgspec

from core import runtime
from core.jobs import handles
from domain import insight_shards
from domain.engagement import engagement
from domain.insight_shards import ComputeShard, ConcludeRun


@handles(ComputeShard)
async def compute_shard(job: ComputeShard) -> None:
    shard = await insight_shards.take(job.run_id, job.number)
    if shard is not None:
        from workers import shards  # noqa: PLC0415 (what it uses takes seconds to load: the first run pays, not every start)

        # In a thread with a loop of its own: this one renews the leases of all jobs.
        found = await asyncio.to_thread(shards.compute, shard, runtime.settings().database())
        await insight_shards.keep_shard(shard, found.content, found.people)


@handles(ConcludeRun)
async def conclude_run(job: ConcludeRun) -> None:
    run = await insight_shards.computed(job.run_id)
    if run is not None:
        from analytics import batch  # noqa: PLC0415
        from analytics.findings import Window  # noqa: PLC0415

        counted = await engagement_of(run.first, run.last)
        files = await asyncio.to_thread(batch.conclude, Window(run.first, run.last), run.shards, counted)
        await insight_shards.conclude(job.run_id, files)


async def engagement_of(first: date, last: date) -> dict[str, Any]:
    """The engagement of these dates as `analytics.batch.conclude` takes it."""
    found: dict[str, Any] = msgspec.to_builtins(await engagement(first, last))
    return found
