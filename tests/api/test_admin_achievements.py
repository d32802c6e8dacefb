"""Achievements as staff write, change and retire them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core import db
from domain import catalog
from tests.people import NOBODYS, Account, World, do_jobs

NEW: dict[str, Any] = {
    "name": "Two and two",
    "description": "Two moods.",
    "icon": "leaf",
    "category": "moods",
    "points": 5,
    "requirement": {"kind": "count", "of": "moods", "target": 2},
}


@pytest.fixture(autouse=True)
async def additions(world: World) -> AsyncIterator[None]:
    """The catalogue's own are put back as they were."""
    kept = await db.fetch("SELECT * FROM achievements")
    yield
    await db.execute("DELETE FROM user_achievements")
    await db.execute("DELETE FROM achievements WHERE NOT id = ANY($1)", [row["id"] for row in kept])
    for row in kept:
        await db.execute(
            "UPDATE achievements SET points = $2, is_active = $3, translations = $4, requirement = $5 WHERE id = $1",
            row["id"], row["points"], row["is_active"], row["translations"], row["requirement"],
        )  # fmt: skip


async def added(admin: Account, **about: Any) -> dict[str, Any]:
    answered = await admin.post("/admin/achievements", {**NEW, **about})
    assert answered.status == 201, answered.raw
    found: dict[str, Any] = answered.json
    return found


async def earned(person: Account) -> list[str]:
    await do_jobs()
    return [each["achievement"]["name"] for each in (await person.get("/achievements/user?limit=100")).json["items"]]


async def test_a_new_achievement_is_for_those_too_who_had_earned_it(world: World) -> None:
    admin, ana, bob = await world.staff(), await world.anonymous(language="es"), await world.anonymous()
    for mood in (1, 5):
        await ana.log_mood(mood)
    await bob.log_mood(3)
    await do_jobs()
    made = await added(admin, slug="test-two", translations={"es": {"name": "Dos y dos", "description": "Dos anotaciones."}})
    assert {name: made[name] for name in NEW} == NEW
    assert (made["slug"], made["isActive"], made["fromCatalog"], made["earned"]) == ("test-two", True, False, 0)
    assert made["translations"] == {"es": {"name": "Dos y dos", "description": "Dos anotaciones."}}
    assert "Dos y dos" in await earned(ana)
    assert "Two and two" not in await earned(bob)
    assert next(each for each in (await admin.get("/admin/achievements?limit=100")).json["items"] if each["id"] == made["id"])["earned"] == 1


async def test_who_only_breathed_is_reached_too(world: World) -> None:
    admin, ana = await world.staff(), await world.anonymous()
    await ana.post("/breathing/sessions", {"technique": "box", "duration": 60})
    await do_jobs()
    await added(admin, requirement={"kind": "count", "of": "breathing_minutes", "target": 1})
    assert "Two and two" in await earned(ana)


async def test_a_changed_requirement_gives_and_never_takes(world: World) -> None:
    admin, ana, bob = await world.staff(), await world.anonymous(), await world.anonymous()
    made = await added(admin)
    for _ in range(2):
        await ana.log_mood(3)
    await bob.log_mood(3)
    assert "Two and two" in await earned(ana)
    harder = await admin.put(f"/admin/achievements/{made['id']}", {"requirement": {"kind": "count", "of": "moods", "target": 9}})
    assert (harder.status, harder.json["requirement"]["target"], harder.json["name"]) == (200, 9, "Two and two")
    assert "Two and two" in await earned(ana)
    await admin.put(f"/admin/achievements/{made['id']}", {"requirement": {"kind": "any", "each": [{"kind": "count", "of": "moods", "target": 1}]}, "points": 50})
    assert "Two and two" in await earned(bob)


async def test_other_words_send_nobody_through_their_diaries(world: World) -> None:
    admin = await world.staff()
    made = await added(admin)
    await do_jobs()
    said = {"name": "Two", "points": 6, "requirement": NEW["requirement"], "isActive": True}
    assert (await admin.put(f"/admin/achievements/{made['id']}", said)).status == 200
    assert await db.fetchval("SELECT count(*) FROM jobs WHERE name = 'award_everybody'") == 0


async def test_a_retired_one_is_earned_no_more_and_kept(world: World) -> None:
    admin, ana, bob = await world.staff(), await world.anonymous(), await world.anonymous()
    made = await added(admin)
    for _ in range(2):
        await ana.log_mood(3)
    assert "Two and two" in await earned(ana)
    assert (await admin.delete(f"/admin/achievements/{made['id']}")).status == 204
    for _ in range(2):
        await bob.log_mood(3)
    assert "Two and two" not in await earned(bob)
    assert "Two and two" in await earned(ana)
    assert made["id"] not in {each["id"] for each in (await bob.get("/achievements")).json["items"]}
    await admin.put(f"/admin/achievements/{made['id']}", {"isActive": True})
    assert "Two and two" in await earned(bob)


async def test_what_staff_changed_the_catalogue_leaves_alone(world: World) -> None:
    admin, ana = await world.staff(), await world.anonymous(language="es")
    found = next(each for each in (await admin.get("/admin/achievements?limit=100")).json["items"] if each["slug"] == "first-mood")
    assert found["fromCatalog"] is True
    changed = (await admin.put(f"/admin/achievements/{found['id']}", {"points": 99})).json
    assert (changed["points"], changed["fromCatalog"], changed["translations"]) == (99, False, found["translations"])
    assert (await catalog.load())["achievements"] == 0
    shown = next(each for each in (await ana.get("/achievements")).json["items"] if each["id"] == found["id"])
    assert (shown["points"], shown["name"]) == (99, "Primer paso")
    await admin.delete(f"/admin/achievements/{found['id']}")
    assert (await catalog.load())["achievements"] == 0
    assert found["id"] not in {each["id"] for each in (await ana.get("/achievements")).json["items"]}


@pytest.mark.parametrize(
    ("requirement", "path"),
    [
        ({}, ".kind"), ({"kind": "count"}, ".of"), ({"kind": "count", "of": "chats", "target": 1}, ".of"), ({"kind": "count", "of": "moods", "target": 0}, ".target"),
        ({"kind": "streak", "of": "programs", "target": 2}, ".of"), ({"kind": "program", "slug": "none-such"}, ""), ({"kind": "program"}, ".slug"), ({"kind": "all", "each": []}, ".each"),
        ({"kind": "count", "of": "moods", "target": 1, "or": 2}, ".or"), ({"kind": "any", "each": [{"kind": "count", "of": "moods", "target": "1"}]}, ".each.0.target"),
        ({"kind": "all", "each": [{"kind": "program", "slug": "mindful-days"}, {"kind": "program", "slug": "x'; DROP TABLE users"}]}, ".each.1.slug"),
        ({"kind": "any", "each": [{"kind": "any", "each": [{"kind": "any", "each": [{"kind": "any", "each": [{"kind": "count", "of": "moods", "target": 1}]}]}]}]}, ""),
        ({"kind": "count", "of": "\ud800", "target": 1}, ""),
    ],
)  # fmt: skip
async def test_a_requirement_not_of_the_grammar_is_refused(world: World, requirement: dict[str, Any], path: str) -> None:
    admin = await world.staff()
    made = await added(admin)
    for answered in (
        await admin.post("/admin/achievements", {**NEW, "requirement": requirement}),
        await admin.put(f"/admin/achievements/{made['id']}", {"requirement": requirement}),
    ):
        assert (answered.status, answered.paths) == (422, {f"requirement{path}"})
    assert json.loads(await db.fetchval("SELECT requirement FROM achievements WHERE id = $1::uuid", made["id"])) == NEW["requirement"]


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"points": -1}, {"points"}), ({"points": 10_001}, {"points"}), ({"name": ""}, {"name"}), ({"icon": "x" * 33}, {"icon"}), ({"earned": 5}, {"earned"}),
        ({"translations": {"staff": {}}}, {"translations.staff"}), ({"requirement": "count"}, {"requirement"}),
    ],
)  # fmt: skip
async def test_a_wrong_field_is_named(world: World, changes: dict[str, Any], paths: set[str]) -> None:
    admin = await world.staff()
    made = await added(admin)
    for answered in (await admin.post("/admin/achievements", {**NEW, **changes}), await admin.put(f"/admin/achievements/{made['id']}", changes)):
        assert (answered.status, answered.paths) == (422, paths)


@pytest.mark.parametrize("kind", ["achievements", "programs"])
async def test_a_change_of_what_was_changed_meanwhile_is_refused(world: World, kind: str) -> None:
    admin = await world.staff()
    path = f"/admin/{kind}"
    new = NEW if kind == "achievements" else {"title": "Rest", "description": "x", "category": "sleep", "duration": 7, "difficulty": "beginner", "method": "x"}
    made = await admin.post(path, new)
    assert made.status == 201, made.raw
    first, path, name = made.headers["ETag"], f"{path}/{made.json['id']}", "name" if kind == "achievements" else "title"
    changed = await admin.put(path, {name: "One"}, headers={"If-Match": first})
    assert (changed.status, changed.json[name]) == (200, "One")
    refused = await admin.put(path, {name: "Other"}, headers={"If-Match": first})
    assert (refused.status, refused.json["code"]) == (412, "stale")
    assert (await admin.put(path, {name: "Two"}, headers={"If-Match": changed.headers["ETag"]})).status == 200
    assert (await admin.put(path, {name: "Three"})).status == 200


async def test_a_slug_is_there_once_and_every_change_audited(world: World) -> None:
    admin = await world.staff()
    made = await added(admin, slug="test-two")
    assert (await admin.post("/admin/achievements", {**NEW, "slug": "test-two"})).status == 409
    await admin.put(f"/admin/achievements/{made['id']}", {"points": 6})
    await admin.delete(f"/admin/achievements/{made['id']}")
    rows = await db.fetch("SELECT action, actor_id FROM audit_entries WHERE subject_kind = 'achievement' ORDER BY id")
    assert [(row["action"], row["actor_id"]) for row in rows] == [(f"achievement_{step}", admin.uuid) for step in ("added", "changed", "retired")]


async def test_only_admins_write_achievements(world: World) -> None:
    admin = await world.staff()
    made = await added(admin)
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/admin/achievements", None), ("POST", "/admin/achievements", NEW), ("PUT", f"/admin/achievements/{made['id']}", {"points": 1}),
        ("DELETE", f"/admin/achievements/{made['id']}", None),
    ]  # fmt: skip
    others = [await world.staff("analyst"), await world.counselor(), await world.counselor(role="supervisor"), await world.user(), await world.anonymous()]
    for method, path, body in calls:
        assert [(await other.send(method, path, body)).status for other in others] == [403] * 5
        assert (await world.send(method, path, body)).status == 401
    for answered in (await admin.put(f"/admin/achievements/{NOBODYS}", {"points": 1}), await admin.delete(f"/admin/achievements/{NOBODYS}")):
        assert answered.status == 404
