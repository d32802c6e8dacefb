"""Coming back: exactly what was missed, or a clear word that it is too much; never a gap, never the same twice."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from typing import Any
from uuid import UUID

import pytest

from core import db
from domain.chat import messages
from tests.api.realtime.raw import Raw, raw
from tests.chats import principal, talk
from tests.people import Account, World
from tests.sockets import connected

pytestmark = pytest.mark.usefixtures("unlimited")


async def fill(account: Account, session: str, texts: list[str]) -> None:
    who = principal(account)
    await asyncio.gather(*(messages.send(who, UUID(session), text) for text in texts))


async def test_every_offset_of_a_long_session(world: World) -> None:
    person, counselor, session = await talk(world)
    await fill(counselor, session, [f"{n}" for n in range(349)])
    async with connected(world, person) as mine:
        for after in (*range(45, 56), *range(60, 350, 7), 349, 350):
            taken = await mine.do("chat:join", sessionId=session, afterSeq=after)
            missed = 350 - after
            assert (taken["complete"], taken["lastSeq"]) == (missed <= 300, 350), after
            assert [each["seq"] for each in taken["messages"]] == (list(range(after + 1, 351)) if missed <= 300 else list(range(251, 351)))
        newest = await mine.do("chat:join", sessionId=session)
        assert [each["seq"] for each in newest["messages"]] == list(range(251, 351))


@pytest.mark.parametrize(("size", "whole"), [(8_000, 23), (1_800, 90)])
async def test_too_many_bytes_are_a_resync_of_bounded_size(world: World, size: int, whole: int) -> None:
    """Newest first as many as fit; `whole` messages fit and still come complete."""
    person, counselor, session = await talk(world)
    await fill(counselor, session, ["x" * size for _ in range(100)])
    async with raw(world, person) as mine:
        for after, complete in ((None, False), (0, False), (101 - whole, True)):
            taken, bytes_sent = await joined(mine, session, **({} if after is None else {"afterSeq": after}))
            assert taken["complete"] is complete
            found = [each["seq"] for each in taken["messages"]]
            assert found == list(range(102 - len(found), 102))
            assert (len(found) == whole) if complete else (whole <= len(found) < 101)
            assert bytes_sent < 256 * 1024


async def test_text_that_swells_in_json_is_bounded_too(world: World) -> None:
    """Control characters take six bytes each on the wire."""
    person, counselor, session = await talk(world)
    await fill(counselor, session, ["\x01" * 8_000 for _ in range(10)])
    async with raw(world, person) as mine:
        taken, bytes_sent = await joined(mine, session, afterSeq=0)
        assert (taken["complete"], [each["seq"] for each in taken["messages"]]) == (False, [8, 9, 10, 11])
        assert bytes_sent < 256 * 1024


async def joined(mine: Raw, session: str, **after: int) -> tuple[dict[str, Any], int]:
    """A snapshot, and how large its frame was."""
    mine.say("chat:join", "join", sessionId=session, **after)
    while True:
        _, payload = await mine.frame()
        if (frame := json.loads(payload))["event"] == "reply":
            return frame["data"], len(payload)


@pytest.mark.parametrize("after", [-1, -(2**63), 2**31, 2**63 - 1, 2**63, 2**64, 10**29])
async def test_offsets_that_cannot_be(world: World, after: int) -> None:
    person, _, session = await talk(world)
    async with connected(world, person) as mine:
        taken = await mine.do("chat:join", sessionId=session, afterSeq=after)
        assert (taken["complete"], taken["lastSeq"], [each["seq"] for each in taken["messages"]]) == (False, 1, [1])


async def test_cut_at_random_and_resumed_it_is_one_row(world: World) -> None:
    """Both sides write and are cut in mid-flight, again and again; what each has in the end is what the database has."""
    person, counselor, session = await talk(world)
    chance, over = random.Random(7), asyncio.Event()

    async def live(who: Account, name: str) -> tuple[list[int], set[str]]:
        have: list[int] = []
        acked: set[str] = set()
        numbers, pending = itertools.count(), ""
        cuts = 0
        while not over.is_set():
            headers = who.bearer
            connection = await world.client.ws_connect("/api/realtime", headers=headers)
            await connection.receive()
            await connection.send_str(json.dumps({"event": "chat:join", "ref": "join", "data": {"sessionId": session, "afterSeq": have[-1] if have else 0}}))
            left = chance.randrange(1, 12)
            while left:
                frame = json.loads((await connection.receive()).data)
                left -= 1
                data = frame.get("data") or {}
                if frame.get("ref") == "join":
                    assert data["complete"], frame
                    found = [each["seq"] for each in data["messages"]]
                    # Exact: it begins after what is there, and has no hole.
                    assert found == list(range((have[-1] if have else 0) + 1, data["lastSeq"] + 1))
                    have += found
                elif frame["event"] == "chat:message" or frame.get("ref") == "send":
                    seq = data["message"]["seq"]
                    if frame.get("ref") == "send":
                        acked.add(data["message"]["clientId"])
                        pending = ""
                    if seq == (have[-1] if have else 0) + 1:
                        have.append(seq)
                    else:
                        # Known already: nothing is ever skipped.
                        assert seq <= have[-1], (seq, have[-1])
                else:
                    continue
                pending = pending or f"{name}{next(numbers)}"
                await connection.send_str(json.dumps({"event": "chat:message", "ref": "send", "data": {"sessionId": session, "clientId": pending, "message": pending}}))
            transport = connection._response.connection.transport if connection._response.connection else None
            if transport is not None:
                transport.abort()
            await connection.close()
            cuts += 1
            if cuts == 40:
                over.set()
        return have, acked

    lives = await asyncio.gather(live(person, "p"), live(counselor, "c"))
    stored = [(row["seq"], row["client_id"]) for row in await db.fetch("SELECT seq, client_id FROM chat_messages WHERE session_id = $1 ORDER BY seq", UUID(session))]
    assert [seq for seq, _ in stored] == list(range(1, len(stored) + 1))
    ids = [client_id for _, client_id in stored if client_id]
    assert len(ids) == len(set(ids)) > 20
    for have, acked in lives:
        assert have == list(range(1, len(have) + 1))
        assert acked <= set(ids)
