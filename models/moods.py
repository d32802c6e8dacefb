"""Mood entries and their imports."""

from __future__ import annotations

from typing import Any

from tortoise import fields

from core import clock
from models.fields import instant, key, sealed
from models.table import Table


class MoodEntry(Table):
    """How somebody felt, 1 to 5. `date` is the local date it counts for; `fingerprint` lets an import find it again."""

    id = key()
    user: Any = fields.ForeignKeyField("models.User", related_name="moods", db_index=False)
    mood = fields.SmallIntField()
    note = sealed(null=True)
    date = fields.DateField()
    timestamp = instant()
    location = sealed(null=True)
    weather = sealed(null=True)
    factors = sealed(null=True)
    fingerprint = fields.BinaryField()
    created_at = instant(default=clock.now)

    class Meta:
        table = "mood_entries"


class MoodImport(Table):
    """One uploaded diary and how far it has been taken in. `errors` and `mood_map` are sealed JSON."""

    id = key()
    user: Any = fields.ForeignKeyField("models.User", related_name="mood_imports")
    status = fields.CharField(8, default="queued")
    progress = fields.SmallIntField(default=0)
    rows_done = fields.IntField(default=0)
    file = fields.CharField(120)
    mood_map = sealed(null=True)
    imported = fields.IntField(default=0)
    skipped = fields.IntField(default=0)
    failed = fields.IntField(default=0)
    errors = sealed(null=True)
    error = fields.CharField(200, null=True)
    created_at = instant(default=clock.now)
    finished_at = instant(null=True)

    class Meta:
        table = "mood_imports"
