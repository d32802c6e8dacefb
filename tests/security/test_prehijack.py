"""An address registered by somebody else than its owner: whoever reads the mail has the last word, and the stranger keeps nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core import clock, db, passwords
from core.settings import parse_rate
from domain import links
from tests.links import mailed_token
from tests.people import PASSWORD, Account, Answered, World
from tests.settings import configure

ANA = "ana@example.org"
STRANGERS = "the stranger's own choice"
OWNERS = "the owner's quiet lake"


@pytest.fixture(autouse=True)
def _addresses_are_verified(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, email_verification="required")


async def register(world: World, password: str = STRANGERS, **about: Any) -> None:
    answered = await world.send("POST", "/auth/register", {"email": ANA, "password": password, **about}, headers={"User-Agent": "Canary/1 <b>call us</b>"})
    assert answered.status == 202


async def guest_names(world: World, password: str = STRANGERS) -> Account:
    """An anonymous account that gives Ana's address."""
    guest = await world.anonymous()
    assert (await guest.post("/users/upgrade", {"email": ANA, "password": password})).status == 200
    return guest


async def verify(world: World, token: str, **password: Any) -> Answered:
    return await world.send("POST", "/auth/verify-email", {"token": token, **password})


async def login(world: World, password: str) -> int:
    return (await world.send("POST", "/auth/login", {"email": ANA, "password": password})).status


async def test_a_password_given_with_the_link_replaces_the_one_chosen_at_registration(world: World) -> None:
    await register(world)
    verified = await verify(world, await mailed_token(world, ANA, "verify_email"), password=OWNERS)
    assert verified.status == 200
    assert verified.json["user"]["emailVerified"] is True
    assert (await Account(world, verified.json["user"]["id"], ANA, OWNERS, verified.json).get("/users/profile")).status == 200
    assert (await login(world, OWNERS), await login(world, STRANGERS)) == (200, 401)
    assert await db.fetchval("SELECT (data->>'password_chosen')::bool FROM audit_entries WHERE action = 'email_verified'") is True


async def test_a_confirmed_address_takes_mail_again(world: World) -> None:
    """Whatever bounced before: the link was read there."""
    await register(world)
    token = await mailed_token(world, ANA, "verify_email")
    await db.execute("UPDATE users SET mail_bounced_at = now()")
    assert (await verify(world, token)).status == 200
    assert await db.fetchval("SELECT mail_bounced_at FROM users") is None


async def test_without_one_the_password_stays(world: World) -> None:
    await register(world, OWNERS)
    assert (await verify(world, await mailed_token(world, ANA, "verify_email"), password=None)).status == 200
    assert await login(world, OWNERS) == 200


@pytest.mark.parametrize("weak", ["short", "password1234", "aaaaaaaaaaaa", "ana of the lake", "a quiet\x00lake and more", 5])
async def test_a_weak_password_leaves_the_link_unspent(world: World, weak: Any) -> None:
    await register(world)
    token = await mailed_token(world, ANA, "verify_email")
    refused = await verify(world, token, password=weak)
    assert (refused.status, refused.paths) == (422, {"password"})
    assert await login(world, STRANGERS) == 403
    assert (await verify(world, token, password=OWNERS)).status == 200


async def test_one_link_used_at_once_works_once(world: World) -> None:
    await register(world)
    token = await mailed_token(world, ANA, "verify_email")
    statuses = [each.status for each in await asyncio.gather(*(verify(world, token, password=f"{OWNERS} {number}") for number in range(5)))]
    assert sorted(statuses) == [200, 400, 400, 400, 400]
    assert await login(world, f"{OWNERS} {statuses.index(200)}") == 200


async def test_a_forged_or_spent_link_costs_no_hash(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await register(world)
    token = await mailed_token(world, ANA, "verify_email")
    assert (await verify(world, token)).status == 200

    async def never(*_: Any) -> Any:
        raise AssertionError("a hash was computed")

    monkeypatch.setattr(passwords.PasswordHasher, "_in_thread", never)
    for bad in (token, "A" * 54):
        assert (await verify(world, bad, password=OWNERS)).status == 400


async def test_verifying_one_cancels_the_links_of_all_who_wait_for_the_address(world: World) -> None:
    """For good: not only while the winner holds the address."""
    await register(world, OWNERS)
    mine = await mailed_token(world, ANA, "verify_email")
    await register(world)
    strangers = await mailed_token(world, ANA, "verify_email")
    guest = await guest_names(world)
    guests = await mailed_token(world, ANA, "verify_email")
    assert len({mine, strangers, guests}) == 3
    verified = await verify(world, mine)
    assert (await login(world, OWNERS), await login(world, STRANGERS)) == (200, 401)
    await db.execute("DELETE FROM users WHERE id = $1", verified.json["user"]["id"])
    for token in (strangers, guests):
        late = await verify(world, token, password=OWNERS)
        assert (late.status, late.json["code"]) == (400, "token_invalid")
    profile = (await guest.get("/users/profile")).json
    assert (profile["email"], profile["isAnonymous"], profile["emailVerified"]) == (None, True, False)
    assert await db.fetchval("SELECT count(*) FROM auth_sessions WHERE principal_id <> $1 AND principal_id <> $2", verified.json["user"]["id"], guest.uuid) == 0


async def test_of_many_who_confirm_one_address_at_once_one_has_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """And none waits for another that waits for it."""
    configure(monkeypatch, limit_forgot=parse_rate("off"))
    for number in range(8):
        await register(world, f"{STRANGERS} {number}")
    tokens = [links.token(row["id"], "verify_email") for row in await db.fetch("SELECT id FROM one_time_tokens ORDER BY id")]
    answers = await asyncio.gather(*(verify(world, token) for token in tokens))
    assert sorted(each.status for each in answers) == [200] + [400] * 7
    winner = [each.status for each in answers].index(200)
    assert [await login(world, f"{STRANGERS} {number}") for number in range(8)] == [200 if number == winner else 401 for number in range(8)]


async def test_a_guest_who_named_the_address_is_signed_out_when_its_owner_chooses_the_password(world: World) -> None:
    guest = await guest_names(world)
    verified = await verify(world, await mailed_token(world, ANA, "verify_email"), password=OWNERS)
    assert (verified.status, verified.json["user"]["id"]) == (200, guest.id)
    assert (await guest.get("/users/profile")).status == 401
    assert (await world.send("POST", "/auth/refresh", {"refreshToken": guest.tokens["refreshToken"]})).status == 401
    assert (await login(world, OWNERS), await login(world, STRANGERS)) == (200, 401)
    owner = Account(world, guest.id, ANA, OWNERS, verified.json)
    assert len((await owner.get("/auth/sessions")).json["items"]) == 2  # confirming, and the login just now


async def test_so_is_whoever_used_an_account_that_was_open_before_its_address_was_confirmed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, email_verification="optional")
    stranger = await world.user(email=ANA, password=STRANGERS)
    assert (await verify(world, await mailed_token(world, ANA, "verify_email"), password=OWNERS)).status == 200
    assert (await stranger.get("/users/profile")).status == 401
    assert (await login(world, OWNERS), await login(world, STRANGERS)) == (200, 401)


async def test_a_reset_link_asked_for_before_is_cancelled_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, email_verification="optional")
    await world.user(email=ANA, password=STRANGERS)
    await world.send("POST", "/auth/forgot-password", {"email": ANA})
    reset = await mailed_token(world, ANA, "reset_password")
    assert (await verify(world, await mailed_token(world, ANA, "verify_email"), password=OWNERS)).status == 200
    assert (await world.send("POST", "/auth/reset-password", {"token": reset, "password": STRANGERS})).status == 400
    assert await login(world, OWNERS) == 200


@pytest.mark.parametrize("path", ["/auth/verify-email", "/auth/reset-password"])
async def test_who_spends_a_link_takes_the_account_before_it(world: World, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    """Somebody else has the account and comes to its links next: they are free."""
    configure(monkeypatch, email_verification="optional")
    ana = await world.user(email=ANA)
    await world.send("POST", "/auth/forgot-password", {"email": ANA})
    token = await mailed_token(world, ANA, "verify_email" if path == "/auth/verify-email" else "reset_password")
    async with db.pool().acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM users WHERE id = $1 FOR UPDATE", ana.uuid)
        spending = asyncio.create_task(world.send("POST", path, {"token": token, "password": OWNERS}))
        while not await db.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (SELECT pid FROM pg_stat_activity WHERE datname = current_database())"):
            await asyncio.sleep(0.005)
        assert len(await connection.fetch("SELECT id FROM one_time_tokens WHERE principal_id = $1 FOR UPDATE NOWAIT", ana.uuid)) == 2
    assert (await spending).status in (200, 204)
    assert await login(world, OWNERS) == 200


def meanwhile(patch: pytest.MonkeyPatch, method: str, password: str, happens: Callable[[], Awaitable[None]]) -> None:
    """Let something happen while this password is hashed or compared."""
    real = getattr(passwords.PasswordHasher, method)

    async def slow(self: passwords.PasswordHasher, said: str, *rest: Any) -> Any:
        result = await real(self, said, *rest)
        if said == password:
            await happens()
        return result

    patch.setattr(passwords.PasswordHasher, method, slow)


async def test_a_change_of_password_under_way_does_not_undo_the_owners(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    guest = await guest_names(world)
    token = await mailed_token(world, ANA, "verify_email")

    async def owner_confirms() -> None:
        assert (await verify(world, token, password=OWNERS)).status == 200

    meanwhile(monkeypatch, "hash", "a third quiet lake", owner_confirms)
    late = await guest.post("/auth/change-password", {"currentPassword": STRANGERS, "newPassword": "a third quiet lake"})
    assert (late.status, late.json["code"]) == (403, "wrong_password")
    assert (await login(world, OWNERS), await login(world, "a third quiet lake")) == (200, 401)


async def test_a_sign_in_under_way_when_the_password_is_reset_opens_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, email_verification="optional")
    ana = await world.user(email=ANA)
    await world.send("POST", "/auth/forgot-password", {"email": ANA})
    token = await mailed_token(world, ANA, "reset_password")

    async def owner_resets() -> None:
        assert (await world.send("POST", "/auth/reset-password", {"token": token, "password": OWNERS})).status == 204

    meanwhile(monkeypatch, "verify", PASSWORD, owner_resets)
    assert await login(world, PASSWORD) == 401
    assert await db.fetchval("SELECT count(*) FROM auth_sessions WHERE principal_id = $1 AND revoked_at IS NULL", ana.uuid) == 0


async def the_mail(world: World, kind: str) -> str:
    """The newest of its kind, as it is read: the same words in text and HTML."""
    mail = (await world.mailbox(ANA, kind))[0]
    assert not any(word in mail["text"] + mail["html"] for word in ("Canary/1", "call us"))
    text: str = mail["text"]
    return text


BEGAN = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
SAID = "2026-05-04 03:02 UTC"


@pytest.mark.parametrize(("language", "nothing"), [("en", "do nothing: the account never comes to life without you, and is deleted after 48 hours"), ("es", "no hagas nada: la cuenta nunca cobra vida sin ti y se borra a las 48 horas")])  # fmt: skip
async def test_the_mail_says_when_and_that_nothing_happens_by_itself(world: World, monkeypatch: pytest.MonkeyPatch, language: str, nothing: str) -> None:
    monkeypatch.setattr(clock, "now", lambda: BEGAN)
    await register(world, language=language)
    said = await the_mail(world, "verify_email")
    assert SAID in said
    assert nothing in said


async def test_a_mail_asked_for_again_says_when_it_began(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: BEGAN)
    await register(world)
    first = await the_mail(world, "verify_email")
    monkeypatch.setattr(clock, "now", lambda: BEGAN + timedelta(hours=3))
    await world.send("POST", "/auth/forgot-password", {"email": ANA})
    again = await the_mail(world, "verify_email")
    assert first != again
    assert SAID in first
    assert SAID in again


@pytest.mark.parametrize(("language", "stays"), [("en", "the device that guest uses stays signed in"), ("es", "mantiene la sesión abierta")])
async def test_the_mail_about_a_guest_says_that_their_device_stays(world: World, monkeypatch: pytest.MonkeyPatch, language: str, stays: str) -> None:
    monkeypatch.setattr(clock, "now", lambda: BEGAN - timedelta(minutes=10))
    guest = await world.anonymous(language=language)
    monkeypatch.setattr(clock, "now", lambda: BEGAN)
    await guest.post("/users/upgrade", {"email": ANA, "password": STRANGERS})
    first = await the_mail(world, "verify_email")
    monkeypatch.setattr(clock, "now", lambda: BEGAN + timedelta(hours=3))
    await world.send("POST", "/auth/forgot-password", {"email": ANA})
    for said in (first, await the_mail(world, "verify_email")):
        assert SAID in said
        assert stays in said
        assert "48 ho" not in said


async def test_the_mail_about_an_account_in_use_does_not_say_that_it_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, email_verification="optional")
    await world.user(email=ANA)
    said = await the_mail(world, "verify_email")
    assert "already in use" in said
    assert "48 ho" not in said


@pytest.mark.parametrize(
    ("language", "chosen", "says"),
    [
        ("en", None, "the password chosen at registration. If it was not you who registered"),
        ("en", OWNERS, "the password you chose when you confirmed this address"),
        ("es", None, "la contraseña elegida en el registro. Si no fuiste tú"),
        ("es", OWNERS, "la contraseña que elegiste al confirmar esta dirección"),
    ],
)
async def test_the_welcome_says_whose_password_it_is(world: World, language: str, chosen: str | None, says: str) -> None:
    await register(world, language=language)
    await verify(world, await mailed_token(world, ANA, "verify_email"), password=chosen)
    assert says in await the_mail(world, "welcome")
