"""Devices that may be sent pushes: named, named again, forgotten; their tokens sealed."""

from __future__ import annotations

import asyncio

import pytest

from core import db, keys
from domain import devices
from tests.chats import principal
from tests.people import Account, World

TOKEN = "fcm-canary-token:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx"


async def add(who: Account, token: str = TOKEN, platform: str = "android") -> str:
    answered = await who.post("/notifications/devices", {"token": token, "platform": platform})
    assert answered.status == 201, answered.raw
    found: str = answered.json["id"]
    assert answered.json == {"id": found}
    return found


async def owners() -> list[str]:
    return [str(row["principal_id"]) for row in await db.fetch("SELECT principal_id FROM devices ORDER BY created_at, id")]


async def test_a_device_named_again_keeps_its_id(world: World) -> None:
    ana = await world.anonymous()
    first = await add(ana)
    assert await add(ana, platform="ios") == first
    assert await add(ana, "another") != first
    assert [row["platform"] for row in await db.fetch("SELECT platform FROM devices ORDER BY created_at, id")] == ["ios", "android"]


async def test_named_many_times_at_once_it_is_one(world: World) -> None:
    ana, bob = await world.anonymous(), await world.anonymous()
    assert len(set(await asyncio.gather(*(add(ana) for _ in range(10))))) == 1
    await asyncio.gather(*(add(who) for who in (ana, bob) * 5))
    assert len(await owners()) == 1


async def test_a_device_belongs_to_whoever_named_it_last(world: World) -> None:
    ana, cora = await world.anonymous(), await world.counselor()
    first = await add(ana)
    second = await add(cora)
    assert second != first
    assert await owners() == [cora.id]
    assert (await ana.delete(f"/notifications/devices/{first}")).status == 404


async def test_of_two_who_name_a_device_at_once_the_second_has_it(world: World) -> None:
    ana, bob = await world.anonymous(), await world.anonymous()
    waits = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
    async with db.transaction():
        await devices.add(principal(ana), TOKEN, "ios")
        second = asyncio.create_task(add(bob))
        while not await db.fetchval(waits):
            await asyncio.sleep(0.01)
    await second
    assert await owners() == [bob.id]


async def test_only_the_owner_forgets_it(world: World) -> None:
    ana, bob, cora = await world.anonymous(), await world.anonymous(), await world.counselor()
    device = await add(ana)
    for other in (bob, cora):
        assert (await other.delete(f"/notifications/devices/{device}")).status == 404
    assert await owners() == [ana.id]
    assert (await ana.delete(f"/notifications/devices/{device}")).status == 204
    assert await owners() == []
    assert (await ana.delete(f"/notifications/devices/{device}")).status == 404
    assert (await (await world.staff()).post("/notifications/devices", {"token": TOKEN, "platform": "web"})).status == 403


async def test_tokens_are_sealed(world: World) -> None:
    ana = await world.anonymous()
    device = await add(ana)
    row = await db.fetchrow("SELECT devices::text AS whole, id, token FROM devices")
    assert row is not None
    assert TOKEN.encode().hex() not in row["whole"]
    assert TOKEN not in row["whole"]
    assert str(row["id"]) == device
    assert (await keys.keys().of(ana.uuid)).open(row["token"], "devices.token", row["id"]) == TOKEN


async def test_the_oldest_of_too_many_is_forgotten(world: World) -> None:
    ana, bob = await world.anonymous(), await world.anonymous()
    await add(bob, "bob's")
    made = [await add(ana, f"token {number}") for number in range(devices.MOST_DEVICES)]
    assert await add(ana, "token 0") == made[0]
    newest = await add(ana, "one more")
    kept = {str(row["id"]) for row in await db.fetch("SELECT id FROM devices WHERE principal_id = $1", ana.uuid)}
    assert kept == {*made, newest} - {made[1]}
    assert bob.id in await owners()


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"token": "", "platform": "web"}, "token"),
        ({"token": "\u200b", "platform": "web"}, "token"),
        ({"token": "x" * 4097, "platform": "web"}, "token"),
        ({"token": "a\0b", "platform": "web"}, "token"),
        ({"token": TOKEN, "platform": "windows"}, "platform"),
        ({"token": TOKEN}, "platform"),
        ({"token": TOKEN, "platform": "web", "userId": "x"}, "userId"),
    ],
)
async def test_what_is_no_device_is_refused(world: World, body: dict[str, str], path: str) -> None:
    answered = await (await world.anonymous()).post("/notifications/devices", body)
    assert answered.status == 422
    assert answered.paths == {path}
    assert await owners() == []
