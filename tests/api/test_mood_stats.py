"""The diary in numbers, against a plain reckoning of the same numbers."""

from __future__ import annotations

import statistics
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import clock, db
from domain import mood_stats
from domain.moods import Entry
from tests.diaries import clear, days_ago, diary, on, store
from tests.people import World
from tests.properties import examples

NOW = datetime(2026, 3, 30, 10, 15, tzinfo=UTC)
ZONES = ("UTC", "Europe/Madrid", "Pacific/Kiritimati", "Etc/GMT+12", "America/St_Johns")


def _close(found: float | None, exact: float | None) -> bool:
    """Rounded to two decimals, either way at a half."""
    return found is None if exact is None else found is not None and abs(found - exact) <= 0.005 + 1e-9 and round(found, 2) == found


def _mean(moods: list[int]) -> float | None:
    return statistics.fmean(moods) if moods else None


def _streaks(days: set[date], today: date) -> tuple[int, int]:
    longest = max((sum(1 for _ in iter(_run(day, days))) for day in days), default=0)
    last = today if today in days else today - timedelta(days=1)
    current = 0
    while last in days:
        current, last = current + 1, last - timedelta(days=1)
    return current, longest


def _run(day: date, days: set[date]) -> list[date]:
    found = []
    while day in days:
        found.append(day)
        day += timedelta(days=1)
    return found


def _check(found: dict[str, Any], entries: list[Entry], zone: str, first: date | None, last: date | None) -> None:
    within = [each for each in entries if (first is None or each.date >= first) and (last is None or each.date <= last)]
    moods = [each.mood for each in within]
    assert found["count"] == len(moods)
    assert found["daysLogged"] == len({each.date for each in within})
    assert _close(found["average"], _mean(moods))
    assert found["median"] == (statistics.median(moods) if moods else None)
    assert _close(found["stdDev"], statistics.stdev(moods) if len(moods) > 1 else None)
    assert found["distribution"] == {str(mood): moods.count(mood) for mood in range(1, 6)}
    by_day, by_weekday, by_hour = defaultdict(list), defaultdict(list), defaultdict(list)
    for each in within:
        by_day[each.date].append(each.mood)
        by_weekday[each.date.weekday()].append(each.mood)
        by_hour[each.timestamp.astimezone(ZoneInfo(zone)).hour].append(each.mood)
    assert [each["date"] for each in found["byDay"]] == [str(day) for day in sorted(by_day)]
    for shown, day in zip(found["byDay"], sorted(by_day), strict=True):
        assert _close(shown["average"], _mean(by_day[day]))
        assert shown["count"] == len(by_day[day])
    for cells, exact, size in ((found["byWeekday"], by_weekday, 7), (found["byHour"], by_hour, 24)):
        assert [cell["count"] for cell in cells] == [len(exact[index]) for index in range(size)]
        assert all(_close(cell["average"], _mean(exact[index])) for index, cell in enumerate(cells))
    before: list[int] = []
    if first is not None and last is not None:
        days = (last - first).days + 1
        before = [each.mood for each in entries if first - timedelta(days=days) <= each.date < first]
    assert found["previous"]["count"] == len(before)
    assert _close(found["previous"]["average"], _mean(before))
    change = None if not before or not moods else statistics.fmean(moods) - statistics.fmean(before)
    assert _close(found["change"], change)
    today = NOW.astimezone(ZoneInfo(zone)).date()
    current, longest = _streaks({each.date for each in entries}, today)
    assert found["streak"] == {"current": current, "longest": longest}


@st.composite
def _entries(draw: st.DrawFn) -> Entry:
    """Up to 3 days ahead, near and far back, at any instant of its day's neighbourhood."""
    days = draw(st.one_of(st.integers(-1, 16), st.integers(-1, 800)))
    timestamp = NOW - timedelta(days=days, minutes=draw(st.integers(0, 1439)))
    return Entry(mood=draw(st.integers(1, 5)), timestamp=timestamp, date=timestamp.date() + timedelta(days=draw(st.integers(-1, 1))))


@examples(80)
@given(
    entries=st.lists(_entries(), max_size=40), zone=st.sampled_from(ZONES), days=st.sampled_from([7, 30, 90, 365, None]), back=st.tuples(st.integers(-2, 400), st.integers(0, 400))
)
async def test_every_number_is_what_plain_reckoning_says(world: World, entries: list[Entry], zone: str, days: int | None, back: tuple[int, int]) -> None:
    person = await diary(world, entries, timezone=zone)
    today = NOW.astimezone(ZoneInfo(zone)).date()
    first, last = today - timedelta(days=sum(back)), today - timedelta(days=back[0])
    with clock.at(NOW):
        by_period = await mood_stats.stats(person.uuid, days=days)
        by_dates = await mood_stats.stats(person.uuid, first=first, last=last)
    _check(msgspec.to_builtins(by_period), entries, zone, *((None, None) if days is None else (today - timedelta(days=days - 1), today)))
    _check(msgspec.to_builtins(by_dates), entries, zone, first, last)
    await clear(person.uuid)


async def test_an_empty_diary_has_numbers_too(world: World) -> None:
    ana = await world.anonymous()
    found = (await ana.get("/moods/stats")).json
    assert {name: found[name] for name in ("count", "daysLogged", "average", "median", "stdDev", "byDay", "change")} == {
        "count": 0, "daysLogged": 0, "average": None, "median": None, "stdDev": None, "byDay": [], "change": None,
    }  # fmt: skip
    assert found["distribution"] == dict.fromkeys("12345", 0)
    assert found["byWeekday"] == [{"average": None, "count": 0}] * 7
    assert found["byHour"] == [{"average": None, "count": 0}] * 24
    assert found["streak"] == {"current": 0, "longest": 0}
    assert found["previous"] == {"average": None, "count": 0}


async def test_one_entry_has_no_deviation_and_two_have_the_samples(world: World) -> None:
    ana = await diary(world, [on(date(2026, 5, 4), 2)])
    assert (await ana.get("/moods/stats?period=all")).json["stdDev"] is None
    await store(ana.uuid, [on(date(2026, 5, 4), 5)])
    found = (await ana.get("/moods/stats?period=all")).json
    assert (found["average"], found["median"], found["stdDev"]) == (3.5, 3.5, 2.12)
    assert found["byDay"] == [{"date": "2026-05-04", "average": 3.5, "count": 2}]
    assert found["byWeekday"][0] == {"average": 3.5, "count": 2}


async def test_the_last_thirty_days_unless_said_otherwise(world: World) -> None:
    ana = await world.anonymous()
    await days_ago(ana, 0, 6, 7, 29, 30, 89, 90, 364, 365, 4000)
    counts = {period: (await ana.get(f"/moods/stats?period={period}")).json["count"] for period in ("7d", "30d", "90d", "365d", "all")}
    assert counts == {"7d": 2, "30d": 4, "90d": 6, "365d": 8, "all": 10}
    assert (await ana.get("/moods/stats")).json == (await ana.get("/moods/stats?period=30d")).json
    assert [(await ana.get(f"/moods/stats?period={period}")).json["previous"]["count"] for period in ("7d", "30d", "90d", "365d", "all")] == [1, 1, 1, 1, 0]


async def test_change_is_the_difference_to_the_days_before(world: World) -> None:
    ana = await world.anonymous()
    today = clock.today("UTC")
    await store(ana.uuid, [on(today, 5), on(today - timedelta(days=6), 4), on(today - timedelta(days=7), 1), on(today - timedelta(days=13), 3), on(today - timedelta(days=14), 5)])
    found = (await ana.get("/moods/stats?period=7d")).json
    assert (found["average"], found["previous"], found["change"]) == (4.5, {"average": 2.0, "count": 2}, 2.5)


@pytest.mark.parametrize(
    ("ago", "current", "longest"),
    [
        ((0,), 1, 1),
        ((1,), 1, 1),
        ((2,), 0, 1),
        ((0, 1, 2), 3, 3),
        ((1, 2, 3), 3, 3),
        ((0, 2, 3, 4), 1, 3),
        ((-1,), 0, 1),
        ((-1, 0), 1, 2),
        ((-1, 1, 2), 2, 2),
        ((-1, 0, 1), 2, 3),
        ((2, 3, 4, 10, 11, 12, 13), 0, 4),
        ((0, 0, 0, 1), 2, 2),
    ],
)
async def test_a_streak_counts_back_from_today_or_from_yesterday_while_today_is_empty(world: World, ago: tuple[int, ...], current: int, longest: int) -> None:
    """What is dated tomorrow, a traveller's, waits for its day to count as current."""
    today = NOW.date()
    person = await diary(world, [Entry(mood=3, timestamp=NOW - timedelta(days=max(days, 0)), date=today - timedelta(days=days)) for days in ago])
    with clock.at(NOW):
        found = await mood_stats.stats(person.uuid, days=7)
    assert (found.streak.current, found.streak.longest) == (current, longest)


async def test_the_streak_is_of_all_time_whatever_the_period(world: World) -> None:
    ana = await world.anonymous()
    await days_ago(ana, *range(40), *range(100, 150))
    for query in ("period=7d", "period=all", "from=2010-01-01&to=2010-02-01"):
        assert (await ana.get(f"/moods/stats?{query}")).json["streak"] == {"current": 40, "longest": 50}


async def test_hours_are_the_persons_own_across_a_change_of_clocks(world: World) -> None:
    """01:30 UTC is half past two in Madrid's winter, half past three in its summer."""
    days = (datetime(2026, 3, 28, 1, 30, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC))
    ana = await diary(world, [Entry(mood=4, timestamp=at, date=at.date()) for at in days], timezone="Europe/Madrid")
    found = (await ana.get("/moods/stats?period=all")).json
    assert [hour for hour, cell in enumerate(found["byHour"]) if cell["count"]] == [2, 3]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("period=8d", "period"),
        ("period=", "period"),
        ("period=7d&from=2026-01-01", "period"),
        ("period=all&to=2026-01-01", "period"),
        ("from=2026-01-02&to=2026-01-01", "to"),
        ("from=2027-02-29", "from"),
        ("limit=5", "limit"),
    ],
)
async def test_a_period_that_makes_no_sense_is_refused(world: World, query: str, path: str) -> None:
    ana = await world.anonymous()
    refused = await ana.get(f"/moods/stats?{query}")
    assert (refused.status, refused.paths) == (422, {path})


@pytest.mark.parametrize("query", ["from=0001-01-01", "to=9999-12-31", "from=0001-01-01&to=9999-12-31", "from=9999-12-31", "to=0001-01-01", "from=9999-01-01&to=9999-12-31"])
async def test_the_ends_of_time_are_a_period_like_any(world: World, query: str) -> None:
    ana = await diary(world, [on(date(2026, 5, 4), 2)])
    answered = await ana.get(f"/moods/stats?{query}")
    assert answered.status == 200, answered.raw
    assert answered.json["count"] == int("from=9" not in query and "to=0" not in query)


async def test_numbers_follow_the_zone_somebody_moves_to(world: World) -> None:
    at = datetime(2026, 3, 29, 23, 30, tzinfo=UTC)
    person = await diary(world, [Entry(mood=4, timestamp=at, date=at.date())])
    for zone, now, current in (("UTC", at + timedelta(days=1), 1), ("Pacific/Kiritimati", at + timedelta(days=1), 0), ("Etc/GMT+12", at, 1)):
        await db.execute("UPDATE users SET timezone = $2 WHERE id = $1", person.uuid, zone)
        with clock.at(now):
            assert (await mood_stats.stats(person.uuid, days=7)).streak.current == current, zone
