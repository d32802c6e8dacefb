"""Diaries whose report is known, and what a report on any diary has to keep to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import msgspec
import numpy as np

from analytics.diary import Diary, diary
from analytics.findings import KINDS, SAYS, Finding, Need, Report
from analytics.insights import analyse
from analytics.insights.days import SEASON, Days
from analytics.insights.persistence import Persistence, persistence

TODAY = date(2026, 5, 20)
COMPARED = ("factor", "sleep", "breathing", "program", "weather")
SUBJECTS = ("factor", "weather", "theme")

NEEDS = {
    "level": {("entries", 7), ("days", 5)},
    "notice": {("days", 28)},
    "trend": {("days", 21)},
    "shift": {("days", 14)},
    "variability": {("days", 30)},
    "weekday": {("weeks", 8), ("days", 6)},
    "daypart": {("weeks", 8), ("days", 6)},
    **{kind: {("days", 60), ("days_with", 8), ("days_without", 8), ("spells", 8)} for kind in COMPARED},
    "theme": {("notes", 20)},
}
"""What each kind may ask for, as KINDS says: unit and how many."""


def ago(days: int, today: date = TODAY) -> date:
    return today - timedelta(days=days)


def written(entries: Iterable[tuple[int, float]], *, hour: int = 20, today: date = TODAY, **beside: Any) -> Diary:
    """Entries given as how many days ago, and the mood; in the order given, all at that hour."""
    listed = list(entries)
    dates = [ago(days, today) for days, _ in listed]
    return diary(today, [mood for _, mood in listed], dates, [datetime.combine(each, time(hour)) for each in dates], **beside)


def daily(moods: Sequence[float], *, last: int = 0, **beside: Any) -> Diary:
    """An entry a day, the newest of them `last` days ago."""
    return written(((last + len(moods) - 1 - number, mood) for number, mood in enumerate(moods)), **beside)


def steady(count: int) -> list[float]:
    """Moods that come back every four days, 3 in the mean: no direction, no step, no weekday."""
    return [(3.0, 4.0, 3.0, 2.0)[number % 4] for number in range(count)]


def chance(count: int, seed: int = 1, *, mean: float = 3, spread: float = 0.8) -> np.ndarray:
    """Whole moods by chance, each day's by itself."""
    return np.clip(np.round(np.random.default_rng(seed).normal(mean, spread, count)), 1, 5)


def effective() -> Diary:
    """With findings of several kinds, so that there is something to be the same."""
    there = np.random.default_rng(3).random((150, 8)) < 0.4
    names = ("walk", "coffee", "music", "reading", "garden", "piano", "brook", "lamp")
    moods = chance(150, 4, spread=0.5) + there @ np.array([0.8, -0.8, 0, 0, 0.8, -0.8, 0, 0])
    named = [[name for name, is_there in zip(names, row, strict=True) if is_there] for row in there]
    return daily(
        moods.tolist(), factors=[tuple(each for each in row if each in names[:4]) for row in named], notes=[" ".join(each for each in row if each in names[4:]) for row in named]
    )


def of(someone: Diary) -> tuple[Days, Persistence]:
    """What the analyses take."""
    days = Days.of(someone)
    return days, persistence(days.last(SEASON))


def report(someone: Diary) -> Report:
    """The report, which is sound."""
    found = analyse(someone)
    sound(found, someone)
    return found


def findings(someone: Diary, kind: str) -> list[Finding]:
    return [each for each in report(someone).findings if each.kind == kind]


def finding(someone: Diary, kind: str) -> Finding:
    """The one finding of a kind."""
    (found,) = findings(someone, kind)
    return found


def need(someone: Diary, kind: str) -> Need | None:
    """What a kind still needs, if anything."""
    found = [each for each in report(someone).needs if each.kind == kind]
    assert len(found) <= 1
    return found[0] if found else None


def sound(found: Report, someone: Diary) -> None:
    """Whatever was written, a report has this form."""
    assert msgspec.json.decode(msgspec.json.encode(found), type=Report) == found
    days = Days.of(someone)
    assert found.entries_used == int((someone.dates <= np.datetime64(someone.today)).sum()) == int(days.entries.sum())
    for each in found.findings:
        _sound(each, days)
    for lacking in found.needs:
        assert 0 <= lacking.have < lacking.need
        assert (lacking.unit, lacking.need) in NEEDS[lacking.kind]
    told, lacked = [each.kind for each in found.findings], [each.kind for each in found.needs]
    assert len(lacked) == len(set(lacked))
    assert not set(told) & set(lacked)
    assert all(told.count(kind) <= (5 if kind in {*COMPARED, "theme"} else 1) for kind in KINDS)
    assert told.count("trend") + told.count("shift") <= 1
    assert "level" not in told[1:]


def _sound(each: Finding, days: Days) -> None:
    assert each.says in SAYS
    assert each.kind in KINDS
    assert each.says.startswith(f"{each.kind}.")
    assert each.confidence in {"low", "medium", "high"}
    assert each.n > 0
    assert each.window.first <= each.window.last
    assert {each.window.first, each.window.last} <= set(days.number.astype("datetime64[D]").tolist())
    assert tuple(each.facts) == SAYS[each.says]
    assert each.subject == next((each.facts[name] for name in SUBJECTS if name in each.facts), None)
    if each.effect is None:
        assert each.kind == "streak"
    else:
        assert each.effect.low <= each.effect.value <= each.effect.high
        _has_direction(each)
    numbers = [value for facts in (each.facts, each.evidence) for fact in facts.values() for value in (fact if isinstance(fact, list) else [fact])]
    effect = [each.effect.value, each.effect.low, each.effect.high] if each.effect else []
    assert all(math.isfinite(value) for value in (*numbers, *effect) if isinstance(value, float | int))
    assert all(each.facts[name] >= 0 for name in ("difference", "change") if name in each.facts)  # type: ignore[operator]


def _has_direction(each: Finding) -> None:
    """The wording's direction is the estimate's, and of what was tested the interval holds no zero."""
    way = each.says.rpartition(".")[2].rpartition("_")[2]
    assert each.effect
    if way in {"higher", "up", "wider"}:
        assert each.effect.low > 0
    elif way in {"lower", "down", "calmer"}:
        assert each.effect.value < 0
        assert each.effect.high < 0 or each.kind == "notice"
