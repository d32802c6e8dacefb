"""What the application carries, by typed keys."""

from __future__ import annotations

from aiohttp import web

from core.runtime import Runtime
from domain.access import Principal

RUNTIME = web.AppKey("runtime", Runtime)
OPENAPI = web.AppKey("openapi", bytes)
REQUEST_ID = web.RequestKey("request_id", str)
PRINCIPAL = web.RequestKey("principal", Principal)
LIMIT_HEADERS = web.RequestKey("limit_headers", dict[str, str])
