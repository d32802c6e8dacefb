"""Directions, steps, ups and downs: told where they were put in, in their direction, and not told where there are none."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.findings import Need, Window
from analytics.insights.changes import shift, trend, variability
from analytics.insights.days import Days
from analytics.insights.persistence import Persistence
from tests.analytics.insights.diaries import TODAY, ago, chance, daily, finding, findings, need, of, report, steady, written

pytestmark = pytest.mark.filterwarnings("error")


def rising(count: int) -> list[float]:
    """From 1.5 to 4.5 with ups and downs of half a point."""
    return [1.5 + 3 * number / (count - 1) + (0.5 if number % 2 else -0.5) for number in range(count)]


def stepping(before: float, after: float, days_before: int, days_after: int) -> list[float]:
    """Two levels, with ups and downs of half a point."""
    return [(before if number < days_before else after) + (0.5 if number % 2 else -0.5) for number in range(days_before + days_after)]


def test_a_direction_needs_twenty_one_days() -> None:
    assert need(daily(rising(20)), "trend") == Need("trend", 20, 21, "days")
    assert need(daily(rising(21)), "trend") is None
    (claim,) = trend(*of(daily(rising(21)))).claims
    assert claim.p < 0.01
    assert claim.tell().says == "trend.up"


def test_days_of_another_season_do_not_count() -> None:
    assert need(written([*((150 - each, 3.0) for each in range(20)), *((each, 3.0) for each in range(9, -1, -1))]), "trend") == Need("trend", 10, 21, "days")


@pytest.mark.parametrize(("sign", "says"), [(1, "trend.up"), (-1, "trend.down")])
def test_a_plain_direction_is_told_by_the_week(sign: int, says: str) -> None:
    """Ups and downs by chance: those that alternate would be taken for noise of single days, and the line for wandering."""
    line = np.linspace(-1.5, 1.5, 84) + np.random.default_rng(3).normal(0, 0.3, 84)
    found = finding(daily((3 + sign * line).tolist()), "trend")
    assert (found.says, found.facts["weeks"], found.facts["days"], found.window) == (says, 12, 84, Window(ago(83), TODAY))
    assert found.facts["change"] == pytest.approx(0.25, abs=0.03)
    assert found.effect
    assert (found.effect.unit, np.sign(found.effect.value)) == ("points_per_week", sign)
    assert [found.evidence["start"], found.evidence["end"]] == pytest.approx([3 - 1.5 * sign, 3 + 1.5 * sign], abs=0.3)


def test_the_line_to_draw_stays_on_the_scale() -> None:
    (claim,) = trend(*of(daily([1.0] * 30 + [5.0] * 30))).claims
    evidence = claim.tell().evidence
    assert 1 <= evidence["start"] <= evidence["end"] <= 5  # type: ignore[operator]


@pytest.mark.parametrize("moods", [steady(84), [3.0] * 84, [1.0] * 84, [5.0] * 84, chance(84).tolist()])
def test_without_a_movement_none_is_told(moods: list[float]) -> None:
    assert not {each.kind for each in report(daily(moods)).findings} & {"trend", "shift", "variability", "notice"}


def test_moods_that_wander_have_no_direction() -> None:
    """A random walk's line would be sure for somebody who took days for independent."""
    rng = np.random.default_rng(5)
    for _ in range(5):
        (claim,) = trend(*of(daily(np.clip(3 + np.cumsum(rng.normal(0, 0.25, 90)), 1, 5).tolist()))).claims
        assert claim.p > 0.02


def test_a_step_needs_seven_days_on_each_side() -> None:
    assert need(daily(stepping(2, 4, 7, 6)), "shift") == Need("shift", 13, 14, "days")
    assert need(daily(stepping(2, 4, 7, 7)), "shift") is None
    (claim,) = shift(*of(daily(stepping(2, 4, 7, 7)))).claims
    assert claim.tell().facts["date"] == ago(6).isoformat()


@pytest.mark.parametrize(("before", "after", "way"), [(2, 4, "higher"), (4, 2, "lower")])
@pytest.mark.parametrize("days_after", [20, 41])
def test_a_plain_step_is_told_with_its_day(before: float, after: float, way: str, days_after: int) -> None:
    (claim,) = shift(*of(daily(stepping(before, after, 80 - days_after, days_after)))).claims
    assert claim.p <= 0.005
    found = claim.tell()
    assert found.says == f"shift.{way}"
    assert found.facts == {
        "date": ago(days_after - 1).isoformat(),
        "before": pytest.approx(before, abs=0.1),
        "after": pytest.approx(after, abs=0.1),
        "difference": pytest.approx(2, abs=0.1),
        "days": 80,
    }
    assert found.effect
    assert found.effect.value == pytest.approx(after - before, abs=0.2)
    assert found.evidence["date"] == found.facts["date"]


def test_a_step_lies_where_generalised_least_squares_fit_best() -> None:
    """Against fitting each place by itself, with gaps between the days."""
    rng = np.random.default_rng(8)
    on = np.sort(rng.choice(88, 40, replace=False))[::-1]
    moods = np.where(on < 30, 4.0, 2.5) + rng.choice([-1.0, 0.0, 1.0], 40)
    days, model = of(written(zip(on.tolist(), moods.tolist(), strict=True)))
    (claim,) = shift(days, model).claims
    expected = max(range(7, 34), key=lambda first: abs(_t_of_step(model, days, first)))
    assert claim.tell().facts["date"] == ago(int(on[expected])).isoformat()


def _t_of_step(model: Persistence, days: Days, first: int) -> float:
    inverse = np.linalg.inv(model.covariance(days.number))
    design = np.column_stack([np.ones(len(days)), np.arange(len(days)) >= first])
    root = np.linalg.inv(design.T @ inverse @ design)
    fitted = root @ design.T @ inverse @ days.mean
    rest = days.mean - design @ fitted
    return float(fitted[1] / np.sqrt(root[1, 1] * (rest @ inverse @ rest) / (len(days) - 2)))


def test_the_largest_of_many_steps_is_held_against_the_largest_by_chance() -> None:
    """Of diaries without a step one in fifty has so small a p-value: each place by itself would give one in five."""
    independent = Persistence(np.zeros(4))
    small = sum(shift(Days.of(daily(chance(60, seed).tolist())), independent).claims[0].p <= 0.02 for seed in range(60))
    assert small <= 4


def test_a_movement_is_told_once() -> None:
    for moods in (stepping(2, 4, 40, 40), [2.0] * 45 + [4.0] * 45):
        assert len([each for each in report(daily(moods)).findings if each.kind in {"trend", "shift"}]) == 1


def test_ups_and_downs_need_fifteen_days_in_each_period() -> None:
    on = [*range(70, 55, -1), *range(14, -1, -1)]
    for lacking in (on[1:], on[:-1]):
        assert need(written([(each, 3 + each % 2) for each in lacking]), "variability") == Need("variability", 29, 30, "days")
    assert need(written([(each, 3 + each % 2) for each in on]), "variability") is None
    assert need(daily([3.0, 4.0] * 40, last=30), "variability") == Need("variability", 15, 30, "days")
    (claim,) = variability(*of(written([(each, 3 + (each % 3 - 1) * (1 if each < 30 else 0.3)) for each in on]))).claims
    assert claim.tell().says == "variability.wider"


@pytest.mark.parametrize(("before", "now", "says"), [(0.5, 2.0, "variability.wider"), (2.0, 0.5, "variability.calmer")])
def test_larger_and_smaller_ups_and_downs(before: float, now: float, says: str) -> None:
    found = finding(daily([3 + (before if number < 90 else now) * (-1) ** (number // 2) for number in range(118)]), "variability")
    assert found.says == says
    assert found.facts == {"before": pytest.approx(before, abs=0.05), "now": pytest.approx(now, abs=0.05), "days": 118}
    assert found.effect
    assert (found.effect.unit, found.effect.value > 0) == ("share", now > before)


def test_where_the_scale_leaves_no_room_nothing_is_told() -> None:
    """At its end moods cannot go up and down: somebody who got better has not become calm."""
    told = variability(*of(daily([(3.0, 5.0, 2.0, 4.0)[number % 4] for number in range(90)] + [5.0] * 27 + [4.0])))
    assert (told.needs, told.claims) == ([], [])


def test_the_past_is_ninety_dates_before_the_last_twenty_eight() -> None:
    """What was wild before does not make the past wild."""
    assert not findings(daily([*[1.0, 5.0] * 30, *steady(118)]), "variability")
    (claim,) = variability(*of(daily([*[1.0, 5.0] * 30, *[3.0, 4.0] * 45, *[2.0, 4.0] * 14]))).claims
    assert (claim.tell().n, claim.tell().facts["before"]) == (118, 0.5)
