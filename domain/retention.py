"""How long each kind of data is kept, and the removal of what is past its time. What is not named here stays as long as its account."""

from __future__ import annotations

from datetime import datetime

import asyncpg
import structlog

from core import clock, db
from core.jobs import Job
from domain import audit, erasure, exports, insight_runs
from domain.notifications import notify
from domain.words import words

log = structlog.get_logger(__name__)

# An account that nobody can sign in to but from the device that made it, and that device has not come back.
IDLE_DAYS, NOTICE_DAYS = 90, 14
_AT_ONCE = 5000
_PEOPLE_AT_ONCE = 200

# The table, which of its rows may go by the instant $1, and after how many days.
_KEPT_DAYS: tuple[tuple[str, str, int], ...] = (
    ("notifications", "created_at < $1", 365),
    ("development_mails", "sent_at < $1", 90),
    ("mails", "created_at < $1 AND status <> 'queued'", 90),
    ("devices", "last_seen_at < $1", 365),
    ("jobs", "failed_at < $1", 90),
    # One that is looked at is drawn anew each day.
    ("mood_charts", "made_at < $1", 30),
    ("erasures", "requested_at < $1 AND status = 'done'", 730),
)
EXPORT_DAYS = 90

# When somebody last did something, as far as we know: a device refreshes its token while it is used.
_ACTIVE_AT = """
    GREATEST(u.created_at, u.updated_at, (SELECT max(s.last_used_at) FROM auth_sessions s WHERE s.principal_id = u.id), (SELECT l.at FROM last_seen l WHERE l.principal_id = u.id))
"""
_IDLE = f"u.is_anonymous AND {_ACTIVE_AT} < $1 AND NOT EXISTS (SELECT 1 FROM presences p WHERE p.principal_id = u.id)"


class EnforceRetention(Job):
    """Daily: remove what is past its time, and accounts without an address that nobody uses."""

    time_limit = 1800


async def enforce() -> dict[str, int]:
    """Remove all that is past its time; returns how many rows went of each kind. Done again, it finds nothing."""
    removed = {table: await _remove(table, where, clock.ago(days=days)) for table, where, days in _KEPT_DAYS}
    removed["export_files"] = await exports.remove_old(clock.ago(days=EXPORT_DAYS))
    removed["insight_runs"] = await insight_runs.remove_old()
    removed["audit_entries"] = await audit.remove_old()
    removed["noticed_accounts"] = await notice_idle()
    removed["idle_accounts"] = await erase_idle()
    log.info("retention.enforced", **removed)
    return removed


async def _remove(table: str, where: str, before: datetime) -> int:
    """A few thousand at a time, so that no statement takes long."""
    removed = 0
    while gone := await db.execute(f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE {where} LIMIT {_AT_ONCE})", before):
        removed += gone
    return removed


async def notice_idle() -> int:
    """Tell those whose account will go; once for each time they stay away. Returns how many were told."""
    told = 0
    rows = await db.fetch(f"SELECT u.id, u.language, {_ACTIVE_AT} AS active_at FROM users u WHERE {_IDLE}", clock.ago(days=IDLE_DAYS - NOTICE_DAYS))
    for row in rows:
        async with db.transaction():
            if await db.fetchval("SELECT 1 FROM users WHERE id = $1 FOR KEY SHARE", row["id"]):
                title, body = words(row["language"], "account_idle", days=IDLE_DAYS)
                told += await notify("user", row["id"], "account_idle", title, body, cause=f"idle:{row['active_at']:%Y-%m-%d}")
    return told


async def erase_idle() -> int:
    """Erase anonymous accounts that nobody has used for IDLE_DAYS; returns how many."""
    erased = 0
    before = clock.ago(days=IDLE_DAYS)

    async def still_idle(row: asyncpg.Record) -> bool:
        """Somebody may have come back since we looked, or given the account an address."""
        return bool(await db.fetchval(f"SELECT EXISTS (SELECT 1 FROM users u WHERE u.id = $2 AND {_IDLE})", before, row["id"]))

    while rows := await db.fetch(f"SELECT u.id FROM users u WHERE {_IDLE} LIMIT {_PEOPLE_AT_ONCE}", before):
        for row in rows:
            erased += await erasure.erase_idle(row["id"], still_idle)
    return erased
