"""Counselors' accounts as staff make, change and retire them."""

from __future__ import annotations

from typing import Any

import pytest

from core import db
from domain import presence
from tests.chats import asked, begin, go_by, on_duty, principal, talk
from tests.people import NOBODYS, PASSWORD, World, do_jobs

NEW: dict[str, Any] = {
    "email": "new.counselor@example.org", "password": PASSWORD, "firstName": "Nora", "lastName": "Vale", "licenseNumber": "L-77",
    "specializations": ["Grief"], "languages": ["en", "es"], "role": "supervisor",
}  # fmt: skip


async def test_a_counselor_is_made_and_signs_in(world: World) -> None:
    admin = await world.staff()
    made = await admin.post("/admin/counselors", NEW)
    assert made.status == 201, made.raw
    assert {name: made.json[name] for name in NEW if name not in ("password", "specializations")} == {
        name: NEW[name] for name in NEW if name not in ("password", "specializations")
    }
    assert (made.json["specializations"], made.json["isActive"], made.json["status"]) == (["grief"], True, "offline")
    assert PASSWORD.encode() not in made.raw
    assert "password" not in made.json
    assert (await world.send("POST", "/auth/login", {"email": NEW["email"], "password": PASSWORD, "kind": "counselor"})).status == 200
    assert (await admin.post("/admin/counselors", NEW)).status == 409
    (listed,) = (await admin.get("/admin/counselors")).json["items"]
    assert listed == made.json
    entries = await db.fetch("SELECT actor_id FROM audit_entries WHERE action = 'counselor_added'")
    assert [row["actor_id"] for row in entries] == [admin.uuid]


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"email": "a@b@c"}, {"email"}), ({"password": "short"}, {"password"}), ({"password": "new.counselor 2026"}, {"password"}), ({"firstName": ""}, {"firstName"}), ({"licenseNumber": " "}, {"licenseNumber"}),
        ({"licenseNumber": "x" * 65}, {"licenseNumber"}), ({"languages": []}, {"languages"}), ({"languages": ["english!"]}, {"languages.0"}), ({"specializations": [""]}, {"specializations.0"}),
        ({"role": "admin"}, {"role"}), ({"rating": 5}, {"rating"}), ({"isOnline": True}, {"isOnline"}),
    ],
)  # fmt: skip
async def test_a_wrong_field_is_named(world: World, changes: dict[str, Any], paths: set[str]) -> None:
    admin, cora = await world.staff(), await world.counselor()
    answered = await admin.post("/admin/counselors", {**NEW, **changes})
    assert (answered.status, answered.paths) == (422, paths)
    if "password" not in changes or changes["password"] == "short":
        answered = await admin.put(f"/admin/counselors/{cora.id}", changes)
        assert (answered.status, answered.paths) == (422, paths)
    assert [each["id"] for each in (await admin.get("/admin/counselors")).json["items"]] == [cora.id]


async def test_a_change_of_words_ends_no_session(world: World) -> None:
    admin, cora = await world.staff(), await world.counselor()
    said = {"firstName": "Dora", "specializations": ["Sleep"], "languages": ["es"], "bio": "Listens.", "capacity": 5, "role": "counselor", "licenseNumber": "L-9"}
    changed = await admin.put(f"/admin/counselors/{cora.id}", said)
    assert {name: changed.json[name] for name in said} == {**said, "specializations": ["sleep"]}
    assert (await cora.get("/counselor/profile")).json["firstName"] == "Dora"


@pytest.mark.parametrize("changes", [{"role": "supervisor"}, {"password": "another quiet lake"}, {"isActive": False}], ids=lambda changes: next(iter(changes)))
async def test_another_role_or_password_and_being_closed_end_every_session(world: World, changes: dict[str, Any]) -> None:
    """Threat 7: a token of an old role is none."""
    admin, cora, dora = await world.staff(), await world.counselor(), await world.counselor()
    assert (await admin.put(f"/admin/counselors/{cora.id}", changes)).status == 200
    assert (await cora.get("/counselor/profile")).status == 401
    assert (await world.send("POST", "/auth/refresh", {"refreshToken": cora.tokens["refreshToken"]})).status == 401
    assert (await dora.get("/counselor/profile")).status == 200
    login = {"email": cora.email, "password": changes.get("password", PASSWORD), "kind": "counselor"}
    assert (await world.send("POST", "/auth/login", login)).status == (403 if "isActive" in changes else 200)
    if "isActive" in changes:
        assert (await admin.put(f"/admin/counselors/{cora.id}", {"isActive": True})).json["isActive"] is True
        assert (await world.send("POST", "/auth/login", login)).status == 200


async def test_a_retired_counselors_chats_return_to_the_queue(world: World) -> None:
    person, cora, session = await talk(world)
    admin = await world.staff()
    assert (await admin.delete(f"/admin/counselors/{cora.id}")).status == 204
    assert (await cora.get("/counselor/profile")).status == 401
    row = next(each for each in (await admin.get("/admin/counselors")).json["items"] if each["id"] == cora.id)
    assert (row["isActive"], row["status"]) == (False, "offline")
    await go_by(30)
    assert (await person.get(f"/chat/sessions/{session}")).json["status"] == "active"
    # The API closes the sockets of sessions that ended; then the counselor is as gone as by a lost connection.
    for process in await db.fetch("SELECT process_id FROM presences WHERE principal_id = $1", cora.uuid):
        await presence.go(process["process_id"], "counselor", principal(cora).id)
    await go_by(61)
    shown = (await person.get(f"/chat/sessions/{session}")).json
    assert (shown["status"], shown["counselorId"]) == ("waiting", None)
    dora = await on_duty(world)
    await do_jobs()
    assert (await dora.post(f"/counselor/sessions/{session}/accept")).status == 200
    assert (await dora.get(f"/counselor/sessions/{session}/context")).status == 200


async def test_a_retired_counselor_is_offered_nothing(world: World) -> None:
    admin, cora = await world.staff(), await on_duty(world)
    session = await begin(await world.anonymous())
    await do_jobs()
    assert await asked(session) == {cora.id}
    assert (await admin.delete(f"/admin/counselors/{cora.id}")).status == 204
    await do_jobs()
    assert await asked(session) == set()
    refused = await (await world.anonymous()).post("/chat/sessions", {"topic": "Sleep", "preferredCounselorId": cora.id})
    assert refused.paths == {"preferredCounselorId"}


async def test_retiring_twice_is_retiring_and_audited(world: World) -> None:
    admin, cora = await world.staff(), await world.counselor()
    assert [(await admin.delete(f"/admin/counselors/{cora.id}")).status for _ in range(2)] == [204, 204]
    rows = await db.fetch("SELECT actor_id, subject_id FROM audit_entries WHERE action = 'counselor_retired'")
    assert {(row["actor_id"], row["subject_id"]) for row in rows} == {(admin.uuid, cora.uuid)}


async def test_only_admins_manage_counselors(world: World) -> None:
    admin, cora, user = await world.staff(), await world.counselor(), await world.user()
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/admin/counselors", None), ("POST", "/admin/counselors", NEW), ("PUT", f"/admin/counselors/{cora.id}", {"role": "supervisor"}), ("DELETE", f"/admin/counselors/{cora.id}", None),
    ]  # fmt: skip
    others = [await world.staff("analyst"), cora, await world.counselor(role="supervisor"), user, await world.anonymous()]
    for method, path, body in calls:
        assert [(await other.send(method, path, body)).status for other in others] == [403] * 5
        assert (await world.send(method, path, body)).status == 401
    for missing in (NOBODYS, user.id, admin.id):
        assert (await admin.put(f"/admin/counselors/{missing}", {"isActive": False})).status == 404
        assert (await admin.put(f"/admin/counselors/{missing}", {"password": "another quiet lake"})).status == 404
        assert (await admin.delete(f"/admin/counselors/{missing}")).status == 404
    assert (await cora.get("/counselor/profile")).json["role"] == "counselor"


async def test_counselors_have_pages_newest_first(world: World) -> None:
    admin = await world.staff()
    made = [(await world.counselor()).id for _ in range(3)]
    first = (await admin.get("/admin/counselors?limit=2")).json
    rest = (await admin.get(f"/admin/counselors?limit=2&cursor={first['nextCursor']}")).json
    assert [each["id"] for each in first["items"] + rest["items"]] == made[::-1]
    assert (await admin.get("/admin/counselors?email=x")).status == 422
