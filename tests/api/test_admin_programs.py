"""Programs as staff write, change and retire them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from core import db
from tests.people import NOBODYS, Account, World
from tests.programs import CONTENT, finish, remove_added

NEW = {"title": "Evening calm", "description": "Ten quiet evenings.", "category": "stress", "duration": 10, "difficulty": "beginner"}
SCORED: dict[str, Any] = {
    "intro": "Three questions.",
    "questions": [
        {"id": "often", "kind": "scale", "prompt": "How often?", "min": 0, "max": 4, "labels": ["Never", "Always"], "scored": True},
        {
            "id": "which",
            "kind": "choice",
            "prompt": "Which?",
            "options": [{"text": "a", "points": 0, "feedback": "Ah."}, {"text": "b", "points": 2, "feedback": "Oh."}],
            "scored": True,
        },
        {"id": "why", "kind": "text", "prompt": "Why?"},
    ],
    "outro": "Thank you.",
    "scoring": {"max": 6, "bands": [{"from": 0, "to": 2, "text": "Few."}, {"from": 3, "to": 6, "text": "Many."}]},
}


@pytest.fixture(autouse=True)
async def additions(world: World) -> AsyncIterator[None]:
    yield
    await remove_added()


async def begun(admin: Account, slug: str = "test-evening", **about: Any) -> dict[str, Any]:
    answered = await admin.post("/admin/programs", {**NEW, "slug": slug, **about})
    assert answered.status == 201, answered.raw
    found: dict[str, Any] = answered.json
    return found


async def added(admin: Account, program: dict[str, Any], slug: str, type: str = "text", **about: Any) -> dict[str, Any]:
    said = {"slug": slug, "title": slug.title(), "description": "A step.", "type": type, "duration": 5, "content": CONTENT[type], **about}
    answered = await admin.post(f"/admin/programs/{program['id']}/modules", said)
    assert answered.status == 201, answered.raw
    found: dict[str, Any] = answered.json
    return found


async def slugs(admin: Account, program: dict[str, Any]) -> list[str]:
    return [each["slug"] for each in (await admin.get(f"/admin/programs/{program['id']}/modules")).json["items"]]


async def shown(person: Account, program: dict[str, Any]) -> list[str]:
    return [each["title"] for each in (await person.get(f"/programs/{program['id']}")).json["modules"]]


async def test_a_program_is_written_and_people_follow_it(world: World) -> None:
    admin, ana = await world.staff(), await world.anonymous(language="es")
    made = await begun(admin, isPremium=False, method="CBT", translations={"es": {"title": "Noches tranquilas", "description": "Diez noches."}})
    assert {name: made[name] for name in NEW} == NEW
    assert (made["slug"], made["version"], made["isActive"], made["fromCatalog"], made["moduleCount"]) == ("test-evening", 1, True, False, 0)
    assert (await ana.get(f"/programs/{made['id']}")).status == 404
    assert (await ana.post(f"/programs/{made['id']}/enroll")).status == 404
    for type in CONTENT:
        module = await added(admin, made, f"step-{type}", type)
        assert (module["type"], module["content"]) == (type, {"type": type, **CONTENT[type]})
    seen = (await ana.get(f"/programs/{made['id']}")).json
    assert (seen["title"], seen["moduleCount"]) == ("Noches tranquilas", 4)
    assert (await ana.post(f"/programs/{made['id']}/enroll")).status == 201
    await finish(ana, seen["modules"][0]["id"])
    (row,) = [each for each in (await admin.get("/admin/programs?limit=100")).json["items"] if each["id"] == made["id"]]
    assert (row["moduleCount"], row["enrolled"], row["completed"], row["version"]) == (4, 1, 0, 5)


async def test_without_a_slug_one_is_made_of_the_title(world: World) -> None:
    admin = await world.staff()
    made = [(await admin.post("/admin/programs", {**NEW, "title": title})).json for title in ("Test: Ruhe & Schlaf für 7 Nächte", "Test: Ruhe & Schlaf für 7 Nächte", "тест")]
    try:
        assert [each["slug"][:-8] for each in made] == ["test-ruhe-schlaf-fur-7-nachte-"] * 2 + [""]
        assert len({each["slug"] for each in made}) == 3
    finally:
        await db.execute("DELETE FROM programs WHERE id = ANY($1::uuid[])", [each["id"] for each in made])


async def test_a_slug_is_there_once(world: World) -> None:
    admin = await world.staff()
    made = await begun(admin)
    assert (await admin.post("/admin/programs", {**NEW, "slug": "test-evening"})).status == 409
    await added(admin, made, "one")
    again = await admin.post(f"/admin/programs/{made['id']}/modules", {"slug": "one", "title": "x", "description": "x", "type": "text", "duration": 1, "content": CONTENT["text"]})
    assert again.status == 409
    assert await slugs(admin, made) == ["one"]


async def test_a_change_of_words_is_for_everybody_and_one_of_structure_for_the_next(world: World) -> None:
    admin, ana, bob = await world.staff(), await world.anonymous(), await world.anonymous()
    made = await begun(admin)
    one, two = await added(admin, made, "one"), await added(admin, made, "two")
    await ana.post(f"/programs/{made['id']}/enroll")
    version = (await admin.put(f"/admin/programs/{made['id']}", {"title": "Later calm"})).json["version"]
    worded = await admin.put(f"/admin/programs/{made['id']}/modules/{one['id']}", {"title": "Uno", "content": {"body": "Other words."}, "duration": 9})
    assert (worded.status, worded.json["id"], worded.json["orderIndex"]) == (200, one["id"], 0)
    assert (await ana.get(f"/programs/modules/{one['id']}")).json["content"]["body"] == "Other words."
    assert (await ana.get(f"/programs/{made['id']}")).json["title"] == "Later calm"
    moved = await admin.put(f"/admin/programs/{made['id']}/modules/{two['id']}", {"orderIndex": 0})
    assert (moved.json["orderIndex"], await slugs(admin, made)) == (0, ["two", "one"])
    other = await admin.put(f"/admin/programs/{made['id']}/modules/{one['id']}", {"type": "audio", "content": CONTENT["audio"], "isRequired": False})
    assert other.status == 200, other.raw
    assert other.json["id"] != one["id"]
    await added(admin, made, "three", orderIndex=1)
    assert await slugs(admin, made) == ["two", "three", "one"]
    assert (await admin.delete(f"/admin/programs/{made['id']}/modules/{moved.json['id']}")).status == 204
    assert await slugs(admin, made) == ["three", "one"]
    assert await shown(ana, made) == ["Uno", "Two"]
    assert await shown(bob, made) == ["Three", "Uno"]
    assert (await ana.get(f"/programs/modules/{one['id']}")).json["type"] == "text"
    assert (await bob.get(f"/programs/modules/{one['id']}")).status == 404
    (row,) = [each for each in (await admin.get("/admin/programs?limit=100")).json["items"] if each["id"] == made["id"]]
    assert row["version"] == version + 4
    for module_id in (one["id"], two["id"]):
        done = await finish(ana, module_id)
    assert done["enrollment"]["status"] == "completed"


async def test_a_retired_program_goes_on_for_who_is_in_it(world: World) -> None:
    admin, ana, bob = await world.staff(), await world.anonymous(), await world.anonymous()
    made = await begun(admin)
    one = await added(admin, made, "one")
    await ana.post(f"/programs/{made['id']}/enroll")
    assert (await admin.delete(f"/admin/programs/{made['id']}")).status == 204
    assert (await admin.delete(f"/admin/programs/{made['id']}")).status == 204
    for person in (ana, bob):
        assert made["id"] not in {each["id"] for each in (await person.get("/programs?limit=100")).json["items"]}
    assert [(await bob.get(path)).status for path in (f"/programs/{made['id']}", f"/programs/modules/{one['id']}")] == [404, 404]
    assert (await bob.post(f"/programs/{made['id']}/enroll")).status == 404
    assert (await ana.get(f"/programs/{made['id']}")).json["isActive"] is False
    assert (await finish(ana, one["id"]))["enrollment"]["status"] == "completed"
    assert (await admin.put(f"/admin/programs/{made['id']}", {"isActive": True})).json["isActive"] is True
    assert (await bob.post(f"/programs/{made['id']}/enroll")).status == 201


async def test_every_change_is_audited(world: World) -> None:
    admin = await world.staff()
    made = await begun(admin)
    one = await added(admin, made, "one")
    await admin.put(f"/admin/programs/{made['id']}/modules/{one['id']}", {"title": "Uno"})
    await admin.delete(f"/admin/programs/{made['id']}/modules/{one['id']}")
    await admin.put(f"/admin/programs/{made['id']}", {"isPremium": True})
    await admin.delete(f"/admin/programs/{made['id']}")
    rows = await db.fetch("SELECT action, actor_id, subject_id::text FROM audit_entries WHERE subject_kind = 'program' ORDER BY id")
    steps = ["added", "module_added", "module_changed", "module_retired", "changed", "retired"]
    assert [(row["action"], row["actor_id"], row["subject_id"]) for row in rows] == [(f"program_{step}", admin.uuid, made["id"]) for step in steps]


async def test_a_scored_questionnaire_comes_as_it_went(world: World) -> None:
    admin, ana = await world.staff(), await world.anonymous()
    made = await begun(admin)
    module = await added(admin, made, "check", "interactive", content=SCORED)
    assert (await ana.get(f"/programs/modules/{module['id']}")).json["content"] == module["content"] == {"type": "interactive", **SCORED}


def changed(**changes: Any) -> dict[str, Any]:
    return {**SCORED, **changes}


QUESTIONS = SCORED["questions"]
BANDS = SCORED["scoring"]["bands"]


@pytest.mark.parametrize(
    ("type", "content", "path"),
    [
        ("text", {}, "content.body"), ("text", {"body": ""}, "content.body"), ("text", {"body": 5}, "content.body"), ("text", {"body": "x", "html": "x"}, "content.html"),
        ("text", {"body": "x", "type": "audio"}, "content.type"), ("text", {"body": "\ud800"}, "content"), ("text", {"body": "a\x00b"}, "content"),
        ("text", {"body": "x", "free": "yes"}, "content.free"), ("text", CONTENT["audio"], "content.script"), ("audio", {"script": []}, "content.script"),
        ("audio", {"script": [{"seconds": 5}]}, "content.script.0"), ("audio", {"script": [{"seconds": 5, "say": "x"}, {"seconds": 5, "say": "x", "pause": True}]}, "content.script.1"),
        ("audio", {"script": [{"seconds": 0, "say": "x"}]}, "content.script.0.seconds"), ("video", {"scenes": [{"seconds": 5, "say": "x"}]}, "content.scenes.0.shows"),
        ("interactive", changed(questions=[]), "content.questions"), ("interactive", changed(questions=[{"id": "q", "kind": "essay", "prompt": "x"}]), "content.questions.0.kind"),
        ("interactive", changed(questions=[*QUESTIONS, QUESTIONS[0]]), "content.questions.3.id"), ("interactive", changed(scoring=None), "content.scoring"),
        ("interactive", {**CONTENT["interactive"], "scoring": SCORED["scoring"]}, "content.scoring"),
        ("interactive", changed(scoring={"max": 7, "bands": BANDS}), "content.scoring.max"), ("interactive", changed(scoring={"max": 6, "bands": BANDS[1:]}), "content.scoring.bands.0"),
        ("interactive", changed(scoring={"max": 6, "bands": BANDS[:1]}), "content.scoring.bands"),
        ("interactive", changed(questions=[{**QUESTIONS[0], "min": -1}, *QUESTIONS[1:]]), "content.questions.0.min"),
        ("interactive", changed(questions=[{**QUESTIONS[0], "max": 0}, *QUESTIONS[1:]]), "content.questions.0.max"),
        ("interactive", changed(questions=[QUESTIONS[0], {**QUESTIONS[1], "scored": False}], scoring={"max": 4, "bands": [{"from": 0, "to": 4, "text": "x"}]}), "content.questions.1.scored"),
    ],
)  # fmt: skip
async def test_content_is_what_its_type_says(world: World, type: str, content: Any, path: str) -> None:
    admin = await world.staff()
    made = await begun(admin)
    said = {"title": "x", "description": "x", "type": type, "duration": 1, "content": content}
    answered = await admin.post(f"/admin/programs/{made['id']}/modules", said)
    assert (answered.status, path in answered.paths) == (422, True), answered.raw
    assert await slugs(admin, made) == []


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        ({"title": ""}, {"title"}), ({"title": " "}, {"title"}), ({"title": "x" * 121}, {"title"}), ({"duration": 0}, {"duration"}), ({"duration": 366}, {"duration"}),
        ({"difficulty": "hard"}, {"difficulty"}), ({"category": "x" * 33}, {"category"}), ({"version": 5}, {"version"}), ({"catalogVersion": "x"}, {"catalogVersion"}),
        ({"translations": {"de": {}}}, {"translations.de"}), ({"translations": {"es": {"title": ""}}}, {"translations.es.title", "translations.es.description"}),
        ({"description": "\x00"}, {"description"}), ({"isPremium": None}, {"isPremium"}),
    ],
)  # fmt: skip
async def test_a_wrong_field_of_a_program_is_named(world: World, changes: dict[str, Any], paths: set[str]) -> None:
    admin = await world.staff()
    made = await begun(admin)
    for answered in (await admin.put(f"/admin/programs/{made['id']}", changes), await admin.post("/admin/programs", {**NEW, "slug": "test-other", **changes})):
        assert (answered.status, answered.paths) == (422, paths)
    assert (await admin.get("/admin/programs?limit=1")).json["items"][0] == made


@pytest.mark.parametrize("slug", ["", "Test", "a b", "-a", "a-", "a--b", "é", "a" * 65, "a\n"])
async def test_a_slug_is_words_and_hyphens(world: World, slug: str) -> None:
    admin = await world.staff()
    assert (await admin.post("/admin/programs", {**NEW, "slug": slug})).paths == {"slug"}


async def test_a_module_under_another_program_is_not_found(world: World) -> None:
    """Threat 28."""
    admin = await world.staff()
    first, second = await begun(admin), await begun(admin, "test-other")
    one = await added(admin, first, "one")
    for program, module in ((second["id"], one["id"]), (NOBODYS, one["id"]), (first["id"], NOBODYS), (first["id"], second["id"])):
        assert (await admin.put(f"/admin/programs/{program}/modules/{module}", {"title": "x"})).status == 404
        assert (await admin.delete(f"/admin/programs/{program}/modules/{module}")).status == 404
    for answered in (
        await admin.put(f"/admin/programs/{NOBODYS}", {"title": "x"}), await admin.delete(f"/admin/programs/{NOBODYS}"), await admin.get(f"/admin/programs/{NOBODYS}/modules"),
        await admin.post(f"/admin/programs/{NOBODYS}/modules", {"title": "x", "description": "x", "type": "text", "duration": 1, "content": CONTENT["text"]}),
    ):  # fmt: skip
        assert answered.status == 404
    assert await slugs(admin, first) == ["one"]


async def test_only_admins_write_programs(world: World) -> None:
    admin = await world.staff()
    made = await begun(admin)
    one = await added(admin, made, "one")
    calls: list[tuple[str, str, Any]] = [
        ("GET", "/admin/programs", None), ("POST", "/admin/programs", {**NEW, "slug": "test-no"}), ("PUT", f"/admin/programs/{made['id']}", {"title": "x"}),
        ("DELETE", f"/admin/programs/{made['id']}", None), ("GET", f"/admin/programs/{made['id']}/modules", None),
        ("POST", f"/admin/programs/{made['id']}/modules", {"title": "x", "description": "x", "type": "text", "duration": 1, "content": CONTENT["text"]}),
        ("PUT", f"/admin/programs/{made['id']}/modules/{one['id']}", {"title": "x"}), ("DELETE", f"/admin/programs/{made['id']}/modules/{one['id']}", None),
    ]  # fmt: skip
    others = [await world.staff("analyst"), await world.counselor(), await world.counselor(role="supervisor"), await world.user(), await world.anonymous()]
    for method, path, body in calls:
        assert [(await other.send(method, path, body)).status for other in others] == [403] * 5, path
        assert (await world.send(method, path, body)).status == 401
    assert await slugs(admin, made) == ["one"]
    assert [each["slug"] for each in (await admin.get("/admin/programs?limit=100")).json["items"] if each["slug"].startswith("test-")] == ["test-evening"]


async def test_a_place_beyond_the_last_is_the_last_and_a_type_needs_its_content(world: World) -> None:
    admin = await world.staff()
    made = await begun(admin)
    await added(admin, made, "one")
    two = await added(admin, made, "two", orderIndex=100)
    assert two["orderIndex"] == 1
    assert (await admin.put(f"/admin/programs/{made['id']}/modules/{two['id']}", {"type": "video"})).paths == {"content"}
    assert (await admin.put(f"/admin/programs/{made['id']}/modules/{two['id']}", {"orderIndex": -1})).paths == {"orderIndex"}
