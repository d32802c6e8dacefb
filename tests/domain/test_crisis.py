"""Crises: flagged whatever else is dead, told until somebody takes them up, and not a flood."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import ConnectionError as RedisIsGone

from core import clock, db
from core.settings import parse_rate
from domain import crisis
from tests.chats import alerts, asked, begin, go_by, on_duty, talk
from tests.people import NOBODYS, Account, World, do_jobs
from tests.settings import configure

THOUGHT = "I wish I were dead"
PLAN = "I want to kill myself tonight"


async def levels(person: Account) -> list[int]:
    return [row["level"] for row in await db.fetch("SELECT level FROM risk_flags WHERE user_id = $1 ORDER BY created_at, id", person.uuid)]


async def send(person: Account, session: str, text: str) -> Any:
    return await person.post(f"/chat/sessions/{session}/messages", {"message": text})


async def test_the_thoughts_of_these_tests_differ(world: World) -> None:
    """One is worse than the other, or the tests below say nothing."""
    for text in (THOUGHT, PLAN):
        await begin(person := await world.anonymous(), text)
        assert len(await levels(person)) == 1
    assert await db.fetchval("SELECT count(DISTINCT level) FROM risk_flags") == 2


async def test_those_on_call_are_told_and_after_a_minute_everybody(world: World) -> None:
    on_call, off = await on_duty(world), await world.counselor()
    await begin(await world.anonymous(), PLAN)
    assert [len(await alerts(each)) for each in (on_call, off)] == [1, 0]
    await go_by(55)
    assert [len(await alerts(each)) for each in (on_call, off)] == [1, 0]
    await go_by(6)
    assert [len(await alerts(each)) for each in (on_call, off)] == [2, 1]
    for round_ in range(3, 6):
        await go_by(61)
        assert [len(await alerts(each)) for each in (on_call, off)] == [round_, round_ - 1]
    # Then every ten minutes.
    await go_by(540)
    assert len(await alerts(off)) == 4
    await go_by(61)
    assert len(await alerts(off)) == 5
    seen = (await alerts(off))[0]
    assert (seen["isRead"], seen["data"]["level"] > 0, set(seen["data"])) == (False, True, {"crisisId", "sessionId", "level"})


async def test_with_nobody_on_call_everybody_is_told_at_once(world: World) -> None:
    off = [await world.counselor() for _ in range(2)]
    mood = await (await world.user()).post("/moods", {"mood": 1, "note": PLAN})
    assert mood.status == 201
    assert [len(await alerts(each)) for each in off] == [1, 1]
    assert (await alerts(off[0]))[0]["data"]["sessionId"] is None


async def test_an_alert_says_nothing_of_what_was_written(world: World) -> None:
    counselor = await on_duty(world)
    await begin(await world.anonymous(), f"{PLAN} heliotrope")
    assert "heliotrope" not in str(await alerts(counselor))
    assert "heliotrope" not in str([dict(row) for table in ("crises", "risk_flags", "jobs", "audit_entries") for row in await db.fetch(f"SELECT * FROM {table}")])


async def test_whoever_accepts_takes_it_up(world: World) -> None:
    counselor, off = await on_duty(world), await world.counselor()
    session = await begin(await world.anonymous(), PLAN)
    await do_jobs()
    assert (await counselor.post(f"/counselor/sessions/{session}/accept")).status == 200
    await go_by(3_600)
    assert [len(await alerts(each)) for each in (counselor, off)] == [1, 0]
    assert await db.fetchval("SELECT acknowledged_by FROM crises") == counselor.uuid


async def test_whoever_reads_the_alert_takes_it_up_and_reading_all_is_not_that(world: World) -> None:
    counselor, off = await on_duty(world), await world.counselor()
    await (await world.user()).post("/moods", {"mood": 1, "note": PLAN})
    assert (await counselor.post("/notifications/read-all")).status == 204
    await go_by(61)
    assert [len(await alerts(each)) for each in (counselor, off)] == [2, 1]
    alert = (await alerts(off))[0]["id"]
    assert (await counselor.post(f"/notifications/{alert}/read")).status == 404
    assert await db.fetchval("SELECT acknowledged_at FROM crises") is None
    assert (await off.post(f"/notifications/{alert}/read")).status == 200
    await go_by(3_600)
    assert [len(await alerts(each)) for each in (counselor, off)] == [2, 1]
    assert await db.fetchval("SELECT acknowledged_by FROM crises") == off.uuid
    assert await db.fetchval("SELECT count(*) FROM audit_entries WHERE action = 'crisis_acknowledged' AND actor_id = $1", off.uuid) == 1


async def test_a_flood_is_one_alert(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, limit_messages=parse_rate("off"))
    person, counselor, session = await talk(world)
    other = await on_duty(world)
    answers = await asyncio.gather(*(send(person, session, PLAN) for _ in range(20)))
    assert [answered.status for answered in answers] == [201] * 20
    assert all(answered.json["crisis"]["resources"] for answered in answers)
    assert len(await levels(person)) == 20
    assert await db.fetchval("SELECT count(*) FROM crises") == 1
    assert [len(await alerts(each)) for each in (counselor, other)] == [1, 1]
    # Whose crisis is taken up: what follows soon belongs to it.
    await counselor.post(f"/notifications/{(await alerts(counselor))[0]['id']}/read")
    await send(person, session, PLAN)
    assert [len(await alerts(each)) for each in (counselor, other)] == [1, 1]
    await go_by(16 * 60)
    await send(person, session, PLAN)
    assert await db.fetchval("SELECT count(*) FROM crises") == 2
    assert len(await alerts(other)) == 2


async def test_what_is_worse_is_told_again(world: World) -> None:
    person, counselor, session = await talk(world)
    await send(person, session, THOUGHT)
    await send(person, session, THOUGHT)
    assert len(await alerts(counselor)) == 1
    await send(person, session, PLAN)
    assert len(await alerts(counselor)) == 2
    # However often it is told at once, one job looks after the minute.
    assert await db.fetchval("SELECT count(*) FROM jobs WHERE name = 'crisis_unanswered'") == 1
    await send(person, session, THOUGHT)
    found = await alerts(counselor)
    assert [each["data"]["level"] for each in found] == [max(await levels(person)), min(await levels(person))]
    await counselor.post(f"/notifications/{found[1]['id']}/read")
    assert await db.fetchval("SELECT count(*) FROM crises WHERE acknowledged_at IS NULL") == 0


async def test_what_is_worse_than_what_was_taken_up_is_a_crisis_of_its_own(world: World) -> None:
    person, counselor, session = await talk(world)
    await send(person, session, THOUGHT)
    await counselor.post(f"/notifications/{(await alerts(counselor))[0]['id']}/read")
    await send(person, session, PLAN)
    assert len(await alerts(counselor)) == 2
    assert await db.fetchval("SELECT count(*) FROM crises WHERE acknowledged_at IS NULL") == 1


async def test_a_crisis_that_another_process_opens_at_the_same_moment_is_joined_and_the_worse_is_told(world: World, database_url: str) -> None:
    person, counselor = await world.user(), await on_duty(world)
    beside = await asyncpg.connect(**db.credentials(database_url))
    opening = beside.transaction()
    await opening.start()
    await beside.execute("INSERT INTO crises (id, user_id, level, rounds, opened_at) VALUES ($1, $2, 1, 1, now())", clock.new_id(), person.uuid)
    noting = asyncio.create_task(person.post("/moods", {"mood": 1, "note": PLAN}))
    while not noting.done() and not await beside.fetchval("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)"):
        await asyncio.sleep(0.01)
    await opening.commit()
    await beside.close()
    assert (await noting).status == 201
    assert await db.fetchval("SELECT count(*) FROM crises") == 1
    assert [each["data"]["level"] for each in await alerts(counselor)] == await levels(person)


async def test_risk_raises_and_never_lowers(world: World) -> None:
    person, counselor, session = await talk(world)
    for lower in ("low", "high"):
        await counselor.post(f"/counselor/sessions/{session}/priority", {"priority": lower})
        await send(person, session, "the weather is fine")
        assert (await person.get(f"/chat/sessions/{session}")).json["priority"] == lower
        await send(person, session, THOUGHT)
        assert (await person.get(f"/chat/sessions/{session}")).json["priority"] == "emergency"
    await send(person, session, "the weather is fine")
    assert (await person.get(f"/chat/sessions/{session}")).json["priority"] == "emergency"


async def test_what_a_counselor_writes_is_no_crisis(world: World) -> None:
    _, counselor, session = await talk(world)
    answered = await send(counselor, session, PLAN)
    assert (answered.status, "crisis" in answered.json) == (201, False)
    assert await db.fetchval("SELECT count(*) FROM risk_flags") == 0


async def test_a_mood_note_raises_the_open_chat(world: World) -> None:
    person, counselor = await world.user(), await on_duty(world)
    session = await begin(person)
    await person.post("/moods", {"mood": 1, "note": PLAN})
    await do_jobs()
    assert (await person.get(f"/chat/sessions/{session}")).json["priority"] == "emergency"
    assert await asked(session) == {counselor.id}
    assert (await alerts(counselor))[0]["data"]["sessionId"] == session


async def test_over_the_limit_the_text_is_refused_and_its_risk_is_not(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, limit_messages=parse_rate("2/1s"))
    person, counselor, session = await talk(world)
    answers = [await send(person, session, PLAN) for _ in range(6)]
    assert [answered.status for answered in answers[:2]] == [201, 201]
    refused = [answered for answered in answers if answered.status == 429]
    assert refused
    for answered in refused:
        assert answered.json["crisis"]["resources"]
        assert int(answered.headers["Retry-After"]) > 0
    assert len(await levels(person)) == 6
    assert len(await alerts(counselor)) == 1


async def test_a_flood_over_the_limit_is_not_a_flood_of_rows(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, limit_messages=parse_rate("1/1h"))
    person, _, session = await talk(world)
    answers = [await send(person, session, PLAN) for _ in range(12)]
    assert [answered.status for answered in answers] == [201] + [429] * 11
    assert all(answered.json["crisis"]["resources"] for answered in answers)
    assert len(await levels(person)) == 7
    stranger = await world.anonymous()
    await send(stranger, session, PLAN)
    assert (await send(stranger, session, PLAN)).status == 404
    assert await levels(stranger) == []


@pytest.fixture
def no_redis(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis is gone."""

    async def gone(*_: Any, **__: Any) -> None:
        raise RedisIsGone

    monkeypatch.setattr(Pipeline, "execute", gone)
    monkeypatch.setattr(Redis, "execute_command", gone)


async def test_without_redis_and_workers_the_flag_the_priority_the_alert_and_the_help_are_there(world: World, no_redis: None) -> None:
    counselor, person = await on_duty(world), await world.user(timezone="Europe/Madrid", language="es")
    session = await begin(person)
    answered = await send(person, session, "Quiero suicidarme esta noche")
    assert answered.status == 201
    assert answered.json["crisis"]["resources"][0]["phone"] == "024"
    assert (await person.get(f"/chat/sessions/{session}")).json["priority"] == "emergency"
    assert await levels(person)
    assert len(await alerts(counselor)) == 1
    assert (await counselor.post("/counselor/queue/next")).json["id"] == session


async def test_what_the_workers_missed_is_done_once_they_are_back(world: World) -> None:
    off = await world.counselor()
    counselor = await on_duty(world)
    session = await begin(await world.anonymous(), PLAN)
    assert await asked(session) == set()
    await db.execute("UPDATE jobs SET due_at = due_at - interval '10 minutes' WHERE name = 'crisis_unanswered'")
    await do_jobs()
    assert await asked(session) == {counselor.id}
    assert len(await alerts(off)) == 1


async def test_a_crisis_that_is_not_there_is_not_unanswered(world: World) -> None:
    assert await crisis.unanswered(UUID(NOBODYS)) is False


async def test_a_counselors_answer_takes_it_up(world: World) -> None:
    """Whoever is with the person and answers need not also read the alert: nobody else is alarmed a minute later."""
    person, counselor, session = await talk(world)
    await person.post(f"/chat/sessions/{session}/messages", {"message": "I want to kill myself"})
    open_crisis = await db.fetchval("SELECT id FROM crises WHERE acknowledged_at IS NULL")
    await counselor.post(f"/chat/sessions/{session}/messages", {"message": "I am here with you"})
    assert await db.fetchval("SELECT acknowledged_by FROM crises WHERE id = $1", open_crisis) == counselor.uuid
    assert not await crisis.unanswered(open_crisis)
