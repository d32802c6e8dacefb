"""The console's pages: who gets in, what the cookie is and when it ends, what a page may do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http.cookies import Morsel, SimpleCookie
from typing import Any

import pytest
from aiohttp import ClientSession, DummyCookieJar

from api.console.guard import POLICY
from core import db, runtime
from core.settings import parse_rate
from tests.api.test_otp import NOON, authenticator, code, it_is
from tests.browser.people import everybody_left
from tests.people import PASSWORD, Account, Answered, World
from tests.settings import configure
from tests.sockets import connected

COOKIE = "mentalspace_console"
PAGES = ["", "/", "/sign-in", "/analysts", "/analysts/sign-in", "/try", "/static/base.css", "/static/desk.js", "/nowhere"]


class Window:
    """A browser as far as the console is concerned: one cookie, and headers that say whose page asks."""

    def __init__(self, world: World, client: ClientSession) -> None:
        self.base = str(world.client.make_url("")).rstrip("/")
        self.world = world
        self.cookie: str | None = None
        self.set: Morsel[str] | None = None
        self._client = client

    async def send(self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None) -> Answered:
        sent = {"Origin": self.base, "Sec-Fetch-Site": "same-origin"} if method == "POST" else {"Accept": "text/html"}
        sent.update(headers or {})
        if self.cookie is not None:
            sent["Cookie"] = f"{COOKIE}={self.cookie}"
        async with self._client.request(
            method, f"{self.base}/console{path}", json=body, headers={name: value for name, value in sent.items() if value}, allow_redirects=False
        ) as response:
            for header in response.headers.getall("Set-Cookie", ()):
                self.set = SimpleCookie(header)[COOKIE]
                self.cookie = self.set.value or None
            return Answered(response.status, response.headers, await response.read())

    async def get(self, path: str = "", **options: Any) -> Answered:
        return await self.send("GET", path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> Answered:
        return await self.send("POST", path, body, **options)

    async def sign_in(self, account: Account, **about: Any) -> Answered:
        return await self.post("/sign-in", {"email": account.email, "password": account.password, **about})


@pytest.fixture
async def window(world: World) -> AsyncIterator[Window]:
    async with ClientSession(cookie_jar=DummyCookieJar()) as client:
        yield Window(world, client)


async def kept() -> list[bytes]:
    """The console's keys in Redis."""
    assert runtime._runtime is not None
    found: list[bytes] = [key async for key in runtime._runtime.redis.scan_iter(f"{COOKIE}*")]
    return found


async def test_a_counselor_signs_in_works_and_signs_out(window: Window) -> None:
    counselor = await window.world.counselor()
    assert (await window.get()).headers["Location"] == "/console/sign-in"
    assert (await window.sign_in(counselor)).status == 204
    desk = await window.get()
    assert (desk.status, b"Your chats" in desk.raw) == (200, True)
    assert (await window.get("/sign-in")).headers["Location"] == "/console"
    given = (await window.post("/token")).json
    assert (given["counselor"]["id"], given["expiresIn"]) == (counselor.id, 900)
    bearer = {"Authorization": f"Bearer {given['accessToken']}"}
    assert (await window.world.send("GET", "/counselor/profile", headers=bearer)).json["id"] == counselor.id
    old = window.cookie
    assert (await window.post("/sign-out")).status == 204
    assert window.cookie is None
    # Not only the cookie: what it named, and what came of it.
    assert await kept() == []
    assert (await window.world.send("GET", "/counselor/profile", headers=bearer)).status == 401
    window.cookie = old
    assert (await window.get()).status == 303
    assert (await window.post("/token")).status == 401
    assert (await window.post("/sign-out")).status == 204


async def test_the_cookie_is_for_the_console_alone(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    counselor = await window.world.counselor()
    await window.sign_in(counselor)
    assert window.set is not None
    assert {name: window.set[name] for name in ("path", "httponly", "samesite", "max-age", "secure", "domain")} == {
        "path": "/console", "httponly": True, "samesite": "Strict", "max-age": "43200", "secure": "", "domain": "",
    }  # fmt: skip
    configure(monkeypatch, public_url="https://console.example.org")
    await window.sign_in(counselor)
    assert window.set["secure"] is True


async def test_redis_holds_nothing_that_opens_a_session(window: Window) -> None:
    counselor = await window.world.counselor()
    await window.sign_in(counselor)
    assert runtime._runtime is not None and window.cookie is not None
    (key,) = await kept()
    held = key + bytes(await runtime._runtime.redis.get(key))  # type: ignore[arg-type]
    token = (await window.post("/token")).json["accessToken"]
    for secret in (window.cookie, token, counselor.id, str(counselor.email)):
        assert secret.encode() not in held
    assert 0 < await runtime._runtime.redis.ttl(key) <= 43200
    # Its own key is not a cookie.
    window.cookie = key.decode().rpartition(":")[2]
    assert (await window.get()).status == 303


async def test_a_cookie_that_was_there_before_is_never_signed_in(window: Window) -> None:
    counselor = await window.world.counselor()
    window.cookie = planted = "somebody-else-chose-this"
    assert (await window.sign_in(counselor)).status == 204
    assert window.cookie not in (planted, None)
    first = window.cookie
    assert (await window.sign_in(counselor)).status == 204
    assert window.cookie != first
    assert len(await kept()) == 1
    for old in (planted, first):
        window.cookie = old
        assert (await window.post("/token")).status == 401
    living = await db.fetchval("SELECT count(*) FROM auth_sessions WHERE principal_id = $1 AND revoked_at IS NULL", counselor.uuid)
    # The one of `world.counselor` and the newest of the console.
    assert living == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "", "Origin": "null"},
        {"Sec-Fetch-Site": "", "Origin": ""},
    ],
    ids=lambda headers: " ".join(filter(None, headers.values())) or "neither",
)
async def test_another_pages_requests_are_refused(window: Window, headers: dict[str, str]) -> None:
    counselor = await window.world.counselor()
    await window.sign_in(counselor)
    for path, body in (("/sign-in", {"email": counselor.email, "password": PASSWORD}), ("/sign-out", None), ("/token", None)):
        answered = await window.post(path, body, headers=headers)
        assert (answered.status, answered.json["code"]) == (403, "forbidden")
    assert (await window.get()).status == 200


async def test_without_fetch_metadata_the_origin_tells(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    counselor = await window.world.counselor()
    assert (await window.post("/sign-in", {"email": counselor.email, "password": PASSWORD}, headers={"Sec-Fetch-Site": ""})).status == 204
    configure(monkeypatch, public_url="https://console.example.org")
    assert (await window.post("/token", headers={"Sec-Fetch-Site": "", "Origin": "https://console.example.org"})).status == 200


@pytest.mark.parametrize("path", PAGES)
async def test_every_answer_says_what_a_page_may_load(window: Window, path: str) -> None:
    counselor = await window.world.counselor()
    for _ in range(2):
        answered = await window.get(path)
        assert answered.headers["Content-Security-Policy"] == POLICY
        assert answered.headers["X-Content-Type-Options"] == "nosniff"
        # Nothing inline, which the policy would refuse.
        assert not any(word in answered.raw for word in (b"style=", b" onclick", b"<style", b"<script>"))
        await window.sign_in(counselor)
    for other in ("/token", "/nowhere"):
        assert (await window.post(other)).headers["Content-Security-Policy"] == POLICY


async def test_others_do_not_get_in(window: Window) -> None:
    world = window.world
    for account in (await world.user(), await world.staff()):
        assert (await window.sign_in(account)).status == 401
        assert window.cookie is None
        assert (await window.post("/token", headers=account.bearer)).status == 401
        assert (await window.get(headers=account.bearer)).status == 303


async def test_a_session_that_is_ended_ends_the_console_at_once(window: Window) -> None:
    counselor = await window.world.counselor()
    await window.sign_in(counselor)
    given = (await window.post("/token")).json
    here = Account(window.world, counselor.id, counselor.email, PASSWORD, given)
    async with connected(window.world, here) as socket:
        devices = (await counselor.get("/auth/sessions")).json["items"]
        (console,) = [each["id"] for each in devices if not each["current"]]
        assert (await counselor.delete(f"/auth/sessions/{console}")).status == 204
        assert await socket.until_closed() == 4001
    await everybody_left()
    assert (await window.post("/token")).status == 401
    assert (await window.get()).status == 303
    assert await kept() == []


async def test_a_closed_account_ends_the_console_at_once(window: Window) -> None:
    counselor = await window.world.counselor()
    await window.sign_in(counselor)
    await db.execute("UPDATE counselors SET is_active = false WHERE id = $1", counselor.uuid)
    assert (await window.post("/token")).status == 401
    assert (await window.get()).status == 303


async def test_wrong_passwords_are_counted(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, limit_login=parse_rate("2/1h"))
    counselor = await window.world.counselor()
    for _ in range(2):
        assert (await window.post("/sign-in", {"email": counselor.email, "password": "not the password"})).status == 401
    assert (await window.sign_in(counselor)).status == 429


async def test_an_authenticator_is_asked_for(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    it_is(monkeypatch, NOON)
    counselor = await window.world.counselor()
    codes = await authenticator("counselor", counselor)
    assert (await window.sign_in(counselor)).json["code"] == "otp_required"
    assert window.cookie is None
    assert (await window.sign_in(counselor, otp="000000")).status == 401
    assert (await window.sign_in(counselor, otp=code(codes))).status == 204


async def test_sign_in_takes_json_and_nothing_more(window: Window) -> None:
    counselor = await window.world.counselor()
    assert (await window.sign_in(counselor, kind="staff")).status == 422
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await window.post("/sign-in", {"email": counselor.email, "password": PASSWORD}, headers=form)).status == 415


async def test_the_supervisors_role_is_told(window: Window) -> None:
    supervisor = await window.world.counselor(role="supervisor")
    await window.sign_in(supervisor)
    assert (await window.post("/token")).json["counselor"]["role"] == "supervisor"
    # A role that changes is another one from the next token on.
    await db.execute("UPDATE counselors SET role = 'counselor' WHERE id = $1", supervisor.uuid)
    bearer = {"Authorization": f"Bearer {(await window.post('/token')).json['accessToken']}"}
    assert (await window.world.send("GET", "/counselor/sessions", headers=bearer)).status == 403


async def test_the_try_page_is_not_there_in_production(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await window.get("/try")).status == 200
    assert b"/console/try" in (await window.get("/sign-in")).raw
    configure(monkeypatch, app_env="production")
    assert (await window.get("/try")).status == 404
    assert b"/console/try" not in (await window.get("/sign-in")).raw


async def test_what_is_wrong_is_said_on_a_page(window: Window) -> None:
    found = await window.get("/nowhere")
    assert (found.status, found.headers["Content-Type"], b"<h1>Not Found</h1>" in found.raw) == (404, "text/html; charset=utf-8", True)
    plain = await window.get("/nowhere", headers={"Accept": "application/json"})
    assert (plain.status, plain.headers["Content-Type"]) == (404, "application/problem+json")


async def test_a_lost_redis_is_said(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    counselor = await window.world.counselor()
    await window.sign_in(counselor)
    assert runtime._runtime is not None

    async def lost(*_: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(runtime._runtime.redis, "get", lost)
    assert (await window.post("/token")).status == 503
    assert (await window.get()).status == 503
    assert window.cookie is not None


async def test_files_are_asked_for_again_only_when_they_changed(window: Window) -> None:
    first = await window.get("/static/desk.js")
    assert first.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert (await window.get("/static/desk.js", headers={"If-None-Match": first.headers["ETag"]})).status == 304
    for name in ("..%2f..%2fpyproject.toml", "__init__.py", "desk.html"):
        assert (await window.get(f"/static/{name}")).status == 404
