"""Programs: finding, following and finishing them."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar
from uuid import UUID

import msgspec

from api.answers import Answer, answer
from api.fields import Text
from api.http import Call
from api.paging import PageQuery, cursor, position
from api.schema import Body
from core.text import clean
from core.views import Page
from domain import programs
from domain.languages import language_of
from domain.programs import Completed, Difficulty, Filters, Module, Program, ProgramDetail, ProgramProgress


class Sought(Text):
    """At most 120 characters, taken as they are."""

    most: ClassVar[int] = 120

    @classmethod
    def parse(cls, text: str) -> str:
        if len(text) > cls.most:
            raise ValueError(f"must have at most {cls.most} characters")
        return clean(text, cls.most * 4)

    @classmethod
    def schema(cls) -> dict[str, Any]:
        return {"type": "string", "maxLength": cls.most}


class ProgramQuery(PageQuery):
    """`q`: text in title or description, taken letter for letter."""

    category: Sought | None = None
    difficulty: Difficulty | None = None
    q: Sought | None = None


async def every(call: Call, query: ProgramQuery) -> Page[Program]:
    """The programs there are, newest first."""
    filters = Filters(query.category, query.difficulty, query.q or None)
    found = await programs.page(call.user_id, await language_of(call.user_id), filters, after=position(call.user_id, query), limit=query.limit + 1)
    items = found[: query.limit]
    return Page(items=[program for _, program in items], next_cursor=cursor(call.user_id, query, items[-1][0]) if len(found) > query.limit else None)


async def one(call: Call, id: UUID) -> ProgramDetail:
    """A program with its modules."""
    return await programs.one(call.user_id, id)


async def enroll(call: Call, id: UUID) -> Answer:
    """Begin a program."""
    enrolled, is_new = await programs.enroll(call.user_id, id)
    return answer(enrolled, 201 if is_new else 200)


class ProgressQuery(PageQuery):
    """The programs somebody is in."""


async def progress(call: Call, query: ProgressQuery) -> Page[ProgramProgress]:
    """How far one is, the program begun last first."""
    found = await programs.progress(call.user_id, after=position(call.user_id, query), limit=query.limit + 1)
    items = found[: query.limit]
    return Page(items=[each for _, each in items], next_cursor=cursor(call.user_id, query, items[-1][0]) if len(found) > query.limit else None)


async def module(call: Call, id: UUID) -> Module:
    """A module with its content."""
    return await programs.module(call.user_id, id)


class Complete(Body):
    """`timeSpent` in seconds; `score` 0–100."""

    time_spent: Annotated[int, msgspec.Meta(ge=0, le=86_400)]
    score: Annotated[float, msgspec.Meta(ge=0, le=100)] | None = None


async def complete(call: Call, id: UUID, body: Complete) -> Completed:
    """Finish a module."""
    return await programs.complete(call.user_id, id, body.time_spent, body.score)
