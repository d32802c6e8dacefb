"""Counselors and staff: their accounts, as they see them themselves and as the command line makes them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pyotp

from core import clock, db, keys
from core.crypto import place
from core.passwords import hasher, weakness
from core.problem import Conflict, Invalid, NotFound
from core.text import clean_line
from core.views import Instant, View, instant
from domain import addresses, audit

SPECIALIZATION_CHARACTERS, LICENSE_CHARACTERS = 60, 64


class AlreadyThere(Conflict):
    title = "This email address already has an account of that kind"


class CounselorAccount(View):
    id: UUID
    email: str
    role: str
    first_name: str
    last_name: str
    license_number: str
    specializations: list[str]
    languages: list[str]
    bio: str
    status: str
    capacity: int
    rating: float | None
    total_sessions: int
    created_at: Instant
    updated_at: Instant


class StaffAccount(View):
    id: UUID
    email: str
    role: str
    created_at: Instant
    updated_at: Instant


async def counselor_account(counselor_id: UUID) -> CounselorAccount:
    """Raises NotFound."""
    row = await db.fetchrow("SELECT * FROM counselors WHERE id = $1", counselor_id)
    if row is None:
        raise NotFound
    return CounselorAccount(
        **_shared(row),
        **{name: row[name] for name in ("first_name", "last_name", "license_number", "specializations", "languages", "bio", "status", "capacity", "rating", "total_sessions")},
    )


async def staff_account(staff_id: UUID) -> StaffAccount:
    """Raises NotFound."""
    row = await db.fetchrow("SELECT * FROM staff WHERE id = $1", staff_id)
    if row is None:
        raise NotFound
    return StaffAccount(**_shared(row))


def _shared(row: Any) -> dict[str, Any]:
    return {"id": row["id"], "email": row["email"], "role": row["role"], "created_at": instant(row["created_at"]), "updated_at": instant(row["updated_at"])}


async def add_counselor(
    email: str, password: str, *, first_name: str, last_name: str, license_number: str, specializations: list[str], languages: list[str], role: str = "counselor",
    by: tuple[str, UUID | None] = ("system", None),
) -> UUID:  # fmt: skip
    """Make a counselor's account. Raises Invalid naming what is wrong, AlreadyThere."""
    email, hashed = await _credentials(email, password)
    lines = {"firstName": (first_name, 120), "lastName": (last_name, 120), "licenseNumber": (license_number, LICENSE_CHARACTERS)}
    named = {name: _line(name, text, most) for name, (text, most) in lines.items()}
    topics = [_line("specializations", each, SPECIALIZATION_CHARACTERS).lower() for each in specializations]
    counselor_id = clock.new_id()
    async with db.transaction():
        made = await db.execute(
            """
            INSERT INTO counselors (id, email, password, role, first_name, last_name, license_number, specializations, languages, bio, is_online, status,
                capacity, total_sessions, is_active, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '', false, 'offline', 3, 0, true, $10, $10) ON CONFLICT (email) DO NOTHING
            """,
            counselor_id, email, hashed, role, named["firstName"], named["lastName"], named["licenseNumber"], topics, languages, clock.now(),
        )  # fmt: skip
        await _finish("counselor", counselor_id, made, by)
    return counselor_id


async def add_staff(email: str, password: str, role: str) -> UUID:
    """Make a staff account. Raises Invalid, AlreadyThere."""
    email, hashed = await _credentials(email, password)
    staff_id = clock.new_id()
    async with db.transaction():
        made = await db.execute(
            "INSERT INTO staff (id, email, password, role, is_active, created_at, updated_at) VALUES ($1, $2, $3, $4, true, $5, $5) ON CONFLICT (email) DO NOTHING",
            staff_id, email, hashed, role, clock.now(),
        )  # fmt: skip
        await _finish("staff", staff_id, made)
    return staff_id


async def _credentials(email: str, password: str) -> tuple[str, str]:
    try:
        email = addresses.at_work(addresses.parse(email))
    except ValueError as error:
        raise Invalid([("email", str(error))]) from None
    if why := weakness(password, email):
        raise Invalid([("password", why)])
    return email, await hasher().hash(password)


def _line(name: str, text: str, most: int) -> str:
    try:
        found = clean_line(text, most * 4)
    except ValueError as error:
        raise Invalid([(name, str(error))]) from None
    if not 0 < len(found) <= most:
        raise Invalid([(name, f"must have 1 to {most} characters")])
    return found


async def _finish(kind: str, account_id: UUID, made: int, by: tuple[str, UUID | None] = ("system", None)) -> None:
    if not made:
        raise AlreadyThere
    await keys.keys().create_for(account_id)
    await audit.record(f"{kind}_added", actor=by, subject=(kind, account_id))


async def set_otp(kind: str, email: str) -> str:
    """Require an authenticator from now on; returns the otpauth:// address for it. Raises NotFound."""
    table = {"counselor": "counselors", "staff": "staff"}[kind]
    secret = pyotp.random_base32()
    async with db.transaction():
        account_id = await db.fetchval(f"SELECT id FROM {table} WHERE email = $1 FOR UPDATE", addresses.at_work(email))
        if account_id is None:
            raise NotFound("No such account")
        sealed = keys.keys().system("otp").seal_bytes(secret.encode(), place(f"{kind}.otp_secret", account_id))
        await db.execute(f"UPDATE {table} SET otp_secret = $2, otp_step = NULL, updated_at = $3 WHERE id = $1", account_id, sealed, clock.now())
        await audit.record("otp_set", actor=("system", None), subject=(kind, account_id))
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="MentalSpace")
