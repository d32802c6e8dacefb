"""The application: its routes, what it opens and closes, and how a process serves it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from aiohttp import web

from api import asyncapi, console, openapi
from api.app_keys import ASYNCAPI, HUB, OPENAPI, RUNTIME
from api.bodies import MOST_BODY_BYTES
from api.edge import dress, edge
from api.http import serve
from api.protocol import Runner
from api.realtime.hub import Hub
from api.routes import ROUTES
from core.runtime import in_background, running
from core.settings import Settings
from domain import crisis_lines, erasure, presence, risk, second_look
from domain.access import SessionsRevoked, revocations, tokens
from domain.erasure import PersonErased

KEEPALIVE_SECONDS = 75
SHUTDOWN_SECONDS = 10
MOST_LINE_BYTES = 8190  # of a request's target, and of each header
MOST_HEADERS = 128


def build(settings: Settings) -> web.Application:
    """The application for these settings; it opens its services when it starts and closes them when it ends."""
    app = web.Application(middlewares=[edge], client_max_size=MOST_BODY_BYTES)
    app.on_response_prepare.append(dress)
    for route in ROUTES:
        if route.method == "GET":
            app.router.add_get(route.aiohttp_path, serve(route))
        else:
            app.router.add_route(route.method, route.aiohttp_path, serve(route))
    app.add_subapp("/console", console.application())
    app[OPENAPI], app[ASYNCAPI] = openapi.document(ROUTES), asyncapi.document()
    app.on_shutdown.append(_part)
    app.cleanup_ctx.append(lambda app: _services(app, settings))
    return app


async def _services(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    crisis_lines.ready()
    risk.ready()
    async with AsyncExitStack() as stack:
        opened = app[RUNTIME] = await stack.enter_async_context(running(settings, "web"))
        await tokens.load()
        await revocations.refresh()
        opened.listener.on(SessionsRevoked, revocations.refresh)
        opened.listener.on_reconnect.append(revocations.refresh)
        opened.listener.on(PersonErased, erasure.on_erased)
        hub = app[HUB] = Hub()
        hub.listen(opened.listener)
        revocations.watchers.append(hub.end_session)
        stack.callback(revocations.watchers.remove, hub.end_session)
        await presence.beat(hub.process_id)
        for work in (tokens.keep_loaded(), revocations.run(), erasure.keep_forgetting(), second_look.keep_looking(), opened.listener.run(), hub.run(), hub.beat()):
            await stack.enter_async_context(in_background(work))
        yield


async def _part(app: web.Application) -> None:
    """The process stops: its sockets are told to come back, before their connections are waited for."""
    await app[HUB].end()


def runner(app: web.Application, *, shutdown_seconds: float = SHUTDOWN_SECONDS) -> Runner:
    """How a process serves the application: no decompression, no access log but ours, bounded waits and headers."""
    return Runner(
        app, handle_signals=False, access_log=None, auto_decompress=False, keepalive_timeout=KEEPALIVE_SECONDS,
        shutdown_timeout=shutdown_seconds, logger=logging.getLogger("api.protocol"), max_line_size=MOST_LINE_BYTES, max_field_size=MOST_LINE_BYTES, max_headers=MOST_HEADERS,
    )  # fmt: skip


async def gunicorn() -> Runner:
    """What a Gunicorn worker calls: `gunicorn -c python:api.serving api.app:gunicorn`."""
    return runner(build(Settings.from_env()))
