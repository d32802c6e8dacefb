"""Mails: promised in a transaction, composed from the catalogue's words when they are sent."""

from __future__ import annotations

import json
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.sandbox import SandboxedEnvironment

from core import clock, db, jobs, keys, runtime, telemetry
from core.crypto import CannotOpen
from core.jobs import Job
from core.mail import Letter, Undeliverable, mailer
from domain import links
from domain.access import Kind
from domain.languages import spoken

log = structlog.get_logger(__name__)

_CATALOG = Path(__file__).parent.parent / "catalog" / "mails"

# Where a mail's button leads; the web client serves these paths.
_PATHS = {"verify_email": "/verify-email", "reset_password": "/reset-password", "email_taken": "/reset-password", "sign_in_notice": "/account/devices"}


class SendMail(Job):
    """Compose one promised mail and hand it over."""

    queue = "mail"
    max_attempts = 12
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


async def deliver(mail_id: UUID) -> None:
    """Compose and hand over one promised mail, once. Raises RetryLater, Undeliverable.

    A mail whose person is gone, or whose link has been spent meanwhile, is dropped.
    """
    mail = await db.fetchrow("SELECT m.*, t.purpose, t.used_at, t.expires_at FROM mails m LEFT JOIN one_time_tokens t ON t.id = m.token_id WHERE m.id = $1", mail_id)
    if mail is None or mail["status"] != "queued":
        return
    who = await _recipient(mail["principal_kind"], mail["principal_id"])
    spent = mail["token_id"] is not None and (mail["used_at"] is not None or mail["expires_at"] <= clock.now())
    if who is None or spent:
        await db.execute("UPDATE mails SET status = 'failed' WHERE id = $1", mail_id)
        return
    letter = compose(mail["id"], mail["kind"], *who, token=links.token(mail["token_id"], mail["purpose"]) if mail["token_id"] else None, data=json.loads(mail["data"]))
    try:
        provider_id = await mailer().send(letter)
    except Undeliverable:
        telemetry.mails_sent.labels(mail["kind"], "failed").inc()
        await db.execute("UPDATE mails SET status = 'failed' WHERE id = $1", mail_id)
        raise
    telemetry.mails_sent.labels(mail["kind"], "sent").inc()
    await db.execute("UPDATE mails SET status = 'sent', sent_at = $2, provider_id = $3 WHERE id = $1", mail_id, clock.now(), provider_id)


async def _recipient(kind: str, principal_id: UUID) -> tuple[str, str, str] | None:
    """Address, first name and language; None when there is nobody to write to."""
    if kind != "user":
        table = {"counselor": "counselors", "staff": "staff"}[kind]
        name = "first_name" if kind == "counselor" else "''"
        row = await db.fetchrow(f"SELECT email, {name} AS first_name FROM {table} WHERE id = $1", principal_id)
        return (row["email"], row["first_name"], "en") if row else None
    row = await db.fetchrow("SELECT email, first_name, language FROM users WHERE id = $1", principal_id)
    if row is None or row["email"] is None:
        return None
    try:
        key = await keys.keys().of(principal_id)
    except CannotOpen:
        return None
    return _opened(key, row, principal_id)


def _opened(key: Any, row: asyncpg.Record, user_id: UUID) -> tuple[str, str, str]:
    return key.open(row["email"], "users.email", user_id), key.open(row["first_name"], "users.first_name", user_id) or "", row["language"]


def compose(mail_id: UUID, kind: str, to: str, first_name: str, language: str, *, token: str | None, data: dict[str, Any]) -> Letter:
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
    }
    return Letter(mail_id, kind, to, parts["subject"], _LAYOUTS.get_template("layout.txt").render(parts), _LAYOUTS.get_template("layout.html").render(parts))


@lru_cache
def _words(language: str) -> dict[str, Any]:
    return tomllib.loads((_CATALOG / f"{language}.toml").read_text(encoding="utf-8"))


_LAYOUTS = Environment(loader=FileSystemLoader(_CATALOG), autoescape=select_autoescape(["html"]), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
_SENTENCES = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
