"""What a session and a message look like from outside, to each who may see them."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import asyncpg
import msgspec
import structlog

from core import clock, db, keys, telemetry
from core.crypto import CannotOpen, Key
from core.views import Instant, View, instant, instant_or_none
from domain.access import Principal
from domain.chat import attachments
from domain.chat.access import Side, side_of
from domain.crisis import Crisis

log = structlog.get_logger(__name__)

Status = Literal["waiting", "active", "closed"]
Priority = Literal["low", "medium", "high", "emergency"]
MessageType = Literal["text", "image", "file", "resource"]

PRIORITIES: tuple[Priority, ...] = ("low", "medium", "high", "emergency")
SECONDS_A_PRIORITY = 300

# The order of the queue, smallest first: emergencies, then those whose counselor went, then by waiting time, each
# level of priority worth five minutes of it.
RANK = """(extract(epoch FROM {s}.queued_at) - 300 * array_position(ARRAY['low', 'medium', 'high', 'emergency']::text[], {s}.priority::text)
    - CASE WHEN {s}.returned_at IS NULL THEN 0 ELSE 1e11 END - CASE {s}.priority WHEN 'emergency' THEN 1e12 ELSE 0 END)"""

# What an estimate of the wait rests on, in seconds.
_TURN_AT_FIRST, _LEAST_TURN, _MOST_TURN, _NOBODY_THERE = 300, 30, 1800, 3600


class CounselorCard(View):
    """A counselor as people see them. `rating` is a mean shrunk towards the usual by few ratings; `rating_count` says how many."""

    id: UUID
    first_name: str
    last_name: str
    bio: str
    specializations: list[str]
    languages: list[str]
    rating: float | None
    rating_count: int


class QueuePlace(View):
    """`position` 1 is next; the wait is estimated from the last hour's pace, an hour while nobody is on duty."""

    position: int
    estimated_wait_seconds: int


class ChatSession(View):
    """`unread` counts what the other side, or the system, wrote and the viewer has not read."""

    id: UUID
    user_id: UUID
    counselor_id: UUID | None
    counselor: CounselorCard | None
    status: Status
    priority: Priority
    topic: str
    language: str
    started_at: Instant | None
    ended_at: Instant | None
    rating: int | None
    feedback: str | None
    last_seq: int
    unread: int
    queue: QueuePlace | None
    created_at: Instant
    crisis: Crisis | msgspec.UnsetType = msgspec.UNSET


class ChatMessage(View):
    """`seq` is 1, 2, 3… in its session; a message of the system has no sender; `is_read`: by the other side."""

    id: UUID
    session_id: UUID
    seq: int
    client_id: str | None
    sender_id: UUID | None
    sender_type: Literal["user", "counselor", "system"]
    message: str
    message_type: MessageType
    attachment_url: str | None
    is_read: bool
    sent_at: Instant


_CARD = ("first_name", "last_name", "bio", "specializations", "languages", "rating", "rating_count")
_SESSION = f"""
    SELECT s.*, {", ".join(f"c.{name} AS counselor_{name}" for name in _CARD)},
        (SELECT count(*) FROM chat_messages m WHERE m.session_id = s.id AND m.seq > s.user_read_seq AND m.sender_type <> 'user') AS unread_by_user,
        (SELECT count(*) FROM chat_messages m WHERE m.session_id = s.id AND m.seq > s.counselor_read_seq AND m.sender_type = 'user') AS unread_by_counselor,
        CASE WHEN s.status = 'waiting' THEN 1 + (
            SELECT count(*) FROM chat_sessions w WHERE w.status = 'waiting' AND ({RANK.format(s="w")}, w.id) < ({RANK.format(s="s")}, s.id)) END AS position
    FROM chat_sessions s LEFT JOIN counselors c ON c.id = s.counselor_id
"""


async def session_rows(where: str, *args: object) -> list[asyncpg.Record]:
    """Sessions with what their views need; `where` continues the statement, with `s` the session."""
    return await db.fetch(f"{_SESSION} {where}", *args)


async def session_views(rows: list[asyncpg.Record], side: Side) -> list[ChatSession]:
    """The rows of `session_rows` as one side sees them. Feedback is for the service, so counselors do not see it."""
    turn = await _turn_seconds() if any(row["status"] == "waiting" for row in rows) else 0
    return [await _session_view(row, side, turn) for row in rows]


async def _session_view(row: asyncpg.Record, side: Side, turn: int) -> ChatSession:
    key = await keys.keys().of(row["user_id"])
    held = row["counselor_id"] is not None
    return ChatSession(
        id=row["id"],
        user_id=row["user_id"],
        counselor_id=row["counselor_id"],
        counselor=CounselorCard(id=row["counselor_id"], **{name: row[f"counselor_{name}"] for name in _CARD}) if held else None,
        status=row["status"],
        priority=row["priority"],
        topic=opened_topic(row, key),
        language=row["language"],
        started_at=instant_or_none(row["started_at"]),
        ended_at=instant_or_none(row["ended_at"]),
        rating=row["rating"],
        feedback=key.open(row["feedback"], "chat_sessions.feedback", row["id"]) if side == "user" else None,
        last_seq=row["last_seq"],
        unread=row["unread_by_user"] if side == "user" else row["unread_by_counselor"],
        queue=QueuePlace(position=row["position"], estimated_wait_seconds=min(row["position"] * turn, 24 * 3600)) if row["status"] == "waiting" else None,
        created_at=instant(row["created_at"]),
    )


def opened_topic(row: asyncpg.Record, key: Key) -> str:
    """Nothing where it cannot be opened: one altered row must not keep everybody waiting."""
    try:
        return key.open(row["topic"], "chat_sessions.topic", row["id"]) or ""
    except CannotOpen as error:
        log.error("chat.topic_unreadable", session=str(row["id"]), **telemetry.without_text(error))
        return ""


async def _turn_seconds() -> int:
    """How long the queue takes to move by one, from the sessions begun in the last hour."""
    row = await db.fetchrow(
        """
        SELECT (SELECT count(*) FROM chat_sessions WHERE started_at > $1) AS begun,
            EXISTS (SELECT 1 FROM counselors WHERE is_active AND status = 'available') AS anybody
        """,
        clock.ago(hours=1),
    )
    if row is None or not row["anybody"]:
        return _NOBODY_THERE
    return _TURN_AT_FIRST if row["begun"] < 3 else max(_LEAST_TURN, min(3600 // row["begun"], _MOST_TURN))


async def session_for(principal: Principal, session_id: UUID) -> ChatSession | None:
    """A session as a principal may see it; None for a stranger."""
    rows = await session_rows("WHERE s.id = $1", session_id)
    side = side_of(rows[0], principal.kind, principal.id, principal.role) if rows else None
    return None if side is None else (await session_views(rows, side))[0]


MESSAGE_COLUMNS = "id, session_id, seq, client_id, sender_id, sender_type, message, message_type, attachment_id, sent_at"


def message_view(row: asyncpg.Record, key: Key, user_read_seq: int, counselor_read_seq: int) -> ChatMessage:
    """A row of MESSAGE_COLUMNS, with what each side of its session has read."""
    return ChatMessage(
        id=row["id"],
        session_id=row["session_id"],
        seq=row["seq"],
        client_id=row["client_id"],
        sender_id=row["sender_id"],
        sender_type=row["sender_type"],
        message=key.open(row["message"], "chat_messages.message", row["id"]) or "",
        message_type=row["message_type"],
        attachment_url=attachments.link(row["attachment_id"]) if row["attachment_id"] is not None else None,
        is_read=row["seq"] <= (counselor_read_seq if row["sender_type"] == "user" else user_read_seq),
        sent_at=instant(row["sent_at"]),
    )
