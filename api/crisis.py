"""Whom to turn to in a crisis: for anybody, signed in or not, out of memory."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec

from api.http import Call
from api.paging import ShortQuery, part
from core.views import Page
from domain import crisis_lines
from domain.crisis_lines import CrisisResource

# The length too: Python's `$` lets a line feed follow.
Country = Annotated[str, msgspec.Meta(pattern="^[A-Za-z]{2}$", max_length=2, extra_json_schema={"examples": ["ES"]}, description="ISO 3166-1 alpha-2")]


# Whose list this is: nobody signs in for it.
_EVERYBODY = UUID(int=0)


class WhereQuery(ShortQuery):
    """Without a known `country`: what is for everybody."""

    country: Country | None = None


async def resources(_: Call, query: WhereQuery) -> Page[CrisisResource]:
    """Crisis lines and the emergency number of a country, then directories for everywhere."""
    return part(_EVERYBODY, query, crisis_lines.for_country(query.country))
