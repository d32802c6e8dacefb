"""Notifications."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from api.http import Call
from api.paging import PageQuery, page, position
from core.views import Page
from domain import notifications
from domain.notifications import Notification


class NotificationQuery(PageQuery):
    """`unread=true`: only what has not been read."""

    unread: bool = False


async def every(call: Call, query: NotificationQuery) -> Page[Notification]:
    """What the signed-in principal was told, newest first."""
    found = await notifications.page(call.principal, unread=query.unread, after=position(call.principal.id, query), limit=query.limit + 1)
    return page(call.principal.id, query, found, lambda each: (datetime.fromisoformat(each.created_at), each.id))


async def read(call: Call, id: UUID) -> Notification:
    """Mark one as read."""
    return await notifications.mark_read(call.principal, id)


async def read_all(call: Call) -> None:
    """Mark all as read."""
    await notifications.mark_all_read(call.principal)
