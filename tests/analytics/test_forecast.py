"""Tomorrow's mood: what it is made of, when there is none, and how often its range is right."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.diary import diary
from analytics.forecast import ALPHA, FIRST, LEAST_RATINGS, Pooled, forecast, forecasts, half_widths, is_low
from analytics.forecast_model import CODE, FEATURES, MOST_RATINGS, ewma, features
from tests.analytics.series import TODAY, person, series

pytestmark = pytest.mark.filterwarnings("error")

MODEL = Pooled(CODE, FEATURES, (0.0,) * len(FEATURES), (1.0,) * len(FEATURES), (0.0,) * len(FEATURES), 0.5)
"""Says half a point over the person's mean."""


def test_without_a_model_it_is_the_weighted_mean() -> None:
    moods = [3.0, 4, 3, 4, 4, 3, 4, 5, 4, 4, 3, 4]
    found = forecast(series(moods))
    assert found is not None
    expected = moods[0]
    for number, mood in enumerate(moods[1:], start=2):
        weight = ALPHA / (1 - (1 - ALPHA) ** number)
        expected += weight * (mood - expected)
    assert found.value == pytest.approx(expected, abs=0.006)
    assert (found.date, found.method, found.n, found.coverage) == (TODAY + timedelta(days=1), "ewma", 12, 0.8)
    assert found.low < found.value < found.high


def test_with_a_model_it_is_the_model_s() -> None:
    found = forecast(series([3, 4] * 10), MODEL)
    assert found is not None
    assert (found.value, found.method) == (4.0, "pooled")


@pytest.mark.parametrize(("count", "is_told"), [(LEAST_RATINGS - 1, False), (LEAST_RATINGS, True)])
def test_it_needs_ten_ratings(count: int, is_told: bool) -> None:
    assert (forecast(series([4] * count)) is not None) is is_told


@pytest.mark.parametrize(("days", "is_told"), [(14, True), (15, False)])
def test_of_an_old_diary_it_says_nothing(days: int, is_told: bool) -> None:
    assert (forecast(series([4, 3] * 10, until=TODAY - timedelta(days=days))) is not None) is is_told


@pytest.mark.parametrize(
    "moods",
    [
        [2] * 20,  # the level is low
        [2, 2, 3] * 6 + [2],
        [4] * 30 + [2, 3, 2, 3],  # far under what is usual, though not low on the scale
        [5] * 30 + [4, 3, 4, 4, 3, 4],
        [3, 1] * 10,
    ],
)
def test_in_a_low_spell_nobody_is_told_of_another_low_day(moods: list[float]) -> None:
    ratings = np.array(moods, float)
    assert is_low(float(ewma(ratings, ALPHA)[-1]), ratings)
    assert forecast(series(moods)) is None
    # Not even of a better one: it would be the model's word against how they feel.
    assert forecast(series(moods), msgspec.structs.replace(MODEL, intercept=2.0)) is None


@pytest.mark.parametrize(("lower", "is_told"), [(2.0, False), (0.6, False), (0.4, True)])
def test_a_low_forecast_is_not_told_either(lower: float, is_told: bool) -> None:
    """The mean is 3.5, the deviation half a point: 2.9 is far under what is usual, 3.1 is not."""
    assert (forecast(series([4, 3] * 10), msgspec.structs.replace(MODEL, intercept=-lower)) is not None) is is_told


@pytest.mark.parametrize("moods", [[], [3], [3] * 9])
def test_of_next_to_nothing_nothing_is_forecast(moods: list[float]) -> None:
    assert forecast(series(moods)) is None
    assert forecast(series(moods), MODEL) is None


def test_who_never_rates_otherwise_gets_that_with_a_narrow_range() -> None:
    found = forecast(series([4] * 60))
    assert found is not None
    assert (found.value, found.low < 4 < found.high, found.high - found.low < 1) == (4, True, True)


def test_a_traveller_s_rating_of_tomorrow_is_not_forecast() -> None:
    assert forecast(series([4, 3] * 10, until=TODAY + timedelta(days=1))) is None


@pytest.mark.parametrize("model", [None, MODEL])
def test_an_hour_that_comes_twice_or_never_is_no_matter(model: Pooled | None) -> None:
    """By the clock of the night that summer time ends, later entries stand before earlier ones; when it begins, an hour is missing."""
    nights = [*("2026-10-24T23:00", "2026-10-25T02:50", "2026-10-25T02:10", "2026-10-25T02:40"), *("2027-03-28T01:59", "2027-03-28T03:01")]
    before = [f"2026-10-{day:02}T12:00" for day in range(10, 20)]
    at = sorted(before) + nights
    found = forecast(diary(date(2027, 3, 28), [3, 4] * 8, [date.fromisoformat(each[:10]) for each in at], at), model)
    assert found is not None
    assert found.date == date(2027, 3, 29)
    assert 3 <= found.value <= 4.5


def test_one_bad_day_is_no_spell() -> None:
    assert forecast(series([4, 3, 4, 5, 4, 3] * 4 + [3])) is not None


@given(st.lists(st.integers(1, 5), min_size=10, max_size=60), st.booleans(), st.integers(0, 40))
@settings(max_examples=60, deadline=None)
def test_whatever_was_rated_the_forecast_stands_on_the_scale(moods: list[int], with_model: bool, several: int) -> None:
    dates = [TODAY - timedelta(days=max(0, len(moods) - several - number)) for number in range(len(moods))]
    found = forecast(diary(TODAY, moods, dates, [f"{each}T12:00" for each in dates]), MODEL if with_model else None)
    if found is not None:
        assert 1 <= found.low <= found.value <= found.high <= 5
        assert found == forecast(diary(TODAY, moods, dates, [f"{each}T12:00" for each in dates]), MODEL if with_model else None)


def test_months_without_an_entry_change_nothing_for_the_worse() -> None:
    dates = [TODAY - timedelta(days=200 + each) for each in range(20, 0, -1)] + [TODAY - timedelta(days=each) for each in range(4, -1, -1)]
    found = forecast(diary(TODAY, [3, 4] * 12 + [4], dates, [f"{each}T12:00" for each in dates]), MODEL)
    assert found is not None
    assert found.n == 25


def test_a_forecast_looks_at_nothing_after_it() -> None:
    """What was forecast for a rating is the same when the ratings from it on were others."""
    someone = person(3)
    other = np.concatenate([someone.moods[:30], 6 - someone.moods[30:]])
    for model in (None, MODEL):
        one, two = (forecasts(moods, someone.dates, someone.at, model) for moods in (someone.moods, other))
        assert one[: 31 - FIRST] == pytest.approx(two[: 31 - FIRST])
        assert half_widths(someone.moods, one)[: 31 - FIRST] == pytest.approx(half_widths(other, two)[: 31 - FIRST])


def test_the_features_of_a_rating_to_come_are_those_it_has_once_it_is_there() -> None:
    someone = person(4, 40)
    to_come = features(someone.moods[:-1], someone.dates, someone.at, 39)
    assert to_come == pytest.approx(features(someone.moods, someone.dates, someone.at, 39))
    assert to_come.shape == (1, len(FEATURES))
    assert np.isfinite(features(np.full(12, 3.0), someone.dates[:12], someone.at[:12], 2)).all()


def test_the_weighted_mean_is_that_of_its_weights() -> None:
    moods = np.array([1.0, 5, 2, 4])
    weights = 0.7 ** np.arange(3, -1, -1)
    assert ewma(moods, 0.3)[-1] == pytest.approx((weights * moods).sum() / weights.sum())


@pytest.mark.parametrize("draw", ["normal", "two_values", "drifting"])
def test_four_of_five_ranges_hold(draw: str) -> None:
    """Over 400 ratings, however they are distributed."""
    rng = np.random.default_rng(11)
    moods = {
        "normal": np.clip(np.round(rng.normal(3.2, 0.9, MOST_RATINGS)), 1, 5),
        "two_values": rng.choice([2.0, 4.0], MOST_RATINGS),
        "drifting": np.clip(rng.normal(3, 0.1 + np.arange(MOST_RATINGS) / MOST_RATINGS), 1, 5),
    }[draw]
    expected = forecasts(moods, np.arange(MOST_RATINGS).astype("datetime64[D]"), np.arange(MOST_RATINGS).astype("datetime64[m]"), None)
    held = np.abs(moods[FIRST:] - expected) <= half_widths(moods, expected)
    assert 0.74 <= held.mean() <= 0.86
