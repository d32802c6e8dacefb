"""The gentle notice: told when the last days are lower than is usual for this person, and only then."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.findings import Need, Window
from analytics.insights.days import Days
from analytics.insights.notices import LIMIT, WEIGHT, is_low, notice
from analytics.insights.persistence import persistence
from tests.analytics.insights.diaries import TODAY, ago, chance, daily, finding, findings, need, of, steady, written

pytestmark = pytest.mark.filterwarnings("error")


def lately(moods: list[float], usual: int = 40) -> list[float]:
    """About 4 for so many days, then 14 days of which these are the last."""
    return [mood + 1 for mood in steady(usual + 14 - len(moods))] + moods


def test_it_needs_a_baseline_of_twenty_eight_days_before_the_last_fourteen() -> None:
    assert need(daily(lately([1.0] * 7, usual=27)), "notice") == Need("notice", 27, 28, "days")
    assert need(daily(lately([1.0] * 7, usual=28)), "notice") is None
    assert finding(daily(lately([1.0] * 7, usual=28)), "notice").says == "notice.lower"
    assert need(daily(steady(90), last=20), "notice") is None
    assert need(daily(steady(90), last=90), "notice") == Need("notice", 14, 28, "days")


def test_lower_days_are_noticed() -> None:
    found = finding(daily(lately([2.0, 1.0, 2.0, 1.0, 2.0, 2.0, 1.0])), "notice")
    assert (found.says, found.facts) == ("notice.lower", {"days": 7, "usual": 4.0, "recent": 1.57})
    assert (found.n, found.window) == (54, Window(ago(53), TODAY))
    assert found.effect
    assert found.effect.value == pytest.approx(11 / 7 - 4, abs=0.001)
    assert found.evidence == {"usual": 4.0, "recent": 1.57}


@pytest.mark.parametrize("moods", [[], [5.0] * 7, [3.0], [4.0, 3.0, 3.0, 4.0], [1.0] * 5 + [5.0] * 7])
def test_usual_better_or_single_low_days_are_not(moods: list[float]) -> None:
    """Nor a low spell that is over."""
    assert not findings(daily(lately(moods)), "notice")


@pytest.mark.parametrize(("recent", "is_told"), [(2, False), (3, True)])
def test_three_of_the_last_seven_dates_have_an_entry(recent: int, is_told: bool) -> None:
    low = [13, 12, 11, 10, 9, 8, *[4, 3, 1][:recent]]
    someone = written([*((14 + each, mood + 1) for each, mood in zip(range(40, 0, -1), steady(40), strict=True)), *((each, 1.0) for each in low)])
    assert bool(findings(someone, "notice")) is is_told


def test_who_is_always_low_is_not_told_so_again() -> None:
    assert not findings(daily([2.0] * 60), "notice")
    assert not findings(daily([1.0] * 60), "notice")


def test_on_the_way_up_again_nothing_is_said() -> None:
    """The last seven dates are no lower than usual, though the fourteen are."""
    someone = daily([3.0 + (-1) ** number * 0.1 for number in range(60)] + [1.0] * 7 + [3.05] * 7)
    days = Days.of(someone)
    assert is_low(days.last(90, before=14), days.last(14)) or not findings(someone, "notice")
    assert not findings(someone, "notice")


def test_the_limit_is_that_of_the_docstring() -> None:
    """The weighted mean that begins at the baseline's, day by day, against the standard error of that difference: dense sums."""
    rng = np.random.default_rng(2)
    verdicts = []
    for low in np.linspace(0, 2, 12):
        moods = np.concatenate([chance(50, int(rng.integers(1000)), mean=3.5), np.clip(chance(14, int(rng.integers(1000)), mean=3.5) - low, 1, 5)])
        days = Days.of(daily(moods.tolist()))
        before, watched = days.last(90, before=14), days.last(14)
        usual = float(before.mean.mean())
        weighted = usual
        weights = np.zeros(len(watched))
        for number, mood in enumerate(watched.mean):
            weighted += WEIGHT * (mood - weighted)
            weights *= 1 - WEIGHT
            weights[number] = WEIGHT
        every = np.concatenate([np.full(len(before), -weights.sum() / len(before)), weights])
        covariance = persistence(before).covariance(days.number[-len(every) :])
        error = max(before.mean.std(ddof=1), 1 / 12**0.5) * float(np.sqrt(every @ covariance @ every))
        assert is_low(before, watched) == (weighted - usual < -LIMIT * error)
        verdicts.append(is_low(before, watched))
    assert not verdicts[0]
    assert verdicts[-1]


def test_it_is_not_one_of_the_claims() -> None:
    told = notice(of(daily(lately([1.0] * 7)))[0])
    assert len(told.sure) == 1
    assert not told.claims
