"""Threats 26–37 and 82–88: other people's objects, other people's properties, queries, ids, time. Numbers are those of the project's list of threats."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from core import clock, db
from domain import notifications
from tests.people import NOBODYS, PASSWORD, Account, Answered, World, do_jobs, upload


def without_request_id(answered: Answered) -> tuple[int, dict[str, Any], dict[str, str]]:
    body = {name: value for name, value in json.loads(answered.raw).items() if name != "requestId"}
    headers = {name: value for name, value in answered.headers.items() if name.lower() not in ("x-request-id", "date", "ratelimit-remaining", "ratelimit-reset")}
    return answered.status, body, headers


async def owned(ana: Account) -> dict[str, str]:
    """One of each kind of thing somebody has."""
    mood = await ana.log_mood(2, note="only mine")
    taken_in = (await ana.post("/moods/import", form=upload(b"timestamp,mood\n2026-05-01T10:00:00Z,3\n"))).json
    async with db.transaction():
        await notifications.notify("user", ana.uuid, "test", "Title", "Body")
    told = (await ana.get("/notifications")).json["items"][0]
    device = (await ana.get("/auth/sessions")).json["items"][0]
    return {"mood": mood["id"], "import": taken_in["id"], "notification": told["id"], "session": device["id"]}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/moods/{mood}", None), ("PUT", "/moods/{mood}", {"mood": 1}), ("DELETE", "/moods/{mood}", None), ("GET", "/moods/import/{import}", None),
        ("POST", "/notifications/{notification}/read", {}), ("DELETE", "/auth/sessions/{session}", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("stranger", ["user", "anonymous"])
async def test_threat_26_anothers_object_looks_like_none(world: World, method: str, path: str, body: Any, stranger: str) -> None:
    """Same bytes and headers as for an id that never was; and the object stays as it is."""
    ana: Account = await world.user()
    bob: Account = await getattr(world, stranger)()
    ids = await owned(ana)
    before = [(await ana.get(each)).raw for each in ("/moods", "/notifications", "/auth/sessions")]
    anothers = await bob.send(method, path.format(**ids), body)
    nobodys = await bob.send(method, path.format(**dict.fromkeys(ids, NOBODYS)), body)
    assert anothers.status == 404
    assert without_request_id(anothers) == without_request_id(nobodys)
    assert [(await ana.get(each)).raw for each in ("/moods", "/notifications", "/auth/sessions")] == before


async def test_threat_26_an_id_of_one_kind_is_none_of_another(world: World) -> None:
    ana = await world.user()
    ids = await owned(ana)
    for path in ("/moods/{import}", "/moods/import/{mood}", "/moods/{notification}", "/moods/{session}"):
        assert (await ana.get(path.format(**ids))).status == 404
    assert (await ana.delete(f"/auth/sessions/{ids['mood']}")).status == 404


async def test_threat_26_nobody_is_in_anothers_lists_or_numbers(world: World) -> None:
    ana, bob = await world.user(), await world.user()
    await owned(ana)
    await do_jobs()
    for path in ("/moods", "/notifications", "/achievements/user"):
        assert (await bob.get(path)).json["items"] == []
    assert (await bob.get("/moods/stats?period=all")).json["count"] == 0
    assert (await bob.get("/moods/export.csv")).raw.count(b"\n") == 1
    assert len((await bob.get("/auth/sessions")).json["items"]) == 1


FORBIDDEN: list[dict[str, Any]] = [
    {"isPremium": True}, {"role": "admin"}, {"id": NOBODYS}, {"userId": NOBODYS}, {"user_id": NOBODYS}, {"createdAt": "2020-01-01T00:00:00Z"}, {"isAnonymous": False}, {"isBanned": False},
    {"emailVerified": True}, {"is_premium": True}, {"__proto__": {"isPremium": True}}, {"avatar": {"url": "https://evil.org/x"}}, {"priority": "emergency"}, {"": 1},
]  # fmt: skip


@pytest.mark.parametrize("extra", FORBIDDEN, ids=lambda extra: next(iter(extra)))
async def test_threat_29_no_body_sets_what_is_not_the_callers(world: World, extra: dict) -> None:
    ana = await world.user()
    mood = await ana.log_mood(3)
    before = [(await ana.get(path)).raw for path in ("/users/profile", "/users/preferences", "/moods")]
    refused = [
        await ana.put("/users/profile", {"firstName": "Other", **extra}),
        await ana.put("/users/preferences", {"theme": "dark", **extra}),
        await ana.put("/users/preferences", {"privacy": {"insights": False, **extra}}),
        await ana.post("/moods", {"mood": 1, **extra}),
        await ana.put(f"/moods/{mood['id']}", {"mood": 1, **extra}),
        await ana.post("/auth/change-password", {"currentPassword": PASSWORD, "newPassword": "another quiet lake", **extra}),
    ]
    if "isAnonymous" not in extra:
        refused.append(await world.send("POST", "/auth/register", {"email": "new@example.org", "password": PASSWORD, **extra}))
        refused.append(await world.send("POST", "/auth/register", {"isAnonymous": True, **extra}))
    assert [each.status for each in refused] == [422] * len(refused)
    assert [(await ana.get(path)).raw for path in ("/users/profile", "/users/preferences", "/moods")] == before
    assert await db.fetchval("SELECT count(*) FROM users") == 1


@pytest.mark.parametrize(
    "query", ["sort=password", "order=email", "user__email=a", "fields=password", "filter[userId]=x", "where=1%3D1", "userId=" + NOBODYS, "include=user", "q=%25"]
)
async def test_threat_31_lists_take_no_field_names(world: World, query: str) -> None:
    ana = await world.user()
    for path in ("/moods", "/notifications", "/achievements", "/achievements/user", "/auth/sessions", "/users/profile", "/moods/stats"):
        assert (await ana.get(f"{path}?{query}")).status == 422, path


@pytest.mark.parametrize("limit", ["-1", "0", "101", "1e9", "1000000000", "9" * 40, "NaN", "0x10", "1.5", "", "null", "'1'", "1;drop table users", "+ 5"])
async def test_threat_33_a_limit_out_of_range_is_refused(world: World, limit: str) -> None:
    ana = await world.user()
    for path in ("/moods", "/notifications", "/achievements/user"):
        answered = await ana.get(f"{path}?limit={limit}")
        assert (answered.status, answered.paths) == (422, {"limit"})


@pytest.mark.parametrize("cursor", ["", "0", "x", "AAAA", "A" * 5000, "%00", "eyJpZCI6MX0", "MQ==", "' OR 1=1 --", "../../etc", "кот", "%FF%FE"])
async def test_threat_33_a_forged_cursor_is_refused(world: World, cursor: str) -> None:
    ana = await world.user()
    for path in ("/moods", "/notifications", "/achievements/user"):
        answered = await ana.get(f"{path}?cursor={cursor}")
        assert (answered.status, answered.paths) == (422, {"cursor"})


@pytest.mark.parametrize("method", ["TRACE", "PATCH", "OPTIONS", "PROPFIND", "LINK", "SEARCH", "CONNECT"])
async def test_threat_34_other_methods_are_refused(world: World, method: str) -> None:
    ana = await world.user()
    if method != "CONNECT":
        assert (await ana.send(method, "/users/profile")).status == 405
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert (await ana.post("/users/profile", {"firstName": "Other"}, headers={name: "PUT"})).status == 405
    assert (await ana.post("/users/profile?_method=PUT", {"firstName": "Other"})).status == 405
    assert (await ana.get("/users/profile")).json["firstName"] is None


@pytest.mark.parametrize("spelling", ["urn:uuid:{}", "{{{}}}", "%7B{}%7D", "{}.json", "{}%00", "{}%20", "{}/", "0{}", "{}%0a"])
async def test_threat_35_an_id_in_another_spelling_does_not_exist(world: World, spelling: str) -> None:
    ana = await world.user()
    mood = await ana.log_mood()
    assert (await ana.get(f"/moods/{spelling.format(mood['id'])}")).status == 404
    assert (await ana.get(f"/moods/{mood['id'].replace('-', '')}")).status == 404


@pytest.mark.parametrize("query", ["limit=1&limit=1", "limit=1&limit=2", "from=2026-05-01&from=2026-05-02", "limit=1&LIMIT=2", "limit=1&limit%00=2", "limit=1;limit=2"])
async def test_threat_37_a_parameter_twice_is_refused(world: World, query: str) -> None:
    assert (await (await world.user()).get(f"/moods?{query}")).status == 422


@pytest.mark.parametrize("day", ["1900-01-01", "9999-12-31", "2027-02-29", "0000-01-01", "2026-13-01", "2026-5-4", "20260504", "-2026-05-04", "10000-01-01", "2026-W01-1", 0, None])
async def test_threat_84_an_impossible_date_is_refused(world: World, day: Any) -> None:
    ana = await world.user()
    if day is not None:
        assert (await ana.post("/moods", {"mood": 3, "date": day})).paths == {"date"}
        assert (await ana.get(f"/moods?from={day}")).status in (200, 422)
    assert (await ana.post("/moods", {"mood": 3, "timestamp": f"{day}T12:00:00Z"})).paths == {"timestamp"}
    assert (await ana.get("/moods")).json["items"] == []


async def test_threat_85_a_day_is_a_local_date_at_the_ends_of_the_earth(world: World) -> None:
    """+14, −12, and around the changes of the clock: each entry counts for its local date, each date once."""
    now = clock.now()
    for zone, offset in (("Pacific/Kiritimati", 14), ("Etc/GMT+12", -12)):
        ana = await world.user(timezone=zone)
        for days in range(3):
            logged = await ana.log_mood(3, timestamp=(now - timedelta(days=days)).isoformat())
            assert logged["date"] == (now - timedelta(days=days) + timedelta(hours=offset)).date().isoformat()
            await ana.log_mood(4, timestamp=(now - timedelta(days=days)).isoformat())
        assert (await ana.get("/moods/stats?period=7d")).json["streak"] == {"current": 3, "longest": 3}
    ben = await world.user(timezone="Europe/Madrid")
    gap = {"2025-03-30T00:59:59Z": "2025-03-30", "2025-03-30T01:00:00Z": "2025-03-30", "2025-03-30T21:59:59Z": "2025-03-30", "2025-03-30T22:00:00Z": "2025-03-31"}
    fold = {"2025-10-25T21:59:59Z": "2025-10-25", "2025-10-25T22:00:00Z": "2025-10-26", "2025-10-26T22:59:59Z": "2025-10-26", "2025-10-26T23:00:00Z": "2025-10-27"}
    for timestamp, day in {**gap, **fold}.items():
        assert (await ben.log_mood(3, timestamp=timestamp))["date"] == day
    assert (await ben.get("/moods/stats?from=2025-03-01&to=2025-11-01")).json["daysLogged"] == 5


async def test_threat_85_moving_to_another_zone_moves_no_day(world: World) -> None:
    ana = await world.user(timezone="Pacific/Kiritimati")
    logged = await ana.log_mood(3, timestamp=(clock.now() - timedelta(days=1)).isoformat())
    await ana.put("/users/profile", {"timezone": "Etc/GMT+12"})
    assert (await ana.get(f"/moods/{logged['id']}")).json["date"] == logged["date"]
    assert (await ana.get("/moods/stats?period=all")).json["streak"]["longest"] == 1


async def test_threat_86_the_servers_clock_wins(world: World) -> None:
    ana = await world.user()
    before = clock.now()
    logged = await ana.post("/moods", {"mood": 3}, headers={"Date": "Mon, 01 Jan 2001 00:00:00 GMT"})
    after = clock.now()
    stamps = [datetime.fromisoformat(logged.json[name]) for name in ("timestamp", "createdAt")]
    assert all(before <= stamp <= after for stamp in stamps)
    for off, status in ((timedelta(minutes=4), 201), (timedelta(minutes=6), 422), (timedelta(days=-3700), 422)):
        assert (await ana.post("/moods", {"mood": 3, "timestamp": (clock.now() + off).isoformat()})).status == status
    for naive in ("2026-05-04T10:00:00", "2026-05-04", 1767225600, "now"):
        assert (await ana.post("/moods", {"mood": 3, "timestamp": naive})).paths == {"timestamp"}


async def test_threat_87_a_key_is_its_principals_own(world: World) -> None:
    ana, bob = await world.user(), await world.user()
    key = {"Idempotency-Key": "shared"}
    first = await ana.post("/moods", {"mood": 4, "note": "Ana's words"}, headers=key)
    stolen = await bob.post("/moods", {"mood": 4, "note": "Ana's words"}, headers=key)
    assert stolen.status == 201
    assert "Idempotent-Replayed" not in stolen.headers
    assert stolen.json["id"] != first.json["id"]
    again = await ana.post("/moods", {"mood": 4, "note": "Ana's words"}, headers=key)
    assert (again.raw, again.headers["Idempotent-Replayed"]) == (first.raw, "true")
    assert await db.fetchval("SELECT count(DISTINCT key) FROM idempotency_keys") == 2


async def test_threat_88_private_answers_are_kept_nowhere(world: World) -> None:
    ana = await world.user()
    ids = await owned(ana)
    paths = [
        "/users/profile",
        "/users/preferences",
        "/moods",
        f"/moods/{ids['mood']}",
        f"/moods/import/{ids['import']}",
        "/moods/stats",
        "/moods/export.csv",
        "/notifications",
        "/auth/sessions",
    ]
    answers = [await ana.get(path) for path in [*paths, "/achievements", "/achievements/user", "/achievements/progress", "/nowhere", f"/moods/{NOBODYS}"]]
    answers += [await ana.post("/moods", {"mood": 3}), await ana.post("/moods", {"mood": 9}), await ana.put("/users/profile", {"firstName": "Ana"})]
    answers += [
        await world.send("POST", "/auth/login", {"email": ana.email, "password": PASSWORD}),
        await world.send("POST", "/auth/refresh", {"refreshToken": ana.tokens["refreshToken"]}),
    ]
    answers += [await world.send("POST", "/auth/register", {"isAnonymous": True}), await world.send("GET", "/users/profile")]
    for answered in answers:
        assert "no-store" in answered.headers["Cache-Control"]
        assert "public" not in answered.headers["Cache-Control"]
