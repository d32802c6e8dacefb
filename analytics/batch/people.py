"""Who is in a run: how many there are of each kind, and a row for each diarist, concealed."""

from __future__ import annotations

import numpy as np

from analytics.batch.anonymity import COLUMNS, concealed, merged
from analytics.batch.bands import ORDER, OTHER, Labels
from analytics.batch.cells import shown_cells
from analytics.batch.cohort import Cohort
from analytics.batch.tables import Column, Kind, Table

_MEANINGS = {
    "mood_level": "The mean of their days' moods, on the scale 1–5",
    "mood_change": "The mean of the window's second half less that of its first: lower, steady (less than a quarter point) or higher; unknown with fewer than 7 days in a half",
    "days_logged": "On how many days of the window they logged a mood",
    "programs": "Whether they began, or completed, a program in the window; unknown where their use may not be counted",
    "breathing": "How many breathing sessions they did in the window; unknown where their use may not be counted",
    "chats": "Whether they asked for a chat in the window; unknown where their use may not be counted",
    "language": "The language they use the app in",
    "joined": "The quarter in which they signed up",
}

PEOPLE = Kind(
    "people",
    "Diarists: people with at least 7 logged days. Every combination of values is held by at least ten of them; where it was not, values stand as `other`.",
    "A person",
    (
        Column("person", "text", "A pseudonym, of this window alone. Nobody can be found by it without the system's key"),
        *(Column(name, "text", _MEANINGS[name]) for name in COLUMNS),
    ),
)

PROFILE = Kind(
    "profile",
    "How many people there are of each kind. Kinds of a characteristic add up; small ones, and others beside them, are put together as `other` or hidden.",
    "A kind of a characteristic",
    (
        Column("characteristic", "text", "`account`: all people analysed, by the days they logged. The others are of diarists alone, and are the columns of the table of people"),
        Column("value", "text", "The kind"),
        Column("people", "count", "How many; null where it is hidden", "people"),
    ),
)

ACCOUNT = ("no day logged", "1 to 6 days", "7 days or more")


def people(cohort: Cohort, labels: dict[str, Labels]) -> Table:
    names = cohort.table["person"].to_numpy(zero_copy_only=False)[cohort.diarists]
    columns = concealed(labels)
    return Table(PEOPLE, [{"person": person, **{name: str(columns[name][row]) for name in COLUMNS}} for row, person in enumerate(names[: len(columns[COLUMNS[0]])])])


def profile(cohort: Cohort, labels: dict[str, Labels]) -> Table:
    days = cohort.numbers("days")
    accounts = [int(np.count_nonzero(where)) for where in (days == 0, (days > 0) & ~cohort.diarists, cohort.diarists)]
    rows = [{"characteristic": "account", "value": value, "people": count} for value, count in zip(ACCOUNT, shown_cells(accounts), strict=True)]
    if not accounts[2]:
        return Table(PROFILE, rows)
    for name in COLUMNS:
        of_kind = merged(labels[name])
        values = [value for value in _in_order(name, of_kind) if value in of_kind]
        counts = [int(np.count_nonzero(of_kind == value)) for value in values]
        rows += [{"characteristic": name, "value": value, "people": count} for value, count in zip(values, shown_cells(counts), strict=True)]
    return Table(PROFILE, rows)


def _in_order(name: str, labels: Labels) -> list[str]:
    known = ORDER[name] or sorted({str(label) for label in labels} - {OTHER})
    return [*known, OTHER]
