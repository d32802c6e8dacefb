"""When somebody's insights are worked out anew; declared apart, so that whatever changes what they rest on can ask for it.

A change of the diary asks for a refresh some seconds later, so that a handful of entries in a row are analysed once. A refresh that waits already keeps
its instant, so whoever never stops writing is refreshed all the same. Once an hour the living diaries whose day is over since are refreshed; all others
are when their person next asks.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from core import clock, db, jobs
from core.jobs import Job
from domain import chart_drawing
from models.consent import ANALYSED

# The code and the form of a stored report. Raise it whenever an analysis says other things of the same diary: what was stored before is then worked out anew.
VERSION = 1
# So long after a change the insights are worked out.
SETTLE_SECONDS = 5
# A diary lives while it has an entry in so many days.
LIVING_DAYS = 30
# In one hour so many are refreshed by themselves, evenly over the hour, so that whoever has just written need not wait for all of them.
MOST_AN_HOUR = 20_000
_AT_ONCE = 500
# What failed for good is not asked for again before so long, however often its person asks.
_REST_AFTER_FAILURE = timedelta(hours=1)
# By itself it is not tried again before so long: an entry that cannot be opened stays so.
_DAY_AFTER_FAILURE = timedelta(days=1)


class RefreshInsights(Job):
    """Analyse somebody's diary anew."""

    queue = "insights"
    max_attempts = 4
    time_limit = 60

    user_id: UUID


class RefreshEverybody(Job):
    """Each hour: the insights of those whose day has ended, while their diary lives."""

    queue = "insights"
    time_limit = 600


async def refresh_soon(user_id: UUID) -> None:
    """Promise a refresh: what insights rest on has changed, and charts are old. Nothing for who is gone, or has switched insights off."""
    async with db.transaction():
        if await db.fetchval(f"SELECT {ANALYSED} FROM users u WHERE id = $1 FOR KEY SHARE", user_id):
            await _promise(user_id, clock.now() + timedelta(seconds=SETTLE_SECONDS))
            await chart_drawing.mark_old(user_id)


async def refresh_now(user_id: UUID) -> None:
    """Promise a refresh that need not wait for more changes; not shortly after one has failed for good."""
    if not await db.fetchval(
        "SELECT EXISTS (SELECT 1 FROM jobs WHERE name = $1 AND key = $2 AND failed_at > $3)", RefreshInsights.name(), str(user_id), clock.now() - _REST_AFTER_FAILURE
    ):
        await _promise(user_id, clock.now())


async def _promise(user_id: UUID, due_at: datetime) -> None:
    await jobs.defer(RefreshInsights(user_id=user_id), due_at=due_at, key=str(user_id))


async def forget(user_id: UUID) -> None:
    """Nothing is kept of what was found or drawn, from the open transaction on."""
    await db.execute("DELETE FROM mood_insights WHERE user_id = $1", user_id)
    await chart_drawing.forget(user_id)


async def refresh_everybody() -> int:
    """Promise a refresh to those whose insights were not made on their date by this code, while their diary lives; returns to how many."""
    began = await _when_today_began()
    after, promised = UUID(int=0), 0
    while promised < MOST_AN_HOUR:
        found = await db.fetch(
            f"""
            SELECT u.id FROM users u JOIN unnest($1::text[], $2::timestamptz[]) AS z (zone, began) ON z.zone = u.timezone
            LEFT JOIN mood_insights i ON i.user_id = u.id
            WHERE u.id > $3 AND {ANALYSED} AND (i.user_id IS NULL OR i.computed_at < z.began OR i.version <> $4)
                AND EXISTS (SELECT 1 FROM mood_entries m WHERE m.user_id = u.id AND m.date > $5)
                AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.name = $7 AND j.key = u.id::text AND j.failed_at > $8)
            ORDER BY u.id LIMIT $6
            """,
            [*began], [*began.values()], after, VERSION, clock.now().date() - timedelta(days=LIVING_DAYS), min(_AT_ONCE, MOST_AN_HOUR - promised),
            RefreshInsights.name(), clock.now() - _DAY_AFTER_FAILURE,
        )  # fmt: skip
        if not found:
            break
        async with db.transaction():
            for row in found:
                await _promise(row["id"], clock.now() + timedelta(hours=promised / MOST_AN_HOUR))
                promised += 1
        after = found[-1]["id"]
    return promised


async def _when_today_began() -> dict[str, datetime]:
    """By zone, for those that people live in: the instant at which their date of now began. Zones are Python's, as everywhere."""
    zones = [ZoneInfo(row["timezone"]) for row in await db.fetch("SELECT DISTINCT timezone FROM users")]
    return {zone.key: datetime.combine(clock.now().astimezone(zone), time(), zone).astimezone(UTC) for zone in zones}
