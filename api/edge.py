"""The outermost layer: request ids, problems, security headers, CORS, the access log, metrics."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from aiohttp import web
from structlog.contextvars import bind_contextvars, clear_contextvars

from api.app_keys import LIMIT_HEADERS, PRINCIPAL, REQUEST_ID
from api.http import is_trusted
from core import db, runtime, telemetry
from core.problem import Problem, ServiceUnavailable
from core.settings import Settings

log = structlog.get_logger(__name__)

_SAFE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}\Z")
_ALLOWED_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id"
_EXPOSED_HEADERS = "ETag, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Idempotent-Replayed, X-Request-Id"
_METHODS = "GET, POST, PUT, DELETE"

Next = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def edge(request: web.Request, handler: Next) -> web.StreamResponse:
    """Answer every request, whatever happens within, with the headers every answer carries."""
    began = time.perf_counter()
    sent = request.headers.get("X-Request-Id", "")
    request_id = sent if _SAFE_ID.match(sent) else secrets.token_hex(8)
    clear_contextvars()
    bind_contextvars(request_id=request_id)
    request[REQUEST_ID] = request_id
    chosen = runtime.settings()
    if (redirect := _to_https(request, chosen)) is not None:
        response: web.StreamResponse = redirect
    elif request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        response = _preflight(request, chosen)
    else:
        response = await _answered(request, handler)
    _count(request, response.status, time.perf_counter() - began)
    return response


async def dress(request: web.Request, response: web.StreamResponse) -> None:
    """The headers every answer carries, added as it leaves: a streamed one leaves before its handler ends."""
    response.headers.update(_headers(request, runtime.settings(), request.get(REQUEST_ID) or secrets.token_hex(8)))
    for name, value in request.get(LIMIT_HEADERS, {}).items():
        response.headers.setdefault(name, value)


async def _answered(request: web.Request, handler: Next) -> web.StreamResponse:
    try:
        return await handler(request)
    except Problem as problem:
        return problem_response(request, problem.status, problem.code, problem.title, problem.detail, problem.headers, problem.extra)
    except web.HTTPException as error:
        phrase = HTTPStatus(error.status).phrase
        allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return problem_response(request, error.status, phrase.lower().replace(" ", "_"), phrase, phrase, allow, {})
    except db.LOST as error:
        log.warning("request.unavailable", **telemetry.without_text(error))
        lost = ServiceUnavailable()
        return problem_response(request, lost.status, lost.code, lost.title, lost.detail, lost.headers, {})
    except Exception as error:  # noqa: BLE001 (the last line: nothing leaves as a bare 500)
        log.error("request.failed", **telemetry.without_text(error))
        telemetry.report(error)
        return problem_response(request, 500, "internal_error", "Something went wrong", "It is our fault, and we have been told", {}, {})


def problem_response(request: web.Request, status: int, code: str, title: str, detail: str, headers: dict[str, str], extra: dict[str, Any]) -> web.Response:
    """RFC 9457."""
    body = {"type": f"urn:mentalspace:problem:{code}", "title": title, "status": status, "detail": detail, "code": code, "requestId": request.get(REQUEST_ID), **extra}
    return web.Response(status=status, body=msgspec.json.encode(body), headers={"Content-Type": "application/problem+json", "Cache-Control": "private, no-store", **headers})


def _headers(request: web.Request, chosen: Settings, request_id: str) -> dict[str, str]:
    headers = {"Server": "mentalspace", "X-Request-Id": request_id, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
    if _scheme(request, chosen) == "https":
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if (origin := request.headers.get("Origin")) is not None and chosen.cors_origins:
        headers["Vary"] = "Origin"
        if origin in chosen.cors_origins:
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Expose-Headers"] = _EXPOSED_HEADERS
    return headers


def _preflight(request: web.Request, chosen: Settings) -> web.Response:
    if request.headers.get("Origin") not in chosen.cors_origins:
        return problem_response(request, 403, "forbidden", "This origin may not call the API", "This origin may not call the API", {}, {})
    return web.Response(status=204, headers={"Access-Control-Allow-Methods": _METHODS, "Access-Control-Allow-Headers": _ALLOWED_HEADERS, "Access-Control-Max-Age": "600"})


def _scheme(request: web.Request, chosen: Settings) -> str:
    """What the client spoke, as a trusted proxy says it."""
    peer = request.transport.get_extra_info("peername") if request.transport else None
    if chosen.trusted_proxies and isinstance(peer, tuple) and is_trusted(peer[0], chosen.trusted_proxies):
        return request.headers.get("X-Forwarded-Proto", "http").split(",")[-1].strip().lower()
    return request.scheme


def _to_https(request: web.Request, chosen: Settings) -> web.Response | None:
    """Behind TLS, plain http is sent to https, at the configured address; health checks are answered as they are."""
    base = chosen.base_url
    if not chosen.trusted_proxies or not base.startswith("https://") or request.path.startswith("/api/health"):
        return None
    if "X-Forwarded-Proto" not in request.headers or _scheme(request, chosen) == "https":
        return None
    return web.Response(status=308, headers={"Location": base + request.path_qs})


def _count(request: web.Request, status: int, seconds: float) -> None:
    resource = request.match_info.route.resource
    route = resource.canonical if resource is not None and request.match_info.http_exception is None else "-"
    telemetry.requests_finished.labels(request.method, route, str(status)).inc()
    telemetry.request_seconds.labels(request.method, route).observe(seconds)
    principal = request.get(PRINCIPAL)
    log.info("request", method=request.method, route=route, status=status, ms=round(seconds * 1000, 1), kind=principal.kind if principal else None)
