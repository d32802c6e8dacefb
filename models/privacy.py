"""What a person may ask of their data: exports, and receipts of what was erased."""

from __future__ import annotations

from typing import Any

from tortoise import fields

from core import clock
from models.fields import instant, key
from models.table import Table


class DataExport(Table):
    """A copy of all of somebody's data being made. The file is sealed with their key and can be fetched once."""

    id = key()
    user: Any = fields.ForeignKeyField("models.User", related_name="exports")
    status = fields.CharField(8, default="queued")
    progress = fields.SmallIntField(default=0)
    file = fields.CharField(120)
    error = fields.CharField(200, null=True)
    created_at = instant(default=clock.now)
    finished_at = instant(null=True)
    expires_at = instant(null=True)
    fetched_at = instant(null=True)

    class Meta:
        table = "data_exports"


class Erasure(Table):
    """The receipt of an account that was erased: how much went from each store, and nothing about who it was."""

    id = key()
    account_id = fields.UUIDField()
    status = fields.CharField(8, default="queued")
    why = fields.CharField(16)
    counts: Any = fields.JSONField(default=dict)
    # Keys in the file storage that are still to go.
    files: Any = fields.JSONField(default=list)
    # Sealed with the system's key until the receipt is mailed, then gone: the account has no address any more.
    address = fields.BinaryField(null=True)
    language = fields.CharField(35, default="en")
    requested_at = instant(default=clock.now)
    finished_at = instant(null=True)

    class Meta:
        table = "erasures"


class Device(Table):
    """A device that may be sent pushes. The token is sealed with its owner's key and found by a keyed hash."""

    id = key()
    principal_kind = fields.CharField(16)
    principal_id = fields.UUIDField()
    platform = fields.CharField(8)
    token = fields.BinaryField()
    token_index = fields.BinaryField()
    created_at = instant(default=clock.now)
    last_seen_at = instant(default=clock.now)

    class Meta:
        table = "devices"
        indexes = (("principal_id",),)


class MailEvent(Table):
    """What the mail provider told about a mail, each event once."""

    id = fields.CharField(100, primary_key=True)
    mail: Any = fields.ForeignKeyField("models.MailRow", related_name="events", null=True, on_delete=fields.CASCADE)
    event = fields.CharField(24)
    at = instant()

    class Meta:
        table = "mail_events"
