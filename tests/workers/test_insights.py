"""From a new mood to what it shows: the job reads, analyses in a thread, and keeps."""

from __future__ import annotations

import asyncio
import threading
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from analytics.findings import Report
from analytics.forecast import Pooled
from core import clock, db
from domain import insight_refreshing, insight_reports
from domain import insights as domain_insights
from domain.insight_material import Material
from domain.insight_refreshing import RefreshInsights
from tests.diaries import on, store, take_in
from tests.insights import keep, report, settle, shown, waiting
from tests.people import Account, World, do_jobs
from workers import insights
from workers.forecast import held
from workers.schedule import SCHEDULE


async def writer(world: World, days: int = 90, **about: Any) -> Account:
    """Somebody who feels better on days with coffee, which come and go without a rhythm, and has written every day until yesterday."""
    ana = await world.anonymous(**about)
    today = clock.today("UTC")
    entries = []
    for ago in range(days, 0, -1):
        with_coffee = ago * 7919 % 13 < 6
        entries.append(on(today - timedelta(days=ago), min(5, 2 + 2 * with_coffee + ago * 31 % 2), factors=("coffee",) if with_coffee else ("tea",), note="at home again"))
    await store(ana.uuid, entries)
    return ana


async def test_a_new_mood_is_in_what_is_shown_soon_after(world: World) -> None:
    ana = await writer(world)
    await ana.log_mood(4, factors=["coffee"])
    assert (await shown(ana))["status"] == "computing"
    assert set(await settle()) == {"done"}
    found = await shown(ana)
    assert (found["status"], found["entriesUsed"]) == ("ready", 91)
    kinds = {each["kind"] for each in found["insights"]}
    assert {"level", "factor"} <= kinds
    assert any(each["subject"] == "coffee" and each["effect"]["low"] > 0 for each in found["insights"])
    assert await waiting(ana) == 0
    (told,) = [each for each in (await ana.get("/notifications")).json["items"] if each["kind"] == "insights"]
    assert told["title"] == "Your first insights are here"


async def test_a_few_entries_say_what_is_needed(world: World) -> None:
    ana = await world.anonymous()
    await ana.log_mood(4)
    await settle()
    found = await shown(ana)
    assert (found["status"], found["entriesUsed"]) == ("not_enough_data", 1)
    level = next(each for each in found["needs"] if each["kind"] == "level")
    assert (level["have"], level["need"], level["unit"], level["text"]) == (1, 7, "entries", "Your usual mood: 1 of 7 entries in the last 30 days.")
    assert "insights" not in [each["kind"] for each in (await ana.get("/notifications")).json["items"]]


async def test_an_imported_diary_is_analysed(world: World) -> None:
    ana, today = await world.anonymous(), clock.today("UTC")
    rows = "".join(f"{today - timedelta(days=ago)}T10:00:00Z,{1 + ago % 5},a note\n" for ago in range(40, 0, -1))
    assert (await take_in(ana, f"timestamp,mood,note\n{rows}"))["imported"] == 40
    await settle()
    assert (await shown(ana))["entriesUsed"] == 40


def test_nothing_of_an_empty_diary_is_known_without_a_worker_that_a_worker_would_not_find() -> None:
    material = Material(clock.today("UTC"), "en", clock.now(), *([] for _ in range(8)))
    found = insights.reported(material, None)
    assert (found.findings, found.entries_used, found.forecast) == ([], 0, None)
    assert {(each.kind, each.have, each.need, each.unit) for each in found.needs} == {(each.kind, each.have, each.need, each.unit) for each in insight_reports.EMPTY.needs}


async def test_the_loop_goes_on_while_a_diary_is_analysed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await writer(world, 5)
    begun, go_on = threading.Event(), threading.Event()

    def slow(_material: Material, _pooled: Pooled | None) -> Report:
        begun.set()
        assert go_on.wait(30)
        return report()

    monkeypatch.setattr(insights, "reported", slow)
    working = asyncio.ensure_future(insights.refresh(RefreshInsights(user_id=ana.uuid)))
    assert await asyncio.to_thread(begun.wait, 30)
    assert (await ana.get("/moods")).status == 200
    go_on.set()
    await working
    assert (await shown(ana))["entriesUsed"] == 64


@pytest.mark.parametrize("ends", ["erased", "switched off"])
async def test_whoever_goes_or_switches_off_while_it_is_worked_out_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch, ends: str) -> None:
    ana = await writer(world, 10)
    await insight_refreshing.refresh_now(ana.uuid)
    real = domain_insights.store

    async def late(user_id: UUID, raw: bytes, read_at: datetime) -> bool:
        if ends == "erased":
            assert (await ana.delete("/users/account", {"confirm": "DELETE"})).status == 204
        else:
            assert (await ana.put("/users/preferences", {"privacy": {"insights": False}})).status == 200
        return await real(user_id, raw, read_at)

    monkeypatch.setattr(domain_insights, "store", late)
    assert set(await do_jobs()) == {"done"}
    assert await db.fetchval("SELECT count(*) FROM mood_insights") == 0
    assert await waiting(ana) == 0


async def test_an_entry_that_comes_while_it_is_worked_out_is_not_missed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await writer(world, 10)
    await insight_refreshing.refresh_now(ana.uuid)
    came = []

    async def with_a_mood() -> None:
        await ana.log_mood(5)
        await insight_refreshing.refresh_soon(ana.uuid)
        came.append(await waiting(ana))

    with monkeypatch.context() as patch:
        patch.setattr(held, "get", with_a_mood)
        await do_jobs()
    # One ran, one waited.
    assert came == [2]
    assert (await shown(ana))["entriesUsed"] == 10
    await settle()
    assert (await shown(ana))["entriesUsed"] == 11


async def test_a_repeated_job_changes_nothing(world: World) -> None:
    ana = await writer(world, 10)
    for _ in range(2):
        await insights.refresh(RefreshInsights(user_id=ana.uuid))
    assert await db.fetchval("SELECT count(*) FROM mood_insights") == 1
    assert len((await ana.get("/notifications")).json["items"]) == 1
    await insights.refresh(RefreshInsights(user_id=clock.new_id()))


async def test_after_all_is_deleted_nothing_is_known(world: World) -> None:
    ana = await writer(world, 10)
    await insights.refresh(RefreshInsights(user_id=ana.uuid))
    await db.execute("DELETE FROM mood_entries")
    await insights.refresh(RefreshInsights(user_id=ana.uuid))
    assert await db.fetchval("SELECT entries_used FROM mood_insights") == 0


async def test_the_schedule_looks_each_hour(world: World) -> None:
    assert [each.cron for each in SCHEDULE if each.job is insight_refreshing.RefreshEverybody] == ["7 * * * *"]
    ana = await writer(world, 2)
    await insights.refresh_everybody(insight_refreshing.RefreshEverybody())
    assert await waiting(ana) == 1
    await settle()
    assert await keep(ana, report())
    await insights.refresh_everybody(insight_refreshing.RefreshEverybody())
    assert await waiting(ana) == 0
