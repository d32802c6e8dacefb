"""Moods: the diary, its numbers, and taking it in and out as CSV."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from aiohttp import web
from msgspec import UNSET, UnsetType

from api.answers import Answer, answer
from api.bodies import Form
from api.fields import Factor, Label, Note
from api.http import Call
from api.paging import PageQuery, page, position
from api.schema import Body, Query, convert, given, parse_json
from core import runtime
from core.limits import limiter
from core.problem import Invalid
from core.storage import storage
from core.views import Page
from domain import insights as mood_insights
from domain import mood_import, mood_stats, moods
from domain.insights import Insights
from domain.mood_import import MoodImport
from domain.mood_stats import MoodStats
from domain.moods import MOST_FACTORS, Mood, Rating

Timestamp = Annotated[datetime, msgspec.Meta(tz=True)]
Factors = Annotated[list[Factor], msgspec.Meta(max_length=MOST_FACTORS)]


class Between(PageQuery):
    """`from` and `to` are local dates, both included."""

    from_: date | None = msgspec.field(name="from", default=None)
    to: date | None = None


def require_order(first: date | None, last: date | None) -> None:
    if first is not None and last is not None and first > last:
        raise Invalid([("to", "lies before `from`")])


async def history(call: Call, query: Between) -> Page[Mood]:
    """The diary, newest first."""
    require_order(query.from_, query.to)
    found = await moods.page(call.user_id, first=query.from_, last=query.to, after=position(call.user_id, query), limit=query.limit + 1)
    return page(call.user_id, query, found, lambda mood: (datetime.fromisoformat(mood.timestamp), mood.id))


class NewMood(Body):
    mood: Rating
    note: Note | None = None
    timestamp: Timestamp | None = None
    date: date | None = None
    location: Label | None = None
    weather: Label | None = None
    factors: Factors = msgspec.field(default_factory=list)


async def create(call: Call, body: NewMood) -> Mood:
    """Log a mood."""
    return await moods.record(
        call.user_id, timestamp=body.timestamp, day=body.date, mood=body.mood, note=body.note, location=body.location, weather=body.weather, factors=tuple(body.factors)
    )


async def one(call: Call, id: UUID) -> Mood:
    """One entry."""
    return await moods.one(call.user_id, id)


class ChangeMood(Body):
    mood: Rating | UnsetType = UNSET
    note: Note | UnsetType | None = UNSET
    timestamp: Timestamp | UnsetType = UNSET
    date: date | UnsetType = UNSET
    location: Label | UnsetType | None = UNSET
    weather: Label | UnsetType | None = UNSET
    factors: Factors | UnsetType = UNSET


async def change(call: Call, id: UUID, body: ChangeMood) -> Mood:
    """Change any of an entry's fields."""
    return await moods.change(call.user_id, id, given(body))


async def delete(call: Call, id: UUID) -> None:
    """Delete an entry."""
    await moods.delete(call.user_id, id)


class StatsOf(Query):
    """`period` with today, or `from` and `to`; without any the last 30 days."""

    period: Literal["7d", "30d", "90d", "365d", "all"] | None = None
    from_: date | None = msgspec.field(name="from", default=None)
    to: date | None = None


async def stats(call: Call, query: StatsOf) -> MoodStats:
    """The diary in numbers."""
    if query.period is not None and (query.from_ or query.to):
        raise Invalid([("period", "is not taken together with `from` or `to`")])
    require_order(query.from_, query.to)
    if query.from_ or query.to:
        return await mood_stats.stats(call.user_id, first=query.from_, last=query.to)
    period = query.period or "30d"
    return await mood_stats.stats(call.user_id, days=None if period == "all" else int(period[:-1]))


async def insights(call: Call) -> Insights:
    """What the diary shows, in words and numbers, and what is still needed for more."""
    return await mood_insights.insights(call.user_id)


class MoodMapField(Body):
    """Custom mood words and what they mean."""

    words: Annotated[dict[str, Rating], msgspec.Meta(max_length=200)]


async def begin_import(call: Call, form: Form) -> Answer:
    """Take in a diary from a CSV file: our own export or Daylio's. `moodMap` maps Daylio's custom words to 1–5."""
    await limiter().require("imports", runtime.settings().limit_imports, call.user_id.hex)
    digest = hashlib.sha256()

    async def chunks() -> AsyncIterator[bytes]:
        async for chunk in form.file(("moodMap",), mood_import.MOST_BYTES):
            digest.update(chunk)
            yield chunk

    place = await mood_import.keep_upload(call.user_id, chunks())
    used = False

    async def work() -> Answer:
        nonlocal used
        made = answer(await mood_import.begin(call.user_id, place, _mood_map(form)), 202)
        used = True
        return made

    try:
        return await call.once(digest.digest() + form.fields.get("moodMap", "").encode(), work)
    finally:
        if not used:
            await storage().delete(place)


def _mood_map(form: Form) -> dict[str, int]:
    if "moodMap" not in form.fields:
        return {}
    try:
        sent = convert(MoodMapField, {"words": parse_json(form.fields["moodMap"].encode())}).words
        return {Label.parse(word): mood for word, mood in sent.items()}
    except Invalid as wrong:
        raise Invalid([("moodMap", error["message"]) for error in wrong.extra["errors"]]) from None
    except ValueError as error:
        raise Invalid([("moodMap", f"holds a word that {error}")]) from None


async def import_state(call: Call, id: UUID) -> MoodImport:
    """How far an import is, and what became of its rows."""
    return await mood_import.state(call.user_id, id)


async def export(call: Call) -> web.StreamResponse:
    """The whole diary as CSV, oldest first."""
    response = web.StreamResponse(
        headers={"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": 'attachment; filename="moods.csv"', "Cache-Control": "private, no-store"}
    )
    if call.request.method == "HEAD":
        return response
    lines = mood_import.export(call.user_id)
    first = await anext(lines)
    await response.prepare(call.request)
    await response.write(first.encode())
    async for text in lines:
        await response.write(text.encode())
    await response.write_eof()
    return response
