"""Weekdays and parts of the day: the one that was put in is told, with its direction, at the edges of weeks and hours too."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta

import numpy as np
import pytest

from analytics.diary import Diary, diary
from analytics.findings import Need
from analytics.insights.days import Days
from analytics.insights.persistence import contrast, effects
from analytics.insights.rhythms import daypart, weekday
from tests.analytics.insights.diaries import TODAY, ago, chance, daily, finding, findings, need, of, report, steady, written

pytestmark = pytest.mark.filterwarnings("error")


def weekly(moods: dict[int, float], weeks: int = 12, usual: float = 3.0) -> Diary:
    """A mood a day with small ups and downs, other moods on some weekdays."""
    return written((each, moods.get(ago(each).weekday(), usual) + (0.5 if each % 2 else -0.5)) for each in range(7 * weeks - 1, -1, -1))


def clocked(entries: Iterable[tuple[int, str, float]]) -> Diary:
    """Entries given as how many days ago, the time on the clock, and the mood."""
    listed = list(entries)
    dates = [ago(days) for days, _, _ in listed]
    return diary(TODAY, [mood for *_, mood in listed], dates, [datetime.combine(each, time.fromisoformat(clock)) for each, (_, clock, _) in zip(dates, listed, strict=True)])


def twice(first: str, second: str, one: float, other: float, days: int = 60) -> Diary:
    """Two entries a day, with ups and downs from day to day that both share."""
    up = [(each, 1 if each % 3 else 0) for each in range(days - 1, -1, -1)]
    return clocked(entry for each, more in up for entry in ((each, first, one + more), (each, second, other + more)))


def test_weekdays_need_eight_weeks() -> None:
    assert need(daily([3] * 55), "weekday") == Need("weekday", 7, 8, "weeks")
    assert need(daily([3] * 56), "weekday") is None


@pytest.mark.parametrize(("second", "have"), [(0, 0), (5, 5), (6, None)])
def test_and_six_days_on_each_of_two_weekdays(second: int, have: int | None) -> None:
    someone = written(sorted([*((7 * week, 3) for week in range(9)), *((7 * week + 3, 4) for week in range(second))], reverse=True))
    assert need(someone, "weekday") == (None if have is None else Need("weekday", have, 6, "days"))


@pytest.mark.parametrize("day", range(7))
@pytest.mark.parametrize(("mood", "way"), [(4.4, "higher"), (1.6, "lower")])
def test_a_weekday_that_differs_is_told(day: int, mood: float, way: str) -> None:
    found = finding(weekly({day: mood}), "weekday")
    assert (found.says, found.facts["weekday"], found.facts["days"], found.facts["weeks"], found.n) == (f"weekday.{way}", day, 12, 12, 84)
    assert found.facts["difference"] == pytest.approx(1.4, abs=0.15)
    averages = found.evidence["averages"]
    assert isinstance(averages, list)
    assert averages[day] == pytest.approx(mood, abs=0.1)
    assert found.evidence["counts"] == [12] * 7


@pytest.mark.parametrize(("mood", "way"), [(4.4, "higher"), (1.6, "lower")])
def test_a_weekend_is_told_as_one(mood: float, way: str) -> None:
    found = finding(weekly({5: mood, 6: mood}), "weekday")
    assert (found.says, found.facts["days"]) == (f"weekday.weekend_{way}", 24)


def test_the_largest_of_several_is_told() -> None:
    found = finding(weekly({0: 2.6, 3: 1.6}), "weekday")
    assert (found.says, found.facts["weekday"]) == ("weekday.lower", 3)


@pytest.mark.parametrize("moods", [steady(84), [4.0] * 84, chance(84, 3).tolist()])
def test_without_a_rhythm_none_is_told(moods: list[float]) -> None:
    assert not findings(daily(moods), "weekday")


def test_only_the_last_half_year_is_looked_at() -> None:
    old = [(7 * week + 182, 1.0 if week % 2 else 1.5) for week in range(20, 0, -1)]
    assert not findings(written([*old, *((each, 3 + each % 2) for each in range(80, -1, -1))]), "weekday")


def test_the_smallest_of_several_p_values_counts_for_all_of_them() -> None:
    """Šidák's, of seven weekdays and the weekend, and an interval that holds for all eight."""
    days, model = of(weekly({2: 3.4}))
    on = ((days.number + 3) % 7)[:, None] == np.arange(7)
    found = effects(model, days, np.column_stack([on, on[:, 5] | on[:, 6]]).astype(float))
    (claim,) = weekday(days, model).claims
    assert claim.p == pytest.approx(1 - (1 - found.p[2]) ** 8)
    effect = claim.tell().effect
    assert effect
    assert (effect.high - effect.low) / 2 == pytest.approx(found.margin(8)[2], abs=0.001)


def test_parts_of_the_day_need_eight_weeks_and_six_days() -> None:
    assert need(twice("08:00", "20:00", 2, 4, days=55), "daypart") == Need("daypart", 7, 8, "weeks")
    assert need(daily([3] * 80), "daypart") == Need("daypart", 0, 6, "days")
    fewer = [(60, "08:00", 3.0), *((7 * each, clock, mood) for each in range(4, -1, -1) for clock, mood in (("08:00", 1.0), ("20:00", 5.0)))]
    assert need(clocked(fewer), "daypart") == Need("daypart", 5, 6, "days")
    someone = clocked([(60, "08:00", 1.0), (60, "20:00", 5.0), *fewer[1:]])
    (claim,) = daypart(someone, *of(someone)).claims
    assert claim.p < 0.01
    found = claim.tell()
    assert (found.facts["difference"], found.facts["days"], found.n) == (4, 6, 6)


@pytest.mark.parametrize(
    ("clock", "part"),
    [
        ("00:00", "night"),
        ("04:59", "night"),
        ("05:00", "morning"),
        ("11:59", "morning"),
        ("12:01", "afternoon"),
        ("17:59", "afternoon"),
        ("18:00", "evening"),
        ("23:59", "evening"),
    ],
)
def test_parts_begin_where_they_are_said_to(clock: str, part: str) -> None:
    other = "morning" if part != "morning" else "evening"
    found = finding(twice(clock, "08:30" if other == "morning" else "20:30", 2, 4), "daypart")
    assert found.evidence["counts"] == [60 * (each in {part, other}) for each in ("night", "morning", "afternoon", "evening")]


@pytest.mark.parametrize(("mood", "way"), [(4.0, "higher"), (1.0, "lower")])
def test_a_part_of_the_day_is_told_against_other_parts_of_the_same_days(mood: float, way: str) -> None:
    usual = [(each, clock, 2.0 + each % 2) for each in range(62, -1, -1) for clock in ("08:00", "14:00")]
    evenings = [(each, "21:00", mood + each % 2) for each in range(62, -1, -1)]
    found = finding(clocked(sorted([*usual, *evenings], key=lambda each: (-each[0], each[1]))), "daypart")
    assert (found.says, found.facts["part"], found.facts["days"], found.facts["weeks"]) == (f"daypart.{way}", "evening", 63, 9)
    assert found.facts["difference"] == abs(mood - 2)
    assert found.evidence["counts"] == [0, 63, 63, 63]
    assert found.evidence["averages"][0] is None  # type: ignore[index]


def test_of_two_parts_the_interval_and_the_p_value_hold_for_both() -> None:
    someone = clocked((each, clock, mood + each % 5 * sway) for each in range(62, -1, -1) for clock, mood, sway in (("08:00", 2.0, 0.2), ("21:00", 2.1, 0.1)))
    days, model = of(someone)
    difference = someone.moods[1::2] - someone.moods[::2]
    found = contrast(model, Days(days.today, days.number, difference, days.entries), np.full(63, 1 / 63), difference - difference.mean())
    (claim,) = daypart(someone, days, model).claims
    assert claim.p == pytest.approx(1 - (1 - found.p[0]) ** 2)
    effect = claim.tell().effect
    assert effect
    assert (effect.high - effect.low) / 2 == pytest.approx(found.margin(2)[0], abs=0.001)


def test_days_that_are_better_throughout_have_no_better_part() -> None:
    """Evenings are written on good days only: against the same days' mornings they are no better."""
    entries = [(each, clock, 5.0 if each % 3 == 0 else 2.0) for each in range(62, -1, -1) for clock in ("08:00", "21:00") if clock == "08:00" or each % 3 == 0]
    assert not findings(clocked(entries), "daypart")


def test_what_stands_at_noon_has_no_time() -> None:
    assert need(twice("12:00", "20:00", 1, 5), "daypart") == Need("daypart", 0, 6, "days")


def test_a_night_the_clocks_go_back_has_its_hour_twice() -> None:
    """The same local time twice, and one before it: still one night of one day."""
    someone = twice("02:30", "20:00", 2, 4)
    clocks = someone.at.tolist()
    again = diary(TODAY, [*someone.moods.tolist(), 2.0, 2.0], [*someone.dates.tolist(), TODAY, TODAY], [*clocks, clocks[-2], clocks[-2] - timedelta(minutes=10)])
    assert daypart(again, *of(again)).claims[0].tell().facts["days"] == 60
    assert report(again).entries_used == 122
