"""What is told of all that was found: what stands among all tests, each movement once, the weightiest first."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analytics.findings import KINDS, Effect, Finding, Window
from analytics.insights import FAMILIES, _once, _weightiest, standing
from analytics.insights.claims import Claim
from tests.analytics.insights.diaries import TODAY, ago
from tests.properties import examples

pytestmark = pytest.mark.filterwarnings("error")

RATE = {kind: rate for kinds, rate in FAMILIES for kind in kinds}


def told(kind: str, value: float = 0.5, confidence: str = "medium", subject: str | None = None) -> Finding:
    return Finding(kind, f"{kind}.higher", confidence, Effect(value, 0.1, 0.9, "points"), 40, Window(ago(40), TODAY), subject)  # type: ignore[arg-type]


def claim(kind: str, p: float) -> Claim:
    return Claim(kind, p, lambda: told(kind))


def claims(kind: str, *ps: float) -> list[Claim]:
    return [claim(kind, p) for p in ps]


def test_without_claims_nothing_stands() -> None:
    assert standing([]) == []


@pytest.mark.parametrize("tests", [1, 2, 6, 40])
def test_where_nothing_is_nothing_stands(tests: int) -> None:
    """p-values spread evenly, as those of true null hypotheses are; also all of one."""
    evenly = [number / (tests + 1) for number in range(1, tests + 1)]
    every = [*(claim(kind, p) for kind in RATE for p in evenly), *claims("factor", *[1.0] * tests)]
    assert standing(every) == []
    assert standing(claims("theme", *[1.0] * tests)) == []


def test_every_kind_that_claims_is_of_one_family_and_their_rates_add_up_to_a_tenth() -> None:
    assert sorted(kind for kinds, _ in FAMILIES for kind in kinds) == sorted(set(KINDS) - {"notice", "streak"})
    assert sum(rate for _, rate in FAMILIES) == pytest.approx(0.1)


@pytest.mark.parametrize("kind", sorted(RATE))
def test_alone_a_claim_stands_at_its_family_s_rate_and_by_its_own_interval(kind: str) -> None:
    bar = min(RATE[kind], 0.05)
    assert standing(claims(kind, bar))
    assert not standing(claims(kind, 1.001 * bar))


@pytest.mark.parametrize("kind", ["factor", "level", "theme"])
def test_many_tests_raise_the_bar(kind: str) -> None:
    p = RATE[kind] / 12
    assert standing(claims(kind, 1.5 * p))
    assert not standing(claims(kind, 1.5 * p, *[0.9] * 11))
    assert len(standing(claims(kind, 0.99 * p, *[0.9] * 11))) == 1


@pytest.mark.parametrize(("clear", "other"), [("theme", "factor"), ("factor", "theme"), ("weekday", "factor"), ("factor", "level"), ("level", "theme")])
def test_what_is_clear_in_one_family_does_not_lower_the_bar_in_another(clear: str, other: str) -> None:
    """Tested all together the other would stand."""
    family = claims(other, RATE[other] / 2, 0.5, 0.6, 0.7)
    sure = claims(clear, *[1e-9] * 20)
    together = stats.false_discovery_control([each.p for each in (*family, *sure)])
    assert together[0] <= RATE[other]
    assert standing([*family, *sure]) == sure
    assert standing(family) == []


@examples(60)
@given(st.lists(st.tuples(st.sampled_from(sorted(RATE)), st.floats(0, 0.2)), max_size=25))
def test_each_family_by_benjamini_and_hochberg(listed: list[tuple[str, float]]) -> None:
    """Against the step-up rule, as it is written: all up to the largest that is at most its rank's part of the rate."""
    made = [claim(kind, p) for kind, p in listed]
    expected = set()
    for family, rate in FAMILIES:
        among = sorted((each for each in made if each.kind in family), key=lambda each: each.p)
        last = max((rank for rank, each in enumerate(among, start=1) if each.p * len(among) / rank <= rate), default=0)
        expected |= {id(each) for each in among[:last] if each.p <= 0.05}
    assert {id(each) for each in standing(made)} == expected


@pytest.mark.parametrize(("trend", "shift", "expected"), [(0.001, 0.002, ["trend"]), (0.002, 0.001, ["shift"]), (0.001, 0.001, ["trend"])])
def test_a_movement_is_told_once(trend: float, shift: float, expected: list[str]) -> None:
    found = _once([claim("level", 0.001), claim("trend", trend), claim("shift", shift), *claims("factor", 0.001, 0.002)])
    assert [each.kind for each in found] == ["level", *expected, "factor", "factor"]


def test_the_level_comes_first_then_what_is_surest_then_by_kind_and_size() -> None:
    level, high, low, sure, weak = (
        told("level", confidence="low"),
        told("factor", -0.9, subject="a"),
        told("factor", 0.3, subject="b"),
        told("theme", 0.1, "high"),
        told("trend", 3, "low"),
    )
    streak = Finding("streak", "streak.record", "high", None, 9, Window(ago(9), TODAY))
    assert _weightiest([weak, low, streak, sure, high, level]) == [level, sure, streak, high, low, weak]


def test_of_one_size_by_name_and_at_most_five_of_a_kind() -> None:
    many = [told("factor", 0.5, subject=name) for name in "gfedcba"]
    weathers = [told("weather", 0.5, subject=name) for name in "ba"]
    assert [each.subject for each in _weightiest([*many, *weathers])] == ["a", "b", "c", "d", "e", "a", "b"]


def test_of_people_for_whom_nothing_is_true_one_in_ten_is_told_something() -> None:
    """p-values by chance, each family with five tests."""
    rng = np.random.default_rng(1)
    shown = sum(bool(standing([*claims("trend", *rng.random(5)), *claims("factor", *rng.random(5)), *claims("theme", *rng.random(5))])) for _ in range(300))
    assert 15 <= shown <= 45
