"""Jobs that follow a module finished and a breathing session done."""

from __future__ import annotations

from core.jobs import handles
from domain import achievements, insight_refreshing, tallies
from domain.breathing import BreathingRecorded
from domain.programs import ProgramProgressed


@handles(ProgramProgressed)
async def progressed(job: ProgramProgressed) -> None:
    await insight_refreshing.refresh_soon(job.user_id)
    await achievements.award(job.user_id, tallies.is_of_programs)


@handles(BreathingRecorded)
async def breathed(job: BreathingRecorded) -> None:
    await insight_refreshing.refresh_soon(job.user_id)
    await achievements.award(job.user_id, tallies.BREATHING.__contains__)
