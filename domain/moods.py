"""Mood entries: how somebody felt, when, and what went with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from core import clock, db, jobs, keys
from core.crypto import Key
from core.jobs import Job
from core.problem import Invalid, NotFound
from core.views import Instant, View, instant
from domain import crisis, risk, second_look
from domain.crisis import Crisis
from domain.risk import Risk

NOTE_BYTES = 8_000
LABEL_CHARACTERS = 120
MOST_FACTORS, FACTOR_CHARACTERS = 20, 60
AHEAD = timedelta(minutes=5)
OLDEST_YEARS = 10

Rating = Annotated[int, msgspec.Meta(ge=1, le=5)]


class MoodRecorded(Job):
    """Somebody's diary changed: look at their achievements and insights."""

    time_limit = 30

    user_id: UUID


class Mood(View):
    id: UUID
    mood: Rating
    note: str | None
    date: date
    timestamp: Instant
    location: str | None
    weather: str | None
    factors: list[str]
    created_at: Instant
    crisis: Crisis | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True)
class Entry:
    """What is written down; `timestamp` in UTC, `date` the local day it counts for.

    `clocks`: what the clocks showed, of a file that names no zone. It is recognised by that, wherever the person lives when it is read again.
    """

    mood: int
    timestamp: datetime
    date: date
    note: str | None = None
    location: str | None = None
    weather: str | None = None
    factors: tuple[str, ...] = ()
    clocks: str | None = None


COLUMNS = "id, mood, note, date, timestamp, location, weather, factors, created_at"


def mood_view(row: asyncpg.Record, key: Key) -> Mood:
    entry_id = row["id"]
    factors = key.open(row["factors"], "mood_entries.factors", entry_id)
    return Mood(
        id=entry_id,
        mood=row["mood"],
        note=key.open(row["note"], "mood_entries.note", entry_id),
        date=row["date"],
        timestamp=instant(row["timestamp"]),
        location=key.open(row["location"], "mood_entries.location", entry_id),
        weather=key.open(row["weather"], "mood_entries.weather", entry_id),
        factors=msgspec.json.decode(factors, type=list[str]) if factors else [],
        created_at=instant(row["created_at"]),
    )


def row_of(user_id: UUID, entry: Entry, key: Key) -> dict[str, Any]:
    """An entry's columns, sealed, under a new id."""
    entry_id = clock.new_id()
    return {
        "id": entry_id,
        "user_id": user_id,
        "mood": entry.mood,
        "date": entry.date,
        "timestamp": entry.timestamp,
        "fingerprint": fingerprint(user_id, entry),
        "created_at": clock.now(),
        **_sealed(entry, entry_id, key),
    }


def _sealed(entry: Entry, entry_id: UUID, key: Key) -> dict[str, bytes | None]:
    factors = json.dumps(entry.factors, ensure_ascii=False) if entry.factors else None
    texts = {"note": entry.note, "location": entry.location, "weather": entry.weather, "factors": factors}
    return {name: key.seal(text or None, f"mood_entries.{name}", entry_id) for name, text in texts.items()}


def fingerprint(user_id: UUID, entry: Entry) -> bytes:
    """What an import recognises an entry by; kept as first written, whatever is changed later."""
    said = f"{entry.clocks or entry.timestamp.isoformat()}|{entry.mood}|{entry.note or ''}"
    return keys.keys().mac("fingerprint", user_id.bytes, said.encode())[:16]


def place_in_time(timestamp: datetime | None, day: date | None, zone: str) -> tuple[datetime, date]:
    """The instant and local date an entry counts for, from either or neither. Raises Invalid.

    An instant defaults to now, or to noon of a date that is not today; a date defaults to the instant's in the
    person's zone and lies within a day of it.
    """
    now, local = clock.now(), ZoneInfo(zone)
    if timestamp is None:
        today = now.astimezone(local).date()
        if day is None or day == today:
            timestamp = now
        else:
            if not date(1900, 1, 2) <= day <= date(2900, 1, 1):
                raise Invalid([("date", "lies outside the last ten years")])
            timestamp = datetime.combine(day, time(12), local).astimezone(UTC)
        where = "date"
    else:
        where = "timestamp"
    try:
        timestamp = timestamp.astimezone(UTC)
        on_that_day = timestamp.astimezone(local).date()
    except (OverflowError, ValueError):
        raise Invalid([(where, "lies outside the last ten years")]) from None
    timestamp = timestamp.replace(microsecond=timestamp.microsecond // 1000 * 1000)
    if timestamp > now + AHEAD:
        raise Invalid([(where, "lies in the future")])
    # A date alone is a whole day: its noon may be over when ten years are not.
    oldest = clock.years_ago(OLDEST_YEARS) - timedelta(days=where == "date")
    if timestamp < oldest:
        raise Invalid([(where, "lies outside the last ten years")])
    if day is not None and abs((day - on_that_day).days) > 1:
        raise Invalid([("date", "is more than a day away from the timestamp")])
    return timestamp, day or on_that_day


async def record(user_id: UUID, *, timestamp: datetime | None = None, day: date | None = None, **said: Any) -> Mood:
    """Write a mood down; `said` are the other fields of Entry. A note that shows crisis risk is flagged, and the answer carries `crisis`.

    Raises Invalid for an instant or date out of range.
    """
    zone = await db.fetchval("SELECT timezone FROM users WHERE id = $1", user_id)
    if zone is None:
        raise NotFound
    timestamp, day = place_in_time(timestamp, day, zone)
    key = await keys.keys().of(user_id)
    row = row_of(user_id, Entry(timestamp=timestamp, date=day, **said), key)
    found = risk.assess(said.get("note") or "")
    async with db.transaction():
        await db.execute(
            f"INSERT INTO mood_entries ({', '.join(row)}) VALUES ({', '.join(f'${n}' for n in range(1, len(row) + 1))})",
            *row.values(),
        )
        await jobs.defer(MoodRecorded(user_id=user_id), key=str(user_id))
        if found is not None:
            await crisis.flag(user_id, found.level, "mood_note", row["id"])
        elif said.get("note"):
            await second_look.promise(("mood_note", row["id"]))
    return await _with_help(mood_view(row, key), user_id, found)


async def _with_help(view: Mood, user_id: UUID, found: Risk | None) -> Mood:
    view.crisis = msgspec.UNSET if found is None else await crisis.help_for(user_id)
    return view


async def page(user_id: UUID, *, first: date | None, last: date | None, after: tuple[datetime, UUID] | None, limit: int) -> list[Mood]:
    """Up to `limit` entries, newest first, from local date `first` to `last`, after a position."""
    rows = await db.fetch(
        f"""
        SELECT {COLUMNS} FROM mood_entries
        WHERE user_id = $1 AND ($2::date IS NULL OR date >= $2) AND ($3::date IS NULL OR date <= $3)
            AND ($4::timestamptz IS NULL OR (timestamp, id) < ($4, $5::uuid))
        ORDER BY timestamp DESC, id DESC LIMIT $6
        """,
        user_id, first, last, *(after or (None, None)), limit,
    )  # fmt: skip
    key = await keys.keys().of(user_id)
    return [mood_view(row, key) for row in rows]


async def one(user_id: UUID, entry_id: UUID, *, lock: bool = False) -> Mood:
    """Raises NotFound."""
    row = await db.fetchrow(f"SELECT {COLUMNS} FROM mood_entries WHERE id = $1 AND user_id = $2{' FOR UPDATE' if lock else ''}", entry_id, user_id)
    if row is None:
        raise NotFound
    return mood_view(row, await keys.keys().of(user_id))


async def change(user_id: UUID, entry_id: UUID, changes: Mapping[str, Any]) -> Mood:
    """Change any of an entry's fields; a new timestamp without a date moves the date with it. A new note is looked at for risk.

    Raises NotFound, Invalid.
    """
    found = risk.assess(changes.get("note") or "")
    async with db.transaction():
        before = await one(user_id, entry_id, lock=True)
        zone = await db.fetchval("SELECT timezone FROM users WHERE id = $1", user_id)
        timestamp, day = datetime.fromisoformat(before.timestamp), before.date
        if "timestamp" in changes or "date" in changes:
            given = changes.get("timestamp") or (timestamp if _same_day(timestamp, changes.get("date"), zone) else None)
            timestamp, day = place_in_time(given, changes.get("date"), zone)
        entry = Entry(
            mood=changes.get("mood", before.mood),
            timestamp=timestamp,
            date=day,
            note=changes.get("note", before.note),
            location=changes.get("location", before.location),
            weather=changes.get("weather", before.weather),
            factors=tuple(changes.get("factors", before.factors)),
        )
        key = await keys.keys().of(user_id)
        columns = {"mood": entry.mood, "date": entry.date, "timestamp": entry.timestamp, **_sealed(entry, entry_id, key)}
        assignments = ", ".join(f"{name} = ${index}" for index, name in enumerate(columns, start=2))
        row = await db.fetchrow(f"UPDATE mood_entries SET {assignments} WHERE id = $1 RETURNING {COLUMNS}", entry_id, *columns.values())
        await jobs.defer(MoodRecorded(user_id=user_id), key=str(user_id))
        if found is not None and entry.note != before.note:
            await crisis.flag(user_id, found.level, "mood_note", entry_id)
        elif entry.note and entry.note != before.note:
            await second_look.promise(("mood_note", entry_id))
    return await _with_help(mood_view(row, key) if row else before, user_id, found)


def _same_day(timestamp: datetime, day: date | None, zone: str) -> bool:
    """Whether an entry may keep its instant under a new date."""
    return day is not None and abs((timestamp.astimezone(ZoneInfo(zone)).date() - day).days) <= 1


async def delete(user_id: UUID, entry_id: UUID) -> None:
    """Raises NotFound."""
    async with db.transaction():
        if not await db.execute("DELETE FROM mood_entries WHERE id = $1 AND user_id = $2", entry_id, user_id):
            raise NotFound
        await jobs.defer(MoodRecorded(user_id=user_id), key=str(user_id))
