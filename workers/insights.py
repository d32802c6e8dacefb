"""Insights as jobs: one person's diary is read, analysed in a thread, and what was found is kept."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import structlog

from core.jobs import handles
from domain import insight_material, insight_refreshing, insights
from domain.insight_material import Material
from domain.insight_refreshing import RefreshEverybody, RefreshInsights
from workers.forecast import held

if TYPE_CHECKING:
    from analytics.findings import Report
    from analytics.forecast import Pooled

log = structlog.get_logger(__name__)


@handles(RefreshInsights)
async def refresh(job: RefreshInsights) -> None:
    material = await insight_material.material(job.user_id)
    if material is None:
        return
    report = await asyncio.to_thread(reported, material, await held.get())
    await insights.store(job.user_id, msgspec.json.encode(report), material.read_at)


def reported(material: Material, pooled: Pooled | None) -> Report:
    """What a diary shows, tomorrow's forecast with it: but never beside the notice that the last days were lower than usual."""
    from analytics.diary import diary  # noqa: PLC0415 (what analyses use takes seconds to load: the first one pays, not every start)
    from analytics.forecast import forecast  # noqa: PLC0415
    from analytics.insights import analyse  # noqa: PLC0415

    found = diary(
        material.today,
        material.moods,
        material.dates,
        material.at,
        factors=material.factors,
        weather=material.weather,
        notes=material.notes,
        breathing=material.breathing,
        modules=material.modules,
        language=material.language,
    )
    report = analyse(found)
    is_low = any(each.kind == "notice" for each in report.findings)
    return msgspec.structs.replace(report, forecast=None if is_low else forecast(found, pooled))


@handles(RefreshEverybody)
async def refresh_everybody(_job: RefreshEverybody) -> None:
    log.info("insights.promised", count=await insight_refreshing.refresh_everybody())
