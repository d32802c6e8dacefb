"""Two browsers talk: a counselor at the console, a person at the page to try the chat."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from core import db, keys
from tests.browser.cdp import browser
from tests.browser.line import line_to
from tests.browser.people import House, choose, log, say, until_log
from tests.files import PDF, picture
from tests.people import World

pytestmark = pytest.mark.xdist_group("browser")

OUTAGE_SECONDS = 20


async def stored(world: World) -> list[str]:
    """Every message of the one session, in the order of seq, which has no gap."""
    rows = await db.fetch("SELECT m.*, s.user_id FROM chat_messages m JOIN chat_sessions s ON s.id = m.session_id ORDER BY m.seq")
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    return [(await keys.keys().of(row["user_id"])).open(row["message"], "chat_messages.message", row["id"]) or "" for row in rows]


async def test_an_offer_is_counted_down_and_taken(house: House) -> None:
    desk = await house.desk(await house.world.counselor())
    await desk.shows("Nobody waits", "#queue-empty")
    await desk.shows("No chats yet", "#mine-empty")
    person = await house.person("Nightmares <b>again</b>", "Hello, is somebody there?")
    await desk.shows("Offer: Nightmares <b>again</b>", ".offer")
    await desk.until("document.title.startsWith('Offer!')")
    left = "Number.parseInt(document.querySelector('.offer .seconds').innerText)"
    first = await desk.run(left)
    assert 0 < first <= 45
    assert 0 < await desk.until(f"{left} < {first} && {left}") < first
    await desk.shows("medium priority: as if 5 min longer", "#queue")
    await desk.click(".offer .primary")
    await desk.until("!document.querySelector('.offer')")
    await desk.shows("Nightmares <b>again</b>", "#chat-title")
    await until_log(desk, ["Hello, is somebody there?", "Cora joined the chat."])
    await person.shows("Cora Lane", "#chat-title")


async def test_two_sides_see_each_other_type_read_come_and_go(house: House) -> None:
    desk, person = await house.talk(first="Hello")
    await desk.shows("online", "#chat-about")
    await person.run("document.querySelector('#message').focus()")
    await person.write("I")
    await desk.shows("Anonymous person is typing", "#typing")
    await person.write(" am tired\nand worried")
    await person.press("Enter")
    await desk.until("document.querySelector('#typing').innerText === ''")
    await until_log(desk, ["Hello", "Cora joined the chat.", "I am tired\nand worried"])
    await person.until("[...document.querySelectorAll('#log .mine .state')].every((each) => each.innerText === '✓✓ Read')")
    await say(desk, "<img src=x onerror=alert(1)> & you?")
    await person.shows("<img src=x onerror=alert(1)> & you?", "#log")
    await person.go("about:blank")
    await desk.shows("offline", "#chat-about")
    await say(desk, "Come back any time")
    await desk.until("document.querySelector('#log .message:last-child .state').innerText === '✓ Sent'")


async def test_what_is_written_while_one_looks_elsewhere_is_counted(house: House) -> None:
    desk, person = await house.talk()
    # Another chat is open at the desk.
    account = await house.world.anonymous()
    await account.post("/chat/sessions", {"topic": "Another matter"})
    await desk.click(".offer .primary")
    await desk.shows("Another matter", "#chat-title")
    await say(person, "Are you there?")
    await desk.shows("1 unread", "#mine")
    await desk.until("document.title.startsWith('(1)')")
    await desk.run("[...document.querySelectorAll('#mine .row')].find((each) => each.innerText.includes('unread')).click()")
    await until_log(desk, ["Cora joined the chat.", "Are you there?"])
    await desk.until("!document.querySelector('#mine .unread') && document.title.startsWith('Desk')")


async def test_a_lost_network_loses_doubles_and_reorders_nothing(house: House, tmp_path: Path) -> None:
    desk = await house.desk(await house.world.counselor())
    async with browser(tmp_path) as another, line_to(int(house.base.rpartition(":")[2])) as line:
        person = await house.person(first="p0", base=line.url, browser=another)
        await desk.click(".offer .primary")
        await say(desk, "c0")
        await until_log(person, ["p0", "Cora joined the chat.", "c0"])
        # The last one before the cut is on its way, and never arrives.
        line.die()
        await say(person, "p1")
        await person.shows("Sending", "#log .pending")
        began = time.monotonic()
        await line.cut()
        await person.shows("Reconnecting", "#connection")
        await desk.shows("offline", "#chat-about")
        for n in range(2, 8):
            await say(person, f"p{n}")
            await say(desk, f"c{n}")
        await desk.until("document.querySelector('#log .message:last-child .state').innerText === '✓ Sent'")
        assert [state for text, state in await log(person) if text in ("p1", "p7")] == ["Waiting to be sent"] * 2
        # The outage takes as long as it takes.
        await asyncio.sleep(began + OUTAGE_SECONDS - time.monotonic())
        await line.mend()
        await desk.shows("p7", "#log")
        # Once more, shortly: this one arrives, but its acknowledgement does not.
        line.mute()
        await say(person, "p8")
        await desk.shows("p8", "#log")
        await line.cut()
        await person.shows("Reconnecting", "#connection")
        await line.mend()
        await person.shows("Connected", "#connection")
        await say(person, "p9")
        await say(desk, "c9")
        everything = ["p0", "Cora joined the chat.", "c0", *(f"c{n}" for n in range(2, 8)), *(f"p{n}" for n in range(1, 10)), "c9"]
        await person.until(f"document.querySelectorAll('#log .message').length === {len(everything)} && !document.querySelector('#log .pending')", 30)
        shown = await stored(house.world)
        assert sorted(shown) == sorted(everything)
        assert [text for text in shown if text[0] == "p"] == [f"p{n}" for n in range(10)]
        assert [text for text in shown if text[0] == "c"] == ["c0", *(f"c{n}" for n in range(2, 8)), "c9"]
        await until_log(person, shown)
        await until_log(desk, shown)
        await desk.shows("online", "#chat-about")


async def test_a_restart_of_the_page_goes_on_where_it_was(house: House) -> None:
    desk, person = await house.talk(first="before")
    await person.do("Page.reload")
    await until_log(person, ["before", "Cora joined the chat."])
    await desk.do("Page.reload")
    await desk.click("#mine .row")
    await say(desk, "after")
    await until_log(person, ["before", "Cora joined the chat.", "after"])


async def test_pictures_and_documents_are_sent(house: House, tmp_path: Path) -> None:
    desk, person = await house.talk()
    for name, content in (("garden.png", picture()), ("letter.pdf", PDF)):
        (tmp_path / name).write_bytes(content)
        await person.choose_file("#file", tmp_path / name)
        await desk.shows("letter.pdf" if name == "letter.pdf" else "", "#log .user:last-child .attachment")
    for page in (desk, person):
        await page.until("document.querySelector('#log img[alt=\"garden.png\"]')?.naturalWidth === 64")
        assert await page.run("fetch(document.querySelector('#log .message:last-child a').href).then((each) => each.headers.get('Content-Type'))") == "application/pdf"
    (tmp_path / "song.mp3").write_bytes(b"ID3")
    await person.choose_file("#file", tmp_path / "song.mp3")
    await person.shows("The file was not sent: Only JPEG", "#chat-wrong")


async def test_a_crisis_is_seen_on_both_sides(house: House) -> None:
    desk, person = await house.talk()
    await say(person, "I want to die, I have a plan to kill myself")
    await person.until("!document.querySelector('#crisis').hidden && document.querySelectorAll('#resources a[href^=\"tel:\"]').length > 0")
    await desk.shows("Somebody may be in danger", "#alerts")
    await desk.shows("emergency", "#chat-about")
    await desk.until("document.querySelector('#priority').value === 'emergency'")
    await desk.until("document.querySelector('#context .risk')?.innerText === '1'")
    await desk.until("document.title.startsWith('⚠')")
    await desk.click(".alert .urgent")
    await desk.until("!document.querySelector('.alert')")
    assert await db.fetchval("SELECT acknowledged_by IS NOT NULL FROM crises")


async def test_notes_are_kept_and_a_chat_is_handed_over(house: House) -> None:
    desk, person = await house.talk()
    await desk.click("#note")
    await desk.write("Sleeps badly <i>since</i> May")
    await desk.click("#note-form button")
    await desk.shows("Sleeps badly <i>since</i> May", "#notes")
    transfer = [("#specialization", "sleep"), ("#transfer-note", "Please go on with the sleep diary")]
    for selector, text in transfer:
        await desk.click(selector)
        await desk.write(text)
    await desk.click("#transfer-form button")
    await desk.shows("Nobody who knows about that is free", "#transfer-wrong")
    other = await house.desk(await house.world.counselor(first_name="Nils", specializations=["sleep"]))
    await desk.click("#transfer-form button")
    await desk.shows("Offered", "#transfer-told")
    await other.shows("Handed over to you", ".offer")
    await other.click(".offer .primary")
    await other.shows("Please go on with the sleep diary", "#context")
    await other.shows("Sleeps badly <i>since</i> May", "#notes")
    await person.shows("Nils Lane", "#chat-title")
    await desk.shows("Nils took over", "#notice")
    await desk.shows("No chat is open", "#chat")


async def test_a_supervisor_watches_unseen_and_takes_over(house: House) -> None:
    desk, person = await house.talk(first="Hello")
    supervisor = await house.desk(await house.world.counselor(first_name="Sam", role="supervisor"), status=None)
    await supervisor.click("#live .row")
    await until_log(supervisor, ["Hello", "Cora joined the chat."])
    assert await supervisor.run("document.querySelector('#composer').hidden")
    await say(person, "somebody?")
    await supervisor.shows("somebody?", "#log")
    await person.until("[...document.querySelectorAll('#log .mine .state')].every((each) => each.innerText === '✓✓ Read')")
    await choose(supervisor, "#priority", "high")
    await desk.until("document.querySelector('#priority').value === 'high'")
    await supervisor.click("#take-over")
    await supervisor.click("#confirm-yes")
    await supervisor.until("!document.querySelector('#composer').hidden")
    await say(supervisor, "I am Sam")
    await person.shows("Sam Lane", "#chat-title")
    await person.shows("I am Sam", "#log")
    await desk.shows("Sam took over", "#notice")


async def test_a_chat_ends_and_is_rated(house: House) -> None:
    desk, person = await house.talk()
    await desk.click("#close-chat")
    await desk.press("Escape")
    await desk.until("!document.querySelector('#confirm').open && !document.querySelector('#composer').hidden")
    await desk.click("#close-chat")
    await desk.click("#confirm-yes")
    await desk.shows("This chat has ended.", "#log")
    assert await desk.run("document.querySelector('#composer').hidden")
    await person.click("#rate input[value='5']")
    await person.click("#rate button.primary")
    await person.until("!document.querySelector('#ask').hidden")
    assert await db.fetchval("SELECT rating FROM chat_sessions") == 5


async def test_a_session_ended_elsewhere_ends_the_page(house: House) -> None:
    counselor = await house.world.counselor()
    desk = await house.desk(counselor)
    devices: list[Any] = (await counselor.get("/auth/sessions")).json["items"]
    await counselor.delete(f"/auth/sessions/{next(each['id'] for each in devices if not each['current'])}")
    await desk.until("location.pathname === '/console/sign-in'")


async def test_the_status_is_the_counselors_own(house: House) -> None:
    counselor = await house.world.counselor()
    desk = await house.desk(counselor)
    await desk.run("document.querySelector('#capacity').value = '7', document.querySelector('#capacity').dispatchEvent(new Event('change'))")
    await desk.shows("You are available, for 7 chats at once", "#notice")
    profile = (await counselor.get("/counselor/profile")).json
    assert (profile["status"], profile["capacity"]) == ("available", 7)
    await desk.click("#sign-out")
    await desk.until("location.pathname === '/console/sign-in'")
