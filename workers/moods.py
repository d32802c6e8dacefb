"""Jobs that follow a diary, and those that look at achievements whatever happened before."""

from __future__ import annotations

from core.jobs import handles
from domain import achievements, insight_refreshing, mood_import, tallies
from domain.awarding import AwardEarned, AwardEverybody
from domain.mood_import import ImportMoods
from domain.moods import MoodRecorded


@handles(MoodRecorded)
async def recorded(job: MoodRecorded) -> None:
    await insight_refreshing.refresh_soon(job.user_id)
    await achievements.award(job.user_id, tallies.MOODS.__contains__)


@handles(ImportMoods)
async def take_in(job: ImportMoods) -> None:
    await mood_import.take_in(job.import_id)


@handles(AwardEarned)
async def award_earned(job: AwardEarned) -> None:
    await achievements.award(job.user_id)


@handles(AwardEverybody)
async def award_everybody(_job: AwardEverybody) -> None:
    await achievements.award_everybody()
