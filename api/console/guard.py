"""What every request for the console goes through: its cookie, where it comes from, what a page may load, how it says what went wrong."""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp_session import session_middleware

from api.app_keys import REQUEST_ID, RUNTIME
from api.console.cookies import Storage
from api.console.templates import page
from core import runtime
from core.problem import Forbidden, Problem

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

# aiohttp-session names what it hangs on a request by words.
warnings.filterwarnings("ignore", category=web.NotAppKeyWarning, module="aiohttp_session")

Next = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def dress(_request: web.Request, response: web.StreamResponse) -> None:
    """Nothing from elsewhere, nothing inline, in nobody's frame."""
    response.headers["Content-Security-Policy"] = POLICY


@web.middleware
async def explain(request: web.Request, handler: Next) -> web.StreamResponse:
    """Where a page was asked for, what is wrong is said on a page."""
    try:
        return await handler(request)
    except (Problem, web.HTTPException) as error:
        if request.method != "GET" or "text/html" not in request.headers.get("Accept", ""):
            raise
        said = (error.title, error.detail) if isinstance(error, Problem) else (HTTPStatus(error.status).phrase, "")
        headers = error.headers if isinstance(error, Problem) else {}
        return page("problem.html", error.status, {name: headers[name] for name in ("Retry-After",) if name in headers}, title=said[0], detail=said[1], id=request[REQUEST_ID])


@web.middleware
async def same_origin(request: web.Request, handler: Next) -> web.StreamResponse:
    """Nothing is changed but by our own pages. Raises Forbidden."""
    if request.method not in ("GET", "HEAD") and not _is_ours(request):
        raise Forbidden("Only the console's own pages may ask for this")
    return await handler(request)


def _is_ours(request: web.Request) -> bool:
    """Whether one of our pages sends this, as its browser says: no page can write these headers itself."""
    if (site := request.headers.get("Sec-Fetch-Site")) is not None:
        return site == "same-origin"
    # Browsers leave that out over plain http to another machine, but name the origin.
    origin, ours = request.headers.get("Origin", ""), urlsplit(runtime.settings().base_url)
    return origin == f"{ours.scheme}://{ours.netloc}" or (urlsplit(origin).scheme in ("http", "https") and urlsplit(origin).netloc == request.host)


@web.middleware
async def sessions(request: web.Request, handler: Next) -> web.StreamResponse:
    storage = Storage(request.config_dict[RUNTIME].redis, secure=runtime.settings().base_url.startswith("https://"))
    response: web.StreamResponse = await session_middleware(storage)(request, handler)
    return response
