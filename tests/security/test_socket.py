"""Threats 65–78, and 26–28 and 69 by socket: who may open one, what it may carry, whose sessions it reaches. Rows are numbered in shared/THREATS.md."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from aiohttp import WSServerHandshakeError

from api.realtime import connections, endpoint
from core import clock, db
from domain import access, presence
from domain.access import end_sessions
from domain.chat import snapshot
from tests.api.realtime.conftest import _all_gone  # noqa: F401 (a fixture)
from tests.api.realtime.raw import BINARY, CLOSE, TEXT, hub_of, raw, sockets_of
from tests.chats import begin, talk
from tests.people import PASSWORD, Account, World
from tests.settings import configure
from tests.sockets import Client, connected

NOBODYS = "018f0000-0000-7000-8000-000000000000"
OF_A_SESSION: dict[str, dict[str, Any]] = {
    "chat:join": {},
    "chat:message": {"clientId": "a", "message": "let me in"},
    "chat:typing": {"isTyping": True},
    "chat:read": {"upToSeq": 1},
}


async def tried(client: Client, session: str) -> dict[str, Any]:
    """What each event answers about a session; ids of requests are left out."""
    answers = {}
    for event, data in OF_A_SESSION.items():
        refused = await client.refused(event, sessionId=session, **data)
        answers[event] = {name: value for name, value in refused.items() if name != "requestId"}
    answers["chat:leave"] = await client.do("chat:leave", sessionId=session)
    return answers


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


@pytest.mark.parametrize("kind", ["user", "counselor"])
@pytest.mark.parametrize("state", ["waiting", "active", "closed"])
async def test_threat_68_anothers_session_is_none(world: World, kind: str, state: str) -> None:
    """Every event answers as for a session that never was; nothing is pushed to the stranger, or to those in it, or stored."""
    if state == "waiting":
        person = await world.anonymous()
        session = await begin(person, message="mine alone")
    else:
        person, _, session = await talk(world)
        if state == "closed":
            await person.post(f"/chat/sessions/{session}/close")
    stranger = await world.anonymous() if kind == "user" else await world.counselor()
    before = await stored()
    async with connected(world, person) as mine, connected(world, stranger) as theirs:
        await mine.do("chat:join", sessionId=session)
        at = len(mine.pushed)
        anothers = await tried(theirs, session)
        assert anothers == await tried(theirs, NOBODYS)
        assert {answer["status"] for event, answer in anothers.items() if event != "chat:leave"} == {404}
        await mine.do("chat:typing", sessionId=session, isTyping=True)
        await mine.do("chat:read", sessionId=session, upToSeq=1)
        # The stranger's own command comes after all that was pushed because of it.
        assert "now" in await theirs.do("ping")
        assert [frame["event"] for frame in theirs.pushed if frame["event"].startswith("chat:")] == []
        assert [frame["event"] for frame in mine.pushed[at:] if frame["event"] in ("chat:message", "chat:typing", "chat:online")] == []
    after = await stored()
    assert (after["chat_messages"], after["risk_flags"], after["notifications"]) == (before["chat_messages"], before["risk_flags"], before["notifications"])
    assert await db.fetchval("SELECT count(*) FROM chat_joins WHERE principal_id = $1", stranger.uuid) == 0


async def stored() -> dict[str, Any]:
    return {table: await db.fetch(f"SELECT * FROM {table} ORDER BY 1") for table in ("chat_messages", "risk_flags", "notifications")}


async def test_threat_68_who_is_let_wait_at_the_door_hears_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is found out whether one may join, nothing of the session is pushed."""
    person, counselor, session = await talk(world)
    stranger = await world.anonymous()
    asked, answer = asyncio.Event(), asyncio.Event()
    take = snapshot.take

    async def slowly(*args: Any) -> Any:
        asked.set()
        await answer.wait()
        return await take(*args)

    async def anybody(*_: Any) -> None:
        """As if they had just lost their seat."""

    join = presence.join

    async def noted(*args: Any) -> None:
        # The moment they are subscribed, before anything could find out that they may not be.
        hub = hub_of(world.client)
        hub._show_typing(
            connections.Typing(session_id=UUID(session), sender_id=person.uuid, sender_type="user", is_typing=True, socket_id=clock.new_id(), process_id=hub.process_id)
        )
        await join(*args)

    async with connected(world, person) as mine, connected(world, counselor) as theirs, connected(world, stranger) as other:
        await mine.do("chat:join", sessionId=session)
        monkeypatch.setattr(snapshot, "admit", anybody)
        monkeypatch.setattr(snapshot, "take", slowly)
        monkeypatch.setattr(presence, "join", noted)
        joining = asyncio.create_task(other.ask("chat:join", sessionId=session))
        await asked.wait()
        await mine.do("chat:typing", sessionId=session, isTyping=True)
        await mine.do("chat:message", sessionId=session, clientId="a", message="secret")
        await mine.do("chat:read", sessionId=session, upToSeq=2)
        await counselor.post(f"/counselor/sessions/{session}/priority", {"priority": "high"})
        await theirs.until("chat:status", lambda data: data["session"]["priority"] == "high")
        answer.set()
        assert (await joining)["error"]["status"] == 404
        assert "now" in await other.do("ping")
        assert [frame["event"] for frame in other.pushed] == ["hello"]
        assert hub_of(world.client).following(sockets_of(world, stranger)[0], UUID(session)) is None


async def test_threat_27_and_69_a_counselor_whose_session_ended(world: World) -> None:
    """Closed: they read it for 72 hours and write no more; then it is as if it never was. Each attempt is audited."""
    person, counselor, session = await talk(world)
    async with connected(world, counselor) as theirs, connected(world, person) as mine:
        await theirs.do("chat:join", sessionId=session)
        await person.post(f"/chat/sessions/{session}/close")
        for client in (theirs, mine):
            assert (await client.do("chat:join", sessionId=session))["session"]["status"] == "closed"
            assert (await client.refused("chat:message", sessionId=session, clientId="a", message="late"))["status"] == 409
        await db.execute("UPDATE chat_sessions SET ended_at = $1", clock.now() - timedelta(hours=72, seconds=1))
        assert await tried(theirs, session) == await tried(theirs, NOBODYS)
        assert await db.fetchval("SELECT count(*) FROM audit_entries WHERE action = 'session_refused' AND actor_id = $1", counselor.uuid) >= 3
        assert len((await mine.do("chat:join", sessionId=session))["messages"]) == 2


async def test_threat_69_a_counselor_who_handed_over(world: World) -> None:
    person, counselor, session = await talk(world)
    other = await world.counselor(role="supervisor")
    async with connected(world, counselor) as theirs:
        await theirs.do("chat:join", sessionId=session)
        assert (await other.post(f"/counselor/sessions/{session}/take-over")).status == 200
        await person.post(f"/chat/sessions/{session}/messages", {"message": "to the new one"})
        assert await tried(theirs, session) == await tried(theirs, NOBODYS)
        assert theirs.seen("chat:message") == []


async def test_a_supervisor_watches_silently(world: World) -> None:
    """They see all; nobody sees them; they say nothing. That they watched is written down."""
    person, counselor, session = await talk(world)
    supervisor = await world.counselor(role="supervisor")
    async with connected(world, person) as mine, connected(world, counselor) as theirs:
        for each in (mine, theirs):
            await each.do("chat:join", sessionId=session)
            each.pushed.clear()
        async with connected(world, supervisor) as watching:
            taken = await watching.do("chat:join", sessionId=session)
            assert {each["id"] for each in taken["participants"]} == {person.id, counselor.id}
            await mine.do("chat:message", sessionId=session, clientId="a", message="hello")
            assert (await watching.until("chat:message"))["message"]["message"] == "hello"
            await theirs.do("chat:typing", sessionId=session, isTyping=True)
            await watching.until("chat:typing")
            for event, data in OF_A_SESSION.items():
                if event != "chat:join":
                    assert (await watching.refused(event, sessionId=session, **data))["status"] == 404
        for each in (mine, theirs):
            assert "now" in await each.do("ping")
            shown = [frame for frame in each.pushed if frame["event"] in ("chat:online", "chat:typing", "chat:read") and supervisor.id in str(frame)]
            assert shown == []
        assert await db.fetchval("SELECT count(*) FROM audit_entries WHERE action = 'session_watched' AND actor_id = $1", supervisor.uuid) == 1


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


@pytest.mark.parametrize("pieces", [1, 3])
async def test_threat_71_too_large(world: World, pieces: int) -> None:
    person = await world.anonymous()
    async with raw(world, person) as mine:
        text = b'{"event":"ping"}'.ljust(64 * 1024 + 1)
        size = -(-len(text) // pieces)
        for n in range(pieces):
            mine.put(TEXT if n == 0 else 0, text[n * size : (n + 1) * size], fin=n == pieces - 1)
        assert await mine.until_closed() == 1009


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([(BINARY, b"x", True, 0)], 1003),
        ([(TEXT, b"\xff\xfe", True, 0)], 1007),
        ([(TEXT, b"\xed\xa0\x80", True, 0)], 1007),
        ([(TEXT, b"\xc3", False, 0), (0, b"(", True, 0)], 1007),
        ([(TEXT, b"{}", True, 4)], 1002),
        ([(TEXT, b"{}", True, 2)], 1002),
        ([(TEXT, b"\xaa\x56\x4a\x2d", True, 4)], 1002),
        ([(3, b"{}", True, 0)], 1002),
        ([(0, b"{}", True, 0)], 1002),
        ([(TEXT, b"{", False, 0), (TEXT, b"}", True, 0)], 1002),
        ([(9, b"x" * 126, True, 0)], 1002),
        ([(9, b"x", False, 0)], 1002),
        ([(CLOSE, b"\x03", True, 0)], 1002),
    ],
)
async def test_threat_72_what_is_no_text(world: World, frames: list[tuple[int, bytes, bool, int]], code: int) -> None:
    person = await world.anonymous()
    async with raw(world, person) as mine:
        for kind, payload, fin, rsv in frames:
            mine.put(kind, payload, fin=fin, rsv=rsv)
        assert await mine.until_closed() == code


async def test_threat_72_compression_is_not_agreed_to(world: World) -> None:
    person = await world.anonymous()
    async with connected(world, person, compress=15) as mine:
        assert mine.connection.compress == 0
        assert "now" in await mine.do("ping")


@pytest.mark.parametrize("forged", [{"senderId": NOBODYS}, {"seq": 1}, {"sentAt": "2020-01-01T00:00:00Z"}, {"senderType": "system"}, {"id": NOBODYS}, {"isRead": True}])
async def test_threat_73_what_a_sender_may_not_say(world: World, forged: dict[str, Any]) -> None:
    person, _, session = await talk(world)
    async with connected(world, person) as mine:
        refused = await mine.refused("chat:message", sessionId=session, clientId="a", message="x", **forged)
        assert (refused["status"], [error["path"] for error in refused["errors"]]) == (422, list(forged))
        refused = await mine.refused("chat:typing", sessionId=session, isTyping=True, **forged)
        assert refused["status"] == 422
        assert await db.fetchval("SELECT last_seq FROM chat_sessions") == 1


async def test_threat_74_a_flood_is_ended_and_others_are_served(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (endpoint.MOST_FRAMES_A_SECOND, endpoint.SECONDS_TOO_FAST) == (100, 5)
    monkeypatch.setattr(endpoint, "SECONDS_TOO_FAST", 2)
    person, counselor, session = await talk(world)
    async with raw(world, person) as flood, connected(world, counselor) as theirs:
        await theirs.do("chat:join", sessionId=session)

        async def pour() -> None:
            while True:
                for _ in range(50):
                    flood.say("ping")
                await flood.writer.drain()
                await asyncio.sleep(0.05)

        pouring, closing = asyncio.create_task(pour()), asyncio.create_task(flood.until_closed())
        try:
            answered = 0
            while not closing.done():
                if answered < 15:
                    await theirs.do("chat:message", sessionId=session, clientId=f"{answered}", message="x")
                answered += "now" in await theirs.do("ping")
                await asyncio.sleep(0.03)
            assert await closing == 4008
            assert answered >= 15
        finally:
            pouring.cancel()


async def test_threat_74_a_steady_hundred_is_no_flood(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One second over it is not five on end."""
    pace = endpoint._Pace()
    now = [1000.0]
    monkeypatch.setattr("api.realtime.endpoint.time.monotonic", lambda: now[0])

    def seconds(*counts: int) -> bool:
        closed = False
        for count in counts:
            closed = [pace.too_fast() for _ in range(count)].count(True) > 0 or closed
            now[0] += 1
        return closed

    assert not seconds(*[100] * 20)
    assert not seconds(101, 101, 101, 101, 100, 101, 101, 101, 101, 0, 101)
    now[0] += 10
    assert not seconds(101, 101, 101, 101, 101)
    assert seconds(1)


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


@pytest.mark.parametrize("after", [-1, 2**63, 2, "1", 1.5, True, None])
async def test_threat_76_resuming_from_nowhere_is_a_resync(world: World, after: Any) -> None:
    person, _, session = await talk(world)
    async with connected(world, person) as mine:
        if after is None:
            assert (await mine.do("chat:join", sessionId=session, afterSeq=None))["messages"]
        elif isinstance(after, int) and not isinstance(after, bool):
            taken = await mine.do("chat:join", sessionId=session, afterSeq=after)
            assert (taken["complete"], len(taken["messages"])) == (False, 1)
        else:
            assert (await mine.refused("chat:join", sessionId=session, afterSeq=after))["status"] == 422


async def test_threat_77_receipts_for_what_was_not_seen(world: World) -> None:
    _, counselor, session = await talk(world)
    stranger = await world.anonymous()
    async with connected(world, counselor) as theirs, connected(world, stranger) as other:
        assert (await theirs.refused("chat:read", sessionId=session, upToSeq=2))["status"] == 422
        assert (await other.refused("chat:read", sessionId=session, upToSeq=1))["status"] == 404
    row = await db.fetchrow("SELECT user_read_seq, counselor_read_seq FROM chat_sessions")
    assert tuple(row or ()) == (0, 0)


async def test_threat_78_a_client_id_belongs_to_its_session(world: World) -> None:
    person: Account = await world.anonymous()
    ids = []
    async with connected(world, person) as mine:
        for text in ("one", "two"):
            session = await begin(person)
            ids.append((await mine.do("chat:message", sessionId=session, clientId="same", message=text))["message"])
            await person.post(f"/chat/sessions/{session}/close")
    assert [each["message"] for each in ids] == ["one", "two"]
    assert ids[0]["id"] != ids[1]["id"]
