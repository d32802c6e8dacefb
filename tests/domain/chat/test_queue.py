"""From the queue to a counselor: who is asked, for how long, and that nobody gets more, or is left out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

import asyncpg
import pytest

from core import clock, db
from domain import presence
from domain.chat import offering, queue
from tests.chats import asked, begin, go_by, load, on_duty, principal, talk
from tests.people import World, do_jobs

CRISIS = "I want to kill myself tonight"


async def waiting(world: World, topic: str = "I cannot sleep", **about: object) -> str:
    return await begin(await world.anonymous(), topic, **about)


# --- Offers --------------------------------------------------------------------------------------------------------------------------------


async def test_an_offer_lasts_45_seconds_and_then_goes_on(world: World) -> None:
    first, second = await on_duty(world), await on_duty(world)
    session = await waiting(world)
    await do_jobs()
    assert await asked(session) == {first.id}
    await go_by(44)
    assert await asked(session) == {first.id}
    await go_by(2)
    assert await asked(session) == {second.id}
    assert (await first.post(f"/counselor/sessions/{session}/accept")).json["code"] == "offer_expired"
    accepted = await second.post(f"/counselor/sessions/{session}/accept")
    assert (accepted.status, accepted.json["status"], accepted.json["counselorId"]) == (200, "active", second.id)


async def test_a_declined_offer_goes_on_at_once(world: World) -> None:
    first, second = await on_duty(world), await on_duty(world)
    session = await waiting(world)
    await do_jobs()
    assert (await second.post(f"/counselor/sessions/{session}/decline")).json["code"] == "offer_expired"
    assert (await first.post(f"/counselor/sessions/{session}/decline")).status == 200
    assert (await first.post(f"/counselor/sessions/{session}/decline")).status == 409
    await do_jobs()
    assert await asked(session) == {second.id}


async def test_whoever_let_an_offer_pass_is_asked_again_after_two_minutes(world: World) -> None:
    only = await on_duty(world)
    session = await waiting(world)
    await do_jobs()
    await go_by(46)
    assert await asked(session) == set()
    await go_by(110)
    assert await asked(session) == set()
    await go_by(70)
    assert await asked(session) == {only.id}


async def test_whoever_declined_is_asked_again_after_ten_minutes(world: World) -> None:
    only = await on_duty(world)
    session = await waiting(world)
    await do_jobs()
    await go_by(30)
    assert (await only.post(f"/counselor/sessions/{session}/decline")).status == 200
    await do_jobs()
    await go_by(590)
    assert await asked(session) == set()
    await go_by(60)
    assert await asked(session) == {only.id}


async def test_nobody_starves_while_the_only_counselors_let_every_offer_pass(world: World) -> None:
    for _ in range(2):
        await on_duty(world)
    session = await waiting(world)
    await do_jobs()
    gaps, gap = [], 0
    for _ in range(20):
        await go_by(30)
        gap = 0 if await asked(session) else gap + 30
        gaps.append(gap)
    assert max(gaps) <= 150
    assert await db.fetchval("SELECT count(*) FROM chat_offers WHERE status = 'expired'") >= 5


async def test_an_offer_ends_although_its_own_job_is_lost(world: World) -> None:
    first, second = await on_duty(world), await on_duty(world)
    session = await waiting(world)
    await do_jobs()
    await db.execute("DELETE FROM jobs WHERE name = 'offer_ran_out'")
    await go_by(60)
    assert await asked(session) == {second.id} != {first.id}


async def test_an_offer_whose_time_is_over_is_none_although_no_worker_says_so(world: World) -> None:
    counselor, session = await on_duty(world), await waiting(world)
    await do_jobs()
    await db.execute("UPDATE chat_offers SET expires_at = expires_at - interval '46 seconds'")
    assert await queue.live_offers([counselor.uuid]) == []
    for answer in ("accept", "decline"):
        assert (await counselor.post(f"/counselor/sessions/{session}/{answer}")).json["code"] == "offer_expired"


async def test_who_comes_on_duty_is_offered_whoever_waits(world: World) -> None:
    sessions = [await waiting(world) for _ in range(3)]
    await do_jobs()
    assert [await asked(session) for session in sessions] == [set(), set(), set()]
    counselor = await on_duty(world, capacity=2)
    await do_jobs()
    assert [await asked(session) for session in sessions] == [{counselor.id}, {counselor.id}, set()]
    [offered, _] = await queue.live_offers([counselor.uuid])
    assert str(offered[2].session.id) == sessions[0]
    assert 40 < (datetime.fromisoformat(offered[2].expires_at) - clock.now()).total_seconds() <= 45
    assert "places taken" in offered[2].reason


async def test_offline_by_choice_gets_no_offers_and_keeps_sessions(world: World) -> None:
    _, counselor, held = await talk(world)
    offered = await waiting(world)
    await do_jobs()
    assert await asked(offered) == {counselor.id}
    await counselor.put("/counselor/status", {"status": "offline"})
    await do_jobs()
    assert await asked(offered) == set()
    assert (await counselor.post(f"/counselor/sessions/{offered}/accept")).json["code"] == "offer_expired"
    assert (await counselor.get(f"/chat/sessions/{held}")).json["status"] == "active"
    assert (await counselor.post("/counselor/queue/next")).status == 409
    # Going off duty is no answer to the one who waits.
    await counselor.put("/counselor/status", {"status": "busy"})
    await do_jobs()
    assert await asked(offered) == {counselor.id}


# --- Whom ----------------------------------------------------------------------------------------------------------------------------------


async def test_the_same_counselor_as_before(world: World) -> None:
    first, second = await on_duty(world), await on_duty(world)
    person = await world.anonymous()
    for known in (second, first):
        session = await begin(person, preferredCounselorId=known.id)
        await do_jobs()
        assert await asked(session) == {known.id}
        await known.post(f"/counselor/sessions/{session}/accept")
        await person.post(f"/chat/sessions/{session}/close")
    await db.execute("DELETE FROM chat_messages")
    await db.execute("DELETE FROM chat_sessions WHERE counselor_id = $1", first.uuid)
    session = await begin(person)
    await do_jobs()
    assert await asked(session) == {second.id}


async def test_the_topic_finds_its_counselor(world: World) -> None:
    await on_duty(world, specializations=["anxiety"])
    knows = await on_duty(world, specializations=["grief counseling"])
    session = await waiting(world, topic="My mother died and I miss her, the grief does not stop")
    await do_jobs()
    assert await asked(session) == {knows.id}


async def test_another_language_waits_ten_minutes_for_its_own(world: World) -> None:
    english = await on_duty(world, languages=["en"])
    session = await waiting(world, language="es-MX")
    await do_jobs()
    assert await asked(session) == set()
    await go_by(590)
    assert await asked(session) == set()
    await go_by(70)
    assert await asked(session) == {english.id}


# --- Emergencies ---------------------------------------------------------------------------------------------------------------------------


async def test_an_emergency_is_offered_to_all_on_call_and_the_first_one_takes_it(world: World) -> None:
    free, busy, full = await on_duty(world), await on_duty(world, status="busy"), await on_duty(world, capacity=0, languages=["fr"])
    off = await world.counselor()
    session = await waiting(world, CRISIS)
    await do_jobs()
    assert await asked(session) == {free.id, busy.id, full.id}
    late = await on_duty(world)
    await do_jobs()
    assert await asked(session) == {free.id, busy.id, full.id, late.id}
    assert (await off.post(f"/counselor/sessions/{session}/accept")).status == 409
    assert (await full.post(f"/counselor/sessions/{session}/accept")).status == 200
    assert await asked(session) == set()
    assert (await free.post(f"/counselor/sessions/{session}/accept")).json["code"] == "offer_expired"


async def test_an_emergency_everybody_let_pass_is_offered_to_all_again_at_once(world: World) -> None:
    everybody = {(await on_duty(world)).id for _ in range(2)}
    session = await waiting(world, CRISIS)
    await do_jobs()
    await go_by(46)
    assert await asked(session) == everybody


async def test_whoever_declines_an_emergency_is_asked_again_after_a_minute(world: World) -> None:
    only = await on_duty(world)
    session = await waiting(world, CRISIS)
    await do_jobs()
    await only.post(f"/counselor/sessions/{session}/decline")
    await do_jobs()
    await go_by(50)
    assert await asked(session) == set()
    await go_by(60)
    assert await asked(session) == {only.id}


async def test_a_crisis_while_one_is_asked_asks_all_the_others_too(world: World) -> None:
    first, second = await on_duty(world), await on_duty(world)
    person = await world.anonymous()
    session = await begin(person)
    await do_jobs()
    assert await asked(session) == {first.id}
    await person.post(f"/chat/sessions/{session}/messages", {"message": CRISIS})
    await do_jobs()
    assert await asked(session) == {first.id, second.id}
    claimed = await second.post("/counselor/queue/next")
    assert (claimed.status, claimed.json["id"]) == (200, session)


async def test_fifty_counselors_accept_one_offer_at_once(world: World) -> None:
    counselors = [await on_duty(world) for _ in range(50)]
    person = await world.anonymous()
    for _ in range(3):
        session = await begin(person, CRISIS)
        await do_jobs()
        assert len(await asked(session)) == 50
        answers = await asyncio.gather(*(each.post(f"/counselor/sessions/{session}/accept") for each in counselors))
        assert sorted(answered.status for answered in answers) == [200] + [409] * 49
        assert {answered.json["code"] for answered in answers if answered.status == 409} == {"offer_expired"}
        winner = next(each.id for each, answered in zip(counselors, answers, strict=True) if answered.status == 200)
        assert (await person.post(f"/chat/sessions/{session}/close")).json["counselorId"] == winner


# --- Places --------------------------------------------------------------------------------------------------------------------------------


async def test_every_session_is_claimed_once(world: World) -> None:
    counselors = [await on_duty(world) for _ in range(8)]
    sessions = [await waiting(world) for _ in range(5)]
    answers = await asyncio.gather(*(each.post("/counselor/queue/next") for each in counselors))
    assert sorted(answered.status for answered in answers) == [200] * 5 + [204] * 3
    assert sorted(answered.json["id"] for answered in answers if answered.status == 200) == sorted(sessions)


async def test_places_are_never_exceeded_however_sessions_arrive(world: World) -> None:
    counselors = [await on_duty(world, capacity=capacity) for capacity in (1, 2, 3)]
    people = [await world.anonymous() for _ in range(9)]
    for _ in range(4):
        sessions = [await begin(person) for person in people]
        await asyncio.gather(
            *(offering.match_waiting() for _ in range(2)),
            *(each.post("/counselor/queue/next") for each in counselors * 2),
            *(each.post(f"/counselor/sessions/{session}/accept") for each in counselors for session in sessions),
        )
        await do_jobs()
        assert [await load(each) for each in counselors] == [1, 2, 3]
        await asyncio.gather(*(each.post(f"/counselor/sessions/{session}/accept") for each in counselors for session in sessions))
        held = await db.fetch("SELECT counselor_id, count(*) AS n FROM chat_sessions WHERE status = 'active' GROUP BY 1")
        assert {str(row["counselor_id"]): row["n"] for row in held} == {each.id: n for n, each in enumerate(counselors, start=1)}
        await asyncio.gather(*(person.post(f"/chat/sessions/{session}/close") for person, session in zip(people, sessions, strict=True)))


async def test_what_is_offered_to_another_is_not_for_claiming(world: World) -> None:
    first, second = await on_duty(world, capacity=1), await on_duty(world)
    session = await waiting(world)
    await do_jobs()
    assert await asked(session) == {first.id}
    assert (await second.post("/counselor/queue/next")).status == 204
    # The place that the offer holds is for that session.
    assert (await first.post("/counselor/queue/next")).json["id"] == session
    full = await first.post("/counselor/queue/next")
    assert (full.status, full.json["code"]) == (409, "no_capacity")


async def test_a_place_held_by_an_offer_is_for_the_offered_session_alone(world: World) -> None:
    counselor = await on_duty(world, capacity=1)
    offered = await waiting(world)
    await do_jobs()
    urgent = await waiting(world, priority="high")
    assert (await counselor.post("/counselor/queue/next")).json["id"] == offered
    assert await load(counselor) == 1
    assert await asked(urgent) == set()


async def test_an_emergency_comes_before_what_holds_the_last_place(world: World) -> None:
    counselor = await on_duty(world, capacity=1)
    offered = await waiting(world)
    await do_jobs()
    assert await asked(offered) == {counselor.id}
    urgent = await waiting(world, message="I want to kill myself tonight")
    await do_jobs()
    assert [each["session"]["id"] for each in (await counselor.get("/counselor/queue")).json["items"]] == [urgent, offered]
    assert (await counselor.post("/counselor/queue/next")).json["id"] == urgent


async def test_whose_time_ran_out_is_for_claiming_although_no_worker_says_so(world: World) -> None:
    first, second = await on_duty(world), await on_duty(world)
    session = await waiting(world)
    await do_jobs()
    assert await asked(session) == {first.id}
    await db.execute("UPDATE chat_offers SET expires_at = expires_at - interval '46 seconds'")
    assert (await second.post("/counselor/queue/next")).json["id"] == session


@pytest.fixture
async def beside(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of another process."""
    connection = await asyncpg.connect(**db.credentials(database_url))
    yield connection
    await connection.close()


async def test_a_claim_waits_for_whoever_writes_in_the_session(world: World, beside: asyncpg.Connection) -> None:
    counselor, session = await on_duty(world), await waiting(world)
    writing = beside.transaction()
    await writing.start()
    await beside.execute("SELECT 1 FROM chat_sessions WHERE id = $1 FOR UPDATE", UUID(session))
    claiming = asyncio.create_task(counselor.post("/counselor/queue/next"))
    while not claiming.done() and not await beside.fetchval("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)"):
        await asyncio.sleep(0.01)
    await writing.commit()
    assert (await claiming).json["id"] == session


# --- A counselor who is gone ---------------------------------------------------------------------------------------------------------------


async def test_sessions_of_a_counselor_who_is_gone_go_to_the_front_and_their_people_are_told(world: World) -> None:
    person, counselor, session = await talk(world, connected=False)
    offered = await waiting(world, priority="high")
    await do_jobs()
    assert await asked(offered) == {counselor.id}
    await presence.beat(process := clock.new_id())
    await presence.come(process, principal(counselor))
    await go_by(300)
    assert (await person.get(f"/chat/sessions/{session}")).json["status"] == "active"
    await presence.go(process, "counselor", counselor.uuid)
    await go_by(58)
    assert (await person.get(f"/chat/sessions/{session}")).json["status"] == "active"
    await go_by(4)
    seen = (await person.get(f"/chat/sessions/{session}")).json
    assert (seen["status"], seen["counselorId"], seen["queue"]["position"]) == ("waiting", None, 1)
    last = (await person.get(f"/chat/sessions/{session}/messages")).json["items"][-1]
    assert (last["senderType"], last["senderId"], last["seq"]) == ("system", None, seen["lastSeq"])
    assert [each["data"]["sessionId"] for each in (await person.get("/notifications")).json["items"]] == [session]
    assert (await counselor.get("/counselor/profile")).json["status"] == "offline"
    assert (await counselor.get(f"/chat/sessions/{session}")).status == 404
    assert await load(counselor) == 0


async def test_sessions_of_who_is_gone_return_although_the_job_that_looks_is_lost(world: World) -> None:
    person, counselor, session = await talk(world, connected=False)
    await db.execute("DELETE FROM jobs WHERE name = 'counselor_gone'")
    await go_by(61)
    assert (await person.get(f"/chat/sessions/{session}")).json["status"] == "waiting"
    assert (await counselor.get("/counselor/profile")).json["status"] == "offline"


async def test_a_shorter_drop_changes_nothing(world: World) -> None:
    person, counselor, session = await talk(world, connected=False)
    await presence.beat(process := clock.new_id())
    await presence.come(process, principal(counselor))
    for _ in range(3):
        await presence.go(process, "counselor", counselor.uuid)
        await go_by(50)
        await presence.come(process, principal(counselor))
        await go_by(50)
    assert (await person.get(f"/chat/sessions/{session}")).json["counselorId"] == counselor.id
    assert (await counselor.get("/counselor/profile")).json["status"] == "available"
    assert len((await person.get(f"/chat/sessions/{session}/messages")).json["items"]) == 1


async def test_without_any_socket_a_counselor_is_gone_a_minute_after_what_they_did_last(world: World) -> None:
    person, counselor, session = await talk(world, connected=False)
    await go_by(55)
    await counselor.put("/counselor/status", {"status": "available"})
    await go_by(55)
    assert (await person.get(f"/chat/sessions/{session}")).json["status"] == "active"
    await go_by(6)
    assert (await person.get(f"/chat/sessions/{session}")).json["status"] == "waiting"


async def test_a_transfer_to_somebody_who_is_gone_comes_back(world: World) -> None:
    _, counselor, session = await talk(world, connected=False)
    await presence.beat(process := clock.new_id())
    await presence.come(process, principal(counselor))
    other = await on_duty(world, connected=False)
    await go_by(30)
    await counselor.post(f"/counselor/sessions/{session}/transfer", {"counselorId": other.id, "note": "x"})
    await go_by(31)
    told = (await counselor.get("/notifications")).json["items"]
    assert [each["kind"] for each in told] == ["transfer_refused"]
    assert (await counselor.get(f"/chat/sessions/{session}")).json["counselorId"] == counselor.id


async def test_who_comes_back_in_time_keeps_the_sessions_and_who_has_none_goes_off_duty(world: World) -> None:
    counselor = await on_duty(world, connected=False)
    await go_by(61)
    assert (await counselor.get("/counselor/profile")).json["status"] == "offline"
    session = await waiting(world)
    await do_jobs()
    assert await asked(session) == set()
