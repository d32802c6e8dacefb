"""Which pictures are kept, when they are old, and that none outlives its person, their consent or their interest."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from core import clock, db, keys
from domain import chart_drawing, charts, insight_refreshing, retention
from domain.chart_drawing import DrawChart, begin, store
from tests.charts import draw_now, told, waiting
from tests.diaries import diary, on
from tests.diaries import store as write
from tests.people import Account, World, count, do_jobs

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "WAIT_SECONDS", 0)


async def writer(world: World, **about: str) -> Account:
    return await diary(world, [on(clock.today("UTC"), 4)], **about)


async def state(person: Account) -> str:
    return (await charts.chart(person.uuid, "mood", "30d")).state


async def kept(person: Account, svg: bytes = b"<svg/>") -> None:
    """A picture of no one's making."""
    sketch = await begin(person.uuid, "mood", "30d")
    assert sketch is not None
    assert await store(sketch, svg)


async def test_a_sketch_is_the_period_and_its_words_only_where_they_are_drawn(world: World) -> None:
    today = clock.today("UTC")
    ana = await diary(world, [on(today - timedelta(days=ago), 1 + ago % 5, factors=("tea",)) for ago in (0, 6, 7, 400)])
    await write(ana.uuid, [on(today + timedelta(days=1), 2)])
    week, factors, whole = [await begin(ana.uuid, kind, period) for kind, period in (("mood", "7d"), ("factors", "7d"), ("mood", "all"))]  # type: ignore[arg-type]
    assert week is not None
    assert (week.dates, week.moods, week.factors, week.today) == ([today - timedelta(days=6), today], [2, 1], [(), ()], today)
    assert factors is not None
    assert factors.factors == [("tea",), ("tea",)]
    assert whole is not None
    assert len(whole.moods) == 5


async def test_the_newest_of_very_many_entries_are_drawn(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart_drawing, "MOST_ENTRIES", 2)
    today = clock.today("UTC")
    ana = await diary(world, [on(today - timedelta(days=ago)) for ago in (0, 1, 2)])
    sketch = await begin(ana.uuid, "mood", "all")
    assert sketch is not None
    assert sketch.dates == [today - timedelta(days=1), today]


async def test_a_day_is_the_persons_own(world: World) -> None:
    with clock.at(datetime(2026, 3, 28, 23, 30, tzinfo=UTC)):
        ana = await world.anonymous(timezone="Europe/Madrid")
        await kept(ana)
        assert await db.fetchval("SELECT local_date FROM mood_charts") == date(2026, 3, 29)
        assert await state(ana) == "ready"
    # The night clocks change it is the 29th until 22:00 in UTC.
    with clock.at(datetime(2026, 3, 29, 21, 59, tzinfo=UTC)):
        assert await state(ana) == "ready"
    with clock.at(datetime(2026, 3, 29, 22, 0, tzinfo=UTC)):
        assert await state(ana) == "old"
        assert await waiting(ana) == 1


async def test_whatever_changes_the_diary_makes_its_pictures_old(world: World) -> None:
    ana, ben = await writer(world), await writer(world)
    entry = await ana.log_mood()
    await do_jobs()
    for change in (
        ("POST", "/moods", {"mood": 2}), ("PUT", f"/moods/{entry['id']}", {"mood": 5}), ("DELETE", f"/moods/{entry['id']}", None), ("PUT", "/users/preferences", {"timezone": "Asia/Tokyo"}),
    ):  # fmt: skip
        for person in (ana, ben):
            await kept(person)
        assert await state(ana) == "ready"
        assert (await ana.send(*change)).status < 300
        await db.execute("DELETE FROM jobs WHERE name = $1", DrawChart.name())
        await do_jobs()
        assert (await state(ana), await state(ben)) == ("old", "ready"), change


async def test_a_change_while_it_is_drawn_makes_it_old_at_once(world: World) -> None:
    ana = await writer(world)
    for _ in ("the first", "a later one"):
        sketch = await begin(ana.uuid, "mood", "30d")
        assert sketch is not None
        await insight_refreshing.refresh_soon(ana.uuid)
        assert await store(sketch, b"<svg/>")
        assert await state(ana) == "old"
    await kept(ana)
    assert await state(ana) == "ready"


async def test_a_drawing_that_fails_leaves_the_old_one_old(world: World) -> None:
    ana = await writer(world)
    await kept(ana)
    await insight_refreshing.refresh_soon(ana.uuid)
    assert await begin(ana.uuid, "mood", "30d") is not None
    found = await charts.chart(ana.uuid, "mood", "30d")
    assert (found.state, found.svg) == ("old", "<svg/>")


async def test_one_that_is_only_begun_is_not_shown(world: World) -> None:
    ana = await writer(world)
    assert await begin(ana.uuid, "mood", "30d") is not None
    assert await state(ana) == "drawing"


async def test_each_language_has_its_own(world: World) -> None:
    ana = await writer(world)
    await draw_now(ana)
    await ana.put("/users/preferences", {"language": "es-MX"})
    assert await state(ana) == "drawing"
    await draw_now(ana)
    assert told((await charts.chart(ana.uuid, "mood", "30d")).svg.encode())[0] == "Tu ánimo a lo largo del tiempo"
    await ana.put("/users/preferences", {"language": "fr"})
    assert told((await charts.chart(ana.uuid, "mood", "30d")).svg.encode())[0] == "Your mood over time"
    assert await count("mood_charts") == 2


async def test_at_most_one_drawing_of_a_kind_and_period_waits(world: World) -> None:
    ana = await writer(world)
    await asyncio.gather(*(charts.chart(ana.uuid, "mood", "30d") for _ in range(8)))
    assert await waiting(ana) == 1
    await charts.chart(ana.uuid, "mood", "7d")
    assert await waiting(ana) == 2


@pytest.mark.parametrize("poison", ["altered", "moved", "empty"])
async def test_a_row_that_cannot_be_read_is_drawn_anew(world: World, poison: str) -> None:
    ana, ben = await writer(world), await writer(world)
    for person in (ana, ben):
        await kept(person)
    rows = {row["user_id"]: row["svg"] for row in await db.fetch("SELECT * FROM mood_charts")}
    assert b"<svg" not in rows[ana.uuid]
    poisoned = {"altered": rows[ana.uuid][:-1] + bytes([rows[ana.uuid][-1] ^ 1]), "moved": rows[ben.uuid], "empty": b""}[poison]
    await db.execute("UPDATE mood_charts SET svg = $2 WHERE user_id = $1", ana.uuid, poisoned)
    assert (await state(ana), await state(ben)) == ("drawing", "ready")
    await kept(ana)
    assert await state(ana) == "ready"


@pytest.mark.parametrize("ends", ["erased", "switched off"])
async def test_whoever_goes_or_switches_off_while_it_is_drawn_leaves_nothing(world: World, ends: str) -> None:
    ana = await writer(world)
    await kept(ana)
    sketch = await begin(ana.uuid, "mood", "30d")
    assert sketch is not None
    if ends == "erased":
        assert (await ana.delete("/users/account", {"confirm": "DELETE"})).status == 204
        with pytest.raises(keys.KeyDestroyed):
            await store(sketch, b"<svg/>")
    else:
        assert (await ana.put("/users/preferences", {"privacy": {"insights": False}})).status == 200
        assert not await store(sketch, b"<svg/>")
    assert await begin(ana.uuid, "mood", "30d") is None
    assert await count("mood_charts") == 0


async def test_what_nobody_looks_at_goes_after_a_month(world: World) -> None:
    with clock.at(NOW):
        ana = await world.anonymous()
        await kept(ana)
    for days, left in ((29, 1), (31, 0)):
        with clock.at(NOW + timedelta(days=days)):
            assert (await retention.enforce())["mood_charts"] == 1 - left
            assert await count("mood_charts") == left
