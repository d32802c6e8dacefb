"""What staff see of the system's workings: the audit trail, and jobs."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from uuid import UUID

import msgspec

from api.http import Call
from api.paging import PageQuery, page, position
from core.views import Page
from domain import audit, job_desk
from domain.audit import Entry, Filters
from domain.job_desk import JobsPage


class AuditQuery(PageQuery):
    """`actor` and `subject` are ids; `from` and `to` are dates in UTC, both included."""

    actor: UUID | None = None
    subject: UUID | None = None
    action: str | None = None
    from_: date | None = msgspec.field(name="from", default=None)
    to: date | None = None


async def entries(call: Call, query: AuditQuery) -> Page[Entry]:
    """What happened, newest first; that one looked is written down too."""
    first = datetime.combine(query.from_, time.min, UTC) if query.from_ else None
    last = datetime.combine(query.to, time.max, UTC) if query.to else None
    after = position(call.principal.id, query)
    found = await audit.page(call.principal, Filters(query.actor, query.subject, query.action, first, last), after=after, limit=query.limit + 1)
    return page(call.principal.id, query, found, lambda each: (datetime.fromisoformat(each.at), each.id))


class JobQuery(PageQuery):
    """No filters."""


async def jobs(call: Call, query: JobQuery) -> JobsPage:
    """The queues, and the jobs that failed for good, the last one first."""
    found = await job_desk.failed(after=position(call.principal.id, query), limit=query.limit + 1)
    listed = page(call.principal.id, query, found, lambda each: (datetime.fromisoformat(each.failed_at), each.id))
    return JobsPage(items=listed.items, next_cursor=listed.next_cursor, queues=await job_desk.queues())


async def retry(call: Call, id: UUID) -> None:
    """Give a failed job a fresh start."""
    await job_desk.retry(call.principal, id)


async def discard(call: Call, id: UUID) -> None:
    """Drop a failed job."""
    await job_desk.discard(call.principal, id)
