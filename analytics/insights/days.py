"""A diary as days: each local date with an entry counts once, with the mean of its entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from analytics.diary import Diary
from analytics.findings import Window

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

SEASON = 90  # dates that are recent enough to say something of now
HALF_YEAR = 182  # 26 weeks, for what shows only over many of them

_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Days:
    """Days with an entry, oldest first, none after `today`: `number` counts days since 1970-01-01, `mean` is on the scale 1–5, `entries` how many it is of."""

    today: int
    number: Whole
    mean: Floats
    entries: Whole

    @classmethod
    def of(cls, diary: Diary) -> Days:
        today = diary.today.toordinal() - _EPOCH
        entry_number = numbers(diary)
        until_now = entry_number <= today
        number, day = np.unique(entry_number[until_now], return_inverse=True)
        entries = np.bincount(day, minlength=len(number))
        mean = np.bincount(day, weights=diary.moods[until_now], minlength=len(number)) / np.maximum(entries, 1)
        return cls(today, number, mean, entries)

    def __len__(self) -> int:
        return len(self.number)

    def last(self, dates: int, *, before: int = 0) -> Days:
        """The days among so many dates, the last of which is `before` days before today."""
        end = self.today - before
        chosen = slice(np.searchsorted(self.number, end - dates, side="right"), np.searchsorted(self.number, end, side="right"))
        return Days(self.today, self.number[chosen], self.mean[chosen], self.entries[chosen])

    def where(self, chosen: NDArray[np.bool_]) -> Days:
        return Days(self.today, self.number[chosen], self.mean[chosen], self.entries[chosen])

    @property
    def span(self) -> int:
        """How many dates lie from the first to the last, both counted."""
        return int(self.number[-1] - self.number[0]) + 1 if len(self) else 0

    @property
    def window(self) -> Window:
        return Window(day(self.number[0]), day(self.number[-1]))


def numbers(diary: Diary) -> Whole:
    """The date of each entry, in days since 1970-01-01."""
    return diary.dates.astype("datetime64[D]").astype(np.int64)


def day(number: int | np.int64) -> date:
    return date.fromordinal(int(number) + _EPOCH)
