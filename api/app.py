"""The application: its routes, what it opens and closes, and how a process serves it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from aiohttp import web

from api import openapi
from api.app_keys import OPENAPI, RUNTIME
from api.edge import dress, edge
from api.http import MOST_BODY_BYTES, serve
from api.routes import ROUTES
from core.runtime import in_background, running
from core.settings import Settings
from domain.access import SessionsRevoked, revocations, tokens

KEEPALIVE_SECONDS = 75
SHUTDOWN_SECONDS = 10


def build(settings: Settings) -> web.Application:
    """The application for these settings; it opens its services when it starts and closes them when it ends."""
    app = web.Application(middlewares=[edge], client_max_size=MOST_BODY_BYTES)
    app.on_response_prepare.append(dress)
    for route in ROUTES:
        if route.method == "GET":
            app.router.add_get(route.aiohttp_path, serve(route))
        else:
            app.router.add_route(route.method, route.aiohttp_path, serve(route))
    app[OPENAPI] = openapi.document(ROUTES)
    app.cleanup_ctx.append(lambda app: _services(app, settings))
    return app


async def _services(app: web.Application, settings: Settings) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        opened = app[RUNTIME] = await stack.enter_async_context(running(settings, "web"))
        await tokens.load()
        await revocations.refresh()
        opened.listener.on(SessionsRevoked, revocations.refresh)
        opened.listener.on_reconnect.append(revocations.refresh)
        for work in (tokens.keep_loaded(), revocations.run(), opened.listener.run()):
            await stack.enter_async_context(in_background(work))
        yield


def runner(settings: Settings) -> web.AppRunner:
    """How a process serves the application: no decompression, no access log but ours, bounded waits."""
    return web.AppRunner(
        build(settings), handle_signals=False, access_log=None, auto_decompress=False, keepalive_timeout=KEEPALIVE_SECONDS,
        shutdown_timeout=SHUTDOWN_SECONDS, logger=logging.getLogger("api.protocol"),
    )  # fmt: skip


async def gunicorn() -> web.AppRunner:
    """What a Gunicorn worker calls: `gunicorn -c api/serving.py api.app:gunicorn`."""
    return runner(Settings.from_env())
