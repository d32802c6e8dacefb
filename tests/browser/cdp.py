"""A real headless Chromium, driven over its DevTools protocol, as a person drives it: by keys, clicks and looking."""

from __future__ import annotations

import asyncio
import base64
import itertools
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse

# The first that there is.
_PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PROGRAM = next(filter(None, map(shutil.which, _PROGRAMS)), None)
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-renderer-backgrounding", "--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows", "--no-first-run", "--no-default-browser-check", "--hide-scrollbars", "--lang=en-GB", "--remote-debugging-port=0",
)  # fmt: skip
_KEYS = {"Enter": (13, "\r"), "Tab": (9, ""), "Escape": (27, ""), " ": (32, " "), "ArrowDown": (40, ""), "ArrowUp": (38, "")}
_SHIFT = 8
SECONDS = 15


class Page:
    """One tab. `faults` are the errors it met: exceptions, and what its policy refused."""

    def __init__(self, browser: Browser, session: str, context: str) -> None:
        self._browser = browser
        self._session = session
        self._context = context
        self.faults: list[str] = []

    async def do(self, method: str, **parameters: Any) -> dict[str, Any]:
        return await self._browser.do(method, session=self._session, **parameters)

    async def close(self) -> None:
        await self._browser.do("Target.disposeBrowserContext", browserContextId=self._context)

    async def set_up(self, width: int, height: int, *, dark: bool) -> None:
        for domain in ("Page", "Runtime", "Log"):
            await self.do(f"{domain}.enable")
        await self.do("Emulation.setFocusEmulationEnabled", enabled=True)
        await self.resize(width, height)
        await self.prefer(dark=dark)

    async def resize(self, width: int, height: int) -> None:
        await self.do("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    async def prefer(self, *, dark: bool) -> None:
        await self.do("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    async def go(self, url: str) -> None:
        await self.do("Page.navigate", url=url)
        await self.until(f"location.href.startsWith({url!r}) && document.readyState === 'complete'")

    async def run(self, script: str) -> Any:
        """The value of an expression, awaited; True for an element."""
        answered = await self.do("Runtime.evaluate", expression=f"(async (found) => (found instanceof Node ? true : found))({script})", awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answered, answered["exceptionDetails"]
        return answered["result"].get("value")

    async def until(self, script: str, seconds: float = SECONDS) -> Any:
        """The value of an expression once it is true. Fails with what the page shows when that does not happen."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    # A page that is being left has no value.
                    with suppress(AssertionError, Refused):
                        if found := await self.run(script):
                            return found
                    await asyncio.sleep(0.05)  # between two looks
        except TimeoutError:
            shown = await self.run("document.body.innerText")
            raise AssertionError(f"not so after {seconds} s: {script}\n--- {self.faults}\n{shown}") from None

    async def shows(self, text: str, within: str = "body") -> None:
        """Wait until a text is to be seen."""
        await self.until(f"[...document.querySelectorAll({within!r})].some((each) => each.innerText.includes({text!r}))")

    async def click(self, selector: str) -> None:
        """Click what a selector finds, once it is there to be clicked, keeps still, and nothing lies over it."""
        place = await self.until(
            f"""(async () => {{
                const element = document.querySelector({selector!r});
                if (!element || element.disabled) return null;
                element.scrollIntoView({{ block: "nearest" }});
                const middle = () => {{
                    const {{ x, y, width, height }} = element.getBoundingClientRect();
                    return width && [x + width / 2, y + height / 2];
                }};
                const before = middle();
                await new Promise((resolve) => setTimeout(resolve, 60));
                const found = middle();
                return found && String(found) === String(before) && element.contains(document.elementFromPoint(...found)) && found;
            }})()"""
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self.do("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    async def write(self, text: str) -> None:
        """Type into whatever has the focus."""
        await self.do("Input.insertText", text=text)

    async def press(self, key: str, *, shift: bool = False) -> None:
        code, text = _KEYS[key]
        about = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": code, "modifiers": _SHIFT if shift else 0}
        await self.do("Input.dispatchKeyEvent", type="keyDown", **about, **({"text": text} if text else {}))
        await self.do("Input.dispatchKeyEvent", type="keyUp", **about)

    async def tab_to(self, selector: str, most: int = 60) -> int:
        """Press Tab until the focus is there; returns how often."""
        for times in range(most):
            if await self.run(f"document.activeElement?.matches({selector!r})"):
                return times
            await self.press("Tab")
        raise AssertionError(f"{selector} is not reached by {most} tabs")

    async def choose_file(self, selector: str, path: Path) -> None:
        """Choose a file, as in the dialog that an <input type=file> opens."""
        root = await self.do("DOM.getDocument")
        found = await self.do("DOM.querySelector", nodeId=root["root"]["nodeId"], selector=selector)
        await self.do("DOM.setFileInputFiles", nodeId=found["nodeId"], files=[str(path)])

    async def picture(self, path: Path) -> None:
        taken = await self.do("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(taken["data"]))

    def heard(self, method: str, parameters: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.faults.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Log.entryAdded" and parameters["entry"]["source"] in ("security", "javascript"):
            self.faults.append(parameters["entry"]["text"])


class Refused(Exception):
    """The browser does not do that."""


class Browser:
    """One running Chromium. Each page has cookies and a cache of its own, as if it were another browser."""

    def __init__(self, connection: ClientWebSocketResponse) -> None:
        self._connection = connection
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._pages: dict[str, Page] = {}
        self.reading = asyncio.create_task(self._read())

    async def do(self, method: str, *, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        future = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._connection.send_json({"id": number, "method": method, "params": parameters, **({"sessionId": session} if session else {})})
        return await asyncio.wait_for(future, SECONDS)

    async def _read(self) -> None:
        async for message in self._connection:
            frame = message.json()
            if "id" not in frame:
                if (page := self._pages.get(frame.get("sessionId", ""))) is not None:
                    page.heard(frame["method"], frame["params"])
                continue
            future = self._answers.pop(frame["id"])
            if future.done():
                continue
            if "error" in frame:
                future.set_exception(Refused(frame["error"]["message"]))
            else:
                future.set_result(frame["result"])

    async def page(self, url: str, *, width: int = 1280, height: int = 800, dark: bool = False) -> Page:
        context = (await self.do("Target.createBrowserContext"))["browserContextId"]
        target = await self.do("Target.createTarget", url="about:blank", browserContextId=context)
        attached = await self.do("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page = self._pages[attached["sessionId"]] = Page(self, attached["sessionId"], context)
        await page.set_up(width, height, dark=dark)
        await page.go(url)
        return page


@asynccontextmanager
async def browser(profile: Path) -> AsyncIterator[Browser]:
    """A Chromium that keeps its things under `profile` and ends with the block."""
    assert PROGRAM is not None
    profile.mkdir(parents=True, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        PROGRAM, *_FLAGS, f"--user-data-dir={profile}", "about:blank", stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        said = profile / "DevToolsActivePort"
        async with asyncio.timeout(30):
            while not said.exists() or said.read_text().count("\n") < 1:
                assert process.returncode is None, "Chromium did not start"
                await asyncio.sleep(0.05)  # between two looks at a file that another process writes
        port, place = said.read_text().split("\n")[:2]
        async with ClientSession() as client, client.ws_connect(f"ws://127.0.0.1:{port}{place}", max_msg_size=0) as connection:
            opened = Browser(connection)
            yield opened
            with suppress(Exception):
                await opened.do("Browser.close")
            await connection.close()
            await opened.reading
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError, TimeoutError):
                await asyncio.wait_for(process.wait(), 5)
        if process.returncode is None:
            process.kill()
            await process.wait()
