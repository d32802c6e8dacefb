"""The second step of the crisis check: what the lexicon lets pass is looked at once more, by a model that an operator has trained. It may only raise.

While no model is in use, nothing is promised and nothing is asked: whether one is, each web process remembers, and looks again every LOOK_SECONDS. What is
written within that time after a model has come is not looked at a second time. A text that is not stored (refused, or over the limit) has the first look only.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
import msgspec
import structlog

from core import clock, db, jobs, keys, telemetry
from core.crypto import CannotOpen
from core.jobs import Job
from core.keys import KeyDestroyed, person_is_gone
from domain import audit, crisis, trained

log = structlog.get_logger(__name__)

Source = Literal["chat_message", "chat_topic", "mood_note"]

LOOK_SECONDS = 15
# The least that the check knows: a model says that there is risk, not how high.
LEVEL = 1

# By source: where the text stands, whose it is.
_STANDS = {
    "chat_message": (
        "chat_messages.message",
        "SELECT t.id, t.message AS text, s.user_id FROM chat_messages t JOIN chat_sessions s ON s.id = t.session_id WHERE t.id = ANY($1) AND t.sender_type = 'user'",
    ),
    "chat_topic": ("chat_sessions.topic", "SELECT t.id, t.topic AS text, t.user_id FROM chat_sessions t WHERE t.id = ANY($1)"),
    "mood_note": ("mood_entries.note", "SELECT t.id, t.note AS text, t.user_id FROM mood_entries t WHERE t.id = ANY($1)"),
}


class Where(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a text stands; never what it says."""

    source: Source
    id: UUID


class SecondLook(Job):
    """A trained model reads what the crisis check let pass, and raises the alarm where it must."""

    texts: list[Where]
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A person's text, to be looked at."""

    where: Where
    user_id: UUID
    text: str


# --- In use or not ----------------------------------------------------------------------------------------------------------------------------

_is_used = False


async def look() -> None:
    """Learn whether a model is in use."""
    global _is_used  # noqa: PLW0603 (one a process: what is written asks it, and must not ask the database)
    _is_used = await trained.used_id("risk") is not None


async def keep_looking() -> None:
    """Look every LOOK_SECONDS, until cancelled."""
    while True:
        try:
            await look()
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 (a lost database must not end the watch; what was known stays)
            log.warning("second_look.failed", error=type(error).__name__)
        await asyncio.sleep(LOOK_SECONDS)


async def use(code: str, body: bytes, *, data: dict[str, Any], scores: dict[str, Any]) -> UUID:
    """Every process uses this model, once it has looked again."""
    async with db.transaction():
        model_id = await trained.keep("risk", code, body, data=data, scores=scores, use=True)
        await audit.record("risk_model_used", actor=("system", None), model=str(model_id))
    return model_id


async def stop() -> bool:
    """The lexicon looks alone from now on; False when it does so already."""
    async with db.transaction():
        model_id = await trained.used_id("risk")
        await trained.stop("risk")
        if model_id is not None:
            await audit.record("risk_model_stopped", actor=("system", None), model=str(model_id))
    return model_id is not None


# --- Promised, read, raised -------------------------------------------------------------------------------------------------------------------


async def promise(*texts: tuple[Source, UUID]) -> None:
    """Texts in which the lexicon found nothing are stored by the open transaction: one job for all of them, and nothing while no model is in use."""
    if _is_used and texts:
        await jobs.defer(SecondLook(texts=[Where(*each) for each in texts], written_at=clock.now()))


async def opened(texts: Sequence[Where]) -> list[Opened]:
    """Those that are still there, as they stand now. One that cannot be opened is logged, and does not keep the others from being read."""
    ids: dict[Source, list[UUID]] = defaultdict(list)
    for each in texts:
        ids[each.source].append(each.id)
    return [one for source in ids for one in await _open(source, await db.fetch(_STANDS[source][1], ids[source]))]


async def _open(source: Source, rows: Iterable[asyncpg.Record]) -> list[Opened]:
    found: list[Opened] = []
    for row in rows:
        try:
            text = (await keys.keys().of(row["user_id"])).open(row["text"], _STANDS[source][0], row["id"])
        except KeyDestroyed:
            continue
        except CannotOpen as error:
            log.error("second_look.cannot_open", source=source, id=str(row["id"]), **telemetry.without_text(error))
            continue
        if text:
            found.append(Opened(Where(source, row["id"]), row["user_id"], text))
    return found


async def alarm(text: Opened, written_at: datetime) -> bool:
    """Do what the lexicon would have done; False when it is flagged already since it was written, or is gone."""
    source, id_ = text.where.source, text.where.id
    try:
        async with db.transaction():
            # Locked: another delivery of the same job waits here, and then finds the flag.
            if not await db.fetch(f"{_STANDS[source][1]} FOR UPDATE OF t", [id_]):
                return False
            known = await db.fetchval(
                "SELECT EXISTS (SELECT 1 FROM risk_flags WHERE user_id = $1 AND source = $2 AND source_id = $3 AND created_at >= $4)", text.user_id, source, id_, written_at
            )
            if not known:
                await crisis.flag(text.user_id, LEVEL, source, id_, by="model")
            return not known
    except asyncpg.ForeignKeyViolationError as error:
        if not person_is_gone(error):
            raise
        return False
