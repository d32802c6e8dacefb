"""Programs: who completes them, and how moods after beginning one compare with those of people who had not."""

from __future__ import annotations

from typing import Any

import numpy as np

from analytics.batch.association import Stack, compared, stacked
from analytics.batch.cells import about
from analytics.batch.cohort import Cohort
from analytics.batch.intervals import of_share
from analytics.batch.tables import Column, Kind, Table
from core.disclosure import LEAST, suppressed

_PROGRAM = (Column("program", "text", "The program's slug"), Column("title", "text", "Its English title"))

COMPLETION = Kind(
    "programs",
    "Programs begun in the window by people whose use may be counted, and how many of them had completed it by its end. Programs that fewer than ten began, or "
    "that would be known from the others, are left out.",
    "A program",
    (
        *_PROGRAM,
        Column("begun", "count", "How many people began it in the window, at least: rounded down to tens", "people"),
        Column("completed", "number", "The share of them who completed it by the window's end; null where fewer than ten did, or fewer than ten did not", "share"),
        Column("low", "number", "The lower end of its 95 % interval (Wilson)", "share"),
        Column("high", "number", "The upper end", "share"),
        Column("median_days", "number", "In how many days half of those who completed it had done so; null where `completed` is", "days", decimals=0),
    ),
)

ASSOCIATION = Kind(
    "program_association",
    "Mood over the four weeks after people began their first program, against people who had begun none by then, over the same days and with the same moods before. "
    "An association, not an effect: who begins a program may differ in what is not known here.",
    "A program of the table of programs",
    (
        *_PROGRAM,
        Column("outcome", "text", "`higher` or `lower` by 0.1 points or more, with a false discovery rate of 10 % over all programs; `no difference` that can be told; `too few`"),
        Column("people", "count", "How many who began it were compared, at least: rounded down to tens; null when too few", "people"),
        Column("comparison", "count", "With how many others, at least: rounded down to tens; null when too few", "people"),
        Column("difference", "number", "The difference in mood, adjusted for moods before; null when too few", "points of 1–5"),
        Column("low", "number", "The lower end of its 95 % interval; null when too few", "points of 1–5"),
        Column("high", "number", "The upper end; null when too few", "points of 1–5"),
        Column("p", "number", "The p-value of no difference; null when too few", "probability", decimals=4),
        Column("q", "number", "The same, adjusted for the number of programs compared (Benjamini & Hochberg 1995); null when too few", "probability", decimals=4),
    ),
)

_FALSE_DISCOVERIES = 0.10
# What is usual for somebody is known with an error only, so matching leaves up to 0.04 points (simulated crowds who begin after bad weeks, without any effect).
LEAST_DIFFERENCE = 0.1


def completion(cohort: Cohort) -> Table:
    _, enrolments = cohort.unrolled("programs")
    here = enrolments["enrolled"] >= 0
    slugs = sorted(set(enrolments["slug"][here]))
    begun = [int(np.count_nonzero(here & (enrolments["slug"] == slug))) for slug in slugs]
    rows: list[dict[str, Any]] = []
    for slug, count, hidden in zip(slugs, begun, suppressed(begun), strict=True):
        if hidden:
            continue
        of = here & (enrolments["slug"] == slug)
        took = (enrolments["completed"] - enrolments["enrolled"])[of]
        took = took[~np.isnan(took)]
        share = of_share(len(took), count) if min(len(took), count - len(took)) >= LEAST else None
        rows.append({
            "program": slug, "title": enrolments["title"][of][0], "begun": about(count),
            "completed": share and share.value, "low": share and share.low, "high": share and share.high, "median_days": float(np.median(took)) if share else None,
        })  # fmt: skip
    return Table(COMPLETION, rows)


def association(cohort: Cohort, programs: Table) -> Table:
    """Of the programs of the table of programs."""
    stack = stacked(cohort)
    rows = [{"program": row["program"], "title": row["title"], **_compared(stack, row["program"])} for row in programs.rows]
    told = sorted((row for row in rows if row["p"] is not None), key=lambda row: row["p"])
    least = 1.0
    for rank, row in reversed(list(enumerate(told, 1))):
        least = min(least, row["p"] * len(told) / rank)
        row["q"] = least
        if least < _FALSE_DISCOVERIES and abs(row["difference"]) >= LEAST_DIFFERENCE:
            row["outcome"] = "higher" if row["difference"] > 0 else "lower"
    return Table(ASSOCIATION, rows)


def _compared(stack: Stack, program: str) -> dict[str, Any]:
    found = compared(stack, program)
    if found is None:
        return dict.fromkeys((column.name for column in ASSOCIATION.columns[2:]), None) | {"outcome": "too few"}
    value, low, high = found.difference
    return {
        "outcome": "no difference", "people": about(found.people), "comparison": about(found.others), "difference": value, "low": low, "high": high, "p": found.p, "q": found.p,
    }  # fmt: skip
