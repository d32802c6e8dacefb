"""Whether moods go with the weekday or the part of the day."""

from __future__ import annotations

import numpy as np

from analytics.diary import Diary
from analytics.findings import Finding
from analytics.insights.claims import Claim, Evidence, Facts, Told, around, finding, lacks
from analytics.insights.days import HALF_YEAR, Days, Floats, numbers
from analytics.insights.persistence import Persistence, contrast, effects

PARTS = ("night", "morning", "afternoon", "evening")
_PARTS_BEGIN = np.array([5, 12, 18])  # o'clock
_LEAST_WEEKS = 8
_LEAST_DAYS = 6
_THURSDAY = 3  # 1970-01-01 was one
_SATURDAY = 5


def weekday(days: Days, model: Persistence) -> Told:
    """`weekday`: the weekday, or the weekend, that differs most from all other days of the last 26 weeks.

    Least data: 8 weeks, at least 6 days with an entry on each weekday that is looked at. Statistic: the difference by generalised least squares, level and
    slope allowed for; as the largest of several is told, its p-value is Šidák's (1967) and its interval Bonferroni's. Wording: that one, higher or lower than on other days.
    """
    half_year = days.last(HALF_YEAR)
    weeks = half_year.span // 7
    if weeks < _LEAST_WEEKS:
        return lacks("weekday", weeks, _LEAST_WEEKS, "weeks")
    on = (half_year.number + _THURSDAY) % 7
    counts = np.bincount(on, minlength=7)
    looked_at = np.flatnonzero(counts >= _LEAST_DAYS)
    if len(looked_at) < 2:
        return lacks("weekday", int(np.sort(counts)[-2]), _LEAST_DAYS, "days")
    asked = on[:, None] == looked_at
    if {_SATURDAY, _SATURDAY + 1} <= set(looked_at.tolist()) and len(looked_at) > 2:
        asked = np.column_stack([asked, on >= _SATURDAY])
    found = effects(model, half_year, asked.astype(float))
    best = int(np.argmin(found.p))
    value, tests = float(found.value[best]), len(found.p)
    which = "higher" if value > 0 else "lower"
    facts: Facts = {"difference": abs(value), "days": int(asked[:, best].sum()), "weeks": weeks}
    if best < len(looked_at):
        says, facts["weekday"] = f"weekday.{which}", int(looked_at[best])
    else:
        says = f"weekday.weekend_{which}"
    averages = np.bincount(on, weights=half_year.mean, minlength=7) / np.maximum(counts, 1)
    evidence: Evidence = {"averages": [round(float(mean), 2) if n else None for mean, n in zip(averages, counts, strict=True)], "counts": counts.tolist()}
    effect = around(value, float(found.margin(tests)[best]))

    def told() -> Finding:
        return finding(says, half_year.window, len(half_year), facts, effect=effect, evidence=evidence)

    return Told(claims=[Claim("weekday", _of_several(float(found.p[best]), tests), told)])


def daypart(diary: Diary, days: Days, model: Persistence) -> Told:
    """`daypart`: the part of the day that differs most from the other parts of the same days, over the last 26 weeks.

    Least data: 8 weeks, at least 6 days with an entry in the part and one in another. Statistic: the mean of the differences within days, which leaves out
    what distinguishes days, on effective days; Šidák and Bonferroni as for weekdays. Entries at noon sharp are left out: that is where entries stand that were given a date
    and no time. Wording: that part, higher or lower than at other times of the same days.
    """
    half_year = days.last(HALF_YEAR)
    weeks = half_year.span // 7
    if weeks < _LEAST_WEEKS:
        return lacks("daypart", weeks, _LEAST_WEEKS, "weeks")
    means = _by_part(diary, half_year)
    looked_at = ~np.isnan(means) & ((~np.isnan(means)).sum(axis=1) > 1)[:, None]
    counts = looked_at.sum(axis=0)
    if counts.max() < _LEAST_DAYS:
        return lacks("daypart", int(counts.max()), _LEAST_DAYS, "days")
    tested = []
    sums, held = np.nansum(means, axis=1), (~np.isnan(means)).sum(axis=1)
    for part in np.flatnonzero(counts >= _LEAST_DAYS).tolist():
        here = looked_at[:, part]
        difference = means[here, part] - (sums[here] - means[here, part]) / (held[here] - 1)
        paired = Days(days.today, half_year.number[here], difference, half_year.entries[here])
        n = len(paired)
        tested.append((contrast(model, paired, np.full(n, 1 / n), difference - difference.mean()), paired, part))
    estimate, paired, part = min(tested, key=lambda each: float(each[0].p[0]))
    value = float(estimate.value[0])
    facts: Facts = {"part": PARTS[part], "difference": abs(value), "days": len(paired), "weeks": weeks}
    evidence: Evidence = {
        "parts": list(PARTS),
        "averages": [round(float(means[looked_at[:, each], each].mean()), 2) if counts[each] else None for each in range(len(PARTS))],
        "counts": counts.tolist(),
    }
    effect = around(value, float(estimate.margin(len(tested))[0]))

    def told() -> Finding:
        return finding("daypart.higher" if value > 0 else "daypart.lower", paired.window, len(paired), facts, effect=effect, evidence=evidence)

    return Told(claims=[Claim("daypart", _of_several(float(estimate.p[0]), len(tested)), told)])


def _by_part(diary: Diary, days: Days) -> Floats:
    """The mean mood of each part (a column) of each day (a row); not a number where nothing was written."""
    minutes = diary.at.astype("datetime64[m]").astype(np.int64) % 1440
    number = numbers(diary)
    timed = (minutes != 720) & (number >= days.number[0]) & (number <= days.number[-1])
    cell = np.searchsorted(days.number, number[timed]) * len(PARTS) + np.searchsorted(_PARTS_BEGIN * 60, minutes[timed], side="right")
    counts = np.bincount(cell, minlength=len(days) * len(PARTS))
    sums = np.bincount(cell, weights=diary.moods[timed], minlength=len(days) * len(PARTS))
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan).reshape(len(days), len(PARTS))


def _of_several(p: float, tests: int) -> float:
    return 1 - (1 - p) ** tests
