"""What a Dramatiq worker process runs: one actor a queue, which takes a job's id and does that job.

Started as `dramatiq workers.actors -Q default mail`; the broker is opened at import, as Dramatiq wants it.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import dramatiq
import uvloop
from dramatiq.asyncio import EventLoopThread, get_event_loop_thread, set_event_loop_thread
from dramatiq.middleware import AgeLimit, AsyncIO, Middleware, ShutdownNotifications

from core import jobs, telemetry
from core.broker import ACTOR, open_broker
from core.runtime import in_background, running
from core.settings import Settings
from domain import crisis_lines, erasure
from workers import handlers

__all__ = ["broker", "handlers"]

# Dramatiq passes all that is said through a pipe to its first process. When that cannot pass it on, because whoever read it was killed, the pipe fills, and
# this process would wait for it forever instead of ending.
sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__

settings = Settings.from_env()
asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())


# As long as web processes take. A job that is not done by then is taken up again when its lease runs out.
CLOSING_SECONDS = 12


class LoopThread(AsyncIO):
    """Dramatiq's event loop in a daemon thread: a second SIGTERM must end the process, not hang it."""

    def before_worker_boot(self, _broker: Any, _worker: Any) -> None:
        thread = EventLoopThread(self.logger)
        thread.daemon = True
        thread.start(timeout=5.0)
        set_event_loop_thread(thread)


class Services(Middleware):
    """Opens what jobs need, on the loop's thread, before the first job, and closes it after the last."""

    def __init__(self) -> None:
        self._stack = AsyncExitStack()

    def before_worker_boot(self, _broker: Any, _worker: Any) -> None:
        self._on_loop(self._open())

    def before_worker_shutdown(self, _broker: Any, _worker: Any) -> None:
        # Dramatiq waits for a broker that died with us, to tell it of a job that is done; the job's row knows that already, or that it is to be taken up again.
        late = threading.Timer(CLOSING_SECONDS, os._exit, (1,))
        late.daemon = True
        late.start()

    def after_worker_shutdown(self, _broker: Any, _worker: Any) -> None:
        self._on_loop(self._stack.aclose())

    @staticmethod
    def _on_loop(work: Any) -> None:
        thread = get_event_loop_thread()
        if thread is None:
            raise RuntimeError("LoopThread must come before Services")
        thread.run_coroutine(work)

    async def _open(self) -> None:
        crisis_lines.ready()
        await self._stack.enter_async_context(running(settings, "worker"))
        await self._stack.enter_async_context(in_background(jobs.renew_leases()))
        await self._stack.enter_async_context(in_background(erasure.keep_forgetting()))


telemetry.set_up(settings, "worker")
# Dramatiq boots middleware in this order and shuts it down in the reverse: services close before their loop stops.
broker = open_broker(settings, [AgeLimit(), ShutdownNotifications(), LoopThread(), Services()])
dramatiq.set_broker(broker)


async def run_job(job_id: str) -> None:
    await jobs.run(UUID(job_id))


for queue in jobs.QUEUES:
    # The row knows about retries; the message only says which row.
    dramatiq.actor(actor_name=f"{ACTOR}_{queue}", queue_name=queue)(run_job)
