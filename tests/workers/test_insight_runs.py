"""Analysts' runs as jobs: workers that die or fail between any two steps, and what then becomes of the run."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID

import pytest

from core import db, jobs, runtime, storage
from core.storage import LocalStorage
from domain import insight_files, insight_runs, insight_shards
from domain.insight_shards import ComputeShard, ConcludeRun
from tests.core.probes import row_of
from tests.insight_runs import FIRST, LAST, _compute_shard, _conclude, asked, fetched, finished, people, quick, told
from tests.lives import redis_says, stored_files
from tests.people import Account, World, do_jobs
from workers import shards


@pytest.fixture
async def ann(world: World) -> Account:
    return await world.staff("analyst")


async def job_of(kind: type[jobs.Job]) -> UUID:
    """The one job of a kind that waits."""
    found: UUID = await db.fetchval("SELECT id FROM jobs WHERE name = $1 AND failed_at IS NULL ORDER BY id LIMIT 1", kind.name())
    return found


class Killed(BaseException):
    """What ends a process without a word: nothing catches it."""


async def killed(job_id: UUID) -> None:
    """A worker takes the job up, and dies in it: the lease it held runs out, and a sweep takes it up again."""
    with pytest.raises(Killed):
        await jobs.run(job_id)
    assert (await row_of(job_id))["lease_until"] is not None
    await db.execute("UPDATE jobs SET lease_until = now() - interval '1 second' WHERE id = $1", job_id)
    carrier = runtime._runtime
    assert carrier is not None
    await jobs.sweep(carrier.broker)
    assert (await row_of(job_id))["lease_until"] is None


async def die(*_: Any, **__: Any) -> Any:
    raise Killed


async def test_a_worker_killed_before_the_file_after_it_and_after_the_row_is_followed_by_one_that_ends_the_same(
    world: World, ann: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(monkeypatch)
    monkeypatch.setattr(insight_runs, "PEOPLE_A_SHARD", 4)
    await people(8)
    expected = await fetched(world, await finished(ann))
    run = await asked(ann)
    first = await job_of(ComputeShard)
    for victim, name in ((insight_files, "keep"), (insight_shards, "shard_done"), (jobs, "defer")):
        if name == "defer":
            # Only the last shard gets there.
            assert await jobs.run(first) == "done"
            first = await job_of(ComputeShard)
        with monkeypatch.context() as patch:
            patch.setattr(victim, name, die)
            await killed(first)
    assert (await told(ann, run["id"]))["progress"] == 45
    assert await jobs.run(first) == "done"
    last = await job_of(ConcludeRun)
    for victim, name in ((insight_files, "keep_all"), (insight_shards, "done"), (insight_shards, "forget")):
        with monkeypatch.context() as patch:
            patch.setattr(victim, name, die)
            await killed(last)
            # What was taken up for so often would be given up by and by; not what this looks at.
            await db.execute("UPDATE jobs SET attempts = 0")
    assert await jobs.run(last) == "done"
    done = await told(ann, run["id"])
    assert (done["status"], done["progress"]) == ("done", 100)
    assert await fetched(world, done) == expected
    assert len(stored_files(f"reports/{run['id']}")) == len(expected)
    assert await do_jobs() == []


async def test_a_shard_that_always_fails_fails_the_run_with_a_sentence(world: World, ann: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(connection: Any, window: Any, number: int, of: int, secret: bytes) -> bytes:
        if number == 1:
            raise ValueError("canary-words of somebody")
        return await _compute_shard(connection, window, number, of, secret)

    quick(monkeypatch, compute_shard=fails)
    monkeypatch.setattr(insight_runs, "PEOPLE_A_SHARD", 4)
    await people(12)
    run = await asked(ann)
    outcomes = await do_jobs()
    assert sorted(outcomes) == ["done", "done", "retried"]
    while await db.fetchval("SELECT EXISTS (SELECT 1 FROM jobs WHERE failed_at IS NULL)"):
        assert (await told(ann, run["id"]))["status"] == "running"
        await db.execute("UPDATE jobs SET due_at = now()")
        outcomes += await do_jobs()
    assert sorted(outcomes) == ["done", "done", "failed", *["retried"] * (ComputeShard.max_attempts - 1)]
    said = await told(ann, run["id"])
    assert (said["status"], said["progress"], said["files"]) == ("failed", 60, [])
    assert said["error"] == "Part 2 of 3 could not be computed; the failed jobs say why. Please start it again"
    assert "canary" not in str((await (await world.staff()).get("/admin/jobs")).json)
    assert await do_jobs() == ["done"]
    assert stored_files(f"reports/{run['id']}") == {}
    # A worker that comes with a part of it after all finds nothing to do; a fresh start of the job too.
    assert await jobs.retry(await db.fetchval("SELECT id FROM jobs")) is True
    assert await do_jobs() == ["done"]
    assert (await told(ann, run["id"]))["status"] == "failed"
    assert stored_files(f"reports/{run['id']}") == {}


async def test_the_shards_of_a_run_that_failed_are_not_computed_any_more(world: World, ann: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)
    monkeypatch.setattr(insight_runs, "PEOPLE_A_SHARD", 4)
    await people(8)
    run = await asked(ann)
    await db.execute("UPDATE jobs SET failed_at = now() WHERE id = $1", await job_of(ComputeShard))
    with monkeypatch.context() as patch:
        patch.setattr(shards, "compute", die)
        assert await do_jobs() == ["done"]
    assert (await told(ann, run["id"]))["status"] == "failed"


async def test_a_conclusion_that_fails_is_tried_again(world: World, ann: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def fails_once(window: Any, contents: Any, engagement: dict[str, Any]) -> dict[str, bytes]:
        tries.append(len(contents))
        if len(tries) == 1:
            raise MemoryError
        return _conclude(window, contents, engagement)

    quick(monkeypatch, conclude=fails_once)
    run = await asked(ann)
    assert await do_jobs() == ["done", "retried"]
    await db.execute("UPDATE jobs SET due_at = now()")
    assert await do_jobs() == ["done"]
    assert (await told(ann, run["id"]))["status"] == "done"
    assert tries == [1, 1]


async def test_a_shard_that_was_altered_in_the_storage_is_hopeless(world: World, ann: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)
    run = await asked(ann)
    assert await jobs.run(await job_of(ComputeShard)) == "done"
    (place,) = stored_files(f"reports/{run['id']}")
    path = runtime.settings().home / "files" / place
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert await do_jobs() == ["failed"]
    assert "could not be made" in (await told(ann, run["id"]))["error"]


async def test_the_computing_leaves_the_loop_of_the_worker_free(world: World, ann: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases are renewed by that loop: a shard that takes long must not look like a killed one."""
    seen: list[int] = []

    async def noted(*arguments: Any) -> bytes:
        seen.append(threading.get_ident())
        return await _compute_shard(*arguments)

    def concluded(*arguments: Any) -> dict[str, bytes]:
        seen.append(threading.get_ident())
        return _conclude(*arguments)

    quick(monkeypatch, compute_shard=noted, conclude=concluded)
    await finished(ann)
    assert len(seen) == 2
    assert threading.get_ident() not in seen


async def test_a_full_disk_fails_a_try_and_leaves_nothing(world: World, ann: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)
    run = await asked(ann)

    async def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(LocalStorage, "put", full)
        assert await do_jobs() == ["retried"]
    assert (await told(ann, run["id"]))["status"] == "running"
    assert stored_files(f"reports/{run['id']}") == {}
    await db.execute("UPDATE jobs SET due_at = now()")
    assert await do_jobs() == ["done", "done"]
    assert isinstance(storage.storage(), LocalStorage)


async def test_redis_and_the_jobs_hold_ids_alone(world: World, ann: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)
    run = await asked(ann)
    payloads = [row["payload"] for row in await db.fetch("SELECT payload FROM jobs")]
    assert payloads == [f'{{"number": 0, "run_id": "{run["id"]}"}}']
    secret = insight_shards._secret(FIRST, LAST)
    await do_jobs()
    assert secret.hex() not in await redis_says()


async def test_files_that_were_kept_before_a_conclusion_failed_for_good_are_found_and_removed(world: World, ann: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)
    run = await asked(ann)
    assert await jobs.run(await job_of(ComputeShard)) == "done"
    keep = insight_files.keep

    async def keep_some(place: str, content: bytes) -> None:
        if place.endswith("report.html"):
            raise OSError
        await keep(place, content)

    with monkeypatch.context() as patch:
        patch.setattr(insight_files, "keep", keep_some)
        assert await jobs.run(await job_of(ConcludeRun)) == "retried"
    assert any(place.endswith((".parquet", ".json", ".html")) for place in stored_files(f"reports/{run['id']}"))
    await db.execute("UPDATE jobs SET failed_at = now()")
    assert (await told(ann, run["id"]))["status"] == "failed"
    assert await do_jobs() == ["done"]
    assert stored_files(f"reports/{run['id']}") == {}
