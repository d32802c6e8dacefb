"""Insights made at will: reports kept without an analysis, and refreshes that need not be waited for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec

from analytics.findings import SAYS, Confidence, Effect, Finding, Forecast, Need, Report, Window
from core import clock, db
from domain import insights
from domain.insight_refreshing import RefreshInsights
from tests.people import Account, do_jobs

# A likely value for each fact that a wording may ask for.
FACTS: dict[str, Any] = {
    "mean": 3.42, "low": 3.1, "high": 3.74, "before": 3.05, "after": 3.61, "usual": 3.5, "recent": 2.75, "now": 0.62, "difference": 0.37, "change": 0.08,
    "days": 64, "days_with": 12, "days_without": 52, "entries": 81, "notes_with": 9, "notes_without": 40, "weeks": 9, "longest": 1204,
    "date": "2026-05-03", "weekday": 4, "part": "evening", "factor": "coffee", "weather": "rain", "theme": "work",
}  # fmt: skip
WINDOW = Window(date(2026, 3, 1), date(2026, 5, 3))


def finding(says: str = "factor.higher", confidence: Confidence = "medium", **facts: Any) -> Finding:
    """A finding of a wording, with exactly its facts; some of them given."""
    filled = {name: facts.get(name, FACTS[name]) for name in SAYS[says]}
    subject = next((str(filled[name]) for name in ("factor", "weather", "theme") if name in filled), None)
    effect = Effect(0.37, 0.12, 0.62, "points") if "difference" in filled else None
    return Finding(says.partition(".")[0], says, confidence, effect, 64, WINDOW, subject, filled, {"dates": ["2026-05-01", "2026-05-02"], "values": [3, 4.5]})


def report(*findings: Finding, needs: tuple[Need, ...] = (Need("theme", 3, 20, "notes"),), entries: int = 64, forecast: Forecast | None = None) -> Report:
    return Report(list(findings), list(needs), entries, forecast)


FORECAST = Forecast(date(2026, 5, 4), 3.42, 2.5, 4.31, 0.8, "ewma", 64)


async def keep(person: Account, found: Report, read_at: datetime | None = None) -> bool:
    return await insights.store(person.uuid, msgspec.json.encode(found), read_at or clock.now())


async def waiting(person: Account) -> int:
    """How many refreshes of somebody wait."""
    count: int = await db.fetchval("SELECT count(*) FROM jobs WHERE name = $1 AND key = $2 AND failed_at IS NULL", RefreshInsights.name(), person.id)
    return count


async def settle() -> list[str]:
    """Do all jobs, the refreshes too that wait for more changes."""
    outcomes = await do_jobs()
    await db.execute("UPDATE jobs SET due_at = now() WHERE name = $1", RefreshInsights.name())
    return outcomes + await do_jobs()


async def shown(person: Account) -> dict[str, Any]:
    answered = await person.get("/moods/insights")
    assert answered.status == 200, answered.raw
    found: dict[str, Any] = answered.json
    return found
