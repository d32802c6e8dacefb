"""What the report says and draws of people and their moods, from the tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from analytics.batch import bands, people
from analytics.batch.figures import Dot, Dots, Lines, Scale, around, bars, between, dates, line, percent, said
from analytics.batch.intervals import Estimate
from analytics.batch.tables import Table

Tables = Mapping[str, Table]

_HIDDEN = "hidden"
# Of the standard deviation between people's changes: less is called small (Cohen 1988, ch. 2).
_SMALL = 0.2
_USE = "unknown: their use may not be counted"
KINDS = {
    "account": ("All people analysed", "By the days on which they logged a mood."),
    "mood_level": ("Mood level", "Each one's mean, on the scale 1 to 5."),
    "mood_change": ("Change within the window", "Second half against first; steady is less than a quarter point."),
    "days_logged": ("Days logged", "Days of the window with a mood."),
    "programs": ("Programs", f"In the window. {_USE.capitalize()}."),
    "breathing": ("Breathing sessions", f"In the window. {_USE.capitalize()}."),
    "chats": ("Chats", f"Asked for in the window. {_USE.capitalize()}."),
    "language": ("Language", "In which they use the app."),
    "joined": ("Signed up", "By quarter."),
}
# Tongues by their own names would be for their speakers; this report is for analysts who read English.
_LANGUAGES = {"en": "English", "es": "Spanish"}


def when(day: date, *, year: bool = True) -> str:
    return f"{day.day} {day:%B}{f' {day.year}' if year else ''}"


def count(people: int) -> str:
    return f"{people:,}"


def span(people: list[int]) -> str:
    return count(people[0]) if min(people) == max(people) else f"{count(min(people))} to {count(max(people))}"


def estimate(row: Mapping[str, Any], value: str, low: str = "low", high: str = "high") -> Estimate:
    return Estimate(row[value], row[low], row[high])


def who(tables: Tables) -> dict[str, Any]:
    rows = tables["profile"].rows
    kinds = []
    for name, (title, words) in KINDS.items():
        of = [row for row in rows if row["characteristic"] == name]
        known = sum(row["people"] or 0 for row in of)
        if known:
            kinds.append({"name": name, "title": title, "words": words, "bars": bars([_bar(name, row, known) for row in of])})
    return {"diarists": diarists(tables), "kinds": kinds}


def _bar(name: str, row: Mapping[str, Any], of: int) -> tuple[str, float | None, str]:
    label = _LANGUAGES.get(row["value"], row["value"]) if name == "language" else row["value"]
    if row["people"] is None:
        return label, None, _HIDDEN
    return label, row["people"], f"{count(row['people'])} · {percent(row['people'] / of)}" if name != "account" else count(row["people"])


def diarists(tables: Tables) -> int | None:
    """How many people have a mood level, as far as it may be said."""
    known: list[int | None] = [row["people"] for row in tables["profile"].rows if row["characteristic"] == "mood_level"]
    if known and None not in known:
        return sum(each or 0 for each in known)
    accounts = {row["value"]: row["people"] for row in tables["profile"].rows if row["characteristic"] == "account"}
    found: int | None = accounts.get(people.ACCOUNT[2])
    return found


def mood(tables: Tables) -> dict[str, Any]:
    levels = tables["mood_levels"].rows
    everybody = next(iter(levels), None)
    return {"everybody": everybody, "level": estimate(everybody, "mean") if everybody else None, "groups": _groups(tables), "weeks": _weeks(tables), "change": _change(tables)}


def _groups(tables: Tables) -> Dots | None:
    rows = tables["mood_levels"].rows
    if len({row["value"] for row in rows if row["characteristic"] != "all"}) < 2:
        return None
    axis = around([row[end] for row in rows for end in ("low", "high")], least=0.5)
    dots = [
        Dot(
            _group(row),
            axis.at(row["mean"]),
            axis.at(row["low"]),
            axis.at(row["high"]),
            said(row["mean"]),
            f"about {count(row['people'])} people",
            "up" if row["characteristic"] == "all" else "plain",
        )
        for row in rows
    ]
    return Dots(dots, axis.ticks())


def _group(row: Mapping[str, Any]) -> str:
    if row["characteristic"] == "all":
        return "Everybody"
    if row["characteristic"] == "language":
        return "Other languages" if row["value"] == bands.OTHER else str(_LANGUAGES.get(row["value"], row["value"]))
    return "Signed up at another time" if row["value"] == bands.OTHER else f"Signed up {row['value']}"


def _weeks(tables: Tables) -> dict[str, Any] | None:
    rows = tables["mood_weeks"].rows
    if len(rows) < 2:
        return None
    days = [row["first"] for row in rows]
    x = Scale(days[0].toordinal(), days[-1].toordinal())
    level, difference = [estimate(row, "mean") for row in rows], [estimate(row, "difference", "difference_low", "difference_high") for row in rows]
    levels = around([end for each in level for end in (each.low, each.high)], least=0.6)
    differences = around([0.0, *(end for each in difference for end in (each.low, each.high))], least=0.4)
    spaced = _with_gaps(days, level), _with_gaps(days, difference)
    where = [f"the week from {when(day, year=False)}" for day in days]
    best, worst = max(rows, key=lambda row: row["difference"]), min(rows, key=lambda row: row["difference"])
    return {
        "level": Lines([line("Mood", *spaced[0], x, levels, 2)], levels.ticks(), dates(days, x), "The mean mood of each week: " + _course(where, level)),
        "difference": Lines(
            [line("Difference", *spaced[1], x, differences, 2)], differences.ticks(), dates(days, x),
            "The difference of each week from people's own mean: " + _course(where, difference, sign=True), differences.at(0),
        ),
        "people": span([row["people"] for row in rows]),
        "best": (when(best["first"], year=False), said(best["difference"], sign=True)),
        "worst": (when(worst["first"], year=False), said(worst["difference"], sign=True)),
        "rows": [
            (f"{when(row['first'], year=False)} to {when(row['last'], year=False)}", count(row["people"]), said(row["mean"]), between(a), said(row["difference"], sign=True), between(b, sign=True))
            for row, a, b in zip(rows, level, difference, strict=True)
        ],
    }  # fmt: skip


def _course(where: list[str], values: list[Estimate], *, sign: bool = False) -> str:
    """A line in words."""
    first, last = said(values[0].value, sign=sign), said(values[-1].value, sign=sign)
    low, high = (pick(range(len(values)), key=lambda each: values[each].value) for pick in (min, max))
    ends = f"{first} in {where[0]}, {last} in {where[-1]}"
    return f"{ends}; lowest {said(values[low].value, sign=sign)} in {where[low]}, highest {said(values[high].value, sign=sign)} in {where[high]}"


def _with_gaps(days: list[date], values: list[Estimate]) -> tuple[list[date], list[Estimate | None]]:
    """A nothing where a week between is left out, so that no line is drawn across it."""
    spaced: tuple[list[date], list[Estimate | None]] = ([], [])
    for before, day, value in zip([None, *days[:-1]], days, values, strict=True):
        if before is not None and (day - before).days > 7:
            spaced[0].append(before)
            spaced[1].append(None)
        spaced[0].append(day)
        spaced[1].append(value)
    return spaced


def _change(tables: Tables) -> dict[str, Any] | None:
    row = next(iter(tables["mood_change"].rows), None)
    if row is None:
        return None
    of = estimate(row, "change")
    directions = [each for each in tables["profile"].rows if each["characteristic"] == "mood_change" and each["value"] != bands.UNKNOWN]
    known = sum(each["people"] or 0 for each in directions)
    axis = around([0.0, of.low, of.high], least=0.6)
    is_told, is_small = of.low > 0 or of.high < 0, abs(of.value) < _SMALL * row["spread"]
    return {
        "people": count(row["people"]), "value": said(of.value, sign=True), "between": between(of, sign=True), "spread": said(row["spread"]),
        "is_told": is_told, "is_small": is_small, "known": known,
        "dots": Dots([Dot("Everybody", axis.at(of.value), axis.at(of.low), axis.at(of.high), said(of.value, sign=True), tone="plain" if is_small else tone(of))], axis.ticks(), axis.at(0)),
        "bars": bars([_direction(each, known) for each in directions]) if known else None,
    }  # fmt: skip


def _direction(row: Mapping[str, Any], of: int) -> tuple[str, float | None, str]:
    label = "other, or unknown" if row["value"] == bands.OTHER else row["value"]
    return (label, None, _HIDDEN) if row["people"] is None else (label, row["people"], f"{count(row['people'])} · {percent(row['people'] / of)}")


def tone(of: Estimate) -> str:
    return "up" if of.low > 0 else "down" if of.high < 0 else "plain"
