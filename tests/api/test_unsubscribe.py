"""One click and a kind of mail stops: by POST only, for its reader alone, for as long as the mail exists."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest

from core import db, runtime
from core.crypto import b64, unb64
from domain import mails
from tests.people import Account, World

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ONE_CLICK = b"List-Unsubscribe=One-Click"


def path(who: Account, kind: str = "mood_reminder") -> str:
    link = mails.unsubscribe_link(who.uuid, kind)
    assert link.startswith(f"{runtime.settings().base_url}/api/mail/unsubscribe/")
    return urlsplit(link).path.removeprefix("/api")


async def switches(who: Account) -> dict[str, bool]:
    found: dict[str, bool] = (await who.get("/users/preferences")).json["notifications"]["email"]
    return found


@pytest.mark.parametrize("kind", mails.OPTIONAL)
async def test_one_click_turns_off_one_kind(world: World, kind: str) -> None:
    """RFC 8058: a POST by the mail program, without cookies, to be answered without a question."""
    ana, bob = await world.user(), await world.user()
    for _ in range(2):
        answered = await world.send("POST", path(ana, kind), raw=ONE_CLICK, headers=FORM)
        assert answered.status == 200
    assert {name for name, on in (await switches(ana)).items() if not on} == {mails.OPTIONAL[kind]}
    assert all((await switches(bob)).values())
    assert await db.fetchval("SELECT count(*) FROM audit_entries WHERE action = 'unsubscribed' AND subject_id = $1", ana.uuid) == 1


@pytest.mark.parametrize("language", ["en", "es"])
async def test_a_get_only_asks(world: World, language: str) -> None:
    """Mail scanners follow links."""
    ana = await world.user(language=language)
    for method in ("GET", "HEAD"):
        asked = await world.send(method, path(ana))
        assert (asked.status, asked.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert all((await switches(ana)).values())
    page = (await world.send("GET", path(ana))).raw.decode()
    assert f"<html lang={language}>" in page
    assert "<form method=post>" in page
    assert ("No more of these mails?" in page) == (language == "en")
    policy = asked.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"https?://|<script|\son\w+=", page)

    done = await world.send("POST", path(ana), raw=b"", headers=FORM)
    assert done.status == 200
    assert b"<form" not in done.raw
    assert not (await switches(ana))["moodReminder"]


@pytest.mark.parametrize(("raw", "kind"), [(b"--x\r\n", "multipart/form-data; boundary=x"), (b"{}", "application/json"), (b"\xff\0", "text/plain")])
async def test_whatever_is_sent_says_the_same(world: World, raw: bytes, kind: str) -> None:
    ana = await world.user()
    assert (await world.send("POST", path(ana), raw=raw, headers={"Content-Type": kind})).status == 200
    assert not (await switches(ana))["moodReminder"]


async def test_a_link_of_ours_altered_is_none(world: World) -> None:
    ana, bob = await world.user(), await world.user()
    raw = unb64(path(ana).rpartition("/")[2])
    assert len(raw) == 36
    forged = [
        bytes([raw[0] ^ 1]) + raw[1:],
        raw[:-1] + bytes([raw[-1] ^ 1]),
        bob.uuid.bytes + raw[16:],
        raw[:16] + b"chat" + raw[20:],
        bytes(36),
    ]
    for each in forged:
        for method in ("GET", "POST"):
            assert (await world.send(method, f"/mail/unsubscribe/{b64(each)}")).status == 404
    assert (await world.send("POST", "/mail/unsubscribe/x")).status == 404
    for who in (ana, bob):
        assert all((await switches(who)).values())


async def test_of_somebody_gone_there_is_nothing_to_turn_off(world: World) -> None:
    ana = await world.user()
    link = path(ana)
    await db.execute("DELETE FROM users")
    assert [(await world.send(method, link)).status for method in ("GET", "POST")] == [404, 404]


async def test_a_large_body_is_refused(world: World) -> None:
    ana = await world.user()
    assert (await world.send("POST", path(ana), raw=bytes(1024 * 1024 + 1), headers=FORM)).status == 413


async def test_every_mail_one_may_do_without_carries_its_link_and_no_other_does(world: World) -> None:
    ana = await world.user()
    for kind in mails.OPTIONAL:
        data: dict[str, Any] = {"count": 1, "average": 3.0, "change": None} if kind == "weekly_summary" else {}
        assert await mails.send_optional(ana.uuid, kind, **data)
    for mail in await world.mailbox(ana.email):
        link = mails.unsubscribe_link(ana.uuid, mail["kind"])
        assert [link in mail[part] for part in ("text", "html")] == [mail["kind"] in mails.OPTIONAL] * 2


async def test_a_mail_promised_before_is_not_sent_any_more(world: World) -> None:
    ana = await world.user()
    await mails.send_optional(ana.uuid, "mood_reminder")
    await world.send("POST", path(ana), raw=ONE_CLICK, headers=FORM)
    assert await world.mailbox(ana.email, "mood_reminder") == []
    assert await db.fetchval("SELECT status FROM mails WHERE kind = 'mood_reminder'") == "failed"
    assert not await mails.send_optional(ana.uuid, "mood_reminder")


async def test_one_that_waited_too_long_is_no_use_any_more(world: World) -> None:
    ana = await world.user()
    await mails.send_optional(ana.uuid, "mood_reminder")
    await db.execute("UPDATE mails SET created_at = created_at - interval '13 hours'")
    assert [mail["kind"] for mail in await world.mailbox(ana.email)] != []
    assert await world.mailbox(ana.email, "mood_reminder") == []
