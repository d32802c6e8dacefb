"""Models trained over many people: kept with what they saw and how they scored; at most one of a kind is in use."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from core import clock, db, keys
from core.crypto import place

Kind = Literal["forecast", "matching", "risk"]

# Models that are no longer used are kept for a while: to see how scores moved, and to go back.
_KEPT_UNUSED = 30


@dataclass(frozen=True)
class Trained:
    """A model's row. `code` is the version of the code that trained it, `data` the window and counts it saw, `scores` its and its rivals' scores."""

    id: UUID
    kind: str
    code: str
    data: dict[str, Any]
    scores: dict[str, Any]
    is_used: bool
    trained_at: datetime
    body: bytes


async def keep(kind: Kind, code: str, body: bytes, *, data: dict[str, Any], scores: dict[str, Any], use: bool, leave: bool = False) -> UUID:
    """Store a model; with `use` it takes the place of the one in use, without it nothing of its kind is in use any more, but with `leave` what was in use."""
    model_id = clock.new_id()
    sealed = keys.keys().system("model").seal_bytes(body, place("trained_models.body", model_id))
    async with db.transaction():
        if use or not leave:
            await stop(kind)
        await db.execute(
            "INSERT INTO trained_models (id, kind, code, data, scores, is_used, body, trained_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            model_id, kind, code, json.dumps(data), json.dumps(scores), use, sealed, clock.now(),
        )  # fmt: skip
        await db.execute(
            "DELETE FROM trained_models WHERE kind = $1 AND NOT is_used AND id NOT IN (SELECT id FROM trained_models WHERE kind = $1 ORDER BY trained_at DESC, id DESC LIMIT $2)",
            kind, _KEPT_UNUSED,
        )  # fmt: skip
    return model_id


async def stop(kind: Kind) -> None:
    """Nothing of this kind is in use from now on."""
    async with db.transaction():
        await db.execute("SELECT pg_advisory_xact_lock(hashtext('trained_models ' || $1))", kind)
        await db.execute("UPDATE trained_models SET is_used = false WHERE kind = $1 AND is_used", kind)


async def used_id(kind: Kind) -> UUID | None:
    """Which model of a kind is in use: what a process that holds one asks before it trusts its copy."""
    found: UUID | None = await db.fetchval("SELECT id FROM trained_models WHERE kind = $1 AND is_used", kind)
    return found


async def used(kind: Kind) -> Trained | None:
    """The model of a kind that is in use, opened. Raises CannotOpen for a row that was altered."""
    row = await db.fetchrow("SELECT * FROM trained_models WHERE kind = $1 AND is_used", kind)
    return _trained(row) if row is not None else None


def _trained(row: asyncpg.Record) -> Trained:
    body = keys.keys().system("model").open_bytes(row["body"], place("trained_models.body", row["id"]))
    return Trained(row["id"], row["kind"], row["code"], json.loads(row["data"]), json.loads(row["scores"]), row["is_used"], row["trained_at"], body)
