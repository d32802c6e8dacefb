"""Made-up series of ratings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from analytics.diary import Diary, diary
from analytics.forecast_training import Ratings

TODAY = date(2026, 5, 20)


def series(moods: Sequence[float], *, until: date = TODAY, hour: int = 20) -> Diary:
    """A rating a day, the last one on `until`; today is TODAY."""
    dates = [until - timedelta(days=len(moods) - 1 - number) for number in range(len(moods))]
    return diary(TODAY, moods, dates, [f"{each}T{hour:02}:00" for each in dates])


def person(seed: int, days: int = 60, *, rhythm: float = 0.0) -> Ratings:
    """Chance ratings 1–5, a rating a day; with `rhythm` weekends are so many points better."""
    dates = np.datetime64("2026-03-02") + np.arange(days)
    better = rhythm * ((dates.astype(int) + 3) % 7 >= 5)
    moods = np.clip(np.round(np.random.default_rng(seed).normal(3, 0.5, days) + better), 1, 5)
    return Ratings(moods.astype(float), dates, (dates + np.timedelta64(20, "h")).astype("datetime64[m]"))
