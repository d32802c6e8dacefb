"""The analysts' page: who gets in, and that neither side of the console opens the other."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession, DummyCookieJar

from api.console.guard import POLICY
from core import db
from tests.api.test_console import Window, kept
from tests.api.test_otp import NOON, authenticator, code, it_is
from tests.people import PASSWORD, Account, Answered, World


@pytest.fixture
async def window(world: World) -> AsyncIterator[Window]:
    async with ClientSession(cookie_jar=DummyCookieJar()) as client:
        yield Window(world, client)


async def sign_in(window: Window, account: Account, **about: object) -> Answered:
    return await window.post("/analysts/sign-in", {"email": account.email, "password": PASSWORD, **about})


@pytest.mark.parametrize("role", ["analyst", "admin"])
async def test_staff_sign_in_read_and_sign_out(window: Window, role: str) -> None:
    staff = await window.world.staff(role)
    assert (await window.get("/analysts")).headers["Location"] == "/console/analysts/sign-in"
    assert (await sign_in(window, staff)).status == 204
    page = await window.get("/analysts")
    assert (page.status, b"Insight runs" in page.raw, page.headers["Content-Security-Policy"]) == (200, True, POLICY)
    assert (await window.get("/analysts/sign-in")).headers["Location"] == "/console/analysts"
    given = (await window.post("/analysts/token")).json
    assert (given["staff"]["id"], given["staff"]["role"], given["expiresIn"]) == (staff.id, role, 900)
    bearer = {"Authorization": f"Bearer {given['accessToken']}"}
    assert (await window.world.send("GET", "/admin/engagement", headers=bearer)).status == 200
    assert (await window.post("/sign-out")).status == 204
    assert await kept() == []
    assert (await window.world.send("GET", "/admin/engagement", headers=bearer)).status == 401
    assert (await window.get("/analysts")).status == 303
    assert (await window.post("/analysts/token")).status == 401


async def test_neither_side_opens_the_other(window: Window) -> None:
    staff, counselor = await window.world.staff("analyst"), await window.world.counselor()
    for account in (counselor, await window.world.user()):
        assert (await sign_in(window, account)).status == 401
        assert window.cookie is None
    await sign_in(window, staff)
    assert (await window.get()).headers["Location"] == "/console/sign-in"
    assert (await window.get("/sign-in")).status == 200
    assert (await window.post("/token")).status == 401
    # Whoever only looked is still signed in.
    assert (await window.get("/analysts")).status == 200
    await window.sign_in(counselor)
    assert (await window.get("/analysts")).headers["Location"] == "/console/analysts/sign-in"
    assert (await window.post("/analysts/token")).status == 401
    assert (await window.get()).status == 200
    # One browser, one account: the analyst's session ended as the counselor's began.
    assert len(await kept()) == 1
    assert await db.fetchval("SELECT count(*) FROM auth_sessions WHERE principal_id = $1 AND revoked_at IS NULL", staff.uuid) == 1


async def test_the_same_address_on_both_sides_is_two_accounts(window: Window) -> None:
    staff = await window.world.staff("analyst")
    counselor = await window.world.counselor()
    await db.execute("UPDATE counselors SET email = $1 WHERE id = $2", staff.email, counselor.uuid)
    await sign_in(window, staff)
    assert (await window.post("/analysts/token")).json["staff"]["id"] == staff.id
    await window.sign_in(staff)
    assert (await window.post("/token")).json["counselor"]["id"] == counselor.id


async def test_a_closed_account_ends_the_page_at_once(window: Window) -> None:
    staff = await window.world.staff("analyst")
    await sign_in(window, staff)
    await db.execute("UPDATE staff SET is_active = false WHERE id = $1", staff.uuid)
    assert (await window.post("/analysts/token")).status == 401
    assert (await window.get("/analysts")).status == 303
    assert await kept() == []


async def test_another_pages_requests_are_refused(window: Window) -> None:
    staff = await window.world.staff("analyst")
    await sign_in(window, staff)
    for path, body in (("/analysts/sign-in", {"email": staff.email, "password": PASSWORD}), ("/analysts/token", None)):
        answered = await window.post(path, body, headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"})
        assert (answered.status, answered.json["code"]) == (403, "forbidden")


async def test_an_authenticator_is_asked_for(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    it_is(monkeypatch, NOON)
    staff = await window.world.staff("admin")
    codes = await authenticator("staff", staff)
    assert (await sign_in(window, staff)).json["code"] == "otp_required"
    assert (await sign_in(window, staff, otp=code(codes))).status == 204


async def test_the_dates_of_the_address_are_where_the_page_begins(window: Window) -> None:
    await sign_in(window, await window.world.staff("analyst"))
    page = await window.get("/analysts?from=2026-01-05&to=2026-03-01")
    assert b'value="2026-01-05"' in page.raw
    assert b'value="2026-03-01"' in page.raw
    wrong = await window.get("/analysts?from=%22%3E%3Cscript%3E")
    assert (wrong.status, b"<script>" in wrong.raw) == (422, False)
