"""Plumbing tables: jobs, mails, keys of the system, idempotency, audit."""

from __future__ import annotations

from typing import Any

from tortoise import fields

from core import clock
from models.fields import instant, key, sealed
from models.table import Table


class JobRow(Table):
    """A job from its promise until it is done: see `core.jobs`."""

    id = key()
    name = fields.CharField(64)
    queue = fields.CharField(16)
    payload: Any = fields.JSONField()
    key = fields.CharField(120, null=True)
    due_at = instant()
    sent_at = instant(null=True)
    lease_until = instant(null=True)
    attempts = fields.IntField(default=0)
    max_attempts = fields.IntField(default=8)
    error = fields.CharField(400, null=True)
    failed_at = instant(null=True)
    request_id = fields.CharField(64, null=True)
    created_at = instant(default=clock.now)

    class Meta:
        table = "jobs"


class MailRow(Table):
    """A mail to be sent and what became of it; its words are made from a template when it is sent."""

    id = key()
    principal_kind = fields.CharField(16)
    principal_id = fields.UUIDField()
    kind = fields.CharField(24)
    data: Any = fields.JSONField(default=dict)
    token: Any = fields.ForeignKeyField("models.OneTimeToken", null=True, on_delete=fields.SET_NULL)
    status = fields.CharField(12, default="queued")
    provider_id = fields.CharField(120, null=True)
    created_at = instant(default=clock.now)
    sent_at = instant(null=True)

    class Meta:
        table = "mails"
        indexes = (("principal_id", "created_at"),)


class DevelopmentMail(Table):
    """What would have been mailed, kept while no SendGrid key is set."""

    id = key()
    kind = fields.CharField(24)
    recipient = fields.CharField(320)
    subject = fields.TextField()
    text = fields.TextField()
    html = fields.TextField()
    sent_at = instant(default=clock.now)

    class Meta:
        table = "development_mails"
        indexes = (("sent_at",),)


class SystemKey(Table):
    """A key of the system itself (index, cursor, refresh…), wrapped by a master secret."""

    purpose = fields.CharField(16, primary_key=True)
    wrapped = fields.BinaryField()
    master = fields.CharField(16)
    created_at = instant(default=clock.now)

    class Meta:
        table = "system_keys"


class SigningKey(Table):
    """A key that signs access tokens; the newest signs, all that are not expired verify."""

    id = fields.CharField(16, primary_key=True)
    wrapped = fields.BinaryField()
    master = fields.CharField(16)
    created_at = instant(default=clock.now)
    expires_at = instant(null=True)

    class Meta:
        table = "signing_keys"


class IdempotencyKey(Table):
    """The first answer to a request that named a key, sealed with its principal's data key."""

    id = key()
    principal_id = fields.UUIDField()
    key = fields.BinaryField()
    request = fields.BinaryField()
    status = fields.SmallIntField(null=True)
    answer = sealed(null=True)
    created_at = instant(default=clock.now, db_index=True)

    class Meta:
        table = "idempotency_keys"
        unique_together = (("principal_id", "key"),)


class AuditEntry(Table):
    """Who did what to whose data; ids only. Entries are never changed, and a while after they are written each is linked
    to the one before: `seq` and `hash` are the chain's.
    """

    id = key()
    at = instant(default=clock.now)
    actor_kind = fields.CharField(16)
    actor_id = fields.UUIDField(null=True)
    action = fields.CharField(64)
    subject_kind = fields.CharField(32, null=True)
    subject_id = fields.UUIDField(null=True)
    request_id = fields.CharField(64, null=True)
    data: Any = fields.JSONField(default=dict)
    seq = fields.BigIntField(null=True)
    hash = fields.BinaryField(null=True)

    class Meta:
        table = "audit_entries"
        indexes = (("subject_id", "at"),)


class ScheduleMark(Table):
    """The last tick of a scheduled job that was promised: a tick is promised once, whoever asks."""

    name = fields.CharField(64, primary_key=True)
    last_tick = instant()

    class Meta:
        table = "schedule_marks"
