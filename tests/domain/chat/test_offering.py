"""Who waits is offered together: the queue's order, places, languages, and what happens meanwhile."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from analytics.assignment import assign
from core import db
from domain.chat import matching, offering, queue
from domain.chat.offering import Assign
from tests.chats import asked, begin, go_by, load, on_duty
from tests.logs import capture_logs
from tests.people import World, do_jobs

WAYS = pytest.mark.parametrize("way", [assign, matching.in_turn], ids=["together", "in turn"])


async def waiting(world: World, topic: str = "I cannot sleep", **about: object) -> str:
    return await begin(await world.anonymous(), topic, **about)


async def offers(*sessions: str) -> list[set[str]]:
    return [await asked(session) for session in sessions]


@WAYS
async def test_with_one_place_free_it_is_for_the_first_in_the_queue(world: World, way: Assign) -> None:
    early = await waiting(world, priority="low")
    await go_by(700)
    urgent = await waiting(world, priority="high")
    later = await waiting(world)
    counselor = await on_duty(world, capacity=1)
    await offering.match_waiting(way)
    # Waited 700 s at no priority: before 600 s of a high one.
    assert await offers(early, urgent, later) == [{counselor.id}, set(), set()]


@WAYS
async def test_nobody_is_passed_over_for_one_behind_whom_it_suits_better(world: World, way: Assign) -> None:
    first = await waiting(world, "taxes and the weather")
    second = await waiting(world, "panic attacks", priority="low")
    counselor = await on_duty(world, capacity=1, specializations=["anxiety"])
    await db.execute("UPDATE chat_sessions SET preferred_counselor_id = $1 WHERE id = $2", counselor.uuid, UUID(second))
    await offering.match_waiting(way)
    assert await offers(first, second) == [{counselor.id}, set()]


async def test_together_those_who_have_no_choice_find_room(world: World) -> None:
    english, spanish = await waiting(world), await waiting(world, language="es")
    both = await on_duty(world, capacity=1, languages=["en", "es"], specializations=["sleep"])
    other = await on_duty(world, capacity=1, languages=["en"])
    assert await offering.match_waiting(assign) == 2
    assert await offers(english, spanish) == [{other.id}, {both.id}]


async def test_together_each_topic_finds_its_counselor(world: World) -> None:
    sleepless, anxious = await waiting(world, "panic attacks, and I cannot sleep"), await waiting(world, "panic attacks")
    anxiety, sleep = await on_duty(world, capacity=1, specializations=["anxiety"]), await on_duty(world, capacity=1, specializations=["sleep"])
    await offering.match_waiting(assign)
    assert await offers(sleepless, anxious) == [{sleep.id}, {anxiety.id}]


@WAYS
async def test_an_emergency_is_offered_to_all_and_takes_no_place_of_the_others(world: World, way: Assign) -> None:
    calm = await waiting(world)
    crisis = await waiting(world, "I want to kill myself tonight")
    one, two = await on_duty(world, capacity=1), await on_duty(world, capacity=0)
    assert await offering.match_waiting(way) == 3
    assert await offers(crisis, calm) == [{one.id, two.id}, {one.id}]


async def test_two_who_match_at_once_never_make_two_offers_of_one(world: World) -> None:
    counselors = [await on_duty(world, capacity=capacity, languages=languages) for capacity, languages in ((1, ["en"]), (2, ["en", "es"]), (1, ["es"]))]
    sessions = [await waiting(world, language=language) for language in ("en", "es", "en", "es", "en", "es")]
    await db.execute("DELETE FROM jobs")
    for _ in range(3):
        made = await asyncio.gather(*(offering.match_waiting(way) for way in (assign, matching.in_turn, assign)))
        assert sum(made) == 4
        assert [await load(each) for each in counselors] == [1, 2, 1]
        assert sorted(len(each) for each in await offers(*sessions)) == [0, 0, 1, 1, 1, 1]
        # The first four: the places do for them.
        assert (await offers(*sessions))[4:] == [set(), set()]
        await db.execute("DELETE FROM chat_offers")


async def test_a_plan_that_was_overtaken_offers_to_whoever_is_left(world: World) -> None:
    sessions = [await waiting(world) for _ in range(3)]
    gone, left = await on_duty(world, capacity=3), await on_duty(world, capacity=2)
    await db.execute("DELETE FROM jobs")

    def overtaken(points: list[list[float | None]]) -> list[int | None]:
        """Everybody to one counselor, who goes off duty meanwhile; the second one is closed."""
        running.call_soon_threadsafe(changing.set)
        assert asyncio.run_coroutine_threadsafe(changed.wait(), running).result(20)
        return matching.in_turn(points)

    running, changing, changed = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    matched = asyncio.create_task(offering.match_waiting(overtaken))
    await changing.wait()
    await db.execute("UPDATE counselors SET status = 'offline' WHERE id = $1", gone.uuid)
    await db.execute("UPDATE chat_sessions SET status = 'closed', ended_at = now() WHERE id = $1", UUID(sessions[1]))
    changed.set()
    assert await matched == 2
    assert await offers(*sessions) == [{left.id}, set(), {left.id}]
    assert await load(left) == 2


async def test_one_altered_row_keeps_nobody_waiting(world: World) -> None:
    altered, sound = await waiting(world), await waiting(world)
    await db.execute("UPDATE chat_sessions SET topic = set_byte(topic, 20, get_byte(topic, 20) # 255) WHERE id = $1", UUID(altered))
    counselor = await on_duty(world)
    with capture_logs() as logs:
        assert set(await do_jobs()) == {"done"}
    assert await offers(altered, sound) == [{counselor.id}] * 2
    assert {each["session"] for each in logs if each["event"] == "chat.topic_unreadable"} == {altered}
    # Those who are asked are told of both.
    assert {str(told.session.id) for _, _, told in await queue.live_offers([counselor.uuid])} == {altered, sound}


async def test_an_emergency_waits_for_nothing_that_was_learnt(world: World) -> None:
    urgent, ordinary = await waiting(world, "I want to kill myself tonight"), await waiting(world)
    counselor = await on_duty(world)
    await db.execute("DELETE FROM jobs")

    async def broken() -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await offering.match_waiting(held=broken)
    assert await offers(urgent, ordinary) == [{counselor.id}, set()]


async def test_what_is_an_emergency_no_more_takes_a_place_again(world: World) -> None:
    urgent = await waiting(world, "I want to kill myself tonight")
    counselor, other = await on_duty(world), await on_duty(world)
    await do_jobs()
    assert await offers(urgent) == [{counselor.id, other.id}]
    assert (await counselor.post(f"/counselor/sessions/{urgent}/priority", {"priority": "low"})).status == 200
    assert await offers(urgent) == [set()]
    await do_jobs()
    (asked_now,) = await offers(urgent)
    assert len(asked_now) == 1
