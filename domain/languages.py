"""The languages the system itself speaks, and the one that somebody chose."""

from __future__ import annotations

from uuid import UUID

from core import db

SPOKEN = ("en", "es")


def spoken(tag: str) -> str:
    """The spoken language for a BCP 47 tag; English where we do not speak it."""
    primary = tag.partition("-")[0].lower()
    return primary if primary in SPOKEN else "en"


async def language_of(user_id: UUID) -> str:
    """The BCP 47 tag that somebody chose."""
    return await db.fetchval("SELECT language FROM users WHERE id = $1", user_id) or "en"
