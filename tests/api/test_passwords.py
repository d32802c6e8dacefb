"""Passwords forgotten, reset and changed."""

from __future__ import annotations

import pytest

from core import db
from core.settings import parse_rate
from tests.links import mailed_token
from tests.people import PASSWORD, Account, World
from tests.settings import configure

NEW = "another quiet lake"


async def login(world: World, email: str | None, password: str, kind: str = "user") -> int:
    return (await world.send("POST", "/auth/login", {"email": email, "password": password, "kind": kind})).status


async def test_a_reset_changes_the_password_and_ends_every_session(world: World) -> None:
    ana = await world.user()
    asked = await world.send("POST", "/auth/forgot-password", {"email": str(ana.email).upper()})
    assert asked.status == 202
    token = await mailed_token(world, str(ana.email), "reset_password")
    done = await world.send("POST", "/auth/reset-password", {"token": token, "password": NEW})
    assert (done.status, done.raw) == (204, b"")
    assert (await ana.get("/users/profile")).status == 401
    assert (await world.send("POST", "/auth/refresh", {"refreshToken": ana.tokens["refreshToken"]})).status == 401
    assert await login(world, ana.email, PASSWORD) == 401
    assert await login(world, ana.email, NEW) == 200
    assert len(await world.mailbox(ana.email, "password_changed")) == 1
    # Who holds the link reads that mailbox.
    assert await db.fetchval("SELECT email_verified FROM users WHERE id = $1", ana.uuid)


async def test_asking_for_a_reset_tells_nothing(world: World) -> None:
    ana = await world.user()
    answers = [
        await world.send("POST", "/auth/forgot-password", {"email": email, "kind": kind}) for email, kind in ((ana.email, "user"), ("no@example.org", "user"), (ana.email, "staff"))
    ]
    assert {(each.status, each.raw) for each in answers} == {(202, answers[0].raw)}
    assert len(await world.mailbox(kind="reset_password")) == 1


@pytest.mark.parametrize("kind", ["counselor", "staff"])
async def test_counselors_and_staff_reset_theirs(world: World, kind: str) -> None:
    cora: Account = await getattr(world, kind)()
    await world.send("POST", "/auth/forgot-password", {"email": cora.email, "kind": kind})
    token = await mailed_token(world, str(cora.email), "reset_password")
    assert (await world.send("POST", "/auth/reset-password", {"token": token, "password": NEW})).status == 204
    assert (await cora.get("/auth/sessions")).status == 401
    assert await login(world, cora.email, NEW, kind) == 200


async def test_a_reset_link_works_once_for_an_hour_and_only_the_newest(world: World) -> None:
    ana = await world.user()
    tokens = []
    for _ in range(3):
        await world.send("POST", "/auth/forgot-password", {"email": ana.email})
        tokens.append(await mailed_token(world, str(ana.email), "reset_password"))
    for stale in tokens[:2]:
        refused = await world.send("POST", "/auth/reset-password", {"token": stale, "password": NEW})
        assert (refused.status, refused.json["code"]) == (400, "token_invalid")
    await db.execute("UPDATE one_time_tokens SET expires_at = expires_at - interval '1 hour' WHERE used_at IS NULL")
    assert (await world.send("POST", "/auth/reset-password", {"token": tokens[2], "password": NEW})).status == 400
    await db.execute("UPDATE one_time_tokens SET expires_at = expires_at + interval '1 hour' WHERE used_at IS NULL")
    assert (await world.send("POST", "/auth/reset-password", {"token": tokens[2], "password": NEW})).status == 204
    assert (await world.send("POST", "/auth/reset-password", {"token": tokens[2], "password": "yet another lake"})).status == 400
    assert await login(world, ana.email, NEW) == 200


@pytest.mark.parametrize("weak", ["short", "password1234", "aaaaaaaaaaaa", "my name is lighthouse now"])
async def test_a_weak_password_leaves_the_link_unspent(world: World, weak: str) -> None:
    ana = await world.user(email="lighthouse@example.org")
    await world.send("POST", "/auth/forgot-password", {"email": ana.email})
    token = await mailed_token(world, str(ana.email), "reset_password")
    refused = await world.send("POST", "/auth/reset-password", {"token": token, "password": weak})
    assert (refused.status, refused.paths) == (422, {"password"})
    assert (await ana.get("/users/profile")).status == 200
    assert (await world.send("POST", "/auth/reset-password", {"token": token, "password": NEW})).status == 204


async def test_an_unverified_address_is_sent_its_verification_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, email_verification="required")
    await world.send("POST", "/auth/register", {"email": "ana@example.org", "password": PASSWORD})
    await mailed_token(world, "ana@example.org", "verify_email")
    await world.send("POST", "/auth/forgot-password", {"email": "ana@example.org"})
    assert await world.mailbox("ana@example.org", "reset_password") == []
    token = await mailed_token(world, "ana@example.org", "verify_email")
    assert (await world.send("POST", "/auth/verify-email", {"token": token})).status == 200


async def test_reset_mails_of_one_account_are_limited_known_or_not(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, limit_forgot=parse_rate("2/1h"))
    ana = await world.user()
    for email in (ana.email, "nobody@example.org"):
        answers = [await world.send("POST", "/auth/forgot-password", {"email": email}) for _ in range(3)]
        assert [each.status for each in answers] == [202, 202, 429]
        assert int(answers[-1].headers["Retry-After"]) > 3500
    assert len(await world.mailbox(ana.email, "reset_password")) <= 2


async def test_changing_the_password_keeps_this_session_and_ends_the_others(world: World) -> None:
    ana = await world.user()
    phone = Account(world, ana.id, ana.email, PASSWORD, (await world.send("POST", "/auth/login", {"email": ana.email, "password": PASSWORD})).json)
    changed = await ana.post("/auth/change-password", {"currentPassword": PASSWORD, "newPassword": NEW})
    assert changed.status == 204
    assert (await ana.get("/users/profile")).status == 200
    assert (await world.send("POST", "/auth/refresh", {"refreshToken": ana.tokens["refreshToken"]})).status == 200
    assert (await phone.get("/users/profile")).status == 401
    assert (await world.send("POST", "/auth/refresh", {"refreshToken": phone.tokens["refreshToken"]})).status == 401
    assert (await login(world, ana.email, PASSWORD), await login(world, ana.email, NEW)) == (401, 200)
    assert len(await world.mailbox(ana.email, "password_changed")) == 1


@pytest.mark.parametrize("kind", ["counselor", "staff"])
async def test_counselors_and_staff_change_theirs(world: World, kind: str) -> None:
    cora: Account = await getattr(world, kind)()
    assert (await cora.post("/auth/change-password", {"currentPassword": PASSWORD, "newPassword": NEW})).status == 204
    assert await login(world, cora.email, NEW, kind) == 200


async def test_a_wrong_current_password_changes_nothing(world: World) -> None:
    ana = await world.user()
    wrong = await ana.post("/auth/change-password", {"currentPassword": "not this one at all", "newPassword": NEW})
    assert (wrong.status, wrong.json["code"]) == (403, "wrong_password")
    weak = await ana.post("/auth/change-password", {"currentPassword": PASSWORD, "newPassword": "short"})
    assert (weak.status, weak.paths) == (422, {"newPassword"})
    own_name = await ana.post("/auth/change-password", {"currentPassword": PASSWORD, "newPassword": f"{str(ana.email).partition('@')[0]} and more"})
    assert (own_name.status, own_name.paths) == (422, {"newPassword"})
    assert await login(world, ana.email, PASSWORD) == 200


async def test_somebody_anonymous_has_no_password_to_change(world: World) -> None:
    ana = await world.anonymous()
    assert (await ana.post("/auth/change-password", {"currentPassword": "anything at all", "newPassword": NEW})).json["code"] == "wrong_password"


async def test_guesses_at_the_current_password_are_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, limit_login=parse_rate("2/15m"))
    ana = await world.user()
    statuses = [(await ana.post("/auth/change-password", {"currentPassword": f"guess number {n}", "newPassword": NEW})).status for n in range(3)]
    assert statuses == [403, 403, 429]
    assert (await ana.post("/auth/change-password", {"currentPassword": PASSWORD, "newPassword": NEW})).status == 429
    assert await login(world, ana.email, PASSWORD) == 200
