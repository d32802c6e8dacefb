"""Whom to turn to in a crisis: for anybody, signed in or not, out of memory."""

from __future__ import annotations

from typing import Annotated

import msgspec

from api.http import Call
from api.paging import whole
from api.schema import Query
from core.views import Page
from domain import crisis_lines
from domain.crisis_lines import CrisisResource

# The length too: Python's `$` lets a line feed follow.
Country = Annotated[str, msgspec.Meta(pattern="^[A-Za-z]{2}$", max_length=2, extra_json_schema={"examples": ["ES"]}, description="ISO 3166-1 alpha-2")]


class WhereQuery(Query):
    """Without a known `country`: what is for everybody."""

    country: Country | None = None


async def resources(_: Call, query: WhereQuery) -> Page[CrisisResource]:
    """Crisis lines and the emergency number of a country, then directories for everywhere."""
    return whole(crisis_lines.for_country(query.country))
