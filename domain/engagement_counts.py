"""Who did what on which dates, counted in the database: true counts, which nobody is shown (`domain.engagement` says what of them is)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import asyncpg

from core import db
from core.disclosure import LEAST
from models.consent import COUNTED

WEEK, MONTH = 7, 30
RETURNS = (1, 7, 30)


@dataclass(frozen=True)
class Activity:
    """`daily`: people active on each date, in the 7 and in the 30 days that end with it, from 29 days before the window on, where the last two are not whole yet.

    `cohorts`: by the Monday of each calendar week within the window, how many signed up in it, and how many of these were active on the very day
    RETURNS after (0 also where that lies ahead).
    """

    daily: dict[date, tuple[int, int, int]]
    cohorts: dict[date, tuple[int, list[int]]]


async def activity(first: date, last: date) -> Activity:
    row = await _row(_ACTIVITY, first, last)
    begin = first - timedelta(days=MONTH - 1)
    returned = {(first + timedelta(days=place), after): people for place, after, people in row["returned"] or ()}
    return Activity(
        daily={begin + timedelta(days=place): tuple(counts) for place, counts in enumerate(row["series"])},
        cohorts={week: (people, [returned.get((week, after), 0) for after in RETURNS]) for week, people in zip(row["weeks"] or (), row["people"] or (), strict=True)},
    )


async def use(first: date, last: date) -> asyncpg.Record:
    """How many people used each feature."""
    return await _row(_USE, first, last)


async def begun(first: date, last: date) -> list[asyncpg.Record]:
    """How many people began each program, and completed it by the last date; of retired programs, those that many began."""
    return await db.fetch(_BEGUN, first, last)


async def chats(first: date, last: date) -> asyncpg.Record:
    """How many people asked for how many chats, how long until a counselor took them (seconds), how they rated them."""
    return await _row(_CHATS, first, last)


async def _row(query: str, first: date, last: date) -> asyncpg.Record:
    row = await db.fetchrow(query, first, last)
    if row is None:
        raise RuntimeError("an aggregate gave no row")
    return row


_ZERO = "date '1970-01-01'"

# Whose use is counted.
_PEOPLE = f"""
    people AS MATERIALIZED (
        SELECT u.id, u.timezone, (u.created_at AT TIME ZONE u.timezone)::date AS joined FROM users u WHERE {COUNTED} AND NOT u.is_banned
    )
"""

# A person's date is one number, their own above the day's, so that a million are sorted fast. Of each date they were active on, the next one after it:
# until that, or for 7 and 30 days, they count as active in the week and in the month.
_ACTIVITY = f"""
WITH {_PEOPLE}, numbered AS MATERIALIZED (
    SELECT *, (row_number() OVER ())::bigint << 16 AS base FROM people
), done AS (
    SELECT p.base, p.joined, m.date FROM numbered p JOIN mood_entries m ON m.user_id = p.id
    UNION ALL
    SELECT p.base, p.joined, b.date FROM numbered p JOIN breathing_sessions b ON b.user_id = p.id
    UNION ALL
    SELECT p.base, p.joined, (e.started_at AT TIME ZONE p.timezone)::date FROM numbered p JOIN user_programs e ON e.user_id = p.id AND e.status <> 'not_started'
    UNION ALL
    SELECT p.base, p.joined, (c.completed_at AT TIME ZONE p.timezone)::date FROM numbered p JOIN module_completions c ON c.user_id = p.id
    UNION ALL
    SELECT p.base, p.joined, (s.created_at AT TIME ZONE p.timezone)::date FROM numbered p JOIN chat_sessions s ON s.user_id = p.id
    UNION ALL
    SELECT p.base, p.joined, (t.sent_at AT TIME ZONE p.timezone)::date
    FROM numbered p JOIN chat_sessions s ON s.user_id = p.id JOIN chat_messages t ON t.session_id = s.id AND t.sender_type = 'user'
), followed AS (
    SELECT at, lead(at) OVER (ORDER BY at) AS next
    FROM (SELECT base + (date - {_ZERO}) AS at FROM done WHERE date BETWEEN GREATEST(joined, $1::date - {MONTH - 1}) AND $2::date + {MONTH}) AS each
), active AS MATERIALIZED (
    SELECT at, next FROM followed WHERE next IS DISTINCT FROM at
), steps AS (
    SELECT (at & 65535)::int AS day, (LEAST(next, at + {WEEK}) & 65535)::int AS week_end, (LEAST(next, at + {MONTH}) & 65535)::int AS month_end, count(*)::int AS people
    FROM active GROUP BY GROUPING SETS ((1), (2), (3))
), series AS (
    SELECT d.day, COALESCE(a.people, 0) AS dau, sum(COALESCE(a.people, 0) - COALESCE(w.people, 0)) OVER (ORDER BY d.day)::int AS wau,
        sum(COALESCE(a.people, 0) - COALESCE(m.people, 0)) OVER (ORDER BY d.day)::int AS mau
    FROM generate_series($1::date - {_ZERO} - {MONTH - 1}, $2::date - {_ZERO}) AS d (day)
    LEFT JOIN steps a ON a.day = d.day LEFT JOIN steps w ON w.week_end = d.day LEFT JOIN steps m ON m.month_end = d.day
), joiners AS (
    SELECT base + (joined - {_ZERO}) AS at, date_trunc('week', joined::timestamp)::date AS week FROM numbered
), cohorts AS (
    SELECT week, count(*)::int AS people FROM joiners WHERE week >= $1 AND week + 6 <= $2 GROUP BY week
), returned AS (
    SELECT j.week - $1::date AS week, n.after, count(*)::int AS people
    FROM joiners j CROSS JOIN unnest(ARRAY{list(RETURNS)}) AS n (after) JOIN active a ON a.at = j.at + n.after WHERE j.week >= $1 AND j.week + 6 <= $2 GROUP BY 1, 2
)
SELECT
    (SELECT array_agg(array[dau, wau, mau] ORDER BY day) FROM series) AS series,
    (SELECT array_agg(week ORDER BY week) FROM cohorts) AS weeks,
    (SELECT array_agg(people ORDER BY week) FROM cohorts) AS people,
    (SELECT array_agg(array[week, after, people]) FROM returned) AS returned
"""

_USE = f"""
WITH {_PEOPLE}, used AS (
    SELECT
        EXISTS (SELECT 1 FROM mood_entries m WHERE m.user_id = p.id AND m.date BETWEEN GREATEST($1, p.joined) AND $2) AS moods,
        EXISTS (SELECT 1 FROM mood_entries m WHERE m.user_id = p.id AND m.date BETWEEN GREATEST($1, p.joined) AND $2 AND m.note IS NOT NULL) AS notes,
        EXISTS (SELECT 1 FROM breathing_sessions b WHERE b.user_id = p.id AND b.date BETWEEN GREATEST($1, p.joined) AND $2) AS breathing,
        EXISTS (SELECT 1 FROM user_programs e WHERE e.user_id = p.id AND e.status <> 'not_started' AND (e.started_at AT TIME ZONE p.timezone)::date BETWEEN $1 AND $2)
            OR EXISTS (SELECT 1 FROM module_completions c WHERE c.user_id = p.id AND (c.completed_at AT TIME ZONE p.timezone)::date BETWEEN $1 AND $2) AS programs,
        EXISTS (SELECT 1 FROM chat_sessions s WHERE s.user_id = p.id AND (s.created_at AT TIME ZONE p.timezone)::date BETWEEN $1 AND $2)
            OR EXISTS (SELECT 1 FROM chat_sessions s JOIN chat_messages t ON t.session_id = s.id AND t.sender_type = 'user'
                WHERE s.user_id = p.id AND (t.sent_at AT TIME ZONE p.timezone)::date BETWEEN $1 AND $2) AS chat
    FROM people p
)
SELECT count(*) FILTER (WHERE moods)::int AS moods, count(*) FILTER (WHERE notes)::int AS notes, count(*) FILTER (WHERE breathing)::int AS breathing,
    count(*) FILTER (WHERE programs)::int AS programs, count(*) FILTER (WHERE chat)::int AS chat
FROM used
"""

_BEGUN = f"""
WITH {_PEOPLE}, begun AS (
    SELECT e.program_id, count(*)::int AS enrolled, count(*) FILTER (WHERE (e.completed_at AT TIME ZONE p.timezone)::date <= $2)::int AS completed
    FROM people p JOIN user_programs e ON e.user_id = p.id
    WHERE e.status <> 'not_started' AND (e.started_at AT TIME ZONE p.timezone)::date BETWEEN $1 AND $2
    GROUP BY e.program_id
)
SELECT g.id, g.slug, g.title, COALESCE(b.enrolled, 0) AS enrolled, COALESCE(b.completed, 0) AS completed
FROM programs g LEFT JOIN begun b ON b.program_id = g.id WHERE g.is_active OR b.enrolled >= {LEAST} ORDER BY g.title, g.id
"""

_CHATS = f"""
WITH {_PEOPLE}, asked AS (
    SELECT p.id, s.rating, extract(epoch FROM s.started_at - s.created_at)::float8 AS wait
    FROM people p JOIN chat_sessions s ON s.user_id = p.id WHERE (s.created_at AT TIME ZONE p.timezone)::date BETWEEN $1 AND $2
), raters AS (
    SELECT id, avg(rating)::float8 AS mean FROM asked WHERE rating IS NOT NULL GROUP BY id
)
SELECT count(*)::int AS chats, count(DISTINCT id)::int AS people, count(DISTINCT id) FILTER (WHERE wait IS NOT NULL)::int AS waiters,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY wait) AS p50, percentile_cont(0.95) WITHIN GROUP (ORDER BY wait) AS p95,
    (SELECT count(*)::int FROM raters) AS raters, (SELECT avg(mean) FROM raters) AS mean,
    (SELECT array_agg((SELECT count(DISTINCT id)::int FROM asked WHERE rating = star) ORDER BY star) FROM generate_series(1, 5) AS star) AS stars
FROM asked
"""
