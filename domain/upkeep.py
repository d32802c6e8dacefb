"""What is kept too long is removed: by the schedule, once an hour."""

from __future__ import annotations

import structlog

from core import clock, db
from core.jobs import Job

log = structlog.get_logger(__name__)

# An account whose address was never confirmed holds it for nobody; after this it goes.
UNVERIFIED_HOURS = 48


class TendSigningKeys(Job):
    """Nightly: a new signing key every 30 days; expired ones are destroyed."""


class RemoveLeftovers(Job):
    """Hourly: idempotency keys, ended sessions, spent links, addresses never confirmed."""

    time_limit = 300


async def remove_leftovers() -> None:
    """Remove answered idempotency keys, ended sessions, spent links, and accounts whose address was never confirmed."""
    counts = {
        "idempotency_keys": await db.execute("DELETE FROM idempotency_keys WHERE created_at < $1", clock.ago(hours=24)),
        "sessions": await db.execute("DELETE FROM auth_sessions WHERE expires_at < $1 OR revoked_at < $1", clock.ago(days=30)),
        "links": await db.execute("DELETE FROM one_time_tokens WHERE expires_at < $1", clock.ago(days=30)),
        "imports": await db.execute("DELETE FROM mood_imports WHERE finished_at < $1", clock.ago(days=90)),
    }
    async with db.transaction():
        gone = await db.fetch(
            "DELETE FROM users WHERE email_index IS NULL AND pending_index IS NOT NULL AND NOT is_anonymous AND created_at < $1 RETURNING id",
            clock.ago(hours=UNVERIFIED_HOURS),
        )
        await db.execute("DELETE FROM data_keys WHERE owner_id = ANY($1)", [row["id"] for row in gone])
    log.info("leftovers.removed", unverified=len(gone), **counts)
