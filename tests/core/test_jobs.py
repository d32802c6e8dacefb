"""Jobs: promised in a transaction, done at least once, whatever dies meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core import clock, db, jobs
from core.jobs import Job, RetryLater, handles
from core.problem import NotFound
from tests.people import World


class Hopeless(Exception):
    """What trying again cannot mend."""


class ProbeWork(Job):
    """Does what the test says."""

    max_attempts = 3
    throws = (Hopeless,)
    time_limit = 5

    number: int = 0


class ProbeSlow(Job):
    time_limit = 0.05


done: list[int] = []
raised: list[Exception] = []


@handles(ProbeWork)
async def work(job: ProbeWork) -> None:
    if raised:
        raise raised[0]
    done.append(job.number)


@handles(ProbeSlow)
async def slow(_job: ProbeSlow) -> None:
    await asyncio.Event().wait()


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


sweep = jobs.sweep


@pytest.fixture(autouse=True)
def quiet(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The API's own relay rests, so that each test's is the only one."""

    async def nothing(*_: Any) -> bool:
        return False

    monkeypatch.setattr(jobs._relay, "_send_some", nothing)
    monkeypatch.setattr(jobs, "sweep", nothing)
    done.clear()
    raised.clear()
    yield
    raised.clear()


async def _row(job_id: UUID) -> dict[str, Any]:
    row = await db.fetchrow("SELECT * FROM jobs WHERE id = $1", job_id)
    assert row is not None
    return dict(row)


async def _ids() -> list[UUID]:
    return [row["id"] for row in await db.fetch("SELECT id FROM jobs ORDER BY id")]


async def _promised(**options: Any) -> UUID:
    await jobs.defer(ProbeWork(number=len(await _ids())), **options)
    return (await _ids())[-1]


async def _worker_dies_running(job_id: UUID) -> None:
    """The claim stands, and nobody renews it."""
    await db.execute("UPDATE jobs SET attempts = attempts + 1, sent_at = now(), lease_until = now() - interval '1 second' WHERE id = $1", job_id)


async def test_a_done_job_is_gone_and_is_not_done_again() -> None:
    job_id = await _promised()
    assert [await jobs.run(job_id), await jobs.run(job_id)] == ["done", "skipped"]
    assert done == [0]
    assert await _ids() == []


async def test_a_rolled_back_promise_leaves_nothing() -> None:
    woken = []
    relay = jobs._relay
    assert relay is not None
    relay._due.clear()
    with pytest.raises(NotFound):
        async with db.transaction():
            await jobs.defer(ProbeWork())
            db.after_commit(lambda: woken.append(True))
            raise NotFound
    assert await _ids() == []
    assert woken == []


async def test_a_promise_is_not_seen_before_its_commit() -> None:
    async with db.transaction():
        await jobs.defer(ProbeWork())
        async with db.pool().acquire() as other:
            assert await other.fetchval("SELECT count(*) FROM jobs") == 0
    assert len(await _ids()) == 1


async def test_a_key_waits_once_at_the_earliest_time() -> None:
    later, soon = clock.now() + timedelta(hours=2), clock.now() + timedelta(hours=1)
    for due_at in (later, soon, later):
        await jobs.defer(ProbeWork(), key="k", due_at=due_at)
    await jobs.defer(ProbeWork(), key="other", due_at=later)
    await jobs.defer(ProbeSlow(), key="k", due_at=later)
    await jobs.defer(ProbeWork(), due_at=later)
    rows = await db.fetch("SELECT due_at FROM jobs WHERE name = 'probe_work' AND key = 'k'")
    assert [row["due_at"] for row in rows] == [soon]
    assert len(await _ids()) == 4


async def test_who_joins_a_waiting_job_is_seen_by_it() -> None:
    """The claim waits for the joining transaction's commit: what it wrote cannot be missed."""
    job_id = await _promised(key="k")
    async with db.transaction():
        await jobs.defer(ProbeWork(), key="k")
        claim = asyncio.get_running_loop().create_task(_outside(job_id))
        async with db.pool().acquire() as other:
            while not await other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"):
                await asyncio.sleep(0.005)
        assert not claim.done()
        assert done == []
    assert await claim == "done"
    assert await _ids() == []


async def _outside(job_id: UUID) -> str:
    """Run a job as another process would: not in the caller's transaction."""
    db._transaction.set(None)
    return await jobs.run(job_id)


async def test_a_running_job_is_not_joined() -> None:
    """It may have read already: what comes now waits for itself."""
    job_id = await _promised(key="k")
    await db.execute("UPDATE jobs SET lease_until = now() + interval '1 minute', attempts = 1 WHERE id = $1", job_id)
    await jobs.defer(ProbeWork(number=7), key="k")
    waiting = [each for each in await _ids() if each != job_id]
    assert [await jobs.run(each) for each in waiting] == ["done"]
    assert done == [7]
    assert await jobs.run(job_id) == "skipped"


async def test_a_failure_is_tried_again_later_each_time_until_it_is_parked() -> None:
    job_id = await _promised()
    raised.append(RuntimeError("canary words"))
    for attempt, outcome in enumerate(("retried", "retried", "failed"), start=1):
        assert await jobs.run(job_id) == outcome
        row = await _row(job_id)
        assert (row["attempts"], row["lease_until"]) == (attempt, None)
        assert row["error"].startswith("RuntimeError at test_jobs.py:")
        assert "canary" not in row["error"]
        if outcome == "retried":
            wait = (row["due_at"] - clock.now()).total_seconds()
            assert 0.8 * 2**attempt - 1 <= wait <= 1.2 * 2**attempt
            assert row["sent_at"] is None
    assert (await _row(job_id))["failed_at"] is not None
    assert await jobs.run(job_id) == "skipped"


async def test_retry_later_says_when() -> None:
    job_id = await _promised()
    raised.append(RetryLater(500))
    assert await jobs.run(job_id) == "retried"
    assert 495 < ((await _row(job_id))["due_at"] - clock.now()).total_seconds() <= 500


async def test_what_trying_cannot_mend_fails_at_once() -> None:
    job_id = await _promised()
    raised.append(Hopeless())
    assert await jobs.run(job_id) == "failed"
    assert (await _row(job_id))["attempts"] == 1


async def test_a_problems_own_sentence_is_kept_and_bounded() -> None:
    job_id = await _promised()
    raised.append(NotFound("x" * 5000))
    assert await jobs.run(job_id) == "retried"
    assert (await _row(job_id))["error"].startswith("NotFound: xxx")


async def test_a_job_over_its_time_is_tried_again() -> None:
    await jobs.defer(ProbeSlow())
    [job_id] = await _ids()
    assert await jobs.run(job_id) == "retried"
    assert (await _row(job_id))["error"].startswith("TimeoutError")


@pytest.mark.parametrize("payload", ['{"number": "x"}', '{"number": 1, "more": 2}', "[]"])
async def test_a_payload_of_another_shape_is_parked(payload: str) -> None:
    job_id = await _promised()
    await db.execute("UPDATE jobs SET payload = $1::jsonb", payload)
    assert await jobs.run(job_id) == "failed"
    assert done == []


async def test_an_unknown_job_is_parked_and_seen() -> None:
    job_id = await _promised()
    await db.execute("UPDATE jobs SET name = 'nobody_knows'")
    assert await jobs.run(job_id) == "failed"
    row = await _row(job_id)
    assert (row["error"], row["lease_until"]) == ("no worker knows this job", None)
    assert row["failed_at"] is not None


async def test_a_dead_workers_job_is_taken_up_again() -> None:
    job_id = await _promised()
    await _worker_dies_running(job_id)
    assert await sweep(FakeBroker()) == 1
    assert (await _row(job_id))["sent_at"] is None
    assert await jobs.run(job_id) == "done"


async def test_a_lapsed_lease_can_be_claimed_by_a_redelivery_too() -> None:
    job_id = await _promised()
    await _worker_dies_running(job_id)
    assert await jobs.run(job_id) == "done"


async def test_a_live_lease_is_left_alone() -> None:
    job_id = await _promised()
    await db.execute("UPDATE jobs SET lease_until = now() + interval '10 seconds', sent_at = now() - interval '1 hour', attempts = 1")
    assert await sweep(FakeBroker()) == 0
    assert await jobs.run(job_id) == "skipped"


async def test_a_job_that_kills_its_worker_every_time_ends_failed_and_seen() -> None:
    job_id = await _promised()
    for _ in range(ProbeWork.max_attempts):
        assert (await _row(job_id))["failed_at"] is None
        await _worker_dies_running(job_id)
        await sweep(FakeBroker())
    row = await _row(job_id)
    assert row["failed_at"] is not None
    assert row["error"] == "the worker died while running it"
    assert await jobs.run(job_id) == "skipped"


@pytest.mark.parametrize(("held", "seconds", "again"), [(0, 31, True), (0, 29, False), (5, 31, False), (None, 31, False), (5, 601, True), (None, 601, True)])
async def test_a_lost_message_is_sent_again(held: int | None, seconds: int, again: bool) -> None:
    """Soon when the broker holds nothing; after ten minutes whatever it says."""
    job_id = await _promised()
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
    assert sorted(sent) == await _ids()
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
    job_id = await _promised()
    with pytest.raises(ConnectionError):
        await jobs.Relay(FakeBroker(fails=True))._send_some()
    broker = FakeBroker()
    await jobs.Relay(broker)._send_some()
    assert broker.sent == [job_id]


async def test_a_failed_job_can_be_given_a_fresh_start_or_dropped() -> None:
    first, second = await _promised(), await _promised()
    raised.append(Hopeless())
    assert [await jobs.run(first), await jobs.run(second)] == ["failed", "failed"]
    raised.clear()
    assert [await jobs.retry(first), await jobs.discard(second)] == [True, True]
    assert [await jobs.retry(second), await jobs.discard(first)] == [False, False]
    row = await _row(first)
    assert (row["attempts"], row["failed_at"]) == (0, None)
    assert await jobs.run(first) == "done"
    assert await _ids() == []


async def test_a_failing_keyed_job_leaves_its_work_to_the_one_that_waits() -> None:
    job_id = await _promised(key="k")
    raised.append(RuntimeError())
    await db.execute("UPDATE jobs SET lease_until = now() - interval '1 second' WHERE id = $1", job_id)
    await jobs.defer(ProbeWork(number=5), key="k")
    assert await jobs.run(job_id) == "retried"
    raised.clear()
    [waiting] = await _ids()
    assert waiting != job_id
    assert await jobs.run(waiting) == "done"


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


async def test_a_failed_keyed_job_is_retried_beside_a_waiting_one() -> None:
    job_id = await _promised(key="k")
    raised.append(Hopeless())
    await jobs.run(job_id)
    await jobs.defer(ProbeWork(), key="k")
    assert await jobs.retry(job_id)
    assert len(await _ids()) == 1


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
    job_id = await _promised()
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


def test_two_handlers_for_one_job_are_a_mistake() -> None:
    with pytest.raises(RuntimeError):
        handles(ProbeWork)(work)


def test_a_jobs_name_is_its_classes() -> None:
    assert (ProbeWork.name(), ProbeSlow.name()) == ("probe_work", "probe_slow")
    assert jobs.handled()["probe_work"] is ProbeWork
