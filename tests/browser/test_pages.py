"""The pages for everybody: by keyboard alone, on a phone, in light and dark."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.cdp import Page
from tests.browser.people import House, say
from tests.people import PASSWORD

pytestmark = pytest.mark.xdist_group("browser")

PHONE: dict[str, Any] = {"width": 360, "height": 740}

# Texts whose contrast to what is behind them is under WCAG 2.2's 4.5 to 1, or 3 to 1 where they are large; those of disabled controls are excepted.
_FAINT = """(() => {
    const parts = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((each) => each / 255).map((each) => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4))
        .reduce((sum, each, index) => sum + each * [0.2126, 0.7152, 0.0722][index], 0);
    const behind = (element) => {
        for (let each = element; each; each = each.parentElement) {
            const found = parts(getComputedStyle(each).backgroundColor);
            if (found.length === 3 || found[3] === 1) return found;
        }
        return [255, 255, 255];
    };
    const found = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        const style = getComputedStyle(element);
        if (!texts.currentNode.data.trim() || !element.checkVisibility({ visibilityProperty: true }) || element.closest(":disabled, .unseen, .skip, option")) continue;
        const [a, b] = [light(parts(style.color)), light(behind(element))].sort((x, y) => y - x);
        const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
        if ((a + 0.05) / (b + 0.05) < (large ? 3 : 4.5)) found.push(`${texts.currentNode.data.trim()}: ${((a + 0.05) / (b + 0.05)).toFixed(2)}`);
    }
    return found;
})()"""

# Controls that a screen reader could not name.
_NAMELESS = """[...document.querySelectorAll("button, input, select, textarea, a")].filter((each) => each.checkVisibility()
    && !(each.innerText.trim() || each.getAttribute("aria-label") || each.labels?.length)).map((each) => each.outerHTML)"""


async def fits(page: Page) -> None:
    """Nothing is wider than the window, and nothing that can be pressed lies outside it."""
    assert await page.run("document.documentElement.scrollWidth") == await page.run("innerWidth")
    outside = """[...document.querySelectorAll("button, input, select, textarea")].filter((each) => each.checkVisibility())
        .filter((each) => each.getBoundingClientRect().right > innerWidth || each.getBoundingClientRect().left < 0).map((each) => each.id || each.innerText)"""
    assert await page.run(outside) == []


async def readable(page: Page) -> None:
    for dark in (False, True):
        await page.prefer(dark=dark)
        assert await page.run(_FAINT) == []
        # Light is light and dark is dark.
        lightness = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number).reduce((sum, each) => sum + each) / 3"
        assert (await page.run(lightness) < 60) is dark
    assert await page.run(_NAMELESS) == []


async def test_by_keyboard_alone(house: House) -> None:
    counselor = await house.world.counselor()
    desk = await house.page("/console/sign-in")
    await desk.until("document.activeElement.id === 'email'")
    await desk.write(str(counselor.email))
    await desk.press("Tab")
    await desk.write("wrong password")
    await desk.press("Enter")
    await desk.shows("The email or the password is wrong", "#wrong")
    await desk.until("document.activeElement.id === 'password'")
    await desk.run("document.activeElement.select()")
    await desk.write(PASSWORD)
    await desk.press("Enter")
    await desk.until("document.querySelector('#connection')?.dataset.state === 'open' && !document.querySelector('#status').disabled")
    # The first stop leads past everything.
    await desk.press("Tab")
    assert await desk.run("document.activeElement.innerText") == "Skip to the chat"
    await desk.tab_to("#status")
    await desk.press("ArrowUp")
    await desk.until("['available', 'busy'].includes(document.querySelector('#status').dataset.status)")
    await desk.press("ArrowUp")
    await desk.until("document.querySelector('#status').dataset.status === 'available'")
    person = await house.person(first="Hello")
    await desk.until("document.querySelector('.offer')")
    # On from the status, as somebody would: the capacity, signing out, then what needs an answer.
    assert await desk.tab_to(".offer .primary") <= 4
    ring = await desk.run("getComputedStyle(document.activeElement).outlineStyle + parseInt(getComputedStyle(document.activeElement).outlineWidth)")
    assert ring == "solid3"
    await desk.press("Enter")
    # Taking it leads to where one writes.
    await desk.until("document.activeElement.id === 'message'")
    await desk.write("Good evening")
    await desk.press("Enter", shift=True)
    await desk.write("How are you?")
    await desk.press("Enter")
    await person.shows("Good evening\nHow are you?", "#log")
    assert await desk.run("document.activeElement.id") == "message"
    await desk.tab_to("#note")
    await desk.write("Called at night")
    await desk.tab_to("#note-form button")
    await desk.press(" ")
    await desk.shows("Called at night", "#notes")


async def test_news_is_said_aloud(house: House) -> None:
    desk, person = await house.talk()
    assert await desk.run("document.querySelector('#log').getAttribute('role')") == "log"
    await desk.until("document.querySelector('#log').getAttribute('aria-live') === 'polite'")
    await desk.shows("New offer: I cannot sleep", "#announcement[role=alert]")
    assert await desk.run("document.querySelector('#alerts').getAttribute('aria-live')") == "assertive"
    assert await person.run("document.querySelector('#crisis').getAttribute('role')") == "alert"
    assert await person.run("document.querySelector('#connection').getAttribute('role')") == "status"


async def test_on_a_phone_nothing_is_cut_off(house: House) -> None:
    counselor = await house.world.counselor(role="supervisor")
    signing = await house.page("/console/sign-in", **PHONE)
    await fits(signing)
    desk = await house.desk(counselor, **PHONE)
    await fits(desk)
    person = await house.person("A" * 190, **PHONE)
    await desk.until("document.querySelector('.offer')")
    await fits(desk)
    await desk.click(".offer .primary")
    await desk.until("document.activeElement.id === 'message'")
    await say(person, "Long" * 200)
    await desk.shows("Long" * 200, "#log")
    await say(person, "I want to kill myself")
    await person.until("!document.querySelector('#crisis').hidden")
    await desk.until("document.querySelector('.alert')")
    for page in (desk, person):
        await fits(page)
    await desk.click("#to-details")
    await desk.until("document.querySelector('#context dl')?.checkVisibility()")
    await fits(desk)
    await desk.click("#to-chat")
    await desk.click("#to-list")
    await desk.until("document.activeElement.matches('#mine .row')")
    await fits(desk)
    await desk.press("Enter")
    await desk.click("#close-chat")
    await desk.click("#confirm-yes")
    await person.until("!document.querySelector('#rate').hidden")
    await fits(person)


async def test_light_and_dark_are_readable_and_everything_has_a_name(house: House) -> None:
    signing = await house.page("/console/sign-in")
    await readable(signing)
    desk, person = await house.talk(first="Hello")
    await say(desk, "Good evening")
    await say(person, "I want to kill myself")
    await person.until("!document.querySelector('#crisis').hidden")
    await desk.until("document.querySelector('.alert')")
    another = await house.world.anonymous()
    await another.post("/chat/sessions", {"topic": "Another matter", "priority": "high"})
    await desk.until("document.querySelector('.offer') && document.querySelector('#queue .high')")
    supervisor = await house.desk(await house.world.counselor(role="supervisor"), status=None)
    await supervisor.click("#live .row")
    await supervisor.until("document.querySelector('#watching').checkVisibility()")
    for page in (desk, person, supervisor):
        await readable(page)
