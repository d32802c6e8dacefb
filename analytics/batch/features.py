"""Columns → features: what is known of each person of a shard, as one row of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analytics.batch.reading import DAYS_OF_HISTORY, Moods

Floats = NDArray[np.float64]

# The least logged days for a spread, for a trend, and in each half of the window for a change between them. Seven is a week of days, the least for
# any level; two weeks carry a slope that is not one week's weekend.
LEAST_FOR_SPREAD = 2
LEAST_FOR_TREND = 14
LEAST_FOR_HALF = 7

MONTH = 30


def mood_features(moods: Moods, people: int, days: int) -> dict[str, pa.Array]:
    """A column each, an element a person. `days`: the window's length; the first half of it is its first `days // 2` days.

    A day's mood is the mean of its entries, so that who writes ten times on a bad day does not count it tenfold; everything below is of such days.
    `mood_sd` is their standard deviation, `mood_trend` their least-squares slope in points per 30 days, `first_half` and `second_half` their mean
    in each half of the window, `regularity` the share of days with an entry from the first such day to the last, `moods` each such day
    with its mood, the days of the history before the window among them, which are negative.
    """
    length = DAYS_OF_HISTORY + days
    cells, place, entries_of_day = np.unique(moods.person.astype(np.int64) * length + moods.day + DAYS_OF_HISTORY, return_inverse=True, return_counts=True)
    mood = np.bincount(place, weights=moods.mood, minlength=len(cells)) / entries_of_day
    person, day = cells // length, cells % length - DAYS_OF_HISTORY
    every = pa.StructArray.from_arrays([pa.array(day, pa.int16()), pa.array(mood, pa.float64())], names=["day", "mood"])
    listing = listed(every, np.bincount(person, minlength=people))
    here = day >= 0
    person, day, mood = person[here], day[here], mood[here]

    def total(of: Floats, where: NDArray[np.bool_] | None = None) -> Floats:
        chosen = slice(None) if where is None else where
        found: Floats = np.bincount(person[chosen], weights=of[chosen], minlength=people).astype(float)
        return found

    logged = np.bincount(person, minlength=people)
    mean = _divided(total(mood), logged)
    deviation, moment = mood - mean[person], day - _divided(total(day.astype(float)), logged)[person]
    first = day < days // 2
    halves = [np.bincount(person[half], minlength=people) for half in (first, ~first)]
    span = _span(person, day, people)
    return {
        "entries": pa.array(np.bincount(moods.person[moods.day >= 0], minlength=people), pa.int32()),
        "days": pa.array(logged, pa.int32()),
        "mood_mean": _column(mean, logged > 0),
        "mood_sd": _column(np.sqrt(_divided(total(deviation**2), logged - 1)), logged >= LEAST_FOR_SPREAD),
        "mood_trend": _column(MONTH * _divided(total(deviation * moment), total(moment**2)), logged >= LEAST_FOR_TREND),
        "first_half": _column(_divided(total(mood, first), halves[0]), halves[0] >= LEAST_FOR_HALF),
        "second_half": _column(_divided(total(mood, ~first), halves[1]), halves[1] >= LEAST_FOR_HALF),
        "regularity": _column(_divided(logged, span), logged > 0),
        "moods": listing,
    }


def listed(values: Any, lengths: NDArray[np.int64]) -> pa.Array:
    """`values`, which stand person by person, as one list a person of the given lengths."""
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _span(person: NDArray[np.int64], day: NDArray[np.int64], people: int) -> Floats:
    """The days from each person's first with an entry to the last, both included."""
    span = np.zeros(people)
    if len(person):
        begins = np.flatnonzero(np.diff(person, prepend=-1))
        ends = np.append(begins[1:], len(person)) - 1
        span[person[begins]] = day[ends] - day[begins] + 1
    return span


def _divided(above: Any, below: Any) -> Floats:
    found: Floats = np.divide(above, below, out=np.full(len(below), np.nan), where=np.asarray(below) > 0)
    return found


def _column(values: Floats, known: NDArray[np.bool_]) -> pa.Array:
    return pa.array(values, pa.float64(), mask=~(known & np.isfinite(values)))
