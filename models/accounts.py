"""Who signs in: people, counselors, staff; their sessions, one-time tokens and keys."""

from __future__ import annotations

from typing import Any

from tortoise import fields

from core import clock
from models.fields import TextArray, instant, key, sealed
from models.table import Table


def default_preferences() -> dict[str, Any]:
    return {}


class User(Table):
    """A person. `email_index` is the keyed hash of an address that counts; `pending_index` of one not verified yet."""

    id = key()
    email = sealed(null=True)
    email_index = fields.BinaryField(null=True)
    pending_index = fields.BinaryField(null=True)
    email_verified = fields.BooleanField(default=False)
    password = fields.CharField(255, null=True)
    first_name = sealed(null=True)
    last_name = sealed(null=True)
    date_of_birth = sealed(null=True)
    gender = fields.CharField(16, null=True)
    avatar: Any = fields.JSONField(null=True)
    is_premium = fields.BooleanField(default=False)
    is_anonymous = fields.BooleanField(default=False)
    is_banned = fields.BooleanField(default=False)
    timezone = fields.CharField(64, default="UTC")
    language = fields.CharField(35, default="en")
    theme = fields.CharField(8, default="system")
    font_size = fields.CharField(8, default="medium")
    preferences: Any = fields.JSONField(default=default_preferences)
    # Local dates on which each was sent last, so that none goes out twice.
    mood_reminder_on = fields.DateField(null=True)
    weekly_summary_on = fields.DateField(null=True)
    program_reminder_on = fields.DateField(null=True)
    mail_bounced_at = instant(null=True)
    created_at = instant(default=clock.now)
    updated_at = instant(default=clock.now)

    class Meta:
        table = "users"


class Counselor(Table):
    """A licensed counselor; `role` is `counselor` or `supervisor`. `otp_step` is that of the last authenticator code used, of 30 s since 1970.

    `rating` is the shrunk mean of `rating_count` ratings that sum to `rating_sum`; `last_active_at` is when they last took part
    without a socket telling.
    """

    id = key()
    email = fields.CharField(254, unique=True)
    password = fields.CharField(255)
    otp_secret = fields.BinaryField(null=True)
    otp_step = fields.BigIntField(null=True)
    role = fields.CharField(16, default="counselor")
    first_name = fields.CharField(120)
    last_name = fields.CharField(120)
    license_number = fields.CharField(64)
    specializations = TextArray()
    languages = TextArray()
    bio = fields.TextField(default="")
    avatar: Any = fields.JSONField(null=True)
    is_online = fields.BooleanField(default=False)
    status = fields.CharField(16, default="offline")
    capacity = fields.SmallIntField(default=3)
    rating = fields.FloatField(null=True)
    rating_count = fields.IntField(default=0)
    rating_sum = fields.IntField(default=0)
    last_active_at = instant(null=True)
    total_sessions = fields.IntField(default=0)
    is_active = fields.BooleanField(default=True)
    created_at = instant(default=clock.now)
    updated_at = instant(default=clock.now)

    class Meta:
        table = "counselors"


class Staff(Table):
    """Who runs the service; `role` is `admin` or `analyst`. `otp_step` as for a counselor."""

    id = key()
    email = fields.CharField(254, unique=True)
    password = fields.CharField(255)
    otp_secret = fields.BinaryField(null=True)
    otp_step = fields.BigIntField(null=True)
    role = fields.CharField(16)
    is_active = fields.BooleanField(default=True)
    created_at = instant(default=clock.now)
    updated_at = instant(default=clock.now)

    class Meta:
        table = "staff"


class AuthSession(Table):
    """A device signed in. `generation` counts the refresh tokens given out; only the newest one is good."""

    id = key()
    principal_kind = fields.CharField(16)
    principal_id = fields.UUIDField()
    generation = fields.IntField(default=0)
    rotated_at = instant(null=True)
    device = fields.BinaryField()
    user_agent = fields.CharField(200, default="")
    created_at = instant(default=clock.now)
    last_used_at = instant(default=clock.now)
    expires_at = instant()
    revoked_at = instant(null=True)

    class Meta:
        table = "auth_sessions"
        indexes = (("principal_id", "principal_kind"),)


class OneTimeToken(Table):
    """A link that was mailed. The token itself is derived from the row's id, never stored."""

    id = key()
    principal_kind = fields.CharField(16)
    principal_id = fields.UUIDField()
    purpose = fields.CharField(16)
    created_at = instant(default=clock.now)
    expires_at = instant()
    used_at = instant(null=True)

    class Meta:
        table = "one_time_tokens"
        indexes = (("principal_id", "purpose"),)


class DataKey(Table):
    """A person's data key, wrapped by a master secret. Deleting the row makes all they wrote unreadable."""

    owner_id = fields.UUIDField(primary_key=True)
    wrapped = fields.BinaryField()
    master = fields.CharField(16, db_index=True)
    created_at = instant(default=clock.now)

    class Meta:
        table = "data_keys"
