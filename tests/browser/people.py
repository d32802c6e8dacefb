"""People at their browsers: a counselor at the console, somebody at the page to try the chat."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from core import db
from tests.browser.cdp import Browser, Page
from tests.people import PASSWORD, Account, World, do_jobs

# Each message in the log, in order: who is named, what stands there, in which state.
_LOG = """[...document.querySelectorAll("#log .message")].map((each) => [
    each.querySelector(".text").innerText, each.querySelector(".state").innerText])"""


class House:
    """The running system, and pages that are opened of it."""

    def __init__(self, world: World, browser: Browser) -> None:
        self.world = world
        self.base = str(world.client.make_url("")).rstrip("/")
        self._browser = browser
        self._opened: list[Page] = []

    async def page(self, path: str, base: str | None = None, browser: Browser | None = None, **about: Any) -> Page:
        """A page with cookies of its own, in a browser of its own where one is given."""
        page = await (browser or self._browser).page((base or self.base) + path, **about)
        self._opened.append(page)
        return page

    async def leave(self) -> list[str]:
        """Close every page; returns the errors they met. Ends once the server knows that nobody is there any more."""
        for page in self._opened:
            with suppress(ConnectionError):
                await page.close()
        await everybody_left()
        return [fault for page in self._opened for fault in page.faults]

    async def desk(self, account: Account, status: str | None = "available", **about: Any) -> Page:
        """A counselor who has signed in."""
        page = await self.page("/console/sign-in", **about)
        await page.click("#email")
        await page.write(str(account.email))
        await page.click("#password")
        await page.write(PASSWORD)
        await page.click("#sign-in button")
        await page.until("document.querySelector('#connection')?.dataset.state === 'open' && !document.querySelector('#status').disabled")
        if status is not None:
            await choose(page, "#status", status)
            await page.until(f"document.querySelector('#status').dataset.status === {status!r}")
        return page

    async def person(self, topic: str = "I cannot sleep", first: str = "", **about: Any) -> Page:
        """Somebody who asks for a counselor."""
        page = await self.page("/console/try", **about)
        await page.click("#topic")
        await page.write(topic)
        await page.click("#first")
        await page.write(first)
        await page.click("#ask button")
        await page.shows("number 1 in the queue", "#chat-about")
        return page

    async def talk(self, **about: Any) -> tuple[Page, Page]:
        """A counselor's and a person's pages, in a chat with each other."""
        desk = await self.desk(await self.world.counselor())
        person = await self.person(**about)
        await desk.click(".offer .primary")
        await desk.shows("Cora joined the chat", "#log")
        await person.shows("Cora joined the chat", "#log")
        return desk, person


async def everybody_left() -> None:
    """Wait until the server has noted that no socket is open any more."""
    async with asyncio.timeout(10):
        while await db.fetchval("SELECT EXISTS (SELECT 1 FROM presences)"):
            await asyncio.sleep(0.02)  # between two looks


async def choose(page: Page, selector: str, value: str) -> None:
    await page.run(f"((list) => {{ list.value = {value!r}; list.dispatchEvent(new Event('change', {{ bubbles: true }})); }})(document.querySelector({selector!r}))")


async def say(page: Page, text: str) -> None:
    """Write a message into the composer and send it."""
    await page.until("document.querySelector('#message').checkVisibility()")
    await page.run("document.querySelector('#message').focus()")
    await page.write(text)
    await page.press("Enter")


async def log(page: Page) -> list[tuple[str, str]]:
    """What the chat shows, in order: (text, state)."""
    return [(text, state) for text, state in await page.run(_LOG)]


async def until_log(page: Page, texts: list[str]) -> None:
    """Wait until the chat shows just these, in this order."""
    await page.until(f"JSON.stringify({_LOG}.map(([text]) => text)) === JSON.stringify({json.dumps(texts)})", 30)


@asynccontextmanager
async def working() -> AsyncIterator[None]:
    """Workers do their jobs meanwhile."""

    async def work() -> None:
        while True:
            await do_jobs()
            await asyncio.sleep(0.05)  # between two looks for due jobs

    task = asyncio.create_task(work())
    try:
        yield
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
