"""Chat sessions: asked for, looked at, closed, rated."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from core import clock, db, jobs, keys
from core.events import Event, publish
from core.problem import Conflict, Invalid, NotFound
from domain import audit, crisis, risk, second_look
from domain.access import Principal
from domain.awarding import AwardEarned
from domain.chat.access import LOOK_BACK, Seat, queue_changed, seat, touch
from domain.chat.messages import SessionClosed, notify_absent, write_within
from domain.chat.views import ChatSession, Priority, Status, session_for, session_rows, session_views
from domain.words import words

# A counselor's shown rating is (sum + weight * usual) / (count + weight): few ratings say little (a Bayesian average).
USUAL_RATING, RATING_WEIGHT = 4.3, 5


class ReadUpTo(Event):
    """Somebody read on in a session."""

    session_id: UUID


class AlreadyOpen(Conflict):
    title = "You have an open chat already"


class NotClosed(Conflict):
    title = "Rate the chat once it has ended"


class AlreadyRated(Conflict):
    title = "This chat is rated already"


async def begin(
    user_id: UUID, topic: str, *, message: str | None = None, priority: Priority = "medium", language: str | None = None, preferred_counselor_id: UUID | None = None
) -> ChatSession:
    """Ask for a counselor. Raises AlreadyOpen with the open session's id, Invalid for an unknown counselor.

    A topic or message that shows risk is flagged in either case, and the answer or the problem carries `crisis`.
    """
    found = max(filter(None, (risk.assess(topic), risk.assess(message or ""))), key=lambda each: each.level, default=None)
    help_now = await crisis.help_for(user_id) if found else None
    key = await keys.keys().of(user_id)
    async with db.transaction():
        session_id, now = clock.new_id(), clock.now()
        if preferred_counselor_id is not None and not await db.fetchval("SELECT EXISTS (SELECT 1 FROM counselors WHERE id = $1 AND is_active)", preferred_counselor_id):
            raise Invalid([("preferredCounselorId", "is no counselor of ours")])
        made = await db.fetchrow(
            """
            INSERT INTO chat_sessions (id, user_id, preferred_counselor_id, status, priority, topic, language, last_seq, user_read_seq, counselor_read_seq,
                version, queued_at, created_at, updated_at)
            SELECT $1, u.id, $3, 'waiting', $4, $5, COALESCE($6, u.language), 0, 0, 0, 1, $7, $7, $7 FROM users u WHERE u.id = $2
            ON CONFLICT (user_id) WHERE status <> 'closed' DO NOTHING RETURNING *
            """,
            session_id, user_id, preferred_counselor_id, priority, key.seal(topic, "chat_sessions.topic", session_id), language, now,
        )  # fmt: skip
        written: list[tuple[second_look.Source, UUID]] = [("chat_topic", session_id)] if made is not None else []
        if made is not None and message and message.strip():
            written.append(("chat_message", await write_within(made, "user", message)))
        if found is not None:
            await crisis.flag(user_id, found.level, "chat_topic", session_id if made is not None else None)
        else:
            await second_look.promise(*written)
        if made is not None:
            await queue_changed()
    if made is None:
        open_id = await db.fetchval("SELECT id FROM chat_sessions WHERE user_id = $1 AND status <> 'closed'", user_id)
        refused = AlreadyOpen(sessionId=str(open_id))
        if help_now is not None:
            crisis.show_help(refused, help_now)
        raise refused
    view = (await session_views(await session_rows("WHERE s.id = $1", session_id), "user"))[0]
    view.crisis = help_now or msgspec.UNSET
    return view


async def page(principal: Principal, *, status: Status | None, after: tuple[datetime, UUID] | None, limit: int) -> list[ChatSession]:
    """A person's own sessions, or those a counselor holds or may still look back at; newest first."""
    mine = "s.user_id = $1" if principal.kind == "user" else "s.counselor_id = $1 AND (s.status <> 'closed' OR s.ended_at > $5)"
    rows = await session_rows(
        f"""
        WHERE {mine} AND ($2::text IS NULL OR s.status = $2) AND ($3::timestamptz IS NULL OR (s.created_at, s.id) < ($3, $4::uuid))
            AND $5::timestamptz IS NOT NULL ORDER BY s.created_at DESC, s.id DESC LIMIT $6
        """,
        principal.id, status, *(after or (None, None)), clock.now() - LOOK_BACK, limit,
    )  # fmt: skip
    return await session_views(rows, "user" if principal.kind == "user" else "counselor")


async def one(principal: Principal, session_id: UUID) -> ChatSession:
    """Raises NotFound."""
    await seat(principal, session_id)
    found = await session_for(principal, session_id)
    if found is None:
        raise NotFound
    return found


async def close(principal: Principal, session_id: UUID) -> ChatSession:
    """End a session, from either side; again gives the same. Raises NotFound."""
    await seat(principal, session_id)
    async with db.transaction():
        place = await seat(principal, session_id, lock=True)
        if not place.takes_part:
            raise NotFound
        if place.row["status"] != "closed":
            await end(place.row)
            await audit.record("session_closed", actor=principal.actor, subject=("user", place.row["user_id"]), session=str(session_id))
    return await one(principal, session_id)


async def end(row: asyncpg.Record) -> None:
    """Close a locked session in the open transaction; its offers end and a place becomes free."""
    await db.execute("UPDATE chat_sessions SET status = 'closed', ended_at = $2, returned_at = NULL WHERE id = $1", row["id"], clock.now())
    await db.execute("UPDATE chat_offers SET status = 'withdrawn' WHERE session_id = $1 AND status = 'live'", row["id"])
    await write_within(row, "system", words(row["language"], "chat_closed")[1])
    await notify_absent([(row, "system")])
    await touch(row["id"])
    await queue_changed()


async def rate(principal: Principal, session_id: UUID, rating: int, feedback: str | None) -> ChatSession:
    """Say how it was, once, after it ended. Raises NotFound, NotClosed, AlreadyRated."""
    key = await keys.keys().of(principal.id)
    async with db.transaction():
        place = await seat(principal, session_id, lock=True)
        if place.row["status"] != "closed":
            raise NotClosed
        if place.row["rating"] is not None:
            raise AlreadyRated
        await db.execute(
            "UPDATE chat_sessions SET rating = $2, feedback = $3 WHERE id = $1",
            session_id, rating, key.seal(feedback or None, "chat_sessions.feedback", session_id),
        )  # fmt: skip
        if place.row["counselor_id"] is not None:
            await db.execute(
                """
                UPDATE counselors SET rating_sum = rating_sum + $2, rating_count = rating_count + 1,
                    rating = round(((rating_sum + $2 + $3::float8 * $4) / (rating_count + 1 + $4))::numeric, 2)::float8 WHERE id = $1
                """,
                place.row["counselor_id"], rating, USUAL_RATING, RATING_WEIGHT,
            )  # fmt: skip
        await touch(session_id)
        await jobs.defer(AwardEarned(user_id=principal.id), key=str(principal.id))
    return await one(principal, session_id)


async def set_priority(principal: Principal, session_id: UUID, priority: Priority) -> ChatSession:
    """What the counselor who holds a session, or a supervisor, makes of its urgency; any counselor for one that waits.

    Raises NotFound, SessionClosed.
    """
    if await db.fetchval("SELECT status FROM chat_sessions WHERE id = $1", session_id) != "waiting":
        await seat(principal, session_id)
    async with db.transaction():
        row = await db.fetchrow("SELECT * FROM chat_sessions WHERE id = $1 FOR UPDATE", session_id)
        if row is None or (row["status"] != "waiting" and row["counselor_id"] != principal.id and principal.role != "supervisor"):
            raise NotFound
        if row["status"] == "closed":
            raise SessionClosed
        if row["priority"] != priority:
            await db.execute("UPDATE chat_sessions SET priority = $2 WHERE id = $1", session_id, priority)
            if row["priority"] == "emergency":
                # Those count in nobody's places; what it is now does.
                await db.execute("UPDATE chat_offers SET status = 'withdrawn' WHERE session_id = $1 AND status = 'live' AND kind = 'emergency'", session_id)
            await touch(session_id)
            await queue_changed()
            await audit.record("priority_set", actor=principal.actor, subject=("user", row["user_id"]), session=str(session_id), priority=priority)
    return (await session_views(await session_rows("WHERE s.id = $1", session_id), "counselor"))[0]


async def mark_read(principal: Principal, session_id: UUID, up_to: int) -> Seat:
    """What somebody has read; a smaller number than before changes nothing. Raises NotFound, Invalid beyond the last message."""
    place = await seat(principal, session_id)
    if not place.takes_part:
        raise NotFound
    column = "user_read_seq" if place.side == "user" else "counselor_read_seq"
    async with db.transaction():
        moved = await db.fetchrow(
            f"UPDATE chat_sessions SET {column} = GREATEST({column}, $2) WHERE id = $1 AND last_seq >= $2 RETURNING {column} = $2 AS moved", session_id, up_to
        )
        if moved is None:
            raise Invalid([("upToSeq", "is beyond the last message")])
        if moved["moved"]:
            publish(ReadUpTo(session_id=session_id))
    return place
