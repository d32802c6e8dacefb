"""Breathing: techniques with exact timings, and sessions."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from core import clock, db
from domain import breathing, catalog
from tests.people import NOBODYS, Account, World, do_jobs


async def breathe(person: Account, technique: str = "box", duration: int = 120, **about: Any) -> dict[str, Any]:
    answered = await person.post("/breathing/sessions", {"technique": technique, "duration": duration, **about})
    assert answered.status == 201, answered.raw
    found: dict[str, Any] = answered.json
    return found


async def test_techniques_have_exact_timings(world: World) -> None:
    ana = await world.anonymous()
    answered = await ana.get("/breathing/techniques")
    items = answered.json["items"]
    assert len(items) >= 8
    assert all(set(each) == {"id", "name", "description", "pattern", "benefits", "defaultCycles", "source", "caution"} for each in items)
    patterns = {each["id"]: [(part["phase"], part["seconds"]) for part in each["pattern"]] for each in items}
    assert patterns["box"] == [("inhale", 4), ("hold", 4), ("exhale", 4), ("rest", 4)]
    assert patterns["four-seven-eight"] == [("inhale", 4), ("hold", 7), ("exhale", 8)]
    for each in items:
        minutes = each["defaultCycles"] * sum(part["seconds"] for part in each["pattern"]) / 60
        assert 0.5 <= minutes <= 15, each["id"]
        assert each["benefits"]
        assert each["caution"]
    assert (await ana.get("/breathing/techniques", headers={"If-None-Match": answered.headers["ETag"]})).status == 304


async def test_techniques_speak_spanish(world: World) -> None:
    ana, bob = await world.anonymous(language="es"), await world.anonymous(language="fr")
    spanish, english = [{each["id"]: each for each in (await person.get("/breathing/techniques")).json["items"]} for person in (ana, bob)]
    assert spanish["box"]["name"] == "Respiración cuadrada"
    assert english["box"]["name"] == "Box breathing"
    assert all(spanish[id]["pattern"] == english[id]["pattern"] and spanish[id]["description"] != english[id]["description"] for id in english)


async def test_a_session_is_written_down_as_it_was(world: World) -> None:
    ana = await world.anonymous()
    at = clock.now() - timedelta(hours=3)
    said = {"technique": "box", "duration": 300, "completedAt": at.isoformat(), "moodBefore": 2, "moodAfter": 4}
    made = (await ana.post("/breathing/sessions", said)).json
    shown = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert made == {"id": made["id"], "technique": "box", "duration": 300, "completedAt": shown, "moodBefore": 2, "moodAfter": 4}
    assert (await ana.get("/breathing/sessions")).json["items"] == [made]


async def test_now_and_no_moods_are_the_defaults(world: World) -> None:
    ana = await world.anonymous()
    before = clock.now()
    made = await breathe(ana)
    assert before <= datetime.fromisoformat(made["completedAt"]) <= clock.now()
    assert (made["moodBefore"], made["moodAfter"]) == (None, None)


async def test_totals_are_of_all_sessions_whatever_the_page(world: World) -> None:
    ana, bob = await world.anonymous(), await world.anonymous()
    assert (await ana.get("/breathing/sessions")).json == {"items": [], "nextCursor": None, "totals": {"sessions": 0, "seconds": 0, "moodChange": None}}
    at = clock.now()
    moods: list[dict[str, Any]] = [{"moodBefore": 2, "moodAfter": 4}, {"moodBefore": 3, "moodAfter": 3}, {"moodBefore": 5, "moodAfter": 4}, {"moodBefore": 1}, {"moodAfter": 5}]
    made = [await breathe(ana, duration=60 * (n + 1), completedAt=(at - timedelta(minutes=n)).isoformat(), **each) for n, each in enumerate(moods)]
    await breathe(bob, duration=5000)
    found, cursor = [], ""
    while True:
        page = (await ana.get(f"/breathing/sessions?limit=2{cursor}")).json
        assert page["totals"] == {"sessions": 5, "seconds": 900, "moodChange": 0.33}
        found += page["items"]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert found == made


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, {"technique", "duration"}), ({"technique": "none-such", "duration": 60}, {"technique"}), ({"technique": "box", "duration": 0}, {"duration"}),
        ({"technique": "box", "duration": 86_401}, {"duration"}), ({"technique": "box", "duration": 60.5}, {"duration"}), ({"technique": "box", "duration": 60, "moodBefore": 0}, {"moodBefore"}),
        ({"technique": "box", "duration": 60, "moodAfter": 6}, {"moodAfter"}), ({"technique": "box", "duration": 60, "completedAt": "2026-05-01T10:00:00"}, {"completedAt"}),
        ({"technique": "box", "duration": 60, "completedAt": "9999-12-31T23:59:59Z"}, {"completedAt"}), ({"technique": "box", "duration": 60, "completedAt": "1990-01-01T00:00:00Z"}, {"completedAt"}),
        ({"technique": "box", "duration": 60, "completedAt": "0001-01-01T00:00:00+14:00"}, {"completedAt"}), ({"technique": "box", "duration": 60, "userId": NOBODYS}, {"userId"}),
        ({"technique": "box\x00", "duration": 60}, {"technique"}),
    ],
)  # fmt: skip
async def test_a_wrong_field_is_named(world: World, body: Any, paths: set[str]) -> None:
    ana = await world.anonymous()
    answered = await ana.post("/breathing/sessions", body)
    assert (answered.status, answered.paths) == (422, paths)
    assert await db.fetchval("SELECT count(*) FROM breathing_sessions") == 0


async def test_a_little_ahead_is_a_clock_that_is_off(world: World) -> None:
    ana = await world.anonymous()
    await breathe(ana, completedAt=(clock.now() + timedelta(minutes=4)).isoformat())
    answered = await ana.post("/breathing/sessions", {"technique": "box", "duration": 60, "completedAt": (clock.now() + timedelta(minutes=6)).isoformat()})
    assert answered.paths == {"completedAt"}


async def test_a_repeated_request_is_one_session(world: World) -> None:
    ana = await world.anonymous()
    said = {"technique": "box", "duration": 60}
    first = await ana.post("/breathing/sessions", said, headers={"Idempotency-Key": "b1"})
    again = await ana.post("/breathing/sessions", said, headers={"Idempotency-Key": "b1"})
    assert (again.status, again.json, again.headers["Idempotent-Replayed"]) == (201, first.json, "true")
    assert (await ana.get("/breathing/sessions")).json["totals"]["sessions"] == 1


async def test_a_session_counts_for_the_local_date(world: World) -> None:
    ana = await world.anonymous(timezone="Pacific/Kiritimati")
    await breathe(ana, completedAt="2026-05-03T10:30:00Z")
    await breathe(ana, completedAt="2026-05-03T09:30:00Z")
    days = [row["date"].isoformat() for row in await db.fetch("SELECT date FROM breathing_sessions ORDER BY completed_at")]
    assert days == ["2026-05-03", "2026-05-04"]


async def test_breathing_earns_once(world: World) -> None:
    ana = await world.anonymous()
    await asyncio.gather(*(breathe(ana, technique) for technique in ("box", "four-seven-eight", "coherent") for _ in range(3)))
    await do_jobs()
    names = [each["achievement"]["name"] for each in (await ana.get("/achievements/user?limit=100")).json["items"]]
    assert sorted(names) == ["Finding what fits", "One deep breath"]
    told = (await ana.get("/notifications")).json["items"]
    assert sum(len(each["data"]["achievementIds"]) for each in told) == 2


async def test_too_short_to_have_been_done_earns_nothing(world: World) -> None:
    ana = await world.anonymous()
    await breathe(ana, duration=29)
    await do_jobs()
    assert (await ana.get("/achievements/user")).json["items"] == []
    assert (await ana.get("/breathing/sessions")).json["totals"]["sessions"] == 1


async def test_breathing_is_for_people(world: World) -> None:
    for path in ("/breathing/techniques", "/breathing/sessions"):
        assert (await world.send("GET", path)).status == 401
        for other in (await world.counselor(), await world.staff()):
            assert (await other.get(path)).status == 403
    assert (await (await world.anonymous()).get("/breathing/sessions?sort=mood")).status == 422


def test_a_technique_stands_there_once(tmp_path: Any) -> None:
    text = (catalog.FOLDER / "breathing.toml").read_text(encoding="utf-8")
    (tmp_path / "breathing.toml").write_text(text.replace('slug = "four-seven-eight"', 'slug = "box"'))
    with pytest.raises(catalog.CatalogError, match=r"^breathing\.toml: box: stands there twice"):
        breathing.load(tmp_path / "breathing.toml")
