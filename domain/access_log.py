"""Who looked at somebody's data and what happened to their account, as that person may see it: out of the audit trail."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from uuid import UUID

import asyncpg

from core import db
from core.views import Instant, View, instant

# What each action of the trail is about; the README says what each one means.
SUBJECTS = {
    "registered": "account", "email_verified": "account", "upgraded": "account", "standing_set": "account", "account_erased": "account",
    "login": "sign_in", "logout": "sign_in", "device_signed_out": "sign_in", "refresh_replayed": "sign_in", "refused_banned": "sign_in",
    "reset_requested": "password", "password_reset": "password", "password_changed": "password",
    "consent_changed": "preferences", "unsubscribed": "preferences", "export_requested": "export", "export_fetched": "export",
    "session_taken": "chat", "session_taken_over": "chat", "session_watched": "chat", "session_closed": "chat", "session_refused": "chat",
    "transfer_offered": "chat", "priority_set": "chat", "messages_read": "chat", "context_read": "context", "notes_read": "notes",
    "risk_flagged": "risk", "crisis_acknowledged": "risk", "audit_read": "access_log",
}  # fmt: skip


class Access(View):
    """`actorName` is a counselor's; `subject` is what it was about."""

    at: Instant
    actor_kind: str
    actor_name: str | None
    action: str
    subject: str


Position = tuple[datetime, UUID]


async def page(user_id: UUID, *, after: Position | None, limit: int) -> list[tuple[Position, Access]]:
    """Newest first, each with its position."""
    rows = await db.fetch(
        """
        SELECT a.id, a.at, a.actor_kind, a.action, NULLIF(concat_ws(' ', c.first_name, c.last_name), '') AS actor_name
        FROM audit_entries a LEFT JOIN counselors c ON a.actor_kind = 'counselor' AND c.id = a.actor_id
        WHERE a.subject_id = $1 AND ($2::timestamptz IS NULL OR (a.at, a.id) < ($2, $3::uuid)) ORDER BY a.at DESC, a.id DESC LIMIT $4
        """,
        user_id, *(after or (None, None)), limit,
    )  # fmt: skip
    return [((row["at"], row["id"]), _view(row)) for row in rows]


def _view(row: asyncpg.Record) -> Access:
    return Access(at=instant(row["at"]), actor_kind=row["actor_kind"], actor_name=row["actor_name"], action=row["action"], subject=SUBJECTS.get(row["action"], "account"))


async def every(user_id: UUID) -> AsyncIterator[Access]:
    """All of it, newest first."""
    after: Position | None = None
    while found := await page(user_id, after=after, limit=500):
        for _, each in found:
            yield each
        after = found[-1][0]
