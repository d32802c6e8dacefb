"""How people felt: their mood levels, week by week, and the change within the window.

Everybody counts once: intervals are of means over people of each person's own mean (Student's t). Weeks are also given as the difference from each
person's own mean over the window, because who writes changes from week to week, and a mean over whoever writes changes with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.batch.anonymity import merged
from analytics.batch.bands import Labels
from analytics.batch.cells import about
from analytics.batch.cohort import Cohort
from analytics.batch.intervals import of_mean
from analytics.batch.reading import WEEK
from analytics.batch.tables import Column, Kind, Table
from core.disclosure import shown

_POINTS = "points of 1–5"
_PEOPLE = Column("people", "count", "How many people it rests on, at least: rounded down to tens", "people")

LEVELS = Kind(
    "mood_levels",
    "Mood levels of diarists, together and by what cannot follow from mood. Not by what they use: who uses a thing differs from who does not to begin with.",
    "A group of people",
    (
        Column("characteristic", "text", "`all`, `language` or `joined` (the quarter of signing up)"),
        Column("value", "text", "The group"),
        _PEOPLE,
        Column("mean", "number", "The mean over people of each one's mean mood", _POINTS),
        Column("low", "number", "The lower end of its 95 % interval", _POINTS),
        Column("high", "number", "The upper end", _POINTS),
        Column("spread_between", "number", "The standard deviation between people's means", _POINTS),
        Column("spread_within", "number", "The mean over people of the standard deviation between a person's own days", _POINTS),
    ),
)

WEEKS = Kind(
    "mood_weeks",
    "The mood of each full week of the window, of diarists who logged in it. Weeks with fewer than ten of them are left out.",
    "A week, counted from the window's first day",
    (
        Column("first", "date", "Its first day"),
        Column("last", "date", "Its last day"),
        _PEOPLE,
        Column("mean", "number", "The mean over people of each one's mean mood in that week", _POINTS),
        Column("low", "number", "The lower end of its 95 % interval", _POINTS),
        Column("high", "number", "The upper end", _POINTS),
        Column("difference", "number", "The mean over people of the difference from their own mean over the window", _POINTS),
        Column("difference_low", "number", "The lower end of its 95 % interval", _POINTS),
        Column("difference_high", "number", "The upper end", _POINTS),
    ),
)

CHANGE = Kind(
    "mood_change",
    "How moods changed from the first half of the window to the second, of those with at least 7 logged days in each. No cause is looked for here.",
    "The change, of everybody; no row where fewer than ten people could be compared",
    (
        _PEOPLE,
        Column("change", "number", "The mean over people of their second half's mean less their first half's", _POINTS),
        Column("low", "number", "The lower end of its 95 % interval", _POINTS),
        Column("high", "number", "The upper end", _POINTS),
        Column("spread", "number", "The standard deviation between people's changes", _POINTS),
    ),
)


def levels(cohort: Cohort, labels: dict[str, Labels]) -> Table:
    mood, within = cohort.numbers("mood_mean")[cohort.diarists], cohort.numbers("mood_sd")[cohort.diarists]
    rows: list[dict[str, Any]] = []
    for characteristic, value, of in _groups(labels, len(mood)):
        if not shown(int(of.sum())):
            continue
        mean = of_mean(mood[of])
        spreads = {"spread_between": float(mood[of].std(ddof=1)), "spread_within": float(within[of].mean())}
        rows.append({"characteristic": characteristic, "value": value, "people": about(int(of.sum())), "mean": mean.value, "low": mean.low, "high": mean.high, **spreads})
    return Table(LEVELS, rows)


def _groups(labels: dict[str, Labels], people: int) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Those of the same characteristic are apart and together all; small ones are one, so that no difference between means tells theirs."""
    yield "all", "everybody", np.ones(people, bool)
    for characteristic in ("language", "joined"):
        of_kind = merged(labels[characteristic])
        for value in np.unique(of_kind):
            yield characteristic, str(value), of_kind == value


def weeks(cohort: Cohort) -> Table:
    person, moods = cohort.unrolled("moods")
    week = moods["day"] // WEEK
    own = cohort.numbers("mood_mean")
    rows: list[dict[str, Any]] = []
    for number in range(cohort.weeks):
        of, logged = np.unique(person[here := (week == number) & cohort.diarists[person]], return_counts=True)
        dates = cohort.week(number)
        if not shown(len(of)) or (dates.last - dates.first).days + 1 < WEEK:
            continue
        mood = np.bincount(person[here], moods["mood"][here])[of] / logged
        mean, difference = of_mean(mood), of_mean(mood - own[of])
        rows.append({
            "first": dates.first, "last": dates.last, "people": about(len(of)), "mean": mean.value, "low": mean.low, "high": mean.high,
            "difference": difference.value, "difference_low": difference.low, "difference_high": difference.high,
        })  # fmt: skip
    return Table(WEEKS, rows)


def change(cohort: Cohort) -> Table:
    changes = cohort.numbers("second_half") - cohort.numbers("first_half")
    changes = changes[~np.isnan(changes)]
    if not shown(len(changes)):
        return Table(CHANGE)
    mean = of_mean(changes)
    return Table(CHANGE, [{"people": about(len(changes)), "change": mean.value, "low": mean.low, "high": mean.high, "spread": float(changes.std(ddof=1))}])
