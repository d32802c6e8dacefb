"""Tomorrow's mood: what somebody's next rating is likely to be, were it the first one of tomorrow, and the range for it.

The forecast is an exponentially weighted mean of their own ratings, or that of a model over many people while it is measurably better
(`analytics.forecast_training`).
"""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from analytics.diary import Days, Diary
from analytics.findings import Forecast
from analytics.forecast_model import MOST_RATINGS, Floats, Pooled, ewma, features

__all__ = ["Pooled", "forecast"]

LEAST_RATINGS = 10
COVERAGE = 0.8
# Within the 0.1–0.3 that the field uses (Gardner 1985, Exponential Smoothing: The State of the Art, Journal of Forecasting 4).
ALPHA = 0.3
# After so many days without a rating the last ones say little about tomorrow.
_STALE_DAYS = 14
# A low spell: under this level, nearer to the scale's second step than to its middle, or this far under the person's mean, in their own deviations and in points.
_LOW_LEVEL, _LOW_DEVIATIONS, _LOW_POINTS = 2.5, 1.0, 0.5
# The first forecast whose error a range learns from; before it there is nearly nothing to forecast from.
FIRST = 3
# Assumed until errors are there, and weighing as much as five of them: an error of so many points.
_ASSUMED_ERROR, _ASSUMED_WEIGHT = 0.7, 5
# Half the width of an 80 % range in mean absolute errors, for normal errors: z(0.9) · √(π/2).
_NORMAL = 1.6062
# How far a miss moves the range, on the log scale; and how far it may be moved.
_STEP, _MOST_MOVED = 0.2, 1.0
# A range is never narrower than half a step of the scale: no rating is finer.
_LEAST_HALF = 0.25
_USUAL_HOUR_DAYS = 28


def forecast(diary: Diary, model: Pooled | None = None) -> Forecast | None:
    """The first rating of tomorrow, in points, with a range that holds it in 80 % of cases; from the newest 400 ratings.

    None with under 10 ratings, when the last is over 14 days old or of tomorrow already (a traveller's), and in a low spell: when the recent level (EWMA)
    or the forecast is under 2.5, or a standard deviation and half a point under the person's mean. Who feels low needs no machine that says tomorrow
    will be low too, and a low forecast is where believing it does harm.
    """
    if len(diary) < LEAST_RATINGS or not timedelta(0) <= diary.today - diary.dates[-1].item() <= timedelta(days=_STALE_DAYS):
        return None
    moods, dates, at = diary.moods[-MOST_RATINGS:], diary.dates[-MOST_RATINGS:], diary.at[-MOST_RATINGS:]
    tomorrow = np.datetime64(diary.today, "D") + 1
    expected = forecasts(moods, np.append(dates, tomorrow), np.append(at, tomorrow + _usual_time(dates, at)), model)
    value = float(expected[-1])
    if is_low(float(ewma(moods, ALPHA)[-1]), moods) or is_low(value, moods):
        return None
    half = float(half_widths(moods, expected)[-1])
    return Forecast(
        date=diary.today + timedelta(days=1),
        value=round(value, 2),
        low=round(max(1.0, value - half), 2),
        high=round(min(5.0, value + half), 2),
        coverage=COVERAGE,
        method="ewma" if model is None else "pooled",
        n=len(moods),
    )


def is_low(level: float, moods: Floats) -> bool:
    """Whether `level` would be a low spell of somebody with these ratings: see `forecast`. A level a deviation under the mean is over 2 of an EWMA's own
    (√(α / (2 − α)) of a rating's), as a control chart would have it (Lucas & Saccucci 1990, Technometrics 32).
    """
    return bool(level < _LOW_LEVEL or level <= moods.mean() - max(_LOW_DEVIATIONS * moods.std(), _LOW_POINTS))


def forecasts(moods: Floats, dates: Days, at: NDArray[np.datetime64], model: Pooled | None) -> Floats:
    """For each rating from number FIRST on, what would have been forecast for it; also for one to come, where `dates` and `at` have one more."""
    if model is not None:
        return model.expected(features(moods, dates, at, FIRST))
    return ewma(moods, ALPHA)[FIRST - 1 : len(dates) - 1]


def half_widths(moods: Floats, expected: Floats) -> Floats:
    """Half of each range's width around each of `expected` (as of `forecasts`), from the errors before it alone.

    The person's mean absolute error so far, times a factor that begins where it would be for normal errors, grows with each rating outside its range
    and shrinks with each one inside so that 20 % are outside in the long run, however the errors are distributed or drift: adaptive conformal inference
    (Gibbs & Candès 2021, NeurIPS) in its form that moves the quantile itself (Angelopoulos, Candès & Tibshirani 2023, NeurIPS).
    """
    errors = np.abs(moods[FIRST:] - expected[: len(moods) - FIRST])
    typical = (_ASSUMED_ERROR * _ASSUMED_WEIGHT + np.concatenate([[0], np.cumsum(errors)])) / (_ASSUMED_WEIGHT + np.arange(len(errors) + 1))
    halves, moved = [], 0.0
    for number, scale in enumerate(typical.tolist()):
        half = max(_LEAST_HALF, _NORMAL * scale * math.exp(moved))
        halves.append(half)
        if number < len(errors):
            moved = min(_MOST_MOVED, max(-_MOST_MOVED, moved + _STEP * ((errors[number] > half) - (1 - COVERAGE))))
    return np.array(halves[: len(expected)])


def _usual_time(dates: Days, at: NDArray[np.datetime64]) -> np.timedelta64:
    """When in the day the person's first rating of a day usually is."""
    _, firsts = np.unique(dates, return_index=True)
    recent = at[firsts[-_USUAL_HOUR_DAYS:]]
    minutes = np.median((recent - recent.astype("datetime64[D]")).astype(int))
    return np.timedelta64(int(minutes), "m")
