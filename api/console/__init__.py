"""The console of counselors and analysts: pages under `/console`, signed in by a cookie, that use the public API like any other client."""

from __future__ import annotations

from aiohttp import web

from api.console import analysts, guard, pages
from api.http import Route, serve

ROUTES = (
    Route("GET", "", pages.desk, None),
    Route("GET", "/", pages.desk, None),
    Route("GET", "/sign-in", pages.sign_in_page, None),
    Route("POST", "/sign-in", pages.sign_in, None, 204),
    Route("POST", "/sign-out", pages.sign_out, None, 204),
    Route("POST", "/token", pages.token, None),
    Route("GET", "/try", pages.try_page, None),
    Route("GET", "/analysts", analysts.engagement, None),
    Route("GET", "/analysts/sign-in", analysts.sign_in_page, None),
    Route("POST", "/analysts/sign-in", analysts.sign_in, None, 204),
    Route("POST", "/analysts/token", analysts.token, None),
    Route("GET", "/static/{name}", pages.static, None, limit="off"),
)


def application() -> web.Application:
    """To be added under `/console`."""
    app = web.Application(middlewares=[guard.explain, guard.same_origin, guard.sessions])
    app.on_response_prepare.append(guard.dress)
    for route in ROUTES:
        add = app.router.add_get if route.method == "GET" else app.router.add_post
        add(route.path, serve(route))
    return app
