"""Erasing an account: access, rows and the key go in one transaction, files and the last copies right after, a receipt stays.

Destroying the key is what reaches backups: a dump from before opens none of the person's fields. What stays are counts, the audit
trail (ids only) and the ratings that went into counselors' means. The receipt names nobody; the address it is mailed to is sealed in it
with a key of the system's until then.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import asyncpg
import structlog

from core import clock, db, jobs, keys, runtime
from core.events import Event, publish
from core.jobs import Job
from core.limits import limiter
from core.mail import Undeliverable, mailer
from core.passwords import hasher
from core.problem import Invalid, ServiceUnavailable, Unauthenticated
from core.storage import storage
from domain import access, audit, avatar_column, mails
from domain.access import Principal
from domain.chat.access import SessionChanged, queue_changed
from domain.notifications import notify
from domain.recovery import WrongPassword
from domain.words import words

log = structlog.get_logger(__name__)

Why = Literal["asked", "idle"]
# Asked with the account's row, once it is locked.
AsItWas = Callable[[asyncpg.Record], Awaitable[bool]]

# A request or job that began before the erasure may still write something that hangs on nothing. It is looked for again between these.
SWEPT_FROM, SWEPT_UNTIL = timedelta(hours=1), timedelta(hours=26)
# An address that no mail could be sent to is forgotten all the same.
ADDRESS_KEPT = timedelta(hours=20)
_POLL_SECONDS = 5
# Shorter than what PostgreSQL waits before it looks for deadlocks: the erasure gives way, whoever writes goes on.
_LOCK_MILLISECONDS, _TRIES = 400, 25

_OF_SESSIONS = "session_id IN (SELECT id FROM chat_sessions WHERE user_id = $1)"
_ABOUT = """
    principal_id = $1 OR (principal_kind = 'counselor' AND principal_id IN (SELECT id FROM counselors) AND (
        data->>'sessionId' IN (SELECT id::text FROM chat_sessions WHERE user_id = $1) OR data->>'crisisId' IN (SELECT id::text FROM crises WHERE user_id = $1)))
"""
# Where a person's data stands, in the order in which it goes: whatever leans on a row goes before it.
_WHERE = {
    "notifications": _ABOUT,
    "chat_messages": _OF_SESSIONS,
    "chat_attachments": _OF_SESSIONS,
    "chat_offers": _OF_SESSIONS,
    "chat_joins": f"{_OF_SESSIONS} OR principal_id = $1",
    "counselor_notes": _OF_SESSIONS,
    "risk_flags": "user_id = $1",
    "crises": "user_id = $1",
    "chat_sessions": "user_id = $1",
    "mood_entries": "user_id = $1",
    "mood_imports": "user_id = $1",
    "mood_insights": "user_id = $1",
    "mood_charts": "user_id = $1",
    "user_achievements": "user_id = $1",
    "module_completions": "user_id = $1",
    "user_programs": "user_id = $1",
    "breathing_sessions": "user_id = $1",
    "data_exports": "user_id = $1",
    "development_mails": "id IN (SELECT id FROM mails WHERE principal_id = $1)",
    "mail_events": "mail_id IN (SELECT id FROM mails WHERE principal_id = $1)",
    "mails": "principal_id = $1",
    "one_time_tokens": "principal_id = $1",
    "devices": "principal_id = $1",
    "idempotency_keys": "principal_id = $1",
    "presences": "principal_id = $1",
    "last_seen": "principal_id = $1",
    "jobs": "lease_until IS NULL AND (payload->>'user_id' = $1::uuid::text OR key = $1::uuid::text)",
    "users": "id = $1",
    "data_keys": "owner_id = $1",
}
# What hangs on no other row, so that somebody may still write it for an account that is gone.
_LOOSE = ("notifications", "development_mails", "mail_events", "mails", "one_time_tokens", "devices", "idempotency_keys", "presences", "last_seen", "jobs")


class FinishErasure(Job):
    """Delete the files of an erased account, then mail its receipt."""

    max_attempts = 30
    time_limit = 600

    erasure_id: UUID


class PersonErased(Event):
    """A key was destroyed: every process forgets it."""

    user_id: UUID


class _Changed(Exception):
    """The account is another than when we looked: it is not erased."""


async def erase_own(principal: Principal, password: str | None, *, confirmed: bool) -> None:
    """Erase the account that asks; access ends and its address is free when this returns.

    A password proves who asks; an anonymous account, which has none, confirms. Raises Invalid where the proof is missing, WrongPassword, RateLimited.
    """
    row = await db.fetchrow("SELECT password, is_anonymous FROM users WHERE id = $1", principal.id)
    if row is None:
        raise Unauthenticated("This session has ended")
    if password is None:
        if not row["is_anonymous"]:
            raise Invalid([("password", "is required")])
        if not confirmed:
            raise Invalid([("confirm", 'must be "DELETE"')])
    else:
        # Counted together with the attempts to change the password: it is the same secret.
        standing = await limiter().hit_exactly("login", runtime.settings().limit_login, f"change:{principal.id}")
        if standing is not None and not standing.allowed:
            raise standing.refusal()
        if not await hasher().verify(password, row["password"]):
            raise WrongPassword
        limiter().refund("login", f"change:{principal.id}")

    async def as_it_was(now: asyncpg.Record) -> bool:
        return bool(now["password"] == row["password"] and now["is_anonymous"] == row["is_anonymous"])

    try:
        await erase(principal.id, "asked", principal.actor, as_it_was)
    except _Changed:
        # It got an address or another password meanwhile: that stands.
        raise WrongPassword from None


async def erase_idle(user_id: UUID, still_idle: AsItWas) -> bool:
    """Erase an account that nobody uses; False when somebody does after all."""
    try:
        return await erase(user_id, "idle", ("system", None), still_idle)
    except _Changed:
        return False


async def erase(user_id: UUID, why: Why, actor: tuple[str, UUID | None], as_it_was: AsItWas) -> bool:
    """Erase an account; False when it is gone already. Raises _Changed where it is not as it was, ServiceUnavailable."""
    for _ in range(_TRIES):
        try:
            async with db.transaction():
                await db.execute(f"SET LOCAL lock_timeout = {_LOCK_MILLISECONDS}")
                return await _erase(user_id, why, actor, as_it_was)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            await asyncio.sleep(0.05)
    raise ServiceUnavailable


async def _erase(user_id: UUID, why: Why, actor: tuple[str, UUID | None], as_it_was: AsItWas) -> bool:
    row = await db.fetchrow("SELECT * FROM users WHERE id = $1 FOR UPDATE", user_id)
    if row is None:
        return False
    if not await as_it_was(row):
        raise _Changed
    files = [*await _files(user_id), *avatar_column.files_of(json.loads(row["avatar"]) if row["avatar"] else None)]
    chats = await db.fetch("SELECT id, counselor_id, status FROM chat_sessions WHERE user_id = $1 AND status <> 'closed'", user_id)
    erasure_id = clock.new_id()
    key = await keys.keys().of(user_id)
    address = key.open(row["email"], "users.email", user_id) if row["email_index"] is not None else None
    await access.end_sessions("user", user_id)
    # The other processes learn from these rows that access has ended; they go when no token can be alive any more.
    await db.execute("UPDATE auth_sessions SET user_agent = '', device = ''::bytea WHERE principal_id = $1", user_id)
    counts = await remove_rows(user_id)
    counts["files"] = len(files)
    await db.execute(
        """
        INSERT INTO erasures (id, account_id, status, why, counts, files, address, language, requested_at) VALUES ($1, $2, 'queued', $3, $4, $5, $6, $7, $8)
        """,
        erasure_id, user_id, why, json.dumps(counts), json.dumps(files), keys.keys().system("receipt").seal(address, "erasures.address", erasure_id),
        row["language"], clock.now(),
    )  # fmt: skip
    await audit.record("account_erased", actor=actor, subject=("user", user_id), why=why, receipt=str(erasure_id))
    for chat in chats:
        if chat["status"] == "active" and chat["counselor_id"] is not None:
            await notify("counselor", chat["counselor_id"], "person_left", *words("en", "person_left"))
        publish(SessionChanged(session_id=chat["id"], left=chat["counselor_id"]))
    if chats:
        await queue_changed()
    await jobs.defer(FinishErasure(erasure_id=erasure_id))
    return True


async def remove_rows(user_id: UUID) -> dict[str, int]:
    """Remove every row of a person, the key too, in the open transaction; returns how many there were of each table."""
    counts = {table: removed for table, where in _WHERE.items() if (removed := await db.execute(f"DELETE FROM {table} WHERE {where}", user_id))}
    publish(PersonErased(user_id=user_id))
    db.after_commit(lambda: keys.keys().forget(user_id))
    return counts


async def _files(user_id: UUID) -> list[str]:
    """Where the person's files are kept, but for the avatar's."""
    rows = await db.fetch(
        f"""
        SELECT file FROM mood_imports WHERE user_id = $1 UNION ALL SELECT file FROM data_exports WHERE user_id = $1 AND file <> ''
        UNION ALL SELECT file FROM chat_attachments WHERE {_OF_SESSIONS}
        """,
        user_id,
    )
    return [row["file"] for row in rows]


async def finish(erasure_id: UUID) -> None:
    """Delete the files, then mail the receipt; once more changes nothing. Raises RetryLater."""
    row = await db.fetchrow("SELECT * FROM erasures WHERE id = $1", erasure_id)
    if row is None:
        return
    for file in json.loads(row["files"]):
        await storage().delete(file)
    await db.execute("UPDATE erasures SET status = 'done', finished_at = COALESCE(finished_at, $2) WHERE id = $1", erasure_id, clock.now())
    address = keys.keys().system("receipt").open(row["address"], "erasures.address", erasure_id)
    if address is None:
        return
    # A mail that was on its way while its row went.
    await db.execute("DELETE FROM development_mails d WHERE recipient = $1 AND NOT EXISTS (SELECT 1 FROM mails m WHERE m.id = d.id)", address)
    counts = json.loads(row["counts"])
    told = {"moods": "mood_entries", "chats": "chat_sessions", "messages": "chat_messages", "files": "files"}
    data = {name: counts.get(store, 0) for name, store in told.items()} | {"rows": sum(counts.values()) - counts["files"], "receipt": str(erasure_id)}
    data["at"] = row["requested_at"].strftime("%Y-%m-%d %H:%M UTC")
    try:
        await mailer().send(mails.compose(erasure_id, "account_deleted", address, "", row["language"], token=None, data=data))
    except Undeliverable:
        log.warning("receipt.undeliverable", erasure_id=str(erasure_id))
    await db.execute("UPDATE erasures SET address = NULL WHERE id = $1", erasure_id)


async def sweep() -> int:
    """Remove what was still written, for a while after, by requests and jobs that had begun before; returns how many rows."""
    removed = 0
    for row in await db.fetch("SELECT id, account_id, files FROM erasures WHERE requested_at BETWEEN $1 AND $2", clock.now() - SWEPT_UNTIL, clock.now() - SWEPT_FROM):
        for file in json.loads(row["files"]):
            await storage().delete(file)
        for table in (*_LOOSE, "auth_sessions"):
            removed += await db.execute(f"DELETE FROM {table} WHERE {_WHERE.get(table, 'principal_id = $1')}", row["account_id"])
    removed += await db.execute(
        "DELETE FROM development_mails d WHERE sent_at < $1 AND kind <> 'account_deleted' AND NOT EXISTS (SELECT 1 FROM mails m WHERE m.id = d.id)", clock.now() - SWEPT_FROM
    )
    await db.execute("DELETE FROM development_mails WHERE kind = 'account_deleted' AND sent_at < $1", clock.now() - ADDRESS_KEPT)
    await db.execute("UPDATE erasures SET address = NULL WHERE address IS NOT NULL AND requested_at < $1", clock.now() - ADDRESS_KEPT)
    await db.execute("UPDATE erasures SET files = '[]' WHERE files <> '[]' AND status = 'done' AND requested_at < $1", clock.now() - SWEPT_UNTIL)
    return removed


async def on_erased(event: PersonErased) -> None:
    keys.keys().forget(event.user_id)


async def forget_erased(since: datetime) -> None:
    """Forget the keys of all who were erased since an instant."""
    for row in await db.fetch("SELECT account_id FROM erasures WHERE requested_at > $1", since):
        keys.keys().forget(row["account_id"])


async def keep_forgetting() -> None:
    """Forget destroyed keys also where the event was lost; runs until cancelled."""
    since = clock.now() - SWEPT_FROM
    while True:
        await asyncio.sleep(_POLL_SECONDS)
        began = clock.now()
        try:
            await forget_erased(since)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 (a lost database must not end the watch)
            log.warning("erasure.failed_to_forget", error=type(error).__name__)
            continue
        # With a margin for transactions that commit late.
        since = began - timedelta(seconds=60)
