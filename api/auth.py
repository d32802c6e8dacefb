"""Signing up, signing in, passwords, devices."""

from __future__ import annotations

from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from api.answers import Answer, answer
from api.fields import Email, Gender, Language, Name, Password, Secret, Zone
from api.http import Call
from api.paging import ShortQuery, part
from api.schema import Body
from core.problem import Invalid
from core.views import Instant, Page, View, instant
from domain import access, accounts, recovery, sign_in
from domain.accounts import User
from domain.people import CounselorAccount, StaffAccount, counselor_account, staff_account

Kind = Literal["user", "counselor", "staff"]


class Tokens(View):
    """`expires_in` is in seconds; the refresh token is good once, for 30 days."""

    access_token: str
    refresh_token: str
    token_type: str = "Bearer"  # noqa: S105 (its name, not a secret)
    expires_in: int = access.ACCESS_SECONDS


class SignedIn(Tokens):
    """Tokens with the account they are for: the member of the kind that signed in."""

    user: User | msgspec.UnsetType = msgspec.UNSET
    counselor: CounselorAccount | msgspec.UnsetType = msgspec.UNSET
    staff: StaffAccount | msgspec.UnsetType = msgspec.UNSET


class VerificationSent(View):
    status: str = "verification_sent"


class Device(View):
    id: UUID
    created_at: Instant
    last_used_at: Instant
    user_agent: str
    current: bool


def _signed_in(user: User, tokens: sign_in.Tokens) -> SignedIn:
    return SignedIn(user=user, access_token=tokens.access, refresh_token=tokens.refresh)


class Register(Body):
    """Either an email with a password, or `isAnonymous: true`."""

    email: Email | msgspec.UnsetType = msgspec.UNSET
    password: Password | msgspec.UnsetType = msgspec.UNSET
    first_name: Name | None = None
    last_name: Name | None = None
    date_of_birth: date | None = None
    gender: Gender | None = None
    timezone: Zone | None = None
    language: Language | None = None
    is_anonymous: bool = False


async def register(call: Call, body: Register) -> Answer:
    """Open an account."""
    timezone, language = body.timezone or "UTC", body.language or "en"
    if body.is_anonymous:
        named = [name for name in ("email", "password") if getattr(body, name) is not msgspec.UNSET]
        named += [public for name, public in _ABOUT.items() if getattr(body, name) is not None]
        if named:
            raise Invalid([(name, "is not taken with isAnonymous") for name in named])
        return answer(_signed_in(*await accounts.register_anonymously(call.caller, timezone=timezone, language=language)), 201)
    if isinstance(body.email, msgspec.UnsetType) or isinstance(body.password, msgspec.UnsetType):
        raise Invalid([(name, "is required") for name in ("email", "password") if getattr(body, name) is msgspec.UNSET])
    made = await accounts.register(
        body.email, body.password, call.caller, timezone=timezone, language=language, gender=body.gender,
        first_name=body.first_name, last_name=body.last_name, date_of_birth=body.date_of_birth,
    )  # fmt: skip
    return answer(VerificationSent(), 202) if made is None else answer(_signed_in(*made), 201)


_ABOUT = {"first_name": "firstName", "last_name": "lastName", "date_of_birth": "dateOfBirth", "gender": "gender"}


class VerifyEmail(Body):
    """`password` replaces the one chosen at registration, and signs out whoever was signed in to the account before."""

    token: Secret
    password: Password | None = None


async def verify_email(call: Call, body: VerifyEmail) -> SignedIn:
    """Confirm an email address by the mailed link."""
    return _signed_in(*await accounts.verify_email(body.token, call.caller, body.password))


class Login(Body):
    email: Email
    password: Password
    kind: Kind = "user"
    otp: Secret | None = None


async def login(call: Call, body: Login) -> SignedIn:
    """Sign in."""
    tokens = await sign_in.login(body.email, body.password, body.kind, body.otp, call.caller)
    who = tokens.principal.id
    return SignedIn(
        access_token=tokens.access,
        refresh_token=tokens.refresh,
        user=await accounts.profile(who) if body.kind == "user" else msgspec.UNSET,
        counselor=await counselor_account(who) if body.kind == "counselor" else msgspec.UNSET,
        staff=await staff_account(who) if body.kind == "staff" else msgspec.UNSET,
    )


class Refresh(Body):
    refresh_token: Secret


async def refresh(_call: Call, body: Refresh) -> Tokens:
    """Trade a refresh token for fresh tokens."""
    tokens = await sign_in.refresh(body.refresh_token)
    return Tokens(access_token=tokens.access, refresh_token=tokens.refresh)


async def logout(call: Call) -> None:
    """End this session."""
    await sign_in.logout(call.principal)


class Forgot(Body):
    email: Email
    kind: Kind = "user"


class Accepted(View):
    status: str = "accepted"


async def forgot_password(call: Call, body: Forgot) -> Accepted:
    """Ask for a reset mail; the answer never tells whether there is such an account."""
    await recovery.forgot_password(body.email, body.kind, call.caller)
    return Accepted()


class Reset(Body):
    token: Secret
    password: Password


async def reset_password(_call: Call, body: Reset) -> None:
    """Set a new password by the mailed link; every session ends."""
    await recovery.reset_password(body.token, body.password)


class ChangePassword(Body):
    current_password: Password
    new_password: Password


async def change_password(call: Call, body: ChangePassword) -> None:
    """Change the password; all other sessions end."""
    await recovery.change_password(call.principal, body.current_password, body.new_password)


class SessionsQuery(ShortQuery):
    """All devices, or a page of them."""


async def sessions(call: Call, query: SessionsQuery) -> Page[Device]:
    """The devices signed in."""
    return part(
        call.principal.id,
        query,
        [
            Device(
                id=row["id"],
                created_at=instant(row["created_at"]),
                last_used_at=instant(row["last_used_at"]),
                user_agent=row["user_agent"],
                current=row["id"] == call.principal.session_id,
            )
            for row in await sign_in.sessions(call.principal)
        ],
    )


async def end_session(call: Call, id: UUID) -> None:
    """Sign a device out."""
    await sign_in.sign_out_device(call.principal, id)
