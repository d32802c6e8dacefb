"""What can be earned, what has been, and how far the rest is."""

from __future__ import annotations

from datetime import datetime

from api.http import Call
from api.paging import PageQuery, ShortQuery, cursor, part, position
from core.views import Page
from domain import achievements
from domain.achievements import Achievement, AchievementProgress, EarnedPage
from domain.languages import language_of


class EveryQuery(ShortQuery):
    """All achievements, or a page of them."""


async def every(call: Call, query: EveryQuery) -> Page[Achievement]:
    """All that can be earned."""
    return part(call.user_id, query, await achievements.every(await language_of(call.user_id)))


class EarnedQuery(PageQuery):
    """A page of what was earned."""


async def earned(call: Call, query: EarnedQuery) -> EarnedPage:
    """What the signed-in person has earned, newest first, with points and level."""
    found, points = await achievements.earned(call.user_id, after=position(call.user_id, query), limit=query.limit + 1)
    shown = found[: query.limit]
    following = cursor(call.user_id, query, (datetime.fromisoformat(shown[-1][1].earned_at), shown[-1][0])) if len(found) > query.limit else None
    return EarnedPage(items=[each for _, each in shown], next_cursor=following, total_points=points, level=achievements.level(points))


class ProgressQuery(ShortQuery):
    """All achievements, or a page of them."""


async def progress(call: Call, query: ProgressQuery) -> Page[AchievementProgress]:
    """How far the signed-in person is with each."""
    return part(call.user_id, query, await achievements.progress(call.user_id))
