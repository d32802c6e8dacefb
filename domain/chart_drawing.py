"""Drawing a diary and keeping the picture; declared apart from showing it, so that whatever changes a diary can say that its pictures are old.

A picture is kept for each kind, period and language that somebody has looked at, and drawn anew when it is next looked at: nobody's diary is drawn for nothing.
"""

from __future__ import annotations

import asyncio
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import asyncpg
import msgspec

from core import clock, db, jobs, keys
from core.crypto import Key
from core.jobs import Job
from domain.languages import spoken
from models.consent import ANALYSED

Kind = Literal["mood", "calendar", "weekday", "factors"]
Period = Literal["7d", "30d", "90d", "365d", "all"]

# The newest so many entries are drawn, decades of most diaries: it bounds the memory and the time of a drawing.
MOST_ENTRIES = 20_000
# What failed for good is not tried again before so long, however often its person asks.
_REST_AFTER_FAILURE = timedelta(hours=1)
_FOLDER = Path(__file__).parent.parent / "catalog" / "charts"


class DrawChart(Job):
    """Draw a picture of somebody's diary."""

    queue = "insights"
    max_attempts = 4
    time_limit = 60

    user_id: UUID
    kind: Kind
    period: Period


@dataclass(frozen=True)
class Sketch:
    """What a drawing needs, read at `read_at`: plain lists with an element for each entry of the period, oldest first; `factors` are empty where they are not drawn.

    `chart_id` is the row it is drawn for, `version` that row's as it was before the diary was read.
    """

    chart_id: UUID
    version: str
    user_id: UUID
    language: str
    today: date
    read_at: datetime
    moods: list[int]
    dates: list[date]
    factors: list[tuple[str, ...]]


async def promise(user_id: UUID, kind: Kind, period: Period) -> bool:
    """Have it drawn, once however often this is asked meanwhile; False, and nothing, shortly after that has failed for good.

    One that a worker draws just now is not promised again: what changes the diary meanwhile marks it, and the next look promises anew.
    """
    key = f"{user_id}:{kind}:{period}"
    now = await db.fetchrow(
        "SELECT bool_or(failed_at > $3) AS has_failed, bool_or(lease_until > now()) AS is_drawn FROM jobs WHERE name = $1 AND key = $2",
        DrawChart.name(), key, clock.now() - _REST_AFTER_FAILURE,
    )  # fmt: skip
    if now is not None and now["has_failed"]:
        return False
    if now is None or not now["is_drawn"]:
        await jobs.defer(DrawChart(user_id=user_id, kind=kind, period=period), key=key)
    return True


async def begin(user_id: UUID, kind: Kind, period: Period) -> Sketch | None:
    """None for somebody who is gone or whose diary is not to be drawn. Raises KeyDestroyed, CannotOpen for an entry that was altered."""
    read_at = clock.now()
    person = await db.fetchrow("SELECT timezone, language FROM users WHERE id = $1", user_id)
    if person is None:
        return None
    today, language = clock.today(person["timezone"]), spoken(person["language"])
    # The row is there, still without a picture, before the diary is read: whatever changes the diary from here on marks it. A switch of preferences comes
    # before or after this statement, as it locks the person.
    row = await db.fetchrow(
        f"""
        WITH person AS (SELECT u.id FROM users u WHERE u.id = $2 AND {ANALYSED} FOR KEY SHARE)
        INSERT INTO mood_charts AS c (id, user_id, kind, period, language, svg, local_date, is_stale, made_at)
        SELECT $1, person.id, $3, $4, $5, ''::bytea, $6, true, $7 FROM person
        ON CONFLICT (user_id, kind, period, language) DO UPDATE SET is_stale = c.is_stale
        RETURNING id, xmin::text AS version
        """,
        clock.new_id(), user_id, kind, period, language, today, read_at,
    )  # fmt: skip
    if row is None:
        return None
    first = None if period == "all" else today - timedelta(days=int(period[:-1]) - 1)
    entries = await db.fetch(
        """
        SELECT id, mood, date, CASE WHEN $4 THEN factors END AS factors FROM mood_entries
        WHERE user_id = $1 AND ($2::date IS NULL OR date BETWEEN $2 AND $3) ORDER BY date DESC, timestamp DESC, id DESC LIMIT $5
        """,
        user_id, first, today, kind == "factors", MOST_ENTRIES,
    )  # fmt: skip
    # In a thread: some thousands of values take a while to open, and others wait for the loop.
    said = await asyncio.to_thread(_opened, entries[::-1], await keys.keys().of(user_id))
    return Sketch(chart_id=row["id"], version=row["version"], user_id=user_id, language=language, today=today, read_at=read_at, **said)


def _opened(entries: list[asyncpg.Record], key: Key) -> dict[str, list]:
    factors = [key.open(row["factors"], "mood_entries.factors", row["id"]) for row in entries]
    return {
        "moods": [row["mood"] for row in entries],
        "dates": [row["date"] for row in entries],
        "factors": [msgspec.json.decode(each, type=tuple[str, ...]) if each else () for each in factors],
    }


async def store(sketch: Sketch, svg: bytes) -> bool:
    """Keep a drawing, as old already if the diary has changed since it was read; returns whether it was kept.

    It is not where its row is gone: with its person, or as they switched insights off. Raises KeyDestroyed.
    """
    key = await keys.keys().of(sketch.user_id)
    # PostgreSQL's own mark of who wrote a row last tells whether `mark_old` has been there meanwhile.
    kept = await db.execute(
        "UPDATE mood_charts SET svg = $2, local_date = $3, made_at = $4, is_stale = xmin::text <> $5 WHERE id = $1",
        sketch.chart_id, key.seal(svg.decode(), "mood_charts.svg", sketch.chart_id), sketch.today, sketch.read_at, sketch.version,
    )  # fmt: skip
    return bool(kept)


async def mark_old(user_id: UUID) -> None:
    """Their diary has changed: its pictures are drawn anew when they are next looked at. Locked in order, so that two changes at once do not wait for each other."""
    await db.execute("UPDATE mood_charts SET is_stale = true WHERE id IN (SELECT id FROM mood_charts WHERE user_id = $1 ORDER BY id FOR NO KEY UPDATE)", user_id)


async def forget(user_id: UUID) -> None:
    """No picture is kept, from the open transaction on."""
    await db.execute("DELETE FROM mood_charts WHERE user_id = $1", user_id)


@lru_cache
def words(language: str) -> dict[str, Any]:
    """What stands on charts in a language we speak."""
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
