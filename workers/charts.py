"""Charts as jobs: a diary is read, drawn in a thread, and the picture is kept."""

from __future__ import annotations

import asyncio

from core.jobs import handles
from domain import chart_drawing
from domain.chart_drawing import DrawChart, Sketch


@handles(DrawChart)
async def draw_chart(job: DrawChart) -> None:
    sketch = await chart_drawing.begin(job.user_id, job.kind, job.period)
    if sketch is not None:
        await chart_drawing.store(sketch, await asyncio.to_thread(drawn, job, sketch))


def drawn(job: DrawChart, sketch: Sketch) -> bytes:
    from analytics.charts import draw  # noqa: PLC0415 (matplotlib takes a second to load: the first drawing pays, not every start)
    from analytics.diary import diary  # noqa: PLC0415

    # Days are drawn, not times of the day: each date stands for its entry's instant.
    found = diary(sketch.today, sketch.moods, sketch.dates, sketch.dates, factors=sketch.factors, language=sketch.language)
    return draw(job.kind, job.period, found, chart_drawing.words(sketch.language))
