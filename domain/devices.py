"""Devices that may be sent pushes. Their tokens are stored sealed; sending them is for later."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from core import clock, db, keys
from core.problem import NotFound
from domain.access import Principal

Platform = Literal["ios", "android", "web"]
MOST_DEVICES = 20


async def add(principal: Principal, token: str, platform: Platform) -> UUID:
    """Remember a device; one known already keeps its id, and belongs to whoever named it last. The oldest of too many is forgotten."""
    key = await keys.keys().of(principal.id)
    index = keys.keys().mac("device", b"push", token.encode())
    async with db.transaction():
        # Of two who name the same device at once, the second waits and is the last.
        await db.execute("SELECT pg_advisory_xact_lock($1)", int.from_bytes(index[:8], "big", signed=True))
        # A token is sealed to its row with its owner's key, so a device that changes hands gets a new one.
        await db.execute("DELETE FROM devices WHERE token_index = $1 AND (principal_id, principal_kind) <> ($2, $3)", index, principal.id, principal.kind)
        device_id = clock.new_id()
        found: UUID = await db.fetchval(
            """
            INSERT INTO devices AS d (id, principal_kind, principal_id, platform, token, token_index, created_at, last_seen_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
            ON CONFLICT (token_index) DO UPDATE SET last_seen_at = EXCLUDED.last_seen_at, platform = EXCLUDED.platform RETURNING d.id
            """,
            device_id, principal.kind, principal.id, platform, key.seal(token, "devices.token", device_id), index, clock.now(),
        )  # fmt: skip
        await db.execute(
            "DELETE FROM devices WHERE id IN (SELECT id FROM devices WHERE principal_id = $1 AND principal_kind = $2 ORDER BY last_seen_at DESC, id DESC OFFSET $3)",
            principal.id, principal.kind, MOST_DEVICES,
        )  # fmt: skip
    return found


async def remove(principal: Principal, device_id: UUID) -> None:
    """Raises NotFound."""
    if not await db.execute("DELETE FROM devices WHERE id = $1 AND principal_id = $2 AND principal_kind = $3", device_id, principal.id, principal.kind):
        raise NotFound
