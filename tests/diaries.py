"""Diaries made at will: entries straight into the table, files through the import."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from core import clock, db, keys
from domain.moods import Entry, row_of
from tests.people import Account, World, do_jobs, upload

DAYLIO = "full_date,date,weekday,time,mood,activities,note_title,note"


def on(day: date, mood: int = 3, *, hour: int = 12, zone: str = "UTC", **about: Any) -> Entry:
    """An entry of a local date."""
    return Entry(mood=mood, timestamp=datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC), date=day, **about)


async def store(user_id: UUID, entries: Iterable[Entry]) -> None:
    """Write entries as an import does, without any rule looking at them."""
    key = await keys.keys().of(user_id)
    rows = [row_of(user_id, entry, key) for entry in entries]
    if rows:
        async with db.pool().acquire() as connection:
            await connection.copy_records_to_table("mood_entries", records=[tuple(row.values()) for row in rows], columns=list(rows[0]))


async def clear(user_id: UUID) -> None:
    await db.execute("DELETE FROM mood_entries WHERE user_id = $1", user_id)


async def diary(world: World, entries: Iterable[Entry], **about: Any) -> Account:
    """Somebody with these entries."""
    person = await world.anonymous(**about)
    await store(person.uuid, entries)
    return person


async def days_ago(person: Account, *ago: int, zone: str = "UTC") -> None:
    """An entry on each of these days before today; a negative one lies ahead."""
    today = clock.today(zone)
    await store(person.uuid, [on(today - timedelta(days=days), zone=zone) for days in ago])


async def take_in(person: Account, content: bytes | str, **fields: str) -> dict[str, Any]:
    """Import a file, do the jobs, and say what became of it."""
    raw = content.encode() if isinstance(content, str) else content
    begun = await person.post("/moods/import", form=upload(raw, **fields))
    assert begun.status == 202, begun.raw
    await do_jobs()
    answered = await person.get(f"/moods/import/{begun.json['id']}")
    assert answered.status == 200, answered.raw
    found: dict[str, Any] = answered.json
    return found


async def every(person: Account) -> list[dict[str, Any]]:
    """All entries over all pages, newest first."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = (await person.get(f"/moods?limit=100{cursor}")).json
        found += page["items"]
        if page["nextCursor"] is None:
            return found
        cursor = f"&cursor={page['nextCursor']}"


async def exported(person: Account) -> bytes:
    answered = await person.get("/moods/export.csv")
    assert answered.status == 200, answered.raw
    return answered.raw


async def count(person: Account) -> int:
    found: int = await db.fetchval("SELECT count(*)::int FROM mood_entries WHERE user_id = $1", person.uuid)
    return found
