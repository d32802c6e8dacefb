"""The second look: promised only while a model is in use, at the cost of one statement; it raises what is there, and lowers nothing."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextvars import ContextVar
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest

from core import clock, db, keys
from domain import moods, second_look, trained
from domain.chat import messages, sessions
from domain.second_look import SecondLook, Where
from tests.chats import alerts, begin, principal, talk
from tests.labelled import model_in_use
from tests.logs import capture_logs
from tests.people import NOBODYS, Account, World

QUIET = "the grey heron calls me"
PLAN = "I want to kill myself tonight"
ORDER = ("low", "medium", "high", "emergency")


@pytest.fixture
async def in_use(world: World) -> AsyncIterator[None]:
    async with model_in_use(b"no worker reads it here"):
        yield


async def promised() -> list[SecondLook]:
    rows = await db.fetch("SELECT payload, queue FROM jobs WHERE name = 'second_look' ORDER BY created_at, id")
    assert {row["queue"] for row in rows} <= {"default"}
    return [msgspec.json.decode(row["payload"], type=SecondLook) for row in rows]


async def read() -> list[tuple[str, str]]:
    """Source and words of all that was promised."""
    return [(each.where.source, each.text) for job in await promised() for each in await second_look.opened(job.texts)]


async def raised() -> list[bool]:
    """Everything promised is found alarming; whether each made a flag."""
    return [await second_look.alarm(each, job.written_at) for job in await promised() for each in await second_look.opened(job.texts)]


async def say(person: Account, session: str, text: str) -> UUID:
    answered = await person.post(f"/chat/sessions/{session}/messages", {"message": text})
    assert answered.status == 201
    return UUID(answered.json["message"]["id"])


async def flags() -> list[tuple[str, UUID, int]]:
    return [tuple(row) for row in await db.fetch("SELECT source, source_id, level FROM risk_flags ORDER BY created_at, id")]


# --- Promised ---------------------------------------------------------------------------------------------------------------------------------


async def test_what_the_lexicon_lets_pass_is_promised(world: World, in_use: None) -> None:
    person, counselor, session = await talk(world)
    assert await read() == [("chat_topic", "I cannot sleep")]
    await say(person, session, QUIET)
    await say(counselor, session, "I am here")
    mood = await person.log_mood(2, note="a note")
    await person.log_mood(3)
    assert await read() == [("chat_topic", "I cannot sleep"), ("chat_message", QUIET), ("mood_note", "a note")]
    await person.put(f"/moods/{mood['id']}", {"mood": 1})
    await person.put(f"/moods/{mood['id']}", {"note": "a note"})
    await person.put(f"/moods/{mood['id']}", {"note": None})
    assert len(await promised()) == 3
    await person.put(f"/moods/{mood['id']}", {"note": "another"})
    assert (await read())[-1] == ("mood_note", "another")
    payloads = str([row["payload"] for row in await db.fetch("SELECT payload FROM jobs")])
    assert not [word for word in ("heron", "sleep", "another") if word in payloads]


async def test_a_first_message_is_promised_beside_its_topic(world: World, in_use: None) -> None:
    await begin(await world.anonymous(), "a topic", message=QUIET)
    assert await read() == [("chat_topic", "a topic"), ("chat_message", QUIET)]
    assert len(await promised()) == 1


async def test_what_the_lexicon_flags_is_not_promised(world: World, in_use: None) -> None:
    person = await world.anonymous()
    session = await begin(person, PLAN, message=QUIET)
    await say(person, session, PLAN)
    mood = await person.log_mood(1, note=PLAN)
    await person.put(f"/moods/{mood['id']}", {"note": f"{PLAN}!"})
    assert (await promised(), len(await flags())) == ([], 4)


async def test_what_is_not_stored_is_not_promised(world: World, in_use: None) -> None:
    person = await world.anonymous()
    session = await begin(person)
    assert (await person.post("/chat/sessions", {"topic": QUIET})).status == 409
    await person.post(f"/chat/sessions/{session}/close")
    assert (await person.post(f"/chat/sessions/{session}/messages", {"message": QUIET})).status == 409
    assert (await person.post("/moods", {"mood": 9, "note": QUIET})).status == 422
    assert await read() == [("chat_topic", "I cannot sleep")]


async def test_without_a_model_nothing_is_promised(world: World) -> None:
    person, _, session = await talk(world)
    await say(person, session, QUIET)
    await person.log_mood(2, note=QUIET)
    assert await promised() == []


async def test_a_process_learns_by_looking(world: World) -> None:
    person = await world.anonymous()
    await person.log_mood(2, note="before")
    async with model_in_use(b""):
        await person.log_mood(2, note="meanwhile")
        await trained.stop("risk")
        await person.log_mood(2, note="not looked again yet")
    await person.log_mood(2, note="after")
    assert [text for _, text in await read()] == ["meanwhile", "not looked again yet"]


async def test_the_watch_survives_a_lost_database_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0

    async def lost() -> None:
        nonlocal looked
        looked += 1
        raise ConnectionError

    monkeypatch.setattr(second_look, "look", lost)
    monkeypatch.setattr(second_look, "LOOK_SECONDS", 0)
    watch = asyncio.create_task(second_look.keep_looking())
    while looked < 3:
        await asyncio.sleep(0)
    watch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await watch


# --- What it costs ----------------------------------------------------------------------------------------------------------------------------

_counted: ContextVar[list[str] | None] = ContextVar("counted", default=None)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Awaitable[Any]], Awaitable[list[str]]]]:
    """Runs something, and returns the statements that it sent; what else the process does meanwhile is not counted."""
    for name in ("fetch", "fetchrow", "fetchval", "execute"):

        def counted(real: Any, sql: str, *args: Any) -> Any:
            statements = _counted.get()
            if statements is not None:
                statements.append(sql)
            return real(sql, *args)

        monkeypatch.setattr(db, name, partial(counted, getattr(db, name)))

    async def count(work: Awaitable[Any]) -> list[str]:
        statements: list[str] = []
        token = _counted.set(statements)
        try:
            async with db.transaction():
                await work
        finally:
            _counted.reset(token)
        return statements

    yield count


@pytest.mark.parametrize("write", ["message", "mood", "topic"])
async def test_without_a_model_it_costs_no_statement_and_with_one_a_single_one(
    world: World, monkeypatch: pytest.MonkeyPatch, counting: Callable[[Awaitable[Any]], Awaitable[list[str]]], write: str
) -> None:
    person, _, session = await talk(world)
    other = [await world.anonymous() for _ in range(4)]

    def work() -> Awaitable[Any]:
        if write == "message":
            return messages.send(principal(person), UUID(session), QUIET)
        if write == "mood":
            return moods.record(person.uuid, mood=2, note=QUIET)
        return sessions.begin(other.pop().uuid, QUIET, message=QUIET)

    await counting(work())
    without = await counting(work())
    with monkeypatch.context() as patch:
        patch.setattr(second_look, "promise", lambda *_: asyncio.sleep(0))
        assert await counting(work()) == without
    async with model_in_use(b""):
        having = await counting(work())
    assert len(without) > 0
    assert len(having) == len(without) + 1
    added = having.copy()
    for statement in without:
        added.remove(statement)
    assert added[0].split()[:3] == ["INSERT", "INTO", "jobs"]


async def test_messages_written_together_are_one_job(world: World, in_use: None, unlimited: None) -> None:
    person, _, session = await talk(world)
    before = len(await promised())
    await asyncio.gather(*(say(person, session, f"{QUIET} {n}") for n in range(20)))
    jobs = (await promised())[before:]
    assert sum(len(each.texts) for each in jobs) == 20
    assert len(jobs) < 20


# --- Raised -----------------------------------------------------------------------------------------------------------------------------------


async def test_it_does_what_the_lexicon_would_have_done(world: World) -> None:
    person, counselor, session = await talk(world)
    async with model_in_use(b""):
        message = await say(person, session, QUIET)
    assert await raised() == [True]
    assert await flags() == [("chat_message", message, 1)]
    assert (await person.get(f"/chat/sessions/{session}")).json["priority"] == "emergency"
    (alert,) = await alerts(counselor)
    assert (alert["data"]["sessionId"], alert["data"]["level"]) == (session, 1)
    assert await db.fetchval("SELECT count(*) FROM jobs WHERE name = 'crisis_unanswered'") == 1
    entry = await db.fetchrow("SELECT * FROM audit_entries WHERE action = 'risk_flagged'")
    assert entry is not None
    assert (entry["actor_kind"], entry["subject_id"], msgspec.json.decode(entry["data"])) == ("system", person.uuid, {"source": "chat_message", "level": 1, "by": "model"})


async def test_the_lexicon_s_flags_are_audited_as_its_own(world: World) -> None:
    await (await world.anonymous()).log_mood(1, note=PLAN)
    assert await db.fetchval("SELECT data->>'by' FROM audit_entries WHERE action = 'risk_flagged'") == "lexicon"


@pytest.mark.parametrize(("priority", "level"), list(itertools.product(ORDER, (None, 1, 4, 6))))
async def test_it_only_raises(world: World, in_use: None, priority: str, level: int | None) -> None:
    person = await world.anonymous()
    session = UUID(await begin(person))
    await db.execute("UPDATE chat_sessions SET priority = $1", priority)
    if level is not None:
        await db.execute("INSERT INTO crises (id, user_id, session_id, level, rounds, opened_at) VALUES ($1, $2, $3, $4, 3, now())", clock.new_id(), person.uuid, session, level)
    before = await db.fetchrow("SELECT version FROM chat_sessions")
    assert await raised() == [True]
    after = await db.fetchrow("SELECT s.priority, s.status, s.version, c.level, c.rounds FROM chat_sessions s, crises c")
    assert before is not None and after is not None
    assert (after["priority"], after["status"]) == ("emergency", "waiting")
    assert ORDER.index(after["priority"]) >= ORDER.index(priority)
    assert after["level"] == max(level or 0, 1)
    assert after["rounds"] == (1 if level is None else 3)
    assert (after["version"] > before["version"]) is (priority != "emergency")


async def test_delivered_again_it_raises_once(world: World, in_use: None) -> None:
    person, counselor, session = await talk(world)
    await say(person, session, QUIET)
    await person.log_mood(1, note=QUIET)
    assert await raised() == [True] * 3
    told = len(await alerts(counselor))
    assert await raised() == [False] * 3
    assert (len(await flags()), len(await alerts(counselor))) == (3, told)


async def test_delivered_twice_at_one_moment_it_raises_once(world: World, in_use: None) -> None:
    person = await world.anonymous()
    await person.log_mood(1, note=QUIET)
    (job,) = await promised()
    (text,) = await second_look.opened(job.texts)
    assert sorted(await asyncio.gather(*(second_look.alarm(text, job.written_at) for _ in range(3)))) == [False, False, True]
    assert len(await flags()) == 1


async def test_a_note_that_is_changed_is_raised_anew(world: World, in_use: None) -> None:
    person = await world.anonymous()
    mood = await person.log_mood(1, note=QUIET)
    assert await raised() == [True]
    await person.put(f"/moods/{mood['id']}", {"note": f"{QUIET}, again"})
    assert await raised() == [False, True]
    assert await flags() == [("mood_note", UUID(mood["id"]), 1)] * 2


async def test_a_chat_that_was_closed_meanwhile_stays_closed_and_the_flag_is_stored(world: World, in_use: None) -> None:
    person, counselor, session = await talk(world)
    await say(person, session, QUIET)
    await person.post(f"/chat/sessions/{session}/close")
    before = await db.fetchrow("SELECT status, priority, version FROM chat_sessions")
    assert await raised() == [True, True]
    assert await db.fetchrow("SELECT status, priority, version FROM chat_sessions") == before
    assert (await alerts(counselor))[0]["data"]["sessionId"] is None


async def test_what_is_deleted_before_or_after_it_was_read_raises_nothing(world: World, in_use: None) -> None:
    person = await world.anonymous()
    mood = await person.log_mood(1, note=QUIET)
    (job,) = await promised()
    (text,) = await second_look.opened(job.texts)
    await person.delete(f"/moods/{mood['id']}")
    assert await second_look.alarm(text, job.written_at) is False
    assert await second_look.opened(job.texts) == []
    assert await flags() == []


async def test_whoever_is_erased_raises_nothing_and_the_others_are_read(world: World, in_use: None) -> None:
    gone, stays = await world.anonymous(), await world.anonymous()
    await gone.log_mood(1, note=QUIET)
    await begin(gone, message=QUIET)
    (job, other) = await promised()
    texts = await second_look.opened(job.texts + other.texts)
    mood = await stays.log_mood(1, note="of another")
    assert (await gone.delete("/users/account", {"confirm": "DELETE"})).status == 204
    assert [await second_look.alarm(each, job.written_at) for each in texts] == [False] * 3
    wheres = [*job.texts, *other.texts, Where("mood_note", UUID(mood["id"])), Where("chat_message", UUID(NOBODYS))]
    assert [each.text for each in await second_look.opened(wheres)] == ["of another"]
    assert await db.fetchval("SELECT count(*) FROM risk_flags") == 0


async def test_whoever_is_erased_in_that_very_moment_raises_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def flag_of(user_id: UUID, crisis_id: UUID) -> None:
        await db.execute("INSERT INTO crises (id, user_id, level, rounds, opened_at) VALUES ($1, $2, 1, 1, now())", crisis_id, user_id)

    person = await world.anonymous()
    mood = await person.log_mood(1, note=QUIET)
    (text,) = await second_look.opened([Where("mood_note", UUID(mood["id"]))])
    monkeypatch.setattr("domain.crisis.flag", lambda *_, **__: flag_of(UUID(NOBODYS), clock.new_id()))
    assert await second_look.alarm(text, clock.now()) is False
    # Another constraint that does not hold is a fault, and is not passed over.
    monkeypatch.setattr("domain.crisis.flag", lambda *_, **__: flag_of(person.uuid, None))  # type: ignore[arg-type]
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await second_look.alarm(text, clock.now())


async def test_a_text_that_cannot_be_opened_is_passed_over(world: World) -> None:
    person = await world.anonymous()
    moods_ = [UUID((await person.log_mood(1, note=f"{QUIET} {n}"))["id"]) for n in range(3)]
    await db.execute("UPDATE mood_entries SET note = set_byte(note, 20, get_byte(note, 20) # 255) WHERE id = $1", moods_[1])
    with capture_logs() as logs:
        assert {each.where.id for each in await second_look.opened([Where("mood_note", id_) for id_ in moods_])} == {moods_[0], moods_[2]}
    assert [(each["event"], each["id"]) for each in logs] == [("second_look.cannot_open", str(moods_[1]))]


async def test_a_key_that_is_destroyed_while_its_text_is_read_is_no_fault(world: World) -> None:
    person = await world.anonymous()
    mood = await person.log_mood(1, note=QUIET)
    await db.execute("DELETE FROM data_keys WHERE owner_id = $1", person.uuid)
    keys.keys().forget(person.uuid)
    with capture_logs() as logs:
        assert await second_look.opened([Where("mood_note", UUID(mood["id"]))]) == []
    assert logs == []


async def test_what_counselors_and_the_system_wrote_is_not_opened(world: World) -> None:
    person, counselor, session = await talk(world)
    await say(counselor, session, QUIET)
    await person.post(f"/chat/sessions/{session}/close")
    rows = await db.fetch("SELECT id, sender_type FROM chat_messages")
    assert {row["sender_type"] for row in rows} == {"counselor", "system"}
    assert await second_look.opened([Where("chat_message", row["id"]) for row in rows]) == []


# --- In use -----------------------------------------------------------------------------------------------------------------------------------


async def test_using_and_stopping_are_audited(world: World) -> None:
    assert await second_look.stop() is False
    first = await second_look.use("risk 1", b"1", data={}, scores={})
    second = await second_look.use("risk 1", b"2", data={}, scores={})
    assert await trained.used_id("risk") == second
    assert await second_look.stop() is True
    assert await trained.used_id("risk") is None
    rows = await db.fetch("SELECT action, data->>'model' AS model FROM audit_entries WHERE action LIKE 'risk_model%' ORDER BY id")
    assert [(row["action"], UUID(row["model"])) for row in rows] == [("risk_model_used", first), ("risk_model_used", second), ("risk_model_stopped", second)]


async def test_a_worse_model_is_kept_beside_the_one_in_use(world: World) -> None:
    used = await second_look.use("risk 1", b"1", data={}, scores={})
    worse = await trained.keep("risk", "risk 1", b"2", data={}, scores={}, use=False, leave=True)
    assert await trained.used_id("risk") == used
    await trained.keep("risk", "risk 1", b"3", data={}, scores={}, use=False)
    assert await trained.used_id("risk") is None
    assert await db.fetchval("SELECT count(*) FROM trained_models WHERE id = ANY($1)", [used, worse]) == 2
