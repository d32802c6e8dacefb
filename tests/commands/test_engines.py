"""Where a command computes: processes that die or hang, clusters that are not there, and that nothing is left running."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import pytest

from commands import engines
from commands.engines import CannotRun, compute_all, dask, on_a_process
from commands.processes import Engine, local
from domain.insight_shards import Shard
from tests.commands import parts
from tests.commands.parts import Part
from tests.insight_runs import FIRST, LAST
from tests.system import free_port
from workers.shards import Features

pytestmark = pytest.mark.xdist_group("cluster")

ROOT = Path(__file__).parent.parent.parent
PARTS: Any = [Part(number) for number in range(3)]
ALL: Any = ["0 of 3", "1 of 3", "2 of 3"]


@pytest.fixture
def told() -> list[int]:
    return []


@pytest.fixture(autouse=True)
def died(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What processes leave a sign in."""
    monkeypatch.setenv("PARTS_TOLD", str(tmp_path / "died"))
    return tmp_path / "died"


def instead(patch: pytest.MonkeyPatch, work: Any) -> None:
    patch.setattr(engines, "compute", work)


async def computed(engine: Engine, told: list[int], tries: int = 3) -> list[Features]:
    async def tell(done: Any, _features: Features) -> None:
        told.append(done.number)

    return await compute_all(PARTS, engine, tell, tries=tries)


@pytest.fixture
def nothing_left() -> Iterator[None]:
    before = {each.pid for each in psutil.Process().children(recursive=True)}
    yield
    left = [each for each in psutil.Process().children(recursive=True) if each.pid not in before and "resource_tracker" not in " ".join(each.cmdline())]
    assert left == []


@pytest.mark.usefixtures("nothing_left")
async def test_a_process_that_is_killed_is_replaced_and_its_shard_taken_up_again(told: list[int], died: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, parts.dies_once)
    assert await computed(local(2), told) == ALL
    assert sorted(told) == [0, 1, 2]
    assert died.exists()


@pytest.mark.usefixtures("nothing_left")
async def test_processes_that_always_die_and_parts_that_always_fail_are_one_line(told: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, parts.dies)
    with pytest.raises(CannotRun, match="died again and again"):
        await computed(local(1), told, tries=2)
    instead(monkeypatch, parts.fails)
    with pytest.raises(CannotRun, match="a part could not be computed: ValueError") as refused:
        await computed(local(1), told, tries=1)
    assert "canary" not in str(refused.value)
    assert told == []


@pytest.mark.usefixtures("nothing_left")
async def test_stopped_it_leaves_no_process(told: list[int], died: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, parts.never_ends)
    task = asyncio.create_task(computed(local(2), told))
    while not died.exists() or len(died.read_text().split()) < 2:
        await asyncio.sleep(0.02)  # between two looks for what other processes write
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


async def test_killed_it_leaves_no_process(died: Path) -> None:
    """Its processes see that it is gone, though nobody tells them."""
    program = """
from commands.processes import Engine, local
from tests.commands import parts
with local(1)() as executor:
    executor.submit(parts.never_ends, None).result()
"""
    process = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)
    while not died.exists() or not died.read_text().endswith("\n"):
        await asyncio.sleep(0.02)  # between two looks for what another process writes
    child = psutil.Process(int(died.read_text()))
    process.kill()
    process.wait()
    child.wait(10)


async def test_work_on_a_process_gives_back_what_it_returns_or_one_line() -> None:
    assert await on_a_process(os.path.basename, "a/b") == "b"
    with pytest.raises(CannotRun, match="a part could not be computed: ValueError"):
        await on_a_process(parts.fails, None)


def test_what_is_sent_shows_no_secret() -> None:
    """Dask logs the arguments of what fails."""
    shard = Shard(uuid4(), FIRST, LAST, 0, 1, b"canary-secret")
    assert "canary" not in f"{shard!r} {shard} {Features(b'canary', 3)!r}"
    assert pickle.loads(pickle.dumps(shard)) == shard


@pytest.mark.parametrize("scheduler", ["10.0.0.5:8786", "tcp://", "tcp://host", "http://host:8786", "tcp://host:99999", "tcp://host:x", ""])
def test_a_scheduler_s_address_that_is_none_is_one_line(scheduler: str) -> None:
    with pytest.raises(CannotRun, match="must look like tcp://host:8786"):
        dask(scheduler)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(CannotRun, match=r"pip install 'mentalspace\[dask\]'"):
        dask("tcp://127.0.0.1:8786")


async def test_a_scheduler_that_does_not_answer_is_one_line_in_time(told: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "CONNECT_SECONDS", 0.5)
    with pytest.raises(CannotRun, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:\d+"):
        await computed(dask(f"tcp://127.0.0.1:{free_port()}"), told, tries=1)


async def test_a_worker_of_the_cluster_that_is_killed_is_not_missed(cluster: Any, told: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, parts.dies_once)
    assert await computed(dask(cluster.scheduler_address), told, tries=1) == ALL
    assert sorted(told) == [0, 1, 2]
    assert Path(cluster.worker_spec[0]["options"]["env"]["PARTS_TOLD"]).exists()


async def test_what_fails_on_the_cluster_is_one_line_without_anybody_s_words(cluster: Any, told: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, parts.fails)
    with pytest.raises(CannotRun, match=r"a part could not be computed: ValueError") as refused:
        await computed(dask(cluster.scheduler_address), told, tries=1)
    assert "canary" not in str(refused.value)
