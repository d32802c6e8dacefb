"""Authenticator codes of counselors and staff: each is good once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from core import clock
from core.settings import parse_rate
from domain import people
from tests.people import PASSWORD, Account, Answered, World
from tests.settings import configure

# In the middle of a step of 30 s.
NOON = datetime(2026, 5, 4, 12, 0, 15, tzinfo=UTC)


def it_is(patch: pytest.MonkeyPatch, at: datetime) -> None:
    patch.setattr(clock, "now", lambda: at)


async def authenticator(kind: str, account: Account) -> pyotp.TOTP:
    uri = await people.set_otp(kind, str(account.email))
    return pyotp.TOTP(parse_qs(urlsplit(uri).query)["secret"][0])


def code(codes: pyotp.TOTP, steps: int = 0) -> str:
    """The code of noon, or of some steps after it."""
    return codes.at(NOON, counter_offset=steps)


async def login(world: World, account: Account, otp: str | None = None, password: str = PASSWORD, kind: str = "staff") -> Answered:
    return await world.send("POST", "/auth/login", {"email": account.email, "password": password, "kind": kind, "otp": otp})


@pytest.mark.parametrize("kind", ["counselor", "staff"])
async def test_a_code_is_good_once(world: World, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    it_is(monkeypatch, NOON)
    account: Account = await getattr(world, kind)()
    codes = await authenticator(kind, account)
    assert (await login(world, account, code(codes), kind=kind)).status == 200
    again = await login(world, account, code(codes), kind=kind)
    assert (again.status, again.json["code"]) == (401, "unauthenticated")
    assert (await login(world, account, code(codes, -1), kind=kind)).status == 401
    it_is(monkeypatch, NOON + timedelta(seconds=30))
    assert (await login(world, account, code(codes), kind=kind)).status == 401
    assert (await login(world, account, code(codes, 1), kind=kind)).status == 200


@pytest.mark.parametrize(("drift", "status"), [(-2, 401), (-1, 200), (0, 200), (1, 200), (2, 401)])
async def test_a_clock_may_be_one_step_off(world: World, monkeypatch: pytest.MonkeyPatch, drift: int, status: int) -> None:
    it_is(monkeypatch, NOON)
    staff = await world.staff()
    codes = await authenticator("staff", staff)
    assert (await login(world, staff, code(codes, drift))).status == status


async def test_of_many_sign_ins_with_one_code_one_succeeds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    it_is(monkeypatch, NOON)
    staff = await world.staff()
    codes = await authenticator("staff", staff)
    answers = await asyncio.gather(*(login(world, staff, code(codes)) for _ in range(6)))
    assert sorted(each.status for each in answers) == [200] + [401] * 5


async def test_a_code_with_a_wrong_password_is_not_spent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    it_is(monkeypatch, NOON)
    staff = await world.staff()
    codes = await authenticator("staff", staff)
    assert (await login(world, staff, code(codes), password="not this one at all")).status == 401
    assert (await login(world, staff, code(codes))).status == 200


async def test_a_new_authenticator_begins_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    it_is(monkeypatch, NOON)
    staff = await world.staff()
    old = await authenticator("staff", staff)
    assert (await login(world, staff, code(old, 1))).status == 200
    new = await authenticator("staff", staff)
    assert (await login(world, staff, code(old))).status == 401
    assert (await login(world, staff, code(new))).status == 200


async def test_a_missing_code_is_no_failed_sign_in_and_a_wrong_or_used_one_is(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, limit_login=parse_rate("2/15m"), limit_login_address=parse_rate("4/15m"))
    it_is(monkeypatch, NOON)
    staff = await world.staff()
    codes = await authenticator("staff", staff)
    assert {(await login(world, staff)).json["code"] for _ in range(6)} == {"otp_required"}
    assert (await login(world, staff, code(codes))).status == 200
    wrong = code(codes, 10)
    assert [(await login(world, staff, each)).status for each in (code(codes), wrong, code(codes, 1))] == [401, 401, 429]
