"""How somebody's mood has moved over the last 90 dates: a direction, a step, more or fewer ups and downs."""

from __future__ import annotations

import zlib

import numpy as np

from analytics.findings import Finding
from analytics.insights.claims import Claim, Evidence, Facts, Told, around, finding, lacks
from analytics.insights.days import SEASON, Days, Floats, day
from analytics.insights.persistence import ROUNDING, Estimates, Persistence, contrast, slope, two_sided

_LEAST_FOR_TREND = 21
_LEAST_EACH_SIDE = 7
_RECENT, _PAST = 28, 90
_LEAST_FOR_VARIABILITY = 15
_LEAST_VARIANCE = 1e-4
_DRAWS = 999


def trend(days: Days, model: Persistence) -> Told:
    """`trend`: points a week that moods rise or fall over the last 90 dates.

    Least data: 21 days with an entry. Statistic: the slope by generalised least squares under the days' own persistence (Aitken 1936), Student's t on the
    effective days. Wording: `up` or `down`, about how much a week; nothing is said where no direction can be told. Never continued into the future.
    """
    season = days.last(SEASON)
    if len(season) < _LEAST_FOR_TREND:
        return lacks("trend", len(season), _LEAST_FOR_TREND, "days")
    estimate = slope(model, season)
    weekly, margin = 7 * float(estimate.value[0]), 7 * float(estimate.margin()[0])
    facts: Facts = {"change": abs(weekly), "weeks": max(round(season.span / 7), 1), "days": len(season)}
    middle = float(season.number.mean())
    fitted = season.mean.mean() + (season.number[[0, -1]] - middle) * weekly / 7
    evidence: Evidence = {"start": round(float(np.clip(fitted[0], 1, 5)), 2), "end": round(float(np.clip(fitted[1], 1, 5)), 2)}

    def told() -> Finding:
        return finding("trend.up" if weekly > 0 else "trend.down", season.window, len(season), facts, effect=around(weekly, margin, "points_per_week"), evidence=evidence)

    return Told(claims=[Claim("trend", float(estimate.p[0]), told)])


def shift(days: Days, model: Persistence) -> Told:
    """`shift`: the day since which moods of the last 90 dates have been on another level, if there is one.

    Least data: 7 days with an entry on each side. Statistic: the largest |t| of a step over all days where it may lie (sup test: Andrews 1993, doi 10.2307/2951764), by
    generalised least squares under the days' own persistence, against the largest |t| of 999 draws without a step; the interval is
    the simultaneous one. Wording: since when about, and both levels.
    """
    season = days.last(SEASON)
    n = len(season)
    if n < 2 * _LEAST_EACH_SIDE:
        return lacks("shift", n, 2 * _LEAST_EACH_SIDE, "days")
    after = np.arange(_LEAST_EACH_SIDE, n - _LEAST_EACH_SIDE + 1)
    steps = np.arange(n)[:, None] >= after
    white = model.whitened(season.number, np.column_stack([np.ones(n), season.mean, steps]))
    level = white[:, 0] / np.linalg.norm(white[:, 0])
    rest = white[:, 1:] - np.outer(level, level @ white[:, 1:])
    mood, size = rest[:, 0], np.linalg.norm(rest[:, 1:], axis=0)
    directions = rest[:, 1:] / size
    t = _t(directions, mood[:, None])[:, 0]
    best = int(np.argmax(np.abs(t)))
    estimate = _step(directions[:, best], size[best], mood, float(season.entries.mean()))
    p, margin = _among_all(directions, level, float(estimate.value[0] / estimate.error[0]), estimate, season)
    difference = float(estimate.value[0])
    before_mean, after_mean = float(season.mean[: after[best]].mean()), float(season.mean[after[best] :].mean())
    facts: Facts = {
        "date": day(season.number[after[best]]).isoformat(),
        "before": before_mean,
        "after": after_mean,
        "difference": abs(after_mean - before_mean),
        "days": n,
    }
    evidence: Evidence = {"date": day(season.number[after[best]]).isoformat(), "before": round(before_mean, 2), "after": round(after_mean, 2)}
    if (after_mean > before_mean) != (difference > 0):
        p = 1.0

    def told() -> Finding:
        return finding("shift.higher" if difference > 0 else "shift.lower", season.window, n, facts, effect=around(difference, margin), evidence=evidence)

    return Told(claims=[Claim("shift", p, told)])


def _t(directions: Floats, moods: Floats) -> Floats:
    """Student's t of each direction (columns of length one) for each column of moods."""
    along = directions.T @ moods
    return np.asarray(along / np.sqrt(np.maximum((moods**2).sum(axis=0) - along**2, 1e-12) / (len(moods) - 2)))


def _step(direction: Floats, size: float, mood: Floats, entries: float) -> Estimates:
    along, df = float(direction @ mood), len(mood) - 2
    variance = max((float(mood @ mood) - along**2) / df, ROUNDING / entries)
    value, error = np.array([along / size]), np.array([np.sqrt(variance) / size])
    return Estimates(value, error, two_sided(value / error, df), df)


def _among_all(directions: Floats, level: Floats, t: float, estimate: Estimates, season: Days) -> tuple[float, float]:
    """The p-value of the largest t, and the simultaneous margin. What would not even stand as the only test is not drawn for: p = 1.

    Seeded by the moods, so that the same diary gives the same answer.
    """
    if estimate.p[0] > 0.02:
        return 1.0, float(estimate.margin(directions.shape[1])[0])
    draws = np.random.default_rng(zlib.crc32(season.mean.tobytes())).standard_normal((len(level), _DRAWS))
    largest = np.abs(_t(directions, draws - np.outer(level, level @ draws))).max(axis=0)
    p = (1 + int((largest >= abs(t)).sum())) / (1 + _DRAWS)
    return p, float(estimate.error[0] * np.quantile(largest, 0.95))


def variability(days: Days, model: Persistence) -> Told:
    """`variability`: whether the ups and downs of the last 28 dates are smaller or larger than in the 90 dates before.

    Least data: 15 days with an entry in each, 30 in all. Statistic: the days' distances from their own period's median (Brown & Forsythe 1974, doi
    10.1080/01621459.1974.10482955), as shares of the largest standard deviation that a scale of 1–5 leaves at that mean, as spread is
    bounded near the ends (Mestdagh et al. 2018, doi 10.1037/met0000153); difference of means on effective days. Wording: `calmer` or `wider`, as a
    description; neither is called good or bad.
    """
    now, past = days.last(_RECENT), days.last(_PAST, before=_RECENT)
    have = min(len(now), _LEAST_FOR_VARIABILITY) + min(len(past), _LEAST_FOR_VARIABILITY)
    if have < 2 * _LEAST_FOR_VARIABILITY:
        return lacks("variability", have, 2 * _LEAST_FOR_VARIABILITY, "days")
    largest = [float(np.sqrt((each.mean.mean() - 1) * (5 - each.mean.mean()))) for each in (past, now)]
    if min(largest) < 0.5:  # at an end of the scale there is no room for ups and downs to compare
        return Told()
    distances = [np.abs(each.mean - np.median(each.mean)) / most for each, most in zip((past, now), largest, strict=True)]
    both = days.last(_RECENT + _PAST)
    both = Days(both.today, both.number, np.concatenate(distances), both.entries)
    weights = np.concatenate([np.full(len(past), -1 / len(past)), np.full(len(now), 1 / len(now))])
    estimate = contrast(model, both, weights, np.concatenate([each - each.mean() for each in distances]), floor=_LEAST_VARIANCE)
    spread, usual = float(now.mean.std(ddof=1)), float(past.mean.std(ddof=1))
    wider = float(estimate.value[0]) > 0
    if wider != (spread > usual):  # what the scale's ends alone explain is not told
        return Told()
    facts: Facts = {"now": spread, "before": usual, "days": len(both)}
    effect = around(float(estimate.value[0]), float(estimate.margin()[0]), "share")
    evidence: Evidence = {"now": round(spread, 2), "before": round(usual, 2)}

    def told() -> Finding:
        return finding("variability.wider" if wider else "variability.calmer", both.window, len(both), facts, effect=effect, evidence=evidence)

    return Told(claims=[Claim("variability", float(estimate.p[0]), told)])
