"""A client that applies what is pushed to an old snapshot has what a fresh snapshot says: the session, messages, receipts, who is there."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings import parse_rate
from tests.chats import begin
from tests.people import Account, World
from tests.properties import examples
from tests.settings import configure
from tests.sockets import Client, connected


class Model:
    """What one side knows of a session, from a snapshot and the events after it alone."""

    def __init__(self, side: str, taken: dict[str, Any]) -> None:
        self.side = side
        self.session = taken["session"]
        self.messages = {each["seq"]: each for each in taken["messages"]}
        self.people = {each["id"]: each for each in taken["participants"]}
        self.read: dict[str | None, int] = {each["id"]: each["readSeq"] for each in taken["participants"]}

    def apply(self, event: str, data: dict[str, Any]) -> None:
        if event == "chat:message":
            self.messages[data["message"]["seq"]] = data["message"]
        elif event == "chat:read":
            self.read[data["readerId"]] = max(self.read.get(data["readerId"], 0), data["upToSeq"])
        elif event == "chat:status":
            former = self.session["counselorId"]
            self.session = data["session"]
            if former != self.session["counselorId"]:
                # Somebody else's eyes: what the former one had read counts no more.
                self.read.pop(former, None)
        elif event == "chat:online":
            known = self.people.setdefault(data["participantId"], {"id": data["participantId"]})
            known |= {"isOnline": data["isOnline"], "lastSeenAt": data["lastSeenAt"]}

    def shown(self) -> dict[str, Any]:
        """As a fresh snapshot would say it."""
        user, counselor = self.session["userId"], self.session["counselorId"]
        messages = [
            each | {"isRead": each["seq"] <= self.read.get(counselor if each["senderType"] == "user" else user, 0) if counselor or each["senderType"] != "user" else False}
            for _, each in sorted(self.messages.items())
        ]
        unread = [each for each in messages if (each["senderType"] == "user") != (self.side == "user") and not each["isRead"]]
        people = [{"id": user, "kind": "user", "firstName": self.people[user]["firstName"]}]
        if counselor:
            people.append({"id": counselor, "kind": "counselor", "firstName": self.session["counselor"]["firstName"]})
        return {
            "session": self.session | {"lastSeq": max(self.messages, default=0), "unread": len(unread)},
            "messages": messages,
            "participants": [
                each | {name: self.people.get(each["id"], {}).get(name) for name in ("isOnline", "lastSeenAt")} | {"readSeq": self.read.get(each["id"], 0)} for each in people
            ],
        }


class Observer:
    """One socket that snapshots once and then only applies, and one that asks afresh."""

    def __init__(self, mine: Client, fresh: Client, session: str, model: Model, seen: int) -> None:
        self.mine, self.fresh, self.session, self.model, self.seen = mine, fresh, session, model, seen

    @classmethod
    async def begin(cls, stack: AsyncExitStack, world: World, account: Account, side: str, session: str) -> Observer:
        mine = await stack.enter_async_context(connected(world, account))
        fresh = await stack.enter_async_context(connected(world, account))
        taken = await mine.do("chat:join", sessionId=session, afterSeq=0)
        # What was pushed before the reply is in the snapshot, or is pushed again: the newest state of a session wins in either order.
        return cls(mine, fresh, session, Model(side, taken), len(mine.pushed))

    async def send(self, text: str, n: int) -> None:
        said = await self.mine.do("chat:message", sessionId=self.session, clientId=f"c{n}", message=text)
        self.model.apply("chat:message", said)

    def catch_up(self) -> None:
        while self.seen < len(self.mine.pushed):
            frame = self.mine.pushed[self.seen]
            self.seen += 1
            if frame.get("data", {}).get("sessionId", self.session) == self.session:
                self.model.apply(frame["event"], frame["data"])

    async def agrees(self) -> None:
        async with asyncio.timeout(15):
            while True:
                taken = await self.fresh.do("chat:join", sessionId=self.session, afterSeq=0)
                assert taken["complete"]
                await self.fresh.do("chat:leave", sessionId=self.session)
                self.catch_up()
                want = {name: taken[name] for name in ("session", "messages", "participants")}
                if (have := self.model.shown()) == want:
                    return
                last = (want, have)
                if self.mine.closed is not None:
                    raise AssertionError(last)
                await asyncio.sleep(0.02)


STEPS = ("user_sends", "counselor_sends", "rest_sends", "user_reads", "counselor_reads", "half_read", "priority", "over", "user_leaves", "user_returns", "settle")


@examples(8)
@given(steps=st.lists(st.sampled_from(STEPS), min_size=3, max_size=14), closes=st.booleans())
async def test_events_applied_to_an_old_snapshot_give_the_fresh_one(world: World, steps: list[str], closes: bool) -> None:
    with pytest.MonkeyPatch.context() as patch:
        configure(patch, limit_messages=parse_rate("off"), limit_signals=parse_rate("off"))
        await run(world, steps, closes)


async def run(world: World, steps: list[str], closes: bool) -> None:
    person = await world.user(firstName="Ana")
    supervisors = [await world.counselor(role="supervisor", first_name=name) for name in ("Cora", "Dan")]
    session = await begin(person, message="hello")
    holder = 0
    url = f"/counselor/sessions/{session}"
    async with AsyncExitStack() as users, AsyncExitStack() as counselors:
        assert (await supervisors[0].post(f"{url}/take-over")).status == 200
        theirs = await Observer.begin(counselors, world, supervisors[0], "counselor", session)
        user_stack = await users.enter_async_context(AsyncExitStack())
        mine: Observer | None = await Observer.begin(user_stack, world, person, "user", session)
        for n, step in enumerate(steps):
            last = (await person.get(f"/chat/sessions/{session}")).json["lastSeq"]
            if step == "user_sends" and mine:
                await mine.send("from the person", n)
            elif step == "counselor_sends":
                await theirs.send("from the counselor", n)
            elif step == "rest_sends":
                await asyncio.gather(*(each.post(f"/chat/sessions/{session}/messages", {"message": "by post"}) for each in (person, supervisors[holder])))
            elif step == "user_reads" and mine:
                await mine.mine.do("chat:read", sessionId=session, upToSeq=last)
            elif step == "counselor_reads":
                await theirs.mine.do("chat:read", sessionId=session, upToSeq=last)
            elif step == "half_read":
                await theirs.mine.do("chat:read", sessionId=session, upToSeq=max(1, last // 2))
            elif step == "priority":
                await supervisors[holder].post(f"{url}/priority", {"priority": ("low", "high")[n % 2]})
            elif step == "over":
                holder = 1 - holder
                assert (await supervisors[holder].post(f"{url}/take-over")).status == 200
                await counselors.pop_all().aclose()
                theirs = await Observer.begin(counselors, world, supervisors[holder], "counselor", session)
            elif step == "user_leaves" and mine:
                await user_stack.aclose()
                mine = None
            elif step == "user_returns" and mine is None:
                user_stack = await users.enter_async_context(AsyncExitStack())
                mine = await Observer.begin(user_stack, world, person, "user", session)
            elif step == "settle":
                for each in filter(None, (mine, theirs)):
                    await each.agrees()
        if closes:
            await person.post(f"/chat/sessions/{session}/close")
        for each in filter(None, (mine, theirs)):
            await each.agrees()
