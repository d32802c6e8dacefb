"""Chat over the socket: what one side does, the other sees."""

from __future__ import annotations

from tests.api.test_chat import begin, talk
from tests.people import World, do_jobs
from tests.sockets import connected


async def test_two_sides_talk(world: World) -> None:
    person, counselor, session = await talk(world)
    async with connected(world, person) as mine, connected(world, counselor) as theirs:
        taken = await mine.do("chat:join", sessionId=session)
        assert (taken["complete"], taken["lastSeq"], [each["kind"] for each in taken["participants"]]) == (True, 1, ["user", "counselor"])
        await theirs.do("chat:join", sessionId=session)
        sent = await mine.do("chat:message", sessionId=session, clientId="a1", message="hello")
        assert sent["message"]["seq"] == 2
        assert (await theirs.until("chat:message"))["message"] == sent["message"]
        answered = await theirs.do("chat:message", sessionId=session, clientId="b1", message="hello to you")
        assert (await mine.until("chat:message"))["message"] == answered["message"]
        await theirs.do("chat:typing", sessionId=session, isTyping=True)
        assert await mine.until("chat:typing") == {"sessionId": session, "senderId": counselor.id, "senderType": "counselor", "isTyping": True}
        await theirs.do("chat:read", sessionId=session, upToSeq=3)
        assert await mine.until("chat:read") == {"sessionId": session, "readerId": counselor.id, "upToSeq": 3}
        assert [each["message"]["seq"] for each in mine.seen("chat:message")] == [3]
        assert [each["message"]["seq"] for each in theirs.seen("chat:message")] == [2]


async def test_messages_by_rest_reach_the_senders_socket_too(world: World) -> None:
    person, _, session = await talk(world)
    async with connected(world, person) as mine:
        await mine.do("chat:join", sessionId=session, afterSeq=1)
        await person.post(f"/chat/sessions/{session}/messages", {"message": "by post"})
        assert (await mine.until("chat:message"))["message"]["message"] == "by post"


async def test_resume_gives_exactly_what_was_missed(world: World) -> None:
    person, counselor, session = await talk(world)
    for n in range(5):
        await counselor.post(f"/chat/sessions/{session}/messages", {"message": f"{n}"})
    async with connected(world, person) as mine:
        for after in range(7):
            taken = await mine.do("chat:join", sessionId=session, afterSeq=after)
            assert taken["complete"]
            assert [each["seq"] for each in taken["messages"]] == list(range(after + 1, 7))
        for after in (-1, 7, 2**63):
            taken = await mine.do("chat:join", sessionId=session, afterSeq=after)
            assert (taken["complete"], len(taken["messages"])) == (False, 6)


async def test_status_and_offers_are_pushed(world: World) -> None:
    person, counselor = await world.anonymous(), await world.counselor()
    async with connected(world, person) as mine, connected(world, counselor) as theirs:
        session = await begin(person)
        await theirs.do("chat:online", status="available")
        await do_jobs()
        offer = await theirs.until("chat:offer")
        assert (offer["session"]["id"], bool(offer["reason"])) == (session["id"], True)
        assert (await counselor.post(f"/counselor/sessions/{session['id']}/accept")).status == 200
        changed = await mine.until("chat:status", lambda data: data["session"]["status"] == "active")
        assert changed["session"]["counselor"]["firstName"] == "Cora"
        # Nobody had joined: the system's message came as a notification.
        assert (await mine.until("notification:new"))["notification"]["kind"] == "chat_message"


async def test_presence_is_pushed(world: World) -> None:
    person, counselor, session = await talk(world)
    async with connected(world, person) as mine:
        await mine.do("chat:join", sessionId=session)
        async with connected(world, counselor) as theirs:
            came = await mine.until("chat:online", lambda data: data["isOnline"])
            told = len(mine.seen("chat:online"))
            # Who says so themself is heard, though nothing changes for the other side.
            await theirs.do("chat:online", status="busy")
            assert (await mine.until("chat:online", lambda _: len(mine.seen("chat:online")) > told)) == came
            assert (came["participantId"], came["senderType"]) == (counselor.id, "counselor")
        went = await mine.until("chat:online", lambda data: not data["isOnline"])
        assert went["lastSeenAt"]


async def test_the_queue_moves_before_ones_eyes(world: World) -> None:
    first, second = await world.anonymous(), await world.anonymous()
    session = await begin(first)
    async with connected(world, second) as mine:
        await begin(second)
        assert (await mine.until("chat:status"))["session"]["queue"]["position"] == 2
        await first.post(f"/chat/sessions/{session['id']}/close")
        assert await mine.until("chat:status", lambda data: data["session"]["queue"]["position"] == 1)
