"""Self-help programs, their modules, and how far people are."""

from __future__ import annotations

from typing import Any

from tortoise import fields

from core import clock
from models.fields import instant, key
from models.table import Table


class Program(Table):
    """A program; `duration` in days. `version` counts the changes of its structure: whoever enrolled stays with theirs."""

    id = key()
    slug = fields.CharField(64, unique=True)
    title = fields.CharField(120)
    description = fields.TextField()
    category = fields.CharField(32)
    duration = fields.SmallIntField()
    difficulty = fields.CharField(16)
    method = fields.TextField(default="")
    translations: Any = fields.JSONField(default=dict)
    is_premium = fields.BooleanField(default=False)
    is_active = fields.BooleanField(default=True)
    version = fields.IntField(default=1)
    # What the catalogue's file said when it was loaded; null once staff have changed the program, which then is theirs.
    catalog_version = fields.CharField(64, null=True)
    created_at = instant(default=clock.now)
    updated_at = instant(default=clock.now)

    class Meta:
        table = "programs"


class ProgramModule(Table):
    """One step of a program; `duration` in minutes. It belongs to the versions `from_version` up to, and without, `to_version`."""

    id = key()
    program: Any = fields.ForeignKeyField("models.Program", related_name="modules", db_index=False)
    slug = fields.CharField(64)
    title = fields.CharField(120)
    description = fields.TextField()
    content: Any = fields.JSONField()
    duration = fields.SmallIntField()
    order_index = fields.SmallIntField()
    type = fields.CharField(12)
    is_required = fields.BooleanField(default=True)
    method = fields.TextField(default="")
    translations: Any = fields.JSONField(default=dict)
    from_version = fields.IntField(default=1)
    to_version = fields.IntField(null=True)
    created_at = instant(default=clock.now)
    updated_at = instant(default=clock.now)

    class Meta:
        table = "program_modules"


class UserProgram(Table):
    """An enrolment, in one version of a program. `progress` is the percentage of its required modules that are done."""

    id = key()
    user: Any = fields.ForeignKeyField("models.User", related_name="programs", db_index=False)
    program: Any = fields.ForeignKeyField("models.Program", related_name="enrolments", on_delete=fields.RESTRICT)
    version = fields.IntField()
    status = fields.CharField(12, default="in_progress")
    progress = fields.FloatField(default=0)
    started_at = instant(default=clock.now)
    completed_at = instant(null=True)
    last_accessed_at = instant(default=clock.now)

    class Meta:
        table = "user_programs"
        unique_together = (("user", "program"),)


class ModuleCompletion(Table):
    """A module done; `time_spent` in seconds, `score` 0–100."""

    id = key()
    user: Any = fields.ForeignKeyField("models.User", related_name="completions", db_index=False)
    module: Any = fields.ForeignKeyField("models.ProgramModule", related_name="completions", on_delete=fields.RESTRICT)
    completed_at = instant(default=clock.now)
    time_spent = fields.IntField()
    score = fields.FloatField(null=True)

    class Meta:
        table = "module_completions"
        unique_together = (("user", "module"),)


class BreathingSession(Table):
    """Some minutes of breathing; `duration` in seconds, moods 1 to 5."""

    id = key()
    user: Any = fields.ForeignKeyField("models.User", related_name="breathing", db_index=False)
    technique = fields.CharField(64)
    duration = fields.IntField()
    mood_before = fields.SmallIntField(null=True)
    mood_after = fields.SmallIntField(null=True)
    date = fields.DateField()
    completed_at = instant(default=clock.now)
    created_at = instant(default=clock.now)

    class Meta:
        table = "breathing_sessions"
