"""Threats 1–11: forged, borrowed, stale and replayed tokens. Numbers are those of the project's list of threats."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from core import clock, db
from core.crypto import b64
from domain import access
from domain.access import ACCESS_SECONDS, Principal
from domain.sign_in import refresh_token
from tests.links import mailed_token
from tests.people import Account, Answered, World
from tests.wire import request, wire

NOW = int(clock.now().timestamp())


async def show(world: World, token: str, path: str = "/users/profile") -> Answered:
    return await world.send("GET", path, headers={"Authorization": f"Bearer {token}"})


def claims_of(account: Account, **changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(account.tokens["accessToken"], options={"verify_signature": False})
    return {name: value for name, value in {**found, **changes}.items() if value is not ...}


def signed(claims: dict[str, Any], headers: dict[str, Any] | None = None) -> str:
    """Signed with our own key, as if it had been stolen: what is refused is refused for its content."""
    kid = access.tokens._current
    return jwt.encode(claims, access.tokens._keys[kid].secret, algorithm="HS256", headers={"kid": kid, **(headers or {})})


def part(value: Any) -> str:
    return b64(json.dumps(value).encode())


def written_out(header: dict[str, Any], claims: dict[str, Any], key: bytes) -> str:
    """HS256 by hand: a library would refuse some of these keys and headers."""
    said = f"{part(header)}.{part(claims)}"
    return f"{said}.{b64(hmac.digest(key, said.encode(), 'sha256'))}"


async def test_our_own_signature_is_taken(world: World) -> None:
    """The control for all below: the same helpers with nothing changed are let in."""
    ana = await world.anonymous()
    kid = access.tokens._current
    assert (await show(world, signed(claims_of(ana)))).status == 200
    assert (await show(world, written_out({"alg": "HS256", "typ": "JWT", "kid": kid}, claims_of(ana), access.tokens._keys[kid].secret))).status == 200


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "NONE", "", None, 0, "HS384", "HS512", "hs256", "dir"])
@pytest.mark.parametrize("signature", ["", "same"])
async def test_threat_1_no_algorithm_but_ours(world: World, algorithm: Any, signature: str) -> None:
    ana = await world.anonymous()
    _, payload, real = ana.tokens["accessToken"].split(".")
    head = part({"alg": algorithm, "typ": "JWT", "kid": access.tokens._current})
    answered = await show(world, f"{head}.{payload}.{real if signature == 'same' else ''}")
    assert (answered.status, answered.json["code"]) == (401, "unauthenticated")


async def test_threat_2_a_public_key_is_no_secret(world: World) -> None:
    """RS256 tokens, and HS256 ones signed with a public key's text or with the key's id."""
    ana = await world.anonymous()
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    kid = access.tokens._current
    ours = {"alg": "HS256", "typ": "JWT", "kid": kid}
    forged = [jwt.encode(claims_of(ana), private, algorithm="RS256", headers={"kid": kid}), *(written_out(ours, claims_of(ana), key) for key in (public, kid.encode(), b"\0" * 32))]
    assert [(await show(world, token)).status for token in forged] == [401] * 4


@pytest.mark.parametrize(
    "header",
    [
        {"kid": "../../../dev/null"}, {"kid": "' OR 1=1 --"}, {"kid": "https://evil.org/key"}, {"kid": ""}, {"kid": "\x00"}, {"kid": None}, {"kid": 0}, {"kid": ["a"]},
        {"jku": "https://evil.org/jwks"}, {"x5u": "https://evil.org/x5u"}, {"jwk": {"kty": "oct", "k": "AAAA"}}, {"x5c": ["AAAA"]}, {"crit": ["exp"]}, {"crit": []}, {"b64": False},
        {"cty": "JWT"}, {"zip": "DEF"},
    ],
)  # fmt: skip
async def test_threat_3_no_header_leads_elsewhere(world: World, header: dict) -> None:
    ana = await world.anonymous()
    kid = access.tokens._current
    forged = written_out({"alg": "HS256", "typ": "JWT", "kid": kid, **header}, claims_of(ana), access.tokens._keys[kid].secret)
    assert (await show(world, forged)).status == 401


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iat": NOW - 2 * ACCESS_SECONDS, "nbf": NOW - 2 * ACCESS_SECONDS, "exp": NOW - ACCESS_SECONDS}, "token_expired"),
        ({"exp": NOW - 1, "iat": NOW - 60}, "token_expired"),
        ({"nbf": NOW + 86_400}, "unauthenticated"),
        ({"exp": ...}, "unauthenticated"), ({"nbf": ...}, "unauthenticated"), ({"iat": ...}, "unauthenticated"), ({"sub": ...}, "unauthenticated"), ({"sid": ...}, "unauthenticated"),
        ({"aud": ...}, "unauthenticated"), ({"iss": ...}, "unauthenticated"), ({"jti": ...}, "unauthenticated"),
        ({"exp": str(NOW + 600)}, "unauthenticated"), ({"exp": float("inf")}, "unauthenticated"), ({"exp": float("nan")}, "unauthenticated"), ({"exp": -1}, "unauthenticated"),
        ({"exp": True}, "unauthenticated"), ({"exp": None}, "unauthenticated"), ({"exp": NOW + 10**9}, "unauthenticated"), ({"exp": 10**400, "iat": 10**400 - 5}, "unauthenticated"),
        ({"exp": NOW + 0.5}, "unauthenticated"), ({"nbf": "0"}, "unauthenticated"), ({"aud": "admin"}, "unauthenticated"), ({"aud": ["user"]}, "unauthenticated"),
        ({"aud": ["user", "staff"]}, "unauthenticated"), ({"iss": "evil"}, "unauthenticated"), ({"sub": "x"}, "unauthenticated"), ({"sub": 5}, "unauthenticated"), ({"sid": 5}, "unauthenticated"),
        ({"sid": "x"}, "unauthenticated"),
    ],
)  # fmt: skip
async def test_threat_4_times_and_names_are_checked(world: World, changes: dict, code: str) -> None:
    ana = await world.anonymous()
    answered = await show(world, signed(claims_of(ana, **changes)))
    assert (answered.status, answered.json["code"]) == (401, code)


async def test_threat_4_a_token_seen_before_still_expires(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Verified tokens are remembered; their end is not forgotten."""
    ana = await world.anonymous()
    assert (await ana.get("/users/profile")).status == 200
    later = clock.now() + timedelta(seconds=ACCESS_SECONDS)
    monkeypatch.setattr(clock, "now", lambda: later)
    for _ in range(2):
        assert (await ana.get("/users/profile")).json["code"] == "token_expired"


async def test_threat_5_a_token_of_one_kind_opens_nothing_of_another(world: World) -> None:
    ana, cora, staff = await world.anonymous(), await world.counselor(), await world.staff()
    for other in (cora, staff):
        for path in ("/moods", "/users/profile", "/achievements"):
            refused = await other.get(path)
            assert (refused.status, refused.json["code"]) == (403, "forbidden")
    assert (await staff.get("/notifications")).status == 403
    assert (await ana.get("/notifications")).status == 200


async def test_threat_6_no_other_secret_is_a_bearer(world: World) -> None:
    ana = await world.user()
    await world.send("POST", "/auth/forgot-password", {"email": ana.email})
    reset, verify = await mailed_token(world, str(ana.email), "reset_password"), await mailed_token(world, str(ana.email), "verify_email")
    for token in (ana.tokens["refreshToken"], reset, verify, ana.id, "null", "a.b.c", "..", "a" * 5000):
        assert (await show(world, token)).status == 401
    access_token = ana.tokens["accessToken"]
    for token in (access_token, reset, verify):
        assert (await world.send("POST", "/auth/refresh", {"refreshToken": token})).status == 401
    for token in (verify, ana.tokens["refreshToken"]):
        assert (await world.send("POST", "/auth/reset-password", {"token": token, "password": "another quiet lake"})).status == 400
    assert (await world.send("POST", "/auth/verify-email", {"token": reset})).status == 400


async def test_threat_7_the_banned_and_those_let_go_are_out(world: World) -> None:
    """Their sessions are ended with the ban; a refresh looks at the account itself."""
    ana, staff = await world.user(), await world.staff()
    await db.execute("UPDATE users SET is_banned = true WHERE id = $1", ana.uuid)
    await db.execute("UPDATE staff SET is_active = false WHERE id = $1", staff.uuid)
    for kind, account in (("user", ana), ("staff", staff)):
        async with db.transaction():
            await access.end_sessions(kind, account.uuid)  # type: ignore[arg-type]
        assert (await account.get("/auth/sessions")).status == 401
        assert (await world.send("POST", "/auth/refresh", {"refreshToken": account.tokens["refreshToken"]})).status == 401
        login = await world.send("POST", "/auth/login", {"email": account.email, "password": account.password, "kind": kind})
        assert login.status == 403


async def test_threat_7_access_ended_in_another_process_ends_here_within_a_second(world: World) -> None:
    ana = await world.anonymous()
    await db.execute("UPDATE auth_sessions SET revoked_at = now() WHERE principal_id = $1", ana.uuid)
    # That it ends without an event; that a second is enough is shown on whole systems, in tests/recovery.
    async with asyncio.timeout(10):
        while (await ana.get("/users/profile")).status != 401:
            await asyncio.sleep(0.02)


async def test_threat_8_a_replay_after_the_grace_ends_the_family(world: World) -> None:
    ana = await world.anonymous()
    first = ana.tokens["refreshToken"]
    second = (await world.send("POST", "/auth/refresh", {"refreshToken": first})).json
    await db.execute("UPDATE auth_sessions SET rotated_at = rotated_at - interval '11 seconds'")
    replays = await asyncio.gather(*(world.send("POST", "/auth/refresh", {"refreshToken": first}) for _ in range(5)))
    assert {each.status for each in replays} == {401}
    assert (await show(world, second["accessToken"])).status == 401
    assert (await world.send("POST", "/auth/refresh", {"refreshToken": second["refreshToken"]})).status == 401
    # Written to the audit log once.
    assert await db.fetchval("SELECT count(*) FROM audit_entries WHERE action = 'refresh_replayed'") == 1


async def test_threat_8_a_refresh_token_cannot_be_made_up(world: World) -> None:
    """The next one of a session is not to be guessed from this one, nor an earlier one revived; guesses end nobody's session."""
    ana = await world.anonymous()
    session_id = (await access.tokens.verify(ana.tokens["accessToken"])).session_id
    token: str = ana.tokens["refreshToken"]
    forged = refresh_token(session_id, 1)[:27] + token[27:]
    for guess in (forged, token[:-1], token + "A", token + "=", token.swapcase(), refresh_token(uuid4(), 0), "", "A" * 64, "\ud800"):
        assert (await world.send("POST", "/auth/refresh", {"refreshToken": guess})).status in (401, 422)
    assert (await world.send("POST", "/auth/refresh", {"refreshToken": token})).status == 200


async def test_threat_9_fifty_parallel_refreshes_have_one_successor(world: World) -> None:
    ana = await world.anonymous()
    answers = await asyncio.gather(*(world.send("POST", "/auth/refresh", {"refreshToken": ana.tokens["refreshToken"]}) for _ in range(50)))
    assert {(each.status, each.json["refreshToken"]) for each in answers} == {(200, answers[0].json["refreshToken"])}


@pytest.mark.parametrize("name", ["access_token", "token", "authorization", "bearer", "jwt"])
async def test_threat_10_a_token_in_the_query_or_body_is_no_token(world: World, name: str, caplog: pytest.LogCaptureFixture) -> None:
    ana = await world.anonymous()
    token = ana.tokens["accessToken"]
    with caplog.at_level(logging.DEBUG):
        assert (await world.send("GET", f"/users/profile?{name}={token}")).status == 401
        assert (await world.send("PUT", "/users/profile", {name: token})).status == 401
        assert (await ana.get(f"/users/profile?{name}={token}")).status == 422
        assert (await world.send("GET", "/users/profile", headers={"Cookie": f"{name}={token}", "X-Authorization": f"Bearer {token}"})).status == 401
    assert caplog.records
    assert token not in "".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)


async def test_threat_11_two_authorization_headers_are_refused(world: World) -> None:
    ana, bob = await world.anonymous(), await world.user()
    lines = [f"Authorization: {each.bearer['Authorization']}" for each in (ana, bob)]
    for pair in (lines, [lines[0], lines[0]], [lines[0], "Authorization: "]):
        assert (await wire(world, request("GET", "/api/users/profile", *pair))).status == 400
    joined = f"{lines[0]}, {bob.bearer['Authorization']}"
    assert (await wire(world, request("GET", "/api/users/profile", joined))).status == 401


async def test_signing_keys_rotate_without_ending_anything(world: World) -> None:
    """Tokens of the old key stay good until they expire; new ones carry the new key's id."""
    ana = await world.anonymous()
    old = access.tokens._current
    new = await access.rotate_signing_key()
    await access.tokens.load()
    assert access.tokens._current == new != old
    assert (await ana.get("/users/profile")).status == 200
    fresh = (await world.send("POST", "/auth/refresh", {"refreshToken": ana.tokens["refreshToken"]})).json
    assert jwt.get_unverified_header(fresh["accessToken"])["kid"] == new
    assert (await show(world, fresh["accessToken"])).status == 200


async def test_a_remembered_token_is_the_same_principal(world: World) -> None:
    ana, bob = await world.anonymous(), await world.user()
    verify: Callable = access.tokens.verify
    for _ in range(2):
        found: list[Principal] = [await verify(each.tokens["accessToken"]) for each in (ana, bob)]
        assert [each.id for each in found] == [ana.uuid, bob.uuid]


async def test_a_clock_that_runs_ahead_elsewhere_hides_no_ended_session(world: World) -> None:
    ahead, ana = await world.anonymous(), await world.user()
    await db.execute("UPDATE auth_sessions SET revoked_at = now() + interval '1 day' WHERE principal_id = $1", ahead.uuid)
    await access.revocations.refresh()
    await db.execute("UPDATE auth_sessions SET revoked_at = now() WHERE principal_id = $1", ana.uuid)
    await access.revocations.refresh()
    assert (await show(world, ana.tokens["accessToken"])).status == 401
