"""The stretch of a diary that a chart shows: its entries, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from analytics.diary import Days, Diary

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Stretch:
    """The local dates `first` to `last`, both included. `rows` are its entries' places in the diary, `moods` their moods, `dates` their dates.

    `days` (`datetime64[D]`) are the dates with an entry, with the mean (`means`), the lowest and the highest of each day's moods.
    """

    first: date
    last: date
    rows: NDArray[np.intp]
    moods: Values
    dates: Days
    days: Days
    means: Values
    lows: Values
    highs: Values

    @property
    def length(self) -> int:
        """How many dates it reaches over."""
        return (self.last - self.first).days + 1


def stretch(diary: Diary, days: int | None) -> Stretch:
    """The last so many dates with today; None is from the first entry to today, or to an entry that lies ahead."""
    first = last = diary.today
    if days is not None:
        first = last - timedelta(days=days - 1)
    elif len(diary):
        first, last = min(last, diary.dates.min().item()), max(last, diary.dates.max().item())
    rows = np.flatnonzero((diary.dates >= np.datetime64(first)) & (diary.dates <= np.datetime64(last)))
    rows = rows[np.argsort(diary.dates[rows], kind="stable")]
    moods, dates = diary.moods[rows], diary.dates[rows]
    return Stretch(first, last, rows, moods, dates, *by_unit(dates, moods))


def by_unit(dates: Days, moods: Values, between: tuple[float, float] = (0, 1)) -> tuple[Days, Values, Values, Values]:
    """For sorted dates, or dates that were all put to the first of their week or month: each one, with the mean of its moods and two of their quantiles."""
    units, starts = np.unique(dates, return_index=True)
    parts = np.split(moods, starts[1:]) if len(units) else []
    ends = np.array([np.quantile(part, between) for part in parts]).reshape(-1, 2)
    return units, np.array([part.mean() for part in parts], float), ends[:, 0], ends[:, 1]


def mondays(dates: Days) -> Days:
    """The Monday of each date's week."""
    firsts: Days = dates - weekdays(dates).astype("timedelta64[D]")
    return firsts


def months(dates: Days) -> Days:
    """The first of each date's month."""
    firsts: Days = dates.astype("datetime64[M]").astype("datetime64[D]")
    return firsts


def weekdays(dates: Days) -> NDArray[np.int64]:
    """0 is Monday: the days are counted from one that was a Thursday."""
    return (dates.astype(np.int64) + 3) % 7
