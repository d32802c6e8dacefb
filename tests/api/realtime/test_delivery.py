"""Messages reach who follows: once, in order, to every socket but the one that has the reply; whatever is lost on the way."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from api.realtime import connections, hub
from core import clock, db, events, keys
from domain import presence
from domain.chat import messages, sessions, snapshot
from tests.api.realtime.raw import hub_of, sockets_of
from tests.chats import principal, talk
from tests.people import Account, World, do_jobs
from tests.sockets import Client, connected, numbered

pytestmark = pytest.mark.usefixtures("unlimited")


class Deaf:
    """A publisher whose events reach nobody, as with a Redis that is gone."""

    def send(self, _event: events.Event) -> None:
        pass


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_publisher", Deaf())


async def written(account: Account, session: str, *texts: str) -> list[int]:
    """Messages as another process writes them: nobody here is told."""
    sent = await asyncio.gather(*(messages.send(principal(account), UUID(session), text) for text in texts))
    return [each.message.seq for each, _ in sent]


def seqs(client: Client) -> list[int]:
    return [each["message"]["seq"] for each in client.seen("chat:message")]


async def test_all_of_a_senders_sockets_but_the_one_that_sends(world: World) -> None:
    person, counselor, session = await talk(world)
    async with connected(world, person) as mine, connected(world, person) as also_mine, connected(world, person) as not_joined, connected(world, counselor) as theirs:
        for each in (mine, also_mine, theirs):
            await each.do("chat:join", sessionId=session)
        for n in range(20):
            sender = (mine, theirs)[n % 2]
            assert (await sender.do("chat:message", sessionId=session, clientId=f"c{n}", message=f"{n}"))["message"]["seq"] == n + 2
        await also_mine.until("chat:message", lambda data: data["message"]["seq"] == 21)
        await mine.until("chat:message", lambda data: data["message"]["seq"] == 21)
        await theirs.until("chat:message", lambda data: data["message"]["seq"] == 20)
        assert seqs(also_mine) == list(range(2, 22))
        assert seqs(mine) == list(range(3, 22, 2))
        assert seqs(theirs) == list(range(2, 21, 2))
        assert seqs(not_joined) == []


async def test_the_same_client_id_again_is_no_second_message(world: World) -> None:
    person, counselor, session = await talk(world)
    async with connected(world, person) as mine, connected(world, person) as also_mine, connected(world, counselor) as theirs:
        for each in (mine, also_mine, theirs):
            await each.do("chat:join", sessionId=session)
        first, second = await asyncio.gather(*(each.do("chat:message", sessionId=session, clientId="once", message="hello") for each in (mine, also_mine)))
        assert first["message"] == second["message"]
        assert (await mine.do("chat:message", sessionId=session, clientId="once", message="something else"))["message"] == first["message"]
        await theirs.do("chat:message", sessionId=session, clientId="once", message="another's is another")
        await mine.until("chat:message", lambda data: data["message"]["seq"] == 3)
        assert seqs(theirs) == [2]


async def test_the_reply_comes_before_what_was_said_later(world: World) -> None:
    """One socket's replies and pushes together are in the order of `seq`, however the two sides interleave."""
    person, counselor, session = await talk(world)
    async with connected(world, person) as mine, connected(world, counselor) as theirs:
        order: dict[Client, list[int]] = {mine: [], theirs: []}
        for each in order:
            await each.do("chat:join", sessionId=session)

        async def say(who: Client, n: int) -> None:
            await who.do("chat:message", sessionId=session, clientId=f"c{n}", message="x")

        heard = {mine: watch(mine, order[mine]), theirs: watch(theirs, order[theirs])}
        await asyncio.gather(*(say(who, n) for n in range(60) for who in order))
        await asyncio.gather(*(asyncio.wait_for(each.wait(), 10) for each in heard.values()))
        assert order[mine] == order[theirs] == list(range(2, 122))


def watch(client: Client, order: list[int]) -> asyncio.Event:
    """Note every message in the order its frame arrives, as a reply or as a push, until there are 120."""
    all_there = asyncio.Event()
    pushed, replies = client.pushed, client._replies

    def note(frame: dict[str, Any]) -> None:
        message = (frame.get("data") or {}).get("message")
        if message is not None:
            order.append(message["seq"])
            if len(order) == 120:
                all_there.set()

    class Noted(list[dict[str, Any]]):
        def append(self, frame: dict[str, Any]) -> None:
            note(frame)
            super().append(frame)

    class Replies(dict[str, Any]):
        def pop(self, ref: str) -> Any:  # type: ignore[override]
            future = super().pop(ref)

            class Setting:
                def set_result(self, frame: dict[str, Any]) -> None:
                    note(frame)
                    future.set_result(frame)

            return Setting()

    client.pushed, client._replies = Noted(pushed), Replies(replies)
    return all_there


async def test_lost_events_are_healed_by_the_poll(world: World, deaf: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "POLL_SECONDS", 0.3)
    person, counselor, session = await talk(world)
    async with connected(world, person) as mine:
        await mine.do("chat:join", sessionId=session)
        assert await written(counselor, session, "a", "b") == [2, 3]
        await mine.until("chat:message", lambda data: data["message"]["seq"] == 3)
        await sessions.mark_read(principal(counselor), UUID(session), 3)
        assert await mine.until("chat:read") == {"sessionId": session, "readerId": counselor.id, "upToSeq": 3}
        await sessions.set_priority(principal(counselor), UUID(session), "high")
        assert await mine.until("chat:status", lambda data: data["session"]["priority"] == "high")
        assert await written(counselor, session, "c") == [4]
        await mine.until("chat:message", lambda data: data["message"]["seq"] == 4)
        assert seqs(mine) == [2, 3, 4]


async def test_without_redis_those_here_are_told_at_once(world: World, deaf: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No event and no poll: what is said by socket or by REST reaches the other socket of the process all the same."""
    person, counselor, session = await talk(world)
    async with connected(world, person) as mine, connected(world, counselor) as theirs:
        await mine.do("chat:join", sessionId=session)
        await theirs.do("chat:join", sessionId=session)
        monkeypatch.setattr(hub, "POLL_SECONDS", 3600)
        # A look under way goes by the clock it began with: it is over once this one has been told.
        await theirs.do("chat:message", sessionId=session, clientId="a", message="a")
        await mine.until("chat:message", lambda data: data["message"]["seq"] == 2)
        await theirs.do("chat:message", sessionId=session, clientId="b", message="b")
        assert (await counselor.post(f"/chat/sessions/{session}/messages", {"message": "c"})).status == 201
        await theirs.do("chat:read", sessionId=session, upToSeq=4)
        await theirs.do("chat:typing", sessionId=session, isTyping=True)
        await mine.until("chat:read")
        await mine.until("chat:typing")
        assert seqs(mine) == [2, 3, 4]


async def test_joining_misses_nothing_and_doubles_nothing(world: World) -> None:
    """Joined and left, over and over, while both sides write: each time what was read and what is pushed make one row."""
    person, counselor, session = await talk(world)
    over = asyncio.Event()

    async def write(who: Account) -> None:
        while not over.is_set():
            await who.post(f"/chat/sessions/{session}/messages", {"message": "x"})

    async def follow(mine: Client) -> None:
        for n in range(12):
            mine.pushed.clear()
            taken = await mine.do("chat:join", sessionId=session, afterSeq=1)
            last = taken["lastSeq"]
            if taken["complete"]:
                assert [each["seq"] for each in taken["messages"]] == list(range(2, last + 1))
            wanted = last + 3
            await mine.until("chat:message", numbered(wanted))
            # What came before the reply belongs to the last round.
            pushed = [seq for seq in seqs(mine) if seq > last]
            assert pushed == list(range(last + 1, last + 1 + len(pushed)))
            if n % 2:
                await mine.do("chat:leave", sessionId=session)

    writers = [asyncio.create_task(write(each)) for each in (person, counselor, counselor)]
    try:
        async with connected(world, person) as first, connected(world, counselor) as second, connected(world, person) as third:
            await asyncio.gather(*(follow(each) for each in (first, second, third)))
    finally:
        over.set()
        await asyncio.gather(*writers)


async def test_what_changes_while_joining_is_told_after_the_reply(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Receipts, presence, status and messages that fall between the reading of the snapshot and its reply."""
    person, counselor, session = await talk(world)
    read = snapshot._messages
    gone = asyncio.Event()
    async with connected(world, person) as mine:
        async with connected(world, counselor) as theirs:

            async def slowly(*args: Any) -> Any:
                found = await read(*args)
                await counselor.post(f"/chat/sessions/{session}/messages", {"message": "meanwhile"})
                await theirs.do("chat:read", sessionId=session, upToSeq=2)
                await counselor.post(f"/counselor/sessions/{session}/priority", {"priority": "high"})
                await mine.until("chat:status", lambda data: data["session"]["priority"] == "high")
                gone.set()
                return found

            monkeypatch.setattr(snapshot, "_messages", slowly)
            joining = asyncio.create_task(mine.do("chat:join", sessionId=session))
            await gone.wait()
            taken = await joining
            before = len(mine.pushed)
            assert (taken["session"]["priority"], taken["lastSeq"]) == ("medium", 1)
            await mine.until("chat:message", lambda data: data["message"]["seq"] == 2)
            await mine.until("chat:read", lambda data: (data["readerId"], data["upToSeq"]) == (counselor.id, 2))
            async with asyncio.timeout(10):
                while not any(frame["event"] == "chat:status" and frame["data"]["session"]["priority"] == "high" for frame in mine.pushed[before:]):
                    await asyncio.sleep(0.01)
            assert [frame for frame in mine.pushed[:before] if frame["event"] in ("chat:message", "chat:read", "chat:typing", "chat:online")] == []


async def test_typing_ends_with_the_socket_and_with_leaving(world: World) -> None:
    person, counselor, session = await talk(world)
    async with connected(world, counselor) as theirs:
        await theirs.do("chat:join", sessionId=session)
        for leave in (True, False):
            theirs.pushed.clear()
            async with connected(world, person) as mine:
                await mine.do("chat:join", sessionId=session)
                await mine.do("chat:typing", sessionId=session, isTyping=True)
                await theirs.until("chat:typing", lambda data: data["isTyping"])
                if leave:
                    await mine.do("chat:leave", sessionId=session)
                else:
                    sockets_of(world, person)[0].cut()
                ended = await theirs.until("chat:typing", lambda data: not data["isTyping"])
                assert ended == {"sessionId": session, "senderId": person.id, "senderType": "user", "isTyping": False}
        # And the person is gone, not left behind half removed.
        await theirs.until("chat:online", lambda data: not data["isOnline"])
        assert sockets_of(world, person) == []


async def test_left_sessions_are_silent(world: World) -> None:
    person, counselor, session = await talk(world)
    async with connected(world, person) as mine:
        await mine.do("chat:join", sessionId=session)
        assert await mine.do("chat:leave", sessionId=session) == {}
        assert await mine.do("chat:leave", sessionId=session) == {}
        await counselor.post(f"/chat/sessions/{session}/messages", {"message": "x"})
        assert (await mine.until("notification:new"))["notification"]["kind"] == "chat_message"
        assert seqs(mine) == []
        assert (await mine.refused("chat:typing", sessionId=session, isTyping=True))["status"] == 404


async def test_the_one_who_takes_over_follows_from_the_first_message(world: World) -> None:
    """The former counselor hears nothing more, though they are still joined; the new one joins at once and misses nothing."""
    person, counselor, session = await talk(world)
    supervisor = await world.counselor(role="supervisor")
    async with connected(world, counselor) as former, connected(world, supervisor) as new:
        await former.do("chat:join", sessionId=session)
        assert (await supervisor.post(f"/counselor/sessions/{session}/take-over")).status == 200
        await new.do("chat:join", sessionId=session)
        assert (await former.until("chat:status", lambda data: data["session"]["counselorId"] == supervisor.id))["session"]["id"] == session
        for n in range(3):
            await person.post(f"/chat/sessions/{session}/messages", {"message": f"{n}"})
        last = (await person.get(f"/chat/sessions/{session}")).json["lastSeq"]
        await new.until("chat:message", lambda data: data["message"]["seq"] == last)
        assert seqs(former) == []
        for event, data in (("chat:join", {}), ("chat:message", {"clientId": "x", "message": "x"}), ("chat:typing", {"isTyping": True}), ("chat:read", {"upToSeq": 1})):
            assert (await former.refused(event, sessionId=session, **data))["status"] == 404


async def test_the_oldest_of_more_than_ten_sockets_goes_wherever_it_is(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets at other processes count, as long as those live."""
    monkeypatch.setattr(connections, "MOST_SOCKETS", 3)
    person = await world.anonymous()
    here, other, dead = hub_of(world.client), clock.new_id(), clock.new_id()
    await presence.beat(other)
    await presence.come(other, principal(person))
    async with connected(world, person) as first, connected(world, person) as second:
        await here._on_sockets_open(connections.SocketsOpen(principal_id=person.uuid, process_id=dead, socket_ids=[clock.new_id()]))
        elsewhere = [clock.new_id()]
        await here._on_sockets_open(connections.SocketsOpen(principal_id=person.uuid, process_id=other, socket_ids=elsewhere))
        assert "now" in await first.do("ping")
        elsewhere.append(clock.new_id())
        await here._on_sockets_open(connections.SocketsOpen(principal_id=person.uuid, process_id=other, socket_ids=elsewhere))
        assert await first.until_closed() == 4010
        assert "now" in await second.do("ping")
        await here._on_sockets_open(connections.SocketsOpen(principal_id=person.uuid, process_id=other, socket_ids=[]))
        async with connected(world, person), connected(world, person):
            assert "now" in await second.do("ping")
        await do_jobs()


async def test_an_erased_person_holds_nobody_up(world: World) -> None:
    """Their messages cannot be opened any more; everybody else's go on being delivered by the same looks."""
    person, counselor, session = await talk(world)
    other, other_counselor, other_session = await talk(world)
    async with connected(world, counselor) as theirs, connected(world, other) as mine:
        await theirs.do("chat:join", sessionId=session)
        await mine.do("chat:join", sessionId=other_session)
        await written(person, session, "the last word")
        await db.execute("DELETE FROM data_keys WHERE owner_id = $1", person.uuid)
        keys.keys().forget(person.uuid)
        hub_of(world.client).look(UUID(session))
        hub_of(world.client)._work.changed[UUID(session)].update(())
        await other_counselor.post(f"/chat/sessions/{other_session}/messages", {"message": "x"})
        await other_counselor.post(f"/counselor/sessions/{other_session}/priority", {"priority": "high"})
        await mine.until("chat:message")
        await mine.until("chat:status", lambda data: data["session"]["priority"] == "high")
        # Pushed before the key went, or never.
        assert seqs(theirs) in ([], [2])
