"""The schedule: which jobs are promised when. Any number of copies may run; one at a time is in charge.

python -m workers.schedule
"""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import structlog
import uvloop
from croniter import croniter

from core import clock, db, jobs
from core.jobs import Job
from core.runtime import running
from core.settings import Settings, SettingsError
from domain.audit import LinkAudit
from domain.chat.access import MatchWaiting
from domain.forecasting import TrainForecast
from domain.insight_refreshing import RefreshEverybody
from domain.matching_training import TrainMatching
from domain.reminders import MailUnread, NudgePrograms, RemindOfMoods, SendWeeklySummaries
from domain.retention import EnforceRetention
from domain.upkeep import RemoveLeftovers, TendSigningKeys

log = structlog.get_logger(__name__)

_LOCK = 0x73636865  # "sche"
_LOOK_SECONDS = 1.0
CLOSING_SECONDS = 8


@dataclass(frozen=True)
class Scheduled:
    """A job without fields, and when it is promised: five cron fields, in UTC."""

    job: type[Job]
    cron: str


SCHEDULE = (
    Scheduled(TendSigningKeys, "17 3 * * *"),
    Scheduled(RemoveLeftovers, "23 * * * *"),
    Scheduled(MatchWaiting, "* * * * *"),
    Scheduled(LinkAudit, "* * * * *"),
    Scheduled(EnforceRetention, "41 2 * * *"),
    Scheduled(RemindOfMoods, "* * * * *"),
    Scheduled(MailUnread, "* * * * *"),
    # Zones differ by quarters of an hour.
    Scheduled(SendWeeklySummaries, "*/15 * * * *"),
    Scheduled(NudgePrograms, "*/15 * * * *"),
    # Some minutes after each zone's midnight; a few zones are off by a part of the hour, and come with the next.
    Scheduled(RefreshEverybody, "7 * * * *"),
    Scheduled(TrainForecast, "37 1 * * *"),
    Scheduled(TrainMatching, "52 1 * * *"),
)


async def promise_due() -> list[str]:
    """Promise every job whose tick has come, once a tick; after a pause only the last missed one. Returns their names."""
    promised = []
    for each in SCHEDULE:
        tick = croniter(each.cron, clock.now()).get_prev(datetime)
        async with db.transaction():
            made = await db.execute(
                """
                INSERT INTO schedule_marks AS s (name, last_tick) VALUES ($1, $2)
                ON CONFLICT (name) DO UPDATE SET last_tick = EXCLUDED.last_tick WHERE s.last_tick < EXCLUDED.last_tick
                """,
                each.job.name(), tick,
            )  # fmt: skip
            if made:
                await jobs.defer(each.job(), key="scheduled")
                promised.append(each.job.name())
    return promised


async def keep_time(url: str) -> None:
    """Be in charge while the lock is held; wait for it otherwise. Runs until cancelled."""
    while True:
        try:
            connection = await asyncpg.connect(**db.credentials(url), timeout=10)
            try:
                while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
                    await asyncio.sleep(2)
                log.info("schedule.in_charge")
                while True:
                    for name in await promise_due():
                        log.info("schedule.promised", job=name)
                    await asyncio.sleep(_LOOK_SECONDS)
                    await connection.fetchval("SELECT 1")
            finally:
                await connection.close(timeout=2)
        except (*db.LOST, asyncpg.PostgresError) as error:
            log.warning("schedule.lost_database", error=type(error).__name__)
            await asyncio.sleep(1)


async def main() -> None:
    settings = Settings.from_env()
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def end() -> None:
        stop.set()
        # Closing can wait for servers that died with us: nothing here is worth staying for.
        loop.call_later(CLOSING_SECONDS, os._exit, 1)

    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, end)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(settings, "scheduler"))
        task = asyncio.create_task(keep_time(settings.database()))
        await stop.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


if __name__ == "__main__":
    try:
        uvloop.run(main())
    except SettingsError as error:
        raise SystemExit(f"error: {error}") from None
