"""What the nightly training of the forecast reads: the ratings of all who allow it, without a word of what they wrote."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from core import db
from core.jobs import Job
from models.consent import ANALYSED

# So many people are read, drawn anew each night, and of each so many of their newest ratings, if there are at least LEAST: what is learnt is some dozens of
# numbers, and memory and time stay bounded (some hundred megabytes, half a minute).
MOST_PEOPLE, MOST_RATINGS, LEAST = 1_000, 400, 30
# The loop waits while the rows of so many are taken apart: some hundredths of a second.
_PEOPLE_AT_ONCE = 25


class TrainForecast(Job):
    """Nightly: train the forecast's model over all who allow it; it is used only while it beats what needs none."""

    queue = "insights"
    max_attempts = 3
    time_limit = 1800


@dataclass(frozen=True)
class Ratings:
    """One person's, oldest first: moods on 1–5, the local dates they count for, the local time of each (naive)."""

    moods: list[int] = field(default_factory=list)
    dates: list[date] = field(default_factory=list)
    at: list[datetime] = field(default_factory=list)


async def everybodys() -> list[Ratings]:
    """The newest ratings of those whose diary may be analysed, in no order that would name anybody; of nobody who forbids it while others are read."""
    drawn = await db.fetch(
        f"""
        SELECT u.id FROM users u WHERE {ANALYSED} AND (SELECT count(*) FROM (SELECT 1 FROM mood_entries m WHERE m.user_id = u.id LIMIT $1) AS newest) = $1
        ORDER BY random() LIMIT $2
        """,
        LEAST, MOST_PEOPLE,
    )  # fmt: skip
    found: list[Ratings] = []
    for start in range(0, len(drawn), _PEOPLE_AT_ONCE):
        found += await _of([row["id"] for row in drawn[start : start + _PEOPLE_AT_ONCE]])
    return found


async def _of(people: list[UUID]) -> list[Ratings]:
    rows = await db.fetch(
        f"""
        SELECT u.id, u.timezone, m.mood, m.date, m.timestamp FROM users u
        CROSS JOIN LATERAL (SELECT id, mood, date, timestamp FROM mood_entries WHERE user_id = u.id ORDER BY date DESC, timestamp DESC, id DESC LIMIT $2) AS m
        WHERE u.id = ANY($1) AND {ANALYSED} ORDER BY u.id, m.date, m.timestamp, m.id
        """,
        people, MOST_RATINGS,
    )  # fmt: skip
    zones = {row["timezone"]: ZoneInfo(row["timezone"]) for row in rows}
    found: dict[UUID, Ratings] = {}
    for row in rows:
        each = found.setdefault(row["id"], Ratings())
        each.moods.append(row["mood"])
        each.dates.append(row["date"])
        each.at.append(row["timestamp"].astimezone(zones[row["timezone"]]).replace(tzinfo=None))
    return list(found.values())
