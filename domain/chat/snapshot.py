"""What somebody sees who joins a session: the session, the messages they lack, who is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from core import db, keys
from core.problem import NotFound
from core.views import Instant, View, instant_or_none
from domain import audit, presence
from domain.access import Principal
from domain.chat.access import Side, seat, side_of
from domain.chat.messages import read
from domain.chat.views import ChatMessage, ChatSession, session_rows, session_views

RESUME_LIMIT = 300
RESUME_BYTES = 192 * 1024
PAGE = 100


class Participant(View):
    """`read_seq`: up to which message they have read, so that a receipt missed while away is made good."""

    id: UUID
    kind: Literal["user", "counselor"]
    first_name: str | None
    is_online: bool
    last_seen_at: Instant | None
    read_seq: int


class Snapshot(View):
    """`complete`: every message after the asked-for seq is here. If not, `messages` is the newest page: begin anew from it."""

    session: ChatSession
    messages: list[ChatMessage]
    last_seq: int
    complete: bool
    participants: list[Participant]


class ReadMarks(NamedTuple):
    """Up to which message each side has read; a counselor's mark is theirs alone, and begins anew with the next one."""

    by_user: int
    counselor_id: UUID | None
    by_counselor: int

    @staticmethod
    def of(row: asyncpg.Record) -> ReadMarks:
        return ReadMarks(row["user_read_seq"], row["counselor_id"], row["counselor_read_seq"])


Seen = tuple[bool, datetime | None]


@dataclass(frozen=True, slots=True)
class Taken:
    """A snapshot, and what of its state only the server knows: what is pushed afterwards is what differs from it."""

    snapshot: Snapshot
    side: Side
    version: int
    read: ReadMarks
    seen: dict[UUID, Seen]


async def admit(principal: Principal, session_id: UUID) -> None:
    """Let one of a session's sides in, or a supervisor who watches; audited. Raises NotFound."""
    place = await seat(principal, session_id)
    if place.side != "user":
        action = "session_watched" if place.side == "supervisor" else "messages_read"
        await audit.record(action, actor=principal.actor, subject=("user", place.row["user_id"]), session=str(session_id))


async def take(principal: Principal, session_id: UUID, after: int | None) -> Taken:
    """The session as it is now, for somebody admitted. Raises NotFound when it is theirs no longer."""
    rows = await session_rows("WHERE s.id = $1", session_id)
    side = side_of(rows[0], principal.kind, principal.id, principal.role) if rows else None
    if side is None:
        raise NotFound
    row = rows[0]
    messages, complete = await _messages(row, after)
    seen = await presence.of([each for each in (row["user_id"], row["counselor_id"]) if each is not None])
    view = (await session_views(rows, side))[0]
    return Taken(
        Snapshot(session=view, messages=messages, last_seq=row["last_seq"], complete=complete, participants=await _participants(row, seen)),
        side,
        row["version"],
        ReadMarks.of(row),
        seen,
    )


async def _messages(row: asyncpg.Record, after: int | None) -> tuple[list[ChatMessage], bool]:
    last = row["last_seq"]
    if after is not None and 0 <= after <= last and last - after <= RESUME_LIMIT:
        found = [each for each in await read(row, after=after, limit=RESUME_LIMIT) if each.seq <= last]
        if sum(_size(each) for each in found) <= RESUME_BYTES:
            return found, True
    page = await read(row, before=last + 1, limit=PAGE)
    size, kept = 0, 0
    for each in reversed(page):
        size += _size(each)
        if size > RESUME_BYTES:
            break
        kept += 1
    page = page[len(page) - kept :]
    return page, after is None and len(page) == last


def _size(message: ChatMessage) -> int:
    return len(msgspec.json.encode(message))


async def _participants(row: asyncpg.Record, seen: dict[UUID, Seen]) -> list[Participant]:
    """The person and, once there is one, the counselor of a session."""
    user_id, counselor_id = row["user_id"], row["counselor_id"]
    sealed = await db.fetchval("SELECT first_name FROM users WHERE id = $1", user_id)
    first_name = (await keys.keys().of(user_id)).open(sealed, "users.first_name", user_id)
    there: list[tuple[UUID, Literal["user", "counselor"], str | None, int]] = [(user_id, "user", first_name, row["user_read_seq"])]
    if counselor_id is not None:
        there.append((counselor_id, "counselor", row["counselor_first_name"], row["counselor_read_seq"]))
    return [
        Participant(id=each, kind=kind, first_name=name, is_online=seen[each][0], last_seen_at=instant_or_none(seen[each][1]), read_seq=read_seq)
        for each, kind, name, read_seq in there
    ]
