"""Awarding: each once, told once, whoever asks how often."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID

import pytest

from core import clock, db, events
from domain import achievements, catalog
from domain.achievements import AwardEverybody
from domain.moods import MoodRecorded
from domain.notifications import NotificationCreated
from tests.diaries import days_ago, diary
from tests.people import Account, World, do_jobs
from workers import moods as worker


async def _rows(person: Account) -> list[UUID]:
    return [row["achievement_id"] for row in await db.fetch("SELECT achievement_id FROM user_achievements WHERE user_id = $1", person.uuid)]


async def _told(person: Account) -> list[str]:
    return [row["title"] for row in await db.fetch("SELECT title FROM notifications WHERE principal_id = $1", person.uuid)]


async def _added(slug: str, requirement: dict[str, Any], **columns: Any) -> UUID:
    found: UUID = await db.fetchval(
        """
        INSERT INTO achievements (id, slug, name, description, translations, icon, category, points, requirement, is_active, created_at, updated_at)
        VALUES ($1, $2, $3, 'd', '{}', 'i', 'moods', 5, $4, $5, now(), now()) RETURNING id
        """,
        clock.new_id(), slug, columns.get("name", "New one"), json.dumps(requirement), columns.get("is_active", True),
    )  # fmt: skip
    return found


@pytest.fixture
async def additions(world: World):
    """What a test adds to the catalogue goes with it."""
    yield
    await db.execute("DELETE FROM user_achievements")
    await db.execute("DELETE FROM achievements WHERE slug LIKE 'test-%'")


async def test_fifty_awards_at_once_give_one_row_and_one_notification(world: World) -> None:
    ana = await world.anonymous()
    await days_ago(ana, *range(10))
    given = await asyncio.gather(*(achievements.award(ana.uuid) for _ in range(50)))
    rows = await _rows(ana)
    assert len(rows) == len(set(rows)) == sum(map(len, given)) >= 4
    assert len(await _told(ana)) == len(rows)


async def test_a_redelivered_job_gives_nothing_more(world: World) -> None:
    ana = await world.anonymous()
    await ana.log_mood(3)
    await do_jobs()
    for _ in range(3):
        await worker.recorded(MoodRecorded(user_id=ana.uuid))
    assert (len(await _rows(ana)), len(await _told(ana))) == (1, 1)


async def test_each_award_is_an_event_after_its_commit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    assert events._publisher is not None
    monkeypatch.setattr(events._publisher, "send", sent.append)
    ana = await world.anonymous()
    await days_ago(ana, 0)
    sent.clear()
    with pytest.raises(ZeroDivisionError):
        async with db.transaction():
            await achievements.award(ana.uuid)
            raise ZeroDivisionError
    assert (sent, await _rows(ana), await _told(ana)) == ([], [], [])
    await achievements.award(ana.uuid)
    assert [(type(each), each.principal_id) for each in sent] == [(NotificationCreated, ana.uuid)]


async def test_a_new_achievement_reaches_those_who_have_earned_it(world: World, additions: None) -> None:
    ana, bob = await diary(world, []), await diary(world, [])
    await days_ago(ana, 0, 1, 2)
    await days_ago(bob, 0)
    added = await _added("test-three", {"kind": "count", "of": "moods", "target": 3}, name="Thrice")
    await worker.award_everybody(AwardEverybody())
    await worker.award_everybody(AwardEverybody())
    assert set(await do_jobs()) == {"done"}
    assert added in await _rows(ana)
    assert added not in await _rows(bob)
    assert len([title for title in await _told(ana) if "Thrice" in title]) == 1


async def test_everybody_is_everybody_over_many_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [await diary(world, []) for _ in range(5)]
    for person in people:
        await days_ago(person, 0)
    fetch = db.fetch

    async def few(sql: str, *args: Any) -> Any:
        return await fetch(sql.replace("LIMIT 1000", "LIMIT 2"), *args)

    monkeypatch.setattr(db, "fetch", few)
    await achievements.award_everybody()
    keys = {row["key"] for row in await fetch("SELECT key FROM jobs WHERE name = 'award_earned'")}
    assert keys == {str(person.uuid) for person in people}


async def test_a_retired_achievement_is_not_given_and_stays_with_who_has_it(world: World, additions: None) -> None:
    ana, bob = await diary(world, []), await diary(world, [])
    added = await _added("test-one", {"kind": "count", "of": "moods", "target": 1})
    await days_ago(ana, 0)
    await days_ago(bob, 0)
    await achievements.award(ana.uuid)
    await db.execute("UPDATE achievements SET is_active = false WHERE id = $1", added)
    await achievements.award(bob.uuid)
    assert added in await _rows(ana)
    assert added not in await _rows(bob)
    assert str(added) in {each["achievement"]["id"] for each in (await ana.get("/achievements/user?limit=100")).json["items"]}
    assert str(added) not in {each["achievement"]["id"] for each in (await ana.get("/achievements/progress")).json["items"]}


async def test_somebody_gone_is_given_nothing(world: World) -> None:
    ana = await diary(world, [])
    await days_ago(ana, 0)
    await db.execute("DELETE FROM users WHERE id = $1", ana.uuid)
    assert await achievements.award(ana.uuid) == []
    assert await achievements.award(clock.new_id()) == []


@pytest.mark.parametrize(("language", "title"), [("en", "You earned “First step”"), ("es-AR", "Has conseguido «Primer paso»"), ("de", "You earned “First step”")])
async def test_the_notification_speaks_the_persons_language(world: World, language: str, title: str) -> None:
    ana = await world.anonymous(language=language)
    await ana.log_mood(3)
    await do_jobs()
    assert await _told(ana) == [title]


async def test_a_changed_catalogue_promises_a_look_at_everybody(world: World) -> None:
    await db.execute("UPDATE achievements SET points = points + 1 WHERE slug = 'first-mood'")
    assert await catalog.load() == {"achievements": 1}
    assert [row["name"] for row in await db.fetch("SELECT name FROM jobs")] == ["award_everybody"]
