"""What the analysis of one person reads: their diary, the words of late opened, and what stands beside it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from core import clock, db, keys
from core.crypto import Key
from domain.languages import spoken
from domain.tallies import LEAST_BREATHING_SECONDS
from models.consent import ANALYSED

# The newest so many entries are read, some years of most diaries: it bounds the memory and the time of an analysis.
MOST_ENTRIES = 5_000
# What is sealed is opened for so many dates up to today: no analysis looks at the words of earlier ones, only at moods and dates.
WORDS_DAYS = 200


@dataclass(frozen=True)
class Material:
    """Plain lists. `moods`, `dates`, `at` (local time, naive), `factors`, `weather` and `notes` have an element for each entry, by date, then by instant;
    the last three are empty where an entry has none, or is older than WORDS_DAYS.

    `breathing` and `modules` are the local dates of breathing sessions and finished modules, sorted; `read_at` is the instant of which all this is true.
    """

    today: date
    language: str
    read_at: datetime
    moods: list[int]
    dates: list[date]
    at: list[datetime]
    factors: list[tuple[str, ...]]
    weather: list[str | None]
    notes: list[str | None]
    breathing: list[date]
    modules: list[date]


async def material(user_id: UUID) -> Material | None:
    """None for somebody who is gone or whose diary is not to be analysed. Raises KeyDestroyed, CannotOpen for an entry that was altered."""
    read_at = clock.now()
    person = await db.fetchrow(f"SELECT timezone, language FROM users u WHERE id = $1 AND {ANALYSED}", user_id)
    if person is None:
        return None
    zone = ZoneInfo(person["timezone"])
    today = read_at.astimezone(zone).date()
    entries = await db.fetch(
        """
        SELECT id, mood, date, timestamp, CASE WHEN date > $2 THEN factors END AS factors, CASE WHEN date > $2 THEN weather END AS weather, CASE WHEN date > $2 THEN note END AS note
        FROM mood_entries WHERE user_id = $1 ORDER BY date DESC, timestamp DESC, id DESC LIMIT $3
        """,
        user_id, today - timedelta(days=WORDS_DAYS), MOST_ENTRIES,
    )  # fmt: skip
    first = entries[-1]["date"] if entries else today
    breathing = await db.fetch("SELECT date FROM breathing_sessions WHERE user_id = $1 AND date >= $2 AND duration >= $3 ORDER BY date", user_id, first, LEAST_BREATHING_SECONDS)
    modules = await db.fetch("SELECT completed_at FROM module_completions WHERE user_id = $1 ORDER BY completed_at", user_id)
    days = [row["completed_at"].astimezone(zone).date() for row in modules]
    # In a thread: some thousands of values take a while to open, and others wait for the loop.
    said = await asyncio.to_thread(_opened, entries[::-1], await keys.keys().of(user_id), zone)
    return Material(
        today=today,
        language=spoken(person["language"]),
        read_at=read_at,
        breathing=[row["date"] for row in breathing],
        modules=[day for day in days if day >= first],
        **said,
    )


def _opened(entries: list[asyncpg.Record], key: Key, zone: ZoneInfo) -> dict[str, list]:
    factors = [key.open(row["factors"], "mood_entries.factors", row["id"]) for row in entries]
    return {
        "moods": [row["mood"] for row in entries],
        "dates": [row["date"] for row in entries],
        "at": [row["timestamp"].astimezone(zone).replace(tzinfo=None) for row in entries],
        "factors": [msgspec.json.decode(each, type=tuple[str, ...]) if each else () for each in factors],
        "weather": [key.open(row["weather"], "mood_entries.weather", row["id"]) for row in entries],
        "notes": [key.open(row["note"], "mood_entries.note", row["id"]) for row in entries],
    }
