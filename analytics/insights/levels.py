"""Where somebody's mood is now."""

from __future__ import annotations

import numpy as np

from analytics.findings import Effect, Finding
from analytics.insights.claims import Claim, Evidence, Facts, Told, around, finding, lacks
from analytics.insights.days import Days
from analytics.insights.persistence import Persistence, contrast

PERIOD = 30  # dates
_LEAST_ENTRIES = 7
_LEAST_DAYS = 5


def level(days: Days, model: Persistence) -> Told:
    """`level`: the mean of the last 30 dates, each day counting once, with its interval; and whether it differs from the 30 dates before.

    Least data: 7 entries on 5 days; to compare, as many in the period before (14 in all). Statistic: the plain mean, or the difference of the two, with a
    standard error and Student's t that count effective days (Bayley & Hammersley 1946). Wording: `now` where there is nothing to compare with, `steady`
    where no difference can be told, `higher` and `lower` only where the claim holds among all others.
    """
    now, before = days.last(PERIOD), days.last(PERIOD, before=PERIOD)
    entries = int(now.entries.sum())
    if entries < _LEAST_ENTRIES:
        return lacks("level", entries, _LEAST_ENTRIES, "entries")
    if len(now) < _LEAST_DAYS:
        return lacks("level", len(now), _LEAST_DAYS, "days")
    n, mean = len(now), float(now.mean.mean())
    margin = float(contrast(model, now, np.full(n, 1 / n), now.mean - mean).margin()[0])
    low, high = max(mean - margin, 1.0), min(mean + margin, 5.0)
    facts: Facts = {"mean": mean, "low": low, "high": high, "entries": entries, "days": n}
    effect = Effect(round(mean, 3), round(low, 3), round(high, 3), "points")
    if before.entries.sum() < _LEAST_ENTRIES or len(before) < _LEAST_DAYS:
        return Told(sure=[finding("level.now", now.window, entries, facts, effect=effect)])
    usual = float(before.mean.mean())
    both = days.last(2 * PERIOD)
    weights = np.concatenate([np.full(len(before), -1 / len(before)), np.full(n, 1 / n)])
    difference = contrast(model, both, weights, np.concatenate([before.mean - usual, now.mean - mean]))
    facts |= {"before": usual, "difference": abs(mean - usual)}
    evidence: Evidence = {"mean": round(mean, 2), "before": round(usual, 2), "days": n, "daysBefore": len(before)}
    effect_on_before = around(mean - usual, float(difference.margin()[0]))

    def changed() -> Finding:
        return finding("level.higher" if mean > usual else "level.lower", both.window, len(both), facts, effect=effect_on_before, evidence=evidence)

    steady = finding("level.steady", both.window, entries, facts, effect=effect, evidence=evidence)
    return Told(sure=[steady], claims=[Claim("level", float(difference.p[0]), changed)])
