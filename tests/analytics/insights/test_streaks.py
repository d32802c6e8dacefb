"""Days in a row, against counting on fingers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.findings import Window
from analytics.insights.days import Days
from analytics.insights.streaks import streak
from tests.analytics.insights.diaries import TODAY, ago, daily, finding, findings, written
from tests.properties import examples

pytestmark = pytest.mark.filterwarnings("error")


def test_three_days_are_one() -> None:
    found = finding(daily([3, 3, 3]), "streak")
    assert (found.says, found.facts, found.n, found.window, found.confidence, found.effect) == ("streak.record", {"days": 3}, 3, Window(ago(2), TODAY), "high", None)
    assert not findings(daily([3, 3]), "streak")


def test_beside_a_longer_one_it_runs() -> None:
    found = finding(written([(ago, 3) for ago in (20, 19, 18, 17, 16, 2, 1, 0)]), "streak")
    assert (found.says, found.facts) == ("streak.running", {"days": 3, "longest": 5})


def test_as_long_as_the_longest_is_a_record() -> None:
    assert finding(written([(ago, 3) for ago in (9, 8, 7, 2, 1, 0)]), "streak").says == "streak.record"


@pytest.mark.parametrize(("last", "is_told"), [(0, True), (1, True), (2, False)])
def test_today_may_still_be_empty_but_not_yesterday_too(last: int, is_told: bool) -> None:
    assert bool(findings(daily([3] * 5, last=last), "streak")) is is_told


def test_tomorrow_s_entries_neither_lengthen_nor_save_it() -> None:
    assert finding(written([(2, 3), (1, 3), (0, 3), (-1, 3)]), "streak").facts == {"days": 3}
    assert not findings(written([(5, 3), (4, 3), (3, 3), (-1, 3)]), "streak")


def _length(lived: set[int], first: int) -> int:
    return next(length for length in range(60) if first + length not in lived)


@examples(60)
@given(st.sets(st.integers(-2, 40), max_size=40))
def test_streaks_are_what_fingers_say(on: set[int]) -> None:
    told = streak(Days.of(written([(each, 3) for each in sorted(on, reverse=True)])))
    lived = {each for each in on if each >= 0}
    start = 0 if 0 in lived else 1
    current = _length(lived, start)
    longest = max((_length(lived, first) for first in lived), default=0)
    assert not told.needs
    assert not told.claims
    if current < 3:
        assert not told.sure
    else:
        (found,) = told.sure
        assert found.facts == ({"days": current} if current == longest else {"days": current, "longest": longest})
        assert found.window == Window(ago(start + current - 1), ago(start))
