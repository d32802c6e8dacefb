"""Signing up, in and out."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from core import clock, db
from core.settings import parse_rate
from domain import people
from tests.links import mailed_token
from tests.people import PASSWORD, Account, World
from tests.settings import configure

TOKENS = {"accessToken", "refreshToken", "tokenType", "expiresIn"}


async def test_registering_signs_in_and_writes_two_mails(world: World) -> None:
    about = {"firstName": "Ana", "lastName": "Lane", "dateOfBirth": "1990-02-28", "gender": "nonbinary", "timezone": "Europe/Madrid", "language": "es-MX"}
    answered = await world.send("POST", "/auth/register", {"email": "Ana@Example.org", "password": PASSWORD, **about})
    assert answered.status == 201
    assert set(answered.json) == {"user", *TOKENS}
    assert (answered.json["tokenType"], answered.json["expiresIn"]) == ("Bearer", 900)
    user = answered.json["user"]
    assert {name: user[name] for name in about} == about
    assert (user["email"], user["emailVerified"], user["isAnonymous"], user["isPremium"], user["avatar"]) == ("ana@example.org", False, False, False, None)
    assert [mail["kind"] for mail in await world.mailbox("ana@example.org")] == ["welcome", "verify_email"]


async def test_an_anonymous_account_asks_for_nothing(world: World) -> None:
    answered = await world.send("POST", "/auth/register", {"isAnonymous": True, "timezone": "Asia/Tokyo"})
    assert answered.status == 201
    user = answered.json["user"]
    assert (user["email"], user["isAnonymous"], user["emailVerified"], user["timezone"], user["language"]) == (None, True, False, "Asia/Tokyo", "en")
    assert await world.mailbox() == []


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, {"email", "password"}),
        ({"email": "a@example.org"}, {"password"}),
        ({"isAnonymous": True, "email": "a@example.org", "password": PASSWORD, "firstName": "A"}, {"email", "password", "firstName"}),
        (
            {"email": "nobody", "password": 5, "timezone": "Mars/Olympus", "language": "x", "gender": "cat", "extra": 1},
            {"email", "password", "timezone", "language", "gender", "extra"},
        ),
        ({"email": "a@example.org", "password": PASSWORD, "dateOfBirth": "1899-12-31"}, {"dateOfBirth"}),
        ({"email": "a@example.org", "password": PASSWORD, "dateOfBirth": "2999-01-01"}, {"dateOfBirth"}),
        ({"email": "a@example.org", "password": PASSWORD, "dateOfBirth": "2027-02-29"}, {"dateOfBirth"}),
        ({"email": "a@example.org", "password": PASSWORD, "firstName": "é" * 61}, {"firstName"}),
    ],
)
async def test_registering_names_every_wrong_field(world: World, body: dict, paths: set[str]) -> None:
    answered = await world.send("POST", "/auth/register", body)
    assert answered.status == 422
    assert answered.paths == paths
    assert await db.fetchval("SELECT count(*) FROM users") == 0


async def test_a_taken_address_is_told_where_addresses_are_not_verified(world: World) -> None:
    ana = await world.user(email="ana@example.org")
    answered = await world.send("POST", "/auth/register", {"email": "ANA@example.org", "password": "another quiet lake"})
    assert (answered.status, answered.json["code"]) == (409, "conflict")
    assert await db.fetchval("SELECT count(*) FROM users") == 1
    assert (await ana.get("/users/profile")).status == 200


async def test_where_addresses_are_verified_registering_waits_for_the_mail(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, email_verification="required")
    account = {"email": "ana@example.org", "password": PASSWORD}
    answered = await world.send("POST", "/auth/register", account)
    assert (answered.status, answered.json) == (202, {"status": "verification_sent"})
    early = await world.send("POST", "/auth/login", account)
    assert (early.status, early.json["code"]) == (403, "email_unverified")
    wrong = await world.send("POST", "/auth/login", {**account, "password": "not this one at all"})
    assert (wrong.status, wrong.json["code"]) == (401, "unauthenticated")
    token = await mailed_token(world, "ana@example.org", "verify_email")
    verified = await world.send("POST", "/auth/verify-email", {"token": token})
    assert verified.status == 200
    assert (verified.json["user"]["email"], verified.json["user"]["emailVerified"]) == ("ana@example.org", True)
    ana = Account(world, verified.json["user"]["id"], account["email"], PASSWORD, verified.json)
    assert (await ana.get("/users/profile")).json == verified.json["user"]
    assert (await world.send("POST", "/auth/login", account)).status == 200
    assert len(await world.mailbox("ana@example.org", "welcome")) == 1


async def test_a_verification_link_works_once(world: World) -> None:
    ana = await world.user()
    token = await mailed_token(world, str(ana.email), "verify_email")
    assert (await world.send("POST", "/auth/verify-email", {"token": token})).status == 200
    for bad in (token, "x", token[:-1], "A" * 54):
        again = await world.send("POST", "/auth/verify-email", {"token": bad})
        assert (again.status, again.json["code"]) == (400, "token_invalid")


async def test_a_verification_link_ends_after_a_day(world: World) -> None:
    ana = await world.user()
    token = await mailed_token(world, str(ana.email), "verify_email")
    await db.execute("UPDATE one_time_tokens SET expires_at = expires_at - interval '24 hours'")
    assert (await world.send("POST", "/auth/verify-email", {"token": token})).status == 400
    assert (await ana.get("/users/profile")).json["emailVerified"] is False


async def test_of_two_who_wait_for_one_address_the_first_to_confirm_has_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, email_verification="required")
    tokens = []
    for password in ("the password of one", "the password of two"):
        assert (await world.send("POST", "/auth/register", {"email": "ana@example.org", "password": password})).status == 202
        tokens.append(await mailed_token(world, "ana@example.org", "verify_email"))
    assert (await world.send("POST", "/auth/verify-email", {"token": tokens[0]})).status == 200
    late = await world.send("POST", "/auth/verify-email", {"token": tokens[1]})
    assert (late.status, late.json["code"]) == (400, "token_invalid")
    assert (await world.send("POST", "/auth/login", {"email": "ana@example.org", "password": "the password of one"})).status == 200
    assert (await world.send("POST", "/auth/login", {"email": "ana@example.org", "password": "the password of two"})).status == 401


async def test_each_kind_signs_in_to_its_own_account(world: World) -> None:
    """The same address may be a person's, a counselor's and staff's; a kind names which."""
    email = "cora@example.org"
    await world.user(email=email, firstName="Cora")
    await people.add_counselor(email, PASSWORD, first_name="Cora", last_name="Lane", license_number="L-1", specializations=["anxiety"], languages=["en", "es"], role="supervisor")
    await people.add_staff(email, PASSWORD, "analyst")
    found = {}
    for kind in ("user", "counselor", "staff"):
        answered = await world.send("POST", "/auth/login", {"email": "Cora@Example.org", "password": PASSWORD, "kind": kind})
        assert answered.status == 200
        assert set(answered.json) == {kind, *TOKENS}
        found[kind] = answered.json[kind]
    assert len({each["id"] for each in found.values()}) == 3
    assert (found["counselor"]["role"], found["counselor"]["languages"], found["counselor"]["status"]) == ("supervisor", ["en", "es"], "offline")
    assert found["staff"]["role"] == "analyst"
    assert "password" not in str(found)


@pytest.mark.parametrize("kind", ["counselor", "staff"])
@pytest.mark.parametrize("added", ["JOSÉ.Ñandú@Example.org", "josé.ñandú@example.org", "JOSE\u0301.ÑANDU\u0301@example.org"])
async def test_whoever_works_here_signs_in_with_any_spelling_of_their_address(world: World, monkeypatch: pytest.MonkeyPatch, kind: str, added: str) -> None:
    """Capitals beyond ASCII too; and no spelling has guesses of its own."""
    about = {"first_name": "José", "last_name": "Ñandú", "license_number": "L-1", "specializations": ["anxiety"], "languages": ["es"]}
    await (people.add_counselor(added, PASSWORD, **about) if kind == "counselor" else people.add_staff(added, PASSWORD, "analyst"))  # type: ignore[arg-type]
    spellings = ["josé.ñandú@example.org", "JOSÉ.ÑANDÚ@EXAMPLE.ORG", "José.Ñandú@example.org", "jose\u0301.n\u0303andu\u0301@example.org"]
    found = [await world.send("POST", "/auth/login", {"email": email, "password": PASSWORD, "kind": kind}) for email in spellings]
    assert [(each.status, each.json[kind]["email"]) for each in found] == [(200, "josé.ñandú@example.org")] * 4
    with pytest.raises(people.AlreadyThere):
        await (people.add_counselor(spellings[1], PASSWORD, **about) if kind == "counselor" else people.add_staff(spellings[1], PASSWORD, "analyst"))  # type: ignore[arg-type]
    assert (await people.set_otp(kind, spellings[1])).startswith("otpauth://")
    await world.send("POST", "/auth/forgot-password", {"email": spellings[1], "kind": kind})
    assert len(await world.mailbox("josé.ñandú@example.org", "reset_password")) == 1
    configure(monkeypatch, limit_login=parse_rate("2/15m"))
    guesses = [await world.send("POST", "/auth/login", {"email": email, "password": "not this one at all", "kind": kind}) for email in spellings]
    assert [each.status for each in guesses] == [401, 401, 429, 429]


async def test_wrong_credentials_look_alike_whoever_they_name(world: World) -> None:
    """Same bytes for a known and an unknown address, and for one of another kind."""
    ana = await world.user()
    answers = [
        await world.send("POST", "/auth/login", {"email": email, "password": "not this one at all", "kind": kind}, headers={"X-Request-Id": "same"})
        for email, kind in ((ana.email, "user"), ("nobody@example.org", "user"), (ana.email, "counselor"), (ana.email, "staff"))
    ]
    assert {(each.status, each.raw) for each in answers} == {(401, answers[0].raw)}
    assert answers[0].headers["WWW-Authenticate"] == "Bearer"


async def test_an_account_with_an_authenticator_asks_for_its_code(world: World) -> None:
    staff = await world.staff()
    uri = await people.set_otp("staff", str(staff.email))
    codes = pyotp.TOTP(parse_qs(urlsplit(uri).query)["secret"][0])
    login = {"email": staff.email, "password": PASSWORD, "kind": "staff"}
    asked = await world.send("POST", "/auth/login", login)
    assert (asked.status, asked.json["code"]) == (401, "otp_required")
    assert (await world.send("POST", "/auth/login", {**login, "password": "not this one at all"})).json["code"] == "unauthenticated"
    now = clock.now()
    for wrong in (codes.at(now, counter_offset=10), "", "٠٠٠٠٠٠", "\ud800", "0" * 500):
        assert (await world.send("POST", "/auth/login", {**login, "otp": wrong})).status in (401, 422)
    assert (await world.send("POST", "/auth/login", {**login, "otp": codes.at(now)})).status == 200


async def test_logging_out_ends_access_and_refresh_of_that_device_only(world: World) -> None:
    ana = await world.user()
    other = await world.send("POST", "/auth/login", {"email": ana.email, "password": PASSWORD})
    assert (await ana.post("/auth/logout")).status == 204
    assert (await ana.get("/users/profile")).status == 401
    assert (await world.send("POST", "/auth/refresh", {"refreshToken": ana.tokens["refreshToken"]})).status == 401
    assert (await ana.post("/auth/logout")).status == 401
    still = Account(world, ana.id, ana.email, PASSWORD, other.json)
    assert (await still.get("/users/profile")).status == 200


async def test_devices_are_listed_and_signed_out_one_by_one(world: World) -> None:
    ana, bob = await world.user(), await world.user()
    phone = Account(
        world, ana.id, ana.email, PASSWORD, (await world.send("POST", "/auth/login", {"email": ana.email, "password": PASSWORD}, headers={"User-Agent": "Phone/1"})).json
    )
    listed = (await ana.get("/auth/sessions")).json
    assert listed["nextCursor"] is None
    newest, oldest = listed["items"]
    assert set(newest) == {"id", "createdAt", "lastUsedAt", "userAgent", "current"}
    assert (newest["userAgent"], newest["current"], oldest["current"]) == ("Phone/1", False, True)
    assert [each["current"] for each in (await phone.get("/auth/sessions")).json["items"]] == [True, False]
    assert (await bob.delete(f"/auth/sessions/{newest['id']}")).status == 404
    assert (await phone.get("/users/profile")).status == 200
    assert (await ana.delete(f"/auth/sessions/{newest['id']}")).status == 204
    assert (await phone.get("/users/profile")).status == 401
    assert (await ana.delete(f"/auth/sessions/{newest['id']}")).status == 404
    assert [each["id"] for each in (await ana.get("/auth/sessions")).json["items"]] == [oldest["id"]]


async def test_a_new_device_is_told_to_its_owner_and_a_known_one_is_not(world: World) -> None:
    ana = await world.user()
    login = {"email": ana.email, "password": PASSWORD}
    await world.send("POST", "/auth/login", login)
    assert await world.mailbox(ana.email, "sign_in_notice") == []
    for _ in range(2):
        await world.send("POST", "/auth/login", login, headers={"User-Agent": "Phone/1"})
    assert len(await world.mailbox(ana.email, "sign_in_notice")) == 1


async def test_a_closed_account_neither_signs_in_nor_refreshes(world: World) -> None:
    ana = await world.user()
    await db.execute("UPDATE users SET is_banned = true WHERE id = $1", ana.uuid)
    assert (await world.send("POST", "/auth/login", {"email": ana.email, "password": PASSWORD})).json["code"] == "forbidden"
    assert (await world.send("POST", "/auth/login", {"email": ana.email, "password": "not this one at all"})).status == 401
    assert (await world.send("POST", "/auth/refresh", {"refreshToken": ana.tokens["refreshToken"]})).status == 401
    assert (await ana.get("/users/profile")).status == 401


async def test_registrations_of_one_address_are_limited(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, limit_register=parse_rate("2/1h"))
    statuses = [(await world.send("POST", "/auth/register", {"isAnonymous": True})) for _ in range(3)]
    assert [each.status for each in statuses] == [201, 201, 429]
    assert 0 < int(statuses[-1].headers["Retry-After"]) <= 3600
    assert statuses[-1].headers["RateLimit-Remaining"] == "0"
