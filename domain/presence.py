"""Who is connected, across processes, right also after a process was killed.

Each API process says every few seconds that it lives. One that has been silent is dead, and whoever was connected only to
it is offline from then on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import structlog

from core import clock, db, jobs
from core.events import Event, publish
from core.jobs import Job
from domain.access import Principal
from domain.preferences import COUNTED

log = structlog.get_logger(__name__)

BEAT_SECONDS = 5
DEAD_AFTER_SECONDS = 15
# A counselor without a socket for so long is gone; a shorter drop changes nothing.
GONE_AFTER_SECONDS = 60


class PresenceChanged(Event):
    """Somebody came online or went offline, or, `anew`, said so themself: whoever follows them is told even if nothing changed."""

    principal_ids: list[UUID]
    anew: bool = False


class CounselorGone(Job):
    """A minute after a counselor's last socket closed: are they still away?"""

    max_attempts = 20
    most_retry_seconds = 30

    counselor_id: UUID


async def beat(process_id: UUID) -> None:
    """This process lives; whoever was connected to one that died is offline."""
    await db.execute("INSERT INTO api_processes (id, seen_at) VALUES ($1, now()) ON CONFLICT (id) DO UPDATE SET seen_at = now()", process_id)
    for row in await db.fetch("SELECT id FROM api_processes WHERE seen_at < now() - make_interval(secs => $1)", DEAD_AFTER_SECONDS):
        await remove_process(row["id"], only_if_dead=True)


async def remove_process(process_id: UUID, *, only_if_dead: bool = False) -> None:
    """A process ended, or died: all its people leave at once."""
    async with db.transaction():
        row = await db.fetchrow(
            "SELECT seen_at FROM api_processes WHERE id = $1 AND (NOT $2 OR seen_at < now() - make_interval(secs => $3)) FOR UPDATE",
            process_id, only_if_dead, DEAD_AFTER_SECONDS,
        )  # fmt: skip
        if row is None:
            return
        people = await db.fetch("DELETE FROM presences WHERE process_id = $1 RETURNING principal_kind, principal_id", process_id)
        await db.execute("DELETE FROM api_processes WHERE id = $1", process_id)
        for each in sorted(people, key=_in_order):
            await _went(each["principal_kind"], each["principal_id"], row["seen_at"])
        if people:
            publish(PresenceChanged(principal_ids=[each["principal_id"] for each in people]))


async def come(process_id: UUID, principal: Principal) -> None:
    """The first socket of somebody at this process opened."""
    async with db.transaction():
        # A process that was taken for dead is not.
        await db.execute("INSERT INTO api_processes (id, seen_at) VALUES ($1, now()) ON CONFLICT DO NOTHING", process_id)
        await _wait_for_reconciling(process_id)
        await db.execute(
            "INSERT INTO presences (id, process_id, principal_kind, principal_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            clock.new_id(), process_id, principal.kind, principal.id,
        )  # fmt: skip
        if principal.kind == "counselor":
            await _note_online(principal.id)
        publish(PresenceChanged(principal_ids=[principal.id]))


async def go(process_id: UUID, kind: str, principal_id: UUID) -> None:
    """The last socket of somebody at this process closed."""
    async with db.transaction():
        await _wait_for_reconciling(process_id)
        if await db.execute("DELETE FROM presences WHERE process_id = $1 AND principal_id = $2", process_id, principal_id):
            await db.execute("DELETE FROM chat_joins WHERE process_id = $1 AND principal_id = $2", process_id, principal_id)
            await _went(kind, principal_id, clock.now())
            publish(PresenceChanged(principal_ids=[principal_id]))


async def _wait_for_reconciling(process_id: UUID) -> None:
    """Before a row is added or taken away. A foreign key waits too, but only after the row is there, which `reconcile` may then wait for."""
    await db.execute("SELECT 1 FROM api_processes WHERE id = $1 FOR SHARE", process_id)


async def _went(kind: str, principal_id: UUID, at: datetime) -> None:
    # Two processes that lose somebody at once would each still see the other's row: the second one waits.
    await db.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", str(principal_id))
    if await db.fetchval("SELECT EXISTS (SELECT 1 FROM presences WHERE principal_id = $1)", principal_id):
        return
    # Nothing is kept of a person who is gone, or who does not want their use counted.
    await db.execute(
        f"""
        INSERT INTO last_seen AS l (principal_id, at) SELECT $1, $2 WHERE $3 <> 'user' OR EXISTS (SELECT 1 FROM users u WHERE u.id = $1 AND {COUNTED})
        ON CONFLICT (principal_id) DO UPDATE SET at = GREATEST(l.at, $2)
        """,
        principal_id, at, kind,
    )  # fmt: skip
    if kind == "counselor":
        await _note_online(principal_id)
        await watch_counselor(principal_id)


def _in_order(row: asyncpg.Record) -> UUID:
    """The order in which several people are locked, so that no two transactions wait for each other."""
    found: UUID = row["principal_id"]
    return found


async def _note_online(counselor_id: UUID) -> None:
    await db.execute("UPDATE counselors SET is_online = EXISTS (SELECT 1 FROM presences WHERE principal_id = $1) WHERE id = $1", counselor_id)


async def watch_counselor(counselor_id: UUID, at: datetime | None = None) -> None:
    """Look in a minute, or at an instant, whether a counselor is there."""
    due_at = at or clock.now() + timedelta(seconds=GONE_AFTER_SECONDS)
    await jobs.defer(CounselorGone(counselor_id=counselor_id), due_at=due_at, key=str(counselor_id))


async def gone_at(counselor_id: UUID) -> datetime | None:
    """From when on a counselor counts as gone: a minute without a socket, a session taken or a duty begun; None while online."""
    row = await db.fetchrow(
        """
        SELECT EXISTS (SELECT 1 FROM presences WHERE principal_id = c.id) AS online,
            GREATEST(c.last_active_at, (SELECT at FROM last_seen WHERE principal_id = c.id), c.created_at) AS last
        FROM counselors c WHERE c.id = $1 FOR UPDATE
        """,
        counselor_id,
    )
    return None if row is None or row["online"] else row["last"] + timedelta(seconds=GONE_AFTER_SECONDS)


async def reconcile(process_id: UUID, present: Callable[[], tuple[list[Principal], list[tuple[UUID, UUID]]]]) -> None:
    """Make the rows of this process say what is so, whatever was missed meanwhile.

    `present` gives who is here and which (session, principal) are joined; it is asked while nobody can come or go.
    """
    async with db.transaction():
        await db.execute("SELECT 1 FROM api_processes WHERE id = $1 FOR UPDATE", process_id)
        here, joined = present()
        came = await db.fetch(
            """
            INSERT INTO presences (id, process_id, principal_kind, principal_id)
            SELECT id, $1, kind, principal_id FROM unnest($2::uuid[], $3::text[], $4::uuid[]) AS h (id, kind, principal_id)
            ON CONFLICT DO NOTHING RETURNING principal_kind, principal_id
            """,
            process_id, [clock.new_id() for _ in here], [each.kind for each in here], [each.id for each in here],
        )  # fmt: skip
        went = await db.fetch(
            "DELETE FROM presences WHERE process_id = $1 AND NOT principal_id = ANY($2) RETURNING principal_kind, principal_id", process_id, [each.id for each in here]
        )
        for each in sorted((*came, *went), key=_in_order):
            if each in went:
                await _went(each["principal_kind"], each["principal_id"], clock.now())
            elif each["principal_kind"] == "counselor":
                await _note_online(each["principal_id"])
        await db.execute(
            """
            DELETE FROM chat_joins WHERE process_id = $1
                AND NOT EXISTS (SELECT 1 FROM unnest($2::uuid[], $3::uuid[]) AS j (session_id, principal_id) WHERE j.session_id = chat_joins.session_id AND j.principal_id = chat_joins.principal_id)
            """,
            process_id, [session for session, _ in joined], [principal for _, principal in joined],
        )  # fmt: skip
        await join(process_id, joined)
        if came or went:
            publish(PresenceChanged(principal_ids=[each["principal_id"] for each in (*came, *went)]))


async def join(process_id: UUID, joined: list[tuple[UUID, UUID]]) -> None:
    """These (session, principal) follow at this process."""
    await db.execute(
        """
        INSERT INTO chat_joins (id, process_id, session_id, principal_id)
        SELECT j.id, p.id, s.id, j.principal_id FROM unnest($2::uuid[], $3::uuid[], $4::uuid[]) AS j (id, session_id, principal_id)
        JOIN api_processes p ON p.id = $1 JOIN chat_sessions s ON s.id = j.session_id FOR SHARE OF p ON CONFLICT DO NOTHING
        """,
        process_id, [clock.new_id() for _ in joined], [session for session, _ in joined], [principal for _, principal in joined],
    )  # fmt: skip


async def leave(process_id: UUID, session_id: UUID, principal_id: UUID) -> None:
    """Nobody of theirs follows it at this process any more."""
    async with db.transaction():
        await _wait_for_reconciling(process_id)
        await db.execute("DELETE FROM chat_joins WHERE process_id = $1 AND session_id = $2 AND principal_id = $3", process_id, session_id, principal_id)


async def of(principal_ids: list[UUID]) -> dict[UUID, tuple[bool, datetime | None]]:
    """Of each of these: online or not, and when their last socket closed."""
    rows = await db.fetch(
        """
        SELECT p.id, EXISTS (SELECT 1 FROM presences WHERE principal_id = p.id) AS online, l.at
        FROM unnest($1::uuid[]) AS p (id) LEFT JOIN last_seen l ON l.principal_id = p.id
        """,
        principal_ids,
    )
    return {row["id"]: (row["online"], row["at"]) for row in rows}
