"""Crowds made at will: shards of people without a database, and people with diaries in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa

from analytics.batch.cohort import Cohort, cohort
from analytics.batch.features import mood_features
from analytics.batch.reading import Moods
from analytics.batch.shards import _CHAT, _PROGRAM, SHARD, _lists, _stream
from analytics.findings import Window
from core import clock, db

FIRST = date(2026, 1, 5)


def noon(day: int) -> datetime:
    """Of a day of the window, in UTC."""
    return datetime(FIRST.year, FIRST.month, FIRST.day, 12, tzinfo=UTC) + timedelta(days=day)


def window(days: int) -> Window:
    return Window(FIRST, FIRST + timedelta(days=days - 1))


def shard(moods: np.ndarray, *, history: int = 0, programs: Sequence[Mapping[str, Any]] = (), chats: Sequence[Mapping[str, Any]] = (), first: int = 0, **columns: Any) -> bytes:
    """`moods`: people × days, NaN where there is no entry; the first `history` days are before the window. `programs` and `chats`: rows with `n`, whose they are.

    `columns` replace those of the shard.
    """
    people, days = moods.shape[0], moods.shape[1] - history
    person, day = np.nonzero(~np.isnan(moods))
    features = mood_features(Moods(person.astype(np.int32), (day - history).astype(np.int32), moods[person, day]), people, days)
    plain = {
        "person": [f"{first + n:016x}" for n in range(people)],
        "language": ["en"] * people,
        "joined": [date(2025, 12, 1)] * people,
        "counted": [True] * people,
        "breathing": [0] * people,
        **columns,
    }
    enrolments = [{"title": each["slug"].title(), "completed": None, **each} for each in sorted(programs, key=lambda row: (row["n"], row["enrolled"]))]
    asked = [{"day": 0, "priority": "medium", "rating": None, "counselor": None, "wait": None, **each} for each in sorted(chats, key=lambda row: row["n"])]
    listed = {"programs": _lists(enrolments, _PROGRAM, people), "chats": _lists(asked, _CHAT, people)}
    found = {**{name: pa.array(values, SHARD.field(name).type) for name, values in plain.items()}, **listed, **features}
    return _stream(pa.table([found[name] for name in SHARD.names], schema=SHARD))


def crowd(moods: np.ndarray, *, history: int = 0, **about: Any) -> Cohort:
    return cohort(window(moods.shape[1] - history), [shard(moods, history=history, **about)])


def diaries(random: np.random.Generator, people: int, days: int, *, gaps: float = 0.2, spread: float = 0.5, persistence: float = 0.4) -> np.ndarray:
    """Moods about a level of each one's own, each day's leaning on the day before; `gaps` is the share of days without an entry."""
    level = random.normal(3.2, spread, people)
    noise = random.normal(0, 0.6, (people, days))
    for day in range(1, days):
        noise[:, day] = persistence * noise[:, day - 1] + np.sqrt(1 - persistence**2) * noise[:, day]
    moods = np.clip(level[:, None] + noise, 1, 5)
    moods[random.random((people, days)) < gaps] = np.nan
    return moods


def flat(people: int, days: int, mood: float = 3) -> np.ndarray:
    """Everybody writes the same every day."""
    return np.full((people, days), float(mood))


async def settle(moods: np.ndarray, *, history: int = 0, **about: Any) -> list[UUID]:
    """People with these whole moods (as `shard`) in the database. `about` changes columns of `users`."""
    now = clock.now()
    plain = {
        "email_verified": False, "is_premium": False, "is_anonymous": True, "is_banned": False, "timezone": "UTC", "language": "en", "theme": "system",
        "font_size": "medium", "preferences": "{}", "created_at": datetime(2025, 12, 1, tzinfo=UTC), "updated_at": now, **about,
    }  # fmt: skip
    ids = [clock.new_id() for _ in moods]
    entries = [
        (clock.new_id(), id, int(mood), FIRST + timedelta(days=day - history), noon(day - history), b"\x00" * 16, now)
        for id, row in zip(ids, moods, strict=True)
        for day, mood in enumerate(row)
        if not np.isnan(mood)
    ]
    async with db.pool().acquire() as connection:
        await connection.copy_records_to_table("users", records=[(id, *plain.values()) for id in ids], columns=["id", *plain])
        columns = ["id", "user_id", "mood", "date", "timestamp", "fingerprint", "created_at"]
        await connection.copy_records_to_table("mood_entries", records=entries, columns=columns)
    return ids


def switched_off(**switches: bool) -> str:
    """The column `preferences` of somebody who has switched these off."""
    return json.dumps({"privacy": {name: not off for name, off in switches.items()}})
