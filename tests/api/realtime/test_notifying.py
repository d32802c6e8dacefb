"""Receipts and notifications over the socket: who is told, who is not, and on which devices."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core import clock, db
from domain import notifications
from tests.chats import talk
from tests.people import NOBODYS, Account, World
from tests.sockets import connected


async def told(person: Account, kind: str = "test") -> str:
    async with db.transaction():
        await notifications.notify("user", person.uuid, kind, "Title", "Body")
    found: str = (await person.get("/notifications")).json["items"][0]["id"]
    return found


async def test_receipts_move_only_forward_and_not_beyond_the_end(world: World) -> None:
    person, counselor, session = await talk(world)
    for n in range(3):
        await person.post(f"/chat/sessions/{session}/messages", {"message": f"{n}"})

    async def is_read() -> list[bool]:
        return [each["isRead"] for each in (await person.get(f"/chat/sessions/{session}/messages")).json["items"]]

    async with connected(world, person) as mine, connected(world, counselor) as theirs:
        await mine.do("chat:join", sessionId=session)
        assert (await theirs.refused("chat:read", sessionId=session, upToSeq=5))["errors"] == [{"path": "upToSeq", "message": "is beyond the last message"}]
        assert (await theirs.refused("chat:read", sessionId=session, upToSeq=2**31))["status"] == 422
        assert await is_read() == [False] * 4
        assert await theirs.do("chat:read", sessionId=session, upToSeq=3) == {}
        assert await mine.until("chat:read") == {"sessionId": session, "readerId": counselor.id, "upToSeq": 3}
        await theirs.do("chat:read", sessionId=session, upToSeq=2)
        # The system's message is the person's to read.
        assert await is_read() == [False, True, True, False]
        assert (await counselor.get(f"/chat/sessions/{session}")).json["unread"] == 1
        assert (await person.get(f"/chat/sessions/{session}")).json["unread"] == 1
        await mine.do("chat:read", sessionId=session, upToSeq=1)
        await mine.until("chat:read", lambda data: data["readerId"] == person.id)
        assert await is_read() == [True, True, True, False]
        assert (await person.get(f"/chat/sessions/{session}")).json["unread"] == 0
        assert [each["upToSeq"] for each in mine.seen("chat:read") if each["readerId"] == counselor.id] == [3]


async def test_reading_notifications_is_told_to_the_other_devices_only(world: World) -> None:
    person, other = await world.user(), await world.user()
    ids = [await told(person) for _ in range(3)]
    anothers = await told(other)
    async with connected(world, person) as mine, connected(world, person) as device, connected(world, other) as stranger:
        assert await mine.do("notification:read", ids=[ids[0], anothers, NOBODYS]) == {"unread": 2}
        assert await device.until("notification:read") == {"ids": [ids[0], anothers, NOBODYS], "unread": 2}
        assert await device.do("notification:read", all=True) == {"unread": 0}
        assert await mine.until("notification:read") == {"all": True, "unread": 0}
        assert await stranger.do("notification:read", ids=[]) == {"unread": 1}
        assert [each.get("all") for each in mine.seen("notification:read")] == [True]
        assert stranger.seen("notification:read") == []
        await told(person)
        await person.post("/notifications/read-all")
        assert await mine.until("notification:read", lambda data: data == {"all": True, "unread": 0} and len(mine.seen("notification:read")) == 2)


async def test_preferences_changed_at_one_device_are_told_to_the_others(world: World) -> None:
    person = await world.user()
    async with connected(world, person) as mine, connected(world, person) as device:
        changed = await mine.do("notification:update", preferences={"notifications": {"push": {"chat": False}}, "theme": "dark"})
        assert (changed["preferences"]["theme"], changed["preferences"]["notifications"]["push"]["chat"]) == ("dark", False)
        assert await device.until("notification:update") == changed
        assert (await person.get("/users/preferences")).json == changed["preferences"]
        refused = await mine.refused("notification:update", preferences={"timezone": "Moon", "language": "!", "notifications": {"quietHours": {"start": "25:00"}}})
        assert {error["path"] for error in refused["errors"]} == {
            "preferences.timezone", "preferences.language", "preferences.notifications.quietHours.start", "preferences.notifications.quietHours.end",
        }  # fmt: skip
        assert (await person.get("/users/preferences")).json == changed["preferences"]
        await person.put("/users/preferences", {"theme": "light"})
        assert (await mine.until("notification:update"))["preferences"]["theme"] == "light"
        assert len(mine.seen("notification:update")) == 1


async def test_counselors_have_no_preferences_and_people_no_duty(world: World) -> None:
    person, counselor = await world.user(), await world.counselor()
    async with connected(world, person) as mine, connected(world, counselor) as theirs:
        assert (await theirs.refused("notification:update", preferences={}))["status"] == 403
        assert (await mine.refused("chat:online", status="available"))["status"] == 403


def around_now(zone: str) -> dict[str, str]:
    """Quiet hours that this moment is in the middle of."""
    now = clock.now().astimezone(ZoneInfo(zone))
    return {"start": f"{now - timedelta(hours=1):%H:%M}", "end": f"{now + timedelta(hours=1):%H:%M}"}


@pytest.mark.parametrize(
    ("change", "silenced"),
    [
        (lambda: {"notifications": {"quietHours": around_now("Asia/Tokyo")}}, {"chat_message", "achievement", "mood_reminder", "weekly_summary", "program_reminder", "test"}),
        (lambda: {"notifications": {"push": {"chat": False}}}, {"chat_message"}),
        (lambda: {"notifications": {"push": {"achievements": False}}}, {"achievement"}),
        (lambda: {"notifications": {"push": {"moodReminder": False}}}, {"mood_reminder"}),
        (lambda: {"notifications": {"push": {"weeklySummary": False}}}, {"weekly_summary"}),
        (lambda: {"notifications": {"push": {"programReminder": False}}}, {"program_reminder"}),
    ],
    ids=["quiet hours", "no chat", "no achievements", "no mood reminders", "no summaries", "no program reminders"],
)
async def test_what_may_not_be_pushed_is_stored_all_the_same(world: World, change: Any, silenced: set[str]) -> None:
    """A crisis passes through."""
    person = await world.user(timezone="Asia/Tokyo")
    assert (await person.put("/users/preferences", change())).status == 200
    kinds = {"chat_message", "achievement", "mood_reminder", "weekly_summary", "program_reminder", "test", "crisis"}
    async with connected(world, person) as mine:
        for kind in sorted(kinds - {"crisis"}):
            await told(person, kind)
        # The last one: those before it have been looked at once it is there.
        await told(person, "crisis")
        await mine.until("notification:new", lambda data: data["notification"]["kind"] == "crisis")
        assert {each["notification"]["kind"] for each in mine.seen("notification:new")} == kinds - silenced
    assert {each["kind"] for each in (await person.get("/notifications")).json["items"]} == kinds


async def test_a_message_is_pushed_where_it_is_followed_and_announced_where_not(world: World) -> None:
    person, counselor, session = await talk(world)
    async with connected(world, person) as mine:
        await counselor.post(f"/chat/sessions/{session}/messages", {"message": "x"})
        announced = (await mine.until("notification:new", lambda data: data["notification"]["kind"] == "chat_message"))["notification"]
        assert announced["data"] == {"sessionId": session}
        assert mine.seen("chat:message") == []
        # Each message anew; what is kept is the newest, until it is read.
        await person.post("/notifications/read-all")
        await counselor.post(f"/chat/sessions/{session}/messages", {"message": "and"})
        again = (await mine.until("notification:new", lambda data: data["notification"]["id"] != announced["id"]))["notification"]
        assert (again["kind"], again["isRead"]) == ("chat_message", False)
        assert [each["id"] for each in (await person.get("/notifications")).json["items"] if each["kind"] == "chat_message"] == [again["id"]]
        before = len(mine.seen("notification:new"))
        await mine.do("chat:join", sessionId=session)
        await counselor.post(f"/chat/sessions/{session}/messages", {"message": "y"})
        await mine.until("chat:message")
        assert len(mine.seen("notification:new")) == before
    # Another process, to which they come now, has nothing to tell of what they have read.
    long_ago = clock.ago(hours=1)
    assert {each.kind for _, each in await notifications.to_push([person.uuid], long_ago)} == {"chat_message"}
    await person.post("/notifications/read-all")
    assert await notifications.to_push([person.uuid], long_ago) == []
