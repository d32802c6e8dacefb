"""Doing a request once: the first answer is stored in the transaction of what it did, and given again to retries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import msgspec

from api.answers import Answer
from core import clock, db, keys
from core.crypto import place
from core.problem import Conflict, Problem

HOURS = 24


class IdempotencyMismatch(Conflict):
    code, title = "idempotency_mismatch", "This Idempotency-Key was used for another request"


class _Stored(msgspec.Struct):
    body: bytes | None
    headers: dict[str, str]


async def once(principal_id: UUID, key: str, what: bytes, work: Callable[[], Awaitable[Answer]]) -> Answer:
    """Run `work` and keep its answer for 24 hours; a retry that comes meanwhile waits for the first.

    An error keeps no answer, so the retry runs again; what was written before it is undone, unless the problem `commits`.
    Raises IdempotencyMismatch.
    """
    name = keys.keys().mac("index", b"idempotency", principal_id.bytes, key.encode(errors="surrogateescape"))
    data_key = await keys.keys().of(principal_id)
    async with db.transaction():
        await db.execute("DELETE FROM idempotency_keys WHERE principal_id = $1 AND key = $2 AND created_at < $3", principal_id, name, clock.ago(hours=HOURS))
        row_id = clock.new_id()
        # A second request with the same key waits here until the first one's transaction ends.
        made = await db.execute(
            "INSERT INTO idempotency_keys (id, principal_id, key, request, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (principal_id, key) DO NOTHING",
            row_id, principal_id, name, what, clock.now(),
        )  # fmt: skip
        if made:
            outcome = await _do(work)
            if isinstance(outcome, Problem):
                await db.execute("DELETE FROM idempotency_keys WHERE id = $1", row_id)
            else:
                stored = msgspec.msgpack.encode(_Stored(outcome.body, dict(outcome.headers)))
                sealed = data_key.seal_bytes(stored, place("idempotency_keys.answer", row_id))
                await db.execute("UPDATE idempotency_keys SET status = $2, answer = $3 WHERE id = $1", row_id, outcome.status, sealed)
        else:
            row = await db.fetchrow("SELECT * FROM idempotency_keys WHERE principal_id = $1 AND key = $2", principal_id, name)
    if made:
        if isinstance(outcome, Problem):
            raise outcome
        return outcome
    if row is None or row["request"] != what:
        raise IdempotencyMismatch
    kept = msgspec.msgpack.decode(data_key.open_bytes(row["answer"], place("idempotency_keys.answer", row["id"])), type=_Stored)
    return Answer(row["status"], kept.body, {**kept.headers, "Idempotent-Replayed": "true"})


async def _do(work: Callable[[], Awaitable[Answer]]) -> Answer | Problem:
    """The answer, or a problem that must not undo what was written before it."""
    try:
        return await work()
    except Problem as problem:
        if not problem.commits:
            raise
        return problem
