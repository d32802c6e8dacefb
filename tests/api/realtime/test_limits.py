"""How often what may be said over the socket."""

from __future__ import annotations

from uuid import UUID

import pytest

from core import db
from core.limits import limiter
from core.settings import parse_rate
from tests.chats import talk
from tests.people import World
from tests.settings import configure
from tests.sockets import connected

CRISIS = "I want to kill myself tonight"


async def test_messages_come_in_bursts_of_a_third(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """By socket and by REST together; the other side, and the signals, count for themselves."""
    configure(monkeypatch, limit_messages=parse_rate("12/1m"))
    person, counselor, session = await talk(world)
    async with connected(world, person) as mine, connected(world, counselor) as theirs:
        await mine.do("chat:join", sessionId=session)
        for n in range(3):
            await mine.do("chat:message", sessionId=session, clientId=f"{n}", message="x")
        assert (await person.post(f"/chat/sessions/{session}/messages", {"message": "x"})).status == 201
        refused = await mine.refused("chat:message", sessionId=session, clientId="5", message="x")
        assert (refused["status"], refused["code"]) == (429, "rate_limited")
        assert 0 < refused["retryAfter"] <= 20
        # What was acknowledged is acknowledged again all the same.
        assert (await mine.do("chat:message", sessionId=session, clientId="2", message="y"))["message"]["message"] == "x"
        assert (await person.post(f"/chat/sessions/{session}/messages", {"message": "x", "clientId": "0"})).status == 200
        assert "crisis" not in refused
        assert (await person.post(f"/chat/sessions/{session}/messages", {"message": "x"})).status == 429
        await theirs.do("chat:message", sessionId=session, clientId="1", message="x")
        await mine.do("chat:typing", sessionId=session, isTyping=True)
        assert await db.fetchval("SELECT last_seq FROM chat_sessions") == 6


async def test_what_another_process_counted_counts_from_the_first_message_here(world: World) -> None:
    person, _, session = await talk(world)
    await limiter()._redis.set(f"limit:messages:{person.uuid.hex}:{UUID(session).hex}", 20, px=20_000)
    assert (await person.post(f"/chat/sessions/{session}/messages", {"message": "x"})).status == 429


async def test_threat_91_a_crisis_over_the_limit_is_not_lost(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not stored as a message, but flagged, and help is in the answer; a flood of them is not a flood of rows."""
    configure(monkeypatch, limit_messages=parse_rate("3/1m"))
    person, _, session = await talk(world)
    async with connected(world, person) as mine:
        await mine.do("chat:message", sessionId=session, clientId="a", message="x")
        for n in range(12):
            refused = await mine.refused("chat:message", sessionId=session, clientId=f"b{n}", message=CRISIS)
            assert refused["status"] == 429
            assert refused["crisis"]["resources"][0]["name"]
        assert await db.fetchval("SELECT count(*) FROM risk_flags WHERE user_id = $1", person.uuid) == 6
        assert (await mine.until("chat:status", lambda data: data["session"]["priority"] == "emergency"))["session"]["lastSeq"] == 2


async def test_threat_91_a_crisis_in_an_ended_session_is_not_lost(world: World) -> None:
    person, counselor, session = await talk(world)
    async with connected(world, person) as mine:
        await mine.do("chat:join", sessionId=session)
        await counselor.post(f"/chat/sessions/{session}/close")
        refused = await mine.refused("chat:message", sessionId=session, clientId="a", message=CRISIS)
        assert (refused["status"], bool(refused["crisis"]["resources"])) == (409, True)
        assert await db.fetchval("SELECT count(*) FROM risk_flags WHERE user_id = $1", person.uuid) == 1


async def test_a_crisis_that_is_sent_is_answered_with_help(world: World) -> None:
    person, counselor, session = await talk(world)
    async with connected(world, person) as mine, connected(world, counselor) as theirs:
        await theirs.do("chat:join", sessionId=session)
        sent = await mine.do("chat:message", sessionId=session, clientId="a", message=CRISIS)
        assert sent["crisis"]["resources"]
        # The other side sees the message and the alert, not the sender's help.
        assert set(await theirs.until("chat:message")) == {"message"}
        assert (await theirs.until("notification:new", lambda data: data["notification"]["kind"] == "crisis"))["notification"]["data"]["sessionId"] == session


async def test_signals_are_limited_in_each_session(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, limit_signals=parse_rate("3/1m"))
    person, counselor, session = await talk(world)
    async with connected(world, person) as mine, connected(world, counselor) as theirs:
        await mine.do("chat:join", sessionId=session)
        await theirs.do("chat:join", sessionId=session)
        await mine.do("chat:typing", sessionId=session, isTyping=True)
        await mine.do("chat:read", sessionId=session, upToSeq=1)
        await mine.do("chat:typing", sessionId=session, isTyping=False)
        for event, data in (("chat:typing", {"isTyping": True}), ("chat:read", {"upToSeq": 1})):
            refused = await mine.refused(event, sessionId=session, **data)
            assert (refused["status"], 0 < refused["retryAfter"] <= 60) == (429, True)
        await theirs.do("chat:typing", sessionId=session, isTyping=True)
        await mine.do("chat:message", sessionId=session, clientId="a", message="x")


async def test_all_else_has_the_general_limit_and_so_has_trying_ids(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    person, _, session = await talk(world)
    # One of them was the request for the session.
    configure(monkeypatch, limit_default=parse_rate("6/1m"))
    async with connected(world, person) as mine:
        await mine.do("chat:join", sessionId=session)
        await mine.do("ping")
        nobodys = "018f0000-0000-7000-8000-00000000000"
        assert (await mine.refused("chat:message", sessionId=f"{nobodys}1", clientId="a", message="x"))["status"] == 404
        assert (await mine.refused("chat:read", sessionId=f"{nobodys}2", upToSeq=1))["status"] == 404
        assert (await mine.refused("chat:typing", sessionId=f"{nobodys}3", isTyping=True))["status"] == 404
        for event, data in (
            ("ping", {}),
            ("chat:read", {"sessionId": f"{nobodys}4", "upToSeq": 1}),
            ("chat:message", {"sessionId": f"{nobodys}5", "clientId": "a", "message": "x"}),
        ):
            assert (await mine.refused(event, **data))["status"] == 429
        # What one has joined goes on.
        await mine.do("chat:message", sessionId=session, clientId="a", message="x")
        await mine.do("chat:read", sessionId=session, upToSeq=2)
