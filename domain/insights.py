"""What somebody's diary tells them: kept by a worker, put into words when it is read.

An answer comes at once from what is kept, also while something newer is being worked out. Every change asks for that by itself
(`domain.insight_refreshing`); a reader asks for it where nothing is kept, where it was made on an earlier date of theirs, and where other code made it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import structlog

from core import clock, db, keys
from core.crypto import CannotOpen, Key
from core.problem import NotFound
from core.views import Instant, View, instant
from domain import insight_news, insight_reports, insight_words
from domain.insight_refreshing import VERSION, refresh_now
from domain.insight_reports import Report
from domain.insight_words import Insight, InsightForecast, InsightNeed
from models.consent import ANALYSED

log = structlog.get_logger(__name__)


class Insights(View):
    """What the diary shows so far, weightiest first, with what is still needed for more.

    `ready`: here it is; something newer may be on its way. `computing`: it is being worked out, ask again in some seconds.
    `not_enough_data`: `needs` says what is missing. With the preference `privacy.insights` off nothing is analysed or kept:
    then `isSwitchedOff`, `not_enough_data` and nothing else. `message` says the state in words, and is null when ready.
    """

    status: Literal["ready", "computing", "not_enough_data"]
    computed_at: Instant | None
    entries_used: int
    needs: list[InsightNeed]
    insights: list[Insight]
    forecast: InsightForecast | None
    is_switched_off: bool
    message: str | None


async def insights(user_id: UUID) -> Insights:
    """What is kept, in the person's language; promises a refresh where it is missing or old. Raises NotFound."""
    view, is_old = await _look(user_id)
    if is_old:
        await refresh_now(user_id)
    return view


async def kept(user_id: UUID) -> Insights:
    """What is kept, in the person's language. Raises NotFound."""
    return (await _look(user_id))[0]


async def _look(user_id: UUID) -> tuple[Insights, bool]:
    """What is kept, and whether it should be worked out anew."""
    person = await db.fetchrow(
        f"""
        SELECT u.language, u.timezone, {ANALYSED} AS is_on, EXISTS (SELECT 1 FROM mood_entries m WHERE m.user_id = u.id) AS has_entries,
            i.report, i.version, i.computed_at FROM users u LEFT JOIN mood_insights i ON i.user_id = u.id WHERE u.id = $1
        """,
        user_id,
    )
    if person is None:
        raise NotFound
    language = person["language"]
    if not person["is_on"]:
        return _view("switched_off", _NOTHING, None, language), False
    if not person["has_entries"]:
        return _view("no_entries", insight_reports.EMPTY, None, language), False
    report = _opened(person["report"], user_id, await keys.keys().of(user_id))
    if report is None:
        return _view("computing", _NOTHING, None, language), True
    is_of_before = _is_of_before(person["computed_at"], ZoneInfo(person["timezone"]))
    if is_of_before:
        # What it calls tomorrow is here, or gone.
        report = msgspec.structs.replace(report, forecast=None)
    is_old = is_of_before or person["version"] != VERSION
    return _view("ready" if report.findings or not report.needs else "not_enough_data", report, person["computed_at"], language), is_old


_NOTHING = Report(findings=[], needs=[], entries_used=0)


def _view(state: Literal["ready", "computing", "not_enough_data", "no_entries", "switched_off"], report: Report, computed_at: datetime | None, language: str) -> Insights:
    return Insights(
        status=state if state in ("ready", "computing") else "not_enough_data",
        computed_at=None if computed_at is None else instant(computed_at),
        entries_used=report.entries_used,
        needs=[said for said in (insight_words.need(each, language) for each in report.needs) if said is not None],
        insights=[told for told in (insight_words.insight(each, language) for each in report.findings) if told is not None],
        forecast=None if report.forecast is None else insight_words.forecast(report.forecast, language),
        is_switched_off=state == "switched_off",
        message=None if state == "ready" else insight_words.message(state, language),
    )


def _opened(sealed: bytes | None, user_id: UUID, key: Key) -> Report | None:
    """None where nothing is kept, and where what is kept cannot be read: it is only worked out anew."""
    try:
        raw = key.open(sealed, "mood_insights.report", user_id)
        return None if raw is None else insight_reports.read(raw)
    except (CannotOpen, msgspec.DecodeError, UnicodeDecodeError) as error:
        log.warning("insights.unreadable", error=type(error).__name__)
        return None


def _is_of_before(computed_at: datetime, zone: ZoneInfo) -> bool:
    """Whether it was made on another date than the person's present one."""
    return computed_at.astimezone(zone).date() != clock.now().astimezone(zone).date()


async def store(user_id: UUID, raw: bytes, read_at: datetime) -> bool:
    """Keep a report over what was read at an instant, and tell its person of what is new in it; returns whether it was kept.

    It is not where one over something read later is there, or where the person is gone or has switched insights off meanwhile.
    Raises msgspec.DecodeError for what could not be read again, KeyDestroyed.
    """
    report = insight_reports.read(raw)
    key = await keys.keys().of(user_id)
    async with db.transaction():
        # Locked, so that an erasure or a switch of preferences comes before or after all of this.
        person = await db.fetchrow(f"SELECT u.language FROM users u WHERE id = $1 AND {ANALYSED} FOR KEY SHARE", user_id)
        if person is None:
            return False
        before = await db.fetchval("SELECT report FROM mood_insights WHERE user_id = $1", user_id)
        kept = await db.execute(
            """
            INSERT INTO mood_insights AS i (user_id, report, entries_used, version, computed_at) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (user_id) DO UPDATE SET report = EXCLUDED.report, entries_used = EXCLUDED.entries_used, version = EXCLUDED.version,
                computed_at = EXCLUDED.computed_at WHERE i.computed_at <= EXCLUDED.computed_at
            """,
            user_id, key.seal(raw.decode(), "mood_insights.report", user_id), report.entries_used, VERSION, read_at,
        )  # fmt: skip
        if kept:
            await insight_news.tell(user_id, person["language"], _opened(before, user_id, key), report)
    return bool(kept)
