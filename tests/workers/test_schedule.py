"""The schedule: a tick is promised once, whoever is in charge, and none is lost."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from croniter import croniter

from core import clock, db, jobs
from core.jobs import Job, handles
from tests.people import World, do_jobs
from workers import schedule
from workers.schedule import SCHEDULE, Scheduled, promise_due

START = datetime(2030, 5, 4, 10, 30, tzinfo=UTC)


class ProbeTick(Job):
    """Every quarter of an hour."""


ticks: list[datetime] = []


@handles(ProbeTick)
async def tick(_job: ProbeTick) -> None:
    ticks.append(clock.now())


@pytest.fixture(autouse=True)
async def only_ours(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One job on the schedule, last promised at half past ten."""
    monkeypatch.setattr(schedule, "SCHEDULE", (Scheduled(ProbeTick, "*/15 * * * *"),))
    ticks.clear()
    with clock.at(START + timedelta(seconds=1)):
        assert await promise_due() == ["probe_tick"]
    await db.execute("DELETE FROM jobs")


async def _promised() -> int:
    found: int = await db.fetchval("SELECT count(*)::int FROM jobs WHERE name = 'probe_tick'")
    return found


async def _at(later: timedelta) -> list[str]:
    with clock.at(START + later):
        return await promise_due()


async def test_a_tick_is_promised_when_it_comes_and_not_again() -> None:
    assert [await _at(timedelta(minutes=minutes, seconds=1)) for minutes in (0, 7, 14)] == [[], [], []]
    assert [await _at(timedelta(minutes=15, seconds=second)) for second in (1, 2, 3)] == [["probe_tick"], [], []]
    assert await _promised() == 1


async def test_schedulers_that_race_promise_it_once() -> None:
    found = await asyncio.gather(*(_at(timedelta(minutes=15, seconds=1)) for _ in range(20)))
    assert sorted(map(len, found)) == [0] * 19 + [1]
    assert await _promised() == 1


async def test_missed_ticks_are_made_up_for_once() -> None:
    assert await _at(timedelta(hours=9, minutes=3)) == ["probe_tick"]
    assert await _at(timedelta(hours=9, minutes=4)) == []
    assert await _promised() == 1
    assert await _at(timedelta(hours=9, minutes=15, seconds=1)) == ["probe_tick"]


async def test_a_tick_joins_one_that_still_waits() -> None:
    """A slow day does not pile up the same work."""
    for hours in range(1, 6):
        assert await _at(timedelta(hours=hours, seconds=1)) == ["probe_tick"]
    assert await _promised() == 1
    await do_jobs()
    assert await _at(timedelta(hours=6, seconds=1)) == ["probe_tick"]
    assert await _promised() == 1


async def test_a_clock_that_goes_back_promises_nothing_twice() -> None:
    assert await _at(timedelta(hours=1, seconds=1)) == ["probe_tick"]
    await db.execute("DELETE FROM jobs")
    for minutes in (45, 30, 60):
        assert await _at(timedelta(minutes=minutes, seconds=1)) == []
    assert await _promised() == 0


async def test_a_tick_whose_promise_failed_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mark and the job are one transaction."""

    async def lost(*_: Any, **__: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "defer", lost)
        with pytest.raises(ConnectionError):
            await _at(timedelta(minutes=15, seconds=1))
    assert await _at(timedelta(minutes=15, seconds=2)) == ["probe_tick"]


async def test_of_two_schedulers_one_is_in_charge_and_the_other_takes_over(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both run `keep_time`; only who holds the lock looks. When it goes, the other looks."""
    looking: list[str] = []
    looked = asyncio.Event()

    async def look() -> list[str]:
        task = asyncio.current_task()
        assert task is not None
        looking.append(task.get_name())
        looked.set()
        return []

    real_sleep = asyncio.sleep
    monkeypatch.setattr(schedule, "promise_due", look)
    monkeypatch.setattr(asyncio, "sleep", lambda _seconds: real_sleep(0.01))
    tasks = {name: asyncio.create_task(schedule.keep_time(database_url), name=name) for name in ("one", "two")}
    try:
        async with asyncio.timeout(10):
            while len(looking) < 10:
                await real_sleep(0.01)
            [first] = set(looking)
            other = "two" if first == "one" else "one"
            tasks[first].cancel()
            await asyncio.gather(tasks[first], return_exceptions=True)
            while other not in looking:
                await real_sleep(0.01)
        assert looking == [first] * looking.count(first) + [other] * looking.count(other)
    finally:
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)


@pytest.mark.parametrize("each", SCHEDULE, ids=lambda each: each.job.name())
def test_every_scheduled_job_has_a_time_a_handler_and_no_fields(each: Scheduled) -> None:
    assert croniter.is_valid(each.cron)
    assert len(each.cron.split()) == 5
    assert jobs.handled()[each.job.name()] is each.job
    assert each.job() == each.job()


async def test_the_real_schedules_jobs_can_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "SCHEDULE", SCHEDULE)
    assert sorted(await promise_due()) == sorted(each.job.name() for each in SCHEDULE)
    assert set(await do_jobs()) == {"done"}
