"""What is kept how long, by the clock; and switches that stop what they name."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core import clock, db, jobs
from domain import audit, erasure, exports, mails, preferences, presence, retention
from domain.access import Principal
from domain.awarding import AwardEarned
from domain.notifications import notify
from domain.preferences import COUNTED
from domain.retention import IDLE_DAYS, NOTICE_DAYS
from tests.chats import on_duty, principal
from tests.lives import stored_files
from tests.people import PASSWORD, Account, World, count, do_jobs

README = (Path(__file__).parent.parent.parent / "README.md").read_text()


async def after(**span: float) -> dict[str, int]:
    """Retention as it runs so much later."""
    with clock.at(clock.now() + timedelta(**span)):
        return await retention.enforce()


async def _notification(ana: Account) -> None:
    async with db.transaction():
        await notify("user", ana.uuid, "test", "Title", "Body")


async def _mail(ana: Account) -> None:
    async with db.transaction():
        await mails.send("user", ana.uuid, "password_changed")
    await do_jobs()


async def _device(ana: Account) -> None:
    assert (await ana.post("/notifications/devices", {"token": "t" * 20, "platform": "web"})).status == 201


async def _failed_job(ana: Account) -> None:
    async with db.transaction():
        await jobs.defer(AwardEarned(user_id=ana.uuid))
    await db.execute("UPDATE jobs SET failed_at = $1", clock.now())


async def _receipt(ana: Account) -> None:
    assert (await ana.delete("/users/account", {"password": PASSWORD})).status == 204
    await do_jobs()


@pytest.mark.parametrize(
    ("table", "make", "days", "said"),
    [
        ("notifications", _notification, 365, "| notifications | 1 year |"), ("mails", _mail, 90, "| 90 days |"), ("development_mails", _mail, 90, "| 90 days |"),
        ("devices", _device, 365, "| devices for pushes | 1 year"), ("jobs", _failed_job, 90, "| jobs that failed for good | 90 days |"), ("erasures", _receipt, 730, "| receipts of erasures | 2 years"),
    ],
)  # fmt: skip
async def test_each_kind_goes_when_its_time_has_come_and_not_before(world: World, table: str, make: Any, days: int, said: str) -> None:
    assert said in README
    ana = await world.user()
    await do_jobs()
    await db.execute("DELETE FROM notifications")
    await db.execute("DELETE FROM mails")
    await db.execute("DELETE FROM development_mails")
    await make(ana)
    before = await count(table)
    assert before >= 1
    assert (await after(days=days - 1)).get(table) == 0
    assert await count(table) == before
    assert (await after(days=days, minutes=1))[table] == before
    assert await count(table) == 0
    assert {name: days for name, _, days in retention._KEPT_DAYS}[table] == days


async def test_there_may_be_more_than_goes_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    ana = await world.anonymous()
    for _ in range(5):
        await _notification(ana)
    assert (await after(days=366))["notifications"] >= 5


async def test_a_mail_that_waits_is_not_lost(world: World) -> None:
    ana = await world.user()
    async with db.transaction():
        await mails.send("user", ana.uuid, "password_changed")
    waiting = await db.fetchval("SELECT count(*) FROM mails WHERE status = 'queued'")
    await after(days=91)
    assert await count("mails") == waiting >= 1


async def test_the_audit_trail_goes_after_two_years(world: World) -> None:
    assert "| audit trail | 2 years |" in README
    await world.user()
    await audit.link()
    written = await count("audit_entries")
    assert (await after(days=729))["audit_entries"] == 0
    assert (await after(days=731))["audit_entries"] == written


async def test_an_export_s_file_goes_after_a_week_and_its_row_after_ninety_days(world: World) -> None:
    ana = await world.user()
    job = (await ana.post("/users/export")).json
    await do_jobs()
    assert (await after(days=6))["export_files"] == 0
    assert len(stored_files(f"exports/{ana.id}")) == 1
    assert (await after(days=7, minutes=1))["export_files"] == 1
    assert stored_files(f"exports/{ana.id}") == {}
    assert (await ana.get(f"/users/export/{job['id']}")).status == 200
    await after(days=91)
    assert (await ana.get(f"/users/export/{job['id']}")).status == 404


async def test_a_file_that_was_fetched_or_never_finished_goes_too(world: World) -> None:
    ana, bob = await world.user(), await world.user()
    for person in (ana, bob):
        await person.post("/users/export")
    await do_jobs()
    await db.execute("UPDATE data_exports SET fetched_at = $2 WHERE user_id = $1", ana.uuid, clock.now())
    await db.execute("UPDATE data_exports SET status = 'failed' WHERE user_id = $1", bob.uuid)
    assert (await after(hours=2))["export_files"] == 2
    assert stored_files(f"exports/{ana.id}") == stored_files(f"exports/{bob.id}") == {}


async def test_the_file_of_an_export_that_was_given_up_goes_though_nobody_asks(world: World) -> None:
    ana = await world.user()
    await ana.post("/users/export")
    await do_jobs()
    # Its worker was lost between the file and the row, and its job given up.
    await db.execute("UPDATE data_exports SET status = 'running', expires_at = NULL, finished_at = NULL")
    assert (await after(days=8))["export_files"] == 1
    assert stored_files(f"exports/{ana.id}") == {}
    await after(days=91)
    assert await count("data_exports") == 0


async def test_no_file_waits_for_another_day_where_there_are_many(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "_AT_ONCE", 2)
    for _ in range(5):
        await (await world.anonymous()).post("/users/export")
    await do_jobs()
    assert (await after(days=8))["export_files"] == 5


async def _age(person: Account, days: float) -> None:
    """All that tells when somebody was here becomes so much older."""
    for sql in (
        "UPDATE users SET created_at = created_at - $2::interval, updated_at = updated_at - $2::interval WHERE id = $1",
        "UPDATE auth_sessions SET last_used_at = last_used_at - $2::interval WHERE principal_id = $1",
        "UPDATE last_seen SET at = at - $2::interval WHERE principal_id = $1",
    ):
        await db.execute(sql, person.uuid, timedelta(days=days))


async def _is_there(person: Account) -> bool:
    return bool(await db.fetchval("SELECT count(*) FROM users WHERE id = $1", person.uuid))


async def test_a_guest_nobody_has_been_for_ninety_days_is_told_and_then_erased(world: World) -> None:
    assert "| accounts without an address that nobody used | 90 days; told in the app 14 days before |" in README
    idle, active, known = await world.anonymous(language="es"), await world.anonymous(), await world.user()
    await idle.log_mood(note="heliotrope")
    await do_jobs()
    for person in (idle, known):
        await _age(person, IDLE_DAYS - NOTICE_DAYS - 1)
    assert {name: n for name, n in (await retention.enforce()).items() if "accounts" in name} == {"noticed_accounts": 0, "idle_accounts": 0}
    await _age(idle, 1.1)
    await _age(known, 300)
    assert (await retention.enforce())["noticed_accounts"] == 1
    # Once for each time they stay away.
    assert (await retention.enforce())["noticed_accounts"] == 0
    (told,) = [each for each in (await idle.get("/notifications")).json["items"] if each["kind"] == "account_idle"]
    assert told["title"] == "¿Volverás?"
    assert "90" in told["body"]
    await _age(idle, NOTICE_DAYS)
    assert (await retention.enforce())["idle_accounts"] == 1
    assert [await _is_there(each) for each in (idle, active, known)] == [False, True, True]
    receipt = await db.fetchrow("SELECT why, counts, address FROM erasures WHERE account_id = $1", idle.uuid)
    assert receipt is not None
    assert (receipt["why"], json.loads(receipt["counts"])["mood_entries"], receipt["address"]) == ("idle", 1, None)
    assert await db.fetchval("SELECT actor_kind FROM audit_entries WHERE action = 'account_erased'") == "system"


async def _come_back(world: World, ana: Account, sign: str) -> None:
    match sign:
        case "refresh":
            assert (await world.send("POST", "/auth/refresh", {"refreshToken": ana.tokens["refreshToken"]})).status == 200
        case "profile":
            assert (await ana.put("/users/profile", {"firstName": "Ana"})).status == 200
        case "socket":
            await presence.beat(process := clock.new_id())
            await presence.come(process, principal(ana))
        case "upgrade":
            assert (await ana.post("/users/upgrade", {"email": "ana@example.org", "password": PASSWORD})).status == 200
            await _age(ana, IDLE_DAYS + 1)


SIGNS = ("refresh", "profile", "socket", "upgrade")


@pytest.mark.parametrize("sign", SIGNS)
async def test_whoever_was_here_since_stays(world: World, sign: str) -> None:
    ana = await world.anonymous()
    await _age(ana, IDLE_DAYS + 1)
    await _come_back(world, ana, sign)
    assert (await retention.enforce())["idle_accounts"] == 0
    assert await _is_there(ana)


@pytest.mark.parametrize("sign", SIGNS)
async def test_whoever_comes_back_while_idle_accounts_go_stays(world: World, monkeypatch: pytest.MonkeyPatch, sign: str) -> None:
    ana = await world.anonymous()
    await _age(ana, IDLE_DAYS + 1)
    real, tried = erasure.erase_idle, False

    async def late(*args: Any) -> bool:
        nonlocal tried
        tried = True
        await _come_back(world, ana, sign)
        return bool(await real(*args))

    monkeypatch.setattr(erasure, "erase_idle", late)
    assert (await retention.enforce())["idle_accounts"] == 0
    assert tried
    assert await _is_there(ana)


async def test_done_twice_it_finds_nothing(world: World) -> None:
    await world.anonymous()
    await after(days=800)
    assert set((await after(days=800)).values()) == {0}


async def _leave(person: Principal) -> None:
    process = clock.new_id()
    await presence.beat(process)
    await presence.come(process, person)
    await presence.go(process, person.kind, person.id)


@pytest.fixture
async def ana(world: World) -> AsyncIterator[Account]:
    yield await world.user()


async def test_with_tracking_off_no_trace_is_kept_of_when_somebody_was_here(world: World, ana: Account) -> None:
    async def seen() -> int:
        found: int = await db.fetchval("SELECT count(*) FROM last_seen WHERE principal_id = $1", ana.uuid)
        return found

    async def counted() -> bool:
        found: bool = await db.fetchval(f"SELECT {COUNTED} FROM users u WHERE id = $1", ana.uuid)
        return found

    await _leave(principal(ana))
    assert (await seen(), await counted()) == (1, True)
    assert (await ana.put("/users/preferences", {"privacy": {"activityTracking": False}})).status == 200
    assert (await seen(), await counted()) == (0, False)
    await _leave(principal(ana))
    assert await seen() == 0
    assert (await ana.put("/users/preferences", {"privacy": {"activityTracking": True}})).status == 200
    await _leave(principal(ana))
    assert (await seen(), await counted()) == (1, True)


async def test_a_counselor_s_presence_is_kept_and_nothing_of_who_is_gone(world: World, ana: Account) -> None:
    counselor = await on_duty(world)
    await _leave(principal(counselor))
    assert (await ana.delete("/users/account", {"password": PASSWORD})).status == 204
    await _leave(principal(ana))
    assert [row["principal_id"] for row in await db.fetch("SELECT principal_id FROM last_seen")] in ([counselor.uuid], [])
    assert await db.fetchval("SELECT count(*) FROM last_seen WHERE principal_id = $1", ana.uuid) == 0


async def test_the_switches_are_told_apart_in_the_database_as_in_the_preferences(world: World, ana: Account) -> None:
    for tracking in (True, False):
        for insights in (True, False):
            await ana.put("/users/preferences", {"privacy": {"activityTracking": tracking, "insights": insights}})
            row = await db.fetchrow(f"SELECT {preferences.COUNTED} AS counted, {preferences.ANALYSED} AS analysed FROM users u WHERE id = $1", ana.uuid)
            assert row is not None
            assert tuple(row) == (tracking, insights)
    changes = await db.fetch("SELECT data FROM audit_entries WHERE action = 'consent_changed' ORDER BY id")
    assert [json.loads(row["data"]) for row in changes] == [
        {"activity_tracking": True, "insights": False}, {"activity_tracking": False, "insights": True}, {"activity_tracking": False, "insights": False}
    ]  # fmt: skip


def test_the_readme_s_table_tells_of_every_kind() -> None:
    table = README.partition("| data | kept |")[2].partition("\n\n")[0]
    assert len(re.findall(r"^\| .+ \| .+ \|$", table, re.MULTILINE)) >= 14
