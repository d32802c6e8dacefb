"""What the system says about itself: log lines, metrics, error reports. None of them carries anybody's words."""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sentry_sdk
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess
from structlog.contextvars import bind_contextvars, bound_contextvars, get_contextvars, merge_contextvars

from core.settings import Settings, SettingsError

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

requests_finished = Counter("http_requests_total", "Answered requests", ["method", "route", "status"])
request_seconds = Histogram("http_request_seconds", "Time to answer", ["method", "route"], buckets=SECONDS)
jobs_finished = Counter("jobs_total", "Finished jobs", ["job", "outcome"])
job_seconds = Histogram("job_seconds", "Time a job took", ["job"], buckets=(*SECONDS, 30, 60, 300))
mails_sent = Counter("mails_total", "Mails handed over", ["kind", "outcome"])
risk_flags = Counter("risk_flags_total", "Crisis flags stored", ["source"])
sockets_open = Gauge("sockets_open", "Open sockets", multiprocess_mode="livesum")


def set_up(settings: Settings, process: str) -> None:
    """Configure logging, error reports and traces for this process."""
    _set_up_logging(settings, process)
    if settings.sentry_dsn:
        sentry_sdk.init(
            settings.sentry_dsn,
            environment=settings.app_env,
            send_default_pii=False,
            include_local_variables=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            default_integrations=False,
            before_send=_strip_text,
        )
    if settings.otel_endpoint:
        _set_up_traces(settings.otel_endpoint, process)


def _set_up_logging(settings: Settings, process: str) -> None:
    as_json = (settings.log_format or ("json" if settings.production else "console")) == "json"
    shared: list[structlog.typing.Processor] = [
        merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _exception_without_text,
    ]
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, structlog.stdlib.add_logger_name, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    # These print statements, parameters or payloads below warning.
    for noisy in ("asyncio", "tortoise", "tortoise.db_client", "aiohttp.access", "botocore", "urllib3", "matplotlib", "PIL"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # Tells of every idle connection that ended, at length; what matters the relay and Dramatiq say.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    bind_contextvars(process=process)


class _Traces:
    """Spans of requests, sent by OTLP over HTTP from a thread of their own.

    Made by us, not by OpenTelemetry's instrumentation of aiohttp: that one sends addresses with their query strings and signed
    words, and fails, outside our own handling of errors, on a Host that is none.
    """

    def __init__(self, endpoint: str, process: str) -> None:
        try:
            from opentelemetry import trace  # noqa: PLC0415 (an optional extra)
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
            from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
            from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
            from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
            from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415
        except ImportError:
            raise SettingsError("OTEL_EXPORTER_OTLP_ENDPOINT is set but the `otel` extra is not installed") from None
        self._trace = trace
        self._parent = TraceContextTextMapPropagator().extract
        self._provider = TracerProvider(resource=Resource.create({"service.name": f"mentalspace-{process}"}), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=_EXPORT_SECONDS)))
        self._tracer = self._provider.get_tracer("mentalspace")

    @contextmanager
    def request(self, method: str, route: str, parent: str | None) -> Iterator[Callable[[int], None]]:
        began = self._tracer.start_as_current_span(
            f"{method} {route}", self._parent({"traceparent": parent} if parent else {}), self._trace.SpanKind.SERVER,
            {"http.request.method": method, "http.route": route}, record_exception=False, set_status_on_exception=False,
        )  # fmt: skip
        with began as span:

            def tell_status(status: int) -> None:
                span.set_attribute("http.response.status_code", status)
                if status >= 500:
                    span.set_status(self._trace.StatusCode.ERROR)

            yield tell_status

    def close(self) -> None:
        """Send what is left, for as long as a process that is to end can wait: a collector may be away."""
        sending = threading.Thread(target=self._provider.shutdown, daemon=True)
        sending.start()
        sending.join(_LAST_EXPORT_SECONDS)


_EXPORT_SECONDS = 5
_LAST_EXPORT_SECONDS = 2
_traces: _Traces | None = None


def _set_up_traces(endpoint: str, process: str) -> None:
    global _traces  # noqa: PLW0603 (one a process)
    if _traces is None:
        _traces = _Traces(endpoint, process)
        atexit.register(_traces.close)


@contextmanager
def traced(method: str, route: str, parent: str | None) -> Iterator[Callable[[int], None]]:
    """A request's span, where traces are on: method, route and status, nothing else of it. Yields what is told the status.

    `parent` is a W3C `traceparent`, or nothing.
    """
    if _traces is None:
        yield lambda _status: None
    else:
        with _traces.request(method, route, parent) as tell_status:
            yield tell_status


def request_id() -> str | None:
    return get_contextvars().get("request_id")


@contextmanager
def bound(**values: Any) -> Iterator[None]:
    """Every log line within the block carries these values."""
    with bound_contextvars(**values):
        yield


def without_text(error: BaseException) -> dict[str, Any]:
    """An error for the log: its type and where it came from, not its message."""
    frames = traceback.extract_tb(error.__traceback__)
    return {"error": type(error).__name__, "frames": [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames[-8:]]}


def _exception_without_text(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event.update(without_text(error))
    return event


def _strip_text(event: Any, _hint: Any) -> Any:
    """Before an error report leaves: types and frames stay, messages and values go."""
    for exception in event.get("exception", {}).get("values", []):
        exception["value"] = ""
    for part in ("request", "user", "extra", "breadcrumbs", "logentry", "message"):
        event.pop(part, None)
    return event


def report(error: BaseException) -> None:
    sentry_sdk.capture_exception(error)


def metrics() -> bytes:
    """Prometheus's text format, over all processes that share PROMETHEUS_MULTIPROC_DIR when that is set."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return generate_latest()
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def share_metrics(home: Path) -> dict[str, str]:
    """Environment for child processes so that their metrics are counted together; empties what an earlier run left."""
    folder = home / "metrics"
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("*.db"):
        left.unlink(missing_ok=True)
    return {"PROMETHEUS_MULTIPROC_DIR": str(folder)}
