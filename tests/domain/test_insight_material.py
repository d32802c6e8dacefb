"""What an analysis reads of somebody: their diary of late and what stands beside it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from analytics.insights.days import HALF_YEAR, SEASON
from core import clock
from domain import insight_material
from domain.insight_material import WORDS_DAYS
from domain.tallies import LEAST_BREATHING_SECONDS
from tests.diaries import diary, on, store
from tests.people import World
from tests.programs import enrolled

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)


async def test_the_material_is_the_diary_of_late_opened_and_in_order(world: World) -> None:
    with clock.at(NOW):
        ana = await world.anonymous(timezone="Asia/Tokyo", language="es-MX")
        await store(
            ana.uuid,
            [
                on(date(2026, 5, 3), 4, hour=9, zone="Asia/Tokyo", note="later", weather="rain", factors=("coffee", "a walk")),
                on(date(2026, 5, 1), 2, hour=23, zone="Asia/Tokyo"),
                on(date(2026, 5, 3), 5, hour=7, zone="Asia/Tokyo", note="earlier"),
            ],
        )
        found = await insight_material.material(ana.uuid)
    assert found is not None
    assert (found.today, found.language, found.read_at) == (date(2026, 5, 4), "es", NOW)
    assert (found.moods, found.dates) == ([2, 5, 4], [date(2026, 5, 1), date(2026, 5, 3), date(2026, 5, 3)])
    assert found.at == [datetime(2026, 5, 1, 23), datetime(2026, 5, 3, 7), datetime(2026, 5, 3, 9)]
    assert (found.factors, found.weather, found.notes) == ([(), (), ("coffee", "a walk")], [None, None, "rain"], [None, "earlier", "later"])
    assert (found.breathing, found.modules) == ([], [])


async def test_breathing_and_modules_stand_beside_it_by_local_date(world: World) -> None:
    ana = await diary(world, [on(clock.today("Asia/Tokyo") - timedelta(days=3))], timezone="Asia/Tokyo")
    at = clock.now() - timedelta(days=1)
    for duration, when in ((LEAST_BREATHING_SECONDS - 1, at), (LEAST_BREATHING_SECONDS, at), (240, at), (240, at - timedelta(days=9))):
        assert (await ana.post("/breathing/sessions", {"technique": "box", "duration": duration, "completedAt": when.isoformat()})).status == 201
    modules = (await enrolled(ana, "sleep-better"))["modules"]
    assert (await ana.post(f"/programs/modules/{modules[0]['id']}/complete", {"timeSpent": 60})).status == 200
    found = await insight_material.material(ana.uuid)
    assert found is not None
    yesterday = clock.today("Asia/Tokyo") - timedelta(days=1)
    # Those begun and broken off are none, and before the first entry there is no mood to compare with.
    assert found.breathing == [yesterday, yesterday]
    assert found.modules == [clock.today("Asia/Tokyo")]


async def test_an_old_and_a_long_diary_are_read_from_their_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with clock.at(NOW):
        ago = [2000, WORDS_DAYS, WORDS_DAYS - 1, 0]
        said: dict[str, Any] = {"note": "a note", "weather": "rain", "factors": ("coffee",)}
        ana = await diary(world, [on(NOW.date() - timedelta(days=days), 1 + days % 5, **said) for days in ago])
        found = await insight_material.material(ana.uuid)
        assert found is not None
        assert (found.dates, found.moods) == ([NOW.date() - timedelta(days=days) for days in ago], [1 + days % 5 for days in ago])
        # All moods, but only the words of late.
        assert found.factors == [(), (), ("coffee",), ("coffee",)]
        assert found.weather == [None, None, "rain", "rain"]
        assert found.notes == [None, None, "a note", "a note"]
        monkeypatch.setattr(insight_material, "MOST_ENTRIES", 3)
        found = await insight_material.material(ana.uuid)
    assert found is not None
    assert found.dates == [NOW.date() - timedelta(days=days) for days in ago[1:]]


def test_words_are_read_for_as_long_as_any_analysis_looks_back() -> None:
    assert max(HALF_YEAR, SEASON) < WORDS_DAYS


async def test_nobodys_and_a_switched_off_diary_are_not_read(world: World) -> None:
    ana = await diary(world, [on(date(2026, 5, 1))])
    await ana.put("/users/preferences", {"privacy": {"insights": False}})
    assert await insight_material.material(ana.uuid) is None
    assert await insight_material.material(clock.new_id()) is None
    # Only this switch is asked.
    await ana.put("/users/preferences", {"privacy": {"insights": True, "activityTracking": False}})
    assert await insight_material.material(ana.uuid) is not None
