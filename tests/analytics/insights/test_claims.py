"""How findings are put together: their facts, how sure they are, what is lacking."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.findings import SAYS, Effect, Need, Window
from analytics.insights.claims import around, confidence, finding, lacks
from tests.analytics.insights.diaries import TODAY, ago

pytestmark = pytest.mark.filterwarnings("error")

WINDOW = Window(ago(60), TODAY)
EVERY = {name: 1.23456 for names in SAYS.values() for name in names}


@pytest.mark.parametrize("says", SAYS)
def test_facts_are_those_of_the_wording_and_no_others(says: str) -> None:
    made = finding(says, WINDOW, 40, {**EVERY, "unheard": 1})
    assert made.facts == dict.fromkeys(SAYS[says], 1.23)
    assert tuple(made.facts) == SAYS[says]
    assert (made.kind, made.says) == (says.partition(".")[0], says)


def test_a_fact_may_not_be_missing() -> None:
    with pytest.raises(KeyError, match="weeks"):
        finding("trend.up", WINDOW, 40, {"change": 0.5, "days": 40})


def test_counts_and_words_stay_as_they_are() -> None:
    made = finding("factor.higher", WINDOW, 40, {"factor": "1.23456", "difference": 0.5049, "days_with": 12, "days_without": 28})
    assert made.facts == {"factor": "1.23456", "difference": 0.5, "days_with": 12, "days_without": 28}


@pytest.mark.parametrize(
    ("half", "n", "expected"),
    [(0.5, 30, "high"), (0.5, 29, "medium"), (0.51, 400, "medium"), (0.66, 30, "medium"), (0.67, 30, "low"), (1.2, 400, "low"), (0.0, 400, "low")],
)
@pytest.mark.parametrize("value", [1.0, -1.0])
def test_a_difference_is_as_sure_as_its_interval_is_far_from_nothing(value: float, half: float, n: int, expected: Any) -> None:
    assert confidence("factor.higher", Effect(value, value - half, value + half, "points"), n) == expected


@pytest.mark.parametrize(("half", "expected"), [(0.0, "high"), (0.25, "high"), (0.26, "medium"), (0.5, "medium"), (0.51, "low")])
@pytest.mark.parametrize("says", ["level.now", "level.steady"])
def test_a_level_is_as_sure_as_its_interval_is_narrow(says: str, half: float, expected: Any) -> None:
    assert confidence(says, Effect(3, 3 - half, 3 + half, "points"), 12) == expected


def test_what_was_counted_is_sure() -> None:
    assert confidence("streak.record", None, 3) == "high"


@pytest.mark.parametrize(("value", "margin"), [(0.12345, 0.1), (-2, 0.00001), (0.0004, 0.0001), (1 / 3, 1 / 7)])
def test_an_interval_is_around_its_value(value: float, margin: float) -> None:
    effect = around(value, margin, "share")
    assert effect.low <= effect.value <= effect.high
    assert [effect.value, effect.low, effect.high] == pytest.approx([value, value - margin, value + margin], abs=0.0005)
    assert effect.unit == "share"


def test_what_is_lacking() -> None:
    told = lacks("level", 3, 7, "entries")
    assert told.needs == [Need("level", 3, 7, "entries")]
    assert not told.sure
    assert not told.claims
