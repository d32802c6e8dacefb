"""Chat by REST: sessions, messages, closing, rating; each side sees its own."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core import db
from tests.people import NOBODYS, Account, World, do_jobs


async def begin(person: Account, topic: str = "I cannot sleep", **about: Any) -> dict[str, Any]:
    answered = await person.post("/chat/sessions", {"topic": topic, **about})
    assert answered.status == 201, answered.raw
    found: dict[str, Any] = answered.json
    return found


async def talk(world: World) -> tuple[Account, Account, str]:
    """A person and a counselor in an active session."""
    person, counselor = await world.anonymous(), await world.counselor()
    session = await begin(person)
    await counselor.put("/counselor/status", {"status": "available"})
    answered = await counselor.post("/counselor/queue/next")
    assert answered.status == 200, answered.raw
    return person, counselor, str(session["id"])


async def test_a_session_waits_with_its_place(world: World) -> None:
    first, second = await world.user(firstName="Ana", language="es"), await world.anonymous()
    session = await begin(first, message="Hola")
    assert session["status"] == "waiting"
    assert session["queue"]["position"] == 1
    assert session["language"] == "es"
    assert session["lastSeq"] == 1
    assert (await begin(second))["queue"]["position"] == 2
    assert (await begin(await world.anonymous(), priority="high"))["queue"]["position"] == 1
    assert (await first.get(f"/chat/sessions/{session['id']}")).json["queue"]["position"] == 2


async def test_one_open_session_a_person(world: World) -> None:
    person = await world.anonymous()
    answers = await asyncio.gather(*(person.post("/chat/sessions", {"topic": "sleep"}) for _ in range(10)))
    assert sorted(answered.status for answered in answers) == [201, *[409] * 9]
    made = next(answered.json["id"] for answered in answers if answered.status == 201)
    assert {answered.json["sessionId"] for answered in answers if answered.status == 409} == {made}


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, {"topic"}),
        ({"topic": "  "}, {"topic"}),
        ({"topic": "é" * 101}, {"topic"}),
        ({"topic": "a", "priority": "emergency"}, {"priority"}),
        ({"topic": "a", "userId": "x", "status": "active"}, {"userId", "status"}),
        ({"topic": "a", "preferredCounselorId": NOBODYS}, {"preferredCounselorId"}),
    ],
)
async def test_a_session_that_cannot_be_asked_for(world: World, body: dict[str, object], paths: set[str]) -> None:
    person = await world.anonymous()
    answered = await person.post("/chat/sessions", body)
    assert (answered.status, answered.paths) == (422, paths)
    assert (await person.get("/chat/sessions")).json["items"] == []


async def test_messages_are_numbered_and_shown_to_both(world: World) -> None:
    person, counselor, session = await talk(world)
    sent = [await each.post(f"/chat/sessions/{session}/messages", {"message": f"hello {n}", "clientId": f"c{n}"}) for n, each in enumerate([person, counselor, person])]
    assert [answered.status for answered in sent] == [201, 201, 201]
    mine = (await person.get(f"/chat/sessions/{session}/messages?limit=100")).json["items"]
    assert [message["seq"] for message in mine] == [1, 2, 3, 4]
    assert [message["senderType"] for message in mine] == ["system", "user", "counselor", "user"]
    assert mine[0]["message"] == "Cora joined the chat."
    theirs = (await counselor.get(f"/chat/sessions/{session}/messages?limit=100")).json["items"]
    assert theirs == mine
    assert (await person.get(f"/chat/sessions/{session}")).json["unread"] == 2
    assert (await counselor.get(f"/chat/sessions/{session}")).json["unread"] == 2


async def test_the_same_client_id_is_the_first_message_again(world: World) -> None:
    person, _, session = await talk(world)
    answers = await asyncio.gather(*(person.post(f"/chat/sessions/{session}/messages", {"message": f"take {n}", "clientId": "once"}) for n in range(20)))
    assert sorted(answered.status for answered in answers) == [200] * 19 + [201]
    assert len({answered.json["message"]["id"] for answered in answers}) == 1
    assert (await person.get(f"/chat/sessions/{session}")).json["lastSeq"] == 2


async def test_pages_of_messages(world: World) -> None:
    person, _, session = await talk(world)
    for n in range(6):
        await person.post(f"/chat/sessions/{session}/messages", {"message": f"{n}"})
    url = f"/chat/sessions/{session}/messages"

    async def seqs(query: str) -> tuple[list[int], str | None]:
        answered = (await person.get(f"{url}?{query}")).json
        return [message["seq"] for message in answered["items"]], answered["nextCursor"]

    assert await seqs("afterSeq=5") == ([6, 7], None)
    assert await seqs("beforeSeq=3&limit=5") == ([1, 2], None)
    found, cursor = await seqs("limit=3")
    assert (found, (await seqs(f"limit=3&cursor={cursor}"))[0]) == ([1, 2, 3], [4, 5, 6])
    found, cursor = await seqs("beforeSeq=8&limit=3")
    assert (found, (await seqs(f"beforeSeq=8&limit=3&cursor={cursor}"))[0]) == ([5, 6, 7], [2, 3, 4])
    assert (await person.get(f"{url}?cursor=abcd")).status == 422
    assert (await person.get(f"{url}?afterSeq=1&beforeSeq=3")).status == 422
    assert (await person.get(f"{url}?afterSeq=-1")).status == 422


async def test_closing_from_either_side_once(world: World) -> None:
    person, counselor, session = await talk(world)
    closed = await counselor.post(f"/chat/sessions/{session}/close")
    assert (closed.status, closed.json["status"]) == (200, "closed")
    assert (await counselor.post(f"/chat/sessions/{session}/close")).raw == closed.raw
    assert (await person.post(f"/chat/sessions/{session}/messages", {"message": "late"})).status == 409
    assert (await person.get(f"/chat/sessions/{session}/messages")).json["items"][-1]["message"] == "This chat has ended."
    await begin(person)


async def test_rating_once_after_the_end(world: World) -> None:
    person, counselor, session = await talk(world)
    url = f"/chat/sessions/{session}/rate"
    assert (await person.put(url, {"rating": 5})).status == 409
    await person.post(f"/chat/sessions/{session}/close")
    answers = await asyncio.gather(*(person.put(url, {"rating": 1, "feedback": "kind words"}) for _ in range(10)))
    assert sorted(answered.status for answered in answers) == [200] + [409] * 9
    rated = next(answered for answered in answers if answered.status == 200).json
    assert (rated["rating"], rated["feedback"]) == (1, "kind words")
    # (1 + 5 * 4.3) / 6
    assert (rated["counselor"]["rating"], rated["counselor"]["ratingCount"]) == (3.75, 1)
    assert (await counselor.get(f"/chat/sessions/{session}")).json["feedback"] is None
    assert (await counselor.put(url, {"rating": 5})).status == 403
    assert (await (await world.anonymous()).put(url, {"rating": 5})).status == 404


async def test_strangers_find_nothing(world: World) -> None:
    _, _, session = await talk(world)
    for stranger in (await world.anonymous(), await world.counselor()):
        for method, path, body in (
            ("GET", "", None), ("GET", "/messages", None), ("POST", "/messages", {"message": "x"}), ("POST", "/close", None),
        ):  # fmt: skip
            there = await stranger.send(method, f"/chat/sessions/{session}{path}", body)
            nowhere = await stranger.send(method, f"/chat/sessions/{NOBODYS}{path}", body)
            assert there.status == nowhere.status == 404
            assert {**there.json, "requestId": ""} == {**nowhere.json, "requestId": ""}
    assert await db.fetchval("SELECT count(*) FROM audit_entries WHERE action = 'session_refused'") == 4


async def test_a_counselor_looks_back_for_72_hours(world: World) -> None:
    person, counselor, session = await talk(world)
    await person.post(f"/chat/sessions/{session}/close")
    assert (await counselor.get(f"/chat/sessions/{session}/messages")).status == 200
    assert len((await counselor.get("/chat/sessions")).json["items"]) == 1
    await db.execute("UPDATE chat_sessions SET ended_at = ended_at - interval '73 hours'")
    assert (await counselor.get(f"/chat/sessions/{session}/messages")).status == 404
    assert (await counselor.get(f"/counselor/sessions/{session}/context")).status == 404
    assert (await counselor.get("/chat/sessions")).json["items"] == []
    assert (await person.get(f"/chat/sessions/{session}/messages")).status == 200


async def test_whoever_follows_nowhere_is_notified_once_until_they_read(world: World) -> None:
    person, counselor, session = await talk(world)
    for n in range(3):
        await counselor.post(f"/chat/sessions/{session}/messages", {"message": f"are you there? {n}"})
    told = (await person.get("/notifications")).json["items"]
    assert [(each["kind"], each["data"]["sessionId"]) for each in told] == [("chat_message", session)]
    assert "are you there" not in str(told)


async def test_a_crisis_text_is_flagged_in_whatever_state(world: World) -> None:
    person, counselor, session = await talk(world)
    crisis = {"message": "I want to kill myself tonight"}
    answered = await person.post(f"/chat/sessions/{session}/messages", crisis)
    assert answered.status == 201
    assert answered.json["crisis"]["resources"]
    assert (await person.get(f"/chat/sessions/{session}")).json["priority"] == "emergency"
    alerts = [each for each in (await counselor.get("/notifications")).json["items"] if each["kind"] == "crisis"]
    assert len(alerts) == 1
    await person.post(f"/chat/sessions/{session}/close")
    refused = await person.post(f"/chat/sessions/{session}/messages", crisis)
    assert refused.status == 409
    assert refused.json["crisis"]["resources"]
    assert await db.fetchval("SELECT count(*) FROM risk_flags") == 2


async def test_a_topic_or_note_in_crisis(world: World) -> None:
    person, counselor = await world.user(), await world.counselor()
    session = await begin(person, topic="I am going to end my life")
    assert session["priority"] == "emergency"
    assert session["crisis"]["resources"]
    again = await person.post("/chat/sessions", {"topic": "I want to die"})
    assert (again.status, bool(again.json["crisis"]["resources"])) == (409, True)
    other = await world.user()
    mood = await other.post("/moods", {"mood": 1, "note": "I want to kill myself"})
    assert mood.json["crisis"]["resources"]
    fine = await other.log_mood(4, note="a walk")
    assert "crisis" not in fine
    changed = await other.put(f"/moods/{fine['id']}", {"note": "I want to kill myself"})
    assert changed.json["crisis"]["resources"]
    await do_jobs()
    alerts = [each for each in (await counselor.get("/notifications")).json["items"] if each["kind"] == "crisis"]
    assert len(alerts) == 2


async def test_a_flag_outlives_the_refusal_of_a_request_that_is_done_once(world: World) -> None:
    """An Idempotency-Key puts the whole request in one transaction, and a refusal undoes that; the flag stays."""
    person, _, session = await talk(world)
    await person.post(f"/chat/sessions/{session}/close")
    crisis = {"message": "I want to kill myself tonight"}
    for attempt in (1, 2):
        refused = await person.post(f"/chat/sessions/{session}/messages", crisis, headers={"Idempotency-Key": "once"})
        assert (refused.status, bool(refused.json["crisis"]["resources"])) == (409, True)
        assert await db.fetchval("SELECT count(*) FROM risk_flags") == attempt
    await begin(person)
    refused = await person.post("/chat/sessions", {"topic": "I want to die"}, headers={"Idempotency-Key": "again"})
    assert (refused.status, bool(refused.json["crisis"]["resources"])) == (409, True)
    assert await db.fetchval("SELECT count(*) FROM risk_flags") == 3
    # Another refusal keeps nothing.
    refused = await person.post("/chat/sessions", {"topic": "sleep"}, headers={"Idempotency-Key": "third"})
    assert refused.status == 409
    assert await db.fetchval("SELECT count(*) FROM idempotency_keys") == 0
