"""Counselors' accounts as staff make, change and retire them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from core import clock, db
from core.passwords import hasher, weakness
from core.problem import Invalid, NotFound
from core.views import Instant, View, instant
from domain import access, audit, people, presence
from domain.access import Principal
from domain.chat import queue
from domain.chat.access import queue_changed


class CounselorToEdit(View):
    """A counselor as staff see them. `rating` is the shrunk mean of `rating_count` ratings."""

    id: UUID
    email: str
    role: str
    first_name: str
    last_name: str
    license_number: str
    specializations: list[str]
    languages: list[str]
    bio: str
    is_active: bool
    is_online: bool
    status: str
    capacity: int
    rating: float | None
    rating_count: int
    total_sessions: int
    created_at: Instant
    updated_at: Instant


_PLAIN = [name for name in CounselorToEdit.__struct_fields__ if name not in ("created_at", "updated_at")]


def _view(row: asyncpg.Record) -> CounselorToEdit:
    return CounselorToEdit(**{name: row[name] for name in _PLAIN}, created_at=instant(row["created_at"]), updated_at=instant(row["updated_at"]))


async def page(*, after: tuple[datetime, UUID] | None, limit: int) -> list[CounselorToEdit]:
    """All counselors, retired ones too, newest first, after a position."""
    rows = await db.fetch(
        "SELECT * FROM counselors WHERE $1::timestamptz IS NULL OR (created_at, id) < ($1, $2::uuid) ORDER BY created_at DESC, id DESC LIMIT $3", *(after or (None, None)), limit
    )
    return [_view(row) for row in rows]


async def _one(counselor_id: UUID) -> CounselorToEdit:
    row = await db.fetchrow("SELECT * FROM counselors WHERE id = $1", counselor_id)
    if row is None:
        raise NotFound
    return _view(row)


async def add(principal: Principal, email: str, password: str, **about: Any) -> CounselorToEdit:
    """Make a counselor's account. Raises Invalid, AlreadyThere."""
    return await _one(await people.add_counselor(email, password, **about, by=principal.actor))


async def change(principal: Principal, counselor_id: UUID, changes: Mapping[str, Any]) -> CounselorToEdit:
    """Change any of first_name, last_name, license_number, specializations, languages, bio, capacity, role, is_active, password.

    Another role, another password and being closed end every session; being closed also hands back what they hold, as `retire` does.
    Raises NotFound, Invalid for a weak password.
    """
    columns = dict(changes)
    if "password" in columns:
        if why := weakness(columns["password"], (await _one(counselor_id)).email):
            raise Invalid([("password", why)])
        columns["password"] = await hasher().hash(columns["password"])
    async with db.transaction():
        if columns.get("is_active") is False:
            await _hand_back(counselor_id)
        before = await db.fetchrow("SELECT * FROM counselors WHERE id = $1 FOR NO KEY UPDATE", counselor_id)
        if before is None:
            raise NotFound
        assignments = "".join(f", {name} = ${index}" for index, name in enumerate(columns, start=3))
        await db.execute(f"UPDATE counselors SET updated_at = $2{assignments} WHERE id = $1", counselor_id, clock.now(), *columns.values())
        if columns.get("is_active") is False or "password" in columns or columns.get("role", before["role"]) != before["role"]:
            await access.end_sessions("counselor", counselor_id)
        await queue_changed()
        await audit.record("counselor_changed", actor=principal.actor, subject=("counselor", counselor_id), fields=sorted(changes))
        return await _one(counselor_id)


async def retire(principal: Principal, counselor_id: UUID) -> None:
    """Close a counselor's account: their sessions end at once, their chats are first in the queue a minute after. Raises NotFound."""
    async with db.transaction():
        await _hand_back(counselor_id)
        if not await db.execute("UPDATE counselors SET is_active = false, updated_at = $2 WHERE id = $1", counselor_id, clock.now()):
            raise NotFound
        await access.end_sessions("counselor", counselor_id)
        await queue_changed()
        await audit.record("counselor_retired", actor=principal.actor, subject=("counselor", counselor_id))


async def _hand_back(counselor_id: UUID) -> None:
    """Off duty, without offers, and looked after as somebody whose connection is gone: their chats return to the queue when they are."""
    await queue.take_offers_back(counselor_id)
    await db.execute("UPDATE counselors SET status = 'offline' WHERE id = $1", counselor_id)
    await presence.watch_counselor(counselor_id)
