"""`mentalspace insights run`: the same files from every engine, whole or not at all, and one line for each thing that can be wrong."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pyarrow.parquet as pq
import pytest

from analytics.findings import Window
from commands import insights
from commands.engines import CannotRun, dask
from commands.processes import Engine, local
from core import clock, db, keys
from core.keys import KeyRing
from core.settings import Settings, SettingsError
from domain import insight_runs, insight_shards
from tests.commands.test_main import ROOT, typed
from tests.diaries import on, store
from tests.insight_runs import fetched, finished, people
from tests.lives import live
from tests.people import World
from workers.shards import Features

pytestmark = pytest.mark.xdist_group("cluster")

# Who is made now had signed up by then.
LAST = clock.today("UTC")
FIRST = LAST - timedelta(days=30)
TYPED = (FIRST.isoformat(), LAST.isoformat())
RUN = ("insights", "run", "--from", TYPED[0], "--to", TYPED[1])


async def populate(count: int, note: str) -> None:
    """People with diaries over the dates of the runs."""
    await people(count)
    chance = random.Random(3)
    for row in await db.fetch("SELECT id FROM users ORDER BY id"):
        async with db.transaction():
            await keys.keys().create_for(row["id"])
        days = sorted(chance.sample(range(31), chance.randint(3, 28)))
        await store(row["id"], [on(FIRST + timedelta(days=day), chance.randint(1, 5), note=note, factors=[note]) for day in days])


def quiet(_what: str, _done: int, _of: int) -> None:
    """A terminal that nobody watches."""


async def by_hand(database_url: str, out: Path, engine: Engine, tell: Any = quiet) -> tuple[UUID, dict[str, bytes]]:
    out.mkdir()
    async with insight_runs.by_hand(database_url, FIRST, LAST) as run_id:
        written = await insights.compute(run_id, Window(FIRST, LAST), out, engine, tries=1, tell=tell)
    assert sorted(out.iterdir()) == written
    return run_id, {path.name: path.read_bytes() for path in written}


async def test_every_engine_writes_the_same_bytes_and_nobody_s_words(
    world: World, environment: dict[str, str], database_url: str, cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await populate(40, "canarynote")
    life = await live(world, "canary")
    monkeypatch.setattr(insight_runs, "PEOPLE_A_SHARD", 15)
    ann = await world.staff("analyst")
    by_jobs = await fetched(world, await finished(ann, **{"from": TYPED[0], "to": TYPED[1]}))
    assert await db.fetchval("SELECT count(*) FROM insight_shards") > 2
    assert await db.fetchval("SELECT sum(people) FROM insight_shards") > 40
    steps: list[tuple[str, int, int]] = []
    run_id, by_cluster = await by_hand(database_url, tmp_path / "cluster", dask(cluster.scheduler_address), lambda *step: steps.append(step))
    assert by_cluster == by_jobs
    shards = await db.fetchval("SELECT count(*) FROM insight_shards WHERE run_id = $1", run_id)
    assert steps == [("parts", done, shards) for done in range(shards + 1)] + [("report", 0, 1), ("report", 1, 1)]
    # As it is typed, by this machine's processes, with all people in one part.
    status, said, errors = await typed(environment, *RUN, "--out", str(tmp_path / "typed"))
    assert status == 0, errors
    assert said.split() == [str(tmp_path / "typed" / name) for name in sorted(by_jobs)]
    assert errors.splitlines() == ["parts: 0/1", "parts: 1/1", "report: 0/1", "report: 1/1"]
    assert {path.name: path.read_bytes() for path in (tmp_path / "typed").iterdir()} == by_jobs
    newest = (await ann.get("/admin/insight-runs")).json["items"][0]
    assert (newest["status"], newest["progress"], newest["requestedBy"], newest["files"]) == ("done", 100, None, [])
    # What people wrote, who they are, and their ids are nowhere in it.
    known = [row["id"] for row in await db.fetch("SELECT id FROM users UNION SELECT id FROM counselors UNION SELECT id FROM staff")]
    for name, content in by_jobs.items():
        text = content.decode() if not name.endswith(".parquet") else str(pq.read_table(tmp_path / "typed" / name).to_pylist())
        assert life.found_in(content) == life.found_in(text) == set(), name
        assert "canary" not in text.lower()
        assert not any(str(each) in text or each.hex in text for each in known)
        assert "@" not in text.replace("@media", "").replace("@page", "").replace("@font-face", "")


async def test_ctrl_c_leaves_no_file_no_process_and_a_run_that_failed(world: World, environment: dict[str, str], tmp_path: Path) -> None:
    told_in = tmp_path / "told"
    program = """
import sys
from commands import engines
from tests.commands import parts
engines.compute = parts.never_ends
from commands.main import main
main()
"""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, *RUN, "--out", str(tmp_path / "out"), cwd=ROOT, env={**os.environ, **environment, "PARTS_TOLD": str(told_in)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    while not told_in.exists() or not told_in.read_text().endswith("\n"):
        assert process.returncode is None
        await asyncio.sleep(0.02)  # between two looks for what another process writes
    child = psutil.Process(int(told_in.read_text()))
    # As a terminal does it: to the whole group.
    os.killpg(process.pid, signal.SIGINT)
    try:
        said, errors = await asyncio.wait_for(process.communicate(), 60)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert (process.returncode, said, errors.decode().splitlines()) == (130, b"", ["parts: 0/1", "stopped; nothing was written"])
    assert not child.is_running()
    assert not (tmp_path / "out").exists()
    row = await db.fetchrow("SELECT status, error FROM insight_runs")
    assert row is not None
    assert tuple(row) == ("failed", insight_shards.STOPPED)


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    return Settings.from_env(environment)


@pytest.mark.parametrize(
    ("first", "last", "scheduler", "says"),
    [
        ("1.1.2026", "2026-01-31", None, "--from must be a date like 2026-01-31"), ("2026-01-01", "31", None, "--to must be a date like 2026-01-31"),
        ("2026-01-01", "2026-01-31", "localhost:8786", "--scheduler must look like tcp://host:8786"),
    ],
)  # fmt: skip
async def test_what_is_typed_wrong_is_said_before_anything_is_done(settings: Settings, tmp_path: Path, first: str, last: str, scheduler: str | None, says: str) -> None:
    with pytest.raises(CannotRun, match=says):
        await insights.run(settings, first, last, tmp_path / "out", scheduler)
    assert not (tmp_path / "out").exists()


async def test_without_a_database_it_says_so(settings: Settings, environment: dict[str, str], tmp_path: Path) -> None:
    alone = Settings.from_env({**environment, "DATABASE_URL": "", "MENTALSPACE_HOME": str(tmp_path / "home")})
    with pytest.raises(SettingsError, match="DATABASE_URL is not set"):
        await insights.run(alone, *TYPED, tmp_path / "out", None)
    assert not (tmp_path / "out").exists()


async def test_a_database_that_does_not_answer_leaves_nothing(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any, **__: Any) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(db, "open_database", away)
    # Which every command ends with one line.
    with pytest.raises(db.LOST):
        await insights.run(settings, *TYPED, tmp_path / "out", None)
    assert not (tmp_path / "out").exists()


async def test_other_master_secrets_are_one_line(world: World, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def here(*_: Any, **__: Any) -> None:
        """The database is open."""

    monkeypatch.setattr(db, "open_database", here)
    monkeypatch.setattr(db, "close_database", here)
    monkeypatch.setattr(insights, "ring_for", lambda _: KeyRing(lambda: ("another secret of somebody else's, long enough",)))
    with pytest.raises(CannotRun, match="SECRET_KEYS does not open this database's keys"):
        await insights.run(settings, *TYPED, tmp_path / "out", None)
    assert not (tmp_path / "out").exists()


async def test_a_run_that_is_deleted_meanwhile_ends(world: World, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = await world.staff("analyst")

    async def computed(shards: Any, _engine: Any, tell: Any, *, tries: int) -> list[Any]:
        (run,) = (await ann.get("/admin/insight-runs")).json["items"]
        assert (await ann.delete(f"/admin/insight-runs/{run['id']}")).status == 204
        for each in shards:
            await tell(each, Features(b"", 0))
        return []

    monkeypatch.setattr(insights, "compute_all", computed)
    with pytest.raises(CannotRun, match="deleted while it was computed"):
        await by_hand(database_url, tmp_path / "out", local(1))
    assert list((tmp_path / "out").iterdir()) == []


def test_the_folder_must_be_empty_and_its_own_stays_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(KeyError), insights._claimed(tmp_path / "there"):
        raise KeyError
    assert (tmp_path / "there").is_dir()
    with pytest.raises(KeyError), insights._claimed(tmp_path / "new"):
        raise KeyError
    assert not (tmp_path / "new").exists()
    (tmp_path / "there" / "report.html").write_text("of before")
    with pytest.raises(CannotRun, match="is not empty"), insights._claimed(tmp_path / "there"):
        pass
    with pytest.raises(CannotRun, match="cannot be written: "), insights._claimed(tmp_path / "there" / "report.html"):
        pass
    with pytest.raises(CannotRun, match="cannot be written: "), insights._claimed(tmp_path / "there" / "report.html" / "out"):
        pass
    assert (tmp_path / "there" / "report.html").read_text() == "of before"


def test_files_are_there_all_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []

    def full(descriptor: int) -> None:
        synced.append(descriptor)
        if len(synced) == 2:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(CannotRun, match="cannot be written: No space left on device"):
            insights.write(tmp_path, {"report.html": b"r", "moods.parquet": b"m", "dictionary.json": b"d"})
    assert list(tmp_path.iterdir()) == []
    written = insights.write(tmp_path, {"report.html": b"r", "moods.parquet": b"m"})
    assert written == [tmp_path / "moods.parquet", tmp_path / "report.html"]
    assert [path.read_bytes() for path in written] == [b"m", b"r"]


def test_on_a_terminal_there_is_a_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with insights.progress() as tell:
        tell("parts", 3, 5)
    said = capsys.readouterr()
    assert said.out == ""
    assert "3/5" in said.err
