"""Mood levels, weeks and change: known answers of made-up crowds."""

from __future__ import annotations

from datetime import date, timedelta
from math import sqrt

import numpy as np
import pytest

from analytics.batch.bands import OTHER, bands
from analytics.batch.cohort import Cohort
from analytics.batch.intervals import of_mean, of_share
from analytics.batch.levels import change, levels, weeks
from tests.analytics.batch.crowds import FIRST, crowd, diaries, flat


def told(many: Cohort) -> dict[tuple[str, str], dict[str, float]]:
    return {(row["characteristic"], row["value"]): dict(row) for row in levels(many, bands(many)).rows}


def test_people_count_once_however_much_they_write():
    """Half a crowd is at 2 and writes on every day, half at 4 and writes on a quarter of them: the mean is 3."""
    low, high = flat(20, 40, 2), flat(20, 40, 4)
    high[:, np.arange(40) % 4 > 0] = np.nan
    found = told(crowd(np.vstack([low, high])))["all", "everybody"]
    assert found["mean"] == 3
    assert found["spread_between"] == round(sqrt(40 / 39), 2)
    assert found["spread_within"] == 0
    assert (found["low"], found["high"]) == (round(3 - 2.0227 * sqrt(40 / 39) / sqrt(40), 2), round(3 + 2.0227 * sqrt(40 / 39) / sqrt(40), 2))


def test_intervals_hold_the_truth_as_often_as_they_say():
    random = np.random.default_rng(7)
    inside = [(found := of_mean(np.clip(random.normal(3, 0.8, 20), 1, 5))).low <= 3 <= found.high for _ in range(600)]
    assert 0.93 <= np.mean(inside) <= 0.97
    shares = [(found := of_share(int(random.binomial(40, 0.3)), 40)).low <= 0.3 <= found.high for _ in range(400)]
    assert 0.92 <= np.mean(shares) <= 0.98


def test_an_interval_does_not_tell_how_many_people_there_are():
    """It is that of the tens of them, so that of nineteen it is no narrower than it would be of ten with the same spread."""
    for people in range(10, 20):
        values = np.resize([2.0, 4.0], people)
        found = of_mean(values)
        assert (found.high - found.low) / 2 == pytest.approx(2.2622 * values.std(ddof=1) / sqrt(10), abs=1e-3)
    assert [of_share(count, 2 * count)[1:] for count in (5, 6, 9)] == [of_share(5, 10)[1:]] * 3
    assert of_share(5, 10)[1:] == pytest.approx((0.2366, 0.7634), abs=1e-4)


def test_groups_of_few_are_told_together():
    languages = ["en"] * 30 + ["es"] * 12 + ["pl"] * 3
    moods = np.vstack([flat(30, 20, 3), flat(12, 20, 4), flat(3, 20, 1)])
    moods[::2] += 0.25
    found = told(crowd(moods, language=languages))
    assert {value for name, value in found if name == "language"} == {"en", OTHER}
    assert found["language", OTHER]["people"] == 10
    assert found["language", "en"]["people"] == 30


def test_those_with_few_days_have_no_level():
    moods = flat(25, 20)
    moods[10:, 6:] = np.nan
    assert told(crowd(moods))["all", "everybody"]["people"] == 10
    moods[9, 6:] = np.nan
    assert told(crowd(moods)) == {}


def test_weeks_follow_people_against_themselves():
    """Those who are low write in the first weeks only: the mean rises, nobody changes."""
    low, high = flat(30, 42, 2), flat(30, 42, 4)
    low[:, 21:] = np.nan
    low[:, 20], high[:, 41] = 1, 5
    rows = weeks(crowd(np.vstack([low, high]))).rows
    assert [row["first"] for row in rows] == [FIRST + timedelta(days=7 * week) for week in range(6)]
    assert rows[0]["last"] == date(2026, 1, 11)
    assert [row["people"] for row in rows] == [60, 60, 60, 30, 30, 30]
    assert rows[3]["mean"] - rows[0]["mean"] == pytest.approx(1)
    assert rows[3]["difference"] == round(-1 / 42, 2)
    assert rows[0]["difference"] == round((1 / 21 - 1 / 42) / 2, 2)


def test_weeks_of_few_and_half_a_week_are_left_out():
    moods = flat(12, 31)
    moods[:4, 7:14] = np.nan
    assert [row["first"].day for row in weeks(crowd(moods)).rows] == [5, 19, 26]


def test_change_is_within_people():
    random = np.random.default_rng(3)
    moods = diaries(random, 400, 60, spread=0.4)
    moods[:, 30:] += 0.3
    (row,) = change(crowd(moods)).rows
    assert row["low"] <= 0.3 <= row["high"]
    assert row["high"] - row["low"] < 0.1
    assert row["people"] == 400


def test_no_change_where_a_half_is_missing():
    moods = flat(30, 60)
    moods[:21, 36:] = np.nan
    assert change(crowd(moods)).rows == []
