"""Who waits is offered: emergencies to everybody, all others to those that suit, in the order of the queue."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

from core import clock, db
from domain.chat import matching
from domain.chat.matching import Learnt
from domain.chat.queue import alone, candidates, offer, ran_out, waiting
from domain.chat.views import RANK

# Of the points of each session with each free place, in the order of the queue, each session's place or None (`matching.in_turn`).
Assign = Callable[[list[list[float | None]]], list[int | None]]

_UNASKED = "NOT EXISTS (SELECT 1 FROM chat_offers o WHERE o.session_id = s.id AND o.status = 'live')"


async def match_waiting(assign: Assign = matching.in_turn, held: Callable[[], Awaitable[Learnt | None]] | None = None) -> int:
    """Offer every session that waits without an offer, as far as places are free; returns how many offers were made.

    Emergencies come first and wait for no plan, nor for `held`, which gives what was learnt. The others are planned together, and each is then offered in a transaction of its own, in the order of the
    queue: what has changed since is seen there. An offer whose time is over ends here too, should the job that ends it be late or lost.
    """
    for row in await db.fetch("SELECT id FROM chat_offers WHERE status = 'live' AND expires_at <= $1", clock.now()):
        await ran_out(row["id"])
    made = 0
    for row in await db.fetch(f"SELECT id FROM chat_sessions s WHERE status = 'waiting' AND priority = 'emergency' ORDER BY {RANK.format(s='s')}, id"):
        made += await _match(row["id"], None, None)
    learnt = await held() if held is not None else None
    for session_id, counselor_id in await _planned(assign, learnt):
        made += await _match(session_id, counselor_id, learnt)
    return made


async def _planned(assign: Assign, learnt: Learnt | None) -> list[tuple[UUID, UUID]]:
    """Sessions and whom each should be offered to, in the order of the queue; those that nobody is free for are left out."""
    free = [each for each in await candidates() if each.load < each.capacity]
    rows = await db.fetch(f"SELECT * FROM chat_sessions s WHERE status = 'waiting' AND priority <> 'emergency' AND {_UNASKED} ORDER BY {RANK.format(s='s')}, id") if free else []
    if not rows:
        return []
    queue = await waiting(rows)

    def plan() -> list[tuple[UUID, UUID]]:
        places, points = matching.table(queue, free, learnt)
        return [(each.session_id, places[place]) for each, place in zip(queue, assign(points), strict=True) if place is not None]

    # In a thread: for hundreds who wait it takes a while, and others wait for the loop.
    return await asyncio.to_thread(plan)


async def _match(session_id: UUID, counselor_id: UUID | None, learnt: Learnt | None) -> int:
    """Offer one session, if it still waits without one: to `counselor_id`, or if they are not free any more to whom it suits best. An emergency to all who were not asked yet."""
    async with db.transaction():
        await alone()
        row = await db.fetchrow("SELECT * FROM chat_sessions WHERE id = $1 AND status = 'waiting' FOR UPDATE", session_id)
        if row is None:
            return 0
        asked = {each["counselor_id"] for each in await db.fetch("SELECT counselor_id FROM chat_offers WHERE session_id = $1 AND status = 'live'", session_id)}
        is_emergency = row["priority"] == "emergency"
        if asked and not is_emergency:
            return 0
        [session], everybody = await waiting([row]), await candidates()
        if is_emergency:
            chosen = matching.every(session, [each for each in everybody if each.id not in asked])
        else:
            best = matching.best(session, [each for each in everybody if each.id == counselor_id], learnt) or matching.best(session, everybody, learnt)
            chosen = [best] if best is not None else []
        for match in chosen:
            await offer(row, match, "emergency" if is_emergency else "match")
        return len(chosen)
