"""Analysts' runs beneath the API: parts that are done once, whoever does them and whoever dies, and what is kept of them how long."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core import clock, db, keys
from core.crypto import CannotOpen
from core.storage import storage
from domain import insight_files, insight_runs, insight_shards, retention
from domain.insight_shards import ComputeShard, ConcludeRun
from tests.insight_runs import FIRST, LAST, asked, finished, people, quick, told
from tests.lives import stored_files
from tests.people import Account, World, count, do_jobs


async def concluding() -> int:
    found: int = await db.fetchval("SELECT count(*) FROM jobs WHERE name = $1", ConcludeRun.name())
    return found


async def analyst(world: World) -> Account:
    return await world.staff("analyst")


async def in_parts(world: World, patch: pytest.MonkeyPatch, parts: int) -> tuple[Account, UUID]:
    """An analyst, and a run of so many shards that they asked for."""
    quick(patch)
    patch.setattr(insight_runs, "PEOPLE_A_SHARD", 10)
    await people(10 * parts)
    ann = await analyst(world)
    return ann, UUID((await asked(ann))["id"])


@pytest.mark.parametrize(("there", "shards"), [(0, 1), (1, 1), (10, 1), (11, 2), (35, 4), (60, 5)])
async def test_a_run_has_a_shard_for_each_so_many_people(world: World, monkeypatch: pytest.MonkeyPatch, there: int, shards: int) -> None:
    monkeypatch.setattr(insight_runs, "PEOPLE_A_SHARD", 10)
    monkeypatch.setattr(insight_runs, "MOST_SHARDS", 5)
    await people(there)
    await asked(await analyst(world))
    assert [row["number"] for row in await db.fetch("SELECT number FROM insight_shards ORDER BY number")] == list(range(shards))
    assert await db.fetchval("SELECT count(*) FROM jobs WHERE name = $1", ComputeShard.name()) == shards


async def test_of_two_last_shards_exactly_one_is_the_last(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Again and again, for a race shows itself when it likes."""
    for _ in range(5):
        _, run_id = await in_parts(world, monkeypatch, 4)
        taken = await insight_shards.take_all(run_id)
        assert len(taken) == 4
        for _ in range(2):
            await asyncio.gather(*(insight_shards.keep_shard(each, b"features", 3) for each in taken))
        assert await concluding() == 1
        row = await db.fetchrow("SELECT status, progress FROM insight_runs WHERE id = $1", run_id)
        assert row is not None
        assert (row["status"], row["progress"]) == ("running", 90)
        for table in ("jobs", "insight_runs", "users"):
            await db.execute(f"DELETE FROM {table}")


async def test_of_two_last_shards_the_second_waits_for_the_first_and_sees_it(world: World, monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    _, run_id = await in_parts(world, monkeypatch, 2)
    await insight_shards.take_all(run_id)
    other = await asyncpg.connect(**db.credentials(database_url))
    try:
        async with other.transaction():
            # The first is in the middle of its transaction.
            await other.execute("SELECT 1 FROM insight_runs WHERE id = $1 FOR NO KEY UPDATE", run_id)
            second = asyncio.create_task(insight_shards.shard_done(run_id, 1, 3))
            waits = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple'))"
            while not await other.fetchval(waits):
                await asyncio.sleep(0.01)  # between two looks at who waits
            await other.execute("UPDATE insight_shards SET status = 'done' WHERE run_id = $1 AND number = 0", run_id)
        assert await second == 0
    finally:
        await other.close()


async def test_progress_grows_with_the_shards(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, run_id = await in_parts(world, monkeypatch, 3)
    assert ((await told(ann, run_id))["status"], (await told(ann, run_id))["progress"]) == ("queued", 0)
    seen = []
    for each in await insight_shards.take_all(run_id):
        await insight_shards.keep_shard(each, b"features", 3)
        seen.append((await told(ann, run_id))["progress"])
    assert seen == [30, 60, 90]
    assert (await told(ann, run_id))["startedAt"] is not None


async def test_a_shard_done_twice_is_one_and_one_of_a_run_that_is_over_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ann, run_id = await in_parts(world, monkeypatch, 1)
    (taken,) = await insight_shards.take_all(run_id)
    await insight_shards.keep_shard(taken, b"features", 3)
    await insight_shards.keep_shard(taken, b"features", 3)
    assert await concluding() == 1
    assert await insight_shards.take(run_id, 0) is None
    await db.execute("DELETE FROM jobs WHERE name = $1", ComputeShard.name())
    await do_jobs()
    done = await told(ann, run_id)
    # A worker that was thought dead comes with it after all.
    await insight_shards.keep_shard(taken, b"features", 3)
    await insight_shards.conclude(run_id, {"report.html": b"another"})
    assert {name: len(content) > 0 for name, content in stored_files(f"reports/{run_id}").items()} == {f"reports/{run_id}/{each['name']}": True for each in done["files"]}
    assert await told(ann, run_id) == done | {"files": (await told(ann, run_id))["files"]}


async def test_the_secret_of_pseudonyms_is_the_same_for_the_same_dates_only(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _, run_id = await in_parts(world, monkeypatch, 2)
    one, two = await insight_shards.take_all(run_id)
    assert one.secret == two.secret
    assert one.secret == keys.keys().mac("report", b"pseudonyms", b"2026-01-01", b"2026-01-31")
    assert one.secret != insight_shards._secret(FIRST, LAST + timedelta(days=1))
    assert one.secret.hex() not in repr(one)
    assert str(one.secret) not in repr(one)


async def test_what_is_kept_is_sealed_to_its_place(world: World) -> None:
    await insight_files.keep("reports/a/shards/0", b"of one person")
    await insight_files.keep("reports/a/empty.parquet", b"")
    assert await insight_files.read("reports/a/shards/0") == b"of one person"
    assert await insight_files.read("reports/a/empty.parquet") == b""
    sealed = stored_files("reports")["reports/a/shards/0"]
    assert b"of one person" not in sealed

    async def moved() -> Any:
        yield sealed

    await storage().put("reports/a/shards/1", moved())
    with pytest.raises(CannotOpen):
        await insight_files.read("reports/a/shards/1")
    await insight_files.forget(["reports/a/shards/0", "reports/a/shards/1", "reports/a/empty.parquet"])
    assert stored_files("reports/a/") == {}


@pytest.mark.parametrize("name", ["../x.html", "a/b.html", "Report.html", ".html", "report", "", "x" * 3, "a..html"])
async def test_a_file_s_name_is_a_plain_one(world: World, name: str) -> None:
    run_id = clock.new_id()
    with pytest.raises(ValueError):
        insight_files.listed(run_id, {"good.json": b"{}", name: b""})


async def test_a_run_goes_with_its_files_after_180_days(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)
    ann = await analyst(world)
    run = await finished(ann)
    assert run["keptUntil"][:10] == (clock.now() + timedelta(days=180)).date().isoformat()
    assert len(stored_files(f"reports/{run['id']}")) == 3
    with clock.at(clock.now() + timedelta(days=179)):
        assert (await retention.enforce())["insight_runs"] == 0
    assert (await told(ann, run["id"]))["files"] != []
    with clock.at(clock.now() + timedelta(days=180, minutes=1)):
        assert (await retention.enforce())["insight_runs"] == 1
    await db.execute("UPDATE jobs SET due_at = now()")
    await do_jobs()
    assert stored_files(f"reports/{run['id']}") == {}
    assert (await ann.get(f"/admin/insight-runs/{run['id']}")).status == 404
    assert await count("insight_shards") == 0


async def test_shards_that_a_killed_worker_left_behind_are_removed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)
    ann = await analyst(world)
    run = await finished(ann)
    # It was killed after the run was done, before it forgot the shards.
    place = insight_files.shard_place(UUID(run["id"]), 0)
    await insight_files.keep(place, b"features")
    await db.execute("UPDATE insight_shards SET file = $1", place)
    assert (await retention.enforce())["insight_runs"] == 0
    assert place not in stored_files("reports")
    assert await db.fetchval("SELECT file FROM insight_shards") == ""
    assert len(stored_files(f"reports/{run['id']}")) == 3


async def test_a_run_by_hand_is_under_way_for_as_long_as_somebody_holds_it(world: World, monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    quick(monkeypatch)
    ann = await analyst(world)
    async with insight_runs.by_hand(database_url, FIRST, LAST) as run_id:
        assert (await told(ann, run_id))["status"] == "queued"
        (taken,) = await insight_shards.take_all(run_id)
        assert (await told(ann, run_id))["status"] == "running"
        assert await insight_shards.shard_done(run_id, taken.number, 3) == 0
        assert (await told(ann, run_id))["progress"] == 90
        # The fleet's own run over the same dates is another one.
        assert (await asked(ann))["id"] != str(run_id)
        assert await insight_shards.done(run_id, [])
    done = await told(ann, run_id)
    assert (done["status"], done["progress"], done["files"], done["requestedBy"], done["error"]) == ("done", 100, [], None, None)
    assert await db.fetchval("SELECT count(*) FROM audit_entries WHERE action = 'insight_run_requested' AND actor_kind = 'system'") == 1


async def test_a_run_by_hand_that_raised_has_failed(world: World, database_url: str) -> None:
    ann = await analyst(world)
    with pytest.raises(KeyError):
        async with insight_runs.by_hand(database_url, FIRST, LAST) as run_id:
            raise KeyError
    said = await told(ann, run_id)
    assert (said["status"], said["error"]) == ("failed", insight_shards.STOPPED)


async def test_a_run_by_hand_whose_process_was_killed_has_failed(world: World, monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    ann = await analyst(world)

    async def nothing(*_: Any) -> None:
        """A killed process tells nobody."""

    with monkeypatch.context() as patch:
        patch.setattr(insight_shards, "fail", nothing)
        with pytest.raises(KeyError):
            async with insight_runs.by_hand(database_url, FIRST, LAST) as run_id:
                assert (await told(ann, run_id))["status"] == "queued"
                raise KeyError
    said = await told(ann, run_id)
    assert (said["status"], said["error"]) == ("failed", insight_shards.STOPPED)
    assert (await ann.get("/admin/insight-runs")).json["items"][0]["status"] == "failed"
