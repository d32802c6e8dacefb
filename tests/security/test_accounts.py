"""Threats 12–25: resets, addresses, passwords, guessing, guests. Numbers are those of the project's list of threats."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from typing import Any

import pytest

from core import db, jobs, passwords
from core.settings import parse_rate
from tests.links import mailed_token
from tests.people import PASSWORD, Account, World, do_jobs
from tests.settings import configure

NEW = "another quiet lake"


async def sign_in(world: World, email: str | None, password: str, **headers: str) -> int:
    return (await world.send("POST", "/auth/login", {"email": email, "password": password}, headers=headers)).status


async def reset_token(world: World, who: Account) -> str:
    await world.send("POST", "/auth/forgot-password", {"email": who.email})
    return await mailed_token(world, str(who.email), "reset_password")


async def reset(world: World, token: str, password: str = NEW) -> int:
    return (await world.send("POST", "/auth/reset-password", {"token": token, "password": password})).status


async def test_threat_12_a_reset_token_used_twice_even_at_once(world: World) -> None:
    ana = await world.user()
    token = await reset_token(world, ana)
    statuses = await asyncio.gather(*(reset(world, token, f"another quiet lake {n}") for n in range(5)))
    assert sorted(statuses) == [204, 400, 400, 400, 400]
    winner = statuses.index(204)
    assert await sign_in(world, ana.email, f"another quiet lake {winner}") == 200
    assert await reset(world, token) == 400


async def test_threat_12_a_reset_token_after_the_password_was_changed(world: World) -> None:
    ana = await world.user()
    token = await reset_token(world, ana)
    assert (await ana.post("/auth/change-password", {"currentPassword": PASSWORD, "newPassword": NEW})).status == 204
    assert await reset(world, token, "a third quiet lake") == 400
    assert await sign_in(world, ana.email, NEW) == 200


async def test_threat_12_a_reset_mail_not_sent_yet_is_never_sent_once_spent(world: World) -> None:
    """The promised mail's link was cancelled before the worker came to it."""
    ana = await world.user()
    await do_jobs()
    await world.send("POST", "/auth/forgot-password", {"email": ana.email})
    for row in await db.fetch("SELECT id FROM jobs WHERE name = 'send_reset'"):
        await jobs.run(row["id"])
    await ana.post("/auth/change-password", {"currentPassword": PASSWORD, "newPassword": NEW})
    assert await world.mailbox(ana.email, "reset_password") == []


async def test_threat_13_a_poisoned_host_is_in_no_mail(world: World) -> None:
    ana = await world.user()
    poison = {
        "Host": "evil.org",
        "X-Forwarded-Host": "evil.org",
        "Forwarded": "host=evil.org",
        "X-Original-Host": "evil.org",
        "Origin": "https://evil.org",
        "Referer": "https://evil.org/",
    }
    assert (await world.send("POST", "/auth/forgot-password", {"email": ana.email}, headers=poison)).status == 202
    assert (await world.send("POST", "/auth/register", {"email": "b@example.org", "password": PASSWORD}, headers=poison)).status == 201
    mails = await world.mailbox()
    assert {mail["kind"] for mail in mails} >= {"reset_password", "verify_email", "welcome"}
    for mail in mails:
        assert "evil" not in mail["text"] + mail["html"]
    links = [link for mail in mails for link in re.findall(r"https?://[^\s\"<]+", mail["text"])]
    assert {link.split("/")[2] for link in links} == {"127.0.0.1:8080"}


@pytest.mark.parametrize(
    "email",
    [
        "a@evil.org@example.org", "a@x.org,b@y.org", "a@x.org;b@y.org", "a@x.org b@y.org", "a@x.org\r\nBcc: b@y.org", "a@x.org\nb@y.org", "a\r\n@x.org", "a@x.org\x00", "a@x.org%0d%0ab",
        "<a@x.org>", "A <a@x.org>", '"a b"@x.org', "a@localhost", "a@[127.0.0.1]", "a@x..org", "@x.org", "a@", "", " a@x.org", "a" * 300 + "@x.org", "\ud800@x.org", 5, None, ["a@x.org"],
    ],
)  # fmt: skip
async def test_threat_14_what_is_not_one_address_is_refused(world: World, email: Any) -> None:
    for path, body in (("/auth/register", {"password": PASSWORD}), ("/auth/forgot-password", {}), ("/auth/login", {"password": PASSWORD})):
        answered = await world.send("POST", path, {"email": email, **body})
        assert (answered.status, answered.paths) == (422, {"email"})
    assert await world.mailbox() == []


@pytest.mark.parametrize(
    "lookalike", ["mıke@example.org", "mi\u0307ke@example.org", "mіke@example.org", "mi\u212ae@example.org", "ｍike@example.org", "mike@ｅxample.org", "mike@examрle.org"]
)
async def test_threat_15_a_reset_asked_for_by_a_lookalike_goes_to_the_owner_or_nobody(world: World, lookalike: str) -> None:
    await world.user(email="mike@example.org")
    asked = await world.send("POST", "/auth/forgot-password", {"email": lookalike})
    assert asked.status in (202, 422)
    assert {mail["to"] for mail in await world.mailbox(kind="reset_password")} <= {"mike@example.org"}
    registered = await world.send("POST", "/auth/register", {"email": lookalike, "password": PASSWORD})
    assert registered.status in (201, 409, 422)
    if registered.status == 201:
        assert registered.json["user"]["email"] != "mike@example.org"
    assert await db.fetchval("SELECT count(DISTINCT email_index) = count(*) FROM users")


async def test_threat_16_registering_tells_nobody_who_has_an_account(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where addresses are verified: same bytes, same headers, same work, and the owner is told."""
    await world.user(email="taken@example.org")
    configure(monkeypatch, email_verification="required")
    hashed: list[str] = []
    real = passwords.PasswordHasher.hash

    async def counted(self: passwords.PasswordHasher, password: str) -> str:
        hashed.append(password)
        return await real(self, password)

    monkeypatch.setattr(passwords.PasswordHasher, "hash", counted)
    answers, work = [], []
    for email in ("taken@example.org", "free@example.org"):
        answered = await world.send("POST", "/auth/register", {"email": email, "password": PASSWORD}, headers={"X-Request-Id": "same"})
        answers.append((answered.status, answered.raw, {name: value for name, value in answered.headers.items() if name not in ("Date", "RateLimit-Remaining", "RateLimit-Reset")}))
        work.append(len(hashed))
    assert answers[0] == answers[1]
    assert answers[0][0] == 202
    assert work == [1, 2]
    assert next(mail["kind"] for mail in await world.mailbox("taken@example.org")) == "email_taken"
    assert await sign_in(world, "taken@example.org", PASSWORD) == 200


async def test_threat_16_signing_in_takes_the_same_work_for_an_address_nobody_has(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await world.user()
    done: list[str] = []
    real = passwords.PasswordHasher._in_thread

    async def counted(self: passwords.PasswordHasher, work: Any, *args: Any) -> Any:
        done.append(work.__name__)
        return await real(self, work, *args)

    await sign_in(world, "nobody@example.org", "not this one at all")  # makes the hash that is compared with for nobody
    monkeypatch.setattr(passwords.PasswordHasher, "_in_thread", counted)
    for email in (ana.email, "nobody@example.org"):
        assert await sign_in(world, email, "not this one at all") == 401
    assert done == ["verify", "verify"]


@pytest.mark.parametrize(
    "password", ["x1 " + "long password " * 5 + "ab", "🌊" * 61 + "🐚🌙⭐", "é" * 60 + "quiet lake é", "a" * 72 + "b", "🌊" * 64, "a quiet green lake" + "!" * 238]
)
async def test_threat_17_every_character_of_a_long_password_matters(world: World, password: str) -> None:
    assert len(password.encode()) >= 73
    ana = await world.user(password=password)
    assert await sign_in(world, ana.email, password) == 200
    last = password[:-1] + ("?" if password[-1] != "?" else "!")
    assert await sign_in(world, ana.email, last) == 401
    assert await sign_in(world, ana.email, password[:-1]) == 401
    assert await sign_in(world, ana.email, password.encode()[:72].decode(errors="ignore")) == 401


@pytest.mark.parametrize(
    ("password", "status"),
    [
        ("a quiet\x00green lake", 422),
        ("\x00" * 20, 422),
        ("a" * 257, 422),
        ("a" * 1_000_000, 413),
        ("\ud800 a quiet lake", 422),
        ("🌊" * 257, 422),
        (12345678901, 422),
        (None, 422),
        (["a"], 422),
    ],
)
async def test_threat_18_an_impossible_password_costs_no_hash(world: World, monkeypatch: pytest.MonkeyPatch, password: Any, status: int) -> None:
    ana = await world.user()

    async def never(*_: Any) -> Any:
        raise AssertionError("a hash was computed")

    monkeypatch.setattr(passwords.PasswordHasher, "_in_thread", never)
    answers = [
        await world.send("POST", "/auth/register", {"email": "b@example.org", "password": password}),
        await world.send("POST", "/auth/login", {"email": ana.email, "password": password}),
        await world.send("POST", "/auth/reset-password", {"token": "x", "password": password}),
        await ana.post("/auth/change-password", {"currentPassword": password, "newPassword": password}),
    ]
    assert [each.status for each in answers] == [status] * 4


async def test_threat_18_a_forged_reset_costs_no_hash(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: Any) -> Any:
        raise AssertionError("a hash was computed")

    monkeypatch.setattr(passwords.PasswordHasher, "_in_thread", never)
    assert await reset(world, "A" * 54) == 400


async def test_threat_18_too_many_sign_ins_at_once_are_sent_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue before the hasher is bounded: 503 with Retry-After instead of minutes of waiting."""
    ana = await world.user()
    monkeypatch.setattr(passwords.hasher(), "_most_waiting", 0)
    answered = await world.send("POST", "/auth/login", {"email": ana.email, "password": PASSWORD})
    assert (answered.status, answered.json["code"]) == (503, "service_unavailable")
    assert int(answered.headers["Retry-After"]) > 0


async def test_threat_19_every_spelling_of_a_password_is_the_same(world: World) -> None:
    password = "cañón über ﬁne lake"
    spellings = {unicodedata.normalize(form, password) for form in ("NFC", "NFD", "NFKC", "NFKD")}
    assert len(spellings) == 4
    ana = await world.user(password=unicodedata.normalize("NFD", password))
    assert {await sign_in(world, ana.email, each) for each in spellings} == {200}


@pytest.mark.parametrize(
    "weak",
    [
        "password123",
        "1234567890",
        "qwertyuiop",
        "iloveyou12",
        "aaaaaaaaaaaa",
        "PASSWORD123",
        "password!!!!",
        "ｐａｓｓｗｏｒｄ１２３",
        "lighthouse at sea",
        "My LightHouse 7",
        "short",
        "",
    ],
)
async def test_threat_20_a_breached_or_personal_password_is_refused_wherever_it_is_set(world: World, weak: str) -> None:
    owner = await world.user(email="lighthouse@example.org")
    token = await reset_token(world, owner)
    guest = await world.anonymous()
    answers = {
        "password": [
            await world.send("POST", "/auth/register", {"email": "lighthouse@example.com", "password": weak}),
            await world.send("POST", "/auth/reset-password", {"token": token, "password": weak}),
            await guest.post("/users/upgrade", {"email": "lighthouse@example.net", "password": weak}),
        ],
        "newPassword": [await owner.post("/auth/change-password", {"currentPassword": PASSWORD, "newPassword": weak})],
    }
    for path, each in answers.items():
        assert [(answered.status, answered.paths) for answered in each] == [(422, {path})] * len(each)


@pytest.mark.parametrize("good", ["correct horse battery staple", "ten lettrs", "пароль длинный", "🌊🐚🌙⭐🌊🐚🌙⭐🌊🐚"])
async def test_threat_20_there_are_no_composition_rules(world: World, good: str) -> None:
    ana = await world.user(password=good)
    assert await sign_in(world, ana.email, good) == 200


async def test_threat_21_guesses_at_one_account_are_limited_from_wherever(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, limit_login=parse_rate("5/15m"), limit_login_address=parse_rate("off"))
    ana = await world.user()
    stranger = {"User-Agent": "never seen"}
    statuses = await asyncio.gather(*(sign_in(world, ana.email, f"guess number {n}", **stranger, **{"X-Forwarded-For": f"203.0.113.{n}"}) for n in range(20)))
    assert (statuses.count(401), statuses.count(429)) == (5, 15)
    # The right password is not tried either, from a device never seen; the owner's own device keeps its own count.
    assert await sign_in(world, ana.email, PASSWORD, **stranger) == 429
    assert await sign_in(world, ana.email, PASSWORD) == 200
    # An address nobody has is limited alike.
    statuses = [await sign_in(world, "nobody@example.org", f"guess number {n}", **stranger) for n in range(6)]
    assert statuses == [401] * 5 + [429]


async def test_threat_21_spraying_many_accounts_from_one_address_is_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that nobody vouches for cannot change itself by a header."""
    configure(monkeypatch, limit_login_address=parse_rate("4/15m"))
    forged = ["203.0.113.1", "127.0.0.1", "10.0.0.1, 203.0.113.9", "", "::1", "unknown"]
    statuses = [await sign_in(world, f"person{n}@example.com", "Summer2026!!", **{"X-Forwarded-For": address, "X-Real-IP": address}) for n, address in enumerate(forged)]
    assert statuses == [401] * 4 + [429] * 2


async def test_threat_21_successes_are_not_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, limit_login=parse_rate("2/15m"), limit_login_address=parse_rate("2/15m"))
    ana = await world.user()
    assert [await sign_in(world, ana.email, PASSWORD) for _ in range(5)] == [200] * 5
    assert [await sign_in(world, ana.email, "not this one") for _ in range(3)] == [401, 401, 429]


async def test_threat_22_neither_address_nor_password_changes_without_the_password(world: World) -> None:
    ana = await world.user()
    for body in ({"email": "new@example.org"}, {"password": NEW}, {"emailVerified": True}):
        assert (await ana.put("/users/profile", body)).status == 422
        assert (await ana.put("/users/preferences", body)).status == 422
    for body in ({"newPassword": NEW}, {"currentPassword": "", "newPassword": NEW}, {"currentPassword": "not this one at all", "newPassword": NEW}):
        assert (await ana.post("/auth/change-password", body)).status in (403, 422)
    assert (await ana.post("/users/upgrade", {"email": "new@example.org", "password": NEW})).status == 409
    assert (await sign_in(world, ana.email, PASSWORD), await sign_in(world, ana.email, NEW)) == (200, 401)


async def test_threat_23_a_guest_upgrades_once_and_only_themselves(world: World) -> None:
    guest, other = await world.anonymous(), await world.anonymous()
    body = {"email": "guest@example.org", "password": PASSWORD}
    for extra in ({"id": other.id}, {"userId": other.id}, {"user": {"id": other.id}}):
        assert (await guest.post("/users/upgrade", {**body, **extra})).status == 422
    answers = await asyncio.gather(*(guest.post("/users/upgrade", {"email": f"guest{n}@example.org", "password": PASSWORD}) for n in range(5)))
    assert sorted(each.status for each in answers) == [200, 409, 409, 409, 409]
    assert (await other.get("/users/profile")).json["isAnonymous"] is True
    assert (await world.send("POST", f"/users/{other.id}/upgrade", body, headers=guest.bearer)).status == 404


@pytest.mark.parametrize("mode", ["optional", "required"])
async def test_threat_24_a_guest_never_merges_into_a_taken_address(world: World, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    owner = await world.user(email="owner@example.org")
    mood = await owner.log_mood(2, note="the owner's")
    configure(monkeypatch, email_verification=mode)
    guest = await world.anonymous()
    own = await guest.log_mood(5, note="the guest's")
    answered = await guest.post("/users/upgrade", {"email": "owner@example.org", "password": NEW})
    assert answered.status == (409 if mode == "optional" else 200)
    assert (await sign_in(world, "owner@example.org", NEW), await sign_in(world, "owner@example.org", PASSWORD)) == (401, 200)
    assert (await guest.get("/moods")).json["items"] == [own]
    assert (await owner.get("/moods")).json["items"] == [mood]
    profile = (await guest.get("/users/profile")).json
    assert (profile["email"], profile["isAnonymous"]) == (None, True)
    # A reset of that address is the owner's alone.
    token = await reset_token(world, owner)
    assert await reset(world, token) == 204
    assert (await guest.get("/users/profile")).status == 200
    assert (await owner.get("/users/profile")).status == 401


async def test_threat_25_an_upgrade_of_a_deleted_account_has_one_outcome(world: World) -> None:
    """The account's row goes while its upgrade waits for it: nothing is resurrected, nothing is mailed."""
    guest = await world.anonymous()
    async with db.pool().acquire() as connection, connection.transaction():
        await connection.execute("DELETE FROM users WHERE id = $1", guest.uuid)
        upgrading = asyncio.create_task(guest.post("/users/upgrade", {"email": "guest@example.org", "password": PASSWORD}))
        while not await db.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"):
            await asyncio.sleep(0.005)
    assert (await upgrading).status == 404
    assert await world.mailbox() == []
    assert await db.fetchval("SELECT count(*) FROM users") == 0
