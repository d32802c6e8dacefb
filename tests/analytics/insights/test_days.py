"""Days of a diary: each date once, none after today, and which of them are the last."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.diary import diary
from analytics.findings import Window
from analytics.insights.days import Days, day, numbers
from tests.analytics.insights.diaries import TODAY, ago, daily, written
from tests.properties import examples

pytestmark = pytest.mark.filterwarnings("error")


def test_several_entries_of_a_date_are_one_day_with_their_mean() -> None:
    days = Days.of(written([(3, 1), (3, 2), (3, 5), (1, 4), (0, 3), (0, 4)]))
    assert days.mean.tolist() == pytest.approx([8 / 3, 4, 3.5])
    assert days.entries.tolist() == [3, 1, 2]
    assert (days.today - days.number).tolist() == [3, 1, 0]
    assert (len(days), days.span, days.window) == (3, 4, Window(ago(3), TODAY))


def test_a_day_is_the_date_that_entries_count_for_whatever_the_clock_said() -> None:
    """In the night the clocks go back two entries have the same time twice; a traveller's clock may say tomorrow."""
    clocks = [datetime(2026, 10, 25, 1, 30), datetime(2026, 10, 25, 2, 30), datetime(2026, 10, 25, 2, 30), datetime(2026, 10, 25, 0, 10)]
    days = Days.of(diary(date(2026, 10, 26), [1, 2, 3, 5], [date(2026, 10, 24), *[date(2026, 10, 25)] * 3], clocks))
    assert [day(each) for each in days.number] == [date(2026, 10, 24), date(2026, 10, 25)]
    assert days.mean.tolist() == pytest.approx([1, 10 / 3])


@pytest.mark.parametrize("changed", [date(2026, 3, 29), date(2026, 10, 25), date(2024, 2, 29), date(2026, 1, 1), date(1969, 12, 31)])
def test_dates_are_one_apart_over_any_change_of_clocks_or_year(changed: date) -> None:
    days = Days.of(written([(2, 3), (1, 3), (0, 3)], today=date.fromordinal(changed.toordinal() + 1)))
    assert np.diff(days.number).tolist() == [1, 1]
    assert [day(each) for each in days.number][1] == changed
    assert days.window == Window(date.fromordinal(changed.toordinal() - 1), date.fromordinal(changed.toordinal() + 1))


def test_entries_after_today_are_not_there_yet() -> None:
    days = Days.of(written([(1, 3), (0, 4), (-1, 5), (-400, 5)]))
    assert days.mean.tolist() == [3, 4]
    assert len(Days.of(written([(-1, 5), (-2, 5)]))) == 0


def test_without_entries_there_are_no_days() -> None:
    days = Days.of(written([]))
    assert (len(days), days.span, len(days.last(30))) == (0, 0, 0)


@examples(30)
@given(on=st.sets(st.integers(0, 60), max_size=30), dates=st.integers(1, 40), before=st.integers(0, 40))
def test_the_last_dates_are_counted_on_the_calendar(on: set[int], dates: int, before: int) -> None:
    someone = written([(each, 1 + each % 5) for each in sorted(on, reverse=True)])
    found = Days.of(someone).last(dates, before=before)
    expected = [each for each in sorted(on, reverse=True) if before <= each < before + dates]
    assert (found.today - found.number).tolist() == expected
    assert found.mean.tolist() == [1 + each % 5 for each in expected]
    assert found.entries.tolist() == [1] * len(expected)


def test_some_of_the_days() -> None:
    days = Days.of(daily([1, 2, 3, 4]))
    assert days.where(days.mean > 2).mean.tolist() == [3, 4]
    assert days.where(days.mean > 2).window == Window(ago(1), TODAY)


def test_numbers_and_dates_are_each_others() -> None:
    assert [day(each) for each in numbers(daily([3, 3]))] == [ago(1), TODAY]
