"""The real series of moods (`moods.csv`), made long enough to stand for diaries of months. They last two to five weeks, where insights ask for one to three months.

There are three ways, each wrong in its own manner; who uses them says which have to hold:

- `rated`: each rating stands for a day (Westhoff and Dejonckheere, 5 and 10 a day, come to 57–105). Nothing is made up, but hours resemble each
  other more than days do, and a bad day lasts for many of such days.
- `mirrored`: days as they were, with all their ratings and their gaps, forwards, backwards and forwards again (Flückiger and Westhoff, 21–32 days): each
  day stays next to those it was next to. But slow changes come back, and what came before holds copies of what comes after.
- `chained`: a person's days, and after them those of others, moved and stretched to the first one's mean and standard deviation, so that no joint is a step.
  What comes before is nobody's copy, but what moves somebody's mood from month to month is missing.

Ratings come out as the application takes them: whole, 1–5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate, chain, cycle, islice
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.diary import Diary
from analytics.insights.days import Days

FIRST = date(2026, 1, 1)
_LEAST_DAYS = 14  # to mirror or to chain; of fewer, joints would be most of it
_LINKS = 8


@dataclass(frozen=True)
class Series:
    """One person's ratings on 1–5, not yet whole, and for each the number of its date, from 0; rising, with gaps."""

    ratings: NDArray[np.float64]
    date: NDArray[np.int64]

    @property
    def dates(self) -> int:
        return int(self.date[-1]) + 1

    @cached_property
    def days(self) -> Days:
        """As the application sees them."""
        return Days.of(self.diary())

    @cached_property
    def sd(self) -> float:
        """Of the days, in points, as the application sees them; 0 for somebody who always rates the same."""
        return float(self.days.mean.std(ddof=1))

    @property
    def room(self) -> int:
        """The direction in which the scale leaves more room."""
        return 1 if self.ratings.mean() < 3 else -1

    def first(self, dates: int) -> Series:
        return Series(self.ratings[self.date < dates], self.date[self.date < dates])

    def newest(self, days: int) -> Series:
        """So many days with a rating, or all there are."""
        numbers = np.unique(self.date)
        begin = numbers[max(len(numbers) - days, 0)]
        return Series(self.ratings[self.date >= begin], self.date[self.date >= begin] - begin)

    def moved(self, by: NDArray[np.floating]) -> Series:
        """With so many points added to each date (an element for each)."""
        return Series(self.ratings + by[self.date], self.date)

    def diary(self, factors: Sequence[tuple[str, ...]] = ()) -> Diary:
        """As somebody's diary, read on its last date; `factors` has an element for each date, which all its entries carry."""
        dates, none = np.datetime64(FIRST, "D") + self.date, np.array([], "datetime64[D]")
        return Diary(
            today=FIRST + timedelta(days=self.dates - 1),
            moods=np.clip(np.floor(self.ratings + 0.5), 1, 5),
            dates=dates,
            at=dates.astype("datetime64[m]") + 720,
            factors=[factors[date] if factors else () for date in self.date.tolist()],
            weather=[None] * len(self.date),
            notes=[None] * len(self.date),
            breathing=none,
            modules=none,
        )


def read(path: Path) -> dict[str, list[Series]]:
    """Each dataset's people, as they are."""
    frame = pd.read_csv(path, usecols=["dataset", "person", "at", "mood"], dtype={"person": str}, parse_dates=["at"]).sort_values("at", kind="stable")
    found: dict[str, list[Series]] = {}
    for (dataset, _), rows in frame.groupby(["dataset", "person"]):
        dates = rows["at"].dt.normalize()
        found.setdefault(str(dataset), []).append(Series(rows["mood"].to_numpy(float), (dates - dates.iloc[0]).dt.days.to_numpy()))
    return found


def rated(people: Sequence[Series], dates: int) -> list[Series]:
    return [Series(person.ratings, np.arange(len(person.ratings))).first(dates) for person in people]


def mirrored(people: Sequence[Series], dates: int) -> list[Series]:
    made = []
    for person in _long(people):
        by_date = _by_date(person)
        made.append(_joined(islice(cycle([*by_date, *by_date[-2:0:-1]]), dates)))
    return made


def chained(people: Sequence[Series], dates: int) -> list[Series]:
    """Each person comes first once; who follows is drawn from these people, always in the same way."""
    people = [person for person in _long(people) if person.sd > 0]
    made = []
    for number, person in enumerate(people):
        others = np.random.default_rng(number).permutation(np.delete(np.arange(len(people)), number))[: _LINKS - 1]
        links = [person, *(people[each] for each in others)]
        aligned = [(each.ratings - each.ratings.mean()) / each.sd * person.sd + person.ratings.mean() for each in links]
        begins = accumulate((each.dates for each in links), initial=0)
        made.append(Series(np.concatenate(aligned), np.concatenate([each.date + begin for each, begin in zip(links, begins, strict=False)])).first(dates))
    return made


def _long(people: Sequence[Series]) -> list[Series]:
    return [person for person in people if len(person.days) >= _LEAST_DAYS]


def _by_date(person: Series) -> list[list[float]]:
    return [person.ratings[person.date == date].tolist() for date in range(person.dates)]


def _joined(by_date: islice[list[float]]) -> Series:
    dates = list(by_date)
    return Series(np.array(list(chain.from_iterable(dates))), np.repeat(np.arange(len(dates)), [len(each) for each in dates]))
