"""Notifications: stored once per cause, or the newest of each, then told to every socket of their owner."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import msgspec

from core import clock, db
from core.events import Event, publish
from core.views import Instant, View, instant
from domain.access import Kind, Principal
from domain.preferences import StoredPreferences


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


async def notify(kind: Kind, principal_id: UUID, about: str, title: str, body: str, *, cause: str | None = None, newest: bool = False, **data: Any) -> bool:
    """Tell somebody, in the open transaction; False when they were told of this cause already. With `newest` they are told again, and this takes that one's place."""
    notification_id = clock.new_id()
    made = await db.execute(
        f"""
        INSERT INTO notifications (id, principal_kind, principal_id, kind, title, body, data, cause, is_read, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, false, $9) ON CONFLICT (principal_id, cause)
            {"DO UPDATE SET id = EXCLUDED.id, title = EXCLUDED.title, body = EXCLUDED.body, data = EXCLUDED.data, is_read = false, created_at = EXCLUDED.created_at" if newest else "DO NOTHING"}
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


async def by_ids(principal: Principal, ids: list[UUID]) -> list[Notification]:
    """Those of these that are the principal's own, oldest first."""
    rows = await db.fetch("SELECT * FROM notifications WHERE id = ANY($3) AND principal_kind = $1 AND principal_id = $2 ORDER BY created_at, id", principal.kind, principal.id, ids)
    return [_view(row) for row in rows]


async def mark_read(principal: Principal, ids: list[UUID] | None) -> int:
    """Mark some as read, or all; returns how many were unread."""
    return await db.execute(
        # Locked in the order in which messages that are written together take each other's place: neither may wait for the other.
        """
        UPDATE notifications SET is_read = true WHERE id IN (
            SELECT id FROM notifications
            WHERE principal_kind = $1 AND principal_id = $2 AND NOT is_read AND ($3::uuid[] IS NULL OR id = ANY($3)) ORDER BY cause COLLATE "C" FOR UPDATE)
        """,
        principal.kind, principal.id, ids,
    )  # fmt: skip


async def unread(principal: Principal) -> int:
    found: int = await db.fetchval("SELECT count(*) FROM notifications WHERE principal_kind = $1 AND principal_id = $2 AND NOT is_read", principal.kind, principal.id)
    return found


async def to_push(principal_ids: list[UUID], since: datetime) -> list[tuple[UUID, Notification]]:
    """What these were told since an instant and may be pushed now: not what they have read, not in their quiet hours, not what they switched off.

    A crisis passes through everything; counselors have no quiet hours while they are connected.
    """
    rows = await db.fetch(
        """
        SELECT n.*, u.timezone, u.preferences FROM notifications n LEFT JOIN users u ON n.principal_kind = 'user' AND u.id = n.principal_id
        WHERE n.created_at > $2 AND n.principal_id = ANY($1) AND NOT n.is_read ORDER BY n.created_at, n.id
        """,
        principal_ids, since,
    )  # fmt: skip
    return [(row["principal_id"], _view(row)) for row in rows if row["preferences"] is None or may_push(row["kind"], row["preferences"], row["timezone"])]


def may_push(kind: str, stored: str, zone: str) -> bool:
    """Whether a person's preferences let this kind through at this moment."""
    notifying = msgspec.json.decode(stored, type=StoredPreferences).notifications
    if kind == "crisis":
        return True
    if kind in _SWITCHES and not getattr(notifying.push, _SWITCHES[kind]):
        return False
    if notifying.quiet_hours is None:
        return True
    local = clock.now().astimezone(ZoneInfo(zone)).strftime("%H:%M")
    start, end = notifying.quiet_hours.start, notifying.quiet_hours.end
    return not (start <= local < end if start <= end else local >= start or local < end)


# Kinds of notification that a switch in the preferences turns off.
_SWITCHES = {
    "chat_message": "chat",
    "achievement": "achievements",
    "mood_reminder": "mood_reminder",
    "weekly_summary": "weekly_summary",
    # What their own diary shows: whoever wants no week in numbers wants no word of this either.
    "insights": "weekly_summary",
    "program_reminder": "program_reminder",
}
