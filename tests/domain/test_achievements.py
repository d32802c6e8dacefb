"""Awarding: each once, told once, whoever asks how often."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from itertools import pairwise
from typing import Any, get_args
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import clock, db, events
from domain import achievements, catalog, requirements, tallies
from domain.awarding import AwardEverybody
from domain.moods import MoodRecorded
from domain.notifications import NotificationCreated
from tests.chats import talk
from tests.diaries import days_ago, diary, on, store, take_in
from tests.people import Account, World, do_jobs
from tests.programs import enrolled, finish
from tests.properties import examples
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


async def test_fifty_awards_at_once_give_each_once_and_one_notification(world: World) -> None:
    ana = await world.anonymous()
    await days_ago(ana, *range(10))
    given = await asyncio.gather(*(achievements.award(ana.uuid) for _ in range(50)))
    rows = await _rows(ana)
    assert len(rows) == len(set(rows)) == sum(map(len, given)) >= 4
    assert await _told(ana) == [f"You earned {len(rows)} achievements"]


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
    (told,) = await db.fetch("SELECT body FROM notifications WHERE principal_id = $1", ana.uuid)
    assert "Thrice" in told["body"]


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
    assert await catalog.load() == {"achievements": 1, "programs": 0}
    assert [row["name"] for row in await db.fetch("SELECT name FROM jobs")] == ["award_everybody"]


async def test_an_import_that_earns_many_is_told_once(world: World) -> None:
    ana = await world.anonymous(language="es")
    await take_in(ana, "timestamp,mood\n" + "\n".join(f"2026-0{month}-1{day}T10:00:00Z,3" for month in range(1, 7) for day in range(8)))
    assert set(await do_jobs()) <= {"done"}
    told = await db.fetchrow("SELECT title, body, data FROM notifications WHERE principal_id = $1", ana.uuid)
    assert told is not None
    assert (told["title"], len(await _told(ana))) == (f"Has conseguido {len(await _rows(ana))} logros", 1)
    assert "Tu historia viene contigo" in told["body"]
    assert set(json.loads(told["data"])["achievementIds"]) == {str(each) for each in await _rows(ana)}


async def test_what_belongs_to_the_chat_is_given_without_a_word(world: World) -> None:
    person, counselor, session = await talk(world)
    await person.post(f"/chat/sessions/{session}/close")
    assert (await person.put(f"/chat/sessions/{session}/rate", {"rating": 1, "feedback": "It helped."})).status == 200
    await do_jobs()
    assert {row["slug"] for row in await db.fetch("SELECT a.slug FROM user_achievements u JOIN achievements a ON a.id = u.achievement_id WHERE u.user_id = $1", person.uuid)} == {
        "first-rating",
        "first-feedback",
    }
    assert not any("achievement" in title or "earned" in title for title in await _told(person))
    assert await _rows(counselor) == []


async def test_in_a_crisis_nobody_is_congratulated(world: World) -> None:
    ana = await world.anonymous()
    await ana.log_mood(1, note="I want to kill myself")
    await do_jobs()
    assert len(await _rows(ana)) == 1
    assert await _told(ana) == []
    await db.execute("UPDATE crises SET acknowledged_at = now()")
    for _ in range(9):
        await ana.log_mood(2)
    await do_jobs()
    assert await _told(ana) == ["You earned “Ten moments”"]


async def test_settings_of_ones_own_are_earned(world: World) -> None:
    ana = await world.user()
    await ana.put("/users/preferences", {"theme": "dark", "notifications": {"quietHours": {"start": "22:00", "end": "07:00"}}})
    await do_jobs()
    assert await _told(ana) == ["You earned 2 achievements"]
    await ana.put("/users/preferences", {"theme": "system", "notifications": {"quietHours": None}})
    await do_jobs()
    assert len(await _rows(ana)) == 2


@pytest.mark.parametrize(("files", "count"), [({}, 0), ({"64": "avatars/a", "256": "avatars/b", "512": "avatars/c"}, 1)])
async def test_a_picture_counts_once_it_is_there(world: World, files: dict[str, str], count: int) -> None:
    ana = await world.anonymous()
    assert (await tallies.tally(ana.uuid, ["own_picture"]))["own_picture"].count == 0
    await db.execute("UPDATE users SET avatar = $2 WHERE id = $1", ana.uuid, json.dumps({"upload": "uploads/a", "making": {}, "files": files}))
    assert (await tallies.tally(ana.uuid, ["own_picture"]))["own_picture"].count == count


async def test_an_event_asks_only_about_what_it_may_have_moved(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One query a group of subjects, and none about what is earned already or has nothing to do with it."""
    asked: list[frozenset[str]] = []
    real = tallies.tally

    async def listening(user_id: UUID, subjects: frozenset[str]) -> Any:
        asked.append(subjects)
        return await real(user_id, subjects)

    monkeypatch.setattr(achievements, "tally", listening)
    ana = await world.anonymous()
    await ana.post("/breathing/sessions", {"technique": "box", "duration": 60})
    await do_jobs()
    (breathed,) = asked
    assert breathed == {"breathing", "techniques", "breathing_minutes", "moods", "modules"}
    await db.execute(
        "INSERT INTO user_achievements (id, user_id, achievement_id, earned_at) SELECT gen_random_uuid(), $1, id, now() FROM achievements WHERE slug <> 'factors-10' ON CONFLICT DO NOTHING",
        ana.uuid,
    )
    await ana.log_mood(3)
    await do_jobs()
    assert asked[1:] == [frozenset({"mood_factors"})]


async def test_a_race_of_different_events_gives_each_once(world: World) -> None:
    """Threat 80."""
    ana = await world.anonymous()
    found = await enrolled(ana, "living-with-loss")
    await days_ago(ana, *range(5))
    await ana.post("/breathing/sessions", {"technique": "box", "duration": 60})
    await finish(ana, found["modules"][0]["id"])
    looks = (None, tallies.MOODS.__contains__, tallies.BREATHING.__contains__, tallies.is_of_programs)
    given = await asyncio.gather(*(achievements.award(ana.uuid, looks[n % 4]) for n in range(50)))
    rows = await _rows(ana)
    assert sorted(rows) == sorted(each for run in given for each in run)
    assert len(rows) == len(set(rows)) >= 4


@examples(40)
@given(
    breaths=st.lists(st.tuples(st.integers(0, 40), st.sampled_from(["box", "coherent", "triangle"]), st.sampled_from([10, 29, 30, 90, 600, 1800, 5000])), max_size=20),
    moods=st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=15),
)
async def test_tallies_are_what_fingers_say(world: World, breaths: list[tuple[int, str, int]], moods: list[tuple[int, bool]]) -> None:
    ana = await world.anonymous()
    today = clock.now()
    await db.execute(
        """
        INSERT INTO breathing_sessions (id, user_id, technique, duration, date, completed_at, created_at)
        SELECT gen_random_uuid(), $1, t, s, d, now(), now() FROM unnest($2::text[], $3::int[], $4::date[]) AS b (t, s, d)
        """,
        ana.uuid, [each[1] for each in breaths], [each[2] for each in breaths], [(today - timedelta(days=each[0])).date() for each in breaths],
    )  # fmt: skip
    for ago, with_factors in moods:
        with clock.at(today - timedelta(days=ago)):
            await store(ana.uuid, [on((today - timedelta(days=ago)).date(), factors=("sleep",) if with_factors else ())])
    found = await tallies.tally(ana.uuid)
    done = [each for each in breaths if each[2] >= 30]
    assert (found["breathing"].count, found["breathing"].days) == (len(done), len({each[0] for each in done}))
    assert found["techniques"].count == len({each[1] for each in done})
    assert found["breathing_minutes"].count == sum(min(each[2], 1800) for each in breaths) // 60
    assert found["mood_factors"].count == sum(with_factors for _, with_factors in moods)
    written = sorted(ago for ago, _ in moods)
    assert found["returns"].count == sum(later - earlier >= 14 for earlier, later in pairwise(written))
    assert set(found) == set(get_args(requirements.Subject))
