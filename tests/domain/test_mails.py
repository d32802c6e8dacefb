"""Mails: put into words in both languages, sent once, handed to SendGrid without a tracker."""

from __future__ import annotations

import html
import json
import re
import tomllib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from jinja2 import Environment, meta

from core import clock, db, keys, mail
from core.jobs import RetryLater
from core.mail import Letter, SendGrid, Undeliverable
from domain import mails
from domain.languages import SPOKEN
from tests.links import mailed_token
from tests.people import PASSWORD, World, confirmed, do_jobs
from tests.settings import configure

WORDS: dict[str, dict[str, Any]] = {language: tomllib.loads((mails._CATALOG / f"{language}.toml").read_text(encoding="utf-8")) for language in SPOKEN}
KINDS = sorted(set(WORDS["en"]) - {"common"})
ID = UUID("01999999-0000-7000-8000-000000000001")


def _sentences(language: str, kind: str) -> list[str]:
    said = WORDS[language][kind]
    return [said["subject"], *said["paragraphs"], *said.get("after", []), said.get("button", "")]


def _variables(language: str, kind: str) -> set[str]:
    parser = Environment(autoescape=True)
    return {name for sentence in _sentences(language, kind) for name in meta.find_undeclared_variables(parser.parse(sentence))}


def _composed(kind: str, language: str = "en", first_name: str = "Ana", token: str | None = "t0ken") -> Letter:
    return mails.compose(ID, kind, "ana@example.org", first_name, language, token=token, data=dict.fromkeys(_variables("en", kind), 7))


def test_both_languages_say_the_same_things() -> None:
    assert set(WORDS["en"]) == set(WORDS["es"])
    for kind in ["common", *KINDS]:
        english, spanish = WORDS["en"][kind], WORDS["es"][kind]
        assert set(english) == set(spanish), kind
        assert all(len(english[part]) == len(spanish[part]) for part in english if isinstance(english[part], list)), kind
        assert english != spanish
    assert {kind: _variables("en", kind) for kind in KINDS} == {kind: _variables("es", kind) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "es", "es-MX", "de"])
async def test_every_mail_composes(world: World, kind: str, language: str) -> None:
    letter = _composed(kind, language)
    spoken = "es" if language.startswith("es") else "en"
    common = WORDS[spoken]["common"]
    assert 5 <= len(letter.subject) <= 90
    for body in (letter.text, html.unescape(letter.html)):
        assert common["closing"] in body
        assert common["footer"] in body
        assert "Ana" in body
        assert not re.search(r"\{\{|\}\}|\{%|None|Undefined", body)
    assert f'<html lang="{spoken}">' in letter.html
    assert ("token=t0ken" in letter.text) == ("token=t0ken" in letter.html) == ("button" in WORDS["en"][kind])
    assert not re.search(r"<img|<script|https?://(?!127\.0\.0\.1)", letter.html)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_name_is_only_ever_a_name(world: World, kind: str) -> None:
    """Not HTML, not a template, not another header."""
    letter = _composed(kind, first_name="<b>{{ 7*7 }}</b> & Ana")
    assert "<b>" not in letter.html
    assert "&lt;b&gt;{{ 7*7 }}&lt;/b&gt; &amp; Ana" in letter.html
    assert "<b>{{ 7*7 }}</b> & Ana" in letter.text
    assert "49" not in letter.text
    assert "\n" not in letter.subject


@pytest.mark.parametrize("verification", ["required", "optional"])
async def test_until_an_address_is_confirmed_its_mails_hold_nobodys_words(world: World, monkeypatch: pytest.MonkeyPatch, verification: str) -> None:
    """Whoever registered it may be somebody else than whoever reads them."""
    configure(monkeypatch, email_verification=verification)
    for _ in range(2):
        await world.send("POST", "/auth/register", {"email": "ana@example.org", "password": PASSWORD, "firstName": "CANARY https://evil.example", "lastName": "CANARY"})
    await world.send("POST", "/auth/forgot-password", {"email": "ana@example.org"})
    unconfirmed = await world.mailbox("ana@example.org")
    assert {mail["kind"] for mail in unconfirmed} >= {"verify_email"} | ({"welcome", "reset_password"} if verification == "optional" else set())
    assert not [mail["kind"] for mail in unconfirmed if re.search("canary|evil", mail["subject"] + mail["text"] + mail["html"], re.IGNORECASE)]
    assert all(mail["text"].startswith("Hello,\n") for mail in unconfirmed)

    await world.send("POST", "/auth/verify-email", {"token": await mailed_token(world, "ana@example.org", "verify_email")})
    await world.send("POST", "/auth/forgot-password", {"email": "ana@example.org"})
    assert (await world.mailbox("ana@example.org", "reset_password"))[0]["text"].startswith("Hello CANARY https://evil.example,\n")


async def test_who_has_no_name_is_greeted_all_the_same(world: World) -> None:
    assert _composed(KINDS[0], first_name="").text.startswith("Hello,\n")


async def test_line_breaks_in_a_name_stay_on_one_line(world: World) -> None:
    ana = await world.user(firstName="Ana\r\nBcc: evil@example.org\r\n\r\nhello")
    await confirmed(ana)
    [sent] = await world.mailbox(to=ana.email, kind="welcome")
    assert sent["text"].split("\n")[0] == "Hello Ana Bcc: evil@example.org hello,"
    assert "\n" not in sent["subject"]


async def test_a_promised_mail_is_sent_once(world: World) -> None:
    ana = await world.user()
    await do_jobs()
    rows = await db.fetch("SELECT id, status FROM mails WHERE principal_id = $1", ana.uuid)
    assert {row["status"] for row in rows} == {"sent"}
    for row in rows:
        await mails.deliver(row["id"])
    assert len(await world.mailbox(to=ana.email)) == len(rows)
    await mails.deliver(clock.new_id())


async def test_a_mail_to_somebody_gone_or_with_a_spent_link_is_dropped(world: World) -> None:
    ana, bob = await world.user(), await world.user()
    await db.execute("UPDATE one_time_tokens SET used_at = now() WHERE principal_id = $1", bob.uuid)
    await db.execute("DELETE FROM users WHERE id = $1", ana.uuid)
    sent = await world.mailbox()
    assert {(each["to"], each["kind"]) for each in sent} == {(bob.email, "welcome")}
    assert await db.fetchval("SELECT count(*) FROM mails WHERE status = 'failed'") == 3


async def test_a_mail_whose_person_lost_their_key_is_dropped(world: World) -> None:
    ana = await world.user()
    await db.execute("DELETE FROM data_keys WHERE owner_id = $1", ana.uuid)
    keys.keys().forget(ana.uuid)
    assert await world.mailbox(to=ana.email) == []


class FakeSendGrid:
    """Remembers what was posted, and answers as told."""

    def __init__(self) -> None:
        self.status, self.headers = 202, {"X-Message-Id": "m-1"}
        self.posted: list[tuple[dict[str, str], dict[str, Any]]] = []

    async def take(self, request: web.Request) -> web.Response:
        self.posted.append((dict(request.headers), json.loads(await request.read())))
        return web.Response(status=self.status, headers=self.headers, body=b"{}")


@pytest.fixture
async def sendgrid() -> AsyncIterator[tuple[FakeSendGrid, SendGrid]]:
    fake = FakeSendGrid()
    app = web.Application()
    app.router.add_post("/v3/mail/send", fake.take)
    async with TestServer(app) as server:
        yield fake, SendGrid("SG.key", f"http://{server.host}:{server.port}", "MentalSpace <hello@example.org>")


LETTER = Letter(ID, "welcome", "ana@example.org", "Hello", "text", "<p>html</p>", unsubscribe="https://example.org/u/1")


async def test_sendgrid_gets_the_letter_and_no_tracker(sendgrid: tuple[FakeSendGrid, SendGrid]) -> None:
    fake, mailer = sendgrid
    assert await mailer.send(LETTER) == "m-1"
    [(headers, body)] = fake.posted
    assert headers["Authorization"] == "Bearer SG.key"
    assert body["from"] == {"email": "hello@example.org", "name": "MentalSpace"}
    assert body["subject"] == "Hello"
    assert body["content"] == [{"type": "text/plain", "value": "text"}, {"type": "text/html", "value": "<p>html</p>"}]
    [to] = body["personalizations"]
    assert to["to"] == [{"email": "ana@example.org"}]
    assert {**to.get("custom_args", {}), **body.get("custom_args", {})} == {"mail_id": str(ID)}
    said = {**to.get("headers", {}), **body.get("headers", {})}
    assert said == {"List-Unsubscribe": "<https://example.org/u/1>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    tracking = body["tracking_settings"]
    assert set(tracking) == {"click_tracking", "open_tracking", "subscription_tracking", "ganalytics"}
    assert {each["enable"] for each in tracking.values()} == {False}
    assert tracking["click_tracking"]["enable_text"] is False


async def test_an_unusual_address_arrives_as_it_is(sendgrid: tuple[FakeSendGrid, SendGrid]) -> None:
    fake, mailer = sendgrid
    for address in ("o'hara!#$%&*/=?^_`{|}~-@example.org", "josé@bücher.example"):
        await mailer.send(Letter(ID, "welcome", address, "Hello", "text", "<p>html</p>"))
        assert fake.posted[-1][1]["personalizations"][0]["to"] == [{"email": address}]


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"Retry-After": "17"}, 17),
        (429, {}, 30),
        (429, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 30),
        (429, {"Retry-After": "999999999"}, 3600),
        (500, {}, 60),
        (503, {}, 60),
    ],
)
async def test_what_may_pass_is_tried_later(sendgrid: tuple[FakeSendGrid, SendGrid], status: int, headers: dict[str, str], seconds: float) -> None:
    fake, mailer = sendgrid
    fake.status, fake.headers = status, headers
    with pytest.raises(RetryLater) as later:
        await mailer.send(LETTER)
    assert later.value.seconds == seconds


@pytest.mark.parametrize("status", [400, 401, 403, 413])
async def test_what_stays_wrong_is_given_up(sendgrid: tuple[FakeSendGrid, SendGrid], status: int) -> None:
    fake, mailer = sendgrid
    fake.status = status
    with pytest.raises(Undeliverable, match=str(status)):
        await mailer.send(LETTER)


async def test_a_provider_that_is_not_there_is_tried_later() -> None:
    async with TestServer(web.Application()) as server:
        nowhere = f"http://{server.host}:{server.port}"
    with pytest.raises(RetryLater):
        await SendGrid("SG.key", nowhere, "a@example.org").send(LETTER)


async def test_a_refused_mail_is_marked_and_its_job_seen(world: World, sendgrid: tuple[FakeSendGrid, SendGrid], monkeypatch: pytest.MonkeyPatch) -> None:
    fake, mailer = sendgrid
    monkeypatch.setattr(mail, "_mailer", mailer)
    ana = await world.user()
    fake.status = 400
    assert await do_jobs() == ["failed", "failed"]
    assert {row["status"] for row in await db.fetch("SELECT status FROM mails WHERE principal_id = $1", ana.uuid)} == {"failed"}


async def test_a_mail_that_could_not_leave_leaves_later(world: World, sendgrid: tuple[FakeSendGrid, SendGrid], monkeypatch: pytest.MonkeyPatch) -> None:
    fake, mailer = sendgrid
    monkeypatch.setattr(mail, "_mailer", mailer)
    ana = await world.user()
    fake.status, fake.headers = 429, {"Retry-After": "40"}
    assert await do_jobs() == ["retried", "retried"]
    wait = await db.fetchval("SELECT extract(epoch FROM min(due_at) - now())::float8 FROM jobs")
    assert 35 < wait <= 40
    fake.status, fake.headers = 202, {"X-Message-Id": "m-2"}
    await db.execute("UPDATE jobs SET due_at = now()")
    assert await do_jobs() == ["done", "done"]
    assert {row["provider_id"] for row in await db.fetch("SELECT provider_id FROM mails WHERE principal_id = $1", ana.uuid)} == {"m-2"}


@pytest.mark.parametrize(("hours", "kinds"), [(11, {"achievement", "password_changed"}), (13, {"password_changed"})])
async def test_one_that_comes_half_a_day_late_is_sent_only_if_it_must(world: World, hours: int, kinds: set[str]) -> None:
    ana = await world.user()
    await do_jobs()
    await mails.send_optional(ana.uuid, "achievement")
    await mails.send("user", ana.uuid, "password_changed")
    await db.execute("UPDATE mails SET created_at = $1 WHERE status = 'queued'", clock.ago(hours=hours))
    await do_jobs()
    sent = {each["kind"] for each in await world.mailbox(ana.email)}
    assert sent - {"welcome", "verify_email"} == kinds
    assert await db.fetchval("SELECT status FROM mails WHERE kind = 'achievement'") == ("sent" if "achievement" in kinds else "failed")


async def test_the_rows_hold_no_words(world: World) -> None:
    await world.user(firstName="Canaria", email="canary-bird@example.org")
    rows = await db.fetch("SELECT mails::text AS whole FROM mails UNION ALL SELECT jobs::text FROM jobs")
    assert len(rows) == 4
    assert not any(re.search("canar", row["whole"], re.IGNORECASE) for row in rows)
