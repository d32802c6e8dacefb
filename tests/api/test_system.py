"""Health, metrics and the development mailbox."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest

from api import system
from core import clock, db, jobs, migrations, runtime
from tests.people import World, confirmed, do_jobs
from tests.settings import configure
from tests.wire import request, wire


async def test_a_living_process_says_so(world: World) -> None:
    answered = await world.send("GET", "/health/live")
    assert (answered.status, answered.json) == (200, {"status": "ok"})
    assert "RateLimit-Limit" not in answered.headers


async def test_a_ready_system_names_each_part(world: World) -> None:
    answered = await world.send("GET", "/health/ready")
    assert answered.status == 200
    assert answered.json["status"] == "ok"
    assert {name: check["status"] for name, check in answered.json["checks"].items()} == {"postgres": "ok", "redis": "ok", "queue": "ok", "migrations": "ok"}
    assert answered.json["checks"]["queue"]["seconds"] == 0


async def lost(*_: Any, **__: Any) -> Any:
    raise ConnectionRefusedError("postgres://user:password@host")


async def some_pending() -> list[str]:
    return ["2_more.py"]


@pytest.mark.parametrize(
    ("part", "module", "name", "put", "says"),
    [
        ("postgres", db, "fetchval", lost, "down: ConnectionRefusedError"),
        ("migrations", migrations, "pending", some_pending, "1 pending"),
        ("queue", jobs, "lag_seconds", lost, "down: ConnectionRefusedError"),
    ],
)
async def test_a_missing_part_makes_it_unready_and_is_named(world: World, monkeypatch: pytest.MonkeyPatch, part: str, module: Any, name: str, put: Any, says: str) -> None:
    monkeypatch.setattr(module, name, put)
    answered = await world.send("GET", "/health/ready")
    assert (answered.status, answered.json["status"]) == (503, "unavailable")
    assert answered.json["checks"][part]["status"] == says
    assert b"password" not in answered.raw


async def test_a_lost_redis_makes_it_unready(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert runtime._runtime is not None
    monkeypatch.setattr(runtime._runtime.redis, "ping", lost)
    answered = await world.send("GET", "/health/ready")
    assert (answered.status, answered.json["checks"]["redis"]["status"]) == (503, "down: ConnectionRefusedError")
    assert answered.json["checks"]["postgres"]["status"] == "ok"


async def test_a_check_that_does_not_even_give_up_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one whose server hangs: it asks that one, too, to break it off."""
    let_go = asyncio.Event()

    async def hanging() -> float:
        with suppress(asyncio.CancelledError):
            await let_go.wait()
        await let_go.wait()
        return 0.0

    monkeypatch.setattr(jobs, "lag_seconds", hanging)
    monkeypatch.setattr(system, "CHECK_SECONDS", 0.05)
    answered = await world.send("GET", "/health/ready")
    assert not let_go.is_set()
    assert (answered.status, answered.json["checks"]["queue"]["status"]) == (503, "down: TimeoutError")
    let_go.set()


async def test_a_slow_queue_is_told_but_stays_ready(world: World) -> None:
    await db.execute(
        "INSERT INTO jobs (id, name, queue, payload, due_at, sent_at, attempts, max_attempts, created_at) VALUES ($1, 'never', 'default', '{}', now() - interval '90 seconds', now(), 0, 1, now())",
        clock.new_id(),
    )
    answered = await world.send("GET", "/health/ready")
    assert (answered.status, answered.json["checks"]["queue"]["status"]) == (200, "lagging")
    assert 89 <= answered.json["checks"]["queue"]["seconds"] <= 100


async def test_metrics_count_requests_by_route_not_by_path(world: World) -> None:
    ana = await world.user()
    mood = await ana.log_mood()
    await ana.get(f"/moods/{mood['id']}")
    await ana.get("/nowhere/secret-words")
    answered = await world.send("GET", "/metrics")
    assert (answered.status, answered.headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    said = answered.raw.decode()
    assert 'http_requests_total{method="POST",route="/api/moods",status="201"}' in said
    assert 'route="/api/moods/{id}"' in said
    assert 'route="-",status="404"' in said
    assert mood["id"] not in said
    assert "secret-words" not in said


async def test_metrics_are_for_this_machine_or_for_a_token(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await world.send("GET", "/metrics", headers={"X-Forwarded-For": "203.0.113.1"})).status == 404
    configure(monkeypatch, metrics_token="the metrics token")
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}, {"Authorization": "the metrics"}):
        assert (await world.send("GET", "/metrics", headers=headers)).status == 403
    assert (await wire(world, request("GET", "/api/metrics", "Authorization: Bearer \xff"))).status == 403
    assert (await world.send("GET", "/metrics", headers={"Authorization": "Bearer the metrics token", "X-Forwarded-For": "203.0.113.1"})).status == 200


async def test_the_mailbox_lists_mails_newest_first(world: World) -> None:
    await confirmed(await world.user(email="ana@example.org", firstName="Ana"))
    await world.user(email="bob@example.org", language="es")
    await do_jobs()
    answered = await world.send("GET", "/dev/mailbox")
    assert answered.status == 200
    mails = answered.json
    assert isinstance(mails, list)
    assert all(set(mail) == {"to", "subject", "kind", "text", "html", "sentAt"} for mail in mails)
    assert [mail["sentAt"] for mail in mails] == sorted((mail["sentAt"] for mail in mails), reverse=True)
    assert [mail["to"] for mail in mails] == ["bob@example.org"] * 2 + ["ana@example.org"] * 2
    ana = (await world.send("GET", "/dev/mailbox?to=ana@example.org&limit=1")).json
    assert [mail["to"] for mail in ana] == ["ana@example.org"]
    assert "Hello Ana" in ana[0]["text"]
    assert "Hola" in mails[0]["text"]


async def test_the_mailbox_is_a_page_in_a_browser(world: World) -> None:
    await world.user(firstName="<script>alert(1)</script>")
    await do_jobs()
    answered = await world.send("GET", "/dev/mailbox", headers={"Accept": "text/html,application/xhtml+xml"})
    assert answered.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answered.headers["Content-Security-Policy"]
    assert b"Development mailbox" in answered.raw
    assert b"<script" not in answered.raw


@pytest.mark.parametrize("query", ["to=%00", "limit=0", "from=x", "to=a&to=b"])
async def test_the_mailbox_refuses_a_wrong_query(world: World, query: str) -> None:
    assert (await world.send("GET", f"/dev/mailbox?{query}")).status == 422


@pytest.mark.parametrize("changes", [{"app_env": "production"}, {"sendgrid_api_key": "SG.x"}])
async def test_there_is_no_mailbox_where_mails_are_sent(world: World, monkeypatch: pytest.MonkeyPatch, changes: dict) -> None:
    configure(monkeypatch, **changes)
    assert (await world.send("GET", "/dev/mailbox")).status == 404
