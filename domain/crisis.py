"""Crises: a text that shows risk is flagged in its own transaction, and counselors are told until one takes it up.

Flags of one person join the crisis that is open, so that a flood of them is one thing to answer. Whoever accepts the
session, or marks the alert as read, takes the crisis up; what that person writes shortly after belongs to it too, unless
it is worse.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import structlog

from core import clock, db, jobs, telemetry
from core.events import publish
from core.jobs import Job
from core.problem import Problem
from core.views import View
from domain import audit, crisis_lines
from domain.access import Principal
from domain.chat.access import SessionChanged, queue_changed
from domain.crisis_lines import CrisisResource
from domain.notifications import notify
from domain.words import words

log = structlog.get_logger(__name__)

UNANSWERED_SECONDS = 60
# After so many alerts a minute apart they come every ten minutes, for a day.
QUICK_ROUNDS, SLOW_SECONDS, MOST_ROUNDS = 5, 600, 150
# What follows an answered crisis so soon belongs to it.
SAME_CRISIS = timedelta(minutes=15)


class CrisisUnanswered(Job):
    """A minute after an alert: was it taken up? If not, more people are told."""

    max_attempts = 20
    most_retry_seconds = 30

    crisis_id: UUID


class Crisis(View):
    """Where to find help now."""

    resources: list[CrisisResource]


async def help_for(user_id: UUID) -> Crisis:
    """The lines of the place where somebody lives, as far as their time zone and language tell."""
    row = await db.fetchrow("SELECT timezone, language FROM users WHERE id = $1", user_id)
    return Crisis(resources=crisis_lines.for_person(None, row["timezone"] if row else None, row["language"] if row else None))


def show_help(problem: Problem, help_now: Crisis) -> None:
    """Put the resources into a refusal, and see to it that the refusal does not undo the flag."""
    problem.extra["crisis"] = msgspec.to_builtins(help_now)
    problem.commits = True


async def flag(user_id: UUID, level: int, source: str, source_id: UUID | None, *, by: str = "lexicon") -> None:
    """Store that a text of this person showed risk, in the open transaction; raise their chat and alert counselors.

    `source` is chat_message, chat_topic or mood_note; `level` as `domain.risk` gives it; `by` is what saw it, `lexicon` or `model`.
    """
    session_id = await db.fetchval("SELECT id FROM chat_sessions WHERE user_id = $1 AND status <> 'closed' FOR UPDATE", user_id)
    crisis_id, alerting = await _open(user_id, session_id, level)
    await db.execute(
        "INSERT INTO risk_flags (id, user_id, crisis_id, source, source_id, level, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        clock.new_id(), user_id, crisis_id, source, source_id, level, clock.now(),
    )  # fmt: skip
    await audit.record("risk_flagged", actor=("system", None), subject=("user", user_id), source=source, level=level, by=by)
    telemetry.risk_flags.labels(source).inc()
    if session_id is not None:
        await raise_to_emergency(session_id)
    if alerting:
        await _alert(crisis_id, level, wider=False)
        await jobs.defer(CrisisUnanswered(crisis_id=crisis_id), due_at=clock.now() + timedelta(seconds=UNANSWERED_SECONDS), key=str(crisis_id))


async def _open(user_id: UUID, session_id: UUID | None, level: int) -> tuple[UUID, bool]:
    """The crisis a flag belongs to, and whether counselors must hear of it: it is new, or worse than they know."""
    known = await db.fetchrow(
        """
        SELECT id, level FROM crises WHERE user_id = $1 AND (acknowledged_at IS NULL OR (acknowledged_at > $2 AND level >= $3))
        ORDER BY acknowledged_at NULLS FIRST LIMIT 1 FOR UPDATE
        """,
        user_id, clock.now() - SAME_CRISIS, level,
    )  # fmt: skip
    if known is None:
        made: UUID | None = await db.fetchval(
            """
            INSERT INTO crises (id, user_id, session_id, level, rounds, opened_at) VALUES ($1, $2, $3, $4, 1, $5)
            ON CONFLICT (user_id) WHERE acknowledged_at IS NULL DO NOTHING RETURNING id
            """,
            clock.new_id(), user_id, session_id, level, clock.now(),
        )  # fmt: skip
        # Without one made, another transaction has opened it meanwhile: this flag joins that.
        return (made, True) if made else await _open(user_id, session_id, level)
    await db.execute("UPDATE crises SET level = GREATEST(level, $2), session_id = COALESCE($3, session_id) WHERE id = $1", known["id"], level, session_id)
    return known["id"], level > known["level"]


async def raise_to_emergency(session_id: UUID) -> None:
    """Before all others, never the other way; whoever waits is offered to everybody on call."""
    raised = await db.execute(
        "UPDATE chat_sessions SET priority = 'emergency', version = version + 1, updated_at = $2 WHERE id = $1 AND status <> 'closed' AND priority <> 'emergency'",
        session_id, clock.now(),
    )  # fmt: skip
    if raised:
        publish(SessionChanged(session_id=session_id))
        await queue_changed()


async def _alert(crisis_id: UUID, level: int, *, wider: bool) -> None:
    """Tell everybody on call; every counselor there is when `wider`, or when nobody is on call."""
    row = await db.fetchrow("SELECT c.*, s.counselor_id FROM crises c LEFT JOIN chat_sessions s ON s.id = c.session_id WHERE c.id = $1", crisis_id)
    if row is None:
        return
    told = await db.fetch("SELECT id FROM counselors WHERE is_active AND ($1 OR status <> 'offline' OR id = $2)", wider, row["counselor_id"])
    told = told or await db.fetch("SELECT id FROM counselors WHERE is_active")
    title, body = words("en", "crisis_unanswered" if wider else "crisis")
    data: dict[str, Any] = {"crisisId": str(crisis_id), "sessionId": str(row["session_id"]) if row["session_id"] else None, "level": level}
    for each in told:
        await notify("counselor", each["id"], "crisis", title, body, cause=f"crisis:{crisis_id}:{row['rounds']}:{level}", **data)
    if not told:
        log.error("crisis.nobody_to_tell", crisis_id=str(crisis_id))


async def unanswered(crisis_id: UUID) -> bool:
    """Alert again and wider while nobody has taken the crisis up; False once somebody has."""
    async with db.transaction():
        row = await db.fetchrow("UPDATE crises SET rounds = rounds + 1 WHERE id = $1 AND acknowledged_at IS NULL RETURNING level, rounds", crisis_id)
        if row is None:
            return False
        await _alert(crisis_id, row["level"], wider=True)
        if row["rounds"] >= QUICK_ROUNDS:
            log.error("crisis.unanswered", crisis_id=str(crisis_id), rounds=row["rounds"])
        if row["rounds"] < MOST_ROUNDS:
            seconds = UNANSWERED_SECONDS if row["rounds"] < QUICK_ROUNDS else SLOW_SECONDS
            await jobs.defer(CrisisUnanswered(crisis_id=crisis_id), due_at=clock.now() + timedelta(seconds=seconds), key=str(crisis_id))
        return True


async def take_up(user_id: UUID, counselor_id: UUID) -> None:
    """A counselor is with this person now, in the open transaction."""
    await db.execute("UPDATE crises SET acknowledged_at = $3, acknowledged_by = $2 WHERE user_id = $1 AND acknowledged_at IS NULL", user_id, counselor_id, clock.now())


async def acknowledge(crisis_id: UUID, principal: Principal) -> None:
    """A counselor has read the alert and takes the crisis up, in the open transaction."""
    row = await db.fetchrow(
        "UPDATE crises SET acknowledged_at = $3, acknowledged_by = $2 WHERE id = $1 AND acknowledged_at IS NULL RETURNING user_id", crisis_id, principal.id, clock.now()
    )
    if row is not None:
        await audit.record("crisis_acknowledged", actor=principal.actor, subject=("user", row["user_id"]))
