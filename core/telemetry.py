"""What the system says about itself: log lines, metrics, error reports. None of them carries anybody's words."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Iterator
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
        _set_up_traces(process)


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
    bind_contextvars(process=process)


def _set_up_traces(process: str) -> None:
    try:
        from opentelemetry import trace  # noqa: PLC0415 (an optional extra)
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.instrumentation.aiohttp_server import AioHttpServerInstrumentor  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        raise SettingsError("OTEL_EXPORTER_OTLP_ENDPOINT is set but the `otel` extra is not installed") from None
    provider = TracerProvider(resource=Resource.create({"service.name": f"mentalspace-{process}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    AioHttpServerInstrumentor().instrument()


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
