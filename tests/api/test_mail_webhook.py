"""SendGrid's signed event webhook: what it tells counts once, and only when SendGrid says so."""

from __future__ import annotations

import asyncio
import base64
import json
import random
import time
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sendgrid.helpers.eventwebhook import EventWebhook

from core import clock, db, mail
from core.settings import Settings, SettingsError
from domain import mail_events, mails
from tests.people import Account, Answered, World, do_jobs
from tests.settings import configure

KEY = ec.derive_private_key(20_261_123, ec.SECP256R1())
OTHER = ec.derive_private_key(20_261_124, ec.SECP256R1())
PUBLIC = base64.b64encode(KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


@pytest.fixture(autouse=True)
def _known(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, sendgrid_webhook_key=PUBLIC)


def signed(raw: bytes, at: float | None = None, key: ec.EllipticCurvePrivateKey = KEY) -> dict[str, str]:
    """As SendGrid signs: the time and the bytes, ECDSA over SHA-256."""
    timestamp = str(int(at if at is not None else time.time()))
    signature = base64.b64encode(key.sign(timestamp.encode() + raw, ec.ECDSA(SHA256()))).decode()
    return {"X-Twilio-Email-Event-Webhook-Signature": signature, "X-Twilio-Email-Event-Webhook-Timestamp": timestamp}


def event(mail_id: UUID | str, kind: str, **more: Any) -> dict[str, Any]:
    """As SendGrid writes one; the arguments that we gave the mail stand beside its own."""
    return {
        "email": "ana@example.org", "timestamp": int(time.time()), "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>", "event": kind, "category": ["x"],
        "sg_event_id": uuid4().hex, "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0", "mail_id": str(mail_id), **more,
    }  # fmt: skip


async def post(world: World, events: Any, **headers: str) -> Answered:
    raw = json.dumps(events, indent=1).encode() + b"\r\n"
    return await world.send("POST", "/mail/events", raw=raw, headers={**signed(raw), **headers})


async def mail_of(who: Account, kind: str = "welcome") -> UUID:
    found: UUID = await db.fetchval("SELECT id FROM mails WHERE principal_id = $1 AND kind = $2", who.uuid, kind)
    return found


async def status(mail_id: UUID) -> str:
    found: str = await db.fetchval("SELECT status FROM mails WHERE id = $1", mail_id)
    return found


async def bounced(who: Account) -> bool:
    return await db.fetchval("SELECT mail_bounced_at FROM users WHERE id = $1", who.uuid) is not None


@pytest.mark.parametrize(
    ("kind", "more", "becomes", "stops"),
    [
        ("delivered", {}, "sent", False),
        ("open", {}, "seen", False),
        ("bounce", {"type": "bounce", "status": "5.1.1"}, "bounced", True),
        ("bounce", {"type": "blocked"}, "failed", False),
        ("dropped", {"reason": "Bounced Address"}, "bounced", True),
        ("spamreport", {}, "bounced", True),
        ("processed", {}, "sent", False),
        ("deferred", {}, "sent", False),
        ("something new", {}, "sent", False),
    ],
)
async def test_what_an_event_makes_of_a_mail(world: World, kind: str, more: dict[str, str], becomes: str, stops: bool) -> None:
    ana = await world.user()
    await do_jobs()
    mail_id = await mail_of(ana)
    answered = await post(world, [event(mail_id, kind, **more)])
    assert (answered.status, answered.raw) == (204, b"")
    assert (await status(mail_id), await bounced(ana)) == (becomes, stops)


async def test_after_a_bounce_only_mails_one_cannot_do_without_are_sent(world: World) -> None:
    ana = await world.user()
    await do_jobs()
    await mails.send_optional(ana.uuid, "achievement")
    await post(world, [event(await mail_of(ana), "bounce")])
    assert not await mails.send_optional(ana.uuid, "mood_reminder")
    await world.send("POST", "/auth/forgot-password", {"email": ana.email})
    assert {mail["kind"] for mail in await world.mailbox(ana.email)} == {"welcome", "verify_email", "reset_password"}


async def test_whatever_order_they_come_in(world: World) -> None:
    ana = await world.user()
    await do_jobs()
    mail_id = await mail_of(ana)
    kinds = ["processed", "delivered", "open", "delivered", "open"]
    random.Random(3).shuffle(kinds)
    for kind in kinds:
        await post(world, [event(mail_id, kind)])
    assert await status(mail_id) == "seen"
    await post(world, [event(mail_id, "spamreport"), event(mail_id, "open"), event(mail_id, "delivered")])
    assert await status(mail_id) == "bounced"


async def test_what_is_told_before_the_handing_over_is_noted_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Quick:
        async def send(self, letter: mail.Letter) -> str:
            assert (await post(world, [event(letter.id, "bounce")])).status == 204
            return "m-1"

    monkeypatch.setattr(mail, "_mailer", Quick())
    ana = await world.user()
    await do_jobs()
    mail_id = await mail_of(ana)
    assert await status(mail_id) == "bounced"
    assert await db.fetchval("SELECT provider_id FROM mails WHERE id = $1", mail_id) == "m-1"


async def test_a_refusal_for_now_leaves_a_mail_that_was_seen_seen(world: World) -> None:
    ana = await world.user()
    await do_jobs()
    mail_id = await mail_of(ana)
    sent_at = await db.fetchval("SELECT sent_at FROM mails WHERE id = $1", mail_id)
    await post(world, [event(mail_id, "open")])
    await post(world, [event(mail_id, "bounce", type="blocked")])
    assert (await status(mail_id), await db.fetchval("SELECT sent_at FROM mails WHERE id = $1", mail_id)) == ("seen", sent_at)


async def test_an_event_counts_once(world: World) -> None:
    """SendGrid delivers at least once; the same within one batch, in a later one, in several at once."""
    ana = await world.user()
    await do_jobs()
    mail_id = await mail_of(ana)
    told = event(mail_id, "bounce")
    await post(world, [told, told])
    await db.execute("UPDATE users SET mail_bounced_at = NULL")
    await db.execute("UPDATE mails SET status = 'sent'")
    answers = await asyncio.gather(*(post(world, [told]) for _ in range(5)))
    assert {each.status for each in answers} == {204}
    assert (await status(mail_id), await bounced(ana)) == ("sent", False)
    assert await db.fetchval("SELECT count(*) FROM mail_events") == 1


async def test_a_replayed_call_has_no_effect(world: World) -> None:
    """Threat 63: within five minutes its events are known, after that its signature is too old."""
    ana = await world.user()
    await do_jobs()
    raw = json.dumps([event(await mail_of(ana), "bounce")]).encode()
    headers = signed(raw)
    assert (await world.send("POST", "/mail/events", raw=raw, headers=headers)).status == 204
    await db.execute("UPDATE users SET mail_bounced_at = NULL")
    assert (await world.send("POST", "/mail/events", raw=raw, headers=headers)).status == 204
    assert not await bounced(ana)
    await db.execute("DELETE FROM mail_events")
    for seconds in (301, 86_400, -301):
        old = signed(raw, time.time() - seconds)
        assert (await world.send("POST", "/mail/events", raw=raw, headers=old)).status == 401
    assert not await bounced(ana)


async def test_a_forged_call_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threat 63."""
    ana = await world.user()
    await do_jobs()
    raw = json.dumps([event(await mail_of(ana), "bounce")]).encode()
    good = signed(raw)
    signature, timestamp = "X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp"
    forged = [
        {}, {signature: good[signature]}, {timestamp: good[timestamp]}, signed(raw, key=OTHER), signed(raw + b" "), {**good, timestamp: str(int(good[timestamp]) + 1)},
        {**good, signature: ""}, {**good, signature: "not base64!"}, {**good, signature: "é"}, {**good, signature: good[signature][:-4]}, {**good, signature: "AAAA"},
        {**good, timestamp: ""}, {**good, timestamp: "-1"}, {**good, timestamp: "1e9"}, {**good, timestamp: "9" * 5000}, {**good, timestamp: "²"}, {**good, timestamp: f"{good[timestamp]}0"},
    ]  # fmt: skip
    for headers in forged:
        answered = await world.send("POST", "/mail/events", raw=raw, headers=headers)
        assert (answered.status, answered.json["code"]) == (401, "unauthenticated"), headers
    configure(monkeypatch, sendgrid_webhook_key=None)
    assert (await world.send("POST", "/mail/events", raw=raw, headers=good)).status == 401
    assert not await bounced(ana)
    assert await db.fetchval("SELECT count(*) FROM mail_events") == 0


def test_we_take_what_sendgrids_own_library_takes() -> None:
    raw = b'[{"event":"delivered"}]\r\n'
    headers = list(signed(raw).values())
    assert EventWebhook(PUBLIC).verify_signature(raw.decode(), *headers)
    assert not EventWebhook(PUBLIC).verify_signature(raw.decode() + " ", *headers)


async def test_what_cannot_be_read_is_passed_over_and_the_rest_counts(world: World) -> None:
    """A refused batch would come again for a day."""
    ana = await world.user()
    await do_jobs()
    mail_id = await mail_of(ana)
    good = event(mail_id, "open")
    odd: list[Any] = [
        1, None, {}, [], {**good, "sg_event_id": None}, {**good, "sg_event_id": ""}, {**good, "sg_event_id": "x" * 101}, {**good, "sg_event_id": "\0"}, {**good, "timestamp": "x"},
        {**good, "timestamp": -1}, {**good, "timestamp": 10**15}, {**good, "event": 3}, event("no uuid", "bounce", sg_message_id="\0"), event(uuid4(), "bounce", sg_message_id=None),
    ]  # fmt: skip
    assert (await post(world, [*odd, good])).status == 204
    assert (await status(mail_id), await bounced(ana)) == ("seen", False)
    assert await db.fetchval("SELECT count(*) FROM mail_events") == 1
    for raw in (b"{}", b"", b"[", b"\xff", b"[1,]"):
        assert (await world.send("POST", "/mail/events", raw=raw, headers=signed(raw))).status == 422
    assert (await post(world, [])).status == 204


async def test_a_mail_is_found_by_the_providers_id_too(world: World) -> None:
    ana = await world.user()
    await do_jobs()
    await db.execute("UPDATE mails SET provider_id = '14c5d75ce93' WHERE kind = 'welcome'")
    told = event("x", "open")
    del told["mail_id"]
    await post(world, [told])
    assert await status(await mail_of(ana)) == "seen"


async def test_what_is_told_before_the_worker_knew_is_not_undone(world: World) -> None:
    """A worker was killed between handing over and noting it: the event says it was sent, and it is not sent again."""
    ana = await world.user()
    mail_id = await mail_of(ana)
    assert await status(mail_id) == "queued"
    await post(world, [event(mail_id, "delivered")])
    assert "welcome" not in {mail["kind"] for mail in await world.mailbox(ana.email)}
    assert await status(mail_id) == "sent"
    assert await db.fetchval("SELECT sent_at FROM mails WHERE id = $1", mail_id) is not None


async def test_a_counselors_bounce_concerns_no_person(world: World) -> None:
    cora = await world.counselor()
    await world.send("POST", "/auth/forgot-password", {"email": cora.email, "kind": "counselor"})
    await do_jobs()
    mail_id = await mail_of(cora, "reset_password")
    assert (await post(world, [event(mail_id, "bounce")])).status == 204
    assert await status(mail_id) == "bounced"


async def test_many_at_once_in_any_order_wait_for_nobody_for_ever(world: World) -> None:
    people = [await world.user() for _ in range(6)]
    await do_jobs()
    ids = [await mail_of(who) for who in people]
    rng = random.Random(1)
    answers = await asyncio.gather(*(post(world, [event(each, rng.choice(["open", "bounce", "delivered"])) for each in rng.sample(ids, 6)]) for _ in range(12)))
    assert {each.status for each in answers} == {204}
    assert await db.fetchval("SELECT count(*) FROM mail_events") == 72


async def test_a_batch_of_the_largest_kind_is_taken(world: World) -> None:
    ana = await world.user()
    await do_jobs()
    mail_id = await mail_of(ana)
    batch = [event(mail_id, "open", useragent="x" * 500) for _ in range(700)]
    assert 500_000 < len(json.dumps(batch)) < 1_000_000
    assert (await post(world, batch)).status == 204
    assert (await world.send("POST", "/mail/events", raw=bytes(1024 * 1024 + 1))).status == 413


@pytest.mark.parametrize("value", ["x", "AAAA", PUBLIC[:-8], "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="])
def test_a_wrong_key_stops_the_start(value: str) -> None:
    with pytest.raises(SettingsError, match=r"^SENDGRID_WEBHOOK_KEY must be the verification key"):
        Settings.from_env({"SENDGRID_WEBHOOK_KEY": value})
    assert Settings.from_env({"SENDGRID_WEBHOOK_KEY": PUBLIC}).sendgrid_webhook_key == PUBLIC


def test_an_age_is_what_our_clock_says(world: World) -> None:
    raw = b"[]"
    headers = list(signed(raw).values())
    with clock.at(clock.now()):
        mail_events.require_signed(raw, *headers)
