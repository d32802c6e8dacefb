"""The analysts' page in a browser: figures and what is hidden of them, every state it can be in, runs from asking to deleting, without a mouse too."""

from __future__ import annotations

import asyncio
import json
from datetime import date, timedelta
from typing import Any

import pytest

from core import db
from core.problem import Forbidden, Problem
from domain import engagement
from domain.engagement import Engagement
from tests.browser.cdp import Page
from tests.browser.people import House
from tests.browser.test_pages import PHONE, fits, readable
from tests.crowds import ask, begin, breathe, crowd, days, log, noon
from tests.insight_runs import quick
from tests.people import PASSWORD, Account
from tests.settings import configure

pytestmark = pytest.mark.xdist_group("browser")

MONDAY = date(2026, 1, 5)
LAST = MONDAY + timedelta(days=55)


async def lives() -> None:
    """Two months of 180 people: more and more of them, fewer at weekends, some who stop; programs of many, a feature of few."""
    programs = [row["id"] for row in await db.fetch("SELECT id FROM programs WHERE is_active ORDER BY title, id LIMIT 3")]
    for week in range(6):
        first = MONDAY + timedelta(days=7 * week)
        people = await crowd(30, noon(first))
        for each, person in enumerate(people):
            await log([person], [day for day in days(first, 20 if each < 5 else (LAST - first).days + 1) if (day.toordinal() * 7 + each * 5) % (4 if day.weekday() < 5 else 7) < 2])
        await begin(people[: 20 - 4 * week], programs[week % 2], noon(first), noon(LAST) if week % 2 else None)
        await begin(people[:3], programs[2], noon(first))
        await ask(people[:25], noon(first), [30 + 7 * each + 40 * week for each in range(25)], 3 + (week + 1) % 3)
    await breathe(people[:6], LAST)


async def choose(page: Page, first: date, last: date, form: str = "#dates") -> None:
    for place, day in zip(("from", "to"), (first, last), strict=True):
        name = f"#run-{place}" if form == "#new-run" else f"#{place}"
        await page.run(f"(document.querySelector({name!r}).value = '{day}')")
    await page.click(f"{form} button[type=submit]")


async def sign_in(house: House, staff: Account, **about: Any) -> Page:
    page = await house.page("/console/analysts", **about)
    await page.until("location.pathname === '/console/analysts/sign-in' && document.activeElement?.id === 'email'")
    await page.write(str(staff.email))
    await page.press("Tab")
    await page.write(PASSWORD)
    await page.press("Enter")
    await page.until("location.pathname === '/console/analysts' && document.querySelector('#figures')?.getAttribute('aria-busy') === 'false'")
    return page


async def tables(page: Page) -> dict[str, list[list[str]]]:
    """The table behind each plot, by its caption, without its head."""
    found: dict[str, list[list[str]]] = json.loads(
        await page.run(
            """JSON.stringify(Object.fromEntries([...document.querySelectorAll("#figures table")].map((table) => [
                table.caption.textContent, [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.textContent))])))"""
        )
    )
    return found


async def test_figures_states_and_runs(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    quick(monkeypatch)
    configure(monkeypatch, public_url=house.base)
    await lives()
    staff = await house.world.staff("analyst")
    page = await sign_in(house, staff)
    await page.shows(f"{staff.email}, analyst", "#who")

    # Nobody has done anything of late.
    await page.shows("Nothing to show", "#state")
    assert await page.run("document.querySelectorAll('#figures svg').length") == 0
    await page.shows("No run yet", "#runs-state")

    await choose(page, MONDAY, LAST)
    await page.until("document.querySelectorAll('#figures .plot svg').length === 6")
    await page.shows("5 Jan 2026 to 1 Mar 2026", "#state")
    seen = await tables(page)
    truth = (await staff.get(f"/admin/engagement?from={MONDAY}&to={LAST}")).json
    assert [row[1] for row in seen["Active people, by date"]] == ["fewer than 10" if each["dau"] is None else str(each["dau"]) for each in truth["days"]]
    assert [row[1] for row in seen["Who comes back, by week of signing up"]] == ["30"] * 6
    assert {"Breathing": "fewer than 10", "Programs": "60+"}.items() <= dict(seen["What people use"]).items()
    assert seen["Ratings"][0] == ["5 of 5", "50+"]
    assert sorted(row[1] for row in seen["Programs"])[:3] == ["10+", "20+", "30+"]
    # Each plot says what it shows to whoever does not see it.
    labels = await page.run("[...document.querySelectorAll('#figures .plot svg')].map((each) => each.getAttribute('aria-label'))")
    assert all(len(each) > 40 for each in labels)
    assert await page.run("document.querySelectorAll('#figures .plot svg[role=img]').length") == len(labels)
    # Where a day is hidden, its line has a gap.
    assert await page.run("document.querySelectorAll('.line-2').length") >= 2
    await fits(page)
    await readable(page)

    await choose(page, LAST, MONDAY)
    await page.shows("must not be after", "#dates-wrong")
    await page.run("(document.querySelector('#from').value = '')")
    await page.click("#dates button[type=submit]")
    await page.shows("Choose both dates", "#dates-wrong")
    await choose(page, date(1995, 1, 1), LAST)
    await page.shows("to must be at most 732 days", "#dates-wrong")

    # Whatever goes wrong is said, and can be tried again; what an older question brings late is not shown.
    real = engagement.read
    refusals: list[Problem] = []
    slow = asyncio.Event()

    async def read(principal: Any, first: date, last: date) -> Engagement:
        if refusals:
            raise refusals.pop()
        found: Engagement = await real(principal, first, last)
        if last == LAST - timedelta(days=1):
            await slow.wait()
        return found

    monkeypatch.setattr(engagement, "read", read)
    refusals.append(Problem("The database is away"))
    await choose(page, MONDAY, LAST)
    await page.shows("The figures could not be read", "#failed")
    await page.click("#again")
    await page.until("document.querySelector('#failed').hidden && document.querySelectorAll('#figures .plot svg').length === 6")
    refusals.append(Forbidden())
    await choose(page, MONDAY, LAST)
    await page.shows("Your account may not see this", "#failed")
    assert await page.run("document.querySelector('#again').hidden")
    await choose(page, MONDAY, LAST - timedelta(days=1))
    await page.until("document.querySelector('#figures').getAttribute('aria-busy') === 'true' && document.querySelector('#state').innerText === 'Loading…'")
    await choose(page, MONDAY, LAST - timedelta(days=2))
    await page.shows("to 27 Feb 2026", "#state")
    slow.set()
    await page.run("new Promise((resolve) => setTimeout(resolve, 100))")
    await page.shows("to 27 Feb 2026", "#state")

    # A run, followed until it is done; its files are there by their links.
    await choose(page, MONDAY, LAST, "#new-run")
    await page.shows("Done", ".run[data-status=done]")
    links = await page.run("[...document.querySelectorAll('.files a')].map((each) => [each.innerText, each.href, each.target, each.download])")
    assert [(text, target, download) for text, _, target, download in links] == [
        ("dictionary.json", "", "dictionary.json"), ("moods.parquet", "", "moods.parquet"), ("Open the report", "_blank", ""),
    ]  # fmt: skip
    for _, url, _, _ in links:
        assert await page.run(f"fetch({url!r}).then((answer) => answer.status)") == 200
    await page.shows("is done", "#run-told")

    # One that fails says why; a third is still under way when it is deleted, by keys alone.
    def fails(*_: Any) -> bytes:
        raise ValueError

    quick(monkeypatch, compute_shard=fails)
    await choose(page, MONDAY, LAST - timedelta(days=5), "#new-run")
    await page.until("document.querySelector('.run[data-status=queued] progress, .run[data-status=running] progress')?.checkVisibility()")
    await fits(page)
    await readable(page)
    await page.run("document.querySelector('.run[data-status=queued] button, .run[data-status=running] button').focus()")
    await page.press("Enter")
    await page.until("document.querySelector('#confirm').open")
    await page.press("Escape")
    await page.until("!document.querySelector('#confirm').open && document.activeElement.matches('.run button')")
    assert await page.run("document.querySelectorAll('.run').length") == 2
    await page.press("Enter")
    await page.until("document.querySelector('#confirm').open")
    await page.tab_to("#confirm button[value=yes]", 3)
    await page.press("Enter")
    await page.until("document.querySelectorAll('.run').length === 1")
    assert await db.fetchval("SELECT count(*) FROM insight_runs") == 1
    await db.execute("UPDATE insight_runs SET status = 'failed', error = 'The parts could not be put together', files = '[]'")
    await page.do("Page.reload")
    await page.shows("The parts could not be put together", ".run[data-status=failed]")
    # The dates stand in the address.
    await page.shows("to 27 Feb 2026", "#state")

    await page.resize(PHONE["width"], PHONE["height"])
    await page.until("document.querySelector('.plot svg').getAttribute('width') < 360")
    await fits(page)
    await page.click("#sign-out")
    await page.until("location.pathname === '/console/analysts/sign-in'")
    assert await db.fetchval("SELECT count(*) FROM auth_sessions WHERE principal_id = $1 AND revoked_at IS NULL", staff.uuid) == 1
