"""The pooled forecast: trained each night, and held in the process while it is in use."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from core.jobs import handles
from domain import forecasting, trained
from domain.forecasting import Ratings, TrainForecast
from workers.held import Held

if TYPE_CHECKING:
    from analytics.forecast import Pooled
    from analytics.forecast_training import Trial

log = structlog.get_logger(__name__)


def _unpacked(body: bytes) -> Pooled:
    from analytics.forecast import Pooled  # noqa: PLC0415 (scikit-learn takes a second to load: the first model pays, not every start)

    return Pooled.from_bytes(body)


held = Held("forecast", _unpacked)


@handles(TrainForecast)
async def train(_job: TrainForecast) -> None:
    """Where too few allow it, none is used: not one of the past either, that people who said no since are in."""
    people = await forecasting.everybodys()
    trial = await asyncio.to_thread(_tried, people) if people else None
    if trial is None:
        await trained.stop("forecast")
        log.info("forecast.too_few", people=len(people))
        return
    await trained.keep("forecast", trial.model.code, trial.model.to_bytes(), data=trial.data, scores=trial.scores, use=trial.is_better)
    log.info("forecast.trained", is_used=trial.is_better, gain=trial.scores["gain"], people=trial.data["people"], ratings=trial.data["ratings"])


def _tried(people: list[Ratings]) -> Trial | None:
    import numpy as np  # noqa: PLC0415

    from analytics import forecast_training as training  # noqa: PLC0415

    return training.train([training.Ratings(np.asarray(each.moods, float), np.asarray(each.dates, "datetime64[D]"), np.asarray(each.at, "datetime64[m]")) for each in people])
