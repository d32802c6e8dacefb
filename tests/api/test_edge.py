"""The outermost layer: CORS, proxies, TLS, security headers, limits."""

from __future__ import annotations

import asyncio
import ipaddress
from typing import Any

import pytest

from api.http import is_trusted
from core import db
from core.limits import Limiter, limiter
from core.settings import parse_rate
from tests.people import Answered, World
from tests.settings import configure
from tests.wire import request, wire

APP = "https://app.example.org"
HERE = (ipaddress.ip_network("127.0.0.0/8"),)


async def preflight(world: World, origin: str, method: str = "PUT") -> Answered:
    return await world.send(
        "OPTIONS", "/users/profile", headers={"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization, if-match"}
    )


async def test_pages_of_an_allowed_origin_may_call(world: World) -> None:
    asked = await preflight(world, APP)
    assert (asked.status, asked.headers["Access-Control-Allow-Origin"]) == (204, APP)
    assert {"GET", "POST", "PUT", "DELETE"} <= set(asked.headers["Access-Control-Allow-Methods"].split(", "))
    assert {"authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "x-request-id"} <= set(
        asked.headers["Access-Control-Allow-Headers"].lower().split(", ")
    )
    assert "Access-Control-Allow-Credentials" not in asked.headers
    for answered in (await world.send("GET", "/health/live", headers={"Origin": APP}), await world.send("GET", "/users/profile", headers={"Origin": APP})):
        assert (answered.headers["Access-Control-Allow-Origin"], answered.headers["Vary"]) == (APP, "Origin")
        assert {"ETag", "Retry-After", "RateLimit-Remaining", "Idempotent-Replayed"} <= set(answered.headers["Access-Control-Expose-Headers"].split(", "))


@pytest.mark.parametrize(
    "origin", ["https://evil.org", "null", f"{APP}.evil.org", "http://app.example.org", f"{APP}:8443", "https://APP.example.org", "https://xapp.example.org", "*", ""]
)
async def test_pages_of_other_origins_may_not(world: World, origin: str) -> None:
    asked = await preflight(world, origin)
    assert asked.status == 403
    answered = await world.send("GET", "/health/live", headers={"Origin": origin})
    for each in (asked, answered):
        assert "Access-Control-Allow-Origin" not in each.headers


async def test_every_answer_carries_the_security_headers(world: World) -> None:
    ana = await world.user()
    answers = [
        await ana.get("/users/profile"), await ana.get("/nowhere"), await ana.delete("/moods"), await ana.get("/moods/export.csv"), await ana.post("/auth/logout"),
        await world.send("GET", "/docs"), await preflight(world, APP), await preflight(world, "https://evil.org"),
    ]  # fmt: skip
    for answered in answers:
        assert answered.headers["X-Content-Type-Options"] == "nosniff"
        assert answered.headers["Referrer-Policy"] == "no-referrer"
        assert answered.headers["X-Request-Id"]
        assert "aiohttp" not in answered.headers["Server"]
        assert "Strict-Transport-Security" not in answered.headers


async def test_behind_tls_plain_http_is_sent_to_the_configured_address(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, trusted_proxies=HERE, public_url="https://api.example.org")
    plain = await world.send("GET", "/moods?limit=3", headers={"X-Forwarded-Proto": "http", "Host": "evil.org", "X-Forwarded-Host": "evil.org"})
    assert (plain.status, plain.headers["Location"]) == (308, "https://api.example.org/api/moods?limit=3")
    assert plain.headers["X-Request-Id"]
    assert plain.headers["X-Content-Type-Options"] == "nosniff"
    for target in ("//evil.org/x", "http://evil.org/api/moods", "/\\evil.org"):
        away = await wire(world, request("GET", target, "X-Forwarded-Proto: http"))
        assert away.status in (308, 400)
        assert away.headers.get("Location", "https://api.example.org/").startswith("https://api.example.org/")
    assert (await world.send("GET", "/health/live", headers={"X-Forwarded-Proto": "http"})).status == 200
    tls = await world.send("GET", "/health/live", headers={"X-Forwarded-Proto": "https"})
    assert tls.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    # A proxy adds to what its client claimed: the last one counts.
    assert (await world.send("GET", "/docs", headers={"X-Forwarded-Proto": "https, http"})).status == 308


async def test_nobody_else_is_believed_about_tls(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, public_url="https://api.example.org")
    claimed = await world.send("GET", "/docs", headers={"X-Forwarded-Proto": "https"})
    assert (claimed.status, claimed.headers["Location"]) == (308, "https://api.example.org/api/docs")
    assert "Strict-Transport-Security" not in claimed.headers


async def addresses_told_apart(world: World, *forwarded: str) -> int:
    """How many client addresses the limiter sees in requests with these X-Forwarded-For headers."""
    limiter()._windows.clear()
    for each in forwarded:
        await world.send("GET", "/docs", headers={"X-Forwarded-For": each})
    return sum(name.startswith("unauthenticated:") for name in limiter()._windows)


async def test_forwarded_addresses_are_believed_from_trusted_proxies_only(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await addresses_told_apart(world, "203.0.113.1", "203.0.113.2", "203.0.113.3") == 1
    configure(monkeypatch, trusted_proxies=(*HERE, ipaddress.ip_network("10.0.0.0/8")))
    assert await addresses_told_apart(world, "203.0.113.1", "203.0.113.2", "2001:db8::1") == 3
    # Only the part that trusted proxies wrote counts: what a client put before it does not.
    assert await addresses_told_apart(world, "198.51.100.1, 203.0.113.1", "198.51.100.2, 203.0.113.1", "rubbish, 203.0.113.1, 10.1.2.3") == 1
    assert await addresses_told_apart(world, "203.0.113.1, 10.1.2.3", "203.0.113.2, 10.1.2.3") == 2


async def test_a_household_counts_once_however_many_addresses_it_has(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, trusted_proxies=HERE)
    assert await addresses_told_apart(world, "2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:DB8:1:2::") == 1
    assert await addresses_told_apart(world, "2001:db8:1:2::1", "2001:db8:1:3::1") == 2
    assert await addresses_told_apart(world, "203.0.113.1", "::ffff:203.0.113.1", "::ffff:cb00:7101") == 1


@pytest.mark.parametrize(
    ("path", "body", "rule"),
    [
        ("/auth/register", {"isAnonymous": True}, "limit_register"),
        ("/auth/login", {"email": "a@example.org", "password": "not this one at all"}, "limit_login_address"),
        ("/auth/forgot-password", {"email": "a@example.org"}, "limit_forgot_address"),
    ],
)
async def test_limits_that_guard_secrets_count_a_household_too(world: World, monkeypatch: pytest.MonkeyPatch, path: str, body: dict[str, Any], rule: str) -> None:
    configure(monkeypatch, trusted_proxies=HERE, **{rule: parse_rate("2/1h")})
    statuses = [(await world.send("POST", path, body, headers={"X-Forwarded-For": f"2001:db8:1:2::{n}"})).status for n in range(3)]
    assert statuses[0] == statuses[1] != 429
    assert statuses[2] == 429
    assert (await world.send("POST", path, body, headers={"X-Forwarded-For": "2001:db8:1:3::1"})).status == statuses[0]


async def test_a_proxy_seen_through_a_socket_for_both_families_is_trusted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a socket names an IPv4 peer `::ffff:127.0.0.1`."""
    configure(monkeypatch, trusted_proxies=HERE)
    assert is_trusted("::ffff:127.0.0.1", HERE)
    assert not is_trusted("::ffff:128.0.0.1", HERE)
    assert await addresses_told_apart(world, "203.0.113.9", "203.0.113.9, ::ffff:127.0.0.2") == 1


async def test_a_limited_route_says_where_one_stands(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, limit_default=parse_rate("4/1m"))
    ana, bob = await world.user(), await world.user()
    answers = [
        await ana.get("/users/profile"), await ana.get("/moods/export.csv"), await ana.post("/moods", {"mood": 9}), await ana.get("/counselor/profile"),
        await ana.get("/users/profile"),
    ]  # fmt: skip
    assert [each.status for each in answers] == [200, 200, 422, 403, 429]
    assert [each.headers["RateLimit-Limit"] for each in answers] == ["4"] * 5
    assert [each.headers["RateLimit-Remaining"] for each in answers] == ["3", "2", "1", "0", "0"]
    assert all(0 < int(each.headers["RateLimit-Reset"]) <= 60 for each in answers)
    assert answers[4].json["code"] == "rate_limited"
    assert 0 < int(answers[4].headers["Retry-After"]) <= 60
    assert (await bob.get("/users/profile")).status == 200


async def test_callers_without_a_token_share_the_limit_of_their_address(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await world.user()
    limiter()._windows.clear()
    configure(monkeypatch, limit_unauthenticated=parse_rate("3/1m"))
    paths = ["/docs", "/users/profile", "/openapi.json", "/docs", "/users/profile"]
    answers = [await world.send("GET", path, headers={"Authorization": "Bearer x"}) for path in paths]
    assert [each.status for each in answers] == [200, 401, 200, 429, 429]
    assert (answers[1].headers["RateLimit-Remaining"], answers[3].headers["RateLimit-Remaining"]) == ("1", "0")
    # Those signed in, and whoever watches the system, are not counted there.
    assert (await ana.get("/users/profile")).status == 200
    assert (await world.send("GET", "/health/live")).status == 200
    assert (await world.send("GET", "/health/ready")).status == 200


async def test_a_lifted_limit_says_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, limit_default=parse_rate("off"))
    answered = await (await world.user()).get("/users/profile")
    assert answered.status == 200
    assert "RateLimit-Limit" not in answered.headers


async def test_a_limit_is_shared_with_other_processes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another process counted in Redis counts here."""
    configure(monkeypatch, limit_login=parse_rate("3/15m"))
    ana = await world.user()
    wrong = {"email": ana.email, "password": "not this one at all"}
    unknown = {"User-Agent": "never seen"}
    assert (await world.send("POST", "/auth/login", wrong, headers=unknown)).status == 401
    (key,) = await limiter()._redis.keys("limit:login:*")
    await limiter()._redis.incrby(key, 2)
    assert (await world.send("POST", "/auth/login", wrong, headers=unknown)).status == 429


async def test_parallel_hits_are_counted_once_each(world: World) -> None:
    rate = parse_rate("30/1h")
    standings = await asyncio.gather(*(limiter().hit_exactly("test", rate, "somebody") for _ in range(60)))
    assert sum(standing is not None and standing.allowed for standing in standings) == 30
    assert await limiter()._redis.get("limit:test:somebody") == b"30"


async def test_limits_hold_while_redis_is_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lost(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(Limiter, "_sync", lost)
    configure(monkeypatch, limit_login=parse_rate("2/15m"))
    answers = [await world.send("POST", "/auth/login", {"email": "a@example.org", "password": "not this one at all"}) for _ in range(3)]
    assert [each.status for each in answers] == [401, 401, 429]
    assert await db.fetchval("SELECT count(*) FROM auth_sessions") == 0
