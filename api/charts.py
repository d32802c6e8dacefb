"""The diary as pictures."""

from __future__ import annotations

import hashlib
from typing import Literal

from api.answers import Answer
from api.http import Call
from api.schema import Query
from domain import charts

# When to ask again for what is being drawn.
_RETRY_SECONDS = "2"


class ChartOf(Query):
    """`theme`: colours for light or dark only, where the app decides; without it those of the screen it is seen on."""

    kind: Literal["mood", "calendar", "weekday", "factors"] = "mood"
    period: Literal["7d", "30d", "90d", "365d", "all"] = "30d"
    theme: Literal["light", "dark"] | None = None


async def chart(call: Call, query: ChartOf) -> Answer:
    """The diary as a picture: mood over time, a calendar, days of the week, or what was noted most."""
    found = await charts.chart(call.user_id, query.kind, query.period, query.theme)
    svg = found.svg.encode()
    headers = {
        "Content-Type": "image/svg+xml; charset=utf-8",
        # Opened by itself, it runs nothing and loads nothing; its colours are a style.
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    }
    if found.state in ("old", "drawing"):
        headers["Retry-After"] = _RETRY_SECONDS
    if found.state == "drawing":
        return Answer(202, svg, headers)
    return Answer(200, svg, headers | {"ETag": f'"{hashlib.sha256(svg).hexdigest()[:20]}"'})
