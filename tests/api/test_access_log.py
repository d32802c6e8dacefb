"""Who looked at one's data, as one may see it; and the whole trail, as staff see it."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

from core import clock, db, jobs
from core.jobs import Job
from domain import access_log, audit
from domain.awarding import AwardEarned
from tests.chats import on_duty, talk
from tests.people import PASSWORD, Account, World

ROOT = Path(__file__).parent.parent.parent


async def log_of(person: Account, query: str = "?limit=100") -> list[dict[str, Any]]:
    answered = await person.get(f"/users/access-log{query}")
    assert answered.status == 200, answered.raw
    found: list[dict[str, Any]] = answered.json["items"]
    return found


async def test_every_look_of_a_counselor_is_told_with_their_name(world: World) -> None:
    person, counselor, session = await talk(world, first_name="Cora", last_name="Lane")
    supervisor = await on_duty(world, role="supervisor", first_name="Sam", last_name="Hill")
    await person.post(f"/chat/sessions/{session}/messages", {"message": "hello"})
    assert (await counselor.get(f"/chat/sessions/{session}/messages")).status == 200
    assert (await counselor.get(f"/counselor/sessions/{session}/context")).status == 200
    assert (await counselor.get(f"/counselor/sessions/{session}/notes")).status == 200
    assert (await supervisor.get(f"/chat/sessions/{session}/messages")).status == 200
    seen = [(each["actorKind"], each["actorName"], each["action"], each["subject"]) for each in await log_of(person)]
    assert seen == [
        ("counselor", "Sam Hill", "messages_read", "chat"),
        ("counselor", "Cora Lane", "notes_read", "notes"),
        ("counselor", "Cora Lane", "context_read", "context"),
        ("counselor", "Cora Lane", "messages_read", "chat"),
        ("counselor", "Cora Lane", "session_taken", "chat"),
        ("user", None, "registered", "account"),
    ]


async def test_threat_27_a_look_that_was_refused_is_told_too(world: World) -> None:
    person, _, session = await talk(world)
    stranger = await world.counselor(first_name="Nosy", last_name="Parker")
    assert (await stranger.get(f"/chat/sessions/{session}/messages")).status == 404
    assert (await log_of(person))[0].items() >= {"actorName": "Nosy Parker", "action": "session_refused"}.items()


async def test_what_happened_to_the_account_is_told(world: World) -> None:
    ana, admin = await world.user(), await world.staff()
    await world.send("POST", "/auth/login", {"email": ana.email, "password": PASSWORD})
    await ana.post("/auth/change-password", {"currentPassword": PASSWORD, "newPassword": "an even greener lake"})
    await ana.put("/users/preferences", {"privacy": {"insights": False}})
    await ana.put("/users/preferences", {"theme": "dark"})
    await admin.put(f"/admin/users/{ana.id}", {"isPremium": True})
    await admin.get(f"/admin/audit?subject={ana.id}")
    entries = await log_of(ana)
    assert [(each["actorKind"], each["action"], each["subject"]) for each in entries] == [
        ("staff", "audit_read", "access_log"), ("staff", "standing_set", "account"), ("user", "consent_changed", "preferences"),
        ("user", "password_changed", "password"), ("user", "login", "sign_in"), ("user", "registered", "account"),
    ]  # fmt: skip
    assert set(entries[0]) == {"at", "actorKind", "actorName", "action", "subject"}


async def test_it_is_one_s_own_in_pages_newest_first(world: World) -> None:
    ana, bob = await world.user(), await world.user()
    for _ in range(5):
        await world.send("POST", "/auth/login", {"email": ana.email, "password": PASSWORD})
    whole, seen, cursor = await log_of(ana), [], ""
    while True:
        page = (await ana.get(f"/users/access-log?limit=2{cursor}")).json
        seen += page["items"]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert seen == whole
    assert len(whole) == 6
    assert [each["at"] for each in whole] == sorted((each["at"] for each in whole), reverse=True)
    assert [each["action"] for each in await log_of(bob)] == ["registered"]
    assert (await bob.get(f"/users/access-log{cursor.replace('&', '?')}")).status == 422
    assert (await (await world.counselor()).get("/users/access-log")).status == 403


def test_every_action_of_the_trail_about_people_has_its_words() -> None:
    """Found in the code, so that a new one cannot be forgotten; those of staff and the house are not about people."""
    not_about_people = {"live_sessions_listed", "job_retried", "job_discarded", "otp_set", "engagement_read", "risk_model_used", "risk_model_stopped"}
    code = "\n".join(path.read_text() for path in [*(ROOT / "domain").rglob("*.py")])
    recorded = set(re.findall(r'audit\.record\(\s*"(\w+)"', code)) | {"session_watched", "refused_banned", "audit_read"}
    readme = (ROOT / "README.md").read_text()
    about_content = {each for each in recorded if each.startswith(("program", "module", "achievement", "counselor", "insight_"))}
    assert recorded - not_about_people - about_content <= set(access_log.SUBJECTS)
    for action, subject in access_log.SUBJECTS.items():
        assert re.search(rf"^\| `{action}` \| {subject} \| .{{10,}} \|$", readme, re.MULTILINE), action


async def test_staff_read_the_trail_by_actor_subject_action_and_day(world: World) -> None:
    admin, ana, bob = await world.staff(), await world.user(), await world.user()
    await admin.put(f"/admin/users/{ana.id}", {"isPremium": True})
    await audit.link()

    async def found(query: str) -> list[tuple[str, Any]]:
        answered = await admin.get(f"/admin/audit?limit=100&{query}")
        assert answered.status == 200, answered.raw
        return [(each["action"], each["subjectId"]) for each in answered.json["items"]]

    assert await found(f"subject={ana.id}&action=standing_set") == [("standing_set", ana.id)]
    assert await found(f"actor={bob.id}") == [("registered", bob.id)]
    assert ("registered", ana.id) in await found("action=registered")
    today, tomorrow = clock.now().date(), (clock.now() + timedelta(days=1)).date()
    assert len(await found(f"actor={bob.id}&from={today}&to={today}")) == 1
    assert await found(f"actor={bob.id}&from={tomorrow}") == []
    (entry,) = (await admin.get(f"/admin/audit?subject={ana.id}&action=standing_set")).json["items"]
    assert set(entry) == {"id", "at", "actorKind", "actorId", "action", "subjectKind", "subjectId", "requestId", "data", "seq"}
    assert (entry["actorKind"], entry["actorId"], entry["data"]) == ("staff", admin.id, {"is_premium": True})
    assert entry["seq"] > 0
    # Each look is written down, with what was asked for.
    looks = await db.fetch("SELECT data FROM audit_entries WHERE action = 'audit_read' AND actor_id = $1", admin.uuid)
    assert len(looks) == 6
    assert ana.id in str([row["data"] for row in looks])
    assert (await admin.get("/admin/audit?actor=ana")).status == 422


async def test_only_admins_see_the_trail_and_the_jobs(world: World) -> None:
    for somebody in (await world.staff("analyst"), await world.user(), await world.counselor()):
        for method, path in (("GET", "/admin/audit"), ("GET", "/admin/jobs"), ("POST", f"/admin/jobs/{clock.new_id()}/retry"), ("DELETE", f"/admin/jobs/{clock.new_id()}")):
            assert (await somebody.send(method, path)).status == 403


async def _failed(job: Job, minutes_ago: int) -> str:
    async with db.transaction():
        await jobs.defer(job)
    found = await db.fetchval(
        "UPDATE jobs SET failed_at = now() - make_interval(mins => $1), attempts = 8, error = 'KeyError at x.py:1' WHERE failed_at IS NULL RETURNING id::text", minutes_ago
    )
    return str(found)


async def test_staff_see_the_queues_and_what_failed(world: World) -> None:
    admin, ana = await world.staff(), await world.anonymous()
    await db.execute("DELETE FROM jobs")
    ids = [await _failed(AwardEarned(user_id=ana.uuid), minutes) for minutes in (3, 2, 1)]
    async with db.transaction():
        await jobs.defer(AwardEarned(user_id=ana.uuid))
        await jobs.defer(AwardEarned(user_id=ana.uuid), due_at=clock.now() + timedelta(hours=1))
    first = (await admin.get("/admin/jobs?limit=2")).json
    assert {each["queue"]: each for each in first["queues"]}.keys() == set(jobs.QUEUES)
    default = next(each for each in first["queues"] if each["queue"] == "default")
    assert (default["waiting"] + default["running"], default["delayed"], default["failed"]) == (1, 1, 3)
    assert default["lagSeconds"] >= 0
    rest = (await admin.get(f"/admin/jobs?limit=2&cursor={first['nextCursor']}")).json
    assert [each["id"] for each in first["items"] + rest["items"]] == ids[::-1]
    assert rest["nextCursor"] is None
    assert first["items"][0].items() >= {"name": "award_earned", "queue": "default", "attempts": 8, "error": "KeyError at x.py:1", "payload": {"user_id": ana.id}}.items()


async def test_a_failed_job_is_tried_anew_or_dropped(world: World) -> None:
    admin, ana = await world.staff(), await world.anonymous()
    again, dropped = await _failed(AwardEarned(user_id=ana.uuid), 2), await _failed(AwardEarned(user_id=ana.uuid), 1)
    assert (await admin.post(f"/admin/jobs/{again}/retry")).status == 204
    assert (await admin.delete(f"/admin/jobs/{dropped}")).status == 204
    row = await db.fetchrow("SELECT attempts, failed_at FROM jobs WHERE id = $1::uuid", again)
    assert row is not None
    assert tuple(row) == (0, None)
    assert await db.fetchval("SELECT count(*) FROM jobs WHERE id = $1::uuid", dropped) == 0
    for method, path in (("POST", f"/admin/jobs/{again}/retry"), ("DELETE", f"/admin/jobs/{again}"), ("DELETE", f"/admin/jobs/{dropped}")):
        assert (await admin.send(method, path)).status == 404
    actions = [row["action"] for row in await db.fetch("SELECT action FROM audit_entries WHERE actor_id = $1 AND action LIKE 'job%' ORDER BY id", admin.uuid)]
    assert actions == ["job_retried", "job_discarded"]
