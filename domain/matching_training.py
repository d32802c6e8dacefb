"""What the nightly training of matching reads: what ended chats were about, who took or declined them, and how they were rated.

Only chats of people who allow both that what they do is counted and that what they write is analysed; no emergencies, which are offered to all. Of a chat its
topic is opened, never a message, and what leaves this file are stems of words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import asyncpg
import structlog

from core import clock, db, keys, telemetry
from core.crypto import CannotOpen, Key
from core.jobs import Job
from core.keys import KeyDestroyed
from domain import topics
from domain.chat import matching
from domain.languages import spoken
from models.consent import ANALYSED, COUNTED

log = structlog.get_logger(__name__)

# What people bring and who is there changes: older chats are not learnt from. The newest so many are, which bounds memory and time (a minute or two).
WINDOW = timedelta(days=730)
MOST_CHATS = 50_000
_AT_ONCE = 1_000


class TrainMatching(Job):
    """Nightly: learn from the chats that ended what people come with and whom it suits; used only while it beats the first step."""

    queue = "insights"
    max_attempts = 3
    time_limit = 1800


@dataclass(frozen=True)
class Chat:
    """`similarities` is what the first step says; `language` one that we speak; `declined` by those who were asked alone and said no."""

    person: UUID
    language: str
    stems: list[str] = field(repr=False)
    similarities: dict[str, float] = field(repr=False)
    counselor: UUID | None
    rating: int | None
    declined: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class Material:
    """Chats, oldest first; and by counselor the topics among their specializations, and how well they know which (`matching.knows`)."""

    chats: list[Chat]
    specialized: dict[UUID, frozenset[str]]
    knows: dict[UUID, Mapping[str, float]]


async def material() -> Material:
    """A chat whose topic cannot be opened is logged and left out."""
    rows = await db.fetch(
        f"""
        SELECT s.id, s.user_id, s.topic, s.language, s.counselor_id, s.rating FROM chat_sessions s JOIN users u ON u.id = s.user_id
        WHERE s.status = 'closed' AND s.priority <> 'emergency' AND s.created_at > $1 AND {COUNTED} AND {ANALYSED} ORDER BY s.created_at DESC, s.id DESC LIMIT $2
        """,
        clock.now() - WINDOW, MOST_CHATS,
    )  # fmt: skip
    rows.reverse()
    chats: list[Chat] = []
    for start in range(0, len(rows), _AT_ONCE):
        chats += await _read(rows[start : start + _AT_ONCE])
    counselors = await db.fetch("SELECT id, specializations, languages, bio FROM counselors ORDER BY id")
    return Material(
        chats=chats,
        specialized={row["id"]: frozenset().union(*map(topics.slugs_of, row["specializations"])) for row in counselors},
        knows={row["id"]: matching.knows(tuple(sorted(row["specializations"])), tuple(row["languages"]), row["bio"]) for row in counselors},
    )


async def _read(rows: list[asyncpg.Record]) -> list[Chat]:
    declined: dict[UUID, set[UUID]] = {}
    for row in await db.fetch(
        "SELECT session_id, counselor_id FROM chat_offers WHERE session_id = ANY($1) AND kind = 'match' AND status = 'declined'", [row["id"] for row in rows]
    ):
        declined.setdefault(row["session_id"], set()).add(row["counselor_id"])
    opening: list[tuple[asyncpg.Record, Key]] = []
    for row in rows:
        try:
            opening.append((row, await keys.keys().of(row["user_id"])))
        except KeyDestroyed:
            continue
    return await asyncio.to_thread(_opened, opening, declined)


def _opened(rows: list[tuple[asyncpg.Record, Key]], declined: dict[UUID, set[UUID]]) -> list[Chat]:
    found = []
    for row, key in rows:
        try:
            topic = key.open(row["topic"], "chat_sessions.topic", row["id"]) or ""
        except CannotOpen as error:
            log.error("matching.cannot_open", session=str(row["id"]), **telemetry.without_text(error))
            continue
        found.append(
            Chat(
                person=row["user_id"],
                language=spoken(row["language"]),
                stems=list(topics.words(topic, row["language"])),
                similarities=dict(topics.guess(topic, row["language"])),
                counselor=row["counselor_id"],
                rating=row["rating"],
                # Who took it in the end has not declined it.
                declined=frozenset(declined.get(row["id"], set()) - {row["counselor_id"]}),
            )
        )
    return found
