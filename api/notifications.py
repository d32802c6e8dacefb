"""Notifications."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from api.fields import Text
from api.http import Call
from api.paging import PageQuery, page, position
from api.schema import Body
from core.text import clean_line
from core.views import Page, View
from domain import devices, inbox, notifications
from domain.devices import Platform
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
    return await inbox.read_one(call.principal, id)


async def read_all(call: Call) -> None:
    """Mark all as read."""
    await inbox.read(call.principal, None)


class PushToken(Text):
    """What a push service calls a device: one line."""

    most_bytes = 4_096

    @classmethod
    def parse(cls, text: str) -> str:
        found = clean_line(text, cls.most_bytes)
        if not found:
            raise ValueError("must not be empty")
        return found


class NewDevice(Body):
    token: PushToken
    platform: Platform


class Device(View):
    id: UUID


async def add_device(call: Call, body: NewDevice) -> Device:
    """Name a device that may be sent pushes; naming it again gives the same id."""
    return Device(id=await devices.add(call.principal, str(body.token), body.platform))


async def remove_device(call: Call, id: UUID) -> None:
    """Forget a device."""
    await devices.remove(call.principal, id)
