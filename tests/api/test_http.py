"""What every route has in common: problems, media types, queries, caching, request ids, cursors."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from aiohttp import FormData

from api.http import Route
from api.paging import PageQuery, cursor, position
from api.routes import ROUTES
from core import clock
from core.problem import Invalid
from domain import moods
from tests.people import NOBODYS, World
from tests.wire import request, wire

PROBLEM = {"type", "title", "status", "detail", "code", "requestId"}
SIGNED_IN = [route for route in ROUTES if route.takes is not None]


def path_of(path: str) -> str:
    """The path with something in every place: signed words and keys where such stand, ids elsewhere."""
    return re.sub(r"\{(\w+)\}", lambda found: "A" * 48 if found[1] in ("signed", "key") else NOBODYS, path)


def let_in(route: Route) -> str:
    """A kind, or a role of one, that a route lets in."""
    return min(route.roles or (route.takes or {"user"}) - {"staff"} or {"admin"})


async def test_every_refusal_is_a_problem(world: World) -> None:
    ana = await world.user()
    refusals = {
        400: await ana.post("/moods", raw=b"{"),
        401: await world.send("GET", "/users/profile"),
        403: await (await world.counselor()).get("/moods"),
        404: await ana.get("/nowhere"),
        405: await ana.delete("/moods"),
        409: await ana.post("/users/upgrade", {"email": "a@example.org", "password": "a quiet green lake"}),
        412: await ana.put("/users/profile", {}, headers={"If-Match": '"old"'}),
        413: await ana.post("/moods", {"mood": 3, "note": "a" * 300_000}),
        415: await ana.post("/moods", raw=b"mood=3", headers={"Content-Type": "application/x-www-form-urlencoded"}),
        422: await ana.post("/moods", {"mood": 9}),
    }
    for status, answered in refusals.items():
        assert (answered.status, answered.headers["Content-Type"]) == (status, "application/problem+json")
        problem = answered.json
        assert set(problem) == PROBLEM | ({"errors"} if status == 422 else set())
        assert (problem["status"], problem["requestId"]) == (status, answered.headers["X-Request-Id"])
        assert problem["type"] == f"urn:mentalspace:problem:{problem['code']}"
        assert answered.headers["X-Content-Type-Options"] == "nosniff"
    assert [refusals[status].json["code"] for status in (401, 403, 404, 409, 412, 422)] == ["unauthenticated", "forbidden", "not_found", "conflict", "stale", "validation_failed"]
    assert refusals[400].json["code"] == "malformed_body"


async def test_a_failure_of_ours_says_nothing_about_itself(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(moods, "record", broken)
    ana = await world.anonymous()
    answered = await ana.post("/moods", {"mood": 3})
    assert (answered.status, answered.json["code"]) == (500, "internal_error")
    assert b"secret" not in answered.raw
    assert b"RuntimeError" not in answered.raw


async def test_a_lost_database_is_a_503_that_says_when_to_come_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lost(*_: Any, **__: Any) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(moods, "record", lost)
    ana = await world.anonymous()
    answered = await ana.post("/moods", {"mood": 3})
    assert (answered.status, answered.json["code"]) == (503, "service_unavailable")
    assert int(answered.headers["Retry-After"]) > 0


async def test_every_private_route_wants_a_token_of_its_kind(world: World) -> None:
    people = {"user": await world.anonymous(), "counselor": await world.counselor(), "staff": await world.staff()}
    for route in SIGNED_IN:
        body: dict[str, Any] | None = None if route.method in ("GET", "DELETE") else {}
        for headers in ({}, {"Authorization": "Basic YTpi"}):
            assert (await world.send(route.method, path_of(route.path), body, headers=headers)).status == 401, route
        for kind in people.keys() - (route.takes or ()):
            assert (await people[kind].send(route.method, path_of(route.path), body)).status == 403, (route, kind)


async def test_every_route_refuses_a_parameter_it_does_not_know(world: World) -> None:
    people = (
        {"user": await world.anonymous()}
        | {role: await world.counselor(role=role) for role in ("counselor", "supervisor")}
        | {role: await world.staff(role) for role in ("admin", "analyst")}
    )
    for route in ROUTES:
        if route.query is not None or route.path.startswith("/health"):
            continue
        answered = await people[let_in(route)].send(route.method, path_of(route.path) + "?debug=1", None if route.method in ("GET", "DELETE") else {})
        assert (answered.status, answered.paths) == (422, {"debug"}), route


@pytest.mark.parametrize(
    ("query", "paths"),
    [
        ("limit=0", {"limit"}), ("limit=101", {"limit"}), ("limit=-1", {"limit"}), ("limit=1e3", {"limit"}), ("limit=", {"limit"}), ("limit=٣", {"limit"}),
        ("limit=99999999999999999999999999", {"limit"}), ("limit=1&limit=2", {"limit"}), ("from=2026-05-01&from=2026-05-01", {"from"}), ("from=2027-02-29", {"from"}),
        ("from=yesterday&to=x", {"from", "to"}), ("to=2026-05-01&from=2026-05-02", {"to"}), ("Limit=3", {"Limit"}), ("sort=password", {"sort"}), ("user__email=a", {"user__email"}),
        ("cursor=", {"cursor"}), ("cursor=x", {"cursor"}), ("%FF=1", {"\ufffd"}), ("limit[]=3", {"limit[]"}),
    ],
)  # fmt: skip
async def test_a_wrong_query_is_named(world: World, query: str, paths: set[str]) -> None:
    ana = await world.anonymous()
    answered = await ana.get(f"/moods?{query}")
    assert (answered.status, answered.paths) == (422, paths)


async def test_a_cursor_is_good_only_for_its_list_and_its_owner(world: World) -> None:
    ana, bob = await world.anonymous(), await world.user()
    for _ in range(3):
        await ana.log_mood()
        await bob.log_mood()
    cursor = (await ana.get("/moods?limit=1")).json["nextCursor"]
    assert (await ana.get(f"/moods?limit=2&cursor={cursor}")).status == 200
    flipped = ("A" if cursor[0] != "A" else "B") + cursor[1:]
    refused = [
        await bob.get(f"/moods?cursor={cursor}"),
        await ana.get(f"/moods?cursor={cursor}&from=2020-01-01"),
        await ana.get(f"/notifications?cursor={cursor}"),
        await ana.get(f"/achievements/user?cursor={cursor}"),
        await ana.get(f"/moods?cursor={flipped}"),
        await ana.get(f"/moods?cursor={cursor}="),
        await ana.get(f"/moods?cursor={cursor[:-4]}"),
    ]
    assert [(each.status, each.paths) for each in refused] == [(422, {"cursor"})] * len(refused)


async def test_a_cursor_names_its_kind_of_list(world: World) -> None:
    """Two lists with the same filters, of the same person: still two lists."""

    class Letters(PageQuery):
        pass

    class Numbers(PageQuery):
        pass

    where, owner = (clock.now(), clock.new_id()), clock.new_id()
    found = cursor(owner, Letters(), where)
    assert position(owner, Letters(cursor=found)) == where
    with pytest.raises(Invalid):
        position(owner, Numbers(cursor=found))


@pytest.mark.parametrize("kind", ["text/plain", "application/json; charset=utf-16", "application/xml", "multipart/form-data; boundary=x", "application/jsonp", ""])
async def test_a_body_of_another_media_type_is_refused(world: World, kind: str) -> None:
    ana = await world.anonymous()
    answered = await ana.post("/moods", raw=b'{"mood": 3}', headers={"Content-Type": kind})
    assert answered.status == 415
    assert (await ana.get("/moods")).json["items"] == []


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON;charset=UTF-8"])
async def test_json_is_taken_under_each_of_its_names(world: World, kind: str) -> None:
    assert (await (await world.anonymous()).post("/moods", raw=b'{"mood": 3}', headers={"Content-Type": kind})).status == 201


async def test_a_form_where_json_is_wanted_and_the_reverse(world: World) -> None:
    ana = await world.anonymous()
    form = FormData()
    form.add_field("mood", "3", content_type="text/plain")
    assert (await ana.post("/moods", form=form)).status == 415
    assert (await ana.post("/moods/import", {"file": "x"})).status == 415


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity"])
@pytest.mark.parametrize("path", ["/moods", "/moods/import"])
async def test_an_encoded_body_is_refused(world: World, encoding: str, path: str) -> None:
    ana = await world.anonymous()
    answered = await ana.post(path, raw=b'{"mood": 3}', headers={"Content-Encoding": encoding})
    assert answered.status == 415


async def test_a_body_that_is_no_object_is_named_as_a_whole(world: World) -> None:
    ana = await world.anonymous()
    for raw in (b"[]", b'"x"', b"3", b"null", b"true"):
        answered = await ana.post("/moods", raw=raw)
        assert (answered.status, answered.paths) == (422, {""})


async def test_a_request_id_is_taken_when_it_is_safe_and_made_otherwise(world: World) -> None:
    for good in ("abc-123", "a" * 64, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "A.b_c:d"):
        answered = await world.send("GET", "/nowhere", headers={"X-Request-Id": good})
        assert (answered.headers["X-Request-Id"], answered.json["requestId"]) == (good, good)
    for bad in ("a" * 65, "a b", "<x>", "ä", "a\tb", ""):
        made = (await world.send("GET", "/nowhere", headers={"X-Request-Id": bad})).headers["X-Request-Id"]
        assert re.fullmatch(r"[0-9a-f]{16}", made)


@pytest.mark.parametrize("spelling", [f"{{{NOBODYS}}}", f"urn:uuid:{NOBODYS}", NOBODYS.replace("-", ""), NOBODYS[:-1], f"{NOBODYS}0", f"{NOBODYS}%0a", "%00", "1"])
async def test_an_id_has_one_spelling(world: World, spelling: str) -> None:
    ana = await world.anonymous()
    mood = await ana.log_mood()
    assert (await ana.get(f"/moods/{spelling.replace(NOBODYS, mood['id'])}")).status == 404
    assert (await ana.get(f"/moods/{mood['id'].upper()}")).status == 404


async def test_unknown_paths_and_methods(world: World) -> None:
    ana = await world.anonymous()
    for path in ("/", "", "/Moods", "/moods/", "/moods//stats", "/moods/../users/profile/x", "/moods;x=1", "/users/profile%2f"):
        assert (await ana.get(path)).status == 404, path
    for method, path in (
        ("DELETE", "/moods"),
        ("PATCH", "/moods"),
        ("PUT", "/moods"),
        ("POST", "/users/profile"),
        ("OPTIONS", "/moods"),
        ("TRACE", "/moods"),
        ("PROPFIND", "/moods"),
    ):
        answered = await ana.send(method, path)
        assert answered.status == 405, (method, path)
        assert "GET" in answered.headers["Allow"]


async def test_a_method_override_is_not_heard(world: World) -> None:
    ana = await world.anonymous()
    mood = await ana.log_mood()
    for name in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert (await ana.post(f"/moods/{mood['id']}", {}, headers={name: "DELETE"})).status == 405
        assert (await ana.get(f"/moods/{mood['id']}", headers={name: "DELETE"})).json == mood


@pytest.mark.parametrize("path", ["/users/profile", "/moods", "/moods/export.csv", "/health/live", "/docs", "/openapi.json", "/nowhere"])
async def test_head_answers_like_get_without_a_body(world: World, path: str) -> None:
    """Byte by byte: a body after HEAD would be read as the next answer on that connection."""
    ana = await world.anonymous()
    await ana.log_mood()
    got = await ana.get(path)
    raw = request("HEAD", f"/api{path}", f"Authorization: {ana.bearer['Authorization']}").replace(b"Connection: close\r\n", b"")
    follow_up = request("GET", "/api/health/live")
    reader, writer = await asyncio.open_connection(world.client.server.host, world.client.server.port)
    writer.write(raw + follow_up)
    heard = (await reader.read()).decode("latin-1")
    writer.close()
    first, second, *rest = heard.split("\r\n\r\n", 2)
    assert first.startswith(f"HTTP/1.1 {got.status} ")
    assert second.startswith("HTTP/1.1 200 ")
    assert rest == ['{"status":"ok"}']


async def test_what_is_private_is_not_kept_by_anybody(world: World) -> None:
    ana = await world.anonymous()
    mood = await ana.log_mood()
    gets = ["/users/profile", "/users/preferences", "/moods", f"/moods/{mood['id']}", "/moods/stats", "/moods/export.csv", "/achievements", "/notifications", "/auth/sessions"]
    answers = [await ana.get(path) for path in gets]
    answers += [await world.send("POST", "/auth/login", {"email": ana.email, "password": ana.password})]
    answers += [await world.send("POST", "/auth/register", {"isAnonymous": True}), await world.send("POST", "/auth/refresh", {"refreshToken": ana.tokens["refreshToken"]})]
    answers += [await ana.get("/moods/nothing"), await world.send("GET", "/moods")]
    assert {each.headers["Cache-Control"] for each in answers} == {"private, no-store"}


async def test_headers_that_are_not_text_are_no_failure_of_ours(world: World) -> None:
    """Bytes that are not UTF-8 in any header that is read."""
    ana = await world.user()
    bearer = f"Authorization: {ana.bearer['Authorization']}"
    login = b'{"email":"%s","password":"%s"}' % (str(ana.email).encode(), str(ana.password).encode())
    kind = "Content-Type: application/json"
    odd = "\xff\xfe"
    asked = {
        "user agent": (200, request("POST", "/api/auth/login", kind, f"User-Agent: {odd}", body=login)),
        "idempotency key": (201, request("POST", "/api/moods", bearer, kind, f"Idempotency-Key: {odd}", body=b'{"mood":3}')),
        "the same key": (201, request("POST", "/api/moods", bearer, kind, f"Idempotency-Key: {odd}", body=b'{"mood":3}')),
        "token": (401, request("GET", "/api/moods", f"Authorization: Bearer {odd}.{odd}.{odd}")),
        "if-match": (412, request("PUT", "/api/users/profile", bearer, kind, f"If-Match: {odd}", body=b"{}")),
        "if-none-match": (200, request("GET", "/api/users/profile", bearer, f"If-None-Match: {odd}")),
        "origin": (200, request("GET", "/api/users/profile", bearer, f"Origin: {odd}")),
        "request id": (200, request("GET", "/api/users/profile", bearer, f"X-Request-Id: {odd}")),
        "forwarded": (200, request("GET", "/api/users/profile", bearer, f"X-Forwarded-For: {odd}", f"X-Forwarded-Proto: {odd}")),
        "content type": (415, request("POST", "/api/moods", bearer, f"Content-Type: {odd}", body=b'{"mood":3}')),
    }
    found = {name: (await wire(world, raw)).status for name, (_, raw) in asked.items()}
    assert found == {name: status for name, (status, _) in asked.items()}
    assert len((await ana.get("/moods")).json["items"]) == 1
