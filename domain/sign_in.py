"""Signing in: login, refresh with rotation, devices, logout."""

from __future__ import annotations

import hmac
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import pyotp

from core import clock, db, keys, runtime
from core.crypto import b64, place, unb64
from core.limits import limiter
from core.passwords import hasher
from core.problem import Forbidden, NotFound, Unauthenticated
from domain import access, addresses, audit, mails
from domain.access import Kind, Principal

REFRESH_DAYS = 30
GRACE_SECONDS = 10
KNOWN_DEVICE_DAYS = 180

_NOBODY = UUID(int=0)
_TABLES = {"user": "users", "counselor": "counselors", "staff": "staff"}


class WrongCredentials(Unauthenticated):
    def __init__(self) -> None:
        super().__init__("The email or the password is wrong")


class EmailUnverified(Forbidden):
    code, title = "email_unverified", "Confirm your email address first: we have sent you a link"


class Banned(Forbidden):
    title = "This account has been closed by the service"


class OtpRequired(Unauthenticated):
    code, title = "otp_required", "Enter the code of your authenticator"


class InvalidRefresh(Unauthenticated):
    def __init__(self) -> None:
        super().__init__("The refresh token is not valid; sign in again")


@dataclass(frozen=True)
class Caller:
    """Where a request comes from."""

    address: str
    user_agent: str

    @property
    def device(self) -> bytes:
        """The same for the same place and program; tells neither."""
        return keys.keys().mac("device", self.address.encode(), self.user_agent.encode())[:16]


@lru_cache(10_000)
def address_key(address: str) -> str:
    """What limits count a client address by; tells nobody which it is."""
    return keys.keys().mac("device", address.encode()).hex()[:24]


@dataclass(frozen=True)
class Tokens:
    access: str
    refresh: str
    principal: Principal


async def login(email: str, password: str, kind: Kind, otp: str | None, caller: Caller) -> Tokens:
    """Check the password and open a session for this device.

    Raises WrongCredentials in the same time for known and unknown addresses, EmailUnverified, OtpRequired,
    Banned, RateLimited.
    """
    if kind != "user":
        email = addresses.at_work(email)
    account = await _find(kind, email)
    counted = await _count_attempt(kind, email, account["id"] if account else None, caller)
    matches = await hasher().verify(password, account["password"] if account else None)
    if account is None or not matches:
        raise WrongCredentials
    if account["pending"]:
        raise EmailUnverified
    if account["closed"]:
        raise Banned
    if account["otp_secret"] is not None:
        if otp is None:
            _take_back(counted)
            raise OtpRequired
        await _spend_otp(kind, account, otp)
    async with db.transaction():
        await _require_unchanged(kind, account)
        new_device = kind == "user" and not await _knows(account["id"], caller.device) and await _has_signed_in(account["id"])
        tokens = await open_session(kind, account["id"], account["role"], caller)
        await audit.record("login", actor=(kind, account["id"]), subject=(kind, account["id"]), session=str(tokens.principal.session_id))
        if new_device:
            await mails.send(kind, account["id"], "sign_in_notice")
    _take_back(counted)
    return tokens


async def _find(kind: Kind, email: str) -> dict[str, Any] | None:
    if kind == "user":
        index = addresses.index(email)
        row = await db.fetchrow(
            """
            SELECT id, password, '' AS role, NULL::bytea AS otp_secret, is_banned AS closed, email_index IS NULL AS pending
            FROM users WHERE email_index = $1 OR (email_index IS NULL AND pending_index = $1)
            ORDER BY email_index IS NULL, created_at DESC LIMIT 1
            """,
            index,
        )
    else:
        row = await db.fetchrow(f"SELECT id, password, role, otp_secret, NOT is_active AS closed, false AS pending FROM {_TABLES[kind]} WHERE email = $1", email)
    return dict(row) if row else None


async def _count_attempt(kind: Kind, email: str, account: UUID | None, caller: Caller) -> list[tuple[str, str]]:
    """Count this attempt before the password is looked at, so that parallel ones count too; a success takes it back."""
    chosen = runtime.settings()
    who = addresses.index(email).hex()[:24]
    known = await _knows(account or _NOBODY, caller.device)
    counted = [("login_address", address_key(caller.address)), ("login", f"{kind}:{who}:{caller.device.hex() if known else 'unknown'}")]
    for (rule, key), rate in zip(counted, (chosen.limit_login_address, chosen.limit_login), strict=True):
        standing = await limiter().hit_exactly(rule, rate, key)
        if standing is not None and not standing.allowed:
            raise standing.refusal("Too many failed attempts; wait, or reset your password")
    return counted


def _take_back(counted: list[tuple[str, str]]) -> None:
    for rule, key in counted:
        limiter().refund(rule, key)


async def _knows(principal_id: UUID, device: bytes) -> bool:
    return bool(
        await db.fetchval(
            "SELECT EXISTS (SELECT 1 FROM auth_sessions WHERE principal_id = $1 AND device = $2 AND created_at > $3)",
            principal_id, device, clock.ago(days=KNOWN_DEVICE_DAYS),
        )
    )  # fmt: skip


async def _has_signed_in(principal_id: UUID) -> bool:
    return bool(await db.fetchval("SELECT EXISTS (SELECT 1 FROM auth_sessions WHERE principal_id = $1)", principal_id))


async def _spend_otp(kind: Kind, account: dict[str, Any], otp: str) -> None:
    """Time-based codes (RFC 6238), one step of 30 s of drift either side, each good once. Raises WrongCredentials."""
    secret = keys.keys().system("otp").open_bytes(account["otp_secret"], place(f"{kind}.otp_secret", account["id"])).decode()
    codes = pyotp.TOTP(secret)
    now = codes.timecode(clock.now())
    step = next((each for each in (now, now - 1, now + 1) if otp.isascii() and hmac.compare_digest(codes.generate_otp(each), otp)), None)
    spent = step is not None and await db.execute(f"UPDATE {_TABLES[kind]} SET otp_step = $2 WHERE id = $1 AND (otp_step IS NULL OR otp_step < $2)", account["id"], step)
    if not spent:
        raise WrongCredentials


async def _require_unchanged(kind: Kind, account: dict[str, Any]) -> None:
    """Nobody closed the account or changed its password since we looked; whoever wants to now waits for us. Raises Banned, WrongCredentials."""
    closed = "is_banned" if kind == "user" else "NOT is_active"
    row = await db.fetchrow(f"SELECT password, {closed} AS closed FROM {_TABLES[kind]} WHERE id = $1 FOR SHARE", account["id"])
    if row is None or row["password"] != account["password"]:
        raise WrongCredentials
    if row["closed"]:
        raise Banned


async def open_session(kind: Kind, principal_id: UUID, role: str, caller: Caller) -> Tokens:
    """Sign a device in, in the open transaction."""
    session_id = clock.new_id()
    await db.execute(
        """
        INSERT INTO auth_sessions (id, principal_kind, principal_id, generation, device, user_agent, created_at, last_used_at, expires_at)
        VALUES ($1, $2, $3, 0, $4, $5, $6, $6, $7)
        """,
        session_id, kind, principal_id, caller.device, caller.user_agent[:200], clock.now(), clock.now() + timedelta(days=REFRESH_DAYS),
    )  # fmt: skip
    return _tokens(kind, principal_id, session_id, role, 0)


def _tokens(kind: Kind, principal_id: UUID, session_id: UUID, role: str, generation: int) -> Tokens:
    expires = clock.now().timestamp() + access.ACCESS_SECONDS
    return Tokens(
        access.tokens.issue(kind, principal_id, session_id, role),
        refresh_token(session_id, generation),
        Principal(kind, principal_id, session_id, role, expires),
    )


def refresh_token(session_id: UUID, generation: int) -> str:
    """Opaque to its holder; ours to derive again, so that nothing worth stealing is stored."""
    body = session_id.bytes + struct.pack(">I", generation)
    return b64(body + keys.keys().mac("refresh", body)[:28])


def read_refresh_token(token: str) -> tuple[UUID, int]:
    """The session and generation of a refresh token. Raises InvalidRefresh."""
    try:
        raw = unb64(token)
    except ValueError:
        raise InvalidRefresh from None
    body = raw[:20]
    if len(raw) != 48 or not hmac.compare_digest(raw[20:], keys.keys().mac("refresh", body)[:28]):
        raise InvalidRefresh
    return UUID(bytes=body[:16]), struct.unpack(">I", body[16:])[0]


async def refresh(token: str) -> Tokens:
    """Trade a refresh token for its successor.

    The one before the newest, shown again within 10 s (a lost answer, a race), gets the same successor; any
    older use means somebody copied it: the whole session ends. So does that of an account closed meanwhile.
    Raises InvalidRefresh, RateLimited.
    """
    session_id, generation = read_refresh_token(token)
    await limiter().require("refresh", runtime.settings().limit_refresh, str(session_id))
    async with db.transaction():
        session = await db.fetchrow("SELECT * FROM auth_sessions WHERE id = $1 AND revoked_at IS NULL AND expires_at > $2 FOR UPDATE", session_id, clock.now())
        if session is None:
            raise InvalidRefresh
        kind, principal_id = session["principal_kind"], session["principal_id"]
        newest = generation == session["generation"]
        repeated = generation == session["generation"] - 1 and _within_grace(session["rotated_at"])
        role = await _role_of_living(kind, principal_id)
        if role is not None and (newest or repeated):
            if newest:
                await _rotate(session_id, generation)
            return _tokens(kind, principal_id, session_id, role, generation + 1)
        await access.end_session(kind, principal_id, session_id)
        await audit.record("refresh_replayed" if role is not None else "refused_banned", actor=(kind, principal_id), subject=(kind, principal_id), session=str(session_id))
    raise InvalidRefresh


async def _rotate(session_id: UUID, generation: int) -> None:
    now = clock.now()
    await db.execute(
        "UPDATE auth_sessions SET generation = $2, rotated_at = $3, last_used_at = $3, expires_at = $4 WHERE id = $1",
        session_id, generation + 1, now, now + timedelta(days=REFRESH_DAYS),
    )  # fmt: skip


def _within_grace(rotated_at: datetime | None) -> bool:
    return rotated_at is not None and clock.now() - rotated_at <= timedelta(seconds=GRACE_SECONDS)


async def _role_of_living(kind: str, principal_id: UUID) -> str | None:
    """The principal's present role, or None when it may not sign in any more."""
    if kind == "user":
        return "" if await db.fetchval("SELECT NOT is_banned FROM users WHERE id = $1", principal_id) else None
    found: str | None = await db.fetchval(f"SELECT role FROM {_TABLES[kind]} WHERE id = $1 AND is_active", principal_id)
    return found


async def logout(principal: Principal) -> None:
    async with db.transaction():
        await access.end_session(principal.kind, principal.id, principal.session_id)
        await audit.record("logout", actor=principal.actor, subject=principal.actor, session=str(principal.session_id))


async def sessions(principal: Principal) -> list[dict[str, Any]]:
    """The devices signed in, newest first."""
    rows = await db.fetch(
        """
        SELECT id, created_at, last_used_at, user_agent FROM auth_sessions
        WHERE principal_kind = $1 AND principal_id = $2 AND revoked_at IS NULL AND expires_at > $3 ORDER BY id DESC
        """,
        principal.kind, principal.id, clock.now(),
    )  # fmt: skip
    return [dict(row) for row in rows]


async def sign_out_device(principal: Principal, session_id: UUID) -> None:
    """Raises NotFound when it is not one of this principal's living sessions."""
    async with db.transaction():
        if not await access.end_session(principal.kind, principal.id, session_id):
            raise NotFound
        await audit.record("device_signed_out", actor=principal.actor, subject=principal.actor, session=str(session_id))
