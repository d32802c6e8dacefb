"""When insights are worked out anew: after changes, after midnight, and never for who does not want it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core import clock, db
from domain import insight_refreshing
from domain.insight_refreshing import RefreshInsights
from tests.diaries import days_ago, on, store
from tests.insights import finding, keep, report, waiting
from tests.people import World, do_jobs
from tests.programs import enrolled

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)


async def test_many_entries_are_one_refresh_some_seconds_later(world: World) -> None:
    ana = await world.anonymous()
    for number in range(50):
        await ana.log_mood()
        if number % 10 == 0:
            await do_jobs()
    assert await waiting(ana) == 1
    due = await db.fetchval("SELECT due_at FROM jobs WHERE name = $1", RefreshInsights.name())
    assert timedelta() < due - clock.now() <= timedelta(seconds=insight_refreshing.SETTLE_SECONDS)


async def test_whoever_never_stops_writing_is_refreshed_all_the_same(world: World) -> None:
    ana = await world.anonymous()
    await insight_refreshing.refresh_soon(ana.uuid)
    first = await db.fetchval("SELECT due_at FROM jobs WHERE name = $1", RefreshInsights.name())
    for seconds in range(1, 8):
        with clock.at(clock.now() + timedelta(seconds=seconds)):
            await insight_refreshing.refresh_soon(ana.uuid)
    assert await db.fetchval("SELECT due_at FROM jobs WHERE name = $1", RefreshInsights.name()) == first


async def test_whatever_changes_what_they_rest_on_asks_for_a_refresh(world: World) -> None:
    ana = await world.anonymous(timezone="UTC")
    await do_jobs()
    mood = await ana.log_mood()
    modules = (await enrolled(ana, "sleep-better"))["modules"]
    changes: list[tuple[str, str, Any]] = [
        ("POST", "/moods", {"mood": 2}),
        ("PUT", f"/moods/{mood['id']}", {"mood": 5}),
        ("DELETE", f"/moods/{mood['id']}", None),
        ("POST", "/breathing/sessions", {"technique": "box", "duration": 60}),
        ("POST", f"/programs/modules/{modules[0]['id']}/complete", {"timeSpent": 60}),
        ("PUT", "/users/profile", {"timezone": "Asia/Tokyo"}),
        ("PUT", "/users/preferences", {"timezone": "Europe/Madrid"}),
    ]
    for method, path, body in changes:
        await db.execute("DELETE FROM jobs")
        assert (await ana.send(method, path, body)).status < 300
        await do_jobs()
        assert await waiting(ana) == 1, path
    for about in ({"language": "es", "timezone": "Europe/Madrid"}, {"theme": "dark"}):
        await db.execute("DELETE FROM jobs")
        assert (await ana.put("/users/preferences", about)).status == 200
        await do_jobs()
        assert await waiting(ana) == 0, about


async def test_switching_on_asks_and_while_off_nothing_does(world: World) -> None:
    ana = await world.anonymous()
    await ana.put("/users/preferences", {"privacy": {"insights": False}})
    await ana.log_mood()
    await ana.put("/users/preferences", {"timezone": "Asia/Tokyo"})
    await do_jobs()
    assert await waiting(ana) == 0
    await ana.put("/users/preferences", {"privacy": {"insights": True}})
    assert await waiting(ana) == 1


async def test_nobody_who_is_gone_is_refreshed(world: World) -> None:
    await insight_refreshing.refresh_soon(clock.new_id())
    assert await db.fetchval("SELECT count(*) FROM jobs WHERE name = $1", RefreshInsights.name()) == 0


async def test_each_hour_those_are_refreshed_whose_day_is_over(world: World) -> None:
    evening = datetime(2026, 5, 4, 21, 30, tzinfo=UTC)
    with clock.at(evening):
        people = {zone: await world.anonymous(timezone=zone) for zone in ("Asia/Tokyo", "UTC", "America/New_York")}
        fresh, off, idle, old = [await world.anonymous(timezone="Asia/Tokyo") for _ in range(4)]
        for person in (*people.values(), fresh, off, old):
            await store(person.uuid, [on(date(2026, 5, 2))])
        await store(idle.uuid, [on(date(2026, 5, 2) - timedelta(days=60))])
        await off.put("/users/preferences", {"privacy": {"insights": False}})
        for person in (*people.values(), idle, old):
            # In Tokyo it is the 5th by now; all of these were made on the 4th of their person's.
            await keep(person, report(finding()), evening - timedelta(hours=8))
        await keep(fresh, report(finding()), evening - timedelta(hours=1))
        await keep(old, report(finding()), evening)
        await db.execute("UPDATE mood_insights SET version = version + 1 WHERE user_id = $1", old.uuid)
        await db.execute("DELETE FROM jobs")
        assert await insight_refreshing.refresh_everybody() == 2
        assert [await waiting(person) for person in (*people.values(), fresh, off, idle, old)] == [1, 0, 0, 0, 0, 0, 1]
        # Again, as a repeated job would: the same two.
        assert await insight_refreshing.refresh_everybody() == 2
        assert await db.fetchval("SELECT count(*) FROM jobs") == 2


async def test_a_living_diary_that_was_never_analysed_is(world: World) -> None:
    ana = await world.anonymous()
    await days_ago(ana, 3)
    await db.execute("DELETE FROM jobs")
    assert await insight_refreshing.refresh_everybody() == 1
    assert await waiting(ana) == 1
    # One that failed for good is not tried by itself again before the next day.
    await db.execute("UPDATE jobs SET failed_at = now()")
    assert await insight_refreshing.refresh_everybody() == 0
    await db.execute("UPDATE jobs SET failed_at = now() - interval '25 hours'")
    assert await insight_refreshing.refresh_everybody() == 1


async def test_they_are_spread_over_the_hour_and_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insight_refreshing, "MOST_AN_HOUR", 5)
    monkeypatch.setattr(insight_refreshing, "_AT_ONCE", 2)
    for _ in range(7):
        await days_ago(await world.anonymous(), 1)
    await db.execute("DELETE FROM jobs")
    with clock.at(NOW):
        # The clock of the diaries is another: everybody's is new.
        monkeypatch.setattr(insight_refreshing, "LIVING_DAYS", 40_000)
        assert await insight_refreshing.refresh_everybody() == 5
    assert [row["due_at"] - NOW for row in await db.fetch("SELECT due_at FROM jobs ORDER BY due_at")] == [timedelta(minutes=12 * number) for number in range(5)]
