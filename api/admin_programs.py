"""Programs and their modules, as staff write, change and retire them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from api.admin import Paragraph, Slug, Title, Word
from api.fields import Note
from api.http import Call
from api.paging import PageQuery, ShortQuery, page, part, position
from api.schema import Body, given, given_nested
from core.views import Page
from domain import program_editing
from domain.program_editing import ModuleToEdit, ProgramToEdit, ProgramWords
from domain.programs import Difficulty, ModuleType

Days = Annotated[int, msgspec.Meta(ge=1, le=365)]
Minutes = Annotated[int, msgspec.Meta(ge=1, le=600)]
Place = Annotated[int, msgspec.Meta(ge=0, le=100)]
Content = Annotated[dict[str, Any], msgspec.Meta(description="by the module's type, as TextContent, AudioContent, VideoContent and InteractiveContent have it")]


class ProgramListQuery(PageQuery):
    """All programs, as staff see them."""


async def every(call: Call, query: ProgramListQuery) -> Page[ProgramToEdit]:
    """All programs, retired ones too, newest first."""
    found = await program_editing.page(after=position(call.principal.id, query), limit=query.limit + 1)
    return page(call.principal.id, query, found, lambda each: (datetime.fromisoformat(each.created_at), each.id))


class Said(Body):
    """A program in another language."""

    title: Title
    description: Paragraph


class ProgramTranslations(Body):
    es: Said | UnsetType = UNSET


class NewProgram(Body):
    """`duration` in days."""

    title: Title
    description: Paragraph
    category: Word
    duration: Days
    difficulty: Difficulty
    slug: Slug | None = None
    method: Note | UnsetType = UNSET
    translations: ProgramTranslations = msgspec.field(default_factory=ProgramTranslations)
    is_premium: bool = False
    is_active: bool = True


async def create(call: Call, body: NewProgram) -> ProgramToEdit:
    """Begin a program; people see it once it has a module."""
    words = ProgramWords(
        title=body.title, description=body.description, category=body.category, duration=body.duration, difficulty=body.difficulty, method=body.method or "",
        translations=given_nested(body.translations), is_premium=body.is_premium,
    )  # fmt: skip
    return await program_editing.add(call.principal, words, slug=body.slug, is_active=body.is_active)


class ChangeProgram(Body):
    """`duration` in days."""

    title: Title | UnsetType = UNSET
    description: Paragraph | UnsetType = UNSET
    category: Word | UnsetType = UNSET
    duration: Days | UnsetType = UNSET
    difficulty: Difficulty | UnsetType = UNSET
    method: Note | UnsetType = UNSET
    translations: ProgramTranslations | UnsetType = UNSET
    is_premium: bool | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET


async def change(call: Call, id: UUID, body: ChangeProgram) -> ProgramToEdit:
    """Change what a program says of itself; from then on the catalogue leaves it alone."""
    return await program_editing.change(call.principal, id, _changes(body), call.if_match)


def _changes(body: Body) -> dict[str, Any]:
    """What was sent; translations with languages as keys."""
    return {name: given_nested(value) if isinstance(value, Body) else value for name, value in given(body).items()}


async def retire(call: Call, id: UUID) -> None:
    """Let nobody new begin a program; whoever is in it goes on."""
    await program_editing.retire(call.principal, id)


class ModulesQuery(ShortQuery):
    """All modules, or a page of them."""


async def modules(call: Call, id: UUID, query: ModulesQuery) -> Page[ModuleToEdit]:
    """The modules of a program's newest version, in order, with their content."""
    return part(call.principal.id, query, await program_editing.modules(id))


class ModuleSaid(Body):
    """A module in another language."""

    title: Title
    description: Paragraph | UnsetType = UNSET


class ModuleTranslations(Body):
    es: ModuleSaid | UnsetType = UNSET


class NewModule(Body):
    """`duration` in minutes; `orderIndex` from 0, without it the last."""

    title: Title
    description: Paragraph
    type: ModuleType
    duration: Minutes
    content: Content
    slug: Slug | None = None
    order_index: Place | None = None
    is_required: bool = True
    method: Note | UnsetType = UNSET
    translations: ModuleTranslations = msgspec.field(default_factory=ModuleTranslations)


async def create_module(call: Call, id: UUID, body: NewModule) -> ModuleToEdit:
    """Add a module: a new version, for those who enrol from now on."""
    return await program_editing.add_module(
        call.principal, id, content=body.content, slug=body.slug, order_index=body.order_index, title=body.title, description=body.description, type=body.type,
        duration=body.duration, is_required=body.is_required, method=body.method or "", translations=given_nested(body.translations),
    )  # fmt: skip


class ChangeModule(Body):
    """`duration` in minutes; `orderIndex` from 0."""

    title: Title | UnsetType = UNSET
    description: Paragraph | UnsetType = UNSET
    type: ModuleType | UnsetType = UNSET
    duration: Minutes | UnsetType = UNSET
    content: Content | UnsetType = UNSET
    order_index: Place | UnsetType = UNSET
    is_required: bool | UnsetType = UNSET
    method: Note | UnsetType = UNSET
    translations: ModuleTranslations | UnsetType = UNSET


async def change_module(call: Call, id: UUID, module: UUID, body: ChangeModule) -> ModuleToEdit:
    """Change a module: its words for everybody; its type, place and whether it is required as a new version, where it has a new id."""
    return await program_editing.change_module(call.principal, id, module, _changes(body))


async def retire_module(call: Call, id: UUID, module: UUID) -> None:
    """Take a module out, for those who enrol from now on."""
    await program_editing.retire_module(call.principal, id, module)
