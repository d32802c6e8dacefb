"""Breathing: techniques with exact timings, and the sessions somebody did."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from core import clock, db, jobs
from core.jobs import Job
from core.problem import Invalid, NotFound
from core.views import Instant, View, instant
from domain import catalog
from domain.languages import spoken

AHEAD, OLDEST_YEARS = timedelta(minutes=5), 10


class BreathingRecorded(Job):
    """Somebody breathed: look at their achievements."""

    user_id: UUID


class Phase(View):
    phase: Literal["inhale", "hold", "exhale", "rest"]
    seconds: Annotated[float, msgspec.Meta(gt=0, le=60)]


class Technique(View):
    """`pattern` is one cycle; `caution` says when rather not."""

    id: str
    name: str
    description: str
    pattern: list[Phase]
    benefits: list[str]
    default_cycles: int
    source: str
    caution: str


class BreathingSession(View):
    """`duration` in seconds; moods 1 to 5, before and after."""

    id: UUID
    technique: str
    duration: int
    completed_at: Instant
    mood_before: int | None
    mood_after: int | None


class Totals(View):
    """All sessions ever; `mood_change` is the mean of after minus before, where both were given."""

    sessions: int
    seconds: int
    mood_change: float | None


class BreathingPage(View):
    items: list[BreathingSession]
    next_cursor: str | None
    totals: Totals


class _Words(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    description: str
    benefits: list[str]
    caution: str = ""


class _Technique(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    slug: Annotated[str, msgspec.Meta(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
    name: str
    description: str
    pattern: Annotated[list[Phase], msgspec.Meta(min_length=2, max_length=12)]
    benefits: list[str]
    default_cycles: Annotated[int, msgspec.Meta(ge=1, le=100)]
    source: str
    es: _Words
    caution: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    techniques: Annotated[list[_Technique], msgspec.Meta(min_length=1)]


def load(path: Path | None = None) -> tuple[_Technique, ...]:
    """Read and check the catalogue's techniques. Raises CatalogError."""
    path = path or catalog.FOLDER / "breathing.toml"
    try:
        found = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File).techniques
    except (OSError, ValueError) as error:
        raise catalog.CatalogError(f"{path.name}: {error}") from None
    slugs = [each.slug for each in found]
    if twice := {slug for slug in slugs if slugs.count(slug) > 1}:
        raise catalog.CatalogError(f"{path.name}: {min(twice)}: stands there twice")
    return tuple(found)


@cache
def _techniques() -> tuple[_Technique, ...]:
    return load()


def techniques(language: str) -> list[Technique]:
    """All techniques, in a language we speak."""
    found = []
    for each in _techniques():
        said: Any = each.es if spoken(language) == "es" else each
        plain = {name: getattr(each, name) for name in ("pattern", "default_cycles", "source")}
        found.append(Technique(id=each.slug, name=said.name, description=said.description, benefits=said.benefits, caution=said.caution or each.caution, **plain))
    return found


def _view(row: asyncpg.Record) -> BreathingSession:
    return BreathingSession(
        id=row["id"], technique=row["technique"], duration=row["duration"], completed_at=instant(row["completed_at"]), mood_before=row["mood_before"], mood_after=row["mood_after"]
    )


async def record(
    user_id: UUID, technique: str, duration: int, *, completed_at: datetime | None = None, mood_before: int | None = None, mood_after: int | None = None
) -> BreathingSession:
    """Write a session down. Raises Invalid for an unknown technique or an instant out of range."""
    if technique not in {each.slug for each in _techniques()}:
        raise Invalid([("technique", "is no technique of ours")])
    now = clock.now()
    try:
        at = (completed_at or now).astimezone(UTC)
    except (OverflowError, ValueError):
        raise Invalid([("completedAt", "lies outside the last ten years")]) from None
    if at > now + AHEAD:
        raise Invalid([("completedAt", "lies in the future")])
    if at < clock.years_ago(OLDEST_YEARS):
        raise Invalid([("completedAt", "lies outside the last ten years")])
    zone = await db.fetchval("SELECT timezone FROM users WHERE id = $1", user_id)
    if zone is None:
        raise NotFound
    day: date = at.astimezone(ZoneInfo(zone)).date()
    async with db.transaction():
        row = await db.fetchrow(
            """
            INSERT INTO breathing_sessions (id, user_id, technique, duration, mood_before, mood_after, date, completed_at, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING *
            """,
            clock.new_id(), user_id, technique, duration, mood_before, mood_after, day, at.replace(microsecond=at.microsecond // 1000 * 1000), now,
        )  # fmt: skip
        await jobs.defer(BreathingRecorded(user_id=user_id), key=str(user_id))
    assert row is not None
    return _view(row)


async def page(user_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int) -> list[BreathingSession]:
    """Newest first, after a position."""
    rows = await db.fetch(
        """
        SELECT * FROM breathing_sessions WHERE user_id = $1 AND ($2::timestamptz IS NULL OR (completed_at, id) < ($2, $3::uuid))
        ORDER BY completed_at DESC, id DESC LIMIT $4
        """,
        user_id, *(after or (None, None)), limit,
    )  # fmt: skip
    return [_view(row) for row in rows]


async def totals(user_id: UUID) -> Totals:
    """What it all comes to."""
    row = await db.fetchrow(
        "SELECT count(*) AS sessions, coalesce(sum(duration), 0) AS seconds, round(avg(mood_after - mood_before), 2)::float8 AS change FROM breathing_sessions WHERE user_id = $1",
        user_id,
    )
    return Totals(sessions=row["sessions"], seconds=row["seconds"], mood_change=row["change"]) if row else Totals(sessions=0, seconds=0, mood_change=None)
