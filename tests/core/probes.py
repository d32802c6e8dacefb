"""Jobs that do what a test says, and ways to see what became of them."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from core import db, jobs
from core.jobs import Job, handles


class Hopeless(Exception):
    """What trying again cannot mend."""


class ProbeWork(Job):
    """Does what the test says."""

    max_attempts = 3
    throws = (Hopeless,)
    time_limit = 5

    number: int = 0


class ProbeSlow(Job):
    time_limit = 0.05


done: list[int] = []
raised: list[Exception] = []


@handles(ProbeWork)
async def work(job: ProbeWork) -> None:
    if raised:
        raise raised[0]
    done.append(job.number)


@handles(ProbeSlow)
async def slow(_job: ProbeSlow) -> None:
    await asyncio.Event().wait()


async def row_of(job_id: UUID) -> dict[str, Any]:
    row = await db.fetchrow("SELECT * FROM jobs WHERE id = $1", job_id)
    assert row is not None
    return dict(row)


async def ids() -> list[UUID]:
    return [row["id"] for row in await db.fetch("SELECT id FROM jobs ORDER BY id")]


async def promised(**options: Any) -> UUID:
    await jobs.defer(ProbeWork(number=len(await ids())), **options)
    return (await ids())[-1]
