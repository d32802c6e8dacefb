"""What the application carries, by typed keys."""

from __future__ import annotations

from aiohttp import web
from aiohttp.http import HttpProcessingError

from api.realtime.hub import Hub
from core.limits import Told
from core.runtime import Runtime
from domain.access import Principal

RUNTIME = web.AppKey("runtime", Runtime)
HUB = web.AppKey("hub", Hub)
OPENAPI = web.AppKey("openapi", bytes)
ASYNCAPI = web.AppKey("asyncapi", bytes)
REQUEST_ID = web.RequestKey("request_id", str)
PRINCIPAL = web.RequestKey("principal", Principal)
UNREADABLE = web.RequestKey("unreadable", HttpProcessingError)
LIMITS = web.RequestKey("limits", Told)
