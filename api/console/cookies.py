"""Who is signed in to the console: a cookie, and what Redis keeps under it.

Redis holds the id of a session in the database and nothing else; each look asks the database whether that session lives.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Awaitable
from typing import TypeVar
from uuid import UUID

from aiohttp import web
from aiohttp_session import STORAGE_KEY, Session, get_session, new_session
from aiohttp_session.redis_storage import RedisStorage
from redis.asyncio import Redis

from core import redis_pool
from core.problem import ServiceUnavailable
from domain import console, sign_in
from domain.access import Kind, Principal

COOKIE = "mentalspace_console"
# A long shift; then the password is asked for again.
SECONDS = 12 * 3600

T = TypeVar("T")


class Storage(RedisStorage):
    """aiohttp-session's, but: Redis knows a cookie by its hash only, what is emptied is deleted, a lost Redis is said to be lost."""

    def __init__(self, redis: Redis, *, secure: bool) -> None:
        super().__init__(redis, cookie_name=COOKIE, max_age=SECONDS, path="/console", httponly=True, samesite="Strict", secure=secure)

    async def load_session(self, request: web.Request) -> Session:
        cookie = self.load_cookie(request)
        raw = await _reached(self._redis.get(_place(cookie))) if cookie else None
        # An unknown cookie is never taken over: whoever set it may not be who signs in.
        return Session(cookie if raw else None, data=json.loads(raw) if raw else None, new=raw is None, max_age=self.max_age)

    async def save_session(self, _request: web.Request, response: web.StreamResponse, session: Session) -> None:
        if session.empty:
            await self.forget(session)
            self.save_cookie(response, "")
            return
        cookie = session.identity or secrets.token_urlsafe(32)
        await _reached(self._redis.set(_place(cookie), self._encoder(self._get_session_data(session)), ex=session.max_age))
        self.save_cookie(response, cookie, max_age=session.max_age)

    async def forget(self, session: Session) -> None:
        if session.identity is not None:
            await _reached(self._redis.delete(_place(session.identity)))


def _place(cookie: str) -> str:
    return f"{COOKIE}:{hashlib.sha256(cookie.encode(errors='replace')).hexdigest()}"


async def _reached(asked: Awaitable[T]) -> T:
    try:
        return await asked
    except redis_pool.LOST:
        raise ServiceUnavailable from None


async def signed_in(request: web.Request) -> Principal | None:
    """The counselor, or the one of staff, who is signed in. Raises ServiceUnavailable."""
    session = await get_session(request)
    if session.empty:
        return None
    found = await console.holder_of(UUID(session["session"]))
    if found is None:
        await request[STORAGE_KEY].forget(session)
    return found


async def signed_in_as(request: web.Request, kind: Kind) -> Principal | None:
    """The same, None for whoever is of another kind: each has pages of their own. Raises ServiceUnavailable."""
    found = await signed_in(request)
    return found if found is not None and found.kind == kind else None


async def begin(request: web.Request, principal: Principal) -> None:
    """Sign this browser in, under a new cookie; whoever was signed in here is signed out."""
    await end(request)
    session = await new_session(request)
    session["session"] = principal.session_id.hex


async def end(request: web.Request) -> None:
    """Sign this browser out; its tokens and sockets end too."""
    session = await get_session(request)
    if (principal := await signed_in(request)) is not None:
        await sign_in.logout(principal)
    await request[STORAGE_KEY].forget(session)
    session.invalidate()
