"""Who is connected, across processes, also after one of them was killed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from core import clock, db
from domain import presence
from tests.chats import begin, go_by, on_duty, principal
from tests.people import Account, World, do_jobs


@pytest.fixture
async def processes(world: World) -> tuple[UUID, UUID]:
    """Two API processes that live."""
    for each in (found := (clock.new_id(), clock.new_id())):
        await presence.beat(each)
    return found


async def online(account: Account) -> bool:
    return (await presence.of([account.uuid]))[account.uuid][0]


async def silent(process: UUID, seconds: float) -> None:
    """A process that has said nothing for a while."""
    await db.execute("UPDATE api_processes SET seen_at = now() - $2::interval WHERE id = $1", process, timedelta(seconds=seconds))


async def test_online_while_any_process_has_a_socket(world: World, processes: tuple[UUID, UUID]) -> None:
    person, (here, there) = await world.anonymous(), processes
    assert await presence.of([person.uuid]) == {person.uuid: (False, None)}
    await presence.come(here, principal(person))
    await presence.come(here, principal(person))
    await presence.come(there, principal(person))
    assert await online(person)
    await presence.go(here, "user", person.uuid)
    assert await presence.of([person.uuid]) == {person.uuid: (True, None)}
    before = clock.now()
    await presence.go(there, "user", person.uuid)
    now_online, last_seen = (await presence.of([person.uuid]))[person.uuid]
    assert not now_online
    assert last_seen is not None
    assert last_seen >= before
    await presence.go(there, "user", person.uuid)
    assert (await presence.of([person.uuid]))[person.uuid] == (False, last_seen)


async def test_a_process_that_stops_beating_loses_its_people_after_15_seconds(world: World, processes: tuple[UUID, UUID]) -> None:
    (dead, alive), both, only, counselor = processes, await world.anonymous(), await world.anonymous(), await on_duty(world, connected=False)
    for each in (both, only, counselor):
        await presence.come(dead, principal(each))
    await presence.come(alive, principal(both))
    await silent(dead, 13)
    await presence.beat(alive)
    assert [await online(each) for each in (both, only, counselor)] == [True, True, True]
    await silent(dead, 16)
    await presence.beat(alive)
    assert [await online(each) for each in (both, only, counselor)] == [True, False, False]
    seen = (await presence.of([only.uuid]))[only.uuid][1]
    assert seen is not None
    # Its people left when it was last seen alive, not when somebody noticed.
    assert clock.now() - seen >= timedelta(seconds=15)
    assert await db.fetchval("SELECT is_online FROM counselors WHERE id = $1", counselor.uuid) is False
    assert await db.fetchval("SELECT count(*) FROM api_processes WHERE id = $1", dead) == 0


async def test_a_counselor_of_a_dead_process_goes_off_duty_a_minute_after_its_last_beat(world: World, processes: tuple[UUID, UUID]) -> None:
    (dead, alive), counselor = processes, await on_duty(world, connected=False)
    await presence.come(dead, principal(counselor))
    await go_by(120)
    assert await presence.gone_at(counselor.uuid) is None
    await silent(dead, 20)
    await presence.beat(alive)
    at = await presence.gone_at(counselor.uuid)
    assert at is not None
    assert timedelta(seconds=30) < at - clock.now() < timedelta(seconds=45)
    await go_by(30)
    assert (await counselor.get("/counselor/profile")).json["status"] == "available"
    await go_by(31)
    assert (await counselor.get("/counselor/profile")).json["status"] == "offline"


async def test_a_process_that_was_only_slow_is_not_removed(world: World, processes: tuple[UUID, UUID]) -> None:
    person, (slow, _) = await world.anonymous(), processes
    await presence.come(slow, principal(person))
    await silent(slow, 16)
    await presence.beat(slow)
    await presence.remove_process(slow, only_if_dead=True)
    assert await online(person)


async def test_a_process_that_ends_takes_its_people_along_at_once(world: World, processes: tuple[UUID, UUID]) -> None:
    people = [await world.anonymous() for _ in range(3)]
    for each in people:
        await presence.come(processes[0], principal(each))
    await presence.remove_process(processes[0])
    assert [await online(each) for each in people] == [False] * 3
    await presence.remove_process(processes[0])


async def test_a_process_taken_for_dead_says_anew_who_is_there(world: World, processes: tuple[UUID, UUID]) -> None:
    """Stopped for a while, it finds itself removed: it beats, and its people come again."""
    person, (stopped, alive) = await world.anonymous(), processes
    await presence.come(stopped, principal(person))
    await silent(stopped, 60)
    await presence.beat(alive)
    assert not await online(person)
    await presence.beat(stopped)
    await presence.come(stopped, principal(person))
    assert await online(person)


async def test_who_comes_back_within_the_minute_stays_on_duty(world: World, processes: tuple[UUID, UUID]) -> None:
    counselor = await on_duty(world, connected=False)
    await presence.come(processes[0], principal(counselor))
    await go_by(100)
    await presence.go(processes[0], "counselor", counselor.uuid)
    await go_by(40)
    await presence.come(processes[1], principal(counselor))
    await go_by(40)
    await do_jobs()
    assert (await counselor.get("/counselor/profile")).json["status"] == "available"


async def test_the_last_socket_closing_at_two_processes_at_once_is_noticed(world: World, processes: tuple[UUID, UUID]) -> None:
    counselor = await on_duty(world, connected=False)
    for _ in range(20):
        for each in processes:
            await presence.come(each, principal(counselor))
        await db.execute("DELETE FROM jobs")
        before = clock.now()
        await asyncio.gather(*(presence.go(each, "counselor", counselor.uuid) for each in processes))
        seen = (await presence.of([counselor.uuid]))[counselor.uuid][1]
        assert seen is not None
        assert seen >= before
        assert await db.fetchval("SELECT count(*) FROM jobs WHERE name = 'counselor_gone'") == 1


async def test_what_a_process_missed_is_put_right(world: World, processes: tuple[UUID, UUID]) -> None:
    """Its rows are made what is so at it, the other process's stay."""
    (here, there), stays, came, went, counselor = processes, await world.anonymous(), await world.anonymous(), await world.anonymous(), await on_duty(world, connected=False)
    session = UUID(await begin(stays))
    for each in (stays, went, counselor):
        await presence.come(here, principal(each))
    await presence.come(there, principal(went))
    await presence.join(here, [(session, went.uuid)])
    await presence.reconcile(here, lambda: ([principal(stays), principal(came)], [(session, stays.uuid)]))
    assert [await online(each) for each in (stays, came, went, counselor)] == [True, True, True, False]
    assert [row["principal_id"] for row in await db.fetch("SELECT principal_id FROM chat_joins WHERE process_id = $1", here)] == [stays.uuid]
    await presence.reconcile(there, lambda: ([], []))
    assert not await online(went)
    assert await presence.gone_at(counselor.uuid) is not None
