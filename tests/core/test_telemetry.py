"""Logs, metrics and error reports carry nobody's words."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
import sentry_sdk
import structlog
from aiohttp import web
from aiohttp.test_utils import TestServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from core import jobs, runtime, telemetry
from tests.people import World

CANARY = "canary: I feel low"


@pytest.fixture
def lines(world: World) -> Iterator[io.StringIO]:
    """What the process logs as JSON, and as the console shows it, while a test runs."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    telemetry._set_up_logging(replace(runtime.settings(), log_format="json", log_level="debug"), "web")
    written = io.StringIO()
    handler = root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    yield written
    root.handlers = before
    telemetry._set_up_logging(runtime.settings(), "web")
    root.handlers = before
    root.setLevel(level)


def _fail() -> None:
    local = CANARY  # noqa: F841 (a report must not carry it)
    try:
        raise KeyError(CANARY)
    except KeyError as inner:
        raise RuntimeError(CANARY) from inner


def _logged(written: io.StringIO) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(written.getvalue().splitlines()[-1])
    return found


@pytest.mark.parametrize("way", ["structlog", "stdlib", "given"])
def test_an_errors_text_is_never_logged(lines: io.StringIO, way: str) -> None:
    try:
        _fail()
    except RuntimeError as error:
        match way:
            case "structlog":
                structlog.get_logger("tests").exception("it.failed")
            case "stdlib":
                logging.getLogger("somebody.else").exception("it.failed")
            case _:
                structlog.get_logger("tests").error("it.failed", exc_info=error)
    assert CANARY not in lines.getvalue()
    line = _logged(lines)
    assert (line["event"], line["error"], line["level"]) == ("it.failed", "RuntimeError", "error")
    assert line["frames"][-1].startswith("test_telemetry.py:")


def test_a_failing_job_says_what_and_where_and_no_more(lines: io.StringIO) -> None:
    try:
        _fail()
    except RuntimeError as error:
        said = json.dumps(telemetry.without_text(error)) + jobs.describe(error)
    assert "canary" not in said
    assert "RuntimeError" in said


def test_every_line_of_a_block_carries_its_values(lines: io.StringIO) -> None:
    with telemetry.bound(request_id="r-1", job="j"):
        assert telemetry.request_id() == "r-1"
        structlog.get_logger("tests").info("within")
        assert (_logged(lines)["request_id"], _logged(lines)["job"]) == ("r-1", "j")
    structlog.get_logger("tests").info("after")
    assert "request_id" not in _logged(lines)
    assert _logged(lines)["timestamp"].endswith("Z")


def test_line_breaks_in_a_value_stay_in_its_line(lines: io.StringIO) -> None:
    structlog.get_logger("tests").info("said", value='a\r\n{"event": "forged"}\u2028b')
    assert len(lines.getvalue().split("\n")) == 2
    assert _logged(lines)["event"] == "said"


def test_libraries_that_print_parameters_are_quiet(lines: io.StringIO) -> None:
    for name in ("tortoise.db_client", "tortoise", "asyncio", "aiohttp.access", "botocore", "urllib3"):
        logging.getLogger(name).info(CANARY)
        logging.getLogger(name).debug(CANARY)
    assert lines.getvalue() == ""


async def test_a_diary_entry_leaves_no_words_in_the_log(lines: io.StringIO, world: World) -> None:
    ana = await world.user(firstName="Canaria")
    await ana.log_mood(1, note=CANARY, factors=["canary"])
    await ana.post("/moods", {"mood": 9, "note": CANARY, "canary": 1})
    await ana.post("/moods", raw=b'{"note": "canary')
    await ana.get("/moods?from=canary")
    assert '"event": "request"' in lines.getvalue()
    assert "canar" not in lines.getvalue().lower()
    assert ana.tokens["accessToken"] not in lines.getvalue()


class Kept(Transport):
    """Keeps what would leave for Sentry."""

    sent: list[dict[str, Any]]

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self.sent = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent += [item.payload.json for item in envelope.items if item.payload.json is not None]


@pytest.fixture
def sentry(monkeypatch: pytest.MonkeyPatch, world: World) -> Iterator[Kept]:
    kept = Kept()
    real = sentry_sdk.init
    monkeypatch.setattr(telemetry, "_set_up_logging", lambda *_: None)
    monkeypatch.setattr(sentry_sdk, "init", lambda *args, **options: real(*args, **options, transport=kept))
    telemetry.set_up(replace(runtime.settings(), sentry_dsn="https://key@sentry.invalid/1"), "web")
    yield kept
    real()


def test_an_error_report_has_types_and_frames_and_no_words(sentry: Kept) -> None:
    sentry_sdk.set_user({"email": "canary@example.org"})
    sentry_sdk.set_extra("note", CANARY)
    sentry_sdk.add_breadcrumb(message=CANARY)
    try:
        _fail()
    except RuntimeError as error:
        telemetry.report(error)
    [event] = sentry.sent
    assert "canary" not in json.dumps({**event, "exception": None})
    exceptions = event["exception"]["values"]
    assert {each["type"] for each in exceptions} == {"RuntimeError", "KeyError"}
    assert {each["value"] for each in exceptions} == {""}
    frames = [frame for each in exceptions for frame in each["stacktrace"]["frames"]]
    assert {frame["function"] for frame in frames} >= {"_fail"}
    assert not any("vars" in frame for frame in frames)


def test_a_bare_message_is_not_sent_in_words(sentry: Kept) -> None:
    sentry_sdk.capture_message(CANARY)
    assert "canary" not in json.dumps(sentry.sent)


def test_what_is_logged_is_not_reported_by_itself(sentry: Kept) -> None:
    """Sentry's own hooks into logging are off: a report is made where we make one."""
    logging.getLogger("somebody").error(CANARY)
    assert sentry.sent == []


async def test_metrics_count_by_route_and_carry_no_ids(world: World) -> None:
    ana = await world.anonymous()
    logged = await ana.log_mood(3, note=CANARY)
    await ana.get(f"/moods/{logged['id']}")
    await ana.get("/canary/nowhere")
    text = telemetry.metrics().decode()
    assert 'http_requests_total{method="GET",route="/api/moods/{id}"' in text
    assert not any(word in text for word in ("canary", logged["id"], ana.id))


class Collector:
    """An OTLP collector, as far as HTTP goes: keeps what it gets, and answers when `open`."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.asked, self.open = asyncio.Event(), asyncio.Event()

    async def take(self, request: web.Request) -> web.Response:
        self.got.append(await request.read())
        self.asked.set()
        await self.open.wait()
        return web.Response()

    @property
    def spans(self) -> list[Span]:
        sent = [ExportTraceServiceRequest.FromString(raw) for raw in self.got]
        return [span for each in sent for resource in each.resource_spans for scope in resource.scope_spans for span in scope.spans]


def _started(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> telemetry._Traces:
    monkeypatch.setattr(telemetry, "_traces", telemetry._Traces(endpoint, "web"))
    assert telemetry._traces is not None
    return telemetry._traces


@pytest.fixture
async def collector(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Collector, telemetry._Traces]]:
    found = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", found.take)
    async with TestServer(app) as server:
        traces = _started(monkeypatch, f"http://{server.host}:{server.port}/")
        yield found, traces
        found.open.set()
        await asyncio.to_thread(traces.close)


async def test_a_trace_has_route_and_status_and_no_words(world: World, collector: tuple[Collector, telemetry._Traces]) -> None:
    kept, traces = collector
    kept.open.set()
    ana = await world.user(firstName="Canaria")
    logged = await ana.log_mood(3, note=CANARY)
    await ana.get(f"/moods/{logged['id']}?canary=1", headers={"User-Agent": "canary", "tracestate": "canary=1", "baggage": "canary=1"})
    await ana.get("/canary/nowhere")
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    await ana.get("/users/profile", headers={"traceparent": parent})
    await ana.get("/users/preferences", headers={"traceparent": "canary"})
    await world.send("GET", "/health/live", headers={"Host": "canary:99999999"})
    await asyncio.to_thread(traces._provider.force_flush)
    assert not [raw for raw in kept.got if re.search(rb"canar|person\d", raw, re.IGNORECASE) or logged["id"].encode() in raw]
    told = {(span.name, *(each.value.int_value for each in span.attributes if each.key == "http.response.status_code")) for span in kept.spans}
    assert told >= {
        ("POST /api/auth/register", 201),
        ("POST /api/moods", 201),
        ("GET /api/moods/{id}", 422),
        ("GET -", 404),
        ("GET /api/users/profile", 200),
        ("GET /api/users/preferences", 200),
        ("GET /api/health/live", 200),
    }
    assert {each.key for span in kept.spans for each in span.attributes} == {"http.request.method", "http.route", "http.response.status_code"}
    [within] = [span for span in kept.spans if span.name == "GET /api/users/profile"]
    assert (within.trace_id.hex(), within.parent_span_id.hex()) == tuple(parent.split("-")[1:3])


async def test_requests_are_answered_while_a_collector_hangs(world: World, collector: tuple[Collector, telemetry._Traces]) -> None:
    kept, traces = collector
    ana = await world.anonymous()
    flushing = asyncio.create_task(asyncio.to_thread(traces._provider.force_flush))
    await kept.asked.wait()
    await ana.log_mood(3)
    assert (await ana.get("/moods")).status == 200
    assert not flushing.done()
    kept.open.set()
    await flushing


async def test_requests_are_answered_without_a_collector(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async with TestServer(web.Application()) as server:
        nowhere = f"http://{server.host}:{server.port}"
    traces = _started(monkeypatch, nowhere)
    ana = await world.anonymous()
    await ana.log_mood(3)
    await asyncio.to_thread(traces.close)
    assert (await ana.get("/moods")).status == 200
