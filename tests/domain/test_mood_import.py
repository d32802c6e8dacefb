"""Taking in a diary when things go wrong half-way, and when much comes at once."""

from __future__ import annotations

import asyncio
import tracemalloc
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from core import clock, db, jobs
from core.storage import storage
from domain import mood_import
from tests.diaries import DAYLIO, count, every
from tests.people import Account, World, do_jobs, upload


def _file(rows: int, *, bad_every: int = 0) -> str:
    """Rows of which every 7th stands twice."""
    lines = []
    for n in range(rows):
        day = date(2020, 1, 1) + timedelta(days=(n - n % 7 % 2) // 4)
        mood = "nonsense" if bad_every and n % bad_every == 0 else ("rad", "good", "meh", "bad")[(n - n % 7 % 2) % 4]
        lines.append(f"{day},,,10:{(n - n % 7 % 2) % 60:02},{mood},sport | sleep,,note {n - n % 7 % 2}")
    return "\n".join((DAYLIO, *lines))


async def _begun(person: Account, content: str) -> UUID:
    begun = await person.post("/moods/import", form=upload(content.encode()))
    assert begun.status == 202, begun.raw
    return UUID(begun.json["id"])


async def _state(person: Account, import_id: UUID) -> dict[str, Any]:
    found: dict[str, Any] = (await person.get(f"/moods/import/{import_id}")).json
    return found


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("batches", [0, 2, 4])
async def test_a_killed_import_goes_on_where_it_was(world: World, monkeypatch: pytest.MonkeyPatch, batches: int) -> None:
    ana, bob = await world.anonymous(), await world.anonymous()
    content = _file(2300, bad_every=13)
    import_id = await _begun(ana, content)
    real, calls = mood_import._take_in_batch, 0

    async def dies(*args: Any) -> None:
        nonlocal calls
        calls += 1
        if calls > batches:
            raise Killed
        await real(*args)

    monkeypatch.setattr(mood_import, "_take_in_batch", dies)
    with pytest.raises(Killed):
        await mood_import.take_in(import_id)
    state = await _state(ana, import_id)
    assert state["status"] == "running"
    assert state["imported"] + state["skipped"] + state["failed"] == batches * 500
    assert 0 <= state["progress"] < 100
    monkeypatch.setattr(mood_import, "_take_in_batch", real)
    await mood_import.take_in(import_id)
    resumed = await _state(ana, import_id)
    other = await _begun(bob, content)
    await mood_import.take_in(other)
    straight = await _state(bob, other)
    names = ("status", "progress", "imported", "skipped", "failed", "errors")
    assert {name: resumed[name] for name in names} == {name: straight[name] for name in names}
    assert resumed["failed"] == 177
    assert resumed["imported"] + resumed["failed"] == 2300
    assert await count(ana) == await count(bob) == resumed["imported"]


async def test_a_kill_within_a_batch_leaves_nothing_of_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await world.anonymous()
    import_id = await _begun(ana, _file(900))
    execute = db.execute

    async def dies(sql: str, *args: Any) -> int:
        if "rows_done = $2" in sql and args[1] > 500:
            raise Killed
        return await execute(sql, *args)

    with monkeypatch.context() as patched:
        patched.setattr(db, "execute", dies)
        with pytest.raises(Killed):
            await mood_import.take_in(import_id)
    assert await count(ana) == 500
    await mood_import.take_in(import_id)
    assert await count(ana) == 900


async def test_a_finished_import_done_again_changes_nothing(world: World) -> None:
    ana = await world.anonymous()
    import_id = await _begun(ana, _file(10))
    await mood_import.take_in(import_id)
    before = await _state(ana, import_id)
    await db.execute("DELETE FROM mood_entries WHERE user_id = $1", ana.uuid)
    await mood_import.take_in(import_id)
    assert await _state(ana, import_id) == before
    assert await count(ana) == 0


async def test_two_imports_of_one_file_at_once_add_it_once(world: World) -> None:
    ana = await world.anonymous()
    content = _file(1800)
    ids = [await _begun(ana, content) for _ in range(2)]
    await asyncio.gather(*(mood_import.take_in(import_id) for import_id in ids))
    states = [await _state(ana, import_id) for import_id in ids]
    assert [state["status"] for state in states] == ["done", "done"]
    assert sum(state["imported"] for state in states) == await count(ana) == 1800
    assert sum(state["skipped"] for state in states) == 1800


async def test_one_import_run_twice_at_once_adds_it_once(world: World) -> None:
    """A redelivery while the first run still goes on."""
    ana = await world.anonymous()
    import_id = await _begun(ana, _file(1800))
    await asyncio.gather(mood_import.take_in(import_id), mood_import.take_in(import_id), return_exceptions=True)
    state = await _state(ana, import_id)
    assert (state["status"], state["imported"], await count(ana)) == ("done", 1800, 1800)


def _long(rows: int, words: str) -> str:
    lines = [f"{date(1992, 1, 1) + timedelta(days=n // 5)},,,1{n % 5}:00,{('rad', 'good', 'meh', 'bad', 'awful')[n % 5]},sport | good sleep,{n},{words}" for n in range(rows)]
    return "\n".join((DAYLIO, *lines))


async def test_fifty_thousand_rows_are_taken_in_and_print_nothing(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    ana = await world.anonymous()
    import_id = await _begun(ana, _long(50_000, "a day like many others"))
    capfd.readouterr()
    await mood_import.take_in(import_id)
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")
    state = await _state(ana, import_id)
    assert (state["status"], state["imported"], state["errors"]) == ("done", 50_000, [])


async def test_memory_holds_the_file_and_a_batch_not_all_that_was_read(world: World) -> None:
    ana = await world.anonymous()
    content = _long(6_000, "words " * 150)
    size = len(content)
    import_id = await _begun(ana, content)
    del content
    tracemalloc.start(1)
    try:
        await mood_import.take_in(import_id)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert await count(ana) == 6_000
    # All rows at once beside the file were 2.75 times its size.
    assert peak < 2.25 * size, f"{peak / size:.2f} times the file's {size} bytes"


async def test_progress_can_be_watched(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await world.anonymous()
    import_id = await _begun(ana, _file(2000))
    real, seen = mood_import._take_in_batch, []

    async def watched(*args: Any) -> None:
        await real(*args)
        state = await _state(ana, import_id)
        seen.append((state["status"], state["progress"]))

    monkeypatch.setattr(mood_import, "_take_in_batch", watched)
    await mood_import.take_in(import_id)
    assert [status for status, _ in seen] == ["running"] * 4
    assert [progress for _, progress in seen] == pytest.approx([25, 50, 75, 99], abs=1)


async def test_a_lost_upload_fails_the_import_with_a_sentence(world: World) -> None:
    ana = await world.anonymous()
    import_id = await _begun(ana, _file(3))
    await storage().delete(await db.fetchval("SELECT file FROM mood_imports WHERE id = $1", import_id))
    assert "failed" in await do_jobs()
    state = await _state(ana, import_id)
    assert (state["status"], state["error"]) == ("failed", "The upload is no longer there")


async def test_an_altered_upload_is_not_read(world: World) -> None:
    ana = await world.anonymous()
    import_id = await _begun(ana, _file(3))
    place = await db.fetchval("SELECT file FROM mood_imports WHERE id = $1", import_id)
    sealed = b"".join([chunk async for chunk in storage().get(place)])

    async def altered() -> Any:
        yield sealed[:-1] + bytes([sealed[-1] ^ 1])

    await storage().put(place, altered())
    assert "failed" in await do_jobs()
    assert (await _state(ana, import_id))["status"] == "failed"
    assert await every(ana) == []


async def test_an_import_whose_person_is_gone_is_dropped(world: World) -> None:
    ana = await world.anonymous()
    import_id = await _begun(ana, _file(3))
    await db.execute("DELETE FROM users WHERE id = $1", ana.uuid)
    await mood_import.take_in(import_id)
    assert await count(ana) == 0


async def test_the_job_holds_an_id_and_no_words(world: World) -> None:
    ana = await world.anonymous()
    await _begun(ana, _file(3).replace("note", "canary"))
    rows = await db.fetch("SELECT jobs::text AS whole FROM jobs UNION ALL SELECT mood_imports::text FROM mood_imports")
    assert not any("canary" in row["whole"] for row in rows)
    assert await jobs.lag_seconds() < 5
    assert clock.now() is not None


async def test_an_import_whose_job_was_given_up_has_failed(world: World) -> None:
    """Nobody waits for ever on a job that ended among the failed ones."""
    ana = await world.user()
    begun = (await ana.post("/moods/import", form=upload(b"timestamp,mood\n2026-05-04T03:02:01Z,4\n"))).json
    assert (await ana.get(f"/moods/import/{begun['id']}")).json["status"] == "queued"
    await db.execute("UPDATE jobs SET failed_at = now() WHERE name = 'import_moods'")
    state = (await ana.get(f"/moods/import/{begun['id']}")).json
    assert state["status"] == "failed"
    assert state["error"] == "It could not be finished; please upload the file again"
