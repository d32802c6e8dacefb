"""What people may ask of their data: a copy, who looked at it, and that it goes."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from aiohttp import web

from api.fields import Password
from api.http import Call
from api.paging import PageQuery, page, position
from api.schema import Body
from core.views import Page
from domain import access_log, erasure, exports
from domain.access_log import Access
from domain.exports import Export


async def begin_export(call: Call) -> Export:
    """Ask for a copy of all of one's data; while one is being made, that is the answer."""
    return await exports.begin(call.principal)


async def export(call: Call, id: UUID) -> Export:
    """How far a copy is, and where to fetch it: once, within an hour."""
    return await exports.state(call.principal, id)


async def download(call: Call, signed: str) -> web.StreamResponse:
    """The copy of somebody's data, by its link; the link is spent by it."""
    response = web.StreamResponse(
        headers={"Content-Type": "application/zip", "Content-Disposition": 'attachment; filename="mentalspace.zip"', "Cache-Control": "private, no-store"}
    )
    if call.request.method == "HEAD":
        await exports.look(signed)
        return response
    found = await exports.fetch(signed)
    await call.stream(response, found.chunks)
    await found.sent()
    return response


class EraseAccount(Body):
    """`password` proves who asks; an account without one says `"confirm":"DELETE"`."""

    password: Password | None = None
    confirm: Literal["DELETE"] | None = None


async def erase(call: Call, body: EraseAccount) -> None:
    """Erase the account: access ends and its address is free at once, everything else within minutes."""
    await erasure.erase_own(call.principal, body.password, confirmed=body.confirm is not None)


class AccessQuery(PageQuery):
    """No filters."""


async def accesses(call: Call, query: AccessQuery) -> Page[Access]:
    """Who looked at one's data and what happened to one's account, newest first."""
    found = await access_log.page(call.user_id, after=position(call.user_id, query), limit=query.limit + 1)
    listed = page(call.user_id, query, found, lambda each: each[0])
    return Page(items=[each for _, each in listed.items], next_cursor=listed.next_cursor)
