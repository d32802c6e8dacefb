"""Engagement over the API: who may read it, over which dates, its shape, and that reading leaves a trace."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core import clock, db
from tests.crowds import crowd, days, log
from tests.people import World

PATH = "/admin/engagement"
FIRST, LAST = "2026-01-05", "2026-01-18"


async def test_staff_may_and_nobody_else(world: World) -> None:
    for stranger in (await world.user(), await world.anonymous(), await world.counselor(), await world.counselor(role="supervisor")):
        assert (await stranger.get(PATH)).status == 403
    assert (await world.send("GET", PATH)).status == 401
    for role in ("admin", "analyst"):
        assert (await (await world.staff(role)).get(PATH)).status == 200


async def test_its_shape(world: World) -> None:
    await log(await crowd(20, datetime(2026, 1, 5, 12, tzinfo=UTC)), days(date(2026, 1, 5), 5))
    ann = await world.staff("analyst")
    found = (await ann.get(f"{PATH}?from={FIRST}&to={LAST}")).json
    assert set(found) == {"from", "to", "active", "days", "retention", "features", "programs", "chats", "ratings"}
    assert (found["from"], found["to"]) == (FIRST, LAST)
    assert found["active"] == {"dau": 20, "wau": None, "mau": 20, "stickiness": 1.0, "isSuppressed": True}
    assert [each["date"] for each in found["days"]] == [each.isoformat() for each in days(date(2026, 1, 5), 14)]
    assert found["days"][0] == {"date": FIRST, "dau": 20, "wau": None, "mau": None, "isSuppressed": True}
    assert found["retention"] == [{"from": FIRST, "people": 20, "observedDays": 30, "d1": None, "d7": None, "d30": None, "isSuppressed": True}]
    assert [each["name"] for each in found["features"]] == ["moods", "notes", "breathing", "programs", "chat"]
    assert found["features"][0] == {"name": "moods", "people": 20, "isSuppressed": False}
    assert set(found["programs"][0]) == {"id", "slug", "title", "enrolled", "completed", "completion", "isSuppressed"}
    assert found["chats"] == {"people": None, "chats": None, "waitP50": None, "waitP95": None, "isSuppressed": True}
    assert found["ratings"] == {"people": None, "mean": None, "distribution": dict.fromkeys("12345"), "isSuppressed": True}


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("from=2026-02-01&to=2026-01-31", {"to"}), ("from=2999-05-01&to=2999-05-06", {"to"}), ("from=2024-05-02&to=2026-05-04", {"to"}), ("from=1989-12-31&to=1990-01-31", {"from"}),
        ("from=1900-01-01&to=9999-12-31", {"from", "to"}), ("from=0001-01-01", {"from", "to"}), ("to=0001-01-01", {"from"}), ("to=0001-02-03", {"from"}), ("from=2026-02-30", {"from"}),
        ("from=yesterday&to=", {"from", "to"}), ("from=2026-01-01T00:00:00Z", {"from"}), ("from=2999-01-01", {"to"}), ("since=2026-01-01", {"since"}), ("days=7", {"days"}),
    ],
)  # fmt: skip
async def test_dates_that_nothing_is_told_of_are_named(world: World, query: str, wrong: set[str]) -> None:
    ann = await world.staff("analyst")
    answered = await ann.get(f"{PATH}?{query}")
    assert (answered.status, answered.paths) == (422, wrong)
    assert await _reads() == []


@pytest.mark.parametrize(("back", "status"), [(0, 200), (731, 200), (732, 422)])
async def test_the_longest_window(world: World, back: int, status: int) -> None:
    ann = await world.staff("analyst")
    last = clock.today("UTC")
    answered = await ann.get(f"{PATH}?from={last - timedelta(days=back)}&to={last}")
    assert answered.status == status
    if status == 200:
        assert len(answered.json["days"]) == back + 1


async def test_without_dates_it_is_the_last_thirty_days(world: World) -> None:
    ann = await world.staff("analyst")
    today = clock.today("UTC")
    found = (await ann.get(PATH)).json
    assert (found["from"], found["to"], len(found["days"])) == ((today - timedelta(days=29)).isoformat(), today.isoformat(), 30)
    found = (await ann.get(f"{PATH}?to=2026-01-31")).json
    assert (found["from"], found["to"]) == ("2026-01-02", "2026-01-31")
    day = clock.today("Pacific/Kiritimati")
    assert (await ann.get(f"{PATH}?to={day}")).status == 200
    assert (await ann.get(f"{PATH}?to={day + timedelta(days=1)}")).paths == {"to"}


async def test_each_reading_is_in_the_trail(world: World) -> None:
    ann, adam = await world.staff("analyst"), await world.staff("admin")
    await ann.get(f"{PATH}?from={FIRST}&to={LAST}")
    await adam.get(f"{PATH}?from={FIRST}&to=2026-01-19")
    assert await _reads() == [(ann.id, FIRST, LAST), (adam.id, FIRST, "2026-01-19")]


async def _reads() -> list[tuple[Any, ...]]:
    rows = await db.fetch("SELECT actor_id::text, data::jsonb ->> 'first', data::jsonb ->> 'last' FROM audit_entries WHERE action = 'engagement_read' ORDER BY id")
    return [tuple(row) for row in rows]
