"""From the queue to a counselor: offers, who accepts them, claims, transfers, and the way back.

Offers and assignments are made by one transaction at a time, in all of the system: two counselors never hold one session,
nobody gets more of them than they have places, but for emergencies and what a supervisor takes over, and these transactions
cannot deadlock. An offer has a time limit, so an absent counselor never strands a session.

Locks are taken in this order: the one of this file, sessions by their ids, offers, counselors, crises, jobs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import asyncpg
import structlog

from core import clock, db, jobs, keys, telemetry
from core.crypto import CannotOpen
from core.events import Event, publish
from core.jobs import Job
from core.keys import KeyDestroyed
from core.problem import Conflict, Forbidden, Invalid, NotFound
from core.views import Instant, View, instant
from domain import audit, crisis, presence, topics
from domain.access import Principal
from domain.chat import matching
from domain.chat.access import queue_changed, seat, touch
from domain.chat.matching import Candidate, Match, Waiting
from domain.chat.messages import SessionClosed, notify_absent, write_within
from domain.chat.views import RANK, ChatSession, opened_topic, session_rows, session_views
from domain.notifications import notify
from domain.words import words

log = structlog.get_logger(__name__)

OFFER_SECONDS = 45
# After how long somebody who let an offer pass, or declined it, is asked again.
_ASKED_AGAIN = (timedelta(minutes=2), timedelta(minutes=10))
_ASKED_AGAIN_IN_AN_EMERGENCY = (timedelta(0), timedelta(minutes=1))
_ASSIGNING = 0x6D617463  # "matc"


class OfferMade(Event):
    offer_id: UUID
    counselor_id: UUID


class OfferRanOut(Job):
    """An offer's time is over: if nobody answered, the next one is asked."""

    offer_id: UUID


class OfferExpired(Conflict):
    code, title = "offer_expired", "There is no live offer of this chat to you"


class NoPlaceFree(Conflict):
    code, title = "no_capacity", "All your places are taken"


class NotOnDuty(Conflict):
    title = "Set your status to available or busy first"


class NobodyFree(Conflict):
    code, title = "nobody_free", "No such counselor is free now"


class Offer(View):
    """A session offered to a counselor until `expires_at`."""

    session: ChatSession
    expires_at: Instant
    reason: str


# What a counselor has taken: sessions they hold and offers that hold a place.
_LOAD = """
    (SELECT count(*) FROM chat_sessions s WHERE s.counselor_id = c.id AND s.status = 'active')
    + (SELECT count(*) FROM chat_offers o WHERE o.counselor_id = c.id AND o.status = 'live' AND o.kind <> 'emergency')
"""


async def alone() -> None:
    """Be the only transaction that offers or assigns, until it ends."""
    await db.execute("SELECT pg_advisory_xact_lock($1)", _ASSIGNING)


async def candidates(*, but: UUID | None = None) -> list[Candidate]:
    """Who may be offered a session: on duty, and not gone."""
    rows = await db.fetch(
        f"""
        SELECT c.id, c.specializations, c.languages, c.bio, c.status, c.capacity, c.rating, {_LOAD} AS load FROM counselors c
        WHERE c.is_active AND c.status <> 'offline' AND c.id IS DISTINCT FROM $1
        """,
        but,
    )
    return [Candidate(**row) for row in rows]


async def waiting(rows: Sequence[asyncpg.Record]) -> list[Waiting]:
    """What matching looks at, of sessions' rows. `tried` are those who declined, or let an offer pass, a short while ago."""
    previous, tried = defaultdict[UUID, set[UUID]](set), defaultdict[UUID, set[UUID]](set)
    for each in await db.fetch(
        "SELECT DISTINCT user_id, counselor_id FROM chat_sessions WHERE user_id = ANY($1) AND counselor_id IS NOT NULL AND status = 'closed'", [row["user_id"] for row in rows]
    ):
        previous[each["user_id"]].add(each["counselor_id"])
    for urgent, (passed, declined) in ((False, _ASKED_AGAIN), (True, _ASKED_AGAIN_IN_AN_EMERGENCY)):
        for each in await db.fetch(
            """
            SELECT DISTINCT session_id, counselor_id FROM chat_offers
            WHERE session_id = ANY($1) AND ((status = 'expired' AND expires_at > $2) OR (status = 'declined' AND expires_at > $3))
            """,
            [row["id"] for row in rows if (row["priority"] == "emergency") is urgent], clock.now() - passed, clock.now() - declined,
        ):  # fmt: skip
            tried[each["session_id"]].add(each["counselor_id"])
    return [
        Waiting(
            session_id=row["id"],
            topic=await _topic(row),
            language=row["language"],
            priority=row["priority"],
            waited_seconds=(clock.now() - row["queued_at"]).total_seconds(),
            preferred=row["preferred_counselor_id"],
            previous=frozenset(previous[row["user_id"]]),
            tried=frozenset(tried[row["id"]]),
        )
        for row in rows
    ]


async def _topic(row: asyncpg.Record) -> str:
    try:
        return opened_topic(row, await keys.keys().of(row["user_id"]))
    except KeyDestroyed:
        return ""


async def offer(row: asyncpg.Record, match: Match, kind: str, *, by: UUID | None = None, note: bytes | None = None, offer_id: UUID | None = None) -> None:
    """Make an offer in the open transaction, which is `alone`."""
    offer_id, expires_at = offer_id or clock.new_id(), clock.now() + timedelta(seconds=OFFER_SECONDS)
    await db.execute(
        """
        INSERT INTO chat_offers (id, session_id, counselor_id, kind, status, reasons, offered_by, note, created_at, expires_at)
        VALUES ($1, $2, $3, $4, 'live', $5, $6, $7, $8, $9)
        """,
        offer_id, row["id"], match.counselor_id, kind, list(match.reasons), by, note, clock.now(), expires_at,
    )  # fmt: skip
    await touch(row["id"])
    await jobs.defer(OfferRanOut(offer_id=offer_id), due_at=expires_at)
    publish(OfferMade(offer_id=offer_id, counselor_id=match.counselor_id))


async def live_offers(counselor_ids: list[UUID]) -> list[tuple[UUID, UUID, Offer]]:
    """The live offers of some counselors, oldest first: (offer id, counselor id, what they are told)."""
    rows = await db.fetch("SELECT * FROM chat_offers WHERE status = 'live' AND counselor_id = ANY($1) AND expires_at > $2 ORDER BY created_at, id", counselor_ids, clock.now())
    if not rows:
        return []
    sessions = {view.id: view for view in await session_views(await session_rows("WHERE s.id = ANY($1)", [row["session_id"] for row in rows]), "counselor")}
    return [(row["id"], row["counselor_id"], Offer(session=sessions[row["session_id"]], expires_at=instant(row["expires_at"]), reason="; ".join(row["reasons"]))) for row in rows]


async def ran_out(offer_id: UUID) -> None:
    """Close an offer whose time is over, and ask the next one."""
    async with db.transaction():
        await alone()
        if await _end_offers("expired", "id = $1 AND expires_at <= $2", offer_id, clock.now()):
            await queue_changed()


async def decline(principal: Principal, session_id: UUID) -> None:
    """Raises OfferExpired."""
    async with db.transaction():
        await alone()
        if not await _end_offers("declined", "session_id = $1 AND counselor_id = $2 AND expires_at > $3", session_id, principal.id, clock.now()):
            raise OfferExpired
        await queue_changed()


async def take_offers_back(counselor_id: UUID) -> None:
    """End the offers to somebody who goes off duty, in the open transaction; once they are back they may be asked again."""
    await alone()
    await _end_offers("withdrawn", "counselor_id = $1", counselor_id)


async def _end_offers(how: str, which: str, *args: object) -> int:
    """Close live offers and tell who handed a session over that it stays; returns how many. From now on `expires_at` says when they ended."""
    live = f"status = 'live' AND {which}"
    await db.execute(f"SELECT id FROM chat_sessions WHERE id IN (SELECT session_id FROM chat_offers WHERE {live}) ORDER BY id FOR UPDATE", *args)
    ended = await db.fetch(f"UPDATE chat_offers SET status = '{how}', expires_at = LEAST(expires_at, ${len(args) + 1}) WHERE {live} RETURNING *", *args, clock.now())
    for row in ended:
        await touch(row["session_id"])
        if row["kind"] == "transfer":
            title, body = words("en", "transfer_refused")
            await notify("counselor", row["offered_by"], "transfer_refused", title, body, cause=f"offer:{row['id']}", sessionId=str(row["session_id"]))
    return len(ended)


async def accept(principal: Principal, session_id: UUID) -> ChatSession:
    """Take an offered session. Raises OfferExpired unless an offer to this counselor lives."""
    async with db.transaction():
        await alone()
        row = await db.fetchrow("SELECT * FROM chat_sessions WHERE id = $1 FOR UPDATE", session_id)
        offer = await db.fetchrow(
            "UPDATE chat_offers SET status = 'accepted' WHERE session_id = $1 AND counselor_id = $2 AND status = 'live' AND expires_at > $3 RETURNING id",
            session_id, principal.id, clock.now(),
        )  # fmt: skip
        if row is None or offer is None:
            raise OfferExpired
        await _assign(row, principal.id, "chat_assigned" if row["counselor_id"] is None else "chat_transferred")
    return await _held(session_id)


async def claim_next(principal: Principal) -> ChatSession | None:
    """Take the best waiting session that is not under another's offer; None when there is none. Raises NotOnDuty, NoPlaceFree.

    A place that an offer holds is for the offered session alone, or for an emergency, which is for whoever comes first.
    """
    async with db.transaction():
        await alone()
        me = await db.fetchrow(
            f"""
            SELECT c.status, c.capacity > {_LOAD} AS has_place, EXISTS (
                SELECT 1 FROM chat_offers o WHERE o.counselor_id = c.id AND o.status = 'live' AND o.kind = 'match') AS is_asked
            FROM counselors c WHERE c.id = $1 AND c.is_active
            """,
            principal.id,
        )
        if me is None:
            raise Forbidden
        if me["status"] == "offline":
            raise NotOnDuty
        if not me["has_place"] and not me["is_asked"]:
            raise NoPlaceFree
        offers = "SELECT 1 FROM chat_offers o WHERE o.session_id = s.id AND o.status = 'live' AND o.kind = 'match'"
        row = await db.fetchrow(
            f"""
            SELECT * FROM chat_sessions s WHERE status = 'waiting'
                AND (priority = 'emergency' OR NOT EXISTS ({offers} AND o.counselor_id <> $1 AND o.expires_at > $2))
                AND ($3 OR priority = 'emergency' OR EXISTS ({offers} AND o.counselor_id = $1))
            ORDER BY {RANK.format(s="s")}, id LIMIT 1 FOR UPDATE
            """,
            principal.id, clock.now(), me["has_place"],
        )  # fmt: skip
        if row is None:
            return None
        await _assign(row, principal.id, "chat_assigned")
    return await _held(row["id"])


async def _assign(row: asyncpg.Record, counselor_id: UUID, announced: str) -> None:
    """Give a locked session to a counselor in the open transaction: its offers end, its crisis is in their hands."""
    name = await db.fetchval("UPDATE counselors SET total_sessions = total_sessions + 1, last_active_at = $2 WHERE id = $1 RETURNING first_name", counselor_id, clock.now())
    held = await db.fetchrow(
        """
        UPDATE chat_sessions SET counselor_id = $2, status = 'active', started_at = COALESCE(started_at, $3), returned_at = NULL, counselor_read_seq = 0
        WHERE id = $1 RETURNING *
        """,
        row["id"], counselor_id, clock.now(),
    )  # fmt: skip
    assert held is not None
    await db.execute("UPDATE chat_offers SET status = 'withdrawn' WHERE session_id = $1 AND status = 'live'", row["id"])
    await crisis.take_up(row["user_id"], counselor_id)
    await write_within(held, "system", words(row["language"], announced, name=name)[1])
    await notify_absent([(held, "system")])
    await touch(row["id"], left=row["counselor_id"])
    await queue_changed()
    await presence.watch_counselor(counselor_id)
    await audit.record("session_taken", actor=("counselor", counselor_id), subject=("user", row["user_id"]), session=str(row["id"]))


async def _held(session_id: UUID) -> ChatSession:
    return (await session_views(await session_rows("WHERE s.id = $1", session_id), "counselor"))[0]


async def transfer(principal: Principal, session_id: UUID, note: str, *, counselor_id: UUID | None = None, specialization: str | None = None) -> ChatSession:
    """Offer a session one holds to another counselor; it stays until they accept. Raises NotFound, SessionClosed, NobodyFree, Invalid."""
    await seat(principal, session_id)
    async with db.transaction():
        await alone()
        place = await seat(principal, session_id, lock=True)
        if place.side != "counselor":
            raise NotFound
        if place.row["status"] != "active":
            raise SessionClosed
        if counselor_id == principal.id:
            raise Invalid([("counselorId", "is yourself")])
        await db.execute("UPDATE chat_offers SET status = 'withdrawn' WHERE session_id = $1 AND status = 'live'", session_id)
        others = [each for each in await candidates(but=principal.id) if each.load < each.capacity]
        if counselor_id is not None:
            chosen = next((Match(each.id, 0, ("handed over to you",)) for each in others if each.id == counselor_id), None)
        else:
            # Nobody has waited for this: the language counts in full.
            [as_it_waits] = await waiting([place.row])
            found = matching.best(replace(as_it_waits, waited_seconds=0), [each for each in others if _knows(each, specialization or "")])
            chosen = Match(found.counselor_id, found.score, ("handed over to you", *found.reasons)) if found else None
        if chosen is None:
            raise NobodyFree
        offer_id = clock.new_id()
        sealed = (await keys.keys().of(place.row["user_id"])).seal(note, "chat_offers.note", offer_id)
        await offer(place.row, chosen, "transfer", by=principal.id, note=sealed, offer_id=offer_id)
        await audit.record("transfer_offered", actor=principal.actor, subject=("user", place.row["user_id"]), session=str(session_id), to=str(chosen.counselor_id))
    return await _held(session_id)


def _knows(counselor: Candidate, specialization: str) -> bool:
    """Whether it is one of theirs, by its name or by the topic it names."""
    wanted, slugs = specialization.strip().lower(), topics.slugs_of(specialization)
    return any(own.lower() == wanted or slugs & topics.slugs_of(own) for own in counselor.specializations)


async def take_over(principal: Principal, session_id: UUID) -> ChatSession:
    """A supervisor takes a live session at once, waiting or held. Raises NotFound, Conflict when it is theirs."""
    await seat(principal, session_id)
    async with db.transaction():
        await alone()
        place = await seat(principal, session_id, lock=True)
        if place.side == "counselor":
            raise Conflict("This session is yours already")
        await _assign(place.row, principal.id, "chat_assigned" if place.row["counselor_id"] is None else "chat_transferred")
        await audit.record("session_taken_over", actor=principal.actor, subject=("user", place.row["user_id"]), session=str(session_id))
    return await _held(session_id)


async def return_abandoned() -> int:
    """Return the sessions of every counselor who is gone, should the job that looks after one be late or lost; returns how many."""
    rows = await db.fetch(
        """
        SELECT c.id FROM counselors c WHERE NOT EXISTS (SELECT 1 FROM presences WHERE principal_id = c.id)
            AND (c.status <> 'offline' OR EXISTS (SELECT 1 FROM chat_sessions WHERE counselor_id = c.id AND status = 'active'))
            AND GREATEST(c.last_active_at, (SELECT at FROM last_seen WHERE principal_id = c.id), c.created_at) < $1
        """,
        clock.ago(seconds=presence.GONE_AFTER_SECONDS),
    )
    returned = 0
    for row in rows:
        try:
            returned += await return_sessions(row["id"])
        except CannotOpen as error:
            log.error("queue.cannot_return", counselor=str(row["id"]), **telemetry.without_text(error))
    return returned


async def return_sessions(counselor_id: UUID) -> int:
    """Put the sessions of a counselor who is gone in front of the queue, and their people in the know; returns how many."""
    async with db.transaction():
        await alone()
        # All that this will change: locked before the counselor, those with an offer to them too.
        rows = await db.fetch(
            """
            SELECT * FROM chat_sessions WHERE (counselor_id = $1 AND status = 'active')
                OR id IN (SELECT session_id FROM chat_offers WHERE counselor_id = $1 AND status = 'live') ORDER BY id FOR UPDATE
            """,
            counselor_id,
        )
        at = await presence.gone_at(counselor_id)
        if at is None:
            return 0
        if at > clock.now():
            await presence.watch_counselor(counselor_id, at)
            return 0
        await take_offers_back(counselor_id)
        await db.execute("UPDATE counselors SET status = 'offline', is_online = false, updated_at = $2 WHERE id = $1 AND status <> 'offline'", counselor_id, clock.now())
        held = [row for row in rows if row["counselor_id"] == counselor_id and row["status"] == "active"]
        for row in held:
            await db.execute(
                "UPDATE chat_sessions SET counselor_id = NULL, status = 'waiting', queued_at = $2, returned_at = $2, counselor_read_seq = 0 WHERE id = $1", row["id"], clock.now()
            )
            await db.execute("UPDATE chat_offers SET status = 'withdrawn' WHERE session_id = $1 AND status = 'live'", row["id"])
            await write_within(row, "system", words(row["language"], "chat_returned")[1])
            await notify_absent([(row, "system")])
            await touch(row["id"], left=counselor_id)
        await queue_changed()
    log.info("counselor.gone", sessions=len(held))
    return len(held)
