"""Many people and what they did on which dates, put into the tables at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from core import clock, db

JOINED = datetime(2026, 1, 1, 12, tzinfo=UTC)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def days(first: date, count: int) -> list[date]:
    return [first + timedelta(days=each) for each in range(count)]


async def crowd(count: int, joined: datetime = JOINED, zone: str = "UTC", *, is_banned: bool = False, preferences: str = "{}") -> list[UUID]:
    """So many people who signed up at that instant."""
    ids = [clock.new_id() for _ in range(count)]
    about = {"is_anonymous": True, "is_premium": False, "email_verified": False, "language": "en", "theme": "system", "font_size": "medium", "updated_at": joined}
    await _insert("users", [{"id": id, "timezone": zone, "created_at": joined, "is_banned": is_banned, "preferences": preferences, **about} for id in ids])
    return ids


async def log(people: Iterable[UUID], on: Iterable[date], note: bytes | None = None) -> None:
    """Each of them logs a mood for each of these dates."""
    dates = list(on)
    await _insert(
        "mood_entries",
        [
            {"id": clock.new_id(), "user_id": id, "mood": 3, "date": day, "timestamp": noon(day), "created_at": noon(day), "fingerprint": b"", "note": note}
            for id in people
            for day in dates
        ],
    )


async def breathe(people: Iterable[UUID], on: date) -> None:
    about = {"technique": "box", "duration": 60, "date": on, "completed_at": noon(on), "created_at": noon(on)}
    await _insert("breathing_sessions", [{"id": clock.new_id(), "user_id": id, **about} for id in people])


async def begin(people: Iterable[UUID], program: UUID, at: datetime, completed: datetime | None = None) -> None:
    status = "in_progress" if completed is None else "completed"
    about = {"program_id": program, "version": 1, "status": status, "progress": 0.0, "started_at": at, "completed_at": completed, "last_accessed_at": at}
    await _insert("user_programs", [{"id": clock.new_id(), "user_id": id, **about} for id in people])


async def finish(people: Iterable[UUID], module: UUID, at: datetime) -> None:
    await _insert("module_completions", [{"id": clock.new_id(), "user_id": id, "module_id": module, "completed_at": at, "time_spent": 60} for id in people])


async def ask(people: Sequence[UUID], at: datetime, wait: float | Sequence[float] | None = None, rating: int | None = None) -> list[UUID]:
    """Each asks for a chat, over by now, that a counselor took after so many seconds, or nobody."""
    ids = [clock.new_id() for _ in people]
    waits = list(wait) if isinstance(wait, Sequence) else [wait] * len(people)
    about = {
        "status": "closed", "priority": "medium", "topic": b"", "language": "en", "last_seq": 0, "user_read_seq": 0, "counselor_read_seq": 0, "version": 1,
        "queued_at": at, "created_at": at, "updated_at": at, "ended_at": at + timedelta(days=1), "rating": rating,
    }  # fmt: skip
    await _insert(
        "chat_sessions",
        [{"id": id, "user_id": person, "started_at": None if each is None else at + timedelta(seconds=each), **about} for id, person, each in zip(ids, people, waits, strict=True)],
    )
    return ids


async def write(session: UUID, at: datetime, by: str = "user") -> None:
    seq = await db.fetchval("UPDATE chat_sessions SET last_seq = last_seq + 1 WHERE id = $1 RETURNING last_seq", session)
    about = {"sender_type": by, "sender_id": clock.new_id(), "message": b"", "message_type": "text", "sent_at": at}
    await _insert("chat_messages", [{"id": clock.new_id(), "session_id": session, "seq": seq, **about}])


async def _insert(table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        async with db.transaction() as scope:
            await scope.connection.copy_records_to_table(table, records=[tuple(row.values()) for row in rows], columns=list(rows[0]))
