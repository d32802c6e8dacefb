"""How the app looks to a person, what may reach them and when, and what may be learned from them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from core import clock, db, jobs
from core.events import Event, publish
from core.problem import NotFound
from core.views import View, require_version
from domain import audit, insight_refreshing
from domain.awarding import AwardEarned
from models.consent import ANALYSED, COUNTED

__all__ = [
    "ANALYSED", "COUNTED", "Channel", "Notifying", "Preferences", "PreferencesChanged", "Privacy", "QuietHours", "StoredPreferences", "change", "preferences",
]  # fmt: skip


class PreferencesChanged(Event):
    """A person's preferences are others now; the socket that said so has its reply."""

    user_id: UUID
    at_socket: UUID | None = None


class Channel(View):
    """What a person wants to be told over one channel."""

    mood_reminder: bool = True
    weekly_summary: bool = True
    program_reminder: bool = True
    chat: bool = True
    achievements: bool = True


class QuietHours(View):
    """Local times; the end may lie on the next day."""

    start: str
    end: str


class Notifying(View):
    email: Channel = msgspec.field(default_factory=Channel)
    push: Channel = msgspec.field(default_factory=Channel)
    quiet_hours: QuietHours | None = None
    mood_reminder_time: str | None = None


class Privacy(View):
    """`activity_tracking`: use may be counted; `insights`: moods may be analysed for the person and, pooled, for all."""

    activity_tracking: bool = True
    insights: bool = True


class Preferences(View):
    timezone: str
    language: str
    theme: str
    font_size: str
    notifications: Notifying
    privacy: Privacy


class StoredPreferences(View):
    """The part of the preferences that one column holds."""

    notifications: Notifying = msgspec.field(default_factory=Notifying)
    privacy: Privacy = msgspec.field(default_factory=Privacy)


_COLUMNS = {"timezone": "timezone", "language": "language", "theme": "theme", "fontSize": "font_size"}


def _view(row: asyncpg.Record) -> Preferences:
    stored = msgspec.json.decode(row["preferences"], type=StoredPreferences)
    return Preferences(
        timezone=row["timezone"], language=row["language"], theme=row["theme"], font_size=row["font_size"], notifications=stored.notifications, privacy=stored.privacy
    )


async def preferences(user_id: UUID, *, lock: bool = False) -> Preferences:
    """Raises NotFound when the account is gone."""
    row = await db.fetchrow(f"SELECT timezone, language, theme, font_size, preferences FROM users WHERE id = $1{' FOR UPDATE' if lock else ''}", user_id)
    if row is None:
        raise NotFound
    return _view(row)


async def change(user_id: UUID, changes: Mapping[str, Any], if_match: str | None = None, *, at_socket: UUID | None = None) -> Preferences:
    """Merge changes, camelCase and nested like the view, into the stored preferences. Raises Stale, NotFound."""
    async with db.transaction():
        before = await preferences(user_id, lock=True)
        require_version(before, if_match)
        merged = _merge(msgspec.to_builtins(before), changes)
        stored = {"notifications": merged["notifications"], "privacy": merged["privacy"]}
        msgspec.convert(stored, type=StoredPreferences)
        await db.execute(
            "UPDATE users SET timezone = $2, language = $3, theme = $4, font_size = $5, preferences = $6, updated_at = $7 WHERE id = $1",
            user_id, *(merged[name] for name in _COLUMNS), json.dumps(stored), clock.now(),
        )  # fmt: skip
        if merged["privacy"] != msgspec.to_builtins(before.privacy):
            await _consented(user_id, merged["privacy"])
        if merged["timezone"] != before.timezone or merged["privacy"]["insights"] != before.privacy.insights:
            await insight_refreshing.refresh_soon(user_id)
        await jobs.defer(AwardEarned(user_id=user_id), key=str(user_id))
        publish(PreferencesChanged(user_id=user_id, at_socket=at_socket))
        return await preferences(user_id)


async def _consented(user_id: UUID, privacy: Mapping[str, bool]) -> None:
    """What is switched off stops at once, and what it had kept of their use goes."""
    if not privacy["activityTracking"]:
        await db.execute("DELETE FROM last_seen WHERE principal_id = $1", user_id)
    if not privacy["insights"]:
        await insight_refreshing.forget(user_id)
    switches = {"activity_tracking": privacy["activityTracking"], "insights": privacy["insights"]}
    await audit.record("consent_changed", actor=("user", user_id), subject=("user", user_id), **switches)


def _merge(old: dict[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {**old, **{name: _merge(old[name], value) if isinstance(value, Mapping) and isinstance(old.get(name), dict) else value for name, value in new.items()}}
