"""Who takes part in a chat session, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

import asyncpg

from core import clock, db, jobs
from core.events import Event, publish
from core.jobs import Job
from core.problem import NotFound
from domain import audit
from domain.access import Principal

# How long a counselor may look back at a session they held.
LOOK_BACK = timedelta(hours=72)

Side = Literal["user", "counselor", "supervisor"]


class SessionChanged(Event):
    """Something of a session but its messages changed: status, priority, place, who holds it."""

    session_id: UUID
    left: UUID | None = None


class QueueChanged(Event):
    """Somebody came, went or moved: places and estimates of those who wait may be others now."""


class MatchWaiting(Job):
    """The queue or who is free changed: offer whoever waits."""

    max_attempts = 20
    first_retry_seconds = 0.5
    most_retry_seconds = 15


@dataclass(frozen=True, slots=True)
class Seat:
    """A principal's place in a session; `row` is the session's. A supervisor watches and takes no part."""

    row: asyncpg.Record
    side: Side

    @property
    def takes_part(self) -> bool:
        return self.side != "supervisor"


def side_of(row: asyncpg.Record, kind: str, principal_id: UUID, role: str) -> Side | None:
    """What somebody is to a session by its row; None for a stranger."""
    if kind == "user":
        return "user" if row["user_id"] == principal_id else None
    if kind != "counselor":
        return None
    if row["counselor_id"] == principal_id:
        return "counselor" if row["status"] != "closed" or row["ended_at"] > clock.now() - LOOK_BACK else None
    return "supervisor" if role == "supervisor" and row["status"] != "closed" else None


async def seat(principal: Principal, session_id: UUID, *, lock: bool = False) -> Seat:
    """Raises NotFound for a stranger as for a session that is not there; a counselor's attempt is audited."""
    row = await db.fetchrow(f"SELECT * FROM chat_sessions WHERE id = $1{' FOR UPDATE' if lock else ''}", session_id)
    side = side_of(row, principal.kind, principal.id, principal.role) if row is not None else None
    if row is None or side is None:
        # Within a transaction the entry would be undone with it: whoever locks has looked before.
        if row is not None and not lock:
            await note_refusal(principal, row)
        raise NotFound
    return Seat(row, side)


async def note_refusal(principal: Principal, row: asyncpg.Record) -> None:
    """A counselor reached for a session that is not theirs."""
    if principal.kind == "counselor":
        await audit.record("session_refused", actor=principal.actor, subject=("user", row["user_id"]), session=str(row["id"]))


async def queue_changed() -> None:
    """Have whoever waits matched, and told of their place, once the open transaction is committed."""
    await jobs.defer(MatchWaiting(), key="queue")
    publish(QueueChanged())


async def touch(session_id: UUID, *, left: UUID | None = None) -> None:
    """Count a change of a session and tell all who see it, in the open transaction; `left`: the counselor who just lost it."""
    await db.execute("UPDATE chat_sessions SET version = version + 1, updated_at = $2 WHERE id = $1", session_id, clock.now())
    publish(SessionChanged(session_id=session_id, left=left))
