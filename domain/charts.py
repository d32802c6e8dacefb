"""Showing somebody's diary as a picture: at once from what is kept, also while a newer one is being drawn."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import lru_cache
from html import escape
from pathlib import Path
from string import Template
from typing import Literal
from uuid import UUID

import structlog

from core import clock, db, keys
from core.crypto import CannotOpen
from core.problem import NotFound, ServiceUnavailable
from domain.chart_drawing import Kind, Period, promise, words
from domain.languages import spoken
from models.consent import ANALYSED

log = structlog.get_logger(__name__)

Theme = Literal["light", "dark"]

# So long a first drawing is waited for: workers mostly need a part of a second.
WAIT_SECONDS = 3.0
_LOOK_SECONDS, _SLOWEST_LOOK_SECONDS = 0.05, 0.4
_NOTICE = Path(__file__).parent.parent / "catalog" / "charts" / "notice.svg"
# Where a picture says for which screens its dark colours are; no word of a person's can be taken for it, as those hold no bare `<`.
_WHERE_DARK = "<style>@media (prefers-color-scheme: dark)"


@dataclass(frozen=True)
class Chart:
    """An SVG. `state`: `ready`; `old`, a newer one is on its way; `drawing`, it only says that the first one is; `switched_off`, it says so."""

    svg: str
    state: Literal["ready", "old", "drawing", "switched_off"]


async def chart(user_id: UUID, kind: Kind, period: Period, theme: Theme | None = None) -> Chart:
    """The picture in the person's language, in the colours of a theme or of the screen it is seen on.

    With the preference `privacy.insights` off nothing is drawn or kept. Raises NotFound, and ServiceUnavailable where drawing it has failed for good.
    """
    found = await _look(user_id, kind, period)
    if found.state in ("old", "drawing") and not await promise(user_id, kind, period):
        if found.state == "drawing":
            raise ServiceUnavailable("The picture cannot be drawn at the moment", retry_after=60)
        # No newer one is on its way.
        found = replace(found, state="ready")
    waited, pause = 0.0, _LOOK_SECONDS
    while found.state == "drawing" and waited < WAIT_SECONDS:
        await asyncio.sleep(pause)
        waited, pause = waited + pause, min(pause * 1.5, _SLOWEST_LOOK_SECONDS)
        found = await _look(user_id, kind, period)
    return Chart(_themed(found.svg, theme), found.state)


async def _look(user_id: UUID, kind: Kind, period: Period) -> Chart:
    person = await db.fetchrow(f"SELECT u.language, u.timezone, {ANALYSED} AS is_on FROM users u WHERE u.id = $1", user_id)
    if person is None:
        raise NotFound
    language = spoken(person["language"])
    if not person["is_on"]:
        return Chart(notice("switched_off", language), "switched_off")
    kept = await db.fetchrow(
        "SELECT id, svg, local_date, is_stale FROM mood_charts WHERE user_id = $1 AND kind = $2 AND period = $3 AND language = $4", user_id, kind, period, language
    )
    # A row without a picture is one that a worker has begun.
    if kept is not None and kept["svg"]:
        try:
            svg = (await keys.keys().of(user_id)).open(kept["svg"], "mood_charts.svg", kept["id"]) or ""
            return Chart(svg, "old" if kept["is_stale"] or kept["local_date"] != clock.today(person["timezone"]) else "ready")
        except CannotOpen as error:
            log.warning("charts.unreadable", error=type(error).__name__)
    return Chart(notice("drawing", language), "drawing")


def _themed(svg: str, theme: Theme | None) -> str:
    return svg if theme is None else svg.replace(_WHERE_DARK, f"<style>@media {'all' if theme == 'dark' else 'not all'}", 1)


@lru_cache
def notice(what: Literal["drawing", "switched_off"], language: str) -> str:
    """A picture of the same kind that only says something, in a language we speak."""
    said = words(language)["notice"]
    return Template(_NOTICE.read_text(encoding="utf-8")).substitute(language=language, title=escape(said[f"{what}_title"]), text=escape(said[what])).strip()
