"""A gentle early notice: the last days are lower than what is usual for this person."""

from __future__ import annotations

import numpy as np

from analytics.insights.claims import Evidence, Facts, Told, around, finding, lacks
from analytics.insights.days import SEASON, Days, Floats
from analytics.insights.persistence import ROUNDING, persistence, quantile

_BASELINE = 28
_WATCHED = 14
_RECENT = 7
_LEAST_RECENT = 3
WEIGHT = 0.05
LIMIT = 1.7


def notice(days: Days) -> Told:
    """`notice`: whether the exponentially weighted mean of the last 14 dates is under its control limit.

    Least data: a baseline of 28 days with an entry, before those 14 dates and within 90; 3 days with an entry within the last 7. Statistic: EWMA control
    chart (Roberts 1959, doi 10.1080/00401706.1959.10489860) that begins at the baseline's mean; the limit counts standard errors of the difference from that
    mean, which allow for persistence (Schmid 1997) and for a baseline that was itself estimated (Jones, Champ & Rigdon 2001). Days that resemble each other
    make a shift count for less, and small shifts ask for small weights (Lucas & Saccucci 1990, doi 10.1080/00401706.1990.10484583): weight and limit were
    chosen on one half of the people of `bench/notice.py` and tried on the other. It is a chart with a false alarm rate of its own, not one of the
    claims that are tested together. Wording: lower than usual for you, and no more; never a forecast.
    """
    before, watched, recent = days.last(SEASON, before=_WATCHED), days.last(_WATCHED), days.last(_RECENT)
    if len(before) < _BASELINE:
        return lacks("notice", len(before), _BASELINE, "days")
    if len(recent) < _LEAST_RECENT or not is_low(before, watched):
        return Told()
    usual, low = float(before.mean.mean()), float(recent.mean.mean())
    if low >= usual:  # on the way up again
        return Told()
    spread = _variance(before) ** 0.5
    weights = np.concatenate([np.full(len(before), -1 / len(before)), np.zeros(len(watched) - len(recent)), np.full(len(recent), 1 / len(recent))])
    margin = quantile(len(before) - 1) * spread * _error(before, watched, weights)
    facts: Facts = {"days": len(recent), "usual": usual, "recent": low}
    evidence: Evidence = {"usual": round(usual, 2), "recent": round(low, 2)}
    window = days.last(SEASON + _WATCHED).window
    return Told(sure=[finding("notice.lower", window, len(before) + len(watched), facts, effect=around(low - usual, margin), evidence=evidence)])


def is_low(before: Days, watched: Days) -> bool:
    """Whether the weighted mean of the days watched is under the limit that the days before set."""
    decay = WEIGHT * (1 - WEIGHT) ** np.arange(len(watched) - 1.0, -1, -1)
    weights = np.concatenate([np.full(len(before), -decay.sum() / len(before)), decay])
    distance = float(decay @ (watched.mean - before.mean.mean()))
    limit = LIMIT * _variance(before) ** 0.5
    # Persistence only widens the limit: its cost is spared where even independent days would be within.
    return bool(distance < -limit * np.linalg.norm(weights)) and distance < -limit * _error(before, watched, weights)


def _variance(before: Days) -> float:
    return max(float(before.mean.var(ddof=1)), ROUNDING / float(before.entries.mean()))


def _error(before: Days, watched: Days, weights: Floats) -> float:
    """The standard error of a weighted sum of all these days, in standard deviations of a day."""
    covariance = persistence(before).covariance(np.concatenate([before.number, watched.number]))
    return float(np.sqrt(weights @ covariance @ weights))
