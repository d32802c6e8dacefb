"""Counselors at work by REST: profile, duty, transfers, take-overs, notes, context."""

from __future__ import annotations

import asyncio
import json

import pytest

from core import db
from tests.chats import asked, begin, go_by, load, on_duty, talk
from tests.people import NOBODYS, Account, World, do_jobs


async def test_one_changes_what_people_see(world: World) -> None:
    counselor = await world.counselor()
    before = await counselor.get("/counselor/profile")
    changed = await counselor.put("/counselor/profile", {"bio": "Ten years with worries", "languages": ["en", "es"]}, headers={"If-Match": before.headers["ETag"]})
    assert (changed.status, changed.json["bio"], changed.json["languages"], changed.json["firstName"]) == (200, "Ten years with worries", ["en", "es"], "Cora")
    assert (await counselor.put("/counselor/profile", {"bio": "x"}, headers={"If-Match": before.headers["ETag"]})).status == 412
    assert (await counselor.get("/counselor/profile")).json == changed.json


@pytest.mark.parametrize(
    ("path", "body", "paths"),
    [
        ("profile", {"firstName": " "}, {"firstName"}),
        ("profile", {"languages": []}, {"languages"}),
        ("profile", {"role": "supervisor", "isActive": True, "rating": 5, "licenseNumber": "L-2"}, {"role", "isActive", "rating", "licenseNumber"}),
        ("status", {}, {"status"}),
        ("status", {"status": "asleep"}, {"status"}),
        ("status", {"status": "busy", "capacity": 51}, {"capacity"}),
        ("status", {"status": "busy", "capacity": -1}, {"capacity"}),
        ("status", {"status": "busy", "isOnline": True}, {"isOnline"}),
    ],
)
async def test_a_wrong_field_is_named_and_nothing_changes(world: World, path: str, body: dict[str, object], paths: set[str]) -> None:
    counselor = await world.counselor()
    before = (await counselor.get("/counselor/profile")).raw
    answered = await counselor.put(f"/counselor/{path}", body)
    assert (answered.status, answered.paths) == (422, paths)
    assert (await counselor.get("/counselor/profile")).raw == before


async def test_duty_and_places(world: World) -> None:
    counselor = await world.counselor()
    assert (await counselor.post("/counselor/queue/next")).status == 409
    answered = await counselor.put("/counselor/status", {"status": "busy", "capacity": 7})
    assert (answered.json["status"], answered.json["capacity"]) == ("busy", 7)
    assert (await counselor.put("/counselor/status", {"status": "available"})).json["capacity"] == 7
    empty = await counselor.post("/counselor/queue/next")
    assert (empty.status, empty.raw) == (204, b"")
    assert (await counselor.get("/counselor/queue")).json == {"items": [], "nextCursor": None}


# --- Transfers -----------------------------------------------------------------------------------------------------------------------------


async def test_a_transfer_stays_until_it_is_accepted_and_then_switches_at_once(world: World) -> None:
    person, former, session = await talk(world)
    new = await on_duty(world, first_name="Nadia")
    await former.post(f"/counselor/sessions/{session}/notes", {"text": "likes to be called Al"})
    offered = await former.post(f"/counselor/sessions/{session}/transfer", {"counselorId": new.id, "note": "needs a night shift"})
    assert (offered.status, offered.json["counselorId"], offered.json["status"]) == (200, former.id, "active")
    assert await asked(session) == {new.id}
    assert (await former.post(f"/chat/sessions/{session}/messages", {"message": "still with you"})).status == 201
    assert (await new.get(f"/chat/sessions/{session}")).status == 404
    assert (await new.post(f"/chat/sessions/{session}/messages", {"message": "hello"})).status == 404

    taken = await new.post(f"/counselor/sessions/{session}/accept")
    assert (taken.status, taken.json["counselorId"], taken.json["status"]) == (200, new.id, "active")
    for method, path, body in (
        ("GET", f"/chat/sessions/{session}", None), ("GET", f"/chat/sessions/{session}/messages", None), ("POST", f"/chat/sessions/{session}/messages", {"message": "x"}),
        ("POST", f"/chat/sessions/{session}/close", None), ("GET", f"/counselor/sessions/{session}/notes", None), ("POST", f"/counselor/sessions/{session}/notes", {"text": "x"}),
        ("GET", f"/counselor/sessions/{session}/context", None), ("POST", f"/counselor/sessions/{session}/priority", {"priority": "low"}),
        ("POST", f"/counselor/sessions/{session}/transfer", {"counselorId": new.id, "note": "x"}),
    ):  # fmt: skip
        assert (await former.send(method, path, body)).status == 404
    assert (await former.get("/chat/sessions")).json["items"] == []
    context = (await new.get(f"/counselor/sessions/{session}/context")).json
    assert (context["transferNote"], [each["text"] for each in context["notes"]]) == ("needs a night shift", ["likes to be called Al"])
    assert (await person.get(f"/chat/sessions/{session}")).json["counselor"]["firstName"] == "Nadia"
    assert (await person.get(f"/chat/sessions/{session}/messages")).json["items"][-1]["message"].startswith("Nadia")


@pytest.mark.parametrize("how", ["declined", "expired", "offline"])
async def test_a_transfer_that_comes_to_nothing_is_told_to_who_made_it(world: World, how: str) -> None:
    _, former, session = await talk(world)
    new = await on_duty(world)
    await former.post(f"/counselor/sessions/{session}/transfer", {"counselorId": new.id, "note": "x"})
    assert await load(new) == 1
    if how == "declined":
        assert (await new.post(f"/counselor/sessions/{session}/decline")).status == 200
    elif how == "offline":
        await new.put("/counselor/status", {"status": "offline"})
    else:
        await go_by(46)
    await do_jobs()
    told = (await former.get("/notifications")).json["items"]
    assert [(each["kind"], each["data"]["sessionId"]) for each in told] == [("transfer_refused", session)]
    assert (await former.get(f"/chat/sessions/{session}")).json["counselorId"] == former.id
    assert (await new.post(f"/counselor/sessions/{session}/accept")).status == 409
    assert await asked(session) == set()
    assert await load(new) == 0


async def test_a_transfer_by_specialization_finds_who_knows_it_by_any_name(world: World) -> None:
    _, former, session = await talk(world)
    await on_duty(world, specializations=["anxiety"])
    grief = await on_duty(world, specializations=["grief and loss"])
    cbt = await on_duty(world, specializations=["cbt"])
    for wanted, found in (("Bereavement", grief), ("grief", grief), ("CBT", cbt)):
        answered = await former.post(f"/counselor/sessions/{session}/transfer", {"specialization": wanted, "note": "x"})
        assert answered.status == 200, answered.raw
        assert await asked(session) == {found.id}
    nobody = await former.post(f"/counselor/sessions/{session}/transfer", {"specialization": "addiction", "note": "x"})
    assert (nobody.status, nobody.json["code"]) == (409, "nobody_free")
    # What was refused has changed nothing.
    assert await asked(session) == {cbt.id}


async def test_a_transfer_keeps_the_language_however_long_the_chat_has_been(world: World) -> None:
    person, former = await world.anonymous(language="es"), await on_duty(world, languages=["es"])
    session = await begin(person)
    await former.post("/counselor/queue/next")
    await on_duty(world, languages=["en"], specializations=["grief"])
    await db.execute("UPDATE chat_sessions SET queued_at = queued_at - interval '1 hour'")
    body = {"specialization": "grief", "note": "x"}
    assert (await former.post(f"/counselor/sessions/{session}/transfer", body)).json["code"] == "nobody_free"
    spanish = await on_duty(world, languages=["en", "es-MX"], specializations=["grief"])
    assert (await former.post(f"/counselor/sessions/{session}/transfer", body)).status == 200
    assert await asked(session) == {spanish.id}


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({"note": "x"}, {"counselorId"}),
        ({"note": "x", "counselorId": NOBODYS, "specialization": "grief"}, {"counselorId"}),
        ({"counselorId": NOBODYS}, {"note"}),
        ({"note": "x", "counselorId": "nobody"}, {"counselorId"}),
    ],
)
async def test_a_transfer_that_cannot_be_asked_for(world: World, body: dict[str, object], paths: set[str]) -> None:
    _, counselor, session = await talk(world)
    answered = await counselor.post(f"/counselor/sessions/{session}/transfer", body)
    assert (answered.status, answered.paths) == (422, paths)


async def test_to_whom_a_session_cannot_be_handed(world: World) -> None:
    person, counselor, session = await talk(world)
    off, full = await world.counselor(), await on_duty(world, capacity=0)
    url = f"/counselor/sessions/{session}/transfer"
    assert (await counselor.post(url, {"counselorId": counselor.id, "note": "x"})).paths == {"counselorId"}
    for nobody in (off.id, full.id, person.id):
        assert (await counselor.post(url, {"counselorId": nobody, "note": "x"})).json["code"] == "nobody_free"
    assert (await full.post(url, {"counselorId": off.id, "note": "x"})).status == 404
    await person.post(f"/chat/sessions/{session}/close")
    assert (await counselor.post(url, {"counselorId": off.id, "note": "x"})).status == 409


async def test_closing_ends_a_transfer(world: World) -> None:
    person, former, session = await talk(world)
    new = await on_duty(world)
    await former.post(f"/counselor/sessions/{session}/transfer", {"counselorId": new.id, "note": "x"})
    answers = await asyncio.gather(new.post(f"/counselor/sessions/{session}/accept"), person.post(f"/chat/sessions/{session}/close"))
    assert answers[1].status == 200
    assert answers[0].status in (200, 409)
    row = await db.fetchrow("SELECT status, counselor_id FROM chat_sessions")
    assert row is not None
    assert (row["status"], str(row["counselor_id"])) == ("closed", new.id if answers[0].status == 200 else former.id)
    assert await asked(session) == set()


# --- Supervisors ---------------------------------------------------------------------------------------------------------------------------


async def test_a_supervisor_sees_every_live_session_and_watches_without_a_trace_but_the_audit(world: World) -> None:
    person, counselor, session = await talk(world)
    waits = await begin(await world.anonymous())
    done = await begin(over := await world.anonymous())
    await over.post(f"/chat/sessions/{done}/close")
    supervisor = await world.counselor(role="supervisor")
    assert {each["id"] for each in (await supervisor.get("/counselor/sessions")).json["items"]} == {session, waits}
    assert (await counselor.get("/counselor/sessions")).status == 403
    await person.post(f"/chat/sessions/{session}/messages", {"message": "is anybody there"})
    before = (await person.get(f"/chat/sessions/{session}")).raw, (await person.get(f"/chat/sessions/{session}/messages")).raw
    assert (await supervisor.get(f"/chat/sessions/{session}/messages")).json["items"][-1]["message"] == "is anybody there"
    assert ((await person.get(f"/chat/sessions/{session}")).raw, (await person.get(f"/chat/sessions/{session}/messages")).raw) == before
    assert (await supervisor.post(f"/chat/sessions/{session}/messages", {"message": "x"})).status == 404
    assert (await supervisor.post(f"/chat/sessions/{session}/close")).status == 404
    assert (await supervisor.get(f"/chat/sessions/{done}")).status == 404
    seen = [row["action"] for row in await db.fetch("SELECT action FROM audit_entries WHERE actor_id = $1", supervisor.uuid)]
    assert {"live_sessions_listed", "messages_read", "session_refused"} <= set(seen)


async def test_a_supervisor_takes_over(world: World) -> None:
    person, former, session = await talk(world)
    supervisor = await world.counselor(role="supervisor", first_name="Sam")
    assert (await former.post(f"/counselor/sessions/{session}/take-over")).status == 403
    taken = await supervisor.post(f"/counselor/sessions/{session}/take-over")
    assert (taken.status, taken.json["counselorId"], taken.json["status"]) == (200, supervisor.id, "active")
    assert (await former.get(f"/chat/sessions/{session}")).status == 404
    assert (await supervisor.post(f"/chat/sessions/{session}/messages", {"message": "I am here now"})).status == 201
    assert (await supervisor.post(f"/counselor/sessions/{session}/take-over")).status == 409
    assert [each["message"].split()[0] for each in (await person.get(f"/chat/sessions/{session}/messages")).json["items"]] == ["Cora", "Sam", "I"]
    waits = await begin(await world.anonymous())
    offered = await on_duty(world)
    await do_jobs()
    assert await asked(waits)
    assert (await supervisor.post(f"/counselor/sessions/{waits}/take-over")).status == 200
    assert await asked(waits) == set()
    assert (await offered.post(f"/counselor/sessions/{waits}/accept")).status == 409
    await supervisor.post(f"/chat/sessions/{waits}/close")
    assert (await supervisor.post(f"/counselor/sessions/{waits}/take-over")).status in (404, 409)


# --- Priority, notes, context --------------------------------------------------------------------------------------------------------------


async def test_counselors_say_how_urgent_it_is(world: World) -> None:
    person, counselor, session = await talk(world)
    other = await on_duty(world, status="offline")
    first, second = await begin(await world.anonymous()), await begin(await world.anonymous())
    assert (await other.post(f"/counselor/sessions/{second}/priority", {"priority": "emergency"})).json["queue"]["position"] == 1
    assert [each["session"]["id"] for each in (await other.get("/counselor/queue")).json["items"]] == [second, first]
    assert (await other.post(f"/counselor/sessions/{second}/priority", {"priority": "low"})).json["priority"] == "low"
    assert [each["session"]["id"] for each in (await other.get("/counselor/queue")).json["items"]] == [first, second]
    assert (await other.post(f"/counselor/sessions/{session}/priority", {"priority": "low"})).status == 404
    assert (await counselor.post(f"/counselor/sessions/{session}/priority", {"priority": "high"})).json["priority"] == "high"
    assert (await counselor.post(f"/counselor/sessions/{session}/priority", {"priority": "worst"})).paths == {"priority"}
    assert (await person.post(f"/counselor/sessions/{session}/priority", {"priority": "emergency"})).status == 403
    await counselor.post(f"/chat/sessions/{session}/close")
    assert (await counselor.post(f"/counselor/sessions/{session}/priority", {"priority": "low"})).status == 409


async def _everything_a_person_sees(person: Account, session: str) -> str:
    paths = ("/chat/sessions", f"/chat/sessions/{session}", f"/chat/sessions/{session}/messages", "/notifications", "/users/profile", "/users/preferences", "/moods")
    return "".join([(await person.get(path)).raw.decode() for path in paths])


async def test_notes_are_never_shown_to_the_person(world: World) -> None:
    person, counselor, session = await talk(world)
    made = await counselor.post(f"/counselor/sessions/{session}/notes", {"text": "seems heliotrope today"})
    assert (made.status, made.json["text"], made.json["counselorId"]) == (201, "seems heliotrope today", counselor.id)
    for n in range(3):
        await counselor.post(f"/counselor/sessions/{session}/notes", {"text": f"heliotrope {n}"})
    page = (await counselor.get(f"/counselor/sessions/{session}/notes?limit=3")).json
    assert [each["text"] for each in page["items"]] == ["heliotrope 2", "heliotrope 1", "heliotrope 0"]
    rest = (await counselor.get(f"/counselor/sessions/{session}/notes?limit=3&cursor={page['nextCursor']}")).json
    assert ([each["id"] for each in rest["items"]], rest["nextCursor"]) == ([made.json["id"]], None)
    other = await on_duty(world)
    await counselor.post(f"/counselor/sessions/{session}/transfer", {"counselorId": other.id, "note": "heliotrope handover"})
    await other.post(f"/counselor/sessions/{session}/accept")
    await person.post(f"/chat/sessions/{session}/close")
    rated = await person.put(f"/chat/sessions/{session}/rate", {"rating": 5})
    assert "heliotrope" not in await _everything_a_person_sees(person, session) + rated.raw.decode()
    assert (await person.get(f"/counselor/sessions/{session}/notes")).status == 403
    assert (await person.get(f"/counselor/sessions/{session}/context")).status == 403
    stored = str([dict(row) for table in ("counselor_notes", "chat_offers", "audit_entries", "jobs", "notifications") for row in await db.fetch(f"SELECT * FROM {table}")])
    assert "heliotrope" not in stored


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "é" * 4_001}, {"text": "x", "sessionId": "y"}])
async def test_a_note_that_is_none(world: World, body: dict[str, object]) -> None:
    _, counselor, session = await talk(world)
    assert (await counselor.post(f"/counselor/sessions/{session}/notes", body)).status == 422
    assert (await counselor.get(f"/counselor/sessions/{session}/notes")).json["items"] == []


async def test_the_context_says_what_helps(world: World) -> None:
    person, counselor = await world.user(firstName="Ana", timezone="Europe/Madrid"), await on_duty(world)
    earlier = await begin(person, "My exam next week")
    await counselor.post("/counselor/queue/next")
    await counselor.post(f"/counselor/sessions/{earlier}/notes", {"text": "studies law"})
    await counselor.post(f"/chat/sessions/{earlier}/close")
    for mood in (2, 4, 4):
        await person.log_mood(mood)
    session = await begin(person, "I want to kill myself")
    await counselor.post("/counselor/queue/next")
    context = (await counselor.get(f"/counselor/sessions/{session}/context")).json
    assert (context["firstName"], context["timezone"], context["userId"]) == ("Ana", "Europe/Madrid", person.id)
    assert [(each["id"], each["topic"], each["withYou"]) for each in context["earlierSessions"]] == [(earlier, "My exam next week", True)]
    assert context["recentMoods"] == {"count": 3, "average": 3.33, "last": 4}
    assert (context["riskFlags"], [each["text"] for each in context["notes"]], context["transferNote"]) == (1, ["studies law"], None)
    await person.put("/users/preferences", {"privacy": {"insights": False}})
    assert (await counselor.get(f"/counselor/sessions/{session}/context")).json["recentMoods"] is None
    assert await db.fetchval("SELECT count(*) FROM audit_entries WHERE action = 'context_read' AND actor_id = $1 AND subject_id = $2", counselor.uuid, person.uuid) == 2
    assert "Ana" not in json.dumps([row["data"] for row in await db.fetch("SELECT data FROM audit_entries")])


async def test_the_context_ends_with_the_session_and_messages_and_notes_72_hours_later(world: World) -> None:
    person, counselor, session = await talk(world)
    await person.post(f"/chat/sessions/{session}/close")
    assert (await counselor.get(f"/counselor/sessions/{session}/context")).status == 404
    assert (await counselor.post(f"/counselor/sessions/{session}/notes", {"text": "went well"})).status == 201
    await go_by(71.9 * 3600)
    assert (await counselor.get(f"/chat/sessions/{session}/messages")).status == 200
    assert len((await counselor.get(f"/counselor/sessions/{session}/notes")).json["items"]) == 1
    await go_by(0.2 * 3600)
    for path in (f"/chat/sessions/{session}", f"/chat/sessions/{session}/messages", f"/counselor/sessions/{session}/notes", f"/counselor/sessions/{session}/context"):
        assert (await counselor.get(path)).status == 404
    assert (await counselor.post(f"/counselor/sessions/{session}/notes", {"text": "x"})).status == 404
    assert await db.fetchval("SELECT count(*) FROM audit_entries WHERE action = 'session_refused' AND actor_id = $1", counselor.uuid) == 6
