"""Who is told that there is something new in their insights: seldom, quietly, and without saying what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from analytics.findings import Report
from core import clock, db
from domain import insight_news, insight_reports, notifications
from tests.insights import finding, keep, report
from tests.people import Account, World


def read(made: Report) -> insight_reports.Report:
    return insight_reports.read(msgspec.json.encode(made))


@pytest.mark.parametrize(
    ("before", "after", "news"),
    [
        (None, [], []),
        (None, ["level.now"], ["first"]),
        ([], ["factor.higher"], ["first"]),
        (["level.now"], ["level.now"], []),
        (["level.now"], ["level.now", "factor.higher", "theme.lower"], ["factor", "theme"]),
        (["factor.higher"], ["factor.lower"], []),
        (["level.now"], ["notice.lower", "trend.down", "shift.lower", "variability.wider", "streak.record"], []),
        (["level.now", "weekday.lower"], [], []),
    ],
)
def test_news_is_what_was_not_there_and_does_not_follow_how_somebody_feels(before: list[str] | None, after: list[str], news: list[str]) -> None:
    earlier = None if before is None else read(report(*map(finding, before)))
    assert insight_news.news(earlier, read(report(*map(finding, after)))) == news


def test_a_guess_is_no_news() -> None:
    before = read(report(finding("level.now")))
    assert insight_news.news(before, read(report(finding("factor.higher", "low")))) == []
    assert insight_news.news(before, read(report(finding("factor.higher", "high")))) == ["factor"]
    guessed = read(report(finding("level.now"), finding("factor.higher", "low")))
    assert insight_news.news(guessed, read(report(finding("level.now"), finding("factor.higher", "medium")))) == ["factor"]


async def told(person: Account) -> list[dict[str, Any]]:
    return [each for each in (await person.get("/notifications")).json["items"] if each["kind"] == "insights"]


async def test_news_are_told_once_a_week_at_most_and_name_nothing(world: World) -> None:
    ana, now = await world.anonymous(language="es"), clock.now()
    reports = [
        report(finding("level.now")),
        report(finding("level.now"), finding(factor="heliotrope")),
        report(finding(factor="heliotrope"), finding("weather.lower", weather="vermilion")),
    ]
    for days, made, count in ((0, reports[0], 1), (3, reports[1], 1), (8, reports[2], 2), (16, reports[0], 2), (24, reports[2], 3), (32, reports[0], 3), (40, reports[2], 3)):
        with clock.at(now + timedelta(days=days)):
            assert await keep(ana, made)
        assert len(await told(ana)) == count, days
    assert {each["title"] for each in await told(ana)} == {"Ya puedes ver lo que muestra tu diario", "Hay algo nuevo sobre tu diario"}
    said = str(await told(ana)) + str(await db.fetch("SELECT * FROM notifications"))
    assert not {word for word in ("heliotrope", "vermilion", "coffee") if word in said}


async def test_nobody_in_a_crisis_is_told(world: World) -> None:
    ana = await world.anonymous()
    await ana.log_mood(1, note="I want to kill myself")
    assert await keep(ana, report(finding()))
    assert await told(ana) == []


async def test_the_switch_of_the_weekly_summary_keeps_it_from_being_pushed(world: World) -> None:
    ana, bob = await world.anonymous(), await world.anonymous()
    await ana.put("/users/preferences", {"notifications": {"push": {"weeklySummary": False}}})
    for person in (ana, bob):
        await keep(person, report(finding()))
    pushed = await notifications.to_push([ana.uuid, bob.uuid], clock.now() - timedelta(minutes=1))
    assert [person for person, each in pushed if each.kind == "insights"] == [bob.uuid]
    assert len(await told(ana)) == 1
