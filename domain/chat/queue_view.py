"""The queue as counselors see it: who waits, in order, and why there."""

from __future__ import annotations

import asyncpg

from core import clock
from core.views import View
from domain.chat.views import PRIORITIES, RANK, SECONDS_A_PRIORITY, ChatSession, session_rows, session_views

# What puts a session before all of a later kind: more seconds than anybody waits.
_RETURNED, _EMERGENCY = 1e9, 1e10


class Queued(View):
    """Somebody waiting, and why at this place. `score` orders the queue, highest first."""

    session: ChatSession
    waited_seconds: int
    score: float
    reasons: list[str]


async def waiting_list(limit: int) -> list[Queued]:
    """The queue, first the first, with what put each where it is."""
    rows = await session_rows(f"WHERE s.status = 'waiting' ORDER BY {RANK.format(s='s')}, s.id LIMIT $1", limit)
    return [_queued(row, view) for row, view in zip(rows, await session_views(rows, "counselor"), strict=True)]


def _queued(row: asyncpg.Record, view: ChatSession) -> Queued:
    waited = max(0, int((clock.now() - row["queued_at"]).total_seconds()))
    level = PRIORITIES.index(row["priority"])
    reasons = [f"waiting {waited // 60} min"]
    score = float(waited + level * SECONDS_A_PRIORITY)
    if level:
        reasons.append(f"{row['priority']} priority: as if {level * SECONDS_A_PRIORITY // 60} min longer")
    if row["returned_at"] is not None:
        score += _RETURNED
        reasons.insert(0, "their counselor lost the connection")
    if row["priority"] == "emergency":
        score += _EMERGENCY
        reasons.insert(0, "emergency")
    return Queued(session=view, waited_seconds=waited, score=score, reasons=reasons)
