"""Threats 65–67, 69, 70 and 75: who may open a socket, how they sign in, and when it is closed."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from aiohttp import WSServerHandshakeError

from api.realtime import connections, endpoint
from core import db
from domain import access
from domain.access import end_sessions
from tests.api.realtime.conftest import _all_gone  # noqa: F401 (a fixture)
from tests.api.realtime.raw import TEXT, hub_of, raw, sockets_of
from tests.chats import begin
from tests.people import PASSWORD, World
from tests.settings import configure
from tests.sockets import Client, connected


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "", "http://{host}.evil.example", "http://evil.example/{host}", "http://{host}@evil.example", "{host}", "file://"]
)
async def test_threat_65_a_foreign_origin_opens_nothing(world: World, origin: str, header: bool) -> None:
    person = await world.anonymous()
    host = f"{world.client.server.host}:{world.client.server.port}"
    with pytest.raises(WSServerHandshakeError) as refused:
        await world.client.ws_connect("/api/realtime", headers={**(person.bearer if header else {}), "Origin": origin.format(host=host)})
    assert refused.value.status == 403
    assert not sockets_of(world, person)


@pytest.mark.parametrize("origin", ["http://{host}", "https://{host}", "https://app.example.org", None])
async def test_threat_65_ours_and_those_on_the_list_do(world: World, origin: str | None) -> None:
    person = await world.anonymous()
    host = f"{world.client.server.host}:{world.client.server.port}"
    async with connected(world, person, headers={} if origin is None else {"Origin": origin.format(host=host)}) as mine:
        assert "now" in await mine.do("ping")


async def test_threat_65_a_page_without_tls_is_another_origin(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, public_url="https://mental.example.org")
    host = f"{world.client.server.host}:{world.client.server.port}"
    for origin, good in ((f"http://{host}", False), ("http://mental.example.org", False), ("https://mental.example.org", True), (f"https://{host}", True)):
        if good:
            async with connected(world, headers={"Origin": origin}):
                pass
        else:
            with pytest.raises(WSServerHandshakeError):
                await world.client.ws_connect("/api/realtime", headers={"Origin": origin})


async def test_threat_66_who_does_not_sign_in_is_closed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pings and pieces of frames do not buy time."""
    assert endpoint.AUTH_SECONDS == 10
    monkeypatch.setattr(endpoint, "AUTH_SECONDS", 0.6)
    async with connected(world) as silent, raw(world) as busy:
        began = time.monotonic()

        async def keep_busy() -> None:
            while True:
                busy.put(9, b"x")
                busy.put(TEXT if not started else 0, b"{", fin=False)
                started.append(True)
                await asyncio.sleep(0.1)

        started: list[bool] = []
        keeping = asyncio.create_task(keep_busy())
        try:
            assert await busy.until_closed() == 4001
        finally:
            keeping.cancel()
        assert await silent.until_closed() == 4001
        assert time.monotonic() - began < 8


@pytest.mark.parametrize(
    "text",
    [
        '{"event":"ping","ref":"a"}', '{"event":"chat:join","ref":"a","data":{}}', "nonsense", '{"event":"auth"}', '{"event":"auth","data":{"token":1}}',
        '{"event":"auth","ref":"a","data":{"token":"nonsense"}}', '{"event":"auth","data":{"token":"a.b.c"}}',
    ],
)  # fmt: skip
async def test_threat_67_a_bad_first_frame_is_the_last(world: World, text: str) -> None:
    async with connected(world) as mine:
        await mine.connection.send_str(text.replace('"ref":"a",', ""))
        await mine.connection.send_str('{"event":"ping"}')
        assert await mine.until_closed() == 4001


async def test_threat_67_another_kind_of_token_is_none(world: World) -> None:
    person = await world.user()
    for token in (person.tokens["refreshToken"], person.tokens["accessToken"][:-2], ""):
        async with connected(world) as mine:
            assert (await mine.refused("auth", token=token))["status"] == 401
            assert await mine.until_closed() == 4001


async def test_threat_70_an_expired_token_ends_it_and_resuming_works(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "ACCESS_SECONDS", 2)
    person = await world.user()
    async with connected(world, person) as mine, connected(world, person) as renewed:
        monkeypatch.setattr(access, "ACCESS_SECONDS", 900)
        session = await begin(person, message="hello")
        await mine.do("chat:join", sessionId=session)
        fresh = await world.send("POST", "/auth/refresh", {"refreshToken": person.tokens["refreshToken"]})
        await renewed.do("auth", token=fresh.json["accessToken"])
        assert await mine.until_closed() == 4001
        assert "now" in await renewed.do("ping")
        with pytest.raises(WSServerHandshakeError) as refused:
            await world.client.ws_connect("/api/realtime", headers=person.bearer)
        assert refused.value.status == 401
        person.tokens = fresh.json
        async with connected(world, person) as again:
            assert (await again.do("chat:join", sessionId=session, afterSeq=1))["complete"] is True


@pytest.mark.parametrize("how", ["logout", "password", "ban", "elsewhere"])
async def test_threat_69_whoever_may_no_longer_be_here_is_closed(world: World, how: str) -> None:
    """Within 5 s, whatever they do or do not do; other principals stay."""
    person, other = await world.user(), await world.user()
    async with connected(world, person) as mine, connected(world, other) as theirs:
        began = time.monotonic()
        if how == "logout":
            await person.post("/auth/logout")
        elif how == "password":
            again = await world.send("POST", "/auth/login", {"email": person.email, "password": PASSWORD})
            headers = {"Authorization": f"Bearer {again.json['accessToken']}"}
            assert (await world.send("POST", "/auth/change-password", {"currentPassword": PASSWORD, "newPassword": "another green lake"}, headers=headers)).status == 204
        elif how == "ban":
            async with db.transaction():
                await end_sessions("user", person.uuid)
        else:
            # As another process does it: this one learns by its poll.
            await db.execute("UPDATE auth_sessions SET revoked_at = now() WHERE principal_id = $1", person.uuid)
        assert await mine.until_closed() == 4001
        assert time.monotonic() - began < 5
        assert "now" in await theirs.do("ping")


async def test_threat_69_ended_while_the_socket_was_being_opened(world: World) -> None:
    person = await world.user()
    hub = hub_of(world.client)
    add, opened = hub.add, asyncio.Event()

    async def late(*args: Any) -> None:
        await person.post("/auth/logout")
        opened.set()
        await add(*args)

    hub.add = late  # type: ignore[method-assign, assignment]
    try:
        async with connected(world, person) as mine:
            assert await mine.until_closed() == 4001
    finally:
        hub.add = add  # type: ignore[method-assign]
    assert opened.is_set()


async def test_threat_75_the_oldest_of_eleven_is_replaced(world: World) -> None:
    assert connections.MOST_SOCKETS == 10
    person, other = await world.anonymous(), await world.anonymous()
    async with connected(world, other) as theirs:
        clients = [Client(await world.client.ws_connect("/api/realtime", headers=person.bearer)) for _ in range(12)]
        try:
            assert [await each.until_closed() for each in clients[:2]] == [4010, 4010]
            for each in (*clients[2:], theirs):
                assert "now" in await each.do("ping")
        finally:
            for each in clients:
                await each.connection.close()
