"""Messages written together: numbered without gaps, each with its own outcome, whatever becomes of the others."""

from __future__ import annotations

import asyncio
import contextvars
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core import clock, db, keys
from core.problem import Invalid, NotFound, Problem, ServiceUnavailable
from domain.chat import messages
from domain.chat.messages import Sent, SessionClosed
from tests.chats import principal, talk
from tests.people import Account, World

pytestmark = pytest.mark.usefixtures("unlimited")


async def send(who: Account, session: str, text: str = "x", **options: Any) -> Sent:
    return (await messages.send(principal(who), UUID(session), text, **options))[0]


async def stored(session: str) -> list[tuple[int, str | None]]:
    return [(row["seq"], row["client_id"]) for row in await db.fetch("SELECT seq, client_id FROM chat_messages WHERE session_id = $1 ORDER BY seq", UUID(session))]


class Held:
    """Keeps the first transaction waiting, so that what is sent meanwhile is written together."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.groups: list[int] = []
        self._open = asyncio.Event()
        self._write = messages._write
        patch.setattr(messages, "_write", self)

    async def __call__(self, drafts: list[Any]) -> Any:
        self.groups.append(len(drafts))
        await self._open.wait()
        return await self._write(drafts)

    async def until(self, count: int) -> None:
        """Wait until so many drafts are held or wait behind those."""
        async with asyncio.timeout(10):
            while sum(self.groups) + len(messages._group._waiting) < count:
                await asyncio.sleep(0.005)

    async def gathered(self, count: int) -> None:
        """Let them go once there are so many."""
        try:
            await self.until(count)
        finally:
            self._open.set()


async def test_five_hundred_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    talks = [await talk(world) for _ in range(5)]
    held = Held(monkeypatch)
    every = [((person, counselor)[n % 2], session, f"{n}") for n in range(100) for person, counselor, session in talks]
    sending = []
    for who, session, text in every:
        sending.append(asyncio.create_task(send(who, session, text, client_id=f"c{text}")))
        if len(sending) == 1:
            await held.until(1)
    await held.gathered(500)
    sent = await asyncio.gather(*sending)
    # One alone, since nothing was under way; then as many as gathered, within bounds.
    assert held.groups == [1, 200, 200, 99]
    for person, _, session in talks:
        acked = sorted((each.message.seq, each.message.client_id) for each in sent if str(each.message.session_id) == session)
        assert [seq for seq, _ in acked] == list(range(2, 102))
        assert await stored(session) == [(1, None), *acked]
        assert (await person.get(f"/chat/sessions/{session}")).json["lastSeq"] == 101


async def test_those_of_one_sender_keep_their_order(world: World) -> None:
    person, counselor, session = await talk(world)
    await asyncio.gather(*(send(who, session, f"{n}", client_id=f"c{n}") for n in range(60) for who in (person, counselor)))
    rows = await db.fetch("SELECT sender_type, client_id FROM chat_messages WHERE seq > 1 ORDER BY seq")
    for side in ("user", "counselor"):
        assert [row["client_id"] for row in rows if row["sender_type"] == side] == [f"c{n}" for n in range(60)]


async def test_a_bad_one_does_not_sink_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger's, an ended session's, an unknown session's, a wrong attachment's, an erased person's: each has its own refusal."""
    person, counselor, session = await talk(world)
    ended, _, ended_session = await talk(world)
    await ended.post(f"/chat/sessions/{ended_session}/close")
    erased, _, erased_session = await talk(world)
    await db.execute("DELETE FROM data_keys WHERE owner_id = $1", erased.uuid)
    keys.keys().forget(erased.uuid)
    held = Held(monkeypatch)
    bad: list[tuple[Any, type[BaseException]]] = [
        (send(ended, session), NotFound),
        (send(ended, ended_session), SessionClosed),
        (send(person, str(clock.new_id())), NotFound),
        (send(person, session, message_type="image"), Invalid),
        (send(person, session, attachment_id=clock.new_id(), message_type="image"), Problem),
        (send(erased, erased_session), Exception),
    ]
    good = [asyncio.create_task(send((person, counselor)[n % 2], session, f"{n}", client_id=f"c{n}")) for n in range(10)]
    trying = [asyncio.create_task(each) for each, _ in bad]
    good += [asyncio.create_task(send(person, session, f"{n}", client_id=f"d{n}")) for n in range(10)]
    await held.gathered(26)
    outcomes = await asyncio.gather(*trying, return_exceptions=True)
    for outcome, (_, kind) in zip(outcomes, bad, strict=True):
        assert isinstance(outcome, kind), (outcome, kind)
    sent = await asyncio.gather(*good)
    assert sorted(each.message.seq for each in sent) == list(range(2, 22))
    assert [seq for seq, _ in await stored(session)] == list(range(1, 22))
    assert [seq for seq, _ in await stored(erased_session)] == [1]


async def test_the_same_client_id_within_one_group_is_one_message(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    person, counselor, session = await talk(world)
    held = Held(monkeypatch)
    sending = [asyncio.create_task(send(person, session, f"{n}", client_id=f"c{n % 3}")) for n in range(30)]
    sending += [asyncio.create_task(send(counselor, session, "theirs", client_id="c0"))]
    await held.gathered(31)
    sent = await asyncio.gather(*sending)
    assert [each.message.message for each in sent] == [f"{n % 3}" for n in range(30)] + ["theirs"]
    assert len(await stored(session)) == 5


async def test_a_sender_who_goes_away_takes_nobody_along(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the one whose message began the writing, nor one in the middle; theirs are written too."""
    person, counselor, session = await talk(world)
    held = Held(monkeypatch)
    sending = [asyncio.create_task(send((person, counselor)[n % 2], session, f"{n}", client_id=f"c{n}")) for n in range(20)]
    await held.until(20)
    for gone in (0, 7):
        sending[gone].cancel()
    await held.gathered(20)
    outcomes = await asyncio.gather(*sending, return_exceptions=True)
    assert [n for n, each in enumerate(outcomes) if isinstance(each, asyncio.CancelledError)] == [0, 7]
    assert sorted(each.message.seq for each in outcomes if isinstance(each, Sent)) == sorted(set(range(2, 22)) - {2, 9})
    assert [client_id for _, client_id in await stored(session)] == [None, *(f"c{n}" for n in range(20))]


@pytest.mark.parametrize("after_commit", [False, True])
async def test_a_lost_database_and_the_same_again(world: World, monkeypatch: pytest.MonkeyPatch, after_commit: bool) -> None:
    """503 whether or not it was stored; the same client id again is stored once."""
    person, counselor, session = await talk(world)
    write = messages._write
    lost: list[int] = []

    async def breaking(drafts: list[Any]) -> Any:
        if lost:
            return await write(drafts)
        lost.append(len(drafts))
        if after_commit:
            await write(drafts)
        raise asyncpg.ConnectionDoesNotExistError

    monkeypatch.setattr(messages, "_write", breaking)
    with pytest.raises(ServiceUnavailable) as refused:
        await send(person, session, "once", client_id="a")
    assert refused.value.status == 503
    again = await asyncio.gather(*(messages.send(principal(person), UUID(session), "once", client_id="a") for _ in range(3)))
    assert {each.message.seq for each, _ in again} == {2}
    assert sorted(is_new for _, is_new in again) == ([False, False, False] if after_commit else [False, False, True])
    assert await stored(session) == [(1, None), (2, "a")]
    # And the connection that was lost in mid-transaction left no number used.
    assert (await send(counselor, session)).message.seq == 3


async def test_a_connection_killed_in_the_middle_leaves_no_gap(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    person, _, session = await talk(world)
    insert = messages._insert

    async def killed(rows: list[Any]) -> None:
        await insert(rows)
        monkeypatch.setattr(messages, "_insert", insert)
        pid = await db.fetchval("SELECT pg_backend_pid()")
        connection = await db.pool().acquire()
        try:
            await connection.execute("SELECT pg_terminate_backend($1)", pid)
        finally:
            await db.pool().release(connection)

    monkeypatch.setattr(messages, "_insert", killed)
    outcomes = await asyncio.gather(*(send(person, session, f"{n}", client_id=f"c{n}") for n in range(5)), return_exceptions=True)
    failed = [n for n, each in enumerate(outcomes) if isinstance(each, ServiceUnavailable)]
    assert failed
    assert all(isinstance(each, Sent | ServiceUnavailable) for each in outcomes)
    for n in failed:
        await send(person, session, f"{n}", client_id=f"c{n}")
    rows = await stored(session)
    assert [seq for seq, _ in rows] == list(range(1, 7))
    assert {client_id for _, client_id in rows[1:]} == {f"c{n}" for n in range(5)}


async def test_no_message_is_acknowledged_before_it_is_committed(world: World) -> None:
    """One is sent within a transaction, as a request with an Idempotency-Key is; others must not be written, or undone, with it."""
    person, counselor, session = await talk(world)
    outside = contextvars.copy_context()

    async def request() -> None:
        async with db.transaction():
            await send(person, session, "within", client_id="a")
            raise ZeroDivisionError

    within = asyncio.create_task(request())
    other = asyncio.create_task(send(counselor, session, "outside", client_id="b"), context=outside)
    undone, sent = await asyncio.gather(within, other, return_exceptions=True)
    assert isinstance(undone, ZeroDivisionError)
    assert isinstance(sent, Sent)
    assert [client_id for _, client_id in await stored(session)] == [None, "b"]
