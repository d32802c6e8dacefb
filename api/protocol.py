"""HTTP beneath the application: what aiohttp would answer by itself, the application answers.

A request that the parser cannot read goes through `api.edge` like any other, marked with why, so that its refusal
is a problem, logged, counted and dressed as all answers are, and shows nothing of what was sent. Afterwards the
connection is closed: where the next request would begin is not known.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from api.app_keys import UNREADABLE
from api.edge import edge


class Runner(web.AppRunner):
    """aiohttp's runner, with connections of ours."""

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        # aiohttp offers no way to say which class a connection is of.
        return _Server(_answering(made.request_handler), request_factory=made.request_factory, loop=made._loop, **made._kwargs)  # noqa: SLF001


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class _Connection(web.RequestHandler):
    __slots__ = ()

    def _make_error_handler(self, err_info: Any) -> Any:
        application: Any = self._request_handler

        async def refuse(request: web.Request) -> web.StreamResponse:
            request[UNREADABLE] = err_info.exc
            answer: web.StreamResponse = await application(request)
            return answer

        return refuse


def _answering(application: Any) -> Any:
    """The application, and its outermost layer around what aiohttp refuses before that: an `Expect` that nobody meets."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            response: web.StreamResponse = await application(request)
        except web.HTTPException as error:
            response = await edge(request, _raising(error))
        return response

    return answer


def _raising(error: Exception) -> Handler:
    async def refuse(_request: web.Request) -> web.StreamResponse:
        raise error

    return refuse
