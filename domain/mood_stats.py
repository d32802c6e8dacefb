"""A person's moods in numbers, by one query."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from core import clock, db
from core.problem import NotFound
from core.views import View


class DayMood(View):
    date: date
    average: float
    count: int


class Cell(View):
    average: float | None
    count: int


class Streak(View):
    """Days in a row with an entry; `current` counts back from today, or from yesterday while today is empty."""

    current: int
    longest: int


class MoodStats(View):
    """Averages over entries, rounded to 2 decimals; `std_dev` is the sample deviation; `by_weekday` begins on Monday."""

    count: int
    days_logged: int
    average: float | None
    median: float | None
    std_dev: float | None
    distribution: dict[str, int]
    by_day: list[DayMood]
    by_weekday: list[Cell]
    by_hour: list[Cell]
    streak: Streak
    previous: Cell
    change: float | None


_QUERY = """
WITH person AS (
    SELECT timezone, ($2::timestamptz AT TIME ZONE timezone)::date AS today FROM users WHERE id = $1
), span AS (
    SELECT timezone, today,
        CASE WHEN $3::int IS NULL THEN $4::date ELSE today - $3 + 1 END AS first,
        CASE WHEN $3::int IS NULL THEN COALESCE($5::date, CASE WHEN $4::date IS NOT NULL THEN GREATEST(today, $4) END) ELSE today END AS last
    FROM person
), entries AS (
    SELECT date, mood::int, extract(hour FROM timestamp AT TIME ZONE timezone)::int AS hour
    FROM mood_entries, span
    WHERE user_id = $1 AND (first IS NULL OR date >= first) AND (last IS NULL OR date <= last)
), days AS (
    SELECT date, sum(mood)::int AS sum, count(*)::int AS count FROM entries GROUP BY date
), weekdays AS (
    SELECT extract(isodow FROM date)::int AS cell, sum(sum)::int AS sum, sum(count)::int AS count FROM days GROUP BY 1
), hours AS (
    SELECT hour AS cell, sum(mood)::int AS sum, count(*)::int AS count FROM entries GROUP BY 1
), ratings AS (
    SELECT mood AS cell, 0 AS sum, count(*)::int AS count FROM entries GROUP BY 1
), before AS (
    SELECT sum(mood)::int AS sum, count(*)::int AS count FROM mood_entries, span
    WHERE user_id = $1 AND first IS NOT NULL AND last IS NOT NULL AND date < first AND date >= first - (last - first + 1)
), logged AS (
    SELECT DISTINCT date FROM mood_entries WHERE user_id = $1
), runs AS (
    SELECT min(date) AS first_day, max(date) AS last_day, count(*)::int AS length
    FROM (SELECT date, date - (row_number() OVER (ORDER BY date))::int AS run FROM logged) AS numbered GROUP BY run
)
SELECT
    (SELECT array[count(*), coalesce(sum(mood), 0)]::int[] FROM entries) AS total,
    (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY mood) FROM entries) AS median,
    (SELECT stddev_samp(mood)::float8 FROM entries) AS deviation,
    (SELECT array_agg(date ORDER BY date) FROM days) AS day_dates,
    (SELECT array_agg(sum ORDER BY date) FROM days) AS day_sums,
    (SELECT array_agg(count ORDER BY date) FROM days) AS day_counts,
    (SELECT array_agg(array[cell, sum, count]) FROM ratings) AS ratings,
    (SELECT array_agg(array[cell, sum, count]) FROM weekdays) AS weekdays,
    (SELECT array_agg(array[cell, sum, count]) FROM hours) AS hours,
    (SELECT array[coalesce(sum, 0), count] FROM before) AS before,
    (SELECT coalesce(max(length), 0) FROM runs) AS longest,
    (SELECT coalesce(max(CASE WHEN last_day >= today THEN today - first_day + 1 ELSE length END), 0)
        FROM runs, person WHERE first_day <= today AND last_day >= today - 1) AS current,
    EXISTS (SELECT 1 FROM person) AS known
"""


async def stats(user_id: UUID, *, days: int | None = None, first: date | None = None, last: date | None = None) -> MoodStats:
    """The last `days` local dates with today, or from `first` to `last`, or everything. Raises NotFound."""
    row = await db.fetchrow(_QUERY, user_id, clock.now(), days, _within_reach(first), _within_reach(last))
    if row is None or not row["known"]:
        raise NotFound
    count, total = row["total"]
    before_total, before_count = row["before"]
    average, before = _mean(total, count), _mean(before_total, before_count)
    ratings = {cell: n for cell, _, n in row["ratings"] or ()}
    return MoodStats(
        count=count,
        days_logged=len(row["day_dates"] or ()),
        average=_rounded(average),
        median=_rounded(row["median"]),
        std_dev=_rounded(row["deviation"]),
        distribution={str(mood): ratings.get(mood, 0) for mood in range(1, 6)},
        by_day=[
            DayMood(date=day, average=round(day_sum / n, 2), count=n)
            for day, day_sum, n in zip(row["day_dates"] or (), row["day_sums"] or (), row["day_counts"] or (), strict=True)
        ],
        by_weekday=_cells(row["weekdays"], range(1, 8)),
        by_hour=_cells(row["hours"], range(24)),
        streak=Streak(current=row["current"], longest=row["longest"]),
        previous=Cell(average=_rounded(before), count=before_count),
        change=None if average is None or before is None else round(average - before, 2),
    )


def _within_reach(day: date | None) -> date | None:
    """No diary lies outside these years, and the database can reckon with them."""
    return None if day is None else min(max(day, date(1900, 1, 1)), date(2900, 1, 1))


def _mean(total: int, count: int) -> float | None:
    return total / count if count else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _cells(found: list[Any] | None, cells: range) -> list[Cell]:
    by_cell = {cell: (total, count) for cell, total, count in found or ()}
    return [Cell(average=_rounded(_mean(*by_cell.get(cell, (0, 0)))), count=by_cell.get(cell, (0, 0))[1]) for cell in cells]
