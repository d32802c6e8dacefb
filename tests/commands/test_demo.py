"""`mentalspace demo`: what it fills an instance with, and that it may be run again."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from commands import demo, demo_chats
from commands.demo_chats import CHATS, CORA, COUNSELORS, RUTH, CannotFill
from core import db
from core.settings import Settings, SettingsError
from domain import risk
from tests.people import PASSWORD, Account, World, do_jobs


@asynccontextmanager
async def a_worker() -> AsyncIterator[None]:
    """Jobs are done as they come."""

    async def work() -> None:
        while True:
            await do_jobs()
            await asyncio.sleep(0.02)  # between two looks at the jobs

    task = asyncio.create_task(work())
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def fill(world: World, named: list[str]) -> tuple[dict[str, int], list[tuple[str, int, int]]]:
    steps: list[tuple[str, int, int]] = []
    async with a_worker():
        made = await demo_chats.fill(str(world.client.make_url("")).rstrip("/"), PASSWORD, named, lambda *step: steps.append(step))
    return made, steps


async def signed_in(world: World, email: str) -> Account:
    return await world._signed_in("counselor", email)


async def test_counselors_have_chats_and_people_wait(world: World) -> None:
    ana = await world.user(email="demo1@example.org")
    made, steps = await fill(world, ["demo1@example.org"])
    assert made == {"active": 3, "ended": 3, "waiting": 6}
    assert steps == [("chats", number, len(CHATS)) for number in range(1, len(CHATS) + 1)]
    ruth, cora = await signed_in(world, RUTH), await signed_in(world, CORA)
    live = {each["topic"]: each for each in (await ruth.get("/counselor/sessions")).json["items"]}
    assert {topic: (each["status"], each["language"]) for topic, each in live.items()} == {
        chat.topic: ("waiting" if chat.counselor is None else "active", chat.language) for chat in CHATS if not chat.rating
    }
    queue = [each["session"] for each in (await ruth.get("/counselor/queue")).json["items"]]
    assert (queue[0]["topic"], queue[0]["priority"]) == ("I worry all day long", "emergency")
    assert {each["priority"] for each in queue} == {"low", "medium", "high", "emergency"}
    ended = (await cora.get("/chat/sessions?status=closed")).json["items"]
    assert [(each["topic"], each["rating"], each["userId"]) for each in ended] == [(CHATS[0].topic, 5, ana.id)]
    talk = (await ana.get(f"/chat/sessions/{ended[0]['id']}/messages?limit=100")).json["items"]
    assert tuple(each["message"] for each in talk if each["senderType"] != "system") == CHATS[0].lines
    senders = [sender for sender, _ in itertools.groupby(each["senderType"] for each in talk if each["senderType"] != "system")]
    assert senders[:4] == ["user", "counselor", "user", "counselor"]


async def test_once_more_makes_nothing_twice(world: World) -> None:
    await fill(world, [])
    before = await db.fetchrow("SELECT (SELECT count(*) FROM chat_sessions) AS sessions, (SELECT count(*) FROM counselors) AS counselors, (SELECT count(*) FROM users) AS users")
    assert before is not None
    assert (before["sessions"], before["counselors"], before["users"]) == (len(CHATS), len(COUNSELORS), len(CHATS))
    made, _ = await fill(world, [])
    assert made == {"active": 0, "ended": 0, "waiting": 0}
    assert (
        await db.fetchrow("SELECT (SELECT count(*) FROM chat_sessions) AS sessions, (SELECT count(*) FROM counselors) AS counselors, (SELECT count(*) FROM users) AS users")
        == before
    )


async def test_nobody_is_left_on_duty(world: World) -> None:
    await fill(world, [])
    assert [row["status"] for row in await db.fetch("SELECT status FROM counselors")] == ["offline"] * len(COUNSELORS)
    assert await db.fetchval("SELECT count(*) FROM chat_offers WHERE status = 'live'") == 0


def test_nothing_the_people_write_raises_an_alarm() -> None:
    assert [text for chat in CHATS for text in (chat.topic, *chat.lines) if risk.assess(text)] == []


def test_topics_tell_the_chats_apart_and_those_held_come_first() -> None:
    assert Counter(chat.topic for chat in CHATS).most_common(1)[0][1] == 1
    assert [chat.counselor is None for chat in CHATS] == sorted(chat.counselor is None for chat in CHATS)


async def test_without_an_instance_it_is_one_clear_line(world: World, unused_tcp_port: int) -> None:
    with pytest.raises(CannotFill, match="start the instance first"):
        await demo_chats.fill(f"http://127.0.0.1:{unused_tcp_port}", PASSWORD, [], lambda *_: None)


async def test_a_counselor_with_another_password_is_not_passed_over(world: World) -> None:
    await fill(world, [])
    with pytest.raises(CannotFill, match=f"{CORA} is there with another password"):
        await demo_chats.fill(str(world.client.make_url("")).rstrip("/"), "another quiet lake", [], lambda *_: None)


async def test_it_refuses_to_fill_a_production_system(environment: dict[str, str]) -> None:
    settings = Settings.from_env({**environment, "APP_ENV": "production", "PUBLIC_URL": "https://example.org", "BCRYPT_ROUNDS": "12"})
    with pytest.raises(SettingsError, match="APP_ENV is production"):
        await demo.fill(settings, None, 1)
