"""What became of mails, as SendGrid's event webhook tells: signed, each event counted once.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from functools import lru_cache
from uuid import UUID

import asyncpg
import msgspec
import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from core import clock, db, runtime
from core.problem import Invalid, Unauthenticated

log = structlog.get_logger(__name__)

# A call older than this is a replayed one.
MOST_AGE_SECONDS = 300

# What each event makes of its mail; a later rank replaces an earlier one, whatever order they come in.
_BECOMES = {"delivered": "sent", "open": "seen", "click": "seen", "bounce": "bounced", "dropped": "bounced", "spamreport": "bounced"}
_RANK = {"queued": 0, "failed": 0, "sent": 1, "seen": 2, "bounced": 3}
# A bounce of this type is the receiving server's refusal of one mail, for now.
_TEMPORARY = "blocked"


class MailEvent(msgspec.Struct):
    """The part of an event that says something to us; `mail_id` is the argument that we gave the mail."""

    sg_event_id: str
    event: str
    timestamp: int
    mail_id: str | None = None
    sg_message_id: str | None = None
    type: str | None = None


def require_signed(raw: bytes, signature: str, timestamp: str) -> None:
    """Raises Unauthenticated unless SendGrid signed these bytes with the key of SENDGRID_WEBHOOK_KEY within the last five minutes."""
    key = runtime.settings().sendgrid_webhook_key
    if key is None or not timestamp.isascii() or not timestamp.isdecimal() or len(timestamp) > 12:
        raise Unauthenticated
    try:
        _public_key(key).verify(base64.b64decode(signature, validate=True), timestamp.encode() + raw, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        raise Unauthenticated from None
    if abs(clock.now().timestamp() - int(timestamp)) > MOST_AGE_SECONDS:
        raise Unauthenticated


@lru_cache(4)
def _public_key(key: str) -> ec.EllipticCurvePublicKey:
    found = load_der_public_key(base64.b64decode(key))
    assert isinstance(found, ec.EllipticCurvePublicKey)
    return found


async def take(raw: bytes) -> int:
    """Note what is new of a batch of events; returns how many were. Raises Invalid for what is no list.

    An event that is unlike its description, was noted before, or is about no mail of ours is passed over: SendGrid would send it again for a day.
    """
    events = _decode(raw)
    async with db.transaction():
        mails = await _locked(events)
        about = {event.sg_event_id: (event, mail) for event in events if (mail := _mail_of(event, mails)) is not None}
        if not about:
            return 0
        new = await db.fetch(
            """
            INSERT INTO mail_events (id, mail_id, event, at) SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::timestamptz[])
            ON CONFLICT (id) DO NOTHING RETURNING id
            """,
            list(about), [mail["id"] for _, mail in about.values()], [event.event for event, _ in about.values()], [_at(event) for event, _ in about.values()],
        )  # fmt: skip
        noted = [about[row["id"]] for row in new]
        await _note(noted)
    return len(noted)


def _decode(raw: bytes) -> list[MailEvent]:
    try:
        sent = msgspec.json.decode(raw, type=list[msgspec.Raw])
    except (msgspec.DecodeError, msgspec.ValidationError):
        raise Invalid([("", "is no list of events")]) from None
    found = []
    for each in sent:
        try:
            event = msgspec.json.decode(each, type=MailEvent)
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError):
            log.warning("mail_event.unreadable")
            continue
        if event.event in _BECOMES and 0 < len(event.sg_event_id) <= 100 and "\0" not in event.sg_event_id and 0 <= event.timestamp < 2**33:
            found.append(event)
    return found


def _at(event: MailEvent) -> datetime:
    return datetime.fromtimestamp(event.timestamp, UTC)


async def _locked(events: list[MailEvent]) -> dict[str, asyncpg.Record]:
    """The mails that these events may be about, by id and by the provider's id, in one order for every batch."""
    rows = await db.fetch(
        "SELECT id, principal_kind, principal_id, status, provider_id FROM mails WHERE id = ANY($1) OR provider_id = ANY($2) ORDER BY id FOR NO KEY UPDATE",
        [mail_id for event in events if (mail_id := _uuid(event.mail_id)) is not None], [message_id for event in events if (message_id := _message_id(event)) is not None],
    )  # fmt: skip
    return {str(row["id"]): row for row in rows} | {row["provider_id"]: row for row in rows if row["provider_id"]}


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _message_id(event: MailEvent) -> str | None:
    """What we were given when we handed the mail over; the event's goes on after a dot."""
    found = (event.sg_message_id or "").partition(".")[0]
    return found if found and "\0" not in found else None


def _mail_of(event: MailEvent, mails: dict[str, asyncpg.Record]) -> asyncpg.Record | None:
    mail_id = _uuid(event.mail_id)
    return mails.get(str(mail_id)) or mails.get(_message_id(event) or "")


async def _note(noted: list[tuple[MailEvent, asyncpg.Record]]) -> None:
    status: dict[UUID, str] = {}
    bounced: set[UUID] = set()
    for event, mail in noted:
        before = status.get(mail["id"], mail["status"])
        if event.event == "bounce" and event.type == _TEMPORARY:
            status[mail["id"]] = before if _RANK[before] > _RANK["sent"] else "failed"
            continue
        status[mail["id"]] = max(before, _BECOMES[event.event], key=_RANK.__getitem__)
        if _BECOMES[event.event] == "bounced" and mail["principal_kind"] == "user":
            bounced.add(mail["principal_id"])
    await db.execute(
        """
        UPDATE mails m SET status = n.status, sent_at = COALESCE(m.sent_at, $3)
        FROM unnest($1::uuid[], $2::text[]) AS n (id, status) WHERE m.id = n.id AND m.status <> n.status
        """,
        list(status), list(status.values()), clock.now(),
    )  # fmt: skip
    await db.execute(
        "UPDATE users SET mail_bounced_at = $2 WHERE id IN (SELECT id FROM users WHERE id = ANY($1) AND mail_bounced_at IS NULL ORDER BY id FOR NO KEY UPDATE)",
        list(bounced), clock.now(),
    )  # fmt: skip
