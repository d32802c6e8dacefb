"""Who is calling: access tokens, the keys that sign them, and what has been revoked.

A token is checked without a query: its signature once, then from memory; revocations are refilled from the
database twice a second and at every hint from another process.
"""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Literal
from uuid import UUID

import jwt
import structlog

from core import clock, db, keys
from core.crypto import Key
from core.events import Event, publish
from core.problem import Unauthenticated

log = structlog.get_logger(__name__)

Kind = Literal["user", "counselor", "staff"]
KINDS: tuple[Kind, ...] = ("user", "counselor", "staff")

ISSUER = "mentalspace"
ACCESS_SECONDS = 15 * 60
SIGNING_DAYS = 30
_POLL_SECONDS = 0.4
_REMEMBERED = 20_000


class TokenExpired(Unauthenticated):
    code, title = "token_expired", "The access token has expired"


class SessionsRevoked(Event):
    """Some sessions ended; every process looks at once instead of at its next poll."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a verified token speaks for. `role` is empty for people."""

    kind: Kind
    id: UUID
    session_id: UUID
    role: str
    expires_at: float

    @property
    def actor(self) -> tuple[str, UUID]:
        return self.kind, self.id


class AccessTokens:
    """Issues and verifies access tokens. The newest signing key signs, every one not expired verifies."""

    def __init__(self) -> None:
        self._keys: dict[str, Key] = {}
        self._current = ""
        self._verified: dict[str, Principal] = {}
        self._looked_at = 0.0

    async def load(self) -> None:
        """Read the signing keys, making the first one; several processes may do so at once."""
        if not await db.fetchval("SELECT EXISTS (SELECT 1 FROM signing_keys WHERE expires_at IS NULL)"):
            await rotate_signing_key()
        ring = keys.keys().ring
        rows = await db.fetch("SELECT id, wrapped, master FROM signing_keys WHERE expires_at IS NULL OR expires_at > now() ORDER BY expires_at NULLS LAST, created_at")
        self._keys = {row["id"]: ring.unwrap(row["wrapped"], row["master"], row["id"]) for row in rows}
        self._current = rows[-1]["id"]
        self._looked_at = time.monotonic()

    async def keep_loaded(self) -> None:
        """Look for rotated keys once a minute, until cancelled."""
        while True:
            await asyncio.sleep(60)
            try:
                await self.load()
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 (the old keys still verify)
                log.warning("signing_keys.failed", error=type(error).__name__)

    def issue(self, kind: Kind, principal_id: UUID, session_id: UUID, role: str = "") -> str:
        issued = int(clock.now().timestamp())
        claims = {
            "iss": ISSUER, "aud": kind, "sub": str(principal_id), "sid": str(session_id), "role": role,
            "iat": issued, "nbf": issued, "exp": issued + ACCESS_SECONDS, "jti": secrets.token_urlsafe(12),
        }  # fmt: skip
        return jwt.encode(claims, self._keys[self._current].secret, algorithm="HS256", headers={"kid": self._current})

    async def verify(self, token: str) -> Principal:
        """Raises Unauthenticated, TokenExpired."""
        principal = self._verified.get(token)
        if principal is None:
            principal = await self._check(token)
            if len(self._verified) >= _REMEMBERED:
                self._verified.clear()
            self._verified[token] = principal
        if principal.expires_at <= clock.now().timestamp():
            self._verified.pop(token, None)
            raise TokenExpired
        if principal.session_id in revocations:
            raise Unauthenticated("This session has ended")
        return principal

    async def _check(self, token: str) -> Principal:
        key = self._keys.get(kid := _key_id(token))
        if key is None and time.monotonic() - self._looked_at > 1:
            await self.load()
            key = self._keys.get(kid)
        if key is None:
            raise Unauthenticated("The access token is not valid")
        try:
            claims = jwt.decode(
                token, key.secret, algorithms=["HS256"], issuer=ISSUER, audience=list(KINDS),
                options={"require": ["iss", "aud", "sub", "sid", "iat", "nbf", "exp", "jti"], "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )  # fmt: skip
            return _principal(claims)
        except (jwt.InvalidTokenError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
            raise Unauthenticated("The access token is not valid") from None


def _key_id(token: str) -> str:
    """The header's kid, after refusing every header but the three members we write."""
    try:
        head = token.split(".", maxsplit=1)[0]
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, RecursionError):
        raise Unauthenticated("The access token is not valid") from None
    if not isinstance(header, dict) or set(header) != {"alg", "typ", "kid"} or header["alg"] != "HS256" or not isinstance(header["kid"], str):
        raise Unauthenticated("The access token is not valid")
    return str(header["kid"])


def _principal(claims: dict[str, Any]) -> Principal:
    now = clock.now().timestamp()
    for name in ("iat", "nbf", "exp"):
        if type(claims[name]) is not int:
            raise ValueError(name)
    if claims["aud"] not in KINDS or claims["nbf"] > now + 5 or not 0 < claims["exp"] - claims["iat"] <= ACCESS_SECONDS:
        raise ValueError("claims")
    return Principal(claims["aud"], UUID(claims["sub"]), UUID(claims["sid"]), claims.get("role", ""), float(claims["exp"]))


async def rotate_signing_key() -> str:
    """Sign with a new key from now on; tokens of the old ones stay good until they expire. Returns the new key's id."""
    key, kid = Key.new(), secrets.token_hex(6)
    async with db.transaction():
        wrapped, master = keys.keys().ring.wrap(key, kid)
        await db.execute("UPDATE signing_keys SET expires_at = $1 WHERE expires_at IS NULL", clock.now() + timedelta(seconds=2 * ACCESS_SECONDS))
        await db.execute("INSERT INTO signing_keys (id, wrapped, master, created_at) VALUES ($1, $2, $3, $4)", kid, wrapped, master, clock.now())
    return kid


async def tend_signing_keys() -> None:
    """Nightly: a new key every 30 days; those that can verify nothing any more are destroyed."""
    newest = await db.fetchval("SELECT max(created_at) FROM signing_keys WHERE expires_at IS NULL")
    if newest is None or newest < clock.ago(days=SIGNING_DAYS):
        await rotate_signing_key()
    await db.execute("DELETE FROM signing_keys WHERE expires_at < now()")


class Revocations:
    """The sessions that ended within a token's lifetime, in memory. `watchers` hear of each newly ended one."""

    def __init__(self) -> None:
        self._ended: dict[UUID, datetime] = {}
        self._caught_up = datetime(2000, 1, 1, tzinfo=UTC)
        self.watchers: list[Callable[[UUID], None]] = []

    def __contains__(self, session_id: UUID) -> bool:
        return session_id in self._ended

    async def refresh(self, _event: SessionsRevoked | None = None) -> None:
        """Read what ended since the last look, with a margin for transactions that commit late."""
        lifetime = timedelta(seconds=ACCESS_SECONDS + 60)
        # Never beyond our own present: a clock that runs ahead elsewhere must not hide what ends here.
        since = max(min(self._caught_up, clock.now()) - timedelta(seconds=30), clock.now() - lifetime)
        for row in await db.fetch("SELECT id, revoked_at FROM auth_sessions WHERE revoked_at > $1", since):
            self.end(row["id"], row["revoked_at"])
            self._caught_up = max(self._caught_up, row["revoked_at"])
        if len(self._ended) > 1000:
            self._ended = {each: at for each, at in self._ended.items() if at > clock.now() - lifetime}

    def end_all(self, session_ids: list[UUID], at: datetime) -> None:
        for session_id in session_ids:
            self.end(session_id, at)

    def end(self, session_id: UUID, at: datetime) -> None:
        """This process knows at once; the others at their next look."""
        if session_id not in self._ended:
            self._ended[session_id] = at
            for watcher in self.watchers:
                watcher(session_id)

    async def run(self) -> None:
        """Poll until cancelled: the guarantee behind the events."""
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            try:
                await self.refresh()
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 (a lost database must not end the watch)
                log.warning("revocations.failed", error=type(error).__name__)


async def end_sessions(kind: Kind, principal_id: UUID, *, but: UUID | None = None) -> int:
    """End every session of a principal, or every one but one, in the open transaction."""
    ended = await db.fetch(
        "UPDATE auth_sessions SET revoked_at = $3 WHERE principal_kind = $1 AND principal_id = $2 AND revoked_at IS NULL AND id IS DISTINCT FROM $4 RETURNING id",
        kind, principal_id, clock.now(), but,
    )  # fmt: skip
    _tell([row["id"] for row in ended])
    return len(ended)


async def end_session(kind: Kind, principal_id: UUID, session_id: UUID) -> bool:
    """End one session of a principal; False when it has none of that id alive."""
    ended = await db.execute(
        "UPDATE auth_sessions SET revoked_at = $4 WHERE id = $3 AND principal_kind = $1 AND principal_id = $2 AND revoked_at IS NULL",
        kind, principal_id, session_id, clock.now(),
    )  # fmt: skip
    if ended:
        _tell([session_id])
    return bool(ended)


def _tell(ended: list[UUID]) -> None:
    if ended:
        at = clock.now()
        db.after_commit(partial(revocations.end_all, ended, at))
        publish(SessionsRevoked())


tokens = AccessTokens()
revocations = Revocations()
