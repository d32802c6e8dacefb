"""Which dates an axis of time names, and how."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from analytics.charts.wording import Wording

_MOST = 8


def ticks(first: date, last: date, wording: Wording) -> list[tuple[date, str]]:
    """At most 8 dates with their labels: all days, else one a week, else the first of months, else of years."""
    length = (last - first).days + 1
    if length <= _MOST:
        return [(day, wording.skeleton("Ed", day)) for day in _days(first, last, 1)]
    if length <= 7 * _MOST:
        # Counted back from the last, which is today.
        return [(day, wording.skeleton("MMMd", day)) for day in sorted(last - timedelta(days=back) for back in range(0, length, 7))]
    for months in (1, 2, 3, 6):
        starts = [start for start in _months(first, last) if (start.month - 1) % months == 0]
        if len(starts) <= _MOST:
            return [(start, str(start.year) if start.month == 1 else wording.month(start)) for start in starts]
    years = range(first.year + (first > date(first.year, 1, 1)), last.year + 1)
    step = next(each for each in (1, 2, 5, 10, 25) if len(years[::each]) <= _MOST)
    return [(date(year, 1, 1), str(year)) for year in years if year % step == 0]


def _days(first: date, last: date, step: int) -> Iterator[date]:
    for ahead in range(0, (last - first).days + 1, step):
        yield first + timedelta(days=ahead)


def _months(first: date, last: date) -> Iterator[date]:
    """Every first of a month from `first` to `last`."""
    year, month = first.year, first.month
    while (start := date(year, month, 1)) <= last:
        if start >= first:
            yield start
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
