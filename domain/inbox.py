"""Reading notifications: what was read is read on every device, and a counselor who reads an alert takes it up."""

from __future__ import annotations

from uuid import UUID

from core import db
from core.events import Event, publish
from core.problem import NotFound
from core.views import View
from domain import crisis, notifications
from domain.access import Principal
from domain.notifications import Notification


class NotificationsRead(Event):
    """`ids`, or all when None, were read at one device."""

    principal_id: UUID
    ids: list[UUID] | None
    unread: int
    # The socket that said so has its reply; the other devices are told.
    at_socket: UUID | None = None


class Unread(View):
    unread: int


async def read_one(principal: Principal, notification_id: UUID) -> Notification:
    """Raises NotFound."""
    await read(principal, [notification_id])
    found = await notifications.by_ids(principal, [notification_id])
    if not found:
        raise NotFound
    return found[0]


async def read(principal: Principal, ids: list[UUID] | None, at_socket: UUID | None = None) -> Unread:
    """Mark some as read, or all of them; those that are not there, or not one's own, are passed over.

    Reading all is no answer to a crisis alert: that takes the alert itself.
    """
    async with db.transaction():
        await notifications.mark_read(principal, ids)
        if principal.kind == "counselor" and ids:
            alerts = [each for each in await notifications.by_ids(principal, ids) if each.kind == "crisis"]
            for crisis_id in sorted({UUID(each.data["crisisId"]) for each in alerts}):
                await crisis.acknowledge(crisis_id, principal)
        unread = await notifications.unread(principal)
        publish(NotificationsRead(principal_id=principal.id, ids=ids, unread=unread, at_socket=at_socket))
    return Unread(unread=unread)
