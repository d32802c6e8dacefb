"""People's accounts: registering, becoming somebody after having been anonymous, profile, preferences."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg

from core import clock, db, keys, runtime
from core.crypto import Key
from core.limits import limiter
from core.passwords import hasher, weakness
from core.problem import Conflict, Invalid, NotFound
from core.views import Instant, View, instant, require_version
from domain import access, addresses, audit, avatar_column, insight_refreshing, links, mails
from domain.access import Principal
from domain.avatar_column import AvatarView
from domain.sign_in import Caller, Tokens, address_key, open_session


class EmailTaken(Conflict):
    title = "This email address already has an account"


class NotAnonymous(Conflict):
    title = "This account already has an email address"


# Whose address a verification mail asks about: of an account that waits for the answer, of a guest's, of one in use already.
Asked = Literal["registration", "guest", "open"]


class User(View):
    id: UUID
    email: str | None
    first_name: str | None
    last_name: str | None
    date_of_birth: date | None
    gender: str | None
    avatar: AvatarView | None
    is_premium: bool
    is_anonymous: bool
    email_verified: bool
    timezone: str
    language: str
    theme: str
    font_size: str
    created_at: Instant
    updated_at: Instant


def user_view(row: asyncpg.Record, key: Key) -> User:
    user_id = row["id"]
    born = key.open(row["date_of_birth"], "users.date_of_birth", user_id)
    counts = row["email_index"] is not None
    return User(
        id=user_id,
        email=key.open(row["email"], "users.email", user_id) if counts else None,
        first_name=key.open(row["first_name"], "users.first_name", user_id),
        last_name=key.open(row["last_name"], "users.last_name", user_id),
        date_of_birth=date.fromisoformat(born) if born else None,
        gender=row["gender"],
        avatar=avatar_column.view(row["avatar"]),
        is_premium=row["is_premium"],
        is_anonymous=row["is_anonymous"],
        email_verified=row["email_verified"],
        timezone=row["timezone"],
        language=row["language"],
        theme=row["theme"],
        font_size=row["font_size"],
        created_at=instant(row["created_at"]),
        updated_at=instant(row["updated_at"]),
    )


async def profile(user_id: UUID, *, lock: bool = False) -> User:
    """Raises NotFound when the account is gone."""
    row = await db.fetchrow(f"SELECT * FROM users WHERE id = $1{' FOR UPDATE' if lock else ''}", user_id)
    if row is None:
        raise NotFound
    return user_view(row, await keys.keys().of(user_id))


async def register(
    email: str, password: str, caller: Caller, *, timezone: str = "UTC", language: str = "en", gender: str | None = None, **names: Any
) -> tuple[User, Tokens] | None:
    """Open an account with an email address; `names` are first_name, last_name, date_of_birth.

    Where addresses must be verified, returns None whether or not the address is taken, after the same work; the
    owner of a taken one is told by mail. Raises Invalid for a weak password, RateLimited, EmailTaken.
    """
    await _limit_registrations(caller)
    _require_born(names.get("date_of_birth"))
    hashed = await hash_new(password, email)
    index = addresses.index(email)
    verifies = runtime.settings().verifies_email
    async with db.transaction():
        owner = await db.fetchval("SELECT id FROM users WHERE email_index = $1", index)
        if owner is not None:
            await _refuse_taken(owner)
            return None
        user_id = clock.new_id()
        key = await keys.keys().create_for(user_id)
        made = await db.fetchrow(
            """
            INSERT INTO users (id, email, email_index, pending_index, email_verified, password, first_name, last_name, date_of_birth, gender,
                is_premium, is_anonymous, is_banned, timezone, language, theme, font_size, preferences, created_at, updated_at)
            VALUES ($1, $2, $3, $4, false, $5, $6, $7, $8, $9, false, false, false, $10, $11, 'system', 'medium', '{}', $12, $12)
            ON CONFLICT (email_index) WHERE email_index IS NOT NULL DO NOTHING RETURNING *
            """,
            user_id, key.seal(email, "users.email", user_id), None if verifies else index, index if verifies else None, hashed,
            *_sealed_names(key, user_id, names).values(), gender, timezone, language, clock.now(),
        )  # fmt: skip
        if made is None:
            # Somebody else took it between our look and our insert.
            raise EmailTaken
        await audit.record("registered", actor=("user", user_id), subject=("user", user_id))
        await _ask_to_verify(user_id, index, "registration" if verifies else "open")
        if verifies:
            return None
        await mails.send("user", user_id, "welcome", chose_password=False)
        return user_view(made, key), await open_session("user", user_id, "", caller)


async def _refuse_taken(owner: UUID) -> None:
    if not runtime.settings().verifies_email:
        raise EmailTaken
    standing = limiter().hit("email_taken", runtime.settings().limit_forgot, str(owner))
    if standing is None or standing.allowed:
        await mails.send("user", owner, "email_taken")


async def _ask_to_verify(user_id: UUID, index: bytes, asked: Asked) -> None:
    """Mail a link that confirms the address.

    Our choice: whoever asks, one address gets no more of these than of reset mails (LIMIT_FORGOT). A mailbox cannot be flooded by
    registering it again and again; whoever's own mail falls to a stranger's can ask for it by forgot-password, which counts apart.
    """
    token_id = await links.create("user", user_id, "verify_email")
    standing = limiter().hit("verify_mail", runtime.settings().limit_forgot, index.hex()[:24])
    if standing is None or standing.allowed:
        await _mail_link(user_id, token_id, asked, clock.now())


async def mail_verification(user_id: UUID) -> None:
    """Mail another link for an address that was never confirmed, in the open transaction."""
    given = await db.fetchrow(
        """
        SELECT is_anonymous, COALESCE((SELECT max(at) FROM audit_entries WHERE subject_id = users.id AND action = 'upgraded'), created_at) AS at
        FROM users WHERE id = $1 AND email_index IS NULL
        """,
        user_id,
    )
    if given is not None:
        token_id = await links.create("user", user_id, "verify_email")
        await _mail_link(user_id, token_id, "guest" if given["is_anonymous"] else "registration", given["at"])


async def _mail_link(user_id: UUID, token_id: UUID, asked: Asked, given_at: datetime) -> None:
    """Say when the address was given. Not on what device: that would be words of whoever gave it, and the reader may be somebody else."""
    await mails.send("user", user_id, "verify_email", token_id=token_id, asked=asked, given_at=given_at.strftime("%Y-%m-%d %H:%M UTC"))


async def register_anonymously(caller: Caller, *, timezone: str = "UTC", language: str = "en") -> tuple[User, Tokens]:
    """Open an account that asks for nothing. Raises RateLimited."""
    await _limit_registrations(caller)
    async with db.transaction():
        user_id = clock.new_id()
        key = await keys.keys().create_for(user_id)
        made = await db.fetchrow(
            """
            INSERT INTO users (id, email_verified, is_premium, is_anonymous, is_banned, timezone, language, theme, font_size, preferences, created_at, updated_at)
            VALUES ($1, false, false, true, false, $2, $3, 'system', 'medium', '{}', $4, $4) RETURNING *
            """,
            user_id, timezone, language, clock.now(),
        )  # fmt: skip
        await audit.record("registered", actor=("user", user_id), subject=("user", user_id), anonymous=True)
        return user_view(_there(made), key), await open_session("user", user_id, "", caller)


async def hash_new(password: str, email: str | None) -> str:
    """The hash of a password that an account of this address is to have. Raises Invalid for a weak one."""
    if why := weakness(password, email):
        raise Invalid([("password", why)])
    return await hasher().hash(password)


async def upgrade(principal: Principal, email: str, hashed: str) -> User:
    """Give an anonymous account an address and a password, of which `hash_new` made `hashed`; it keeps every row and its session.

    Where addresses must be verified it counts only then, and a taken one answers alike. Raises NotAnonymous, EmailTaken.
    """
    index = addresses.index(email)
    verifies = runtime.settings().verifies_email
    async with db.transaction():
        row = await db.fetchrow("SELECT * FROM users WHERE id = $1 FOR UPDATE", principal.id)
        if row is None:
            raise NotFound
        if not row["is_anonymous"]:
            raise NotAnonymous
        owner = await db.fetchval("SELECT id FROM users WHERE email_index = $1", index)
        if owner is not None and not verifies:
            raise EmailTaken
        key = await keys.keys().of(principal.id)
        sealed = key.seal(email, "users.email", principal.id)
        try:
            async with db.savepoint():
                changed = await db.fetchrow(
                    """
                    UPDATE users SET email = $2, email_index = $3, pending_index = $4, is_anonymous = $5, password = $6, updated_at = $7
                    WHERE id = $1 RETURNING *
                    """,
                    principal.id, sealed, None if verifies else index, index if verifies else None, verifies, hashed, clock.now(),
                )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise EmailTaken from None
        await audit.record("upgraded", actor=principal.actor, subject=("user", principal.id))
        if owner is not None:
            # A link sent to an address named earlier must not confirm this one.
            await links.cancel("verify_email", "user", principal.id)
            await _refuse_taken(owner)
        else:
            await _ask_to_verify(principal.id, index, "guest" if verifies else "open")
            if not verifies:
                await mails.send("user", principal.id, "welcome", chose_password=False)
        return user_view(_there(changed), key)


async def find(email: str) -> UUID | None:
    """Whose address this is."""
    found: UUID | None = await db.fetchval("SELECT id FROM users WHERE email_index = $1 OR (email_index IS NULL AND pending_index = $1)", addresses.index(email))
    return found


async def verify_email(token: str, caller: Caller, password: str | None = None) -> tuple[User, Tokens]:
    """Make an address count, and sign its owner in; the links of others who wait for that address stop working.

    Whoever registered it need not be who reads its mail: `password` replaces the one chosen then, and ends every session from before.
    Raises TokenInvalid, also when somebody else verified it first, Invalid for a weak password, which leaves the link unspent.
    """
    user_id = (await links.unspent(token, "verify_email"))["principal_id"]
    hashed = await _hash_for(user_id, password) if password is not None else None
    async with db.transaction():
        # All who wait for the address, in one order for every caller, and before their links.
        waiting = await db.fetch(
            "SELECT * FROM users WHERE id = $1 OR pending_index = (SELECT COALESCE(pending_index, email_index) FROM users WHERE id = $1) ORDER BY id FOR UPDATE", user_id
        )
        await links.use(token, "verify_email")
        row = next((each for each in waiting if each["id"] == user_id and not each["is_banned"]), None)
        if row is None:
            raise links.TokenInvalid
        was_pending = row["pending_index"] is not None
        try:
            async with db.savepoint():
                changed = await db.fetchrow(
                    """
                    UPDATE users SET email_verified = true, email_index = COALESCE(pending_index, email_index), pending_index = NULL, is_anonymous = false,
                        mail_bounced_at = NULL, password = COALESCE($3, password), updated_at = $2 WHERE id = $1 RETURNING *
                    """,
                    user_id, clock.now(), hashed,
                )  # fmt: skip
        except asyncpg.UniqueViolationError:
            raise links.TokenInvalid from None
        await links.cancel("verify_email", "user", *(each["id"] for each in waiting))
        if hashed is not None:
            await links.cancel("reset_password", "user", user_id)
            await access.end_sessions("user", user_id)
        await audit.record("email_verified", actor=("user", user_id), subject=("user", user_id), password_chosen=hashed is not None)
        if was_pending:
            await mails.send("user", user_id, "welcome", chose_password=hashed is not None)
        return user_view(_there(changed), await keys.keys().of(user_id)), await open_session("user", user_id, "", caller)


async def _hash_for(user_id: UUID, password: str) -> str:
    """Raises Invalid for a weak password, TokenInvalid when the account is gone."""
    sealed = await db.fetchval("SELECT email FROM users WHERE id = $1", user_id)
    if sealed is None:
        raise links.TokenInvalid
    return await hash_new(password, (await keys.keys().of(user_id)).open(sealed, "users.email", user_id))


class Standing(View):
    """What the service itself decides about an account."""

    id: UUID
    is_premium: bool
    is_banned: bool


async def set_standing(principal: Principal, user_id: UUID, *, is_premium: bool | None = None, is_banned: bool | None = None) -> Standing:
    """Give or take premium, close or open an account; None leaves it as it is. Closing ends every session. Raises NotFound."""
    async with db.transaction():
        row = await db.fetchrow(
            """
            UPDATE users SET is_premium = COALESCE($2, is_premium), is_banned = COALESCE($3, is_banned), updated_at = $4
            WHERE id = $1 RETURNING id, is_premium, is_banned
            """,
            user_id, is_premium, is_banned, clock.now(),
        )  # fmt: skip
        if row is None:
            raise NotFound
        if row["is_banned"]:
            await access.end_sessions("user", user_id)
        changes = {name: value for name, value in (("is_premium", is_premium), ("is_banned", is_banned)) if value is not None}
        await audit.record("standing_set", actor=principal.actor, subject=("user", user_id), **changes)
    return Standing(**dict(row))


_SEALED = ("first_name", "last_name", "date_of_birth")
_PLAIN = ("gender", "timezone", "language")


async def change_profile(user_id: UUID, changes: Mapping[str, Any], if_match: str | None = None) -> User:
    """Change any of first_name, last_name, date_of_birth, gender, timezone, language.

    `if_match`: the version the caller saw. Raises Stale when it is another by now.
    """
    _require_born(changes.get("date_of_birth"))
    async with db.transaction():
        before = await profile(user_id, lock=True)
        require_version(before, if_match)
        key = await keys.keys().of(user_id)
        columns = {**_sealed_names(key, user_id, changes, only_given=True), **{name: changes[name] for name in _PLAIN if name in changes}}
        if columns:
            assignments = ", ".join(f"{name} = ${index}" for index, name in enumerate(columns, start=3))
            await db.execute(f"UPDATE users SET updated_at = $2, {assignments} WHERE id = $1", user_id, clock.now(), *columns.values())
        if columns.get("timezone", before.timezone) != before.timezone:
            await insight_refreshing.refresh_soon(user_id)
        return await profile(user_id)


def _sealed_names(key: Key, user_id: UUID, values: Mapping[str, Any], *, only_given: bool = False) -> dict[str, bytes | None]:
    names = [name for name in _SEALED if name in values] if only_given else list(_SEALED)
    texts = {name: values.get(name) for name in names}
    return {name: key.seal(text.isoformat() if isinstance(text, date) else text or None, f"users.{name}", user_id) for name, text in texts.items()}


def _require_born(day: date | None) -> None:
    if day is not None and not date(1900, 1, 1) <= day <= clock.now().date():
        raise Invalid([("dateOfBirth", "must be a date from 1900-01-01 to today")])


async def _limit_registrations(caller: Caller) -> None:
    await limiter().require("register", runtime.settings().limit_register, address_key(caller.address))


def _there(row: asyncpg.Record | None) -> asyncpg.Record:
    if row is None:
        raise NotFound
    return row
