"""One-time links: their tokens are derived from a row's id, so nothing worth stealing is stored and a mail can be made twice."""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Literal
from uuid import UUID

import asyncpg

from core import clock, db, keys
from core.crypto import b64, unb64
from core.problem import Problem
from domain.access import Kind

Purpose = Literal["verify_email", "reset_password"]
LIFETIME: dict[Purpose, timedelta] = {"verify_email": timedelta(hours=24), "reset_password": timedelta(hours=1)}


class TokenInvalid(Problem):
    status, code, title = 400, "token_invalid", "This link has been used, has expired, or was never ours"


async def create(kind: Kind, principal_id: UUID, purpose: Purpose) -> UUID:
    """A fresh link, in the open transaction; those made earlier for the same purpose stop working."""
    await cancel(purpose, kind, principal_id)
    token_id = clock.new_id()
    await db.execute(
        "INSERT INTO one_time_tokens (id, principal_kind, principal_id, purpose, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
        token_id, kind, principal_id, purpose, clock.now(), clock.now() + LIFETIME[purpose],
    )  # fmt: skip
    return token_id


async def cancel(purpose: Purpose, kind: Kind, *principal_ids: UUID) -> None:
    """Whatever links of this purpose these principals have stop working."""
    await db.execute(
        "UPDATE one_time_tokens SET used_at = $4 WHERE principal_kind = $1 AND principal_id = ANY($2) AND purpose = $3 AND used_at IS NULL",
        kind, list(principal_ids), purpose, clock.now(),
    )  # fmt: skip


def token(token_id: UUID, purpose: str) -> str:
    return b64(token_id.bytes + _mac(token_id, purpose))


def _mac(token_id: UUID, purpose: str) -> bytes:
    return keys.keys().mac("one_time", purpose.encode(), token_id.bytes)[:24]


async def use(token: str, purpose: Purpose) -> asyncpg.Record:
    """Spend a link, in the open transaction; returns its principal_kind and principal_id. Raises TokenInvalid."""
    row = await db.fetchrow(
        "UPDATE one_time_tokens SET used_at = $3 WHERE id = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3 RETURNING principal_kind, principal_id",
        _read(token, purpose), purpose, clock.now(),
    )  # fmt: skip
    if row is None:
        raise TokenInvalid
    return row


async def unspent(token: str, purpose: Purpose) -> asyncpg.Record:
    """Look at a link without spending it; returns its principal_kind and principal_id. Raises TokenInvalid."""
    row = await db.fetchrow(
        "SELECT principal_kind, principal_id FROM one_time_tokens WHERE id = $1 AND purpose = $2 AND used_at IS NULL AND expires_at > $3",
        _read(token, purpose), purpose, clock.now(),
    )  # fmt: skip
    if row is None:
        raise TokenInvalid
    return row


def _read(token: str, purpose: Purpose) -> UUID:
    try:
        raw = unb64(token)
    except ValueError:
        raise TokenInvalid from None
    if len(raw) != 40 or not hmac.compare_digest(raw[16:], _mac(UUID(bytes=raw[:16]), purpose)):
        raise TokenInvalid
    return UUID(bytes=raw[:16])
