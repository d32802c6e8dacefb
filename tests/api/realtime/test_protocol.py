"""The socket's protocol: hello, signing in and renewing, replies and errors, size and shape of frames, how it ends."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from api.realtime import endpoint
from domain import access
from tests.api.realtime.raw import BINARY, PING, PONG, TEXT, hub_of, raw, sockets_of
from tests.chats import talk
from tests.people import NOBODYS, PASSWORD, Account, World
from tests.sockets import Client, connected


async def sent(client: Client, text: str) -> None:
    await client.connection.send_str(text)


async def test_hello_says_who_and_how(world: World) -> None:
    person = await world.anonymous()
    async with connected(world) as nobody, connected(world, person) as mine:
        assert nobody.pushed[0] == {"event": "hello", "data": {"heartbeatSeconds": 25, "resumeLimit": 300, "principal": None}}
        assert mine.pushed[0]["data"]["principal"] == {"id": person.id, "kind": "user"}


async def test_signing_in_by_the_first_frame(world: World) -> None:
    counselor = await world.counselor()
    async with connected(world) as mine:
        said = await mine.do("auth", token=counselor.tokens["accessToken"])
        assert said == {"principal": {"id": counselor.id, "kind": "counselor"}, "heartbeatSeconds": 25, "resumeLimit": 300}
        assert await mine.do("chat:online", status="available") == {"status": "available"}


async def test_the_header_is_checked_before_the_upgrade(world: World) -> None:
    person, staff = await world.anonymous(), await world.staff()
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
    for token, status, code in (("nonsense", 401, "unauthenticated"), (person.tokens["refreshToken"], 401, "unauthenticated"), (staff.tokens["accessToken"], 403, "forbidden")):
        answered = await world.send("GET", "/realtime", headers={**upgrade, "Authorization": f"Bearer {token}"})
        assert (answered.status, answered.json["code"], answered.headers["Content-Type"]) == (status, code, "application/problem+json")


@pytest.mark.parametrize(
    "headers",
    [{}, {"Upgrade": "websocket"}, {"Upgrade": "websocket", "Connection": "Upgrade"}, {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "3"}],
)
async def test_what_is_no_opening_of_a_socket(world: World, headers: dict[str, str]) -> None:
    answered = await world.send("GET", "/realtime", headers=headers)
    assert (answered.status, answered.json["code"]) == (400, "bad_request")


async def test_staff_are_sent_away(world: World) -> None:
    staff = await world.staff()
    async with connected(world) as mine:
        assert (await mine.refused("auth", token=staff.tokens["accessToken"]))["status"] == 403
        assert await mine.until_closed() == 4003


async def test_a_later_auth_renews_and_a_bad_one_changes_nothing(world: World) -> None:
    person, other = await world.user(), await world.anonymous()
    async with connected(world, person) as mine:
        [socket] = sockets_of(world, person)
        assert socket._expiry is not None
        first = socket._expiry.when()
        assert (await mine.refused("auth", token="nonsense"))["status"] == 401
        assert (await mine.refused("auth", token=other.tokens["accessToken"]))["status"] == 403
        assert (await mine.refused("auth", token="x" * 5000))["status"] == 422
        again = await world.send("POST", "/auth/login", {"email": person.email, "password": PASSWORD})
        assert (await mine.do("auth", token=again.json["accessToken"]))["principal"]["id"] == person.id
        # Issued in the same second, maybe.
        assert socket._expiry.when() > first - 1
        # It is now the new session's: the old one may end.
        assert (await person.post("/auth/logout")).status == 204
        assert "now" in await mine.do("ping")
        person.tokens = again.json
        assert (await person.post("/auth/logout")).status == 204
        assert await mine.until_closed() == 4001


async def test_without_a_ref_nothing_is_replied(world: World) -> None:
    person = await world.anonymous()
    async with connected(world, person) as mine:
        await sent(mine, '{"event":"ping"}')
        await sent(mine, '{"event":"ping","ref":null,"data":{}}')
        # Frames are answered in order: had one of these been answered, this reply would have come second.
        assert "now" in await mine.do("ping")
        assert [frame["event"] for frame in mine.pushed] == ["hello"]
        await sent(mine, '{"event":"chat:leave","data":{}}')
        assert "now" in await mine.do("ping")
        [error] = [frame for frame in mine.pushed if frame["event"] == "error"]
        assert error["error"]["errors"] == [{"path": "sessionId", "message": "is required"}]


async def test_every_ref_is_answered_once_and_in_order(world: World) -> None:
    person, _, session = await talk(world)
    async with raw(world, person) as mine:
        refs = ["a", "a", "é" * 64, "", "z" * 64]
        for ref in refs:
            mine.put(TEXT, json.dumps({"event": "ping", "ref": ref}).encode())
        mine.say("chat:join", "join", sessionId=session)
        mine.say("nothing", "none")
        replies: list[Any] = []
        while len(replies) < 7:
            frame = await mine.heard()
            replies += [frame] if frame["event"] == "reply" else []
        assert [each["ref"] for each in replies] == [*refs, "join", "none"]
        assert [each["ok"] for each in replies] == [True] * 6 + [False]
        assert replies[-1]["error"].items() >= {"status": 404, "code": "not_found", "title": "Not found"}.items()


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "[]", '"ping"', "{}", '{"event":1}', '{"event":null}', '{"ref":"a"}', '{"event":"ping","ref":1}', '{"event":"ping","data":[]}', '{"event":"ping","data":null}',
        '{"event":"ping","more":1}', '{"event":"ping","event":"ping"}', '{"event":"ping","data":{"n":NaN}}', '{"event":"ping","data":{"n":1e999}}', "{" * 5000,
        '{"event":"ping","ref":"\\ud800"}', '{"event":"ping","ref":"' + "r" * 65 + '"}', "\ufeff{}",
    ],
)  # fmt: skip
async def test_a_frame_that_is_none_gets_an_error(world: World, text: str) -> None:
    person = await world.anonymous()
    async with connected(world, person) as mine:
        await sent(mine, text)
        assert "now" in await mine.do("ping")
        [error] = [frame for frame in mine.pushed if frame["event"] == "error"]
        assert (set(error), error["error"]["status"], error["error"]["code"]) == ({"event", "error"}, 400, "malformed_frame")


async def test_ten_such_in_a_row_end_it_and_a_good_one_begins_anew(world: World) -> None:
    person = await world.anonymous()
    async with connected(world, person) as mine:
        for _ in range(2):
            for _ in range(9):
                await sent(mine, "no")
            assert "now" in await mine.do("ping")
        for _ in range(10):
            await sent(mine, "no")
        assert await mine.until_closed() == 4008
        assert len([frame for frame in mine.pushed if frame["event"] == "error"]) == 28


@pytest.mark.parametrize(
    ("event", "data", "paths"),
    [
        ("ping", {"more": 1}, {"more"}),
        ("chat:join", {}, {"sessionId"}),
        ("chat:join", {"sessionId": "x", "afterSeq": "1"}, {"sessionId", "afterSeq"}),
        ("chat:join", {"sessionId": None, "after": 1}, {"sessionId", "after"}),
        ("chat:message", {"sessionId": "x", "clientId": "a b", "message": "é" * 4001, "messageType": "video"}, {"sessionId", "clientId", "message", "messageType"}),
        ("chat:message", {"message": "a"}, {"sessionId", "clientId"}),
        ("chat:typing", {"isTyping": 1}, {"sessionId", "isTyping"}),
        ("chat:read", {"sessionId": NOBODYS, "upToSeq": 0}, {"upToSeq"}),
        ("chat:online", {"status": "away"}, {"status"}),
        ("notification:read", {}, {"ids"}),
        ("notification:read", {"ids": ["x"]}, {"ids.0"}),
        ("notification:read", {"ids": [], "all": True}, {"ids"}),
        ("notification:update", {"preferences": {"theme": "pink", "notifications": {"push": {"chat": 1}}}}, {"preferences.theme", "preferences.notifications.push.chat"}),
    ],
)
async def test_wrong_fields_are_named(world: World, event: str, data: dict[str, Any], paths: set[str]) -> None:
    person = await world.anonymous()
    async with connected(world, person) as mine:
        refused = await mine.refused(event, **data)
        assert (refused["status"], {error["path"] for error in refused["errors"]}) == (422, paths)


async def test_the_largest_frame_and_one_in_pieces(world: World) -> None:
    person = await world.anonymous()
    async with raw(world, person) as mine:
        frame = b'{"event":"ping","ref":"large","data":{}}'
        mine.put(TEXT, frame + b" " * (64 * 1024 - len(frame)))
        assert (await mine.heard())["ref"] == "large"
        text = json.dumps({"event": "ping", "ref": "ñ😀"}, ensure_ascii=False).encode()
        # Cut within a character, with a ping between the pieces.
        mine.put(TEXT, text[:24], fin=False)
        mine.put(PING, b"there?")
        mine.put(0, text[24:25], fin=False)
        mine.put(0, text[25:])
        assert await mine.frame() == (PONG, b"there?")
        assert (await mine.heard())["ref"] == "ñ😀"


async def test_heartbeats_go_both_ways(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server asks, and ends a connection that does not answer; it answers the client's own."""
    person = await world.anonymous()
    monkeypatch.setattr(endpoint, "HEARTBEAT_SECONDS", 0.2)
    async with raw(world, person) as silent:
        kind, _ = await silent.frame()
        assert kind == PING
        assert await silent.until_closed() == 1006
    async with connected(world, person) as mine:
        await mine.connection.ping(b"mine")
        # Longer than the server waits for an answer: the client library gives them.
        await asyncio.sleep(1)
        assert "now" in await mine.do("ping")


async def test_a_restart_tells_all_to_come_back(world: World) -> None:
    """Those who have not signed in yet too."""
    person, counselor = await world.anonymous(), await world.counselor()
    hub = hub_of(world.client)
    try:
        async with connected(world, person) as mine, connected(world, counselor) as theirs, connected(world) as nobody:
            await hub.end()
            assert [await each.until_closed() for each in (mine, theirs, nobody)] == [1012] * 3
            async with connected(world, person) as late:
                assert await late.until_closed() == 1012
    finally:
        hub._ending = False


async def test_what_is_done_in_vain_is_answered_503_and_the_socket_lives(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    person, _, session = await talk(world)

    async def lost(*_: Any) -> None:
        raise ConnectionError

    async with connected(world, person) as mine:
        with monkeypatch.context() as patch:
            patch.setattr("domain.chat.snapshot.seat", lost)
            refused = await mine.refused("chat:join", sessionId=session)
            assert (refused["status"], refused["code"], refused["retryAfter"]) == (503, "service_unavailable", 2)

            async def broken(*_: Any) -> None:
                raise ZeroDivisionError

            patch.setattr("domain.chat.snapshot.seat", broken)
            assert (await mine.refused("chat:join", sessionId=session))["code"] == "internal_error"
        assert (await mine.do("chat:join", sessionId=session))["lastSeq"] == 1


async def test_a_lost_database_while_signing_in_is_no_bad_token(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    person = await world.anonymous()

    async def lost(*_: Any) -> None:
        raise ConnectionError

    async with connected(world) as mine:
        with monkeypatch.context() as patch:
            patch.setattr(access.tokens, "verify", lost)
            assert (await mine.refused("auth", token=person.tokens["accessToken"]))["status"] == 503
        assert (await mine.do("auth", token=person.tokens["accessToken"]))["principal"]["id"] == person.id


async def test_binary_is_refused(world: World) -> None:
    person: Account = await world.anonymous()
    async with raw(world, person) as mine:
        mine.put(BINARY, b'{"event":"ping"}')
        assert await mine.until_closed() == 1003
    async with connected(world, person) as other:
        await other.connection.send_bytes(b"")
        assert await other.until_closed() == 1003
