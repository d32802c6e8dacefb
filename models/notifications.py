"""Notifications to people and counselors."""

from __future__ import annotations

from typing import Any

from tortoise import fields

from core import clock
from models.fields import instant, key
from models.table import Table


class Notification(Table):
    """One per cause: `cause` is unique a principal where it is set. Title and body are ours, never a person's words."""

    id = key()
    principal_kind = fields.CharField(16)
    principal_id = fields.UUIDField()
    kind = fields.CharField(32)
    title = fields.CharField(200)
    body = fields.TextField()
    data: Any = fields.JSONField(default=dict)
    cause = fields.CharField(120, null=True)
    is_read = fields.BooleanField(default=False)
    created_at = instant(default=clock.now)

    class Meta:
        table = "notifications"
        unique_together = (("principal_id", "cause"),)
