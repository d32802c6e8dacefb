"""The pooled model: what it learns, when it is good enough, and what is read back of it."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
import numpy as np
import pytest

from analytics import forecast_training as training
from analytics.forecast_model import CODE, FEATURES, Pooled
from analytics.forecast_training import LEAST_GAIN, Trial, gain, train
from tests.analytics.series import person

pytestmark = pytest.mark.filterwarnings("error")


@cache
def trial(rhythm: float) -> Trial:
    found = train([person(seed, rhythm=rhythm) for seed in range(40)])
    assert found is not None
    return found


def test_a_rhythm_that_many_share_is_found_and_used() -> None:
    found = trial(1.5)
    assert found.is_better
    assert found.scores["gain"] > found.scores["gain_low"] > 0
    assert found.scores["gain"] >= LEAST_GAIN
    assert found.scores["mae"]["pooled"] < min(error for name, error in found.scores["mae"].items() if name != "pooled")


def test_where_there_is_nothing_to_find_nothing_is_used() -> None:
    """The best rival of independent ratings is their mean, or median: no model of many features is 3 % better."""
    found = trial(0.0)
    assert not found.is_better


def test_what_it_saw_is_recorded() -> None:
    found = trial(1.5)
    assert found.data == {"from": "2026-03-02", "to": "2026-04-30", "people": 40, "ratings": 2400, "features": list(FEATURES)}
    assert set(found.scores) == {"mae", "best_rival", "gain", "gain_low", "gain_high", "held_back", "coverage"}
    assert found.scores["held_back"] == 40 * round(50 / 3)


def test_too_few_people_or_ratings_train_nothing() -> None:
    assert train([person(seed) for seed in range(training.LEAST_PEOPLE - 1)]) is None
    assert train([person(seed, training.LEAST_RATINGS_EACH - 1) for seed in range(40)]) is None


def test_people_who_never_rate_otherwise_break_nothing() -> None:
    constant = [training.Ratings(np.full(40, 3.0), *(getattr(person(1, 40), name) for name in ("dates", "at"))) for _ in range(40)]
    found = train(constant)
    assert found is not None
    assert not found.is_better
    assert found.scores["gain"] == 0


def test_the_same_people_give_the_same_model() -> None:
    people = [person(seed, 40, rhythm=1.0) for seed in range(30)]
    one, two = train(people), train(people)
    assert one is not None and two is not None
    assert one.model.to_bytes() == two.model.to_bytes()


def test_a_model_is_read_back_as_it_was() -> None:
    model = trial(1.5).model
    assert Pooled.from_bytes(model.to_bytes()) == model


N = len(FEATURES)
GOOD: dict[str, Any] = {"code": CODE, "names": FEATURES, "center": [0.0] * N, "scale": [1.0] * N, "weights": [0.0] * N, "intercept": 0.0}

WRONG: tuple[dict[str, Any], ...] = (
    {"code": "forecast 0"},
    {"names": ["mean"], "center": [0.0], "scale": [1.0], "weights": [0.0]},
    {"names": FEATURES[::-1]},
    {"scale": [0.0] * N},
    {"scale": [-1.0] * N},
    {"center": [0.0]},
    {"weights": []},
    {"weights": [1e300] * N},
    {"center": [-1e300] * N},
    {"intercept": "0"},
    {"more": 1},
)


def test_what_is_refused_below_is_refused_for_what_is_wrong_with_it() -> None:
    assert Pooled.from_bytes(msgspec.json.encode(GOOD)).code == CODE


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x80\x04.",
        b"[]",
        b"\xff" * 40,
        b"[" * 100_000,
        b'{"code":' + b"[" * 100_000,
        msgspec.json.encode(GOOD)[:-1],
        msgspec.json.encode(GOOD).replace(b'"intercept":0.0', b'"intercept":1e999'),
        msgspec.json.encode(GOOD).replace(b'"intercept":0.0', b'"intercept":NaN'),
        *(msgspec.json.encode(GOOD | each) for each in WRONG),
    ],
)
def test_what_is_no_model_of_these_features_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="forecast model"):
        Pooled.from_bytes(raw)


def test_a_gain_is_told_with_its_interval_over_people() -> None:
    ours, theirs = [np.full(10, 0.9) for _ in range(20)], [np.full(10, 1.0) for _ in range(20)]
    assert gain(ours, theirs) == pytest.approx((0.1, 0.1, 0.1))
    mixed = [np.full(10, 0.5 if each % 2 else 1.3) for each in range(20)]
    _, low, high = gain(mixed, theirs)
    assert low < 0 < high
