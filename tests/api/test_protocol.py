"""What is no HTTP, or not the HTTP that is taken, is refused in the application's own words, and with none of the client's."""

from __future__ import annotations

import asyncio
import json

import pytest

from api import app
from api.protocol import Runner
from core import telemetry
from tests.people import World
from tests.settings import configure
from tests.wire import request, wire

WORDS = "words-of-the-client"
LIVE = b"GET /api/health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n"

UNREADABLE = {
    "two hosts": LIVE + b"Host: %s\r\n\r\n" % WORDS.encode(),
    "no host": b"GET /api/health/live?%s HTTP/1.1\r\n\r\n" % WORDS.encode(),
    "two ways to its end": LIVE + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\nX: %s\r\n\r\n" % WORDS.encode(),
    "the same, the other way round": LIVE + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\nX: %s\r\n\r\n" % WORDS.encode(),
    "two lengths": LIVE + b"Content-Length: 5\r\nContent-Length: 11\r\nX: %s\r\n\r\n" % WORDS.encode(),
    "a length that is none": LIVE + b"Content-Length: %s\r\n\r\n" % WORDS.encode(),
    "a request line without a version's name": b"GET /%s FOO\r\n\r\n" % WORDS.encode(),
    "a version that is none": b"GET /%s HTTP/9.9\r\nHost: 127.0.0.1\r\n\r\n" % WORDS.encode(),
    "no request line": b"%s\r\n\r\n" % WORDS.encode(),
    "a method that is no token": b"G(T /%s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % WORDS.encode(),
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03%s" % WORDS.encode(),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n%s" % WORDS.encode(),
    "an address that is none": b"GET http://[%s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % WORDS.encode(),
    "a space in a name": LIVE + b"X %s: 1\r\n\r\n" % WORDS.encode(),
    "a control character": LIVE + b"X: %s\x01\r\n\r\n" % WORDS.encode(),
    "a NUL": LIVE + b"X: %s\x00\r\n\r\n" % WORDS.encode(),
    "bare line feeds": b"GET /api/health/live HTTP/1.1\nHost: %s\n\n" % WORDS.encode(),
    "a folded line": LIVE + b"X: 1\r\n %s\r\n\r\n" % WORDS.encode(),
}
TOO_LARGE = {
    "a header": LIVE + b"X: %s%s\r\n\r\n" % (WORDS.encode(), b"a" * 9_000),
    "a header's name": LIVE + b"X-%s%s: 1\r\n\r\n" % (WORDS.encode(), b"a" * 9_000),
    "many headers": LIVE + b"".join(b"X-%s-%d: 1\r\n" % (WORDS.encode(), n) for n in range(200)) + b"\r\n",
    "an address": b"GET /api/health/live?%s%s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % (WORDS.encode(), b"a" * 9_000),
}


async def until_closed(world: World, raw: bytes) -> tuple[int, dict[str, str], bytes]:
    """Everything that is said on a connection until the server closes it: status, headers, body. Fails when it stays open."""
    reader, writer = await asyncio.open_connection(world.client.server.host, world.client.server.port)
    try:
        writer.write(raw)
        async with asyncio.timeout(5):
            said = await reader.read()
    finally:
        writer.close()
    head, _, body = said.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    return int(first.split()[1]), {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}, body


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [pytest.param(raw, 400, "bad_request", id=name) for name, raw in UNREADABLE.items()]
    + [pytest.param(raw, 431, "headers_too_large", id=name) for name, raw in TOO_LARGE.items()],
)
async def test_what_cannot_be_read_is_refused_as_everything_else_is(world: World, raw: bytes, status: int, code: str) -> None:
    found, headers, body = await until_closed(world, raw)
    problem = json.loads(body)
    assert (found, problem["status"], problem["code"], problem["type"]) == (status, status, code, f"urn:mentalspace:problem:{code}")
    assert set(problem) == {"type", "title", "status", "detail", "code", "requestId"}
    assert problem["requestId"] == headers["X-Request-Id"]
    assert (headers["Content-Type"], headers["Server"], headers["Cache-Control"]) == ("application/problem+json", "mentalspace", "private, no-store")
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")
    assert WORDS not in str(headers) + body.decode()
    assert (await world.send("GET", "/health/live")).status == 200


@pytest.mark.parametrize("method", ["FOO", "get", "GETX", "X-_~1", "A" * 40])
async def test_an_unknown_method_is_told_what_there_is_instead(world: World, method: str) -> None:
    for target, allowed in (("/api/moods", "GET,HEAD,POST"), ("/api/moods/import?x=1", "POST"), ("/api/auth/logout", "POST")):
        status, headers, body = await until_closed(world, request(method, target))
        assert (status, json.loads(body)["code"], headers["Allow"]) == (405, "method_not_allowed", allowed)
        assert method not in body.decode()
    for target in ("/api/nowhere", "/", "//[", "/%zz\\'\""):
        status, _, body = await until_closed(world, request(method, target))
        assert (status, json.loads(body)["code"]) == (404, "not_found")


@pytest.mark.parametrize("target", ["example.org:443", "/api/moods", "127.0.0.1:5432"])
async def test_no_tunnel_is_opened(world: World, target: str) -> None:
    refused = await wire(world, request("CONNECT", target))
    assert (refused.status, refused.json["code"]) == (405, "method_not_allowed")
    assert refused.headers["Allow"] == "DELETE,GET,HEAD,POST,PUT"


async def test_a_request_is_not_sent_back_as_an_answer(world: World) -> None:
    refused = await wire(world, request("TRACE", "/api/moods", f"X-Secret: {WORDS}"))
    assert (refused.status, refused.json["code"], refused.headers["Allow"]) == (405, "method_not_allowed", "GET,HEAD,POST")
    assert WORDS.encode() not in refused.raw


@pytest.mark.parametrize("target", ["/api/moods", "/api/nowhere"])
async def test_an_expectation_that_nobody_meets_is_a_problem_too(world: World, target: str) -> None:
    refused = await wire(world, request("GET", target, f"Expect: {WORDS}"))
    assert (refused.status, refused.json["code"], refused.json["requestId"]) == (417, "expectation_failed", refused.headers["X-Request-Id"])
    assert WORDS.encode() not in refused.raw


async def test_what_came_before_on_the_connection_is_answered(world: World) -> None:
    """The first request is fine, and a second, broken one follows its answer."""
    reader, writer = await asyncio.open_connection(world.client.server.host, world.client.server.port)
    async with asyncio.timeout(5):
        writer.write(LIVE + b"\r\n")
        assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 200")
        writer.write(b"%s\r\n\r\n" % WORDS.encode())
        assert (await reader.read()).startswith(b"HTTP/1.0 400")
    writer.close()


async def test_pages_elsewhere_are_not_allowed_by_a_refusal(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known of a caller whose headers could not be read: no origin, no https."""
    configure(monkeypatch, public_url="https://api.example.org")
    status, headers, _ = await until_closed(world, LIVE + b"Origin: https://app.example.org\r\nHost: twice\r\n\r\n")
    assert status == 400
    assert not {"Access-Control-Allow-Origin", "Strict-Transport-Security", "Location"} & set(headers)


async def test_refusals_are_counted_under_one_name(world: World) -> None:
    """A client cannot make up new series of the metrics by making up methods."""
    counted = telemetry.requests_finished.labels("UNKNOWN", "-", "405")._value
    before = counted.get()
    for method in ("FOO", "BAR", "BAZ"):
        await until_closed(world, request(method, "/api/moods"))
    assert counted.get() == before + 3
    assert b"BAZ" not in telemetry.metrics()


async def test_a_process_of_the_server_runs_the_same(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert isinstance(await app.gunicorn(), Runner)
