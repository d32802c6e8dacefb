"""Achievements, as staff write, change and retire them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from api.admin import Paragraph, Slug, Title, Word
from api.http import Call
from api.paging import PageQuery, page, position
from api.schema import Body, given, given_nested
from core.views import Page
from domain import achievement_editing
from domain.achievement_editing import AchievementToEdit

Points = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
Requirement = Annotated[dict[str, Any], msgspec.Meta(description="of the grammar in domain/requirements.py", examples=[{"kind": "count", "of": "moods", "target": 10}])]


class AchievementListQuery(PageQuery):
    """All achievements, as staff see them."""


async def every(call: Call, query: AchievementListQuery) -> Page[AchievementToEdit]:
    """All achievements, retired ones too, newest first."""
    found = await achievement_editing.page(after=position(call.principal.id, query), limit=query.limit + 1)
    return page(call.principal.id, query, found, lambda each: (datetime.fromisoformat(each.created_at), each.id))


class AchievementSaid(Body):
    """An achievement in another language."""

    name: Title
    description: Paragraph


class AchievementTranslations(Body):
    es: AchievementSaid | UnsetType = UNSET


class NewAchievement(Body):
    name: Title
    description: Paragraph
    icon: Word
    category: Word
    points: Points
    requirement: Requirement
    slug: Slug | None = None
    translations: AchievementTranslations = msgspec.field(default_factory=AchievementTranslations)


async def create(call: Call, body: NewAchievement) -> AchievementToEdit:
    """Add an achievement; whoever has earned it already is given it."""
    said = _said(body)
    return await achievement_editing.add(call.principal, {name: value for name, value in said.items() if name != "slug"}, slug=body.slug)


def _said(body: Body) -> dict[str, Any]:
    """What was sent; translations with languages as keys."""
    return {name: given_nested(value) if isinstance(value, Body) else value for name, value in given(body).items()}


class ChangeAchievement(Body):
    name: Title | UnsetType = UNSET
    description: Paragraph | UnsetType = UNSET
    icon: Word | UnsetType = UNSET
    category: Word | UnsetType = UNSET
    points: Points | UnsetType = UNSET
    requirement: Requirement | UnsetType = UNSET
    translations: AchievementTranslations | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


async def change(call: Call, id: UUID, body: ChangeAchievement) -> AchievementToEdit:
    """Change an achievement; who has it keeps it, and from then on the catalogue leaves it alone."""
    return await achievement_editing.change(call.principal, id, _said(body), call.if_match)


async def retire(call: Call, id: UUID) -> None:
    """Let nobody new earn an achievement; who has it keeps it."""
    await achievement_editing.retire(call.principal, id)
