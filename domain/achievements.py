"""Achievements: what can be earned, how far somebody is, and awarding each once.

After an event only those are looked at that it may have moved: not earned yet, and about what it changed. A run that gives several tells of them at once.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from core import clock, db, jobs
from core.views import Instant, View, instant, instant_or_none
from domain import mails, requirements
from domain.awarding import AwardEarned
from domain.languages import language_of, spoken
from domain.notifications import notify
from domain.tallies import tally
from domain.words import words

POINTS_A_LEVEL = 100
# One mail tells of all that is earned on a good day.
MAILED_AT_MOST_EVERY = timedelta(hours=1)
# These are given without a word: a lock screen need not tell that somebody talked to a counselor.
_QUIET_CATEGORY = "chat"


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


async def award(user_id: UUID, moved: Callable[[str], bool] | None = None) -> list[UUID]:
    """Give somebody what they have earned by now and not had before, and tell them; returns the achievements' ids.

    `moved`: of which subjects something changed; without it, all are looked at.
    """
    missing = await db.fetch(f"SELECT * FROM ({_ACTIVE}) AS a WHERE NOT EXISTS (SELECT 1 FROM user_achievements u WHERE u.user_id = $1 AND u.achievement_id = a.id)", user_id)
    asked = [(row, requirements.parse(row["requirement"])) for row in missing]
    if moved is not None:
        asked = [(row, wanted) for row, wanted in asked if any(map(moved, requirements.subjects(wanted)))]
    tallies = await tally(user_id, frozenset[str]().union(*(requirements.subjects(wanted) for _, wanted in asked)))
    met = [row for row, wanted in asked if requirements.progress(wanted, tallies).met]
    return await _give(user_id, sorted(met, key=lambda row: (row["points"], row["slug"]))) if met else []


async def _give(user_id: UUID, met: list[asyncpg.Record]) -> list[UUID]:
    async with db.transaction():
        language = await db.fetchval("SELECT language FROM users WHERE id = $1 FOR KEY SHARE", user_id)
        if language is None:
            return []
        # All in one order, and whoever comes second waits at the first: one run gives what several found at once.
        given = []
        for row in met:
            made = await db.execute(
                "INSERT INTO user_achievements (id, user_id, achievement_id, earned_at) VALUES ($1, $2, $3, $4) ON CONFLICT (user_id, achievement_id) DO NOTHING",
                clock.new_id(), user_id, row["id"], clock.now(),
            )  # fmt: skip
            given += [row] if made else []
        await _tell(user_id, language, [row for row in given if row["category"] != _QUIET_CATEGORY])
    return [row["id"] for row in given]


async def _tell(user_id: UUID, language: str, given: list[asyncpg.Record]) -> None:
    """One notification for all; none in a crisis, when other things matter."""
    if not given or await db.fetchval("SELECT EXISTS (SELECT 1 FROM crises WHERE user_id = $1 AND acknowledged_at IS NULL)", user_id):
        return
    views = [_view(row, language) for row in given]
    if len(views) == 1:
        title, body = words(language, "achievement", name=views[0].name, description=views[0].description)
    else:
        title, body = words(language, "achievements", count=len(views), names=", ".join(view.name for view in views))
    ids = [str(view.id) for view in views]
    await notify("user", user_id, "achievement", title, body, cause=f"achievement:{ids[0]}", achievementId=ids[0], achievementIds=ids, points=sum(view.points for view in views))
    await mails.send_optional(user_id, "achievement", again_after=MAILED_AT_MOST_EVERY)


async def award_everybody() -> None:
    """Promise a look at everyone, a thousand at a time."""
    last = UUID(int=0)
    while True:
        people = await db.fetch("SELECT id FROM users WHERE id > $1 ORDER BY id LIMIT 1000", last)
        if not people:
            return
        async with db.transaction():
            for person in people:
                await jobs.defer(AwardEarned(user_id=person["id"]), key=str(person["id"]))
        last = people[-1]["id"]
