"""Jobs: work promised by a transaction and done by a worker, at least once, whatever dies meanwhile.

A job is a row from the moment its transaction commits until it is done. A relay in every process hands the
ids of due rows to the broker right after COMMIT; what the broker loses, or a killed worker leaves, is handed
over again. Retries and delays are the row's `due_at`, so nothing waits inside the broker. A handler may run
twice and must then have one effect.

Declare a job once, beside the use case that defers it:

    class MoodRecorded(Job):
        user_id: UUID

    await defer(MoodRecorded(user_id=...))        # in the business transaction

    @handles(MoodRecorded)                        # in workers
    async def recorded(job: MoodRecorded) -> None: ...
"""

from __future__ import annotations

import asyncio
import random
import re
import time
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol, TypeVar, cast
from uuid import UUID

import asyncpg
import msgspec
import structlog

from core import clock, db, telemetry
from core.keys import person_is_gone
from core.problem import Problem

log = structlog.get_logger(__name__)

LEASE_SECONDS = 20
LEASE_RENEWAL_SECONDS = 5
LOST_AFTER_SECONDS = 30
LOST_FOR_SURE_SECONDS = 600
QUEUES = ("default", "mail", "insights")


class Job(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A declared job; its fields are ids, never text. The class variables say how it is run."""

    queue: ClassVar[str] = "default"
    max_attempts: ClassVar[int] = 8
    time_limit: ClassVar[float] = 60
    first_retry_seconds: ClassVar[float] = 2
    most_retry_seconds: ClassVar[float] = 3600
    # Errors that trying again cannot mend.
    throws: ClassVar[tuple[type[Exception], ...]] = ()

    @classmethod
    def name(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


J = TypeVar("J", bound=Job)
Handler = Callable[[Any], Awaitable[None]]


class RetryLater(Exception):
    """Raised by a handler to be tried again after so many seconds, at the cost of one attempt."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"retry in {seconds:.0f} s")
        self.seconds = seconds


class Broker(Protocol):
    """Carries job ids to workers. Both methods block and are called in a thread."""

    def send(self, rows: list[tuple[UUID, str]]) -> None:
        """Hand over (job id, queue) pairs; raises when it cannot."""

    def waiting(self, queue: str) -> int | None:
        """How many messages the broker holds, taken but unfinished ones too; None when it cannot tell."""


async def defer(job: Job, *, due_at: datetime | None = None, key: str | None = None) -> None:
    """Promise a job in the open transaction, or at once when there is none.

    `key`: at most one job of this name and key waits at a time; a second one joins the waiting one, which
    then cannot start before this transaction has committed, so it sees what was written here.
    """
    await db.execute(
        """
        INSERT INTO jobs (id, name, queue, payload, key, due_at, attempts, max_attempts, request_id, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9)
        ON CONFLICT (name, key) WHERE key IS NOT NULL AND lease_until IS NULL AND failed_at IS NULL
        DO UPDATE SET due_at = LEAST(jobs.due_at, EXCLUDED.due_at)
        """,
        clock.new_id(), job.name(), job.queue, msgspec.json.encode(job).decode(), key, due_at or clock.now(),
        job.max_attempts, telemetry.request_id(), clock.now(),
    )  # fmt: skip
    if _relay is not None:
        db.after_commit(_relay.wake)


class Relay:
    """Hands due rows to the broker: woken after each commit of this process, and every second for the others'."""

    def __init__(self, broker: Broker, *, poll_seconds: float = 1.0, sweep_seconds: float = 3.0) -> None:
        self.broker = broker
        self._due = asyncio.Event()
        self._poll, self._sweep = poll_seconds, sweep_seconds
        self._loop = asyncio.get_running_loop()

    def wake(self) -> None:
        self._due.set()

    async def run(self) -> None:
        """Runs until cancelled; a lost broker or database slows it, and never stops it."""
        failures, swept = 0, 0.0
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._due.wait(), self._poll)
            self._due.clear()
            try:
                if time.monotonic() - swept > self._sweep:
                    await sweep(self.broker)
                    swept = time.monotonic()
                while await self._send_some():
                    pass
                failures = 0
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 (the relay must outlive any one bad round)
                failures += 1
                log.warning("relay.failed", error=type(error).__name__, failures=failures)
                await asyncio.sleep(min(0.25 * 2**failures, 5) * random.uniform(0.7, 1.3))  # noqa: S311

    async def _send_some(self, limit: int = 200) -> bool:
        rows = await db.fetch(
            """
            UPDATE jobs SET sent_at = now() WHERE id IN (
                SELECT id FROM jobs WHERE sent_at IS NULL AND failed_at IS NULL AND due_at <= $2
                ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
            RETURNING id, queue
            """,
            limit, clock.now(),
        )  # fmt: skip
        if not rows:
            return False
        try:
            await asyncio.to_thread(self.broker.send, [(row["id"], row["queue"]) for row in rows])
        except BaseException:
            await db.execute("UPDATE jobs SET sent_at = NULL WHERE id = ANY($1) AND lease_until IS NULL", [row["id"] for row in rows])
            raise
        return len(rows) == limit


async def sweep(broker: Broker) -> int:
    """Take up again what a killed worker left or the broker lost; returns how many rows were taken up."""
    taken = 0
    for row in await db.fetch("SELECT id FROM jobs WHERE lease_until < now()"):
        taken += await _to_wait_again(
            """
            UPDATE jobs SET lease_until = NULL, sent_at = NULL,
                failed_at = CASE WHEN attempts >= max_attempts THEN now() END,
                error = CASE WHEN attempts >= max_attempts THEN 'the worker died while running it' ELSE error END
            WHERE id = $1 AND lease_until < now()
            """,
            row["id"],
        )
    for row in await db.fetch(
        "SELECT queue, min(sent_at) AS first FROM jobs WHERE sent_at < now() - make_interval(secs => $1) AND lease_until IS NULL AND failed_at IS NULL GROUP BY queue",
        LOST_AFTER_SECONDS,
    ):
        held = await asyncio.to_thread(broker.waiting, row["queue"])
        seconds = LOST_AFTER_SECONDS if held == 0 else LOST_FOR_SURE_SECONDS
        taken += await db.execute(
            "UPDATE jobs SET sent_at = NULL WHERE queue = $1 AND sent_at < now() - make_interval(secs => $2) AND lease_until IS NULL AND failed_at IS NULL",
            row["queue"], seconds,
        )  # fmt: skip
    return taken


async def _to_wait_again(sql: str, job_id: UUID, *args: Any) -> int:
    """Put a job back among the waiting ones; where one of its name and key waits already, that one does the work."""
    try:
        async with db.transaction(), db.savepoint():
            return await db.execute(sql, job_id, *args)
    except asyncpg.UniqueViolationError:
        return await db.execute("DELETE FROM jobs WHERE id = $1", job_id)


_handlers: dict[str, tuple[type[Job], Handler]] = {}
_running: set[UUID] = set()


def handles(declared: type[J]) -> Callable[[Callable[[J], Awaitable[None]]], Callable[[J], Awaitable[None]]]:
    """Say which coroutine function does a declared job. It stays a plain function, callable in tests."""

    def register(handler: Callable[[J], Awaitable[None]]) -> Callable[[J], Awaitable[None]]:
        if declared.name() in _handlers:
            raise RuntimeError(f"two handlers for {declared.name()}")
        _handlers[declared.name()] = (declared, cast(Handler, handler))
        return handler

    return register


def handled() -> dict[str, type[Job]]:
    """The jobs this process can run, by name."""
    return {name: declared for name, (declared, _) in _handlers.items()}


async def run(job_id: UUID) -> str:
    """Run one job in this process. Returns `done`, `retried`, `failed`, or `skipped` when it is gone or taken."""
    row = await db.fetchrow(
        """
        UPDATE jobs SET attempts = attempts + 1, lease_until = now() + make_interval(secs => $2)
        WHERE id = $1 AND failed_at IS NULL AND (lease_until IS NULL OR lease_until < now())
        RETURNING name, payload, attempts, request_id, created_at
        """,
        job_id, LEASE_SECONDS,
    )  # fmt: skip
    if row is None:
        return "skipped"
    name: str = row["name"]
    with telemetry.bound(request_id=row["request_id"], job=name, job_id=str(job_id)):
        if name not in _handlers:
            log.error("job.unknown", name=name)
            await _park(job_id, "no worker knows this job")
            return "failed"
        declared, handler = _handlers[name]
        began = time.monotonic()
        _running.add(job_id)
        try:
            job = msgspec.json.decode(row["payload"], type=declared)
            async with asyncio.timeout(declared.time_limit):
                await handler(job)
            await db.execute("DELETE FROM jobs WHERE id = $1", job_id)
            outcome = "done"
        except Exception as error:  # noqa: BLE001 (whatever a handler raises is recorded and retried)
            outcome = await _failed(job_id, declared, row["attempts"], error)
        finally:
            _running.discard(job_id)
        seconds = time.monotonic() - began
        telemetry.jobs_finished.labels(name, outcome).inc()
        telemetry.job_seconds.labels(name).observe(seconds)
        log.info("job.finished", outcome=outcome, seconds=round(seconds, 3), attempt=row["attempts"])
        return outcome


async def _failed(job_id: UUID, declared: type[Job], attempts: int, error: Exception) -> str:
    if person_is_gone(error):
        # What was to be done went with them.
        await db.execute("DELETE FROM jobs WHERE id = $1", job_id)
        return "done"
    hopeless = isinstance(error, (*declared.throws, msgspec.ValidationError))
    if hopeless or attempts >= declared.max_attempts:
        log.error("job.failed", **telemetry.without_text(error))
        telemetry.report(error)
        await _park(job_id, describe(error))
        return "failed"
    wait = min(declared.first_retry_seconds * 2 ** (attempts - 1), declared.most_retry_seconds) * random.uniform(0.8, 1.2)  # noqa: S311
    if isinstance(error, RetryLater):
        wait = error.seconds
    log.warning("job.retried", in_seconds=round(wait, 1), **telemetry.without_text(error))
    await _to_wait_again(
        "UPDATE jobs SET lease_until = NULL, sent_at = NULL, due_at = $2, error = $3 WHERE id = $1",
        job_id, clock.now() + timedelta(seconds=wait), describe(error),
    )  # fmt: skip
    return "retried"


async def _park(job_id: UUID, error: str) -> None:
    await db.execute("UPDATE jobs SET failed_at = now(), lease_until = NULL, error = $2 WHERE id = $1", job_id, error)


def describe(error: BaseException) -> str:
    """What went wrong and where, without the error's own text: that may hold somebody's words."""
    frame = traceback.extract_tb(error.__traceback__)[-1] if error.__traceback__ else None
    where = f" at {frame.filename.rpartition('/')[2]}:{frame.lineno}" if frame else ""
    said = f": {error.detail}" if isinstance(error, Problem) else ""
    return f"{type(error).__name__}{said}{where}"[:400]


async def renew_leases() -> None:
    """Keep this process's running jobs its own; runs until cancelled."""
    while True:
        await asyncio.sleep(LEASE_RENEWAL_SECONDS)
        if _running:
            with suppress(*db.LOST):
                await db.execute("UPDATE jobs SET lease_until = now() + make_interval(secs => $2) WHERE id = ANY($1) AND lease_until IS NOT NULL", list(_running), LEASE_SECONDS)


async def retry(job_id: UUID) -> bool:
    """Give a failed job a fresh start; False when there is no such failed job."""
    changed = await _to_wait_again(
        "UPDATE jobs SET failed_at = NULL, sent_at = NULL, lease_until = NULL, attempts = 0, due_at = now() WHERE id = $1 AND failed_at IS NOT NULL", job_id
    )
    if changed and _relay is not None:
        db.after_commit(_relay.wake)
    return bool(changed)


async def discard(job_id: UUID) -> bool:
    """Drop a failed job; False when there is no such failed job."""
    return bool(await db.execute("DELETE FROM jobs WHERE id = $1 AND failed_at IS NOT NULL", job_id))


async def lag_seconds() -> float:
    """How long the oldest due job has been waiting to be started."""
    waiting = await db.fetchval("SELECT extract(epoch FROM now() - min(due_at))::float8 FROM jobs WHERE failed_at IS NULL AND lease_until IS NULL AND due_at <= now()")
    return max(0.0, waiting or 0.0)


_relay: Relay | None = None


def use(relay: Relay | None) -> None:
    global _relay  # noqa: PLW0603 (one relay a process)
    _relay = relay
