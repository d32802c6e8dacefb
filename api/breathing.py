"""Breathing: techniques and sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from api.fields import Label
from api.http import Call
from api.moods import Timestamp
from api.paging import PageQuery, ShortQuery, page, part, position
from api.schema import Body
from core.views import Page
from domain import breathing
from domain.breathing import BreathingPage, BreathingSession, Technique
from domain.languages import language_of
from domain.moods import Rating


class TechniquesQuery(ShortQuery):
    """All techniques, or a page of them."""


async def techniques(call: Call, query: TechniquesQuery) -> Page[Technique]:
    """The techniques there are, with their exact timings."""
    return part(call.user_id, query, breathing.techniques(await language_of(call.user_id)))


class SessionQuery(PageQuery):
    """One's breathing sessions."""


def _where(each: BreathingSession) -> tuple[datetime, UUID]:
    return datetime.fromisoformat(each.completed_at), each.id


async def every(call: Call, query: SessionQuery) -> BreathingPage:
    """One's sessions, newest first, and what they come to in all."""
    found = page(call.user_id, query, await breathing.page(call.user_id, after=position(call.user_id, query), limit=query.limit + 1), _where)
    return BreathingPage(items=found.items, next_cursor=found.next_cursor, totals=await breathing.totals(call.user_id))


class NewBreathing(Body):
    """`duration` in seconds."""

    technique: Label
    duration: Annotated[int, msgspec.Meta(ge=1, le=86_400)]
    completed_at: Timestamp | None = None
    mood_before: Rating | None = None
    mood_after: Rating | None = None


async def create(call: Call, body: NewBreathing) -> BreathingSession:
    """Log a breathing session."""
    return await breathing.record(call.user_id, body.technique, body.duration, completed_at=body.completed_at, mood_before=body.mood_before, mood_after=body.mood_after)
