"""Notifications: stored once per cause, then told to every socket of their owner."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from core import clock, db
from core.events import Event, publish
from core.problem import NotFound
from core.views import Instant, View, instant
from domain.access import Kind, Principal


class NotificationCreated(Event):
    principal_id: UUID
    notification_id: UUID


class Notification(View):
    id: UUID
    kind: str
    title: str
    body: str
    data: dict[str, Any]
    is_read: bool
    created_at: Instant


def _view(row: asyncpg.Record) -> Notification:
    return Notification(
        id=row["id"], kind=row["kind"], title=row["title"], body=row["body"], data=json.loads(row["data"]), is_read=row["is_read"], created_at=instant(row["created_at"])
    )


async def notify(kind: Kind, principal_id: UUID, about: str, title: str, body: str, *, cause: str | None = None, **data: Any) -> bool:
    """Tell somebody, in the open transaction; False when they were told of this cause already."""
    notification_id = clock.new_id()
    made = await db.execute(
        """
        INSERT INTO notifications (id, principal_kind, principal_id, kind, title, body, data, cause, is_read, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, false, $9) ON CONFLICT (principal_id, cause) DO NOTHING
        """,
        notification_id, kind, principal_id, about, title[:200], body, json.dumps(data), cause, clock.now(),
    )  # fmt: skip
    if made:
        publish(NotificationCreated(principal_id=principal_id, notification_id=notification_id))
    return bool(made)


async def page(principal: Principal, *, unread: bool, after: tuple[datetime, UUID] | None, limit: int) -> list[Notification]:
    """Newest first, after a position."""
    rows = await db.fetch(
        """
        SELECT id, kind, title, body, data, is_read, created_at FROM notifications
        WHERE principal_kind = $1 AND principal_id = $2 AND (NOT $3 OR NOT is_read)
            AND ($4::timestamptz IS NULL OR (created_at, id) < ($4, $5::uuid))
        ORDER BY created_at DESC, id DESC LIMIT $6
        """,
        principal.kind, principal.id, unread, *(after or (None, None)), limit,
    )  # fmt: skip
    return [_view(row) for row in rows]


async def mark_read(principal: Principal, notification_id: UUID) -> Notification:
    """Raises NotFound."""
    row = await db.fetchrow(
        "UPDATE notifications SET is_read = true WHERE id = $1 AND principal_kind = $2 AND principal_id = $3 RETURNING *",
        notification_id, principal.kind, principal.id,
    )  # fmt: skip
    if row is None:
        raise NotFound
    return _view(row)


async def mark_all_read(principal: Principal) -> int:
    """How many were unread."""
    return await db.execute("UPDATE notifications SET is_read = true WHERE principal_kind = $1 AND principal_id = $2 AND NOT is_read", principal.kind, principal.id)
