"""Analysts' runs over the API: who may, over which dates, how far they are, and the links to what they came to."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from core import clock, db, jobs, keys, runtime
from core.crypto import b64, unb64
from domain import audit, insight_runs
from domain.insight_shards import ConcludeRun
from tests.insight_runs import DATES, asked, fetched, finished, path_of, quick, told
from tests.lives import stored_files
from tests.people import NOBODYS, World, count, do_jobs

PATHS = [("GET", "/admin/insight-runs"), ("POST", "/admin/insight-runs"), ("GET", f"/admin/insight-runs/{NOBODYS}"), ("DELETE", f"/admin/insight-runs/{NOBODYS}")]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)


@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_staff_may_and_nobody_else(world: World, method: str, path: str) -> None:
    body = DATES if method == "POST" else None
    for stranger in (await world.user(), await world.anonymous(), await world.counselor(), await world.counselor(role="supervisor")):
        assert (await stranger.send(method, path, body)).status == 403
    assert (await world.send(method, path, body)).status == 401
    assert await count("insight_runs") == 0
    for role in ("admin", "analyst"):
        staff = await world.staff(role)
        assert (await staff.send(method, path, body)).status in (200, 202, 404)


async def test_a_run_from_asking_to_its_files(world: World) -> None:
    ann = await world.staff("analyst")
    run = await asked(ann)
    assert run == {
        "id": run["id"], "from": "2026-01-01", "to": "2026-01-31", "status": "queued", "progress": 0, "requestedBy": ann.id, "createdAt": run["createdAt"],
        "startedAt": None, "finishedAt": None, "keptUntil": None, "error": None, "files": [],
    }  # fmt: skip
    assert await do_jobs() == ["done", "done"]
    done = await told(ann, run["id"])
    assert (done["status"], done["progress"], done["error"]) == ("done", 100, None)
    assert run["createdAt"] <= done["startedAt"] <= done["finishedAt"]
    files = await fetched(world, done)
    assert list(files) == ["dictionary.json", "moods.parquet", "report.html"]
    assert {each["name"]: each["bytes"] for each in done["files"]} == {name: len(content) for name, content in files.items()}
    assert (await ann.get("/admin/insight-runs")).json == {"items": [done | {"files": (await told(ann, run["id"]))["files"]}], "nextCursor": None}
    # Its shards are gone, and what is kept is sealed.
    kept = stored_files(f"reports/{run['id']}")
    assert set(kept) == {f"reports/{run['id']}/{name}" for name in files}
    assert not any(b"PAR1" in content or b"doctype" in content for content in kept.values())


async def test_asked_for_twice_it_is_one_until_it_is_over(world: World) -> None:
    ann, bea = await world.staff("analyst"), await world.staff("admin")
    both = await asyncio.gather(*(each.post("/admin/insight-runs", DATES) for each in (ann, bea, ann, bea)))
    assert {each.status for each in both} == {202}
    assert len({each.json["id"] for each in both}) == 1
    other = await asked(ann, to="2026-01-30")
    assert other["id"] != both[0].json["id"]
    await do_jobs()
    again = await asked(ann)
    assert again["id"] != both[0].json["id"]
    assert again["status"] == "queued"
    assert await count("insight_runs") == 3


async def test_only_so_many_are_under_way(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insight_runs, "MOST_UNDER_WAY", 2)
    ann = await world.staff("analyst")
    first = await asked(ann)
    await asked(ann, to="2026-01-30")
    refused = await ann.post("/admin/insight-runs", {**DATES, "to": "2026-01-29"})
    assert (refused.status, refused.json["code"]) == (409, "conflict")
    assert (await asked(ann))["id"] == first["id"]
    await do_jobs()
    await asked(ann, to="2026-01-29")


async def test_threat_87_an_idempotency_key_gives_the_first_answer_to_its_owner_only(world: World) -> None:
    ann, bea = await world.staff("analyst"), await world.staff("analyst")
    key = {"Idempotency-Key": "same"}
    first = await ann.post("/admin/insight-runs", DATES, headers=key)
    await do_jobs()
    again = await ann.post("/admin/insight-runs", DATES, headers=key)
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")
    assert (await bea.post("/admin/insight-runs", DATES, headers=key)).json["id"] != first.json["id"]
    other = await ann.post("/admin/insight-runs", {**DATES, "to": "2026-02-01"}, headers=key)
    assert (other.status, other.json["code"]) == (409, "idempotency_mismatch")


@pytest.mark.parametrize(
    ("dates", "wrong"),
    [
        ({"from": "2026-02-01", "to": "2026-01-31"}, {"to"}), ({"from": "2999-05-01", "to": "2999-05-06"}, {"to"}), ({"from": "2999-06-01", "to": "2999-05-06"}, {"to"}),
        ({"from": "2024-05-02", "to": "2026-05-04"}, {"to"}), ({"from": "1989-12-31", "to": "1990-01-31"}, {"from"}), ({"from": "1900-01-01", "to": "9999-01-01"}, {"from", "to"}),
        ({"from": "2026-02-30", "to": "2026-03-01"}, {"from"}), ({"from": "yesterday", "to": 3}, {"from", "to"}), ({"from": "2026-01-01T00:00:00Z", "to": "2026-01-31"}, {"from"}),
        ({"from": None}, {"from", "to"}), ({}, {"from", "to"}), ({**DATES, "out": "/tmp"}, {"out"}), ({**DATES, "first": "2026-01-01"}, {"first"}),
    ],
)  # fmt: skip
async def test_dates_that_no_run_is_over_are_named(world: World, dates: dict[str, Any], wrong: set[str]) -> None:
    ann = await world.staff("analyst")
    answered = await ann.post("/admin/insight-runs", dates)
    assert (answered.status, answered.paths) == (422, wrong)
    assert await count("insight_runs") == await count("jobs") == 0


@pytest.mark.parametrize(("first", "last", "status"), [(0, 0, 202), (731, 0, 202), (732, 0, 422), (0, -2, 422)])
async def test_the_longest_run_and_the_last_day_there_is(world: World, first: int, last: int, status: int) -> None:
    ann = await world.staff("analyst")
    today = clock.today("UTC")
    days = {"from": (today - timedelta(days=first)).isoformat(), "to": (today - timedelta(days=last)).isoformat()}
    assert (await ann.post("/admin/insight-runs", days)).status == status


async def test_a_day_that_has_begun_somewhere_is_not_in_the_future(world: World) -> None:
    ann = await world.staff("analyst")
    day = clock.today("Pacific/Kiritimati")
    assert (await asked(ann, **{"from": (day - timedelta(days=30)).isoformat()}, to=day.isoformat()))["to"] == day.isoformat()
    assert (await ann.post("/admin/insight-runs", {"from": day.isoformat(), "to": (day + timedelta(days=1)).isoformat()})).paths == {"to"}


async def test_pages_are_newest_first_and_each_run_is_on_one(world: World) -> None:
    ann, bea = await world.staff("analyst"), await world.staff("analyst")
    made = [(await asked(ann, to=f"2026-01-{day}"))["id"] for day in range(20, 25)]
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await ann.get(f"/admin/insight-runs?limit=2{cursor}")).json
        seen += [each["id"] for each in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert seen == made[::-1]
    assert (await bea.get(f"/admin/insight-runs?limit=2{cursor}")).paths == {"cursor"}
    assert (await ann.get("/admin/insight-runs?status=done")).paths == {"status"}
    assert (await ann.get("/admin/insight-runs?limit=0")).paths == {"limit"}


async def test_one_that_is_not_there_is_not_found(world: World) -> None:
    ann = await world.staff("analyst")
    assert (await ann.get(f"/admin/insight-runs/{NOBODYS}")).status == 404
    assert (await ann.get("/admin/insight-runs/1")).status == 404


@pytest.mark.parametrize(
    ("name", "kind", "disposition"),
    [("report.html", "text/html; charset=utf-8", "inline"), ("moods.parquet", "application/vnd.apache.parquet", "attachment"), ("dictionary.json", "application/json; charset=utf-8", "attachment")],
)  # fmt: skip
async def test_a_file_is_served_to_be_read_and_to_do_nothing(world: World, name: str, kind: str, disposition: str) -> None:
    run = await finished(await world.staff("analyst"))
    link = path_of(next(each["url"] for each in run["files"] if each["name"] == name))
    for method in ("HEAD", "GET"):
        answered = await world.send(method, link)
        assert (answered.status, answered.headers["Content-Type"], answered.headers["Content-Disposition"]) == (200, kind, f'{disposition}; filename="{name}"')
        assert (answered.headers["Cache-Control"], answered.headers["X-Content-Type-Options"]) == ("private, no-store", "nosniff")
        policy = answered.headers["Content-Security-Policy"].split("; ")
        assert {"sandbox", "default-src 'none'"} <= set(policy)
        assert not any(word in each for each in policy for word in ("script", "allow", "http", "*"))
        assert int(answered.headers["Content-Length"]) == next(each["bytes"] for each in run["files"] if each["name"] == name)
    assert (await world.send("GET", link)).status == 200


async def test_threat_59_a_link_that_is_forged_or_old_finds_nothing(world: World) -> None:
    ann = await world.staff("analyst")
    run, other = await finished(ann), await finished(ann, to="2026-01-30")
    signed = run["files"][0]["url"].rpartition("/")[2]
    raw = unb64(signed)
    said, mac = raw[:21], raw[21:]
    expires = int.from_bytes(said[17:21])
    assert abs(expires - clock.now().timestamp() - 3600) < 60
    later = said[:17] + (expires + 1).to_bytes(4) + mac
    next_file = said[:16] + b"\1" + said[17:] + mac
    other_run = UUID(other["id"]).bytes + said[16:] + mac
    for forged in (b64(later), b64(next_file), b64(other_run), b64(said + bytes(15)), "A" * 48, signed[:-1] + ("A" if signed[-1] != "A" else "B")):
        assert (await world.send("GET", f"/insight-files/{forged}")).status == 404

    def signed_as_ours(said: bytes, purpose: bytes = b"insight run") -> str:
        return b64(said + keys.keys().mac("file", purpose, said)[:15])

    assert signed_as_ours(said) == signed
    old = said[:17] + int(clock.now().timestamp()).to_bytes(4)
    beyond = said[:16] + b"\x09" + said[17:]
    nobodys = UUID(NOBODYS).bytes + said[16:]
    for unusable in (signed_as_ours(old), signed_as_ours(beyond), signed_as_ours(nobodys), signed_as_ours(said, b"export")):
        assert (await world.send("GET", f"/insight-files/{unusable}")).status == 404
    # Links of one kind are none of another.
    for elsewhere in ("exports", "files"):
        assert (await world.send("GET", f"/{elsewhere}/{signed}")).status == 404
    assert (await world.send("GET", f"/insight-files/{signed}")).status == 200


async def test_a_file_that_was_altered_or_is_not_there_is_not_found(world: World) -> None:
    run = await finished(await world.staff("analyst"))
    places = json.loads(await db.fetchval("SELECT files FROM insight_runs"))
    folder = next(iter(stored_files(f"reports/{run['id']}")))
    assert folder == places[0]["file"]
    path = runtime.settings().home / "files" / folder
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert (await world.send("GET", path_of(run["files"][0]["url"]))).status == 404
    path.unlink()
    assert (await world.send("GET", path_of(run["files"][0]["url"]))).status == 404


async def test_who_asked_fetched_and_deleted_is_written_down(world: World) -> None:
    ann = await world.staff("analyst")
    run = await finished(ann)
    await world.send("HEAD", path_of(run["files"][0]["url"]))
    await world.send("GET", path_of(run["files"][2]["url"]))
    assert (await ann.delete(f"/admin/insight-runs/{run['id']}")).status == 204
    await audit.link()
    rows = await db.fetch("SELECT action, actor_kind, actor_id, data FROM audit_entries WHERE action LIKE 'insight%' ORDER BY id")
    assert [(row["action"], row["actor_kind"], row["actor_id"]) for row in rows] == [
        ("insight_run_requested", "staff", ann.uuid), ("insight_file_fetched", "link", None), ("insight_run_deleted", "staff", ann.uuid),
    ]  # fmt: skip
    assert json.loads(rows[0]["data"]) == {"run": run["id"], "first": "2026-01-01", "last": "2026-01-31"}
    assert json.loads(rows[1]["data"]) == {"run": run["id"], "file": "report.html"}


async def test_a_run_that_is_deleted_is_gone_with_its_files(world: World) -> None:
    ann = await world.staff("analyst")
    run = await finished(ann)
    assert (await ann.delete(f"/admin/insight-runs/{run['id']}")).status == 204
    assert await do_jobs() == ["done"]
    assert stored_files(f"reports/{run['id']}") == {}
    assert (await world.send("GET", path_of(run["files"][0]["url"]))).status == 404
    assert (await ann.get(f"/admin/insight-runs/{run['id']}")).status == 404
    assert (await ann.delete(f"/admin/insight-runs/{run['id']}")).status == 404
    # One under way ends: its jobs find nothing to do.
    other = await asked(ann)
    assert (await ann.delete(f"/admin/insight-runs/{other['id']}")).status == 204
    assert await do_jobs() == ["done"]
    assert await count("insight_runs") == await count("insight_shards") == await count("jobs") == 0
    assert stored_files(f"reports/{other['id']}") == {}


async def test_one_whose_conclusion_was_given_up_has_failed_and_says_so(world: World) -> None:
    ann = await world.staff("analyst")
    run = await asked(ann)
    job = await db.fetchval("SELECT id FROM jobs")
    assert await jobs.run(job) == "done"
    assert (await told(ann, run["id"]))["progress"] == 90
    await db.execute("UPDATE jobs SET failed_at = now() WHERE name = $1", ConcludeRun.name())
    said = await told(ann, run["id"])
    assert (said["status"], said["files"]) == ("failed", [])
    assert "tables and report could not be made" in said["error"]
    assert said["finishedAt"] is not None
    assert await do_jobs() == ["done"]
    assert stored_files(f"reports/{run['id']}") == {}
    assert (await asked(ann))["id"] != run["id"]
