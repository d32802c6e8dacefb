"""Counselors at work: their profile, whether they are on duty, what they know of the person they talk with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from core import clock, db, keys
from core.events import publish
from core.problem import NotFound
from core.views import Instant, View, instant, require_version
from domain import audit, presence
from domain.access import Principal
from domain.chat import queue
from domain.chat.access import note_refusal, queue_changed, seat
from domain.people import CounselorAccount, counselor_account
from domain.presence import PresenceChanged

OnDuty = Literal["available", "busy", "offline"]


class Note(View):
    id: UUID
    session_id: UUID
    counselor_id: UUID
    text: str
    created_at: Instant


class EarlierSession(View):
    id: UUID
    topic: str
    started_at: Instant | None
    ended_at: Instant | None
    with_you: bool


class RecentMoods(View):
    """Entries of the last 30 days; null where the person keeps insights to themselves, or logged nothing."""

    count: int
    average: float
    last: int


class Context(View):
    """What helps a counselor to understand the person before them."""

    user_id: UUID
    first_name: str | None
    language: str
    timezone: str
    member_since: Instant
    earlier_sessions: list[EarlierSession]
    recent_moods: RecentMoods | None
    risk_flags: int
    notes: list[Note]
    transfer_note: str | None


async def change_profile(counselor_id: UUID, changes: Mapping[str, Any], if_match: str | None) -> CounselorAccount:
    """Change any of first_name, last_name, bio, specializations, languages. Raises Stale, NotFound."""
    async with db.transaction():
        await db.execute("SELECT 1 FROM counselors WHERE id = $1 FOR NO KEY UPDATE", counselor_id)
        require_version(await counselor_account(counselor_id), if_match)
        if changes:
            assignments = ", ".join(f"{name} = ${index}" for index, name in enumerate(changes, start=3))
            await db.execute(f"UPDATE counselors SET updated_at = $2, {assignments} WHERE id = $1", counselor_id, clock.now(), *changes.values())
            await queue_changed()
        return await counselor_account(counselor_id)


async def set_status(principal: Principal, status: OnDuty, capacity: int | None) -> CounselorAccount:
    """Go on or off duty; offers of somebody who goes offline end. Raises NotFound."""
    async with db.transaction():
        if status == "offline":
            await queue.take_offers_back(principal.id)
        changed = await db.execute(
            "UPDATE counselors SET status = $2, capacity = COALESCE($3, capacity), last_active_at = $4, updated_at = $4 WHERE id = $1 AND is_active",
            principal.id, status, capacity, clock.now(),
        )  # fmt: skip
        if not changed:
            raise NotFound
        if status != "offline":
            await presence.watch_counselor(principal.id)
        await queue_changed()
        publish(PresenceChanged(principal_ids=[principal.id], anew=True))
        return await counselor_account(principal.id)


async def add_note(principal: Principal, session_id: UUID, text: str) -> Note:
    """Write down something about a session one holds, held, or supervises; never shown to the person. Raises NotFound."""
    place = await seat(principal, session_id)
    note_id = clock.new_id()
    sealed = (await keys.keys().of(place.row["user_id"])).seal(text, "counselor_notes.text", note_id)
    await db.execute(
        "INSERT INTO counselor_notes (id, session_id, counselor_id, text, created_at) VALUES ($1, $2, $3, $4, $5)", note_id, session_id, principal.id, sealed, clock.now()
    )
    return (await _notes(place.row["user_id"], "n.id = $1", note_id))[0]


async def notes(principal: Principal, session_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int) -> list[Note]:
    """The notes of a session, newest first. Raises NotFound."""
    place = await seat(principal, session_id)
    await audit.record("notes_read", actor=principal.actor, subject=("user", place.row["user_id"]), session=str(session_id))
    return await _notes(
        place.row["user_id"],
        "n.session_id = $1 AND ($2::timestamptz IS NULL OR (n.created_at, n.id) < ($2, $3::uuid)) ORDER BY n.created_at DESC, n.id DESC LIMIT $4",
        session_id, *(after or (None, None)), limit,
    )  # fmt: skip


async def _notes(user_id: UUID, which: str, *args: Any) -> list[Note]:
    key = await keys.keys().of(user_id)
    return [
        Note(
            id=row["id"],
            session_id=row["session_id"],
            counselor_id=row["counselor_id"],
            text=key.open(row["text"], "counselor_notes.text", row["id"]) or "",
            created_at=instant(row["created_at"]),
        )
        for row in await db.fetch(f"SELECT n.* FROM counselor_notes n WHERE {which}", *args)
    ]


async def context(principal: Principal, session_id: UUID) -> Context:
    """Who the person is, what went before; audited. It ends with the session. Raises NotFound."""
    place = await seat(principal, session_id)
    if place.row["status"] == "closed":
        await note_refusal(principal, place.row)
        raise NotFound
    user_id = place.row["user_id"]
    user = await db.fetchrow("SELECT * FROM users WHERE id = $1", user_id)
    if user is None:
        raise NotFound
    key = await keys.keys().of(user_id)
    await audit.record("context_read", actor=principal.actor, subject=("user", user_id), session=str(session_id))
    earlier = await db.fetch("SELECT * FROM chat_sessions WHERE user_id = $1 AND id <> $2 ORDER BY created_at DESC LIMIT 10", user_id, session_id)
    transfer = await db.fetchrow(
        "SELECT id, note FROM chat_offers WHERE session_id = $1 AND kind = 'transfer' AND status = 'accepted' ORDER BY created_at DESC LIMIT 1", session_id
    )
    return Context(
        user_id=user_id,
        first_name=key.open(user["first_name"], "users.first_name", user_id),
        language=user["language"],
        timezone=user["timezone"],
        member_since=instant(user["created_at"]),
        earlier_sessions=[
            EarlierSession(
                id=row["id"],
                topic=key.open(row["topic"], "chat_sessions.topic", row["id"]) or "",
                started_at=instant(row["started_at"]) if row["started_at"] else None,
                ended_at=instant(row["ended_at"]) if row["ended_at"] else None,
                with_you=row["counselor_id"] == principal.id,
            )
            for row in earlier
        ],
        recent_moods=await _recent_moods(user_id),
        risk_flags=await db.fetchval("SELECT count(*) FROM risk_flags WHERE user_id = $1", user_id),
        notes=await _notes(user_id, "n.session_id IN (SELECT id FROM chat_sessions WHERE user_id = $1) ORDER BY n.created_at DESC, n.id DESC LIMIT 20", user_id),
        transfer_note=key.open(transfer["note"], "chat_offers.note", transfer["id"]) if transfer else None,
    )


async def _recent_moods(user_id: UUID) -> RecentMoods | None:
    """Nothing where the person switched insights off: what they log is then theirs alone."""
    row = await db.fetchrow(
        """
        SELECT count(m.id) AS count, round(avg(m.mood), 2)::float8 AS average, (array_agg(m.mood ORDER BY m.timestamp DESC))[1] AS last
        FROM users u JOIN mood_entries m ON m.user_id = u.id AND m.timestamp > $2
        WHERE u.id = $1 AND COALESCE((u.preferences->'privacy'->>'insights')::boolean, true)
        """,
        user_id, clock.ago(days=30),
    )  # fmt: skip
    return RecentMoods(count=row["count"], average=row["average"], last=row["last"]) if row and row["count"] else None


async def live_sessions(principal: Principal) -> list[UUID]:
    """For supervisors: every session that is not closed, oldest first; audited."""
    await audit.record("live_sessions_listed", actor=principal.actor)
    return [row["id"] for row in await db.fetch("SELECT id FROM chat_sessions WHERE status <> 'closed' ORDER BY created_at LIMIT 200")]
