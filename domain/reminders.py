"""Reminders at the person's own time of day: of logging a mood, the week in numbers, a program left lying, a message not read.

Each is decided once a local date: a column of the person's row holds the date, and is moved on by the transaction that promises the notification
and the mail. A time of day that the clocks skip comes with the next one that they show, even if that is on the next date; one that they show
twice comes with the first. In quiet hours nothing is sent: a reminder waits for their end, and is dropped when that is on another date.

Local times come from Python's zone database, as everywhere, not from PostgreSQL's.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import asyncpg

from core import clock, db
from core.jobs import Job
from domain import mails
from domain.languages import spoken
from domain.notifications import notify
from domain.words import words

SUMMARY_TIME, NUDGE_TIME = "09:00", "10:00"
# A program is missed after so many days without a step in it, and given up after so many; between them a nudge a week.
NUDGE_AFTER_DAYS, NUDGE_UNTIL_DAYS, NUDGE_EVERY_DAYS = 3, 30, 7
UNREAD_MINUTES = 10
# Nobody is told of a message so old: they have their reasons.
UNREAD_UNTIL_HOURS = 24
_TOGETHER = 200


class RemindOfMoods(Job):
    """Each minute: whose chosen time has come and whose day has no mood yet."""

    time_limit = 300


class SendWeeklySummaries(Job):
    """Each quarter of an hour, where it is Monday from 9:00: the week before in numbers, for who logged a mood in it."""

    time_limit = 600


class NudgePrograms(Job):
    """Each quarter of an hour, where it is 10:00 or later: who made no step in their program for three days; once a week, for a month."""

    time_limit = 600


class MailUnread(Job):
    """Each minute: a counselor's message has been waiting for ten minutes, and its person is not connected."""

    time_limit = 120


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A zone's date, the latest time of day that it has reached on it, and what its clocks show; times are `HH:MM`."""

    zone: str
    day: date
    reached: str
    clock: str


def local_times() -> list[LocalTime]:
    """What time it is in every zone; twice for one whose clocks have just skipped the end of a date, which then has reached `24:00`."""
    now, found = clock.now(), []
    for zone in _zones():
        local, before = now.astimezone(zone), (now - timedelta(hours=1)).astimezone(zone)
        shown = local.isoformat()[11:16]
        found.append(LocalTime(zone.key, local.date(), shown, shown))
        if before.date() + timedelta(days=1) == local.date() and _offset(local) > _offset(before):
            found.append(LocalTime(zone.key, before.date(), "24:00", shown))
    return found


@lru_cache
def _zones() -> list[ZoneInfo]:
    """Kept: zoneinfo itself remembers only a few, and reading them all takes a tenth of a second."""
    return [ZoneInfo(name) for name in sorted(available_timezones())]


def _offset(local: datetime) -> timedelta:
    return local.utcoffset() or timedelta()


# When other things matter.
_IN_CRISIS = "EXISTS (SELECT 1 FROM crises c WHERE c.user_id = u.id AND c.acknowledged_at IS NULL)"
# Whether it is quiet for the person in the row `u` at their local time `z`.
_QUIET = """COALESCE(CASE WHEN {quiet} ->> 'start' <= {quiet} ->> 'end'
        THEN z.clock >= {quiet} ->> 'start' AND z.clock < {quiet} ->> 'end'
        ELSE z.clock >= {quiet} ->> 'start' OR z.clock < {quiet} ->> 'end' END, false)""".format(quiet="(u.preferences #> '{notifications,quietHours}')")


def _pushed(switch: str) -> str:
    return f"(NOT u.is_banned AND COALESCE((u.preferences #>> '{{notifications,push,{switch}}}')::boolean, true))"


async def _decide(column: str, switch: str, due: str, happened: str, at: list[LocalTime], tell: Callable[[list[asyncpg.Record]], Awaitable[None]]) -> int:
    """Move the date on for everybody who is due, and tell those of them for whom `happened` holds; returns how many were told.

    `due` and `happened` are SQL over `u` and `z`. All are found at once and looked at again in batches, each a transaction that locks them; whom
    somebody else holds is left for the next time.
    """
    skipped, shown = [each for each in at if each.reached == "24:00"], [each for each in at if each.reached != "24:00"]
    told = 0
    # A date whose end was skipped comes before the one that has begun.
    for group in (skipped, shown):
        by_mail, by_push = mails.wanted(f"'{switch}'"), _pushed(switch)
        arrays = ([each.zone for each in group], [each.day for each in group], [each.reached for each in group], [each.clock for each in group])
        who = f"""FROM users u JOIN unnest($1::text[], $2::date[], $3::text[], $4::text[]) AS z (zone, day, reached, clock) ON z.zone = u.timezone
            WHERE (u.{column} IS NULL OR u.{column} < z.day) AND ({due}) AND NOT {_QUIET} AND ({by_mail} OR {by_push})"""
        found = [row["id"] for row in await db.fetch(f"SELECT u.id {who}", *arrays)] if group else []
        for begin in range(0, len(found), _TOGETHER):
            async with db.transaction():
                rows = await db.fetch(
                    f"""
                    WITH due AS (
                        SELECT u.id, z.day, {by_mail} AS by_mail, {by_push} AS by_push, ({happened}) AS happened {who} AND u.id = ANY($5) FOR NO KEY UPDATE OF u SKIP LOCKED)
                    UPDATE users SET {column} = due.day FROM due WHERE users.id = due.id
                    RETURNING users.id, users.language, due.day, due.by_mail, due.by_push, due.happened
                    """,
                    *arrays, found[begin : begin + _TOGETHER],
                )  # fmt: skip
                chosen = [row for row in rows if row["happened"]]
                await tell(chosen)
            told += len(chosen)
    return told


async def remind_of_moods() -> int:
    """Remind everybody whose time has come and who has logged no mood today; returns how many."""
    return await _decide(
        "mood_reminder_on",
        "moodReminder",
        "u.preferences #>> '{notifications,moodReminderTime}' <= z.reached",
        "NOT EXISTS (SELECT 1 FROM mood_entries m WHERE m.user_id = u.id AND m.date = z.day)",
        local_times(),
        _tell_of_moods,
    )


async def _tell_of_moods(rows: list[asyncpg.Record]) -> None:
    for row in rows:
        await _tell(row, "mood_reminder")


async def _tell(row: asyncpg.Record, kind: str, said: dict[str, str] | None = None, **mailed: Any) -> None:
    if row["by_push"]:
        title, body = words(row["language"], kind, **(said or {}))
        await notify("user", row["id"], kind, title, body, cause=f"{kind}:{row['day']}")
    if row["by_mail"]:
        await mails.send("user", row["id"], kind, **mailed)


async def send_weekly_summaries() -> int:
    """Tell everybody where it is Monday morning of the week before, Monday to Sunday; returns how many."""
    return await _decide(
        "weekly_summary_on",
        "weeklySummary",
        "true",
        f"EXISTS (SELECT 1 FROM mood_entries m WHERE m.user_id = u.id AND m.date >= z.day - 7 AND m.date < z.day) AND NOT {_IN_CRISIS}",
        [each for each in local_times() if each.day.weekday() == 0 and each.reached >= SUMMARY_TIME],
        _tell_of_weeks,
    )


async def _tell_of_weeks(rows: list[asyncpg.Record]) -> None:
    """How many entries, their average, and how that changed; none of their words."""
    found = await db.fetch(
        """
        SELECT w.id, count(*) FILTER (WHERE m.date >= w.day - 7)::int AS count, avg(m.mood) FILTER (WHERE m.date >= w.day - 7)::float8 AS average,
            avg(m.mood) FILTER (WHERE m.date < w.day - 7)::float8 AS previous
        FROM unnest($1::uuid[], $2::date[]) AS w (id, day) JOIN mood_entries m ON m.user_id = w.id AND m.date >= w.day - 14 AND m.date < w.day GROUP BY w.id
        """,
        [row["id"] for row in rows], [row["day"] for row in rows],
    )  # fmt: skip
    weeks = {week["id"]: week for week in found}
    for row in rows:
        if (week := weeks.get(row["id"])) is None or not week["count"]:
            continue
        change = None if week["previous"] is None else round(week["average"] - week["previous"], 2)
        average = f"{week['average']:.1f}"
        said = {"count": str(week["count"]), "average": average.replace(".", ",") if spoken(row["language"]) == "es" else average}
        await _tell(row, "weekly_summary", said, count=week["count"], average=round(week["average"], 2), change=change)


async def nudge_programs() -> int:
    """Remind everybody who began a program and has made no step in any for some days; returns how many."""
    return await _decide(
        "program_reminder_on",
        "programReminder",
        f"""(u.program_reminder_on IS NULL OR u.program_reminder_on <= z.day - {NUDGE_EVERY_DAYS})
            AND EXISTS (SELECT 1 FROM user_programs p WHERE p.user_id = u.id AND p.status = 'in_progress')
            AND (SELECT max(p.last_accessed_at) FROM user_programs p WHERE p.user_id = u.id)
                BETWEEN '{clock.ago(days=NUDGE_UNTIL_DAYS).isoformat()}' AND '{clock.ago(days=NUDGE_AFTER_DAYS).isoformat()}'""",
        f"NOT {_IN_CRISIS}",
        [each for each in local_times() if each.reached >= NUDGE_TIME],
        _tell_of_programs,
    )


async def _tell_of_programs(rows: list[asyncpg.Record]) -> None:
    """Without the program's name: it says what somebody struggles with, and a lock screen shows it."""
    for row in rows:
        await _tell(row, "program_reminder")


async def mail_unread() -> int:
    """Mail everybody for whom a counselor's message waits and who is not connected, once until they read; returns how many."""
    waiting = await db.fetch(
        f"""
        SELECT s.id FROM chat_sessions s JOIN users u ON u.id = s.user_id
        WHERE (s.status <> 'closed' OR s.updated_at > $2) AND s.last_seq > s.user_read_seq AND {mails.wanted("'chat'")}
            AND EXISTS (SELECT 1 FROM chat_messages m WHERE m.session_id = s.id AND m.seq > s.user_read_seq AND m.sender_type = 'counselor' AND m.sent_at BETWEEN $2 AND $1)
            AND NOT EXISTS (SELECT 1 FROM presences p WHERE p.principal_id = s.user_id)
        """,
        clock.ago(minutes=UNREAD_MINUTES), clock.ago(hours=UNREAD_UNTIL_HOURS),
    )  # fmt: skip
    told = 0
    for each in waiting:
        async with db.transaction():
            # Of two that look at once the second waits, and then sees the first one's mail.
            row = await db.fetchrow("SELECT id, user_id, user_read_seq FROM chat_sessions WHERE id = $1 FOR NO KEY UPDATE", each["id"])
            if row is None or await db.fetchval(
                "SELECT EXISTS (SELECT 1 FROM mails WHERE principal_id = $1 AND kind = 'chat_waiting' AND data ->> 'session' = $2 AND (data ->> 'read')::int = $3)",
                row["user_id"], str(row["id"]), row["user_read_seq"],
            ):  # fmt: skip
                continue
            told += await mails.send_optional(row["user_id"], "chat_waiting", session=str(row["id"]), read=row["user_read_seq"])
    return told
