"""Jobs on their way: handed to the broker when due, and taken up again whatever was lost or died."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from core import clock, db, jobs
from tests.core.probes import ProbeWork, ids, promised, row_of

pytestmark = pytest.mark.usefixtures("quiet")

sweep = jobs.sweep


class FakeBroker:
    """Remembers what it was handed."""

    def __init__(self, *, held: int | None = 0, fails: bool = False) -> None:
        self.sent: list[UUID] = []
        self.held, self.fails = held, fails

    def send(self, rows: list[tuple[UUID, str]]) -> None:
        if self.fails:
            raise ConnectionError
        self.sent += [job_id for job_id, _ in rows]

    def waiting(self, _queue: str) -> int | None:
        return self.held


async def worker_dies_running(job_id: UUID) -> None:
    """The claim stands, and nobody renews it."""
    await db.execute("UPDATE jobs SET attempts = attempts + 1, sent_at = now(), lease_until = now() - interval '1 second' WHERE id = $1", job_id)


async def test_a_dead_workers_job_is_taken_up_again() -> None:
    job_id = await promised()
    await worker_dies_running(job_id)
    assert await sweep(FakeBroker()) == 1
    assert (await row_of(job_id))["sent_at"] is None
    assert await jobs.run(job_id) == "done"


async def test_a_lapsed_lease_can_be_claimed_by_a_redelivery_too() -> None:
    job_id = await promised()
    await worker_dies_running(job_id)
    assert await jobs.run(job_id) == "done"


async def test_a_live_lease_is_left_alone() -> None:
    job_id = await promised()
    await db.execute("UPDATE jobs SET lease_until = now() + interval '10 seconds', sent_at = now() - interval '1 hour', attempts = 1")
    assert await sweep(FakeBroker()) == 0
    assert await jobs.run(job_id) == "skipped"


async def test_a_job_that_kills_its_worker_every_time_ends_failed_and_seen() -> None:
    job_id = await promised()
    for _ in range(ProbeWork.max_attempts):
        assert (await row_of(job_id))["failed_at"] is None
        await worker_dies_running(job_id)
        await sweep(FakeBroker())
    row = await row_of(job_id)
    assert row["failed_at"] is not None
    assert row["error"] == "the worker died while running it"
    assert await jobs.run(job_id) == "skipped"


@pytest.mark.parametrize(("held", "seconds", "again"), [(0, 31, True), (0, 29, False), (5, 31, False), (None, 31, False), (5, 601, True), (None, 601, True)])
async def test_a_lost_message_is_sent_again(held: int | None, seconds: int, again: bool) -> None:
    """Soon when the broker holds nothing; after ten minutes whatever it says."""
    job_id = await promised()
    await db.execute("UPDATE jobs SET sent_at = now() - make_interval(secs => $1)", float(seconds))
    broker = FakeBroker(held=held)
    assert await sweep(broker) == int(again)
    await jobs.Relay(broker)._send_some()
    assert broker.sent == ([job_id] if again else [])


async def test_two_relays_never_send_one_row_twice() -> None:
    async with db.transaction():
        for _ in range(300):
            await jobs.defer(ProbeWork())
    brokers = [FakeBroker(), FakeBroker()]
    relays = [jobs.Relay(broker) for broker in brokers]
    await asyncio.gather(*(relay._send_some(20) for _ in range(15) for relay in relays))
    for relay in relays:
        while await relay._send_some(20):
            pass
    sent = [job_id for broker in brokers for job_id in broker.sent]
    assert sorted(sent) == await ids()
    assert all(broker.sent for broker in brokers)


async def test_a_row_is_sent_when_it_is_due_and_not_before() -> None:
    await jobs.defer(ProbeWork(), due_at=clock.now() + timedelta(hours=1))
    broker = FakeBroker()
    await jobs.Relay(broker)._send_some()
    assert broker.sent == []
    with clock.at(clock.now() + timedelta(hours=2)):
        await jobs.Relay(broker)._send_some()
    assert len(broker.sent) == 1


async def test_what_the_broker_refused_is_still_to_be_sent() -> None:
    job_id = await promised()
    with pytest.raises(ConnectionError):
        await jobs.Relay(FakeBroker(fails=True))._send_some()
    broker = FakeBroker()
    await jobs.Relay(broker)._send_some()
    assert broker.sent == [job_id]


async def test_dead_workers_of_one_key_do_not_stop_the_sweep() -> None:
    """Two runs of a key that died, and a third that waits: one is left, and other jobs are still taken up."""
    for _ in range(2):
        await jobs.defer(ProbeWork(), key="k")
        await db.execute("UPDATE jobs SET lease_until = now() - interval '1 second', attempts = 1")
    await jobs.defer(ProbeWork(), key="k")
    await jobs.defer(ProbeWork(), key="another")
    await db.execute("UPDATE jobs SET lease_until = now() - interval '1 second', attempts = 1 WHERE key = 'another'")
    await sweep(FakeBroker())
    rows = await db.fetch("SELECT key, lease_until FROM jobs ORDER BY key")
    assert [(row["key"], row["lease_until"]) for row in rows] == [("another", None), ("k", None)]


async def test_the_relay_outlives_bad_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database or broker that is away slows it; afterwards it sends what waited."""
    broker = FakeBroker()
    relay = jobs.Relay(broker, poll_seconds=0.01)
    rounds = iter([asyncpg.PostgresConnectionError(), ConnectionError()])
    real = relay._send_some

    async def sometimes(limit: int = 200) -> bool:
        error = next(rounds, None)
        if error is not None:
            raise error
        return await real(limit)

    monkeypatch.setattr(relay, "_send_some", sometimes)
    monkeypatch.setattr("random.uniform", lambda *_: 0.0)
    job_id = await promised()
    task = asyncio.create_task(relay.run())
    while not broker.sent:
        await asyncio.sleep(0.005)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert broker.sent == [job_id]


async def test_lag_is_the_wait_of_the_oldest_due_job() -> None:
    assert await jobs.lag_seconds() == 0
    await jobs.defer(ProbeWork(), due_at=clock.now() - timedelta(minutes=2))
    await jobs.defer(ProbeWork(), due_at=clock.now() + timedelta(minutes=2))
    assert 119 < await jobs.lag_seconds() < 125
