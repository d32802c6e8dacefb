"""What is kept of somebody's insights: over what, how sealed, and whoever goes or switches off meanwhile."""

from __future__ import annotations

import asyncio
from contextvars import Context
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from core import clock, db, keys
from core.crypto import CannotOpen
from core.keys import KeyDestroyed, KeyRing, rewrap_all
from domain import insight_refreshing, insights, preferences
from tests.diaries import diary, on, store
from tests.insights import finding, keep, report, shown
from tests.people import Account, World


async def stored(person: Account) -> Any:
    return await db.fetchrow("SELECT * FROM mood_insights WHERE user_id = $1", person.uuid)


async def test_a_report_is_kept_sealed_to_its_row(world: World) -> None:
    ana, bob = await world.anonymous(), await world.anonymous()
    for person in (ana, bob):
        assert await keep(person, report(finding(factor="heliotrope")))
    row = await stored(ana)
    assert b"heliotrope" not in row["report"]
    assert (row["entries_used"], row["version"]) == (64, insight_refreshing.VERSION)
    key = await keys.keys().of(ana.uuid)
    assert "heliotrope" in (key.open(row["report"], "mood_insights.report", ana.uuid) or "")
    with pytest.raises(CannotOpen):
        key.open((await stored(bob))["report"], "mood_insights.report", ana.uuid)


async def test_an_older_computation_never_takes_the_place_of_a_newer(world: World) -> None:
    ana, now = await world.anonymous(), clock.now()
    assert await keep(ana, report(finding(factor="second")), now)
    assert not await keep(ana, report(finding(factor="first")), now - timedelta(milliseconds=1))
    assert (await stored(ana))["computed_at"] == now
    assert await keep(ana, report(finding(factor="third")), now + timedelta(seconds=1))
    await store(ana.uuid, [on(clock.today("UTC"))])
    assert (await shown(ana))["insights"][0]["subject"] == "third"


async def test_what_could_not_be_read_again_is_not_kept(world: World) -> None:
    ana = await world.anonymous()
    for raw in (b"{}", b"not JSON", msgspec.json.encode(report(finding())).replace(b'"medium"', b'"enormous"')):
        with pytest.raises(msgspec.DecodeError):
            await insights.store(ana.uuid, raw, clock.now())
    assert await stored(ana) is None


async def test_nothing_is_kept_for_somebody_erased_meanwhile(world: World) -> None:
    ana = await world.anonymous()
    key = await keys.keys().of(ana.uuid)
    assert (await ana.delete("/users/account", {"confirm": "DELETE"})).status == 204
    with pytest.raises(KeyDestroyed):
        await keep(ana, report(finding()))
    # Nor by a process that has not heard of it yet.
    keys.keys()._remember(ana.uuid, key)
    assert not await keep(ana, report(finding()))
    keys.keys().forget(ana.uuid)
    assert await db.fetchval("SELECT count(*) FROM mood_insights") == 0
    assert await db.fetchval("SELECT count(*) FROM notifications WHERE principal_id = $1", ana.uuid) == 0


async def test_switching_off_removes_what_is_kept_and_nothing_comes_after(world: World) -> None:
    ana, bob = await world.anonymous(), await world.anonymous()
    for person in (ana, bob):
        await keep(person, report(finding()))
    await ana.put("/users/preferences", {"privacy": {"insights": False}})
    assert await stored(ana) is None
    assert await stored(bob) is not None
    assert not await keep(ana, report(finding()))
    assert await stored(ana) is None


@pytest.mark.parametrize("ends", ["switch", "erasure"])
async def test_whoever_switches_off_or_goes_in_the_midst_of_keeping_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch, ends: str) -> None:
    """The end comes between the look at the person and the row: it waits for it, and takes it along."""
    ana = await world.anonymous()
    real, ending = db.fetchval, None

    async def end() -> None:
        if ends == "switch":
            await preferences.change(ana.uuid, {"privacy": {"insights": False}})
        else:
            assert (await ana.delete("/users/account", {"confirm": "DELETE"})).status == 204

    async def late(sql: str, *args: Any) -> Any:
        nonlocal ending
        if ending is None and "FROM mood_insights" in sql:
            # Not in this transaction.
            ending = asyncio.get_running_loop().create_task(end(), context=Context())
            while not ending.done() and not await db.pool().fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FROM users%FOR UPDATE%'"
            ):
                await asyncio.sleep(0.01)
        return await real(sql, *args)

    monkeypatch.setattr(db, "fetchval", late)
    assert await keep(ana, report(finding()))
    assert ending is not None
    await ending
    assert await stored(ana) is None
    assert await db.fetchval("SELECT count(*) FROM notifications WHERE principal_id = $1", ana.uuid) == (ends == "switch")


async def test_new_masters_change_nothing_that_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await diary(world, [on(clock.today("UTC"))])
    await keep(ana, report(finding(factor="heliotrope")))
    before = (await stored(ana))["report"]
    masters, another = keys.keys().ring._source(), "another-secret-of-the-ring-0123456789-abcdef"
    try:
        with monkeypatch.context() as patch:
            patch.setattr(keys.keys(), "ring", KeyRing(lambda: (another, *masters)))
            assert await rewrap_all(keys.keys().ring) > 0
            keys.keys().forget(ana.uuid)
            assert (await shown(ana))["insights"][0]["subject"] == "heliotrope"
    finally:
        await rewrap_all(KeyRing(lambda: (*masters, another)))
        keys.keys().forget(ana.uuid)
    assert (await stored(ana))["report"] == before
    assert (await shown(ana))["insights"][0]["subject"] == "heliotrope"
