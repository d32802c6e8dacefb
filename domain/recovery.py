"""Passwords lost and changed."""

from __future__ import annotations

from uuid import UUID

from core import clock, db, jobs, keys, runtime
from core.jobs import Job
from core.limits import limiter
from core.passwords import hasher, weakness
from core.problem import Forbidden, Invalid
from domain import access, accounts, addresses, audit, links, mails
from domain.access import Kind, Principal
from domain.sign_in import Caller, address_key

_TABLES: dict[str, str] = {"user": "users", "counselor": "counselors", "staff": "staff"}


class WrongPassword(Forbidden):
    code, title = "wrong_password", "The current password is wrong"


class SendReset(Job):
    """Somebody asked for a reset mail; looking the account up here keeps the answer's time the same for all."""

    queue = "mail"

    kind: str
    index: str


async def forgot_password(email: str, kind: Kind, caller: Caller) -> None:
    """Promise a reset mail if there is such an account; nobody can tell from here whether there is. Raises RateLimited."""
    chosen, index = runtime.settings(), addresses.index(email if kind == "user" else addresses.at_work(email)).hex()
    await limiter().require("forgot_address", chosen.limit_forgot_address, address_key(caller.address))
    await limiter().require("forgot", chosen.limit_forgot, f"{kind}:{index[:24]}")
    async with db.transaction():
        await jobs.defer(SendReset(kind=kind, index=index))


async def send_reset(kind: Kind, index: bytes) -> None:
    """Mail a reset link to the account of this address; a new verification link where it was never verified."""
    async with db.transaction():
        if kind != "user":
            for row in await db.fetch(f"SELECT id, email FROM {_TABLES[kind]} WHERE is_active"):
                if addresses.index(row["email"]) == index:
                    await _send(kind, row["id"])
            return
        found = await db.fetchrow(
            "SELECT id, email_index IS NOT NULL AS counts FROM users WHERE (email_index = $1 OR pending_index = $1) AND NOT is_banned ORDER BY email_index NULLS LAST, created_at DESC LIMIT 1",
            index,
        )
        if found is None:
            return
        if found["counts"]:
            await _send(kind, found["id"])
        else:
            await accounts.mail_verification(found["id"])


async def _send(kind: Kind, principal_id: UUID) -> None:
    await mails.send(kind, principal_id, "reset_password", token_id=await links.create(kind, principal_id, "reset_password"))
    await audit.record("reset_requested", actor=("system", None), subject=(kind, principal_id))


async def reset_password(token: str, password: str) -> None:
    """Set a new password by a mailed link; every session of the account ends. Raises TokenInvalid, Invalid."""
    # Cheap before costly: a forged link must not cost a hash. It is spent for real in the transaction below.
    whose = await links.unspent(token, "reset_password")
    if why := weakness(password, await _email(whose["principal_kind"], whose["principal_id"])):
        raise Invalid([("password", why)])
    hashed = await hasher().hash(password)
    async with db.transaction():
        # The account before its links, as everywhere: two who want both must not wait for each other.
        await db.execute(f"SELECT FROM {_TABLES[whose['principal_kind']]} WHERE id = $1 FOR UPDATE", whose["principal_id"])
        link = await links.use(token, "reset_password")
        kind, principal_id = link["principal_kind"], link["principal_id"]
        await _store(kind, principal_id, hashed)
        if kind == "user":
            # Whoever holds the link reads that mailbox.
            await db.execute("UPDATE users SET email_verified = true WHERE id = $1 AND email_index IS NOT NULL", principal_id)
        await access.end_sessions(kind, principal_id)
        await audit.record("password_reset", actor=(kind, principal_id), subject=(kind, principal_id))
        await mails.send(kind, principal_id, "password_changed")


async def change_password(principal: Principal, current: str, new: str) -> None:
    """Change it knowing the present one; this session stays, all others end. Raises WrongPassword, Invalid, RateLimited."""
    table = _TABLES[principal.kind]
    stored = await db.fetchval(f"SELECT password FROM {table} WHERE id = $1", principal.id)
    standing = await limiter().hit_exactly("login", runtime.settings().limit_login, f"change:{principal.id}")
    if standing is not None and not standing.allowed:
        raise standing.refusal()
    if not await hasher().verify(current, stored):
        raise WrongPassword
    limiter().refund("login", f"change:{principal.id}")
    if why := weakness(new, await _email(principal.kind, principal.id)):
        raise Invalid([("newPassword", why)])
    hashed = await hasher().hash(new)
    async with db.transaction():
        if stored != await db.fetchval(f"SELECT password FROM {table} WHERE id = $1 FOR UPDATE", principal.id):
            # Reset, or confirmed with another one, since we looked: that stands.
            raise WrongPassword
        await _store(principal.kind, principal.id, hashed)
        await access.end_sessions(principal.kind, principal.id, but=principal.session_id)
        await audit.record("password_changed", actor=principal.actor, subject=principal.actor)
        await mails.send(principal.kind, principal.id, "password_changed")


async def _store(kind: str, principal_id: UUID, hashed: str) -> None:
    await db.execute(f"UPDATE {_TABLES[kind]} SET password = $2, updated_at = $3 WHERE id = $1", principal_id, hashed, clock.now())
    await links.cancel("reset_password", kind, principal_id)  # type: ignore[arg-type]


async def _email(kind: str, principal_id: UUID) -> str | None:
    sealed = await db.fetchval(f"SELECT email FROM {_TABLES[kind]} WHERE id = $1", principal_id)
    if kind != "user":
        return str(sealed)
    return (await keys.keys().of(principal_id)).open(sealed, "users.email", principal_id)
