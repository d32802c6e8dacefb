"""Another's chat: not found, by whatever route, and nothing of it leaks. Threats 26–30, 77–82."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api.routes import ROUTES
from core import db
from tests.chats import begin, on_duty, talk
from tests.people import NOBODYS, Account, World, do_jobs

BODIES: dict[str, dict[str, Any]] = {
    "POST /chat/sessions/{id}/messages": {"message": "hello"},
    "PUT /chat/sessions/{id}/rate": {"rating": 5},
    "POST /counselor/sessions/{id}/transfer": {"specialization": "anxiety", "note": "x"},
    "POST /counselor/sessions/{id}/priority": {"priority": "low"},
    "POST /counselor/sessions/{id}/notes": {"text": "x"},
}
# Those that need a form have tests of their own; a supervisor may take over any session.
OF_A_SESSION = [route for route in ROUTES if route.path.startswith(("/chat/sessions/{id}", "/counselor/sessions/{id}")) and "attachments" not in route.path and route.roles is None]


async def everything(who: Account, kind: str, session: str) -> dict[str, tuple[int, Any]]:
    """What each route of a session answers to somebody; ids of requests are left out."""
    found = {}
    for route in OF_A_SESSION:
        name = f"{route.method} {route.path}"
        if route.takes is None or kind not in route.takes:
            continue
        answered = await who.send(route.method, route.path.replace("{id}", session), BODIES.get(name))
        found[name] = (answered.status, {**answered.json, "requestId": ""})
    return found


async def stored() -> list[Any]:
    """What a request of a stranger must leave as it is."""
    tables = ("chat_sessions", "chat_messages", "counselor_notes", "chat_offers", "risk_flags", "notifications")
    return [[dict(row) for row in await db.fetch(f"SELECT * FROM {table} ORDER BY 1")] for table in tables]


def test_every_route_of_a_session_is_tried() -> None:
    assert len(OF_A_SESSION) >= 11
    assert {f"{route.method} {route.path}" for route in OF_A_SESSION} >= set(BODIES)


@pytest.mark.parametrize("state", ["waiting", "active", "closed"])
@pytest.mark.parametrize("kind", ["user", "counselor"])
async def test_a_strangers_answers_are_those_for_nothing(world: World, kind: str, state: str) -> None:
    if state == "waiting":
        session = await begin(await world.anonymous())
    else:
        person, _, session = await talk(world)
        if state == "closed":
            await person.post(f"/chat/sessions/{session}/close")
    stranger = await world.user() if kind == "user" else await world.counselor()
    before = await stored()
    answers = await everything(stranger, kind, session)
    if kind == "counselor" and state == "waiting":
        # Any counselor may say how urgent it is for one who waits.
        assert answers.pop("POST /counselor/sessions/{id}/priority")[0] == 200
        before = await stored()
    nowhere = await everything(stranger, kind, NOBODYS)
    assert answers == {name: nowhere[name] for name in answers}
    assert {status for status, _ in answers.values()} <= {404, 409}
    assert {name for name, (status, _) in answers.items() if status == 409} <= {"POST /counselor/sessions/{id}/accept", "POST /counselor/sessions/{id}/decline"}
    assert await stored() == before
    if kind == "counselor":
        refused = await db.fetchval("SELECT count(*) FROM audit_entries WHERE action = 'session_refused' AND actor_id = $1", stranger.uuid)
        assert refused >= 6


async def test_an_offer_opens_nothing_before_it_is_accepted(world: World) -> None:
    counselor = await on_duty(world)
    session = await begin(await world.anonymous(), message="a secret")
    await do_jobs()
    for path in (f"/chat/sessions/{session}", f"/chat/sessions/{session}/messages", f"/counselor/sessions/{session}/notes", f"/counselor/sessions/{session}/context"):
        assert (await counselor.get(path)).status == 404
    assert (await counselor.post(f"/counselor/sessions/{session}/accept")).status == 200
    assert "a secret" in (await counselor.get(f"/chat/sessions/{session}/messages")).raw.decode()


async def test_lists_hold_ones_own_alone(world: World) -> None:
    person, counselor, session = await talk(world)
    other, third = await on_duty(world), await world.user()
    mine = await begin(third)
    assert [each["id"] for each in (await third.get("/chat/sessions")).json["items"]] == [mine]
    assert [each["id"] for each in (await person.get("/chat/sessions")).json["items"]] == [session]
    assert [each["id"] for each in (await counselor.get("/chat/sessions")).json["items"]] == [session]
    assert (await other.get("/chat/sessions")).json["items"] == []
    cursor = (await person.get("/chat/sessions?limit=1")).json["nextCursor"]
    assert cursor is None
    page = (await person.get(f"/chat/sessions/{session}/messages?limit=1&afterSeq=0")).json
    assert page["nextCursor"] is None


async def test_a_cursor_of_another_session_is_refused(world: World) -> None:
    person, counselor, session = await talk(world)
    for n in range(3):
        await person.post(f"/chat/sessions/{session}/messages", {"message": str(n)})
    cursor = (await person.get(f"/chat/sessions/{session}/messages?limit=1")).json["nextCursor"]
    await person.post(f"/chat/sessions/{session}/close")
    second = await begin(person)
    assert (await person.get(f"/chat/sessions/{second}/messages?cursor={cursor}")).paths == {"cursor"}
    assert (await counselor.get(f"/chat/sessions/{session}/messages?cursor={cursor}")).paths == {"cursor"}
    assert (await person.get(f"/chat/sessions/{session}/messages?limit=1&cursor={cursor}")).json["items"][0]["seq"] == 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("", {"topic": "a", "userId": NOBODYS}),
        ("", {"topic": "a", "counselorId": NOBODYS}),
        ("", {"topic": "a", "status": "active", "createdAt": "2020-01-01T00:00:00Z"}),
        ("/{id}/messages", {"message": "a", "senderId": NOBODYS}),
        ("/{id}/messages", {"message": "a", "senderType": "system"}),
        ("/{id}/messages", {"message": "a", "seq": 1, "sentAt": "2020-01-01T00:00:00Z"}),
        ("/{id}/messages", {"message": "a", "messageType": "system"}),
        ("/{id}/messages", {"message": "a", "attachmentUrl": "https://evil.example"}),
        ("/{id}/close", {"rating": 5}),
    ],
)
async def test_what_only_the_server_decides_is_no_field(world: World, path: str, body: dict[str, Any]) -> None:
    person, _, session = await talk(world)
    before = await stored()
    answered = await person.post(f"/chat/sessions{path}".replace("{id}", session), body)
    assert answered.status == 422
    assert answered.paths <= set(body)
    assert await stored() == before


async def test_two_counselors_accept_and_one_has_it(world: World) -> None:
    first, second = await on_duty(world), await on_duty(world)
    session = await begin(await world.anonymous(), "I want to end my life")
    await do_jobs()
    answers = await asyncio.gather(*(each.post(f"/counselor/sessions/{session}/accept") for each in (first, second)))
    assert sorted(answered.status for answered in answers) == [200, 409]
    loser = second if answers[0].status == 200 else first
    assert (await loser.get(f"/chat/sessions/{session}/messages")).status == 404


async def test_the_same_counselor_accepts_twice_and_counts_once(world: World) -> None:
    counselor = await on_duty(world)
    session = await begin(await world.anonymous())
    await do_jobs()
    answers = await asyncio.gather(*(counselor.post(f"/counselor/sessions/{session}/accept") for _ in range(5)))
    assert sorted(answered.status for answered in answers) == [200] + [409] * 4
    assert (await counselor.get("/counselor/profile")).json["totalSessions"] == 1


async def test_a_counselors_token_is_no_persons_and_the_other_way(world: World) -> None:
    person, counselor, session = await talk(world)
    assert (await counselor.post("/chat/sessions", {"topic": "me too"})).status == 403
    assert (await counselor.put(f"/chat/sessions/{session}/rate", {"rating": 5})).status == 403
    staff = await world.staff()
    for route in ROUTES:
        if route.path.startswith("/counselor"):
            path = route.path.replace("{id}", session)
            assert (await person.send(route.method, path, {} if route.method != "GET" else None)).status == 403
            assert (await staff.send(route.method, path, {} if route.method != "GET" else None)).status == 403


async def test_feedback_reaches_no_counselor(world: World) -> None:
    person, counselor, session = await talk(world)
    await person.post(f"/chat/sessions/{session}/close")
    await person.put(f"/chat/sessions/{session}/rate", {"rating": 2, "feedback": "heliotrope"})
    for path in ("/chat/sessions", f"/chat/sessions/{session}", f"/chat/sessions/{session}/messages", "/notifications"):
        assert "heliotrope" not in (await counselor.get(path)).raw.decode()
    await begin(person)
    await counselor.put("/counselor/status", {"status": "available"})
    again = (await counselor.post("/counselor/queue/next")).json["id"]
    assert "heliotrope" not in (await counselor.get(f"/counselor/sessions/{again}/context")).raw.decode()
