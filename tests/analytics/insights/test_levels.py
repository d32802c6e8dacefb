"""Where moods are now, and whether that is another place than the month before: at the edges of what is needed, exactly."""

from __future__ import annotations

import pytest

from analytics.findings import Need, Window
from analytics.insights.levels import level
from tests.analytics.insights.diaries import TODAY, ago, daily, finding, findings, need, of, steady, written

pytestmark = pytest.mark.filterwarnings("error")

FIVE = [(9, 3.0), (7, 4.0), (5, 3.0), (3, 2.0), (1, 3.0)]


def test_it_needs_seven_entries_on_five_days() -> None:
    assert need(written([*FIVE, (1, 4)]), "level") == Need("level", 6, 7, "entries")
    assert need(written([*FIVE[1:], *[(1, 4.0)] * 3]), "level") == Need("level", 4, 5, "days")
    found = finding(written([*FIVE, (1, 4), (1, 5)]), "level")
    assert (found.says, found.n, found.window) == ("level.now", 7, Window(ago(9), ago(1)))
    assert (found.facts["entries"], found.facts["days"], found.facts["mean"]) == (7, 5, 3.2)


def test_it_needs_them_within_thirty_dates() -> None:
    assert need(daily([3] * 7, last=24), "level") == Need("level", 6, 7, "entries")
    assert need(daily([3] * 7, last=23), "level") is None


def test_each_day_counts_once() -> None:
    assert finding(written([(6, 5), (5, 5), (4, 5), (3, 5), *[(2, 1.0)] * 9]), "level").facts["mean"] == 4.2


@pytest.mark.parametrize("mood", [1, 5])
def test_the_interval_stays_on_the_scale_and_is_never_nothing(mood: int) -> None:
    found = finding(daily([mood] * 7), "level")
    assert found.effect
    assert found.effect.value == mood
    assert 1 <= found.effect.low < found.effect.high <= 5


def test_many_days_tell_it_better_than_few() -> None:
    few, many = finding(daily(steady(8)), "level"), finding(daily(steady(28)), "level")
    assert few.effect
    assert many.effect
    assert many.effect.high - many.effect.low < few.effect.high - few.effect.low


@pytest.mark.parametrize(("before", "says"), [(6, "level.now"), (7, "level.steady")])
def test_it_is_compared_with_seven_entries_of_the_month_before(before: int, says: str) -> None:
    assert finding(written([*((40 - each, 3.0) for each in range(before)), *((each, 3.0) for each in range(9, -1, -1))]), "level").says == says


@pytest.mark.parametrize(("oldest", "says"), [(60, "level.now"), (59, "level.steady")])
def test_which_is_the_thirty_dates_before(oldest: int, says: str) -> None:
    """The seventh of its entries lies on the first of its dates, or a date too early."""
    assert finding(written([(oldest, 3.0), *((35 - each, 3.0) for each in range(6)), *((each, 3.0) for each in range(9, -1, -1))]), "level").says == says


def test_nor_with_many_entries_on_four_days() -> None:
    assert finding(written([*((40 - each % 4, 3.0) for each in range(12)), *((each, 3.0) for each in range(9, -1, -1))]), "level").says == "level.now"


def test_no_difference_is_called_steady() -> None:
    found = finding(daily(steady(60)), "level")
    assert (found.says, found.facts["days"], found.n, found.window) == ("level.steady", 30, 30, Window(ago(59), TODAY))
    assert [found.facts["mean"], found.facts["before"]] == pytest.approx([3, 3], abs=0.1)


@pytest.mark.parametrize(("before", "now", "way"), [(2.0, 4.0, "higher"), (4.0, 2.0, "lower")])
def test_a_plain_difference_is_told_in_its_direction(before: float, now: float, way: str) -> None:
    found = finding(daily([before - 1 + each % 3 for each in range(30)] + [now - 1 + each % 3 for each in range(30)]), "level")
    assert (found.says, found.facts["mean"], found.facts["before"], found.facts["difference"]) == (f"level.{way}", now, before, 2)
    assert found.effect
    assert found.effect.value == now - before
    assert found.evidence == {"mean": now, "before": before, "days": 30, "daysBefore": 30}


def test_a_difference_is_told_instead_of_the_level_not_beside_it() -> None:
    someone = daily([1.0, 2.0, 3.0] * 10 + [3.0, 4.0, 5.0] * 10)
    assert [each.says for each in level(*of(someone)).sure] == ["level.steady"]
    assert [each.says for each in findings(someone, "level")] == ["level.higher"]
