"""Finding a program, following it, finishing it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from core import clock, db
from tests.people import NOBODYS, Account, World, do_jobs
from tests.programs import enrolled, finish, module, of_catalog, program, remove_added

LIGHT = {"id", "title", "description", "category", "duration", "difficulty", "isPremium", "isActive", "moduleCount", "enrollment"}
PREMIUM = "closer-together"


@pytest.fixture
async def additions(world: World) -> AsyncIterator[None]:
    yield
    await remove_added()


async def premium(world: World) -> Account:
    person = await world.anonymous()
    await db.execute("UPDATE users SET is_premium = true WHERE id = $1", person.uuid)
    return person


async def test_the_catalogue_has_programs_for_every_need(world: World) -> None:
    ana = await world.anonymous()
    items = (await ana.get("/programs?limit=100")).json["items"]
    assert {each["category"] for each in items} >= {"sleep", "stress", "anxiety", "mood", "self-compassion", "mindfulness", "grief", "relationships"}
    assert len(items) >= 8
    assert all(5 <= each["moduleCount"] <= 14 for each in items)
    assert all(set(each) == LIGHT for each in items)
    assert {each["enrollment"] for each in items} == {None}


async def test_the_list_has_a_version_that_changes_with_what_it_shows(world: World) -> None:
    ana = await world.anonymous()
    first = await ana.get("/programs")
    assert (await ana.get("/programs", headers={"If-None-Match": first.headers["ETag"]})).status == 304
    await enrolled(ana, "sleep-better")
    again = await ana.get("/programs", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 200
    (mine,) = [each for each in again.json["items"] if each["enrollment"]]
    assert mine["enrollment"]["status"] == "in_progress"


async def test_a_page_follows_another(world: World) -> None:
    ana, bob = await world.anonymous(), await world.anonymous()
    whole = (await ana.get("/programs?limit=100")).json["items"]
    found, cursor = [], ""
    while True:
        page = (await ana.get(f"/programs?limit=3{cursor}")).json
        found += page["items"]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert found == whole
    assert (await ana.get(f"/programs?limit=3&difficulty=beginner{cursor}")).paths == {"cursor"}
    assert (await bob.get(f"/programs?limit=3{cursor}")).paths == {"cursor"}


async def test_filters_narrow_and_only_known_ones_are_taken(world: World) -> None:
    ana = await world.anonymous()
    everything = (await ana.get("/programs?limit=100")).json["items"]
    for name in ("category", "difficulty"):
        for value in {each[name] for each in everything}:
            shown = (await ana.get(f"/programs?limit=100&{name}={value}")).json["items"]
            assert shown == [each for each in everything if each[name] == value]
    assert (await ana.get("/programs?category=nothing")).json["items"] == []
    for query, paths in {
        "difficulty=hard": {"difficulty"},
        "sort=password": {"sort"},
        "user__email=a": {"user__email"},
        "isActive=false": {"isActive"},
        "category=a&category=b": {"category"},
    }.items():
        answered = await ana.get(f"/programs?{query}")
        assert (answered.status, answered.paths) == (422, paths)


async def test_a_search_takes_every_letter_for_itself(world: World, additions: None) -> None:
    """Threat 32: `%`, `_` and a backslash are letters."""
    ana = await world.anonymous()
    await program(module("one"), title=r"Half a %_\ of it")
    everything = {each["title"] for each in (await ana.get("/programs?limit=100")).json["items"]}
    for sought in ("%25", "_", "%5C", "%25_%5C", "a%20%25", "HALF"):
        assert [each["title"] for each in (await ana.get(f"/programs?limit=100&q={sought}")).json["items"]] == [r"Half a %_\ of it"], sought
    for sought in ("_a_f", "H%25f", "%25%25", "' OR 1=1 --", "%5C%5C"):
        assert (await ana.get(f"/programs?q={sought}")).json["items"] == [], sought
    assert {each["title"] for each in (await ana.get("/programs?limit=100&q=")).json["items"]} == everything
    assert (await ana.get(f"/programs?q={'a' * 121}")).paths == {"q"}
    assert (await ana.get("/programs?q=%00")).status == 422


async def test_a_search_is_in_the_persons_language(world: World) -> None:
    ana, bob = await world.anonymous(language="es-MX"), await world.anonymous()
    assert [each["title"] for each in (await ana.get("/programs?q=dormir mejor")).json["items"]] == ["Dormir mejor: tres semanas de práctica"]
    assert (await bob.get("/programs?q=dormir mejor")).json["items"] == []
    found = await of_catalog(ana, "sleep-better")
    english = await of_catalog(bob, "sleep-better")
    assert all(mine["title"] != theirs["title"] for mine, theirs in zip(found["modules"], english["modules"], strict=True))


async def test_a_program_shows_its_modules_in_order_without_their_content(world: World) -> None:
    ana = await world.anonymous()
    found = await of_catalog(ana, "sleep-better")
    assert set(found) == LIGHT | {"method", "modules"}
    assert [each["orderIndex"] for each in found["modules"]] == list(range(found["moduleCount"]))
    assert all(set(each) == {"id", "title", "description", "type", "duration", "orderIndex", "isRequired", "isFree", "completed", "locked"} for each in found["modules"])
    locked = [each["locked"] for each in found["modules"]]
    first_required = next(index for index, each in enumerate(found["modules"]) if each["isRequired"])
    assert locked == [index > first_required for index in range(len(locked))]
    tag = (await ana.get(f"/programs/{found['id']}")).headers["ETag"]
    assert (await ana.get(f"/programs/{found['id']}", headers={"If-None-Match": tag})).status == 304
    assert (await ana.get(f"/programs/{NOBODYS}")).status == 404


async def test_every_module_of_the_catalogue_can_be_read(world: World) -> None:
    ana = await premium(world)
    types = set()
    for light in (await ana.get("/programs?limit=100")).json["items"]:
        for each in (await ana.get(f"/programs/{light['id']}")).json["modules"]:
            answered = await ana.get(f"/programs/modules/{each['id']}")
            assert answered.status == 200, answered.raw
            assert answered.json["programId"] == light["id"]
            assert answered.json["content"]["type"] == each["type"]
            assert answered.json["method"]
            types.add(each["type"])
    assert types == {"text", "audio", "video", "interactive"}


async def test_premium_is_shown_to_all_and_opened_to_those_who_have_it(world: World) -> None:
    ana, bob = await world.anonymous(), await premium(world)
    found = await of_catalog(ana, PREMIUM)
    assert found["isPremium"] is True
    shut = [each for each in found["modules"] if not each["isFree"]]
    for path in (f"/programs/{found['id']}/enroll", f"/programs/modules/{shut[0]['id']}/complete"):
        refused = await ana.post(path, {"timeSpent": 1} if path.endswith("complete") else None)
        assert (refused.status, refused.json["code"]) == (403, "premium_required")
    for each in shut:
        refused = await ana.get(f"/programs/modules/{each['id']}")
        assert (refused.status, refused.json["code"]) == (403, "premium_required")
        opened = await bob.get(f"/programs/modules/{each['id']}")
        assert opened.status == 200
        assert refused.raw not in opened.raw
    assert await db.fetchval("SELECT count(*) FROM user_programs") == 0
    await enrolled(bob, PREMIUM)
    await finish(bob, found["modules"][0]["id"])


async def test_what_to_do_when_one_is_not_safe_is_for_everybody(world: World) -> None:
    """The one module of a premium program that nobody has to pay for."""
    ana = await world.anonymous()
    (free,) = [each for each in (await of_catalog(ana, PREMIUM))["modules"] if each["isFree"]]
    answered = await ana.get(f"/programs/modules/{free['id']}")
    assert answered.status == 200
    assert "emergency number" in answered.json["content"]["body"]
    assert (await ana.post(f"/programs/modules/{free['id']}/complete", {"timeSpent": 1})).json["code"] == "not_enrolled"


async def test_premium_content_is_in_no_list_and_no_search(world: World) -> None:
    """Threat 30."""
    ana = await world.anonymous()
    row = await db.fetchrow(
        "SELECT m.content ->> 'body' AS body FROM program_modules m JOIN programs p ON p.id = m.program_id WHERE p.slug = $1 AND m.type = 'text' LIMIT 1", PREMIUM
    )
    assert row is not None
    sentence = next(line for line in row["body"].splitlines() if len(line) > 60)[:40]
    assert (await ana.get("/programs", headers={})).raw.find(sentence.encode()) == -1
    assert (await ana.get(f"/programs?q={sentence[:30]}")).json["items"] == []
    assert (await ana.get(f"/programs/{(await of_catalog(ana, PREMIUM))['id']}")).raw.find(sentence.encode()) == -1


async def test_premium_that_ended_closes_the_content_and_keeps_the_progress(world: World) -> None:
    ana = await premium(world)
    found = await enrolled(ana, PREMIUM)
    done = await finish(ana, found["modules"][0]["id"])
    await db.execute("UPDATE users SET is_premium = false WHERE id = $1", ana.uuid)
    assert (await ana.get(f"/programs/modules/{found['modules'][0]['id']}")).json["code"] == "premium_required"
    assert (await ana.post(f"/programs/{found['id']}/enroll")).status == 200
    (mine,) = (await ana.get("/programs/user/progress")).json["items"]
    assert mine["progress"] == done["enrollment"]["progress"] > 0


async def test_enrolling_again_gives_the_same(world: World) -> None:
    ana = await world.anonymous()
    found = await of_catalog(ana, "mindful-days")
    first = await ana.post(f"/programs/{found['id']}/enroll")
    assert first.status == 201
    assert set(first.json) == {"id", "programId", "status", "progress", "startedAt", "completedAt", "lastAccessedAt"}
    assert (first.json["programId"], first.json["status"], first.json["progress"], first.json["completedAt"]) == (found["id"], "in_progress", 0, None)
    again = await ana.post(f"/programs/{found['id']}/enroll")
    assert (again.status, again.json) == (200, first.json)
    assert (await ana.get(f"/programs/{found['id']}")).json["enrollment"] == first.json
    assert (await ana.post(f"/programs/{NOBODYS}/enroll")).status == 404
    assert (await ana.post(f"/programs/{found['id']}/enroll", {"version": 1})).status == 422


async def test_reading_a_module_is_a_step_in_its_program(world: World, additions: None) -> None:
    """Who reads on needs no nudge."""
    ana = await world.anonymous()
    program_id = await program(module("one"))
    (only,) = (await ana.get(f"/programs/{program_id}")).json["modules"]
    await ana.post(f"/programs/{program_id}/enroll")
    await db.execute("UPDATE user_programs SET last_accessed_at = $1", clock.ago(days=5))
    for path, expected in ((f"/programs/{program_id}", False), (f"/programs/modules/{only['id']}", True)):
        assert (await ana.get(path)).status == 200
        assert await db.fetchval("SELECT last_accessed_at > $1 FROM user_programs", clock.ago(days=1)) is expected


async def test_modules_open_one_after_the_other(world: World, additions: None) -> None:
    """An optional one locks nothing, and counts for nothing."""
    ana = await world.anonymous()
    program_id = await program(module("one"), module("extra", is_required=False), module("two"), module("three", "interactive"))
    modules = {each["title"]: each["id"] for each in (await ana.get(f"/programs/{program_id}")).json["modules"]}
    await ana.post(f"/programs/{program_id}/enroll")

    async def shown() -> tuple[dict[str, Any], list[bool]]:
        (mine,) = (await ana.get("/programs/user/progress")).json["items"]
        return mine, [each["locked"] for each in (await ana.get(f"/programs/{program_id}")).json["modules"]]

    mine, locked = await shown()
    assert set(mine) == {"program", "status", "progress", "startedAt", "completedAt", "lastAccessedAt", "nextModule"}
    assert (mine["nextModule"]["id"], locked) == (modules["One"], [False, True, True, True])
    refused = await ana.post(f"/programs/modules/{modules['Two']}/complete", {"timeSpent": 5})
    assert (refused.status, refused.json["code"]) == (409, "module_locked")
    assert (await ana.get(f"/programs/modules/{modules['Two']}")).json["locked"] is True
    done = await finish(ana, modules["One"], score=80)
    assert set(done) == {"completion", "enrollment"}
    assert set(done["completion"]) == {"id", "moduleId", "completedAt", "timeSpent", "score"}
    assert (done["completion"]["moduleId"], done["completion"]["timeSpent"], done["completion"]["score"]) == (modules["One"], 60, 80)
    assert done["enrollment"]["progress"] == 33.33
    mine, locked = await shown()
    assert (mine["nextModule"]["id"], locked) == (modules["Extra"], [False, False, False, True])
    assert (await finish(ana, modules["Two"]))["enrollment"]["progress"] == 66.67
    last = await finish(ana, modules["Three"])
    assert (last["enrollment"]["status"], last["enrollment"]["progress"]) == ("completed", 100)
    assert last["enrollment"]["completedAt"] == last["completion"]["completedAt"]
    mine, _ = await shown()
    assert (mine["status"], mine["nextModule"]["id"]) == ("completed", modules["Extra"])
    after = await finish(ana, modules["Extra"])
    assert after["enrollment"]["completedAt"] == last["enrollment"]["completedAt"]
    assert (await shown())[0]["nextModule"] is None


async def test_a_program_of_optional_modules_is_done_with_all_of_them(world: World, additions: None) -> None:
    ana = await world.anonymous()
    program_id = await program(module("one", is_required=False), module("two", is_required=False))
    ids = [each["id"] for each in (await ana.get(f"/programs/{program_id}")).json["modules"]]
    await ana.post(f"/programs/{program_id}/enroll")
    assert (await finish(ana, ids[1]))["enrollment"]["progress"] == 50
    assert (await finish(ana, ids[0]))["enrollment"]["status"] == "completed"


async def test_finishing_again_gives_the_same_completion(world: World) -> None:
    ana = await world.anonymous()
    found = await enrolled(ana, "sleep-better")
    first = await finish(ana, found["modules"][0]["id"], timeSpent=100, score=1)
    again = await finish(ana, found["modules"][0]["id"], timeSpent=200, score=99.5)
    assert again["completion"] == first["completion"]
    assert again["enrollment"]["progress"] == first["enrollment"]["progress"]
    assert await db.fetchval("SELECT count(*) FROM module_completions") == 1


async def test_a_module_of_a_program_one_is_not_in(world: World) -> None:
    ana, bob = await world.anonymous(), await world.anonymous()
    found = await enrolled(bob, "sleep-better")
    refused = await ana.post(f"/programs/modules/{found['modules'][0]['id']}/complete", {"timeSpent": 5})
    assert (refused.status, refused.json["code"]) == (409, "not_enrolled")
    assert (await ana.get(f"/programs/modules/{found['modules'][0]['id']}")).json["completed"] is False
    for path in (f"/programs/modules/{NOBODYS}", f"/programs/modules/{found['id']}"):
        assert (await ana.get(path)).status == 404
        assert (await ana.post(f"{path}/complete", {"timeSpent": 5})).status == 404


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, {"timeSpent"}), ({"timeSpent": -1}, {"timeSpent"}), ({"timeSpent": 86_401}, {"timeSpent"}), ({"timeSpent": 1.5}, {"timeSpent"}), ({"timeSpent": "60"}, {"timeSpent"}),
        ({"timeSpent": 60, "score": 100.1}, {"score"}), ({"timeSpent": 60, "score": -1}, {"score"}), ({"timeSpent": 60, "score": True}, {"score"}),
        ({"timeSpent": 60, "completedAt": "2020-01-01T00:00:00Z"}, {"completedAt"}), ({"timeSpent": 60, "userId": NOBODYS, "progress": 100}, {"userId", "progress"}),
    ],
)  # fmt: skip
async def test_a_completion_says_how_long_and_how_well_and_nothing_else(world: World, body: Any, paths: set[str]) -> None:
    """Threats 29 and 83: neither skipped nor backdated."""
    ana = await world.anonymous()
    found = await enrolled(ana, "sleep-better")
    answered = await ana.post(f"/programs/modules/{found['modules'][0]['id']}/complete", body)
    assert (answered.status, answered.paths) == (422, paths)
    assert await db.fetchval("SELECT count(*) FROM module_completions") == 0


async def test_fifty_at_once_enrol_and_finish_once(world: World) -> None:
    """Threat 80."""
    ana = await world.anonymous()
    found = await of_catalog(ana, "living-with-loss")
    answered = await asyncio.gather(*(ana.post(f"/programs/{found['id']}/enroll") for _ in range(50)))
    assert sorted(each.status for each in answered) == [200] * 49 + [201]
    assert len({each.json["id"] for each in answered}) == 1
    first = found["modules"][0]["id"]
    done = await asyncio.gather(*(finish(ana, first, timeSpent=n) for n in range(50)))
    assert len({each["completion"]["id"] for each in done}) == 1
    assert len({(each["completion"]["timeSpent"], each["enrollment"]["progress"]) for each in done}) == 1
    rows = await db.fetchrow("SELECT (SELECT count(*) FROM user_programs) AS enrolments, (SELECT count(*) FROM module_completions) AS completions")
    assert dict(rows or {}) == {"enrolments": 1, "completions": 1}


async def test_all_modules_at_once_are_all_counted(world: World, additions: None) -> None:
    ana = await world.user()
    program_id = await program(*(module(f"m{n}", is_required=False) for n in range(12)))
    ids = [each["id"] for each in (await ana.get(f"/programs/{program_id}")).json["modules"]]
    await ana.post(f"/programs/{program_id}/enroll")
    done = await asyncio.gather(*(finish(ana, each) for each in ids for _ in range(3)))
    assert max(each["enrollment"]["progress"] for each in done) == 100
    (mine,) = (await ana.get("/programs/user/progress")).json["items"]
    assert (mine["status"], mine["progress"]) == ("completed", 100)
    assert len(await world.mailbox(ana.email, "achievement")) == 1


async def complete_all(person: Account, slug: str) -> None:
    found = await enrolled(person, slug)
    for each in found["modules"]:
        if each["isRequired"]:
            await finish(person, each["id"])


async def test_a_finished_program_is_an_achievement_and_a_mail_that_names_none(world: World) -> None:
    ana = await world.user(language="es")
    await complete_all(ana, "mindful-days")
    (mail,) = await world.mailbox(ana.email, "achievement")
    assert mail["subject"] == "Has llegado hasta el final"
    assert "atención plena" not in mail["subject"] + mail["text"]
    names = {each["achievement"]["name"] for each in (await ana.get("/achievements/user?limit=100")).json["items"]}
    assert names >= {"Una página más", "Hasta el final", "Aquí y ahora"}


async def test_no_mail_for_who_wants_none_or_has_no_address(world: World) -> None:
    ana, bob = await world.user(), await world.anonymous()
    await ana.put("/users/preferences", {"notifications": {"email": {"achievements": False}}})
    for person in (ana, bob):
        await complete_all(person, "mindful-days")
    assert await world.mailbox(kind="achievement") == []
    await do_jobs()
    assert "All the way through" in {each["achievement"]["name"] for each in (await bob.get("/achievements/user?limit=100")).json["items"]}


async def test_nobody_sees_anothers_progress(world: World) -> None:
    ana, bob = await world.anonymous(), await world.anonymous()
    found = await enrolled(ana, "sleep-better")
    await finish(ana, found["modules"][0]["id"])
    assert (await bob.get("/programs/user/progress")).json == {"items": [], "nextCursor": None}
    seen = (await bob.get(f"/programs/{found['id']}")).json
    assert (seen["enrollment"], [each["completed"] for each in seen["modules"]]) == (None, [False] * len(seen["modules"]))


async def test_progress_has_pages_and_the_last_begun_first(world: World) -> None:
    ana = await world.anonymous()
    begun = [(await enrolled(ana, slug))["id"] for slug in ("sleep-better", "mindful-days", "living-with-loss")]
    first = (await ana.get("/programs/user/progress?limit=2")).json
    rest = (await ana.get(f"/programs/user/progress?limit=2&cursor={first['nextCursor']}")).json
    assert [each["program"]["id"] for each in first["items"] + rest["items"]] == begun[::-1]
    assert rest["nextCursor"] is None


async def test_programs_are_for_people(world: World) -> None:
    found = await of_catalog(await world.anonymous(), "sleep-better")
    module_id = found["modules"][0]["id"]
    calls = [("GET", "/programs"), ("GET", f"/programs/{found['id']}"), ("POST", f"/programs/{found['id']}/enroll"), ("GET", f"/programs/modules/{module_id}")]
    for method, path in [*calls, ("POST", f"/programs/modules/{module_id}/complete"), ("GET", "/programs/user/progress")]:
        assert (await world.send(method, path)).status == 401
        for other in (await world.counselor(), await world.staff()):
            assert (await other.send(method, path, {} if method == "POST" else None)).status == 403
