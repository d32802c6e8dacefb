"""Chats: how long people waited for a counselor, how they rated it, and how the work is spread, with no counselor to be told from it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.batch.cells import about, shown_cells
from analytics.batch.cohort import Cohort, Floats
from analytics.batch.intervals import of_mean
from analytics.batch.reading import WEEK
from analytics.batch.tables import Column, Kind, Table
from core.disclosure import shown, suppressed

# The longest of few waits is somebody's own: of a hundred people, five waited longer than the 95th percentile.
LEAST_FOR_P95 = 100
PRIORITIES = ("emergency", "high", "medium", "low")

_ABOUT = "at least: rounded down to tens"

WAITS = Kind(
    "chat_waits",
    "How long people waited from asking for a chat until a counselor took it first. Priorities that fewer than ten people asked with are left out.",
    "A priority, and all together",
    (
        Column("priority", "text", "`all`, `emergency`, `high`, `medium` or `low`"),
        Column("people", "count", f"How many people asked, {_ABOUT}", "people"),
        Column("chats", "count", f"How many chats they asked for, {_ABOUT}", "chats"),
        Column("taken", "number", "The share of these chats that a counselor took; null where fewer than ten people's were taken, or fewer than ten people's were not", "share"),
        Column("p50", "number", "The median wait of those; null where fewer than ten people's chats were taken", "seconds", decimals=0),
        Column("p95", "number", "The 95th percentile of the waits; null where fewer than a hundred people's chats were taken", "seconds", decimals=0),
    ),
)

RATINGS = Kind(
    "chat_ratings",
    "How people rated their chats. No rows where fewer than ten people did.",
    "A rating, and the mean of all",
    (
        Column("rating", "text", "`1` to `5`, or `mean`"),
        Column("people", "count", "How many people gave it, or rated at all (at least, rounded down to tens); null where it is hidden", "people"),
        Column("mean", "number", "The mean over people of each one's mean rating; null but in the row `mean`", "1–5", decimals=1),
        Column("low", "number", "The lower end of its 95 % interval; null likewise", "1–5", decimals=1),
        Column("high", "number", "The upper end; null likewise", "1–5", decimals=1),
    ),
)

LOAD = Kind(
    "counselor_load",
    "How chats are spread over counselors; no rows where there are fewer than ten of either counselors or clients. Counselors are named nowhere.",
    "The distribution over counselors",
    (
        Column("counselors", "count", f"How many counselors had a chat, {_ABOUT}", "counselors"),
        Column("clients", "count", f"How many people they had, {_ABOUT}", "people"),
        Column("p25", "number", "A quarter of counselors had so many chats a week, or fewer", "chats per week", decimals=1),
        Column("p50", "number", "Half of them had so many, or fewer", "chats per week", decimals=1),
        Column("p75", "number", "Three quarters of them had so many, or fewer", "chats per week", decimals=1),
    ),
)


def waits(cohort: Cohort) -> Table:
    person, chats = cohort.unrolled("chats")
    taken = ~np.isnan(chats["wait"])
    everything = np.ones(len(person), bool)
    if not shown(_people(person, everything)):
        return Table(WAITS)
    of = [chats["priority"] == priority for priority in PRIORITIES]
    hidden = suppressed([_people(person, each) for each in of])
    # The share taken has two sides, and those who were not taken add up over the priorities as those who were.
    sides = [0 if is_hidden else min(_people(person, each & taken), _people(person, each & ~taken)) for each, is_hidden in zip(of, hidden, strict=True)]
    rows = [_waited(name, person, chats["wait"], each, is_told=not side) for name, each, side, row in zip(PRIORITIES, of, suppressed(sides), hidden, strict=True) if not row]
    both_sides = shown(min(_people(person, taken), _people(person, ~taken)))
    return Table(WAITS, [_waited("all", person, chats["wait"], everything, is_told=both_sides), *rows])


def _people(person: NDArray[np.int64], of: NDArray[np.bool_]) -> int:
    return len(np.unique(person[of]))


def _waited(priority: str, person: NDArray[np.int64], wait: Floats, of: NDArray[np.bool_], *, is_told: bool) -> dict[str, Any]:
    """A row of these chats; `is_told`: whether the share of those taken may be."""
    taken = of & ~np.isnan(wait)
    waiters = _people(person, taken)
    return {
        "priority": priority, "people": about(_people(person, of)), "chats": about(int(of.sum())), "taken": float(taken.sum() / of.sum()) if is_told else None,
        "p50": float(np.percentile(wait[taken], 50)) if shown(waiters) else None, "p95": float(np.percentile(wait[taken], 95)) if waiters >= LEAST_FOR_P95 else None,
    }  # fmt: skip


def ratings(cohort: Cohort) -> Table:
    person, chats = cohort.unrolled("chats")
    rated = ~np.isnan(chats["rating"])
    whose, rating = person[rated], chats["rating"][rated]
    raters, place, times = np.unique(whose, return_inverse=True, return_counts=True)
    if not shown(len(raters)):
        return Table(RATINGS)
    counts = shown_cells([len(np.unique(whose[rating == value])) for value in range(1, 6)])
    rows: list[dict[str, Any]] = [{"rating": str(value), "people": count, "mean": None, "low": None, "high": None} for value, count in enumerate(counts, 1)]
    mean = of_mean(np.bincount(place, rating) / times)
    return Table(RATINGS, [*rows, {"rating": "mean", "people": about(len(raters)), "mean": mean.value, "low": mean.low, "high": mean.high}])


def load(cohort: Cohort) -> Table:
    person, chats = cohort.unrolled("chats")
    has = np.array([counselor is not None for counselor in chats["counselor"]], bool)
    counselors, count = np.unique(chats["counselor"][has].astype(str), return_counts=True)
    clients = len(np.unique(person[has]))
    if not (shown(len(counselors)) and shown(clients)):
        return Table(LOAD)
    weeks = cohort.days / WEEK
    p25, p50, p75 = (float(each) for each in np.percentile(count / weeks, [25, 50, 75]))
    return Table(LOAD, [{"counselors": about(len(counselors)), "clients": about(clients), "p25": p25, "p50": p50, "p75": p75}])
