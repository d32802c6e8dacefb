"""Mails: promised in a transaction, composed from the catalogue's words when they are sent."""

from __future__ import annotations

import hmac
import json
import tomllib
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.sandbox import SandboxedEnvironment

from core import clock, db, jobs, keys, runtime, telemetry
from core.crypto import CannotOpen, b64, unb64
from core.jobs import Job
from core.mail import Letter, Unanswered, Undeliverable, mailer
from core.problem import NotFound
from domain import links
from domain.access import Kind
from domain.languages import spoken

log = structlog.get_logger(__name__)

_CATALOG = Path(__file__).parent.parent / "catalog" / "mails"

# Where a mail's button leads; the web client serves these paths.
_PATHS = {
    "verify_email": "/verify-email",
    "reset_password": "/reset-password",
    "email_taken": "/reset-password",
    "sign_in_notice": "/account/devices",
    "mood_reminder": "/moods/new",
    "weekly_summary": "/moods",
    "program_reminder": "/programs",
    "achievement": "/achievements",
    "chat_waiting": "/chat",
    "export_ready": "/account/data",
}

# The mails one may do without, and the switch in the preferences that turns each off. Each carries a link that does so with one click.
OPTIONAL = {"mood_reminder": "moodReminder", "weekly_summary": "weeklySummary", "program_reminder": "programReminder", "achievement": "achievements", "chat_waiting": "chat"}
# Later than this after it was promised, such a mail is no use any more.
_OPTIONAL_HOURS = 12
_CODES = {kind[:4].encode(): kind for kind in OPTIONAL}


class SendMail(Job):
    """Compose one promised mail and hand it over."""

    queue = "mail"
    max_attempts = 60
    time_limit = 30
    first_retry_seconds = 5
    throws = (Undeliverable,)

    mail_id: UUID


async def send(kind: Kind, principal_id: UUID, mail: str, *, token_id: UUID | None = None, **data: Any) -> None:
    """Promise a mail in the open transaction. `data` may hold ids, counts and instants, never a person's words."""
    mail_id = clock.new_id()
    await db.execute(
        "INSERT INTO mails (id, principal_kind, principal_id, kind, data, token_id, status, created_at) VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7)",
        mail_id, kind, principal_id, mail, json.dumps(data), token_id, clock.now(),
    )  # fmt: skip
    await jobs.defer(SendMail(mail_id=mail_id))


async def send_optional(user_id: UUID, mail: str, *, again_after: timedelta | None = None, **data: Any) -> bool:
    """Promise a mail of OPTIONAL in the open transaction, if the person wants such mails and can get them; returns whether.

    `again_after`: not when one of its kind was promised since then.
    """
    if not await db.fetchval(f"SELECT {wanted('$2')} FROM users u WHERE id = $1", user_id, OPTIONAL[mail]):
        return False
    if again_after is not None and await db.fetchval(
        "SELECT EXISTS (SELECT 1 FROM mails WHERE principal_id = $1 AND kind = $2 AND created_at > $3)", user_id, mail, clock.now() - again_after
    ):
        return False
    await send("user", user_id, mail, **data)
    return True


def wanted(switch: str) -> str:
    """SQL: whether the person in the row `u` wants the optional mails of a switch (SQL too), has an address that counts, and it takes mails."""
    return f"""(u.email_index IS NOT NULL AND u.mail_bounced_at IS NULL AND NOT u.is_banned
        AND COALESCE((u.preferences #>> ARRAY['notifications', 'email', {switch}])::boolean, true))"""


async def deliver(mail_id: UUID) -> None:
    """Compose and hand over one promised mail, once. Raises RetryLater, Undeliverable.

    Dropped is a mail whose person is gone, whose link has been spent meanwhile, or which is not wanted any more.
    An optional one whose handing over was never answered is not sent again: it may be there already.
    """
    mail = await db.fetchrow("SELECT m.*, t.purpose, t.used_at, t.expires_at FROM mails m LEFT JOIN one_time_tokens t ON t.id = m.token_id WHERE m.id = $1", mail_id)
    if mail is None or mail["status"] != "queued":
        return
    who = await _recipient(mail["principal_kind"], mail["principal_id"])
    spent = mail["token_id"] is not None and (mail["used_at"] is not None or mail["expires_at"] <= clock.now())
    optional = mail["kind"] in OPTIONAL
    if who is None or spent or (optional and not await _still_wanted(mail)):
        await db.execute("UPDATE mails SET status = 'failed' WHERE id = $1 AND status = 'queued'", mail_id)
        return
    letter = compose(
        mail["id"], mail["kind"], *who, token=links.token(mail["token_id"], mail["purpose"]) if mail["token_id"] else None, data=json.loads(mail["data"]),
        unsubscribe=unsubscribe_link(mail["principal_id"], mail["kind"]) if optional else None,
    )  # fmt: skip
    try:
        provider_id = await mailer().send(letter)
    except (Undeliverable, Unanswered) as error:
        if isinstance(error, Unanswered) and not optional:
            raise
        telemetry.mails_sent.labels(mail["kind"], "failed").inc()
        await db.execute("UPDATE mails SET status = 'failed' WHERE id = $1 AND status = 'queued'", mail_id)
        if isinstance(error, Undeliverable):
            raise
        return
    telemetry.mails_sent.labels(mail["kind"], "sent").inc()
    # The provider may have told already what became of it.
    await db.execute(
        "UPDATE mails SET status = CASE WHEN status = 'queued' THEN 'sent' ELSE status END, sent_at = $2, provider_id = $3 WHERE id = $1", mail_id, clock.now(), provider_id
    )


async def _still_wanted(mail: asyncpg.Record) -> bool:
    if mail["created_at"] < clock.ago(hours=_OPTIONAL_HOURS):
        return False
    return bool(await db.fetchval(f"SELECT {wanted('$2')} FROM users u WHERE id = $1", mail["principal_id"], OPTIONAL[mail["kind"]]))


def unsubscribe_link(user_id: UUID, mail: str) -> str:
    """Where one click turns off the mails of a kind, for good: whom and which, with a keyed hash, and nothing to expire."""
    said = user_id.bytes + mail[:4].encode()
    return f"{runtime.settings().base_url}/api/mail/unsubscribe/{b64(said + _mac(said))}"


def read_unsubscribe_link(signed: str) -> tuple[UUID, str]:
    """Whose mails of which kind. Raises NotFound for a link we did not make."""
    try:
        raw = unb64(signed)
    except ValueError:
        raise NotFound from None
    said = raw[:20]
    if not hmac.compare_digest(raw[20:], _mac(said)) or said[16:] not in _CODES:
        raise NotFound
    return UUID(bytes=said[:16]), _CODES[said[16:]]


def _mac(said: bytes) -> bytes:
    return keys.keys().mac("one_time", b"unsubscribe", said)[:16]


async def _recipient(kind: str, principal_id: UUID) -> tuple[str, str, str] | None:
    """Address, first name and language; None when there is nobody to write to.

    The name is empty until the address is confirmed: before, whoever registered it may be somebody else, and the name is their words.
    """
    if kind != "user":
        table = {"counselor": "counselors", "staff": "staff"}[kind]
        name = "first_name" if kind == "counselor" else "''"
        row = await db.fetchrow(f"SELECT email, {name} AS first_name FROM {table} WHERE id = $1", principal_id)
        return (row["email"], row["first_name"], "en") if row else None
    row = await db.fetchrow("SELECT email, email_verified, first_name, language FROM users WHERE id = $1", principal_id)
    if row is None or row["email"] is None:
        return None
    try:
        key = await keys.keys().of(principal_id)
    except CannotOpen:
        return None
    return _opened(key, row, principal_id)


def _opened(key: Any, row: asyncpg.Record, user_id: UUID) -> tuple[str, str, str]:
    first_name = key.open(row["first_name"], "users.first_name", user_id) if row["email_verified"] else None
    return key.open(row["email"], "users.email", user_id), first_name or "", row["language"]


def compose(mail_id: UUID, kind: str, to: str, first_name: str, language: str, *, token: str | None, data: dict[str, Any], unsubscribe: str | None = None) -> Letter:
    """Put a mail into words: subject, plain text and HTML from the same sentences."""
    words = _words(spoken(language))
    base = runtime.settings().base_url
    path = _PATHS.get(kind, "/")
    link = f"{base}{path}?token={token}" if token else f"{base}{path}"
    values = {**data, "first_name": first_name}

    def fill(sentence: str) -> str:
        return _SENTENCES.from_string(sentence).render(values)

    mail = words[kind]
    parts = {
        "language": spoken(language),
        "subject": " ".join(fill(mail["subject"]).split()),
        "greeting": fill(words["common"]["greeting" if first_name else "greeting_nobody"]),
        "paragraphs": [fill(paragraph) for paragraph in mail["paragraphs"]],
        "button": mail.get("button"),
        "link": link,
        "after": [fill(paragraph) for paragraph in mail.get("after", [])],
        "closing": words["common"]["closing"],
        "footer": words["common"]["footer"],
        "unsubscribe": unsubscribe,
        "unsubscribe_says": words["common"]["unsubscribe"],
    }
    text, html = (_LAYOUTS.get_template(f"layout.{kind}").render(parts) for kind in ("txt", "html"))
    return Letter(mail_id, kind, to, parts["subject"], text, html, unsubscribe)


@lru_cache
def _words(language: str) -> dict[str, Any]:
    return tomllib.loads((_CATALOG / f"{language}.toml").read_text(encoding="utf-8"))


_LAYOUTS = Environment(loader=FileSystemLoader(_CATALOG), autoescape=select_autoescape(["html"]), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
_SENTENCES = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
