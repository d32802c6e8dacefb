"""What staff do about people's accounts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core import db, passwords
from tests.people import NOBODYS, Account, World


async def test_an_admin_gives_and_takes_premium(world: World) -> None:
    admin, ana = await world.staff(), await world.user()
    given = await admin.put(f"/admin/users/{ana.id}", {"isPremium": True})
    assert (given.status, given.json) == (200, {"id": ana.id, "isPremium": True, "isBanned": False})
    assert (await ana.get("/users/profile")).json["isPremium"] is True
    assert (await admin.put(f"/admin/users/{ana.id}", {})).json["isPremium"] is True
    refused = await admin.put(f"/admin/users/{ana.id}", {"isPremium": None, "isBanned": 0})
    assert (refused.status, refused.paths) == (422, {"isPremium", "isBanned"})
    assert (await admin.put(f"/admin/users/{ana.id}", {"isPremium": False})).json["isPremium"] is False
    assert (await ana.get("/users/profile")).json["isPremium"] is False
    entries = await db.fetch("SELECT actor_id, subject_id, data FROM audit_entries WHERE action = 'standing_set' ORDER BY id")
    assert [(row["actor_id"], row["subject_id"], json.loads(row["data"])) for row in entries] == [
        (admin.uuid, ana.uuid, data) for data in ({"is_premium": True}, {}, {"is_premium": False})
    ]


@pytest.mark.parametrize("who", ["user", "anonymous"])
async def test_closing_an_account_ends_every_session_and_opening_it_lets_its_owner_sign_in(world: World, who: str) -> None:
    admin, bob = await world.staff(), await world.user()
    ana: Account = await getattr(world, who)()
    closed = await admin.put(f"/admin/users/{ana.id}", {"isBanned": True})
    assert (closed.status, closed.json) == (200, {"id": ana.id, "isPremium": False, "isBanned": True})
    assert (await ana.get("/users/profile")).status == 401
    assert (await world.send("POST", "/auth/refresh", {"refreshToken": ana.tokens["refreshToken"]})).status == 401
    assert (await bob.get("/users/profile")).status == 200
    assert await db.fetchval("SELECT count(*) FROM auth_sessions WHERE principal_id = $1 AND revoked_at IS NULL", ana.uuid) == 0
    login = {"email": ana.email or "nobody@example.org", "password": ana.password or "a quiet green lake"}
    assert (await world.send("POST", "/auth/login", login)).status == (403 if ana.email else 401)
    assert (await admin.put(f"/admin/users/{ana.id}", {"isBanned": False})).json["isBanned"] is False
    assert (await ana.get("/users/profile")).status == 401
    assert (await world.send("POST", "/auth/login", login)).status == (200 if ana.email else 401)


async def test_a_sign_in_under_way_when_the_account_is_closed_opens_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    admin, ana = await world.staff(), await world.user()
    real = passwords.PasswordHasher.verify

    async def closed_meanwhile(self: passwords.PasswordHasher, password: str, hashed: str | None) -> bool:
        matches = await real(self, password, hashed)
        assert (await admin.put(f"/admin/users/{ana.id}", {"isBanned": True})).status == 200
        return matches

    monkeypatch.setattr(passwords.PasswordHasher, "verify", closed_meanwhile)
    assert (await world.send("POST", "/auth/login", {"email": ana.email, "password": ana.password})).json["code"] == "forbidden"
    assert await db.fetchval("SELECT count(*) FROM auth_sessions WHERE principal_id = $1 AND revoked_at IS NULL", ana.uuid) == 0


async def test_somebody_closed_who_refreshes_is_no_thief(world: World) -> None:
    """However the account was closed: the session ends, and the trail tells it from a copied token."""
    ana = await world.user()
    await db.execute("UPDATE users SET is_banned = true WHERE id = $1", ana.uuid)
    assert (await world.send("POST", "/auth/refresh", {"refreshToken": ana.tokens["refreshToken"]})).status == 401
    assert (await ana.get("/users/profile")).status == 401
    actions = [row["action"] for row in await db.fetch("SELECT action FROM audit_entries WHERE actor_id = $1", ana.uuid)]
    assert actions.count("refused_banned") == 1
    assert "refresh_replayed" not in actions


async def test_only_admins_decide(world: World) -> None:
    ana = await world.user()
    for other in (await world.staff("analyst"), await world.counselor(), await world.user(), ana, await world.anonymous()):
        assert (await other.put(f"/admin/users/{ana.id}", {"isPremium": True})).status == 403
    assert (await world.send("PUT", f"/admin/users/{ana.id}", {"isPremium": True})).status == 401
    assert (await ana.get("/users/profile")).json["isPremium"] is False


async def test_nobody_and_those_who_are_no_users_are_not_found(world: World) -> None:
    admin = await world.staff()
    for missing in (NOBODYS, admin.id):
        answered = await admin.put(f"/admin/users/{missing}", {"isBanned": True})
        assert (answered.status, answered.json["code"]) == (404, "not_found")
    assert (await admin.get("/auth/sessions")).status == 200
    assert await db.fetchval("SELECT count(*) FROM audit_entries WHERE action = 'standing_set'") == 0


@pytest.mark.parametrize(("body", "paths"), [({"isPremium": 1}, {"isPremium"}), ({"isBanned": "yes"}, {"isBanned"}), ({"isPremium": True, "role": "admin"}, {"role"})])
async def test_a_wrong_field_is_named_and_nothing_changes(world: World, body: Any, paths: set[str]) -> None:
    admin, ana = await world.staff(), await world.user()
    answered = await admin.put(f"/admin/users/{ana.id}", body)
    assert (answered.status, answered.paths) == (422, paths)
    assert (await ana.get("/users/profile")).json["isPremium"] is False
