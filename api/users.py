"""A person's own account: profile, preferences, becoming known after having been anonymous."""

from __future__ import annotations

from datetime import date
from typing import Literal

from msgspec import UNSET, UnsetType

from api.answers import Answer, answer
from api.fields import Email, Gender, Language, LocalTime, Name, Password, Zone
from api.http import Call
from api.schema import Body, given, given_nested
from core.views import View
from domain import accounts
from domain import preferences as preferring
from domain.accounts import User
from domain.preferences import Preferences


async def profile(call: Call) -> User:
    """The signed-in person."""
    return await accounts.profile(call.user_id)


class ChangeProfile(Body):
    first_name: Name | UnsetType | None = UNSET
    last_name: Name | UnsetType | None = UNSET
    date_of_birth: date | UnsetType | None = UNSET
    gender: Gender | UnsetType | None = UNSET
    timezone: Zone | UnsetType = UNSET
    language: Language | UnsetType = UNSET


async def change_profile(call: Call, body: ChangeProfile) -> User:
    """Change any of the profile's fields."""
    return await accounts.change_profile(call.user_id, given(body), call.if_match)


class Upgrade(Body):
    email: Email
    password: Password


class Upgraded(View):
    user: User


async def upgrade(call: Call, body: Upgrade, digest: bytes) -> Answer:
    """Give an anonymous account an address and a password."""
    # Outside the transaction of an Idempotency-Key: no connection to the database is held while a hash is made.
    hashed = await accounts.hash_new(body.password, body.email)

    async def work() -> Answer:
        return answer(Upgraded(user=await accounts.upgrade(call.principal, body.email, hashed)))

    return await call.once(digest, work)


class ChangeChannel(Body):
    mood_reminder: bool | UnsetType = UNSET
    weekly_summary: bool | UnsetType = UNSET
    program_reminder: bool | UnsetType = UNSET
    chat: bool | UnsetType = UNSET
    achievements: bool | UnsetType = UNSET


class ChangeQuietHours(Body):
    start: LocalTime
    end: LocalTime


class ChangeNotifying(Body):
    email: ChangeChannel | UnsetType = UNSET
    push: ChangeChannel | UnsetType = UNSET
    quiet_hours: ChangeQuietHours | UnsetType | None = UNSET
    mood_reminder_time: LocalTime | UnsetType | None = UNSET


class ChangePrivacy(Body):
    activity_tracking: bool | UnsetType = UNSET
    insights: bool | UnsetType = UNSET


class ChangePreferences(Body):
    timezone: Zone | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    theme: Literal["light", "dark", "system"] | UnsetType = UNSET
    font_size: Literal["small", "medium", "large"] | UnsetType = UNSET
    notifications: ChangeNotifying | UnsetType = UNSET
    privacy: ChangePrivacy | UnsetType = UNSET


async def preferences(call: Call) -> Preferences:
    """How the app looks, what may reach this person, what may be learned from them."""
    return await preferring.preferences(call.user_id)


async def change_preferences(call: Call, body: ChangePreferences) -> Preferences:
    """Change any of the preferences; the rest stays."""
    return await preferring.change(call.user_id, given_nested(body), call.if_match)
