"""Achievements and who earned them."""

from __future__ import annotations

from typing import Any

from tortoise import fields

from core import clock
from models.fields import instant, key
from models.table import Table


class Achievement(Table):
    """Something to be earned. `requirement` is the grammar of `domain.requirements`; `translations` maps a language to name and description."""

    id = key()
    slug = fields.CharField(64, unique=True)
    name = fields.CharField(120)
    description = fields.TextField()
    translations: Any = fields.JSONField(default=dict)
    icon = fields.CharField(64)
    category = fields.CharField(32)
    points = fields.IntField()
    requirement: Any = fields.JSONField()
    is_active = fields.BooleanField(default=True)
    created_at = instant(default=clock.now)
    updated_at = instant(default=clock.now)

    class Meta:
        table = "achievements"


class UserAchievement(Table):
    id = key()
    user: Any = fields.ForeignKeyField("models.User", related_name="earned", db_index=False)
    achievement: Any = fields.ForeignKeyField("models.Achievement", related_name="earners")
    earned_at = instant(default=clock.now)

    class Meta:
        table = "user_achievements"
        unique_together = (("user", "achievement"),)
