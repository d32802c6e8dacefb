"""Analysts' runs, as staff ask for them, follow them and fetch what they came to."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import msgspec
from aiohttp import web

from api.http import Call
from api.paging import PageQuery, page, position
from api.schema import Body
from core.views import Page
from domain import insight_files, insight_runs
from domain.insight_runs import Run

_TYPES = {".html": "text/html; charset=utf-8", ".json": "application/json; charset=utf-8", ".parquet": "application/vnd.apache.parquet"}
# The report carries its styles and figures within itself. Opened by itself it runs nothing and loads nothing.
_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"


class NewRun(Body):
    """`from` and `to` are local dates of the people, both included."""

    from_: date = msgspec.field(name="from")
    to: date


async def begin(call: Call, body: NewRun) -> Run:
    """Have workers analyse all people's diaries over some dates; while a run over the same dates is under way, that is the answer."""
    return await insight_runs.request_run(call.principal, body.from_, body.to)


class RunsQuery(PageQuery):
    """No filters."""


async def every(call: Call, query: RunsQuery) -> Page[Run]:
    """Analysts' runs, newest first, those of the command line too."""
    found = await insight_runs.page(after=position(call.principal.id, query), limit=query.limit + 1)
    return page(call.principal.id, query, found, lambda each: (datetime.fromisoformat(each.created_at), each.id))


async def one(_call: Call, id: UUID) -> Run:
    """How far a run is, and once it is done where its report and tables are, by links that work for an hour."""
    return await insight_runs.run(id)


async def delete(call: Call, id: UUID) -> None:
    """Delete a run with its files; one under way ends."""
    await insight_runs.delete(call.principal, id)


async def file(call: Call, signed: str) -> web.StreamResponse:
    """A file of an analysts' run, by the link that the run names."""
    is_head = call.request.method == "HEAD"
    found = await insight_files.follow(signed, to_read=not is_head)
    ending = found.name[found.name.rindex(".") :]
    response = web.StreamResponse(
        headers={
            "Content-Type": _TYPES.get(ending, "application/octet-stream"),
            "Content-Length": str(found.size),
            "Content-Disposition": f'{"inline" if ending == ".html" else "attachment"}; filename="{found.name}"',
            "Cache-Control": "private, no-store",
            "Content-Security-Policy": _POLICY if ending == ".html" else "sandbox; default-src 'none'",
        }
    )
    if not is_head:
        await call.stream(response, found.chunks)
    return response
