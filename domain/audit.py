"""The audit trail: security events and every look at somebody's sensitive data. Ids only, append-only, hash-chained.

An entry is linked within a minute: it gets the next `seq`, and a keyed hash over the hash before it and over itself. The key is one of
the system's, so whoever has but the database cannot make a chain that holds. How far the chain reaches stands outside the database, in
the file storage, sealed: so the newest entries cannot be cut off unseen, and what retention removed is known to have been there.

What the chain cannot show: an entry altered or removed before it was linked, and one added by an INSERT like the application's own.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import structlog

from core import clock, db, keys, telemetry
from core.crypto import CannotOpen
from core.jobs import Job
from core.storage import NoSuchFile, storage
from core.views import Instant, View, instant
from domain.access import Principal

log = structlog.get_logger(__name__)

KEPT = timedelta(days=730)
_LOCK = 0x61756469  # "audi"
_AT_ONCE = 1000
_MARK = "audit/mark"
_COLUMNS = "id, at, actor_kind, actor_id, action, subject_kind, subject_id, request_id, data, seq, hash"


class LinkAudit(Job):
    """Each minute: link the audit entries written since to the chain."""

    time_limit = 300


async def record(action: str, *, actor: tuple[str, UUID | None], subject: tuple[str, UUID] | None = None, **data: Any) -> None:
    """Append one entry, in the open transaction."""
    await db.execute(
        """
        INSERT INTO audit_entries (id, at, actor_kind, actor_id, action, subject_kind, subject_id, request_id, data)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        clock.new_id(), clock.now(), actor[0], actor[1], action, subject[0] if subject else None, subject[1] if subject else None,
        telemetry.request_id(), json.dumps(data),
    )  # fmt: skip


class Link(msgspec.Struct, frozen=True):
    """A place in the chain; `seq` 0 is before the first entry."""

    seq: int
    hash: bytes


_BEGINNING = Link(0, b"")


class _Mark(msgspec.Struct, frozen=True):
    """How far the chain reaches, and where it may begin: at its beginning, or after what retention removed, or was about to remove."""

    head: Link
    bases: list[Link]


async def link() -> int:
    """Link what is not linked yet, in order; returns how many. One process at a time does so."""
    linked = 0
    while True:
        async with db.transaction() as scope:
            await db.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            head, is_new = await _head(), False
            if head is None:
                # Nothing is linked yet, or retention has removed all that was.
                mark = await _read_mark()
                head, is_new = mark.bases[-1] if mark else _BEGINNING, mark is None
            rows = await db.fetch(f"SELECT {_COLUMNS} FROM audit_entries WHERE seq IS NULL ORDER BY id LIMIT $1", _AT_ONCE)
            made = []
            for row in rows:
                head = Link(head.seq + 1, _hash(head.hash, row))
                made.append((row["id"], head.seq, head.hash))
            await scope.connection.executemany("UPDATE audit_entries SET seq = $2, hash = $3 WHERE id = $1", made)
        linked += len(rows)
        await _promise(is_new=is_new)
        if len(rows) < _AT_ONCE:
            return linked


async def _promise(*, is_new: bool) -> None:
    """Move the mark to the chain's committed end. A mark that the chain does not bear out, or that is missing, stays for `verify` to find.

    The lock is held while the file storage is asked: to read, compare and write must be one step, and nobody but these jobs waits for it.
    """
    async with db.transaction():
        await db.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
        mark, head = await _read_mark(), await _head()
        if head is None or (mark is None and not is_new) or (mark is not None and (mark.head == head or not await _bears_out(mark))):
            return
        await _write_mark(_Mark(head, mark.bases if mark else [_BEGINNING]))


async def _head() -> Link | None:
    row = await db.fetchrow("SELECT seq, hash FROM audit_entries WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1")
    return Link(row["seq"], row["hash"]) if row else None


async def _bears_out(mark: _Mark) -> bool:
    """Whether the entry that a mark names as the newest is still there, or was removed by retention."""
    if mark.head in mark.bases:
        return True
    found: bytes | None = await db.fetchval("SELECT hash FROM audit_entries WHERE seq = $1", mark.head.seq)
    return found == mark.head.hash


def _hash(before: bytes, row: asyncpg.Record) -> bytes:
    said = [str(row["id"]), row["at"].isoformat(), row["actor_kind"], _text(row["actor_id"]), row["action"], row["subject_kind"], _text(row["subject_id"]), row["request_id"]]
    canonical = json.dumps([*said, json.loads(row["data"])], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return keys.keys().mac("audit", before, canonical.encode())


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


async def _read_mark() -> _Mark | None:
    """None where there is none. Raises CannotOpen for one that is not ours."""
    try:
        sealed = b"".join([chunk async for chunk in storage().get(_MARK)])
    except NoSuchFile:
        return None
    return msgspec.msgpack.decode(keys.keys().system("audit").open_bytes(sealed, _MARK.encode()), type=_Mark)


async def _write_mark(mark: _Mark) -> None:
    sealed = keys.keys().system("audit").seal_bytes(msgspec.msgpack.encode(mark), _MARK.encode())

    async def once() -> AsyncIterator[bytes]:
        yield sealed

    await storage().put(_MARK, once())


@dataclass(frozen=True)
class Verified:
    """What a walk along the chain found; `wrong` says what is amiss with the first entry that is, None when all is well."""

    first: int
    last: int
    count: int
    wrong: str | None


async def verify() -> Verified:
    """Link what is not linked yet, then walk the whole chain."""
    try:
        await link()
        mark = await _read_mark()
    except CannotOpen:
        return Verified(0, 0, 0, "the mark of the chain's end in the file storage was altered")
    first = await db.fetchval("SELECT min(seq) FROM audit_entries")
    bases = {base.seq: base for base in (mark.bases if mark else [_BEGINNING])}
    if first is not None and first - 1 not in bases:
        return Verified(first, first, 0, f"the entries before seq {first} were removed")
    before = at = bases[first - 1] if first is not None else bases[max(bases)]
    count = 0
    async for row in _linked():
        who = f"seq {row['seq']}, id {row['id']}"
        if row["seq"] != at.seq + 1:
            missing = f"seq {at.seq + 1}" if row["seq"] == at.seq + 2 else f"seq {at.seq + 1} to {row['seq'] - 1}"
            wrong = f"{who} was inserted" if row["seq"] <= at.seq else f"{missing} was removed, before id {row['id']}"
            return Verified(before.seq + 1, at.seq, count, wrong)
        if row["hash"] != _hash(at.hash, row):
            return Verified(before.seq + 1, at.seq, count, f"{who} was altered or inserted")
        at, count = Link(row["seq"], row["hash"]), count + 1
    return Verified(before.seq + 1, at.seq, count, await _wrong_at_the_end(mark, at))


async def _wrong_at_the_end(mark: _Mark | None, end: Link) -> str | None:
    """What the mark says about a chain that holds up to `end`."""
    if mark is None:
        return "the mark of the chain's end is not in the file storage: whether newer entries were removed cannot be told" if end.seq else None
    if mark.head.seq > end.seq:
        return f"seq {end.seq + 1} to {mark.head.seq} was removed, the newest"
    return None if await _bears_out(mark) else f"seq {mark.head.seq} is another than the one that was linked"


async def _linked() -> AsyncIterator[asyncpg.Record]:
    """Every linked entry in order; those with a number that another has too come after it."""
    after: tuple[int, UUID] = (-(2**62), UUID(int=0))
    while rows := await db.fetch(f"SELECT {_COLUMNS} FROM audit_entries WHERE (seq, id) > ($1, $2) ORDER BY seq, id LIMIT $3", *after, _AT_ONCE):
        for row in rows:
            yield row
        after = (rows[-1]["seq"], rows[-1]["id"])


async def remove_old() -> int:
    """Remove linked entries past their time from the chain's beginning; what remains can still be verified. Returns how many."""
    removed = 0
    while True:
        async with db.transaction():
            await db.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            mark = await _read_mark()
            row = await db.fetchrow(
                """
                SELECT seq, hash FROM audit_entries WHERE seq < COALESCE((SELECT min(seq) FROM audit_entries WHERE at >= $1), $3)
                    AND seq < (SELECT min(seq) FROM audit_entries) + $2 ORDER BY seq DESC LIMIT 1
                """,
                clock.now() - KEPT, _AT_ONCE, 2**62,
            )  # fmt: skip
            if row is None or mark is None:
                return removed
            # Before the deletion commits, and beside the present base, so that there is no moment at which the beginning is unknown.
            first: int = await db.fetchval("SELECT min(seq) FROM audit_entries")
            await _write_mark(_Mark(mark.head, [*(base for base in mark.bases if base.seq == first - 1), Link(row["seq"], row["hash"])]))
            await db.execute("SET LOCAL mentalspace.audit = 'retention'")
            removed += await db.execute("DELETE FROM audit_entries WHERE seq <= $1", row["seq"])


class Entry(View):
    """`seq` is the entry's number in the chain, null until it is linked, within a minute."""

    id: UUID
    at: Instant
    actor_kind: str
    actor_id: UUID | None
    action: str
    subject_kind: str | None
    subject_id: UUID | None
    request_id: str | None
    data: dict[str, Any]
    seq: int | None


@dataclass(frozen=True)
class Filters:
    """`first` and `last` are instants, both included."""

    actor: UUID | None = None
    subject: UUID | None = None
    action: str | None = None
    first: datetime | None = None
    last: datetime | None = None


async def page(principal: Principal, wanted: Filters, *, after: tuple[datetime, UUID] | None, limit: int) -> list[Entry]:
    """For staff: what happened, newest first, after a position. That they looked is recorded."""
    asked = {"actor": _text(wanted.actor), "subject": _text(wanted.subject), "action": wanted.action}
    await record("audit_read", actor=principal.actor, subject=("user", wanted.subject) if wanted.subject else None, asked={name: value for name, value in asked.items() if value})
    rows = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM audit_entries WHERE ($1::uuid IS NULL OR actor_id = $1) AND ($2::uuid IS NULL OR subject_id = $2) AND ($3::text IS NULL OR action = $3)
            AND at >= $4 AND at <= $5 AND ($6::timestamptz IS NULL OR (at, id) < ($6, $7::uuid)) ORDER BY at DESC, id DESC LIMIT $8
        """,
        wanted.actor, wanted.subject, wanted.action, wanted.first or datetime(1970, 1, 1, tzinfo=UTC), wanted.last or datetime(9999, 1, 1, tzinfo=UTC),
        *(after or (None, None)), limit,
    )  # fmt: skip
    names = ("id", "actor_kind", "actor_id", "action", "subject_kind", "subject_id", "request_id", "seq")
    return [Entry(**{name: row[name] for name in names}, at=instant(row["at"]), data=json.loads(row["data"])) for row in rows]
