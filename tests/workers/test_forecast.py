"""The nightly training of the forecast, and what becomes of its model."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

import msgspec
import pytest

from core import clock, db, jobs
from domain import forecasting, trained
from domain.forecasting import Ratings, TrainForecast
from domain.insight_material import Material
from tests.analytics.series import person
from tests.crowds import crowd, days, log
from tests.diaries import on, store
from tests.insights import finding, report, settle, shown
from tests.logs import capture_logs
from tests.people import Account, World, do_jobs
from workers import forecast
from workers import held as holding
from workers.insights import reported
from workers.schedule import SCHEDULE


@pytest.fixture(autouse=True)
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that has just started, and asks each time."""
    forecast.held.__init__("forecast", forecast._unpacked)  # type: ignore[misc]
    monkeypatch.setattr(holding, "LOOK_SECONDS", -1)
    yield


def alike(rhythm: float) -> list[Ratings]:
    return [Ratings([int(mood) for mood in each.moods], each.dates.tolist(), each.at.tolist()) for each in (person(seed, rhythm=rhythm) for seed in range(40))]


async def train(people: list[Ratings], patch: pytest.MonkeyPatch) -> None:
    async def everybodys() -> list[Ratings]:
        return people

    with patch.context() as over:
        over.setattr(forecasting, "everybodys", everybodys)
        await jobs.defer(TrainForecast())
        assert await do_jobs() == ["done"]


async def writer(world: World, days: int = 40, **about: Any) -> Account:
    """Who feels better at weekends: whatever day tomorrow is, it is not low for them."""
    ana = await world.anonymous(**about)
    past = [clock.today("UTC") - timedelta(days=ago) for ago in range(days, 0, -1)]
    await store(ana.uuid, [on(day, 5 if day.isoweekday() > 5 else 3) for day in past])
    return ana


async def test_it_is_trained_each_night() -> None:
    assert TrainForecast in {each.job for each in SCHEDULE}


async def test_a_model_is_used_while_it_is_better_and_no_longer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await train(alike(1.5), monkeypatch)
    row = await trained.used("forecast")
    assert row is not None
    assert (row.code, row.data["people"], row.scores["gain"] > 0.03) == ("forecast 1", 40, True)
    ana = await writer(world)
    await ana.log_mood(4)
    await settle()
    assert (await shown(ana))["forecast"]["method"] == "pooled"
    await train(alike(0.0), monkeypatch)
    assert await trained.used("forecast") is None
    assert await db.fetchval("SELECT count(*) FROM trained_models WHERE kind = 'forecast'") == 2
    await ana.log_mood(4)
    await settle()
    assert (await shown(ana))["forecast"]["method"] == "ewma"


async def test_with_too_few_people_the_last_model_is_not_used_any_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await train(alike(1.5), monkeypatch)
    await train(alike(1.5)[:5], monkeypatch)
    assert await trained.used("forecast") is None
    assert await forecast.held.get() is None


async def test_a_model_that_cannot_be_read_is_not_missed(world: World) -> None:
    await trained.keep("forecast", "forecast 0", b"no model", data={}, scores={}, use=True)
    ana = await writer(world)
    await ana.log_mood(4)
    assert set(await settle()) == {"done"}
    assert (await shown(ana))["forecast"]["method"] == "ewma"


async def test_a_model_that_was_altered_is_not_used_and_logged_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await train(alike(1.5), monkeypatch)
    await db.execute("UPDATE trained_models SET body = set_byte(body, length(body) - 1, get_byte(body, length(body) - 1) # 1)")
    with capture_logs() as logged:
        assert await forecast.held.get() is None
        assert await forecast.held.get() is None
    assert [(each["event"], each["kind"], each["log_level"]) for each in logged] == [("model.unreadable", "forecast", "error")]
    await train(alike(1.5), monkeypatch)
    assert await forecast.held.get() is not None


async def test_what_diaries_share_is_learnt_from_them(world: World) -> None:
    """From the tables to the model in use: weekends are better for everybody here, and one person less than it takes is too few."""
    *people, last = await crowd(30)
    await log([*people, last], days(clock.today("UTC") - timedelta(days=45), 45))
    await db.execute("UPDATE mood_entries SET mood = CASE WHEN extract(isodow FROM date) > 5 THEN 5 ELSE 2 + extract(day FROM date)::int % 2 END")
    await db.execute("""UPDATE users SET preferences = '{"privacy": {"insights": false}}' WHERE id = $1""", last)
    await jobs.defer(TrainForecast())
    assert await do_jobs() == ["done"]
    assert await trained.used("forecast") is None
    await db.execute("UPDATE users SET preferences = '{}' WHERE id = $1", last)
    await jobs.defer(TrainForecast())
    assert await do_jobs() == ["done"]
    row = await trained.used("forecast")
    assert row is not None
    assert (row.data["people"], row.data["ratings"]) == (30, 30 * 45)
    held = await forecast.held.get()
    assert held is not None
    assert held.to_bytes() == row.body


@pytest.mark.parametrize(("kind", "is_told"), [("level", True), ("notice", False)])
def test_beside_the_notice_of_low_days_nothing_is_forecast(kind: str, is_told: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    made = report(msgspec.structs.replace(finding(), kind=kind))
    monkeypatch.setattr("analytics.insights.analyse", lambda _diary: made)
    today = clock.today("UTC")
    dates = [today - timedelta(days=ago) for ago in range(20, 0, -1)]
    material = Material(today, "en", clock.now(), [3, 4] * 10, dates, [datetime.combine(each, time(12)) for each in dates], [()] * 20, [None] * 20, [None] * 20, [], [])
    found = reported(material, None)
    assert found.findings == made.findings
    assert (found.forecast is not None) is is_told
