"""A worker process ends when it is told to, also when its broker is gone for good."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from core import db, jobs
from core.broker import DramatiqBroker, open_broker
from core.embedded import Embedded
from core.settings import Settings
from domain.insight_refreshing import RefreshInsights
from tests.people import World
from tests.system import ROOT

pytestmark = pytest.mark.timeout(120)


async def until_one(sql: str) -> None:
    async with asyncio.timeout(40):
        while not await db.fetchval(sql):
            await asyncio.sleep(0.05)  # between two looks: another process makes it true


async def test_with_a_job_done_that_redis_was_never_told_of(world: World, environment: dict[str, str], tmp_path: Path) -> None:
    """As when the starter is killed: Redis goes with it while a job runs. Dramatiq alone would try to acknowledge that job until Redis is back."""
    ana = await world.anonymous()
    await ana.log_mood(3)
    await db.execute("DELETE FROM jobs")
    tmp_path.chmod(0o755)
    servers = Embedded(tmp_path / "home", for_tests=True, say=lambda _: None)
    servers.start(postgres=False)
    worker: subprocess.Popen[bytes] | None = None
    try:
        await jobs.defer(RefreshInsights(user_id=ana.uuid))
        job_id = await db.fetchval("SELECT id FROM jobs")
        its = {**environment, "REDIS_URL": servers.redis_url}
        # By hand: this process's own relay hands it to the Redis of all tests.
        await asyncio.to_thread(DramatiqBroker(open_broker(Settings.from_env(its))).send, [(job_id, "insights")])
        async with db.transaction():
            # The job waits here for the diary that it reads.
            await db.execute("LOCK TABLE mood_entries IN ACCESS EXCLUSIVE MODE")
            worker = subprocess.Popen(
                [sys.executable, "-m", "dramatiq", "tests.workers.quick_actors", "--queues", "insights", "--processes", "1", "--threads", "1", "--skip-logging"],
                cwd=ROOT, env={**os.environ, **its}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            await until_one("SELECT count(*) = 1 FROM jobs WHERE lease_until IS NOT NULL")
            servers.stop()
        await until_one("SELECT count(*) = 0 FROM jobs")
        tree = [psutil.Process(worker.pid), *psutil.Process(worker.pid).children(recursive=True)]
        worker.terminate()
        _, left = await asyncio.to_thread(psutil.wait_procs, tree, 20)
        assert not left
    finally:
        servers.stop()
        if worker is not None:
            with suppress(psutil.NoSuchProcess):
                for each in psutil.Process(worker.pid).children(recursive=True):
                    each.kill()
            worker.kill()
            worker.wait()
