"""Threats 71–74 and 76–78: what a socket may carry, and what is refused of it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from api.realtime import endpoint
from core import db
from tests.api.realtime.conftest import _all_gone  # noqa: F401 (a fixture)
from tests.api.realtime.raw import BINARY, CLOSE, TEXT, raw
from tests.chats import begin, talk
from tests.people import NOBODYS, Account, World
from tests.sockets import connected


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
