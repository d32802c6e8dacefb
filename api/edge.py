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
from aiohttp.http import HttpProcessingError
from aiohttp.http_exceptions import BadHttpMethod, LineTooLong
from structlog.contextvars import bind_contextvars, clear_contextvars
from yarl import URL

from api.app_keys import LIMITS, PRINCIPAL, REQUEST_ID, UNREADABLE
from api.bodies import BadRequest
from api.http import is_trusted
from core import db, runtime, telemetry
from core.keys import person_is_gone
from core.problem import NotFound, Problem, ServiceUnavailable
from core.settings import Settings

log = structlog.get_logger(__name__)

_SAFE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}\Z")
_ALLOWED_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id"
_EXPOSED_HEADERS = "ETag, Retry-After, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Idempotent-Replayed, X-Request-Id"
_METHODS = "GET, POST, PUT, DELETE"
# A request line with a method nobody knows, as aiohttp's parser quotes it.
_UNKNOWN_METHOD = re.compile(r"[^\n]*\n\n  b['\"][A-Za-z0-9!#$%&'*+.^_`|~-]{1,40} (/\S*) HTTP/1\.[01]['\"]\n")


class HeadersTooLarge(Problem):
    status, code, title = 431, "headers_too_large", "The address or the headers are too large"


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
    chosen, route = runtime.settings(), _route(request)
    with telemetry.traced(request.method, route, request.headers.get("traceparent")) as tell_status:
        if (redirect := _to_https(request, chosen)) is not None:
            response: web.StreamResponse = redirect
        elif request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            response = _preflight(request, chosen)
        else:
            response = await _answered(request, handler)
        tell_status(response.status)
    _count(request, route, response.status, time.perf_counter() - began)
    return response


async def dress(request: web.Request, response: web.StreamResponse) -> None:
    """The headers every answer carries, added as it leaves: a streamed one leaves before its handler ends."""
    response.headers.update(_headers(request, runtime.settings(), request.get(REQUEST_ID) or secrets.token_hex(8)))
    if (met := request.get(LIMITS)) is not None and met.standing is not None:
        for name, value in met.standing.headers().items():
            response.headers.setdefault(name, value)


async def _answered(request: web.Request, handler: Next) -> web.StreamResponse:
    try:
        if (error := request.get(UNREADABLE)) is not None:
            raise await _refusal(request, error)
        if request.method == "CONNECT":
            raise web.HTTPMethodNotAllowed("CONNECT", [*_METHODS.split(", "), "HEAD"])
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
        if person_is_gone(error):
            # Erased while we looked, by another request: the same as never there.
            gone = NotFound()
            return problem_response(request, gone.status, gone.code, gone.title, gone.detail, gone.headers, gone.extra)
        log.error("request.failed", **telemetry.without_text(error))
        telemetry.report(error)
        return problem_response(request, 500, "internal_error", "Something went wrong", "It is our fault, and we have been told", {}, {})


async def _refusal(request: web.Request, error: HttpProcessingError) -> Exception:
    """What to answer where the parser gave up. Nothing the client sent is in it."""
    if isinstance(error, LineTooLong) or error.message == "Too many headers received":
        return HeadersTooLarge()
    if isinstance(error, BadHttpMethod) and (line := _UNKNOWN_METHOD.match(error.message)):
        asked = request.clone(rel_url=URL.build(path=line[1].partition("?")[0], encoded=True))
        if (found := (await request.app.router.resolve(asked)).http_exception) is not None:
            return found
    return BadRequest("This is not HTTP as it should be; the connection is closed")


def problem_response(request: web.Request, status: int, code: str, title: str, detail: str, headers: dict[str, str], extra: dict[str, Any]) -> web.Response:
    """RFC 9457."""
    body = {"type": f"urn:mentalspace:problem:{code}", "title": title, "status": status, "detail": detail, "code": code, "requestId": request.get(REQUEST_ID), **extra}
    return web.Response(status=status, body=msgspec.json.encode(body), headers={"Content-Type": "application/problem+json", "Cache-Control": "private, no-store", **headers})


def _headers(request: web.Request, chosen: Settings, request_id: str) -> dict[str, str]:
    headers = {"Server": "mentalspace", "X-Request-Id": request_id, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
    if _scheme(request, chosen) == "https":
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if chosen.cors_origins:
        # Without an Origin too: what is kept of that answer must not be shown to a page of one.
        headers["Vary"] = "Origin"
        if (origin := request.headers.get("Origin")) in chosen.cors_origins:
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


def _route(request: web.Request) -> str:
    """The route's pattern, never the address itself."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None and request.match_info.http_exception is None else "-"


def _count(request: web.Request, route: str, status: int, seconds: float) -> None:
    telemetry.requests_finished.labels(request.method, route, str(status)).inc()
    # A socket lasts as long as its people stay: that is no time to answer.
    if status != HTTPStatus.SWITCHING_PROTOCOLS:
        telemetry.request_seconds.labels(request.method, route).observe(seconds)
    principal = request.get(PRINCIPAL)
    log.info("request", method=request.method, route=route, status=status, ms=round(seconds * 1000, 1), kind=principal.kind if principal else None)
