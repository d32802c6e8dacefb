"""Achievements: what can be earned, how far somebody is, and awarding each once."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from core import clock, db, jobs
from core.jobs import Job
from core.views import Instant, View, instant, instant_or_none
from domain import requirements
from domain.languages import spoken
from domain.notifications import notify
from domain.requirements import Tally
from domain.words import words

POINTS_A_LEVEL = 100


class AwardEarned(Job):
    """Look at one person's achievements again."""

    user_id: UUID


class AwardEverybody(Job):
    """An achievement is new or changed: whoever has earned it already shall have it."""

    time_limit = 600


class Achievement(View):
    id: UUID
    name: str
    description: str
    icon: str
    category: str
    points: int
    requirement: dict[str, Any]


class Earned(View):
    achievement: Achievement
    earned_at: Instant


class EarnedPage(View):
    """A page of what somebody earned, with their points and level (one level every 100 points, from 1)."""

    items: list[Earned]
    next_cursor: str | None
    total_points: int
    level: int


class AchievementProgress(View):
    achievement: Achievement
    current: int
    target: int
    percent: int
    earned_at: Instant | None


def _view(row: asyncpg.Record, language: str) -> Achievement:
    translated = json.loads(row["translations"]).get(spoken(language), {})
    return Achievement(
        id=row["id"],
        name=translated.get("name", row["name"]),
        description=translated.get("description", row["description"]),
        icon=row["icon"],
        category=row["category"],
        points=row["points"],
        requirement=json.loads(row["requirement"]),
    )


_ACTIVE = "SELECT id, slug, name, description, translations, icon, category, points, requirement FROM achievements WHERE is_active ORDER BY category, points, slug"


async def language_of(user_id: UUID) -> str:
    return await db.fetchval("SELECT language FROM users WHERE id = $1", user_id) or "en"


async def every(language: str) -> list[Achievement]:
    """All that can be earned, by category and points."""
    return [_view(row, language) for row in await db.fetch(_ACTIVE)]


async def earned(user_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int) -> tuple[list[tuple[UUID, Earned]], int]:
    """What somebody earned, newest first, each with its row's id; and all their points."""
    language = await language_of(user_id)
    rows = await db.fetch(
        """
        SELECT a.*, u.id AS row_id, u.earned_at FROM user_achievements u JOIN achievements a ON a.id = u.achievement_id
        WHERE u.user_id = $1 AND ($2::timestamptz IS NULL OR (u.earned_at, u.id) < ($2, $3::uuid))
        ORDER BY u.earned_at DESC, u.id DESC LIMIT $4
        """,
        user_id, *(after or (None, None)), limit,
    )  # fmt: skip
    points = await db.fetchval("SELECT coalesce(sum(a.points), 0)::int FROM user_achievements u JOIN achievements a ON a.id = u.achievement_id WHERE u.user_id = $1", user_id)
    return [(row["row_id"], Earned(achievement=_view(row, language), earned_at=instant(row["earned_at"]))) for row in rows], points


def level(points: int) -> int:
    return 1 + points // POINTS_A_LEVEL


async def progress(user_id: UUID) -> list[AchievementProgress]:
    """How far somebody is with each; an earned one stays at its target whatever was deleted since."""
    language, tallies = await language_of(user_id), await tally(user_id)
    has = {row["achievement_id"]: row["earned_at"] for row in await db.fetch("SELECT achievement_id, earned_at FROM user_achievements WHERE user_id = $1", user_id)}
    found = []
    for row in await db.fetch(_ACTIVE):
        so_far = requirements.progress(requirements.parse(row["requirement"]), tallies)
        current = so_far.target if row["id"] in has else so_far.current
        found.append(
            AchievementProgress(
                achievement=_view(row, language),
                current=current,
                target=so_far.target,
                percent=100 if row["id"] in has else so_far.percent,
                earned_at=instant_or_none(has.get(row["id"])),
            )
        )
    return found


async def tally(user_id: UUID) -> dict[str, Tally]:
    """What somebody did of each subject; a streak is a run of local dates (gaps and islands)."""
    row = await db.fetchrow(
        """
        WITH days AS (
            SELECT date, count(*) AS count FROM mood_entries WHERE user_id = $1 GROUP BY date
        ), runs AS (
            SELECT count(*) AS length FROM (SELECT date - (row_number() OVER (ORDER BY date))::int AS run FROM days) AS numbered GROUP BY run
        )
        SELECT coalesce(sum(count), 0)::int AS count, count(*)::int AS days, (SELECT coalesce(max(length), 0)::int FROM runs) AS streak FROM days
        """,
        user_id,
    )
    return {"moods": Tally(row["count"], row["days"], row["streak"]) if row else Tally()}


async def award(user_id: UUID) -> list[UUID]:
    """Give somebody what they have earned by now and not had before, and tell them; returns the achievements' ids."""
    tallies, given = await tally(user_id), []
    async with db.transaction():
        language = await db.fetchval("SELECT language FROM users WHERE id = $1 FOR KEY SHARE", user_id)
        if language is None:
            return []
        missing = await db.fetch(
            "SELECT * FROM achievements a WHERE is_active AND NOT EXISTS (SELECT 1 FROM user_achievements u WHERE u.user_id = $1 AND u.achievement_id = a.id) ORDER BY points, slug",
            user_id,
        )
        for row in missing:
            if not requirements.progress(requirements.parse(row["requirement"]), tallies).met:
                continue
            made = await db.execute(
                "INSERT INTO user_achievements (id, user_id, achievement_id, earned_at) VALUES ($1, $2, $3, $4) ON CONFLICT (user_id, achievement_id) DO NOTHING",
                clock.new_id(), user_id, row["id"], clock.now(),
            )  # fmt: skip
            if made:
                given.append(row["id"])
                view = _view(row, language)
                title, body = words(language, "achievement", name=view.name, description=view.description)
                await notify("user", user_id, "achievement", title, body, cause=f"achievement:{row['id']}", achievementId=str(row["id"]), points=row["points"])
    return given


async def award_everybody() -> None:
    """Promise a look at everyone who has done something, a thousand at a time."""
    last = UUID(int=0)
    while True:
        people = await db.fetch("SELECT DISTINCT user_id FROM mood_entries WHERE user_id > $1 ORDER BY user_id LIMIT 1000", last)
        if not people:
            return
        async with db.transaction():
            for person in people:
                await jobs.defer(AwardEarned(user_id=person["user_id"]), key=str(person["user_id"]))
        last = people[-1]["user_id"]
