"""The diary as a picture, as its person gets it: drawn once, kept, told apart by its ETag, and nobody else's."""

from __future__ import annotations

import asyncio

import pytest

from core import clock, db
from domain import charts
from tests.charts import draw_now, read, seen, texts, told, waiting
from tests.diaries import days_ago, diary, on
from tests.people import Account, World, do_jobs

POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@pytest.fixture(autouse=True)
def _nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no worker in these tests but where they say so."""
    monkeypatch.setattr(charts, "WAIT_SECONDS", 0)


async def writer(world: World, **about: str) -> Account:
    """Somebody with an entry of today, and no job waiting."""
    return await diary(world, [on(clock.today("UTC"), 4)], **about)


async def test_a_picture_that_is_kept_is_served_with_all_that_makes_it_safe(world: World) -> None:
    ana = await writer(world)
    await draw_now(ana)
    answered = await seen(ana)
    assert answered.status == 200
    assert answered.headers["Content-Type"] == "image/svg+xml; charset=utf-8"
    assert (answered.headers["Content-Security-Policy"], answered.headers["X-Content-Type-Options"]) == (POLICY, "nosniff")
    assert answered.headers["Cache-Control"] == "private, no-store"
    assert "Retry-After" not in answered.headers
    assert told(answered.raw)[0] == "Your mood over time"
    assert any("1 entry on 1 day" in each for each in texts(answered.raw))
    assert await waiting(ana) == 0


async def test_one_that_did_not_change_is_not_sent_again(world: World) -> None:
    ana = await writer(world)
    await draw_now(ana)
    tag = (await seen(ana)).headers["ETag"]
    again = await seen(ana, headers={"If-None-Match": tag})
    assert (again.status, again.raw, again.headers["ETag"]) == (304, b"", tag)
    assert (await seen(ana, "?theme=dark", headers={"If-None-Match": tag})).status == 200
    await ana.log_mood(1)
    await draw_now(ana)
    assert (await seen(ana, headers={"If-None-Match": tag})).status == 200


async def test_the_first_time_it_is_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charts, "WAIT_SECONDS", 30)
    ana = await writer(world)
    asking = asyncio.gather(*(seen(ana, "?kind=calendar&period=7d") for _ in range(3)))
    while not await waiting(ana):
        await asyncio.sleep(0.01)
    assert await waiting(ana) == 1
    assert set(await do_jobs()) == {"done"}
    answered = await asking
    assert {(each.status, told(each.raw)[0]) for each in answered} == {(200, "Your mood by day")}
    assert len({each.headers["ETag"] for each in answered}) == 1


async def test_where_no_worker_comes_a_picture_says_so_and_when_to_ask_again(world: World) -> None:
    ana = await writer(world, language="es")
    for headers in ({}, {"If-None-Match": "*"}):
        answered = await seen(ana, headers=headers)
        assert (answered.status, answered.headers["Retry-After"], answered.headers["Content-Type"]) == (202, "2", "image/svg+xml; charset=utf-8")
        assert "ETag" not in answered.headers
        assert told(answered.raw)[0] == "Tu gráfico se está dibujando"
    assert await waiting(ana) == 1
    await do_jobs()
    assert told((await seen(ana)).raw)[0] == "Tu ánimo a lo largo del tiempo"


async def test_an_old_one_is_served_at_once_while_a_new_one_is_drawn(world: World) -> None:
    ana = await writer(world)
    await draw_now(ana)
    before = await seen(ana)
    await ana.log_mood(2)
    await do_jobs()
    old = await seen(ana)
    assert (old.status, old.headers["Retry-After"], old.raw) == (200, "2", before.raw)
    await seen(ana)
    assert await waiting(ana) == 1
    await do_jobs()
    new = await seen(ana)
    assert "Retry-After" not in new.headers
    assert any("2 entries on 1 day" in each for each in texts(new.raw))


async def test_a_theme_can_be_chosen_and_a_word_is_not_taken_for_one(world: World) -> None:
    media = "<style>@media (prefers-color-scheme: dark)"
    ana = await diary(world, [on(clock.today("UTC"), 4, factors=(media,))])
    await draw_now(ana, "factors")
    for theme, condition in (("", "(prefers-color-scheme: dark)"), ("&theme=dark", "all"), ("&theme=light", "not all")):
        answered = await seen(ana, f"?kind=factors{theme}")
        said = read(answered.raw)
        assert (said.findtext("{http://www.w3.org/2000/svg}style") or "").startswith(f"@media {condition}{{")
        assert media in told(answered.raw)[1]


async def test_what_is_asked_for_is_one_of_what_there_is(world: World) -> None:
    ana = await writer(world)
    for query, path in (
        ("?period=8d", "period"),
        ("?kind=pie", "kind"),
        ("?theme=red", "theme"),
        ("?from=2026-01-01", "from"),
        ("?user=1", "user"),
        ("?kind=mood&kind=mood", "kind"),
    ):
        answered = await seen(ana, query)
        assert (answered.status, answered.paths) == (422, {path})
    assert await db.fetchval("SELECT count(*) FROM jobs WHERE name = 'draw_chart'") == 0


async def test_threat_26_nobody_sees_anothers(world: World) -> None:
    ana, ben = [await diary(world, [on(clock.today("UTC"), 4, factors=(word,))]) for word in ("heliotrope", "vermilion")]
    for person in (ana, ben):
        await draw_now(person, "factors")
    assert b"heliotrope" in (await seen(ana, "?kind=factors")).raw
    assert b"heliotrope" not in (await seen(ben, "?kind=factors")).raw
    for other in (await world.counselor(), await world.staff("analyst")):
        assert (await seen(other)).status == 403
    assert (await world.send("GET", "/moods/chart.svg")).status == 401


async def test_while_switched_off_a_picture_says_so_and_nothing_is_drawn_or_kept(world: World) -> None:
    ana = await writer(world)
    await draw_now(ana)
    await ana.put("/users/preferences", {"privacy": {"insights": False}})
    assert await db.fetchval("SELECT count(*) FROM mood_charts") == 0
    answered = await seen(ana)
    assert (answered.status, told(answered.raw)[0]) == (200, "Insights are switched off")
    assert await waiting(ana) == 0
    await draw_now(ana)
    assert await db.fetchval("SELECT count(*) FROM mood_charts") == 0
    await ana.put("/users/preferences", {"privacy": {"insights": True}})
    assert (await seen(ana)).status == 202


async def test_what_cannot_be_drawn_is_said_and_not_tried_over_and_over(world: World) -> None:
    ana = await writer(world)
    await seen(ana)
    await db.execute("UPDATE jobs SET failed_at = now()")
    refused = await seen(ana)
    assert (refused.status, refused.json["code"], refused.headers["Retry-After"]) == (503, "service_unavailable", "60")
    assert await waiting(ana) == 0
    # Another is another matter, and later it is tried again.
    assert (await seen(ana, "?kind=weekday")).status == 202
    await db.execute("UPDATE jobs SET failed_at = now() - interval '61 minutes' WHERE failed_at IS NOT NULL")
    assert (await seen(ana)).status == 202


async def test_somebody_without_entries_gets_a_picture_too(world: World) -> None:
    ana = await world.anonymous()
    await days_ago(ana, 40)
    await draw_now(ana, "weekday", "30d")
    assert "No entries in these days yet." in texts((await seen(ana, "?kind=weekday")).raw)


async def test_an_old_one_that_cannot_be_drawn_anew_promises_nothing(world: World) -> None:
    ana = await writer(world)
    await seen(ana)
    await do_jobs()
    await db.execute("UPDATE mood_charts SET is_stale = true")
    assert (await seen(ana)).headers["Retry-After"] == "2"
    await db.execute("UPDATE jobs SET failed_at = now()")
    answered = await seen(ana)
    assert (answered.status, answered.headers.get("Retry-After")) == (200, None)


async def test_one_that_is_drawn_just_now_is_not_promised_again(world: World) -> None:
    ana = await writer(world)
    await seen(ana)
    await db.execute("UPDATE jobs SET lease_until = now() + interval '20 seconds'")
    await seen(ana)
    assert await db.fetchval("SELECT count(*) FROM jobs WHERE name = 'draw_chart'") == 1
