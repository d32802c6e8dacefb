"""How the app is used, as analysts read it."""

from __future__ import annotations

from datetime import date

import msgspec

from api.http import Call
from api.schema import Query
from core import clock
from domain import engagement as figures
from domain.engagement import Engagement

_DAYS = 30


class EngagementQuery(Query):
    """`from` and `to` are local dates of the people, both included: without `to`, up to today in UTC; without `from`, 30 days."""

    from_: date | None = msgspec.field(name="from", default=None)
    to: date | None = None


async def engagement(call: Call, query: EngagementQuery) -> Engagement:
    """Active people, who comes back, what is used, programs, chats and ratings over some dates. Figures on fewer than ten people are null; each reading is audited."""
    last = query.to or clock.today("UTC")
    first = query.from_ or date.fromordinal(max(1, last.toordinal() - _DAYS + 1))
    return await figures.read(call.principal, first, last)
