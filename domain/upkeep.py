"""What is kept too long is removed: by the schedule, once an hour."""

from __future__ import annotations

import structlog

from core import clock, db
from core.jobs import Job
from domain import avatars, erasure
from domain.chat import attachments

log = structlog.get_logger(__name__)

# An account whose address was never confirmed holds it for nobody; after this it goes.
UNVERIFIED_HOURS = 48


class TendSigningKeys(Job):
    """Nightly: a new signing key every 30 days; expired ones are destroyed."""


class RemoveLeftovers(Job):
    """Hourly: idempotency keys, ended sessions, spent links, uploads never sent or never made anew, addresses never confirmed."""

    time_limit = 300


async def remove_leftovers() -> None:
    """Remove answered idempotency keys, ended sessions, spent links, uploads never sent or never made anew, and accounts whose address was never confirmed."""
    counts = {
        "idempotency_keys": await db.execute("DELETE FROM idempotency_keys WHERE created_at < $1", clock.ago(hours=24)),
        "sessions": await db.execute("DELETE FROM auth_sessions WHERE expires_at < $1 OR revoked_at < $1", clock.ago(days=30)),
        "links": await db.execute("DELETE FROM one_time_tokens WHERE expires_at < $1", clock.ago(days=30)),
        "imports": await db.execute("DELETE FROM mood_imports WHERE finished_at < $1", clock.ago(days=90)),
        "attachments": await attachments.remove_unsent(),
        "avatars": await avatars.give_up_failed(),
    }
    log.info("leftovers.removed", unverified=await _remove_unverified(), after_erasures=await erasure.sweep(), **counts)


async def _remove_unverified() -> int:
    """Nobody ever used such an account, so it needs no receipt."""
    removed, unverified = 0, "email_index IS NULL AND pending_index IS NOT NULL AND NOT is_anonymous AND created_at < $1"
    before = clock.ago(hours=UNVERIFIED_HOURS)
    for row in await db.fetch(f"SELECT id FROM users WHERE {unverified}", before):
        async with db.transaction():
            if await db.fetchval(f"SELECT id FROM users WHERE {unverified} AND id = $2 FOR UPDATE", before, row["id"]):
                await erasure.remove_rows(row["id"])
                removed += 1
    return removed
