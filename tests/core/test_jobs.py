"""Jobs: promised in a transaction, done at least once, failed for good where nothing helps."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from core import clock, db, jobs
from core.jobs import RetryLater, handles
from core.problem import NotFound
from tests.core.probes import Hopeless, ProbeSlow, ProbeWork, done, ids, promised, raised, row_of, work

pytestmark = pytest.mark.usefixtures("quiet")


async def test_a_done_job_is_gone_and_is_not_done_again() -> None:
    job_id = await promised()
    assert [await jobs.run(job_id), await jobs.run(job_id)] == ["done", "skipped"]
    assert done == [0]
    assert await ids() == []


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
    assert await ids() == []
    assert woken == []


async def test_a_promise_is_not_seen_before_its_commit() -> None:
    async with db.transaction():
        await jobs.defer(ProbeWork())
        async with db.pool().acquire() as other:
            assert await other.fetchval("SELECT count(*) FROM jobs") == 0
    assert len(await ids()) == 1


async def test_a_key_waits_once_at_the_earliest_time() -> None:
    later, soon = clock.now() + timedelta(hours=2), clock.now() + timedelta(hours=1)
    for due_at in (later, soon, later):
        await jobs.defer(ProbeWork(), key="k", due_at=due_at)
    await jobs.defer(ProbeWork(), key="other", due_at=later)
    await jobs.defer(ProbeSlow(), key="k", due_at=later)
    await jobs.defer(ProbeWork(), due_at=later)
    rows = await db.fetch("SELECT due_at FROM jobs WHERE name = 'probe_work' AND key = 'k'")
    assert [row["due_at"] for row in rows] == [soon]
    assert len(await ids()) == 4


async def test_who_joins_a_waiting_job_is_seen_by_it() -> None:
    """The claim waits for the joining transaction's commit: what it wrote cannot be missed."""
    job_id = await promised(key="k")
    async with db.transaction():
        await jobs.defer(ProbeWork(), key="k")
        claim = asyncio.get_running_loop().create_task(_outside(job_id))
        async with db.pool().acquire() as other:
            while not await other.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"):
                await asyncio.sleep(0.005)
        assert not claim.done()
        assert done == []
    assert await claim == "done"
    assert await ids() == []


async def _outside(job_id: UUID) -> str:
    """Run a job as another process would: not in the caller's transaction."""
    db._transaction.set(None)
    return await jobs.run(job_id)


async def test_a_running_job_is_not_joined() -> None:
    """It may have read already: what comes now waits for itself."""
    job_id = await promised(key="k")
    await db.execute("UPDATE jobs SET lease_until = now() + interval '1 minute', attempts = 1 WHERE id = $1", job_id)
    await jobs.defer(ProbeWork(number=7), key="k")
    waiting = [each for each in await ids() if each != job_id]
    assert [await jobs.run(each) for each in waiting] == ["done"]
    assert done == [7]
    assert await jobs.run(job_id) == "skipped"


async def test_a_failure_is_tried_again_later_each_time_until_it_is_parked() -> None:
    job_id = await promised()
    raised.append(RuntimeError("canary words"))
    for attempt, outcome in enumerate(("retried", "retried", "failed"), start=1):
        assert await jobs.run(job_id) == outcome
        row = await row_of(job_id)
        assert (row["attempts"], row["lease_until"]) == (attempt, None)
        assert row["error"].startswith("RuntimeError at probes.py:")
        assert "canary" not in row["error"]
        if outcome == "retried":
            wait = (row["due_at"] - clock.now()).total_seconds()
            assert 0.8 * 2**attempt - 1 <= wait <= 1.2 * 2**attempt
            assert row["sent_at"] is None
    assert (await row_of(job_id))["failed_at"] is not None
    assert await jobs.run(job_id) == "skipped"


async def test_retry_later_says_when() -> None:
    job_id = await promised()
    raised.append(RetryLater(500))
    assert await jobs.run(job_id) == "retried"
    assert 495 < ((await row_of(job_id))["due_at"] - clock.now()).total_seconds() <= 500


async def test_what_trying_cannot_mend_fails_at_once() -> None:
    job_id = await promised()
    raised.append(Hopeless())
    assert await jobs.run(job_id) == "failed"
    assert (await row_of(job_id))["attempts"] == 1


async def test_a_problems_own_sentence_is_kept_and_bounded() -> None:
    job_id = await promised()
    raised.append(NotFound("x" * 5000))
    assert await jobs.run(job_id) == "retried"
    assert (await row_of(job_id))["error"].startswith("NotFound: xxx")


async def test_a_job_over_its_time_is_tried_again() -> None:
    await jobs.defer(ProbeSlow())
    [job_id] = await ids()
    assert await jobs.run(job_id) == "retried"
    assert (await row_of(job_id))["error"].startswith("TimeoutError")


@pytest.mark.parametrize("payload", ['{"number": "x"}', '{"number": 1, "more": 2}', "[]"])
async def test_a_payload_of_another_shape_is_parked(payload: str) -> None:
    job_id = await promised()
    await db.execute("UPDATE jobs SET payload = $1::jsonb", payload)
    assert await jobs.run(job_id) == "failed"
    assert done == []


async def test_an_unknown_job_is_parked_and_seen() -> None:
    job_id = await promised()
    await db.execute("UPDATE jobs SET name = 'nobody_knows'")
    assert await jobs.run(job_id) == "failed"
    row = await row_of(job_id)
    assert (row["error"], row["lease_until"]) == ("no worker knows this job", None)
    assert row["failed_at"] is not None


async def test_a_failed_job_can_be_given_a_fresh_start_or_dropped() -> None:
    first, second = await promised(), await promised()
    raised.append(Hopeless())
    assert [await jobs.run(first), await jobs.run(second)] == ["failed", "failed"]
    raised.clear()
    assert [await jobs.retry(first), await jobs.discard(second)] == [True, True]
    assert [await jobs.retry(second), await jobs.discard(first)] == [False, False]
    row = await row_of(first)
    assert (row["attempts"], row["failed_at"]) == (0, None)
    assert await jobs.run(first) == "done"
    assert await ids() == []


async def test_a_failing_keyed_job_leaves_its_work_to_the_one_that_waits() -> None:
    job_id = await promised(key="k")
    raised.append(RuntimeError())
    await db.execute("UPDATE jobs SET lease_until = now() - interval '1 second' WHERE id = $1", job_id)
    await jobs.defer(ProbeWork(number=5), key="k")
    assert await jobs.run(job_id) == "retried"
    raised.clear()
    [waiting] = await ids()
    assert waiting != job_id
    assert await jobs.run(waiting) == "done"


async def test_a_failed_keyed_job_is_retried_beside_a_waiting_one() -> None:
    job_id = await promised(key="k")
    raised.append(Hopeless())
    await jobs.run(job_id)
    await jobs.defer(ProbeWork(), key="k")
    assert await jobs.retry(job_id)
    assert len(await ids()) == 1


def test_two_handlers_for_one_job_are_a_mistake() -> None:
    with pytest.raises(RuntimeError):
        handles(ProbeWork)(work)


def test_a_jobs_name_is_its_classes() -> None:
    assert (ProbeWork.name(), ProbeSlow.name()) == ("probe_work", "probe_slow")
    assert jobs.handled()["probe_work"] is ProbeWork
