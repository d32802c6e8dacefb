"""Threats 26–28, 68 and 69 by socket: whose sessions it reaches."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from api.realtime import connections
from core import clock, db
from domain import presence
from domain.chat import snapshot
from tests.api.realtime.conftest import _all_gone  # noqa: F401 (a fixture)
from tests.api.realtime.raw import hub_of, sockets_of
from tests.chats import begin, talk
from tests.people import NOBODYS, World
from tests.sockets import Client, connected

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
