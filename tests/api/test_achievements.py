"""What can be earned, over HTTP."""

from __future__ import annotations

from typing import Any

from core import clock
from domain import achievements, tallies
from tests.diaries import clear, days_ago
from tests.people import Account, World, do_jobs


async def _earned(person: Account) -> list[str]:
    return [each["achievement"]["name"] for each in (await person.get("/achievements/user?limit=100")).json["items"]]


async def _progress(person: Account) -> dict[str, dict[str, Any]]:
    return {each["achievement"]["name"]: each for each in (await person.get("/achievements/progress")).json["items"]}


async def test_the_list_is_in_the_persons_language_and_has_a_version(world: World) -> None:
    ana, bob = await world.anonymous(language="es-MX"), await world.anonymous(language="de")
    spanish, english = await ana.get("/achievements"), await bob.get("/achievements")
    assert {each["name"] for each in spanish.json["items"]} >= {"Primer paso"}
    assert {each["name"] for each in english.json["items"]} >= {"First step"}
    assert spanish.json["nextCursor"] is None
    assert {each["id"] for each in spanish.json["items"]} == {each["id"] for each in english.json["items"]}
    assert set(english.json["items"][0]) == {"id", "name", "description", "icon", "category", "points", "requirement"}
    assert (await ana.get("/achievements", headers={"If-None-Match": spanish.headers["ETag"]})).status == 304
    assert (await bob.get("/achievements", headers={"If-None-Match": spanish.headers["ETag"]})).status == 200


async def test_nothing_is_earned_by_nobody(world: World) -> None:
    ana = await world.anonymous()
    assert (await ana.get("/achievements/user")).json == {"items": [], "nextCursor": None, "totalPoints": 0, "level": 1}
    progress = await _progress(ana)
    assert {(each["current"], each["percent"], each["earnedAt"]) for each in progress.values()} == {(0, 0, None)}


async def test_progress_counts_moods_days_and_streaks(world: World) -> None:
    ana = await world.anonymous()
    await days_ago(ana, 0, 0, 1, 2, 10)
    progress = await _progress(ana)
    shown = {name: (progress[name]["current"], progress[name]["target"], progress[name]["percent"]) for name in ("First step", "Ten moments")}
    assert shown == {"First step": (1, 1, 100), "Ten moments": (5, 10, 50)}
    of_moods = [each for each in progress.values() if each["achievement"]["requirement"].get("of") == "moods"]
    by_kind = {(each["achievement"]["requirement"]["kind"], each["target"]): each["current"] for each in of_moods}
    assert (by_kind["distinct_days", 7], by_kind["streak", 3], by_kind["streak", 7]) == (4, 3, 3)
    assert by_kind["distinct_weeks", 4] in (2, 3)


async def test_points_add_up_to_levels_over_all_pages(world: World) -> None:
    """A hundred points a level; the sums are of everything, not of the page."""
    ana = await world.anonymous()
    await days_ago(ana, *range(30))
    await ana.log_mood(5)
    await do_jobs()
    whole = (await ana.get("/achievements/user?limit=100")).json
    points = sum(each["achievement"]["points"] for each in whole["items"])
    assert (whole["totalPoints"], whole["level"]) == (points, 1 + points // 100)
    assert points >= 100
    pages, cursor = [], ""
    while True:
        page = (await ana.get(f"/achievements/user?limit=2{cursor}")).json
        assert page["totalPoints"] == points
        pages += page["items"]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert pages == whole["items"]
    assert (achievements.level(99), achievements.level(100)) == (1, 2)


async def test_what_was_earned_stays_when_the_diary_is_gone(world: World) -> None:
    ana = await world.anonymous()
    logged = await ana.log_mood(5)
    await do_jobs()
    await ana.delete(f"/moods/{logged['id']}")
    await clear(ana.uuid)
    await do_jobs()
    assert await _earned(ana) == ["First step"]
    first = (await _progress(ana))["First step"]
    assert (first["current"], first["percent"]) == (1, 100)
    assert first["earnedAt"] is not None
    await ana.log_mood(5)
    await do_jobs()
    assert len((await ana.get("/notifications")).json["items"]) == 1


async def test_somebody_elses_diary_earns_nothing(world: World) -> None:
    ana, bob = await world.anonymous(), await world.anonymous()
    await ana.log_mood(5)
    await do_jobs()
    assert await _earned(bob) == []
    assert (await bob.get("/notifications")).json["items"] == []


async def test_a_streak_is_of_local_dates_whatever_the_zone(world: World) -> None:
    """Three local evenings and mornings at UTC+14, on both sides of UTC's midnight, are three dates."""
    ana = await world.anonymous(timezone="Pacific/Kiritimati")
    for at in ("2026-05-03T10:30:00Z", "2026-05-04T09:00:00Z", "2026-05-04T10:30:00Z"):
        await ana.log_mood(3, timestamp=at)
    await do_jobs()
    tally = await tallies.tally(ana.uuid)
    assert (tally["moods"].count, tally["moods"].days, tally["moods"].longest_streak) == (3, 2, 2)
    assert clock.now().tzinfo is not None
