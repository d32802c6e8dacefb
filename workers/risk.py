"""The second look for crisis risk: texts are opened, scored in a thread, and what is alarming is raised."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from core.jobs import handles
from domain import second_look
from domain.second_look import SecondLook
from workers.held import Held

if TYPE_CHECKING:
    from analytics.risk import RiskModel

log = structlog.get_logger(__name__)


def _unpacked(body: bytes) -> RiskModel:
    from analytics.risk import RiskModel  # noqa: PLC0415 (scikit-learn takes a second to load: the first model pays, not every start)

    return RiskModel.from_bytes(body)


held = Held("risk", _unpacked)


@handles(SecondLook)
async def look(job: SecondLook) -> None:
    model = await held.get()
    texts = await second_look.opened(job.texts) if model is not None else []
    if model is None or not texts:
        return
    alarming = await asyncio.to_thread(model.alarming, [each.text for each in texts])
    for each, is_alarming in zip(texts, alarming, strict=True):
        if is_alarming and await second_look.alarm(each, job.written_at):
            log.info("second_look.raised", source=each.where.source)
