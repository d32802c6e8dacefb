"""Chats to test with: people who wait, counselors on duty, and time that goes by."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any
from uuid import UUID

from core import clock, db
from domain import presence
from domain.access import Principal
from tests.people import Account, World, do_jobs
from workers import schedule

# Whatever chats measure time by.
_INSTANTS = {
    "chat_sessions": ("queued_at", "returned_at", "started_at", "ended_at", "created_at", "updated_at"),
    "chat_messages": ("sent_at",),
    "chat_offers": ("created_at", "expires_at"),
    "counselors": ("created_at", "last_active_at"),
    "crises": ("opened_at", "acknowledged_at"),
    "jobs": ("due_at",),
    "last_seen": ("at",),
    "schedule_marks": ("last_tick",),
}


async def go_by(seconds: float) -> None:
    """Let time go by without waiting: all that is stored becomes so much older. Then what is due by the clock or the minute is done."""
    for table, columns in _INSTANTS.items():
        await db.execute(f"UPDATE {table} SET " + ", ".join(f"{column} = {column} - $1::interval" for column in columns), timedelta(seconds=seconds))
    await schedule.promise_due()
    await do_jobs()


async def begin(person: Account, topic: str = "I cannot sleep", **about: object) -> str:
    """Ask for a counselor; returns the session's id."""
    answered = await person.post("/chat/sessions", {"topic": topic, **about})
    assert answered.status == 201, answered.raw
    return str(answered.json["id"])


async def on_duty(world: World, *, status: str = "available", capacity: int = 3, connected: bool = True, **about: Any) -> Account:
    """A counselor at work, with a socket at a process of its own unless not `connected`."""
    counselor = await world.counselor(**about)
    if connected:
        await presence.beat(process := clock.new_id())
        await presence.come(process, principal(counselor))
    answered = await counselor.put("/counselor/status", {"status": status, "capacity": capacity})
    assert answered.status == 200, answered.raw
    return counselor


async def talk(world: World, **about: Any) -> tuple[Account, Account, str]:
    """A person and a counselor in an active session."""
    person, counselor = await world.anonymous(), await on_duty(world, **about)
    session = await begin(person)
    answered = await counselor.post("/counselor/queue/next")
    assert answered.status == 200, answered.raw
    assert answered.json["id"] == session
    return person, counselor, session


async def asked(session: str) -> set[str]:
    """The counselors with a live offer of a session."""
    return {str(row["counselor_id"]) for row in await db.fetch("SELECT counselor_id FROM chat_offers WHERE session_id = $1 AND status = 'live'", UUID(session))}


async def load(counselor: Account) -> int:
    """The places that are taken: sessions they hold, and offers that hold one."""
    taken: int = await db.fetchval(
        """
        SELECT (SELECT count(*) FROM chat_sessions WHERE counselor_id = $1 AND status = 'active')
            + (SELECT count(*) FROM chat_offers WHERE counselor_id = $1 AND status = 'live' AND kind <> 'emergency')
        """,
        counselor.uuid,
    )
    return taken


def principal(account: Account, role: str = "") -> Principal:
    """Somebody as the API knows them once they have signed in."""
    kind = next(kind for kind in ("user", "counselor", "staff") if kind in account.tokens)
    return Principal(kind, account.uuid, clock.new_id(), role or ("counselor" if kind == "counselor" else ""), time.time() + 900)


async def alerts(counselor: Account) -> list[dict[str, Any]]:
    """The crisis alerts a counselor was told, newest first."""
    return [each for each in (await counselor.get("/notifications?limit=100")).json["items"] if each["kind"] == "crisis"]
