"""What somebody is shown of their own diary: at once, in their words and language, and nobody else's."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from analytics.findings import SAYS
from core import clock, db, keys
from domain import insight_refreshing, insights
from domain.insight_refreshing import RefreshInsights
from tests.diaries import clear, diary, on, store
from tests.insights import FORECAST, finding, keep, report, shown, waiting
from tests.people import Account, World, do_jobs

NOTHING: dict[str, Any] = {"status": "not_enough_data", "computedAt": None, "entriesUsed": 0, "insights": [], "forecast": None}


async def writer(world: World, **about: Any) -> Account:
    """Somebody with an entry of today, and no job waiting."""
    return await diary(world, [on(clock.today("UTC"))], **about)


async def test_an_insight_has_its_words_and_its_numbers(world: World) -> None:
    ana, now = await writer(world), clock.now()
    await keep(ana, report(finding(), finding("level.now", "high"), finding("streak.record"), forecast=FORECAST), now)
    answered = await ana.get("/moods/insights")
    assert (answered.status, answered.headers["Cache-Control"]) == (200, "private, no-store")
    found = answered.json
    assert (found["status"], found["computedAt"], found["entriesUsed"]) == ("ready", now.isoformat(timespec="milliseconds")[:-6] + "Z", 64)
    assert (found["isSwitchedOff"], found["message"]) == (False, None)
    factor, level, streak = found["insights"]
    assert factor == {
        "kind": "factor",
        "title": "Days with “coffee”",
        "text": factor["text"],
        "confidence": "medium",
        "effect": {"value": 0.37, "low": 0.12, "high": 0.62, "unit": "points"},
        "n": 64,
        "window": {"from": "2026-03-01", "to": "2026-05-03"},
        "subject": "coffee",
        "evidence": {"dates": ["2026-05-01", "2026-05-02"], "values": [3, 4.5]},
    }
    assert "0.4 points higher" in factor["text"]
    assert (level["kind"], level["confidence"], level["effect"], level["subject"]) == ("level", "high", None, None)
    assert streak["kind"] == "streak"
    assert found["needs"] == [{"kind": "theme", "have": 3, "need": 20, "unit": "notes", "text": "What your notes are about: 3 of 20 days with a note."}]
    said = found["forecast"].pop("text")
    assert found["forecast"] == {"date": "2026-05-04", "value": 3.42, "low": 2.5, "high": 4.31, "coverage": 0.8, "method": "ewma", "n": 64}
    assert "only an estimate" in said


async def test_an_answer_that_did_not_change_is_not_sent_again(world: World) -> None:
    ana = await writer(world)
    await keep(ana, report(finding()))
    first = await ana.get("/moods/insights")
    again = await ana.get("/moods/insights", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.raw, again.headers["Cache-Control"]) == (304, b"", "private, no-store")
    await keep(ana, report(finding("factor.lower")))
    assert (await ana.get("/moods/insights", headers={"If-None-Match": first.headers["ETag"]})).status == 200


async def test_words_follow_the_language_of_the_day(world: World) -> None:
    ana = await writer(world)
    await keep(ana, report(finding("shift.higher")))
    assert (await shown(ana))["insights"][0]["title"] == "Better since May 3, 2026"
    await ana.put("/users/preferences", {"language": "es"})
    spanish = await shown(ana)
    assert spanish["insights"][0]["title"] == "Mejor desde el 3 de mayo de 2026"
    assert spanish["needs"][0]["text"] == "De qué tratan tus notas: 3 de 20 días con una nota."


async def test_who_has_no_entries_is_told_at_once_what_is_needed(world: World) -> None:
    ana, ben = await world.anonymous(), await world.anonymous(language="es")
    found = await shown(ana)
    assert found.items() >= NOTHING.items()
    assert {each["kind"]: (each["have"], each["need"], each["unit"]) for each in found["needs"]}["level"] == (0, 7, "entries")
    assert found["message"] == "Your diary is still empty. Insights begin with a few entries."
    assert (await shown(ben))["message"].startswith("Tu diario aún está vacío")
    assert await waiting(ana) == 0


async def test_whose_entries_are_all_deleted_sees_nothing_of_them(world: World) -> None:
    ana = await writer(world)
    await keep(ana, report(finding()))
    await clear(ana.uuid)
    assert (await shown(ana)).items() >= NOTHING.items()


async def test_what_is_not_there_yet_is_promised(world: World) -> None:
    ana = await writer(world)
    found = await shown(ana)
    assert found.items() >= {**NOTHING, "status": "computing", "needs": []}.items()
    assert found["message"]
    assert await waiting(ana) == 1
    # It need not wait for more changes, and asking again promises nothing more.
    assert await db.fetchval("SELECT due_at <= now() FROM jobs WHERE name = $1", RefreshInsights.name())
    await shown(ana)
    assert await waiting(ana) == 1


async def test_too_little_says_what_is_needed(world: World) -> None:
    ana = await writer(world)
    await keep(ana, report(entries=1))
    found = await shown(ana)
    assert (found["status"], found["entriesUsed"], found["insights"]) == ("not_enough_data", 1, [])
    assert found["computedAt"] is not None
    assert len(found["needs"]) == 1
    assert found["message"].startswith("There is too little")
    # Nothing to tell, and nothing that more entries would bring: that is an answer.
    await keep(ana, report(needs=()))
    assert (await shown(ana))["status"] == "ready"


async def test_what_is_kept_is_shown_while_it_is_worked_out_anew(world: World) -> None:
    now = datetime(2026, 5, 4, 21, tzinfo=UTC)
    with clock.at(now):
        ana = await world.anonymous(timezone="Asia/Tokyo")
        await store(ana.uuid, [on(date(2026, 5, 4))])
        await keep(ana, report(finding()), now - timedelta(hours=5))
        assert (await insights.insights(ana.uuid)).status == "ready"
        assert await waiting(ana) == 0
        # Seven hours before it was yesterday in Tokyo.
        await db.execute("UPDATE mood_insights SET computed_at = $1", now - timedelta(hours=7))
        assert (await insights.insights(ana.uuid)).status == "ready"
        assert await waiting(ana) == 1


async def test_a_forecast_is_shown_until_its_day_begins(world: World) -> None:
    now = datetime(2026, 5, 4, 14, 59, tzinfo=UTC)
    with clock.at(now):
        ana = await world.anonymous(timezone="Asia/Tokyo")
        await store(ana.uuid, [on(date(2026, 5, 4))])
        await keep(ana, report(finding(), forecast=FORECAST), now)
        assert (await insights.insights(ana.uuid)).forecast is not None
    with clock.at(now + timedelta(minutes=1)):
        found = await insights.insights(ana.uuid)
        assert (found.status, len(found.insights), found.forecast) == ("ready", 1, None)


async def test_what_other_code_found_is_shown_and_worked_out_anew(world: World) -> None:
    ana = await writer(world)
    await keep(ana, report(finding()))
    await db.execute("UPDATE mood_insights SET version = version + 1")
    assert (await shown(ana))["insights"][0]["subject"] == "coffee"
    assert await waiting(ana) == 1


@pytest.mark.parametrize("poison", ["altered", "another's", "no report", "no JSON", "empty"])
async def test_a_row_that_cannot_be_read_is_worked_out_anew(world: World, poison: str) -> None:
    ana, ben = await writer(world), await writer(world)
    for person in (ana, ben):
        await keep(person, report(finding()))
    key = await keys.keys().of(ana.uuid)
    rows = {row["user_id"]: row["report"] for row in await db.fetch("SELECT * FROM mood_insights")}
    poisoned = {
        "altered": rows[ana.uuid][:-1] + bytes([rows[ana.uuid][-1] ^ 1]),
        "another's": rows[ben.uuid],
        "no report": key.seal('{"findings": 3}', "mood_insights.report", ana.uuid),
        "no JSON": key.seal("\ufffd{", "mood_insights.report", ana.uuid),
        "empty": b"",
    }[poison]
    await db.execute("UPDATE mood_insights SET report = $2 WHERE user_id = $1", ana.uuid, poisoned)
    assert (await shown(ana))["status"] == "computing"
    assert await waiting(ana) == 1
    assert (await shown(ben))["status"] == "ready"
    assert await keep(ana, report(finding()))
    assert (await shown(ana))["status"] == "ready"


async def test_a_finding_that_this_code_has_no_words_for_is_left_out(world: World) -> None:
    ana = await writer(world)
    await keep(ana, report(finding(), finding("level.now")))
    key = await keys.keys().of(ana.uuid)
    sealed = await db.fetchval("SELECT report FROM mood_insights")
    said = (key.open(sealed, "mood_insights.report", ana.uuid) or "").replace("factor.higher", "factor.sideways").replace('"kind":"theme"', '"kind":"moon"')
    await db.execute("UPDATE mood_insights SET report = $1", key.seal(said, "mood_insights.report", ana.uuid))
    found = await shown(ana)
    assert ([each["kind"] for each in found["insights"]], found["needs"]) == (["level"], [])


async def test_while_switched_off_nothing_is_shown_kept_or_promised(world: World) -> None:
    ana = await writer(world)
    await keep(ana, report(finding()))
    assert (await ana.put("/users/preferences", {"privacy": {"insights": False}})).status == 200
    found = await shown(ana)
    assert found.items() >= {**NOTHING, "needs": [], "isSwitchedOff": True}.items()
    assert "switched off" in found["message"]
    await do_jobs()
    assert (await waiting(ana), await db.fetchval("SELECT count(*) FROM mood_insights")) == (0, 0)
    await ana.put("/users/preferences", {"privacy": {"insights": True}})
    again = await shown(ana)
    assert (again["status"], again["isSwitchedOff"]) == ("computing", False)


async def test_what_fails_for_good_is_not_asked_for_over_and_over(world: World) -> None:
    ana, ben = await writer(world), await writer(world)
    await shown(ana)
    await db.execute("UPDATE jobs SET failed_at = now() WHERE name = $1", RefreshInsights.name())
    for person in (ana, ben):
        await shown(person)
    assert (await waiting(ana), await waiting(ben)) == (0, 1)
    await db.execute("UPDATE jobs SET failed_at = now() - interval '61 minutes' WHERE failed_at IS NOT NULL")
    await shown(ana)
    assert await waiting(ana) == 1
    # A change of the diary is another thing: it may mend what failed.
    await db.execute("UPDATE jobs SET failed_at = now() WHERE key = $1", ana.id)
    await insight_refreshing.refresh_soon(ana.uuid)
    assert await waiting(ana) == 1


async def test_threat_26_nobody_sees_anothers(world: World) -> None:
    ana, ben = await writer(world), await writer(world)
    await keep(ana, report(finding(factor="heliotrope")))
    await keep(ben, report(finding(factor="vermilion")))
    assert "heliotrope" in str(await shown(ana))
    assert "heliotrope" not in str(await shown(ben))
    counselor, staff = await world.counselor(), await world.staff("analyst")
    for other in (counselor, staff):
        assert (await other.get("/moods/insights")).status == 403
    assert (await world.send("GET", "/moods/insights")).status == 401
    assert (await ana.get(f"/moods/insights?user={ben.id}")).status == 422


async def test_every_finding_reads_in_every_language(world: World) -> None:
    ana = await writer(world)
    await keep(ana, report(*(finding(says) for says in SAYS)))
    for language in ("en", "es-MX", "de"):
        await ana.put("/users/preferences", {"language": language})
        assert len((await shown(ana))["insights"]) == len(SAYS)
