"""From a question to a picture: the job reads, draws in a thread, and keeps."""

from __future__ import annotations

import asyncio
import threading

import pytest

from core import clock, db
from domain import chart_drawing, charts
from domain.chart_drawing import DrawChart, Sketch
from tests.charts import draw_now, seen, texts, told
from tests.diaries import diary, on
from tests.people import World, do_jobs
from workers import charts as drawing


async def test_every_kind_is_drawn_from_what_was_logged(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "WAIT_SECONDS", 0)
    ana = await diary(world, [on(clock.today("UTC"), 4, factors=("<i>tea</i>", "rain"))])
    queries = {f"?kind={kind}&period=all" for kind in ("mood", "calendar", "weekday", "factors")}
    for query in queries:
        assert (await seen(ana, query)).status == 202
    assert await do_jobs() == ["done"] * 4
    titles = {told(answered.raw)[0] for query in queries if (answered := await seen(ana, query)).status == 200}
    assert titles == {"Your mood over time", "Your mood by day", "Your mood by day of the week", "What you noted most"}
    assert {"<i>tea</i>", "rain", "1×"} <= set(texts((await seen(ana, "?kind=factors&period=all")).raw))


async def test_the_loop_goes_on_while_a_picture_is_drawn(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await world.anonymous()
    begun, go_on = threading.Event(), threading.Event()

    def slow(_job: DrawChart, _sketch: Sketch) -> bytes:
        begun.set()
        assert go_on.wait(30)
        return b"<svg/>"

    monkeypatch.setattr(drawing, "drawn", slow)
    working = asyncio.ensure_future(draw_now(ana))
    assert await asyncio.to_thread(begun.wait, 30)
    assert (await ana.get("/moods")).status == 200
    go_on.set()
    await working
    assert (await seen(ana)).raw == b"<svg/>"


@pytest.mark.parametrize("ends", ["erased", "switched off"])
async def test_threat_81_whoever_goes_while_it_is_drawn_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch, ends: str) -> None:
    ana = await world.anonymous()
    await chart_drawing.promise(ana.uuid, "mood", "30d")
    real = chart_drawing.store

    async def late(sketch: Sketch, svg: bytes) -> bool:
        if ends == "erased":
            assert (await ana.delete("/users/account", {"confirm": "DELETE"})).status == 204
        else:
            assert (await ana.put("/users/preferences", {"privacy": {"insights": False}})).status == 200
        return await real(sketch, svg)

    monkeypatch.setattr(chart_drawing, "store", late)
    assert set(await do_jobs()) == {"done"}
    assert await db.fetchval("SELECT count(*) FROM mood_charts") == 0


async def test_a_repeated_job_and_one_of_nobody_change_nothing(world: World) -> None:
    ana = await diary(world, [on(clock.today("UTC"), 4)])
    await draw_now(ana)
    first = (await seen(ana)).raw
    await draw_now(ana)
    assert (await seen(ana)).raw == first
    await drawing.draw_chart(DrawChart(user_id=clock.new_id(), kind="mood", period="7d"))
    assert await db.fetchval("SELECT count(*) FROM mood_charts") == 1
