"""Refresh tokens: each good once, a lost answer forgiven, a copied one noticed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from core import clock, db
from core.settings import parse_rate
from domain import sign_in
from tests.people import Account, Answered, World
from tests.settings import configure


async def refresh(world: World, token: str) -> Answered:
    return await world.send("POST", "/auth/refresh", {"refreshToken": token})


async def works(world: World, access: str) -> bool:
    return (await world.send("GET", "/users/profile", headers={"Authorization": f"Bearer {access}"})).status == 200


async def an_age_passes() -> None:
    """The grace of all rotations so far is over."""
    await db.execute("UPDATE auth_sessions SET rotated_at = rotated_at - interval '11 seconds'")


async def test_a_refresh_gives_new_tokens_and_both_access_tokens_work(world: World) -> None:
    ana = await world.user()
    answered = await refresh(world, ana.tokens["refreshToken"])
    assert answered.status == 200
    assert set(answered.json) == {"accessToken", "refreshToken", "tokenType", "expiresIn"}
    assert answered.json["refreshToken"] != ana.tokens["refreshToken"]
    assert answered.json["accessToken"] != ana.tokens["accessToken"]
    assert await works(world, answered.json["accessToken"])
    assert await works(world, ana.tokens["accessToken"])
    assert answered.headers["Cache-Control"] == "private, no-store"


async def test_a_repeat_within_the_grace_gives_the_same_successor(world: World) -> None:
    ana = await world.user()
    first = await refresh(world, ana.tokens["refreshToken"])
    again = await refresh(world, ana.tokens["refreshToken"])
    assert (again.status, again.json["refreshToken"]) == (200, first.json["refreshToken"])
    assert await works(world, again.json["accessToken"])


async def test_the_grace_is_ten_seconds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await world.user()
    began = clock.now()
    monkeypatch.setattr(clock, "now", lambda: began)
    await refresh(world, ana.tokens["refreshToken"])
    monkeypatch.setattr(clock, "now", lambda: began + timedelta(seconds=10))
    assert (await refresh(world, ana.tokens["refreshToken"])).status == 200
    monkeypatch.setattr(clock, "now", lambda: began + timedelta(seconds=10, milliseconds=1))
    assert (await refresh(world, ana.tokens["refreshToken"])).status == 401


async def test_a_replay_after_the_grace_ends_the_whole_family(world: World) -> None:
    ana = await world.user()
    second = (await refresh(world, ana.tokens["refreshToken"])).json
    await an_age_passes()
    replayed = await refresh(world, ana.tokens["refreshToken"])
    assert (replayed.status, replayed.json["code"]) == (401, "unauthenticated")
    assert (await refresh(world, second["refreshToken"])).status == 401
    assert not await works(world, second["accessToken"])
    assert not await works(world, ana.tokens["accessToken"])
    assert await db.fetchval("SELECT count(*) FROM audit_entries WHERE action = 'refresh_replayed' AND actor_id = $1", ana.uuid) == 1


async def test_a_token_two_generations_old_ends_the_family_even_within_the_grace(world: World) -> None:
    ana = await world.user()
    second = (await refresh(world, ana.tokens["refreshToken"])).json
    third = (await refresh(world, second["refreshToken"])).json
    assert (await refresh(world, ana.tokens["refreshToken"])).status == 401
    assert not await works(world, third["accessToken"])


async def test_a_replay_leaves_other_devices_alone(world: World) -> None:
    ana = await world.user()
    phone = (await world.send("POST", "/auth/login", {"email": ana.email, "password": ana.password})).json
    await refresh(world, ana.tokens["refreshToken"])
    await an_age_passes()
    assert (await refresh(world, ana.tokens["refreshToken"])).status == 401
    assert await works(world, phone["accessToken"])
    assert (await refresh(world, phone["refreshToken"])).status == 200


async def test_fifty_parallel_refreshes_have_one_successor(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await world.user()
    rotated: list[int] = []
    real = sign_in._rotate

    async def counted(session_id: UUID, generation: int) -> None:
        rotated.append(generation)
        await real(session_id, generation)

    monkeypatch.setattr(sign_in, "_rotate", counted)
    answers = await asyncio.gather(*(refresh(world, ana.tokens["refreshToken"]) for _ in range(50)))
    assert {each.status for each in answers} == {200}
    assert rotated == [0]
    assert len({each.json["refreshToken"] for each in answers}) == 1
    assert await db.fetchval("SELECT generation FROM auth_sessions WHERE principal_id = $1", ana.uuid) == 1
    assert (await refresh(world, answers[0].json["refreshToken"])).status == 200


async def test_a_refresh_waits_for_another_of_the_same_session(world: World) -> None:
    """While another process is about to commit two rotations, a refresh sees neither: it must wait, and then is a replay."""
    ana = await world.user()
    async with db.pool().acquire() as connection, connection.transaction():
        await connection.execute("UPDATE auth_sessions SET generation = 2, rotated_at = now() WHERE principal_id = $1", ana.uuid)
        refreshing = asyncio.create_task(refresh(world, ana.tokens["refreshToken"]))
        while not await db.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"):
            await asyncio.sleep(0.005)
    assert (await refreshing).status == 401
    assert await db.fetchval("SELECT generation FROM auth_sessions WHERE principal_id = $1 AND revoked_at IS NOT NULL", ana.uuid) == 2


async def test_a_session_unused_for_thirty_days_is_over_and_use_prolongs_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await world.user()
    began = clock.now()
    monkeypatch.setattr(clock, "now", lambda: began + timedelta(days=29))
    second = (await refresh(world, ana.tokens["refreshToken"])).json
    monkeypatch.setattr(clock, "now", lambda: began + timedelta(days=58))
    third = (await refresh(world, second["refreshToken"])).json
    monkeypatch.setattr(clock, "now", lambda: began + timedelta(days=88, seconds=1))
    assert (await refresh(world, third["refreshToken"])).status == 401


async def test_a_refresh_takes_up_a_changed_role(world: World) -> None:
    """An analyst made an admin, or the reverse, is one from the next token on; somebody let go is nobody."""
    staff = await world.staff("analyst")
    await db.execute("UPDATE staff SET role = 'admin' WHERE id = $1", staff.uuid)
    fresh = (await refresh(world, staff.tokens["refreshToken"])).json
    from domain.access import tokens

    assert (await tokens.verify(fresh["accessToken"])).role == "admin"
    await db.execute("UPDATE staff SET is_active = false WHERE id = $1", staff.uuid)
    assert (await refresh(world, fresh["refreshToken"])).status == 401


async def test_refreshes_of_one_session_are_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, limit_refresh=parse_rate("2/1h"))
    ana, bob = await world.user(), await world.user()
    token = ana.tokens["refreshToken"]
    for _ in range(2):
        token = (await refresh(world, token)).json["refreshToken"]
    over = await refresh(world, token)
    assert (over.status, over.json["code"], over.headers["RateLimit-Limit"], over.headers["RateLimit-Remaining"]) == (429, "rate_limited", "2", "0")
    assert (await refresh(world, bob.tokens["refreshToken"])).status == 200
    assert (await Account(world, ana.id, None, None, ana.tokens).get("/users/profile")).status == 200
