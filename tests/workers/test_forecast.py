"""The nightly training of the forecast, and what becomes of its model."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from core import clock, db, jobs
from domain import forecasting, trained
from domain.forecasting import Ratings, TrainForecast
from tests.analytics.series import person
from tests.diaries import on, store
from tests.insights import settle, shown
from tests.people import Account, World, do_jobs
from workers import forecast
from workers import held as holding
from workers.schedule import SCHEDULE


@pytest.fixture(autouse=True)
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that has just started, and asks each time."""
    forecast.held.__init__("forecast", forecast._unpacked)  # type: ignore[misc]
    monkeypatch.setattr(holding, "LOOK_SECONDS", -1)
    yield


def crowd(rhythm: float) -> list[Ratings]:
    return [Ratings([int(mood) for mood in each.moods], each.dates.tolist(), each.at.tolist()) for each in (person(seed, rhythm=rhythm) for seed in range(40))]


async def train(people: list[Ratings], patch: pytest.MonkeyPatch) -> None:
    async def everybodys() -> list[Ratings]:
        return people

    with patch.context() as over:
        over.setattr(forecasting, "everybodys", everybodys)
        await jobs.defer(TrainForecast())
        assert await do_jobs() == ["done"]


async def writer(world: World, days: int = 40, **about: Any) -> Account:
    ana = await world.anonymous(**about)
    today = clock.today("UTC")
    await store(ana.uuid, [on(today - timedelta(days=ago), 3 + ago % 2) for ago in range(days, 0, -1)])
    return ana


async def test_it_is_trained_each_night() -> None:
    assert TrainForecast in {each.job for each in SCHEDULE}


async def test_a_model_is_used_while_it_is_better_and_no_longer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await train(crowd(1.5), monkeypatch)
    row = await trained.used("forecast")
    assert row is not None
    assert (row.code, row.data["people"], row.scores["gain"] > 0.03) == ("forecast 1", 40, True)
    ana = await writer(world)
    await ana.log_mood(4)
    await settle()
    assert (await shown(ana))["forecast"]["method"] == "pooled"
    await train(crowd(0.0), monkeypatch)
    assert await trained.used("forecast") is None
    assert await db.fetchval("SELECT count(*) FROM trained_models WHERE kind = 'forecast'") == 2
    await ana.log_mood(4)
    await settle()
    assert (await shown(ana))["forecast"]["method"] == "ewma"


async def test_with_too_few_people_the_last_model_is_not_used_any_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await train(crowd(1.5), monkeypatch)
    await train(crowd(1.5)[:5], monkeypatch)
    assert await trained.used("forecast") is None
    assert await forecast.held.get() is None


async def test_a_model_that_cannot_be_read_is_not_missed(world: World) -> None:
    await trained.keep("forecast", "forecast 0", b"no model", data={}, scores={}, use=True)
    ana = await writer(world)
    await ana.log_mood(4)
    assert set(await settle()) == {"done"}
    assert (await shown(ana))["forecast"]["method"] == "ewma"


async def test_only_who_allows_it_and_wrote_enough_is_read(world: World) -> None:
    willing, unwilling, beginner = await writer(world, 40, timezone="America/New_York"), await writer(world, 40), await writer(world, forecasting.LEAST - 1)
    await unwilling.put("/users/preferences", {"privacy": {"insights": False}})
    (found,) = await forecasting.everybodys()
    assert (len(found.moods), found.dates) == (40, sorted(found.dates))
    assert found.moods == [3 + ago % 2 for ago in range(40, 0, -1)]
    assert {each.hour for each in found.at} <= {7, 8}
    assert {each.tzinfo for each in found.at} == {None}
    assert beginner.id != willing.id


async def test_of_a_long_diary_the_newest_ratings_are_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecasting, "MOST_RATINGS", 35)
    await writer(world)
    (found,) = await forecasting.everybodys()
    assert (len(found.moods), found.dates[-1]) == (35, clock.today("UTC") - timedelta(days=1))
