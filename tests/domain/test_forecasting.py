"""Whose ratings the forecast's training reads, and what of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from core import clock, db
from domain import forecasting
from domain.forecasting import Ratings
from tests.crowds import crowd, days, log
from tests.diaries import on, store
from tests.people import Account, World


async def writer(world: World, count: int = 40, **about: Any) -> Account:
    """A rating a day, until yesterday."""
    ana = await world.anonymous(**about)
    today = clock.today("UTC")
    await store(ana.uuid, [on(today - timedelta(days=ago), 3 + ago % 2, note="not to be read") for ago in range(count, 0, -1)])
    return ana


async def test_moods_with_their_local_days_and_times_are_read_and_nothing_else(world: World) -> None:
    await writer(world, timezone="America/New_York")
    (found,) = await forecasting.everybodys()
    assert found.moods == [3 + ago % 2 for ago in range(40, 0, -1)]
    assert (len(found.dates), found.dates, len(found.at)) == (40, sorted(found.dates), 40)
    assert {each.hour for each in found.at} <= {7, 8}
    assert {each.tzinfo for each in found.at} == {None}
    assert set(vars(found)) == {"moods", "dates", "at"}


async def test_the_clock_of_the_night_that_summer_time_ends_is_the_person_s(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half past two, an hour later half past two again: by instant, not by the clock."""
    monkeypatch.setattr(forecasting, "LEAST", 2)
    ana = await world.anonymous(timezone="Europe/Berlin")
    await store(ana.uuid, [on(date(2025, 10, 26), 5, hour=0), on(date(2025, 10, 26), 1, hour=1)])
    await db.execute("UPDATE mood_entries SET timestamp = timestamp + interval '30 minutes'")
    assert await forecasting.everybodys() == [Ratings([5, 1], [date(2025, 10, 26)] * 2, [datetime(2025, 10, 26, 2, 30)] * 2)]


async def test_who_forbids_analyses_is_not_read(world: World) -> None:
    await writer(world)
    unwilling = await writer(world, 41)
    assert sorted(len(each.moods) for each in await forecasting.everybodys()) == [40, 41]
    await unwilling.put("/users/preferences", {"privacy": {"insights": False}})
    assert [len(each.moods) for each in await forecasting.everybodys()] == [40]
    # Whether use is counted is another question.
    await unwilling.put("/users/preferences", {"privacy": {"insights": True, "activityTracking": False}})
    assert sorted(len(each.moods) for each in await forecasting.everybodys()) == [40, 41]


async def test_who_forbids_it_once_drawn_is_not_read_either(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    willing, unwilling = await writer(world), await writer(world, 41)
    read = forecasting._of

    async def read_later(people: list[Any]) -> list[Ratings]:
        assert set(people) == {willing.uuid, unwilling.uuid}
        await unwilling.put("/users/preferences", {"privacy": {"insights": False}})
        return await read(people)

    monkeypatch.setattr(forecasting, "_of", read_later)
    assert [len(each.moods) for each in await forecasting.everybodys()] == [40]


async def test_beginners_are_not_read(world: World) -> None:
    await writer(world, forecasting.LEAST - 1)
    assert await forecasting.everybodys() == []


async def test_of_a_long_diary_the_newest_ratings_are_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecasting, "MOST_RATINGS", 35)
    await writer(world)
    (found,) = await forecasting.everybodys()
    assert (len(found.moods), found.dates[-1]) == (35, clock.today("UTC") - timedelta(days=1))


async def test_of_many_people_some_are_read_by_chance(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has a diary of a length of their own, which tells who was drawn; they are read some at a time."""
    monkeypatch.setattr(forecasting, "MOST_PEOPLE", 7)
    monkeypatch.setattr(forecasting, "_PEOPLE_AT_ONCE", 3)
    people = await crowd(20)
    for number, person in enumerate(people):
        await log([person], days(date(2026, 1, 1), 30 + number))
    drawn = [frozenset(len(each.moods) for each in await forecasting.everybodys()) for _ in range(5)]
    assert {len(each) for each in drawn} == {7}
    # That all five are the same seven has a chance of 10⁻¹⁹.
    assert len(set(drawn)) > 1
