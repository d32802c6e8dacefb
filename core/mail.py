"""Handing one mail over: to SendGrid, or to the development mailbox while no key is set."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from email.utils import parseaddr
from http.client import HTTPException
from typing import Protocol
from urllib.error import URLError
from uuid import UUID

import structlog
from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient
from sendgrid.helpers.mail import ClickTracking, CustomArg, From, Ganalytics, Header, Mail, OpenTracking, SubscriptionTracking, TrackingSettings

from core import clock, db
from core.jobs import RetryLater
from core.settings import Settings

log = structlog.get_logger(__name__)

# Of each step with the provider, and of all of them; a job has 30.
TIMEOUT_SECONDS, WHOLE_SECONDS = 10, 20


class Undeliverable(Exception):
    """The provider refused the mail for good."""


class Unanswered(RetryLater):
    """The mail went out to the provider and nothing came back: it may have been taken, so sending it again may send it twice."""


@dataclass(frozen=True)
class Letter:
    """One mail, ready to go. `unsubscribe` is the one-click address (RFC 8058) of mails one may do without."""

    id: UUID
    kind: str
    to: str
    subject: str
    text: str
    html: str
    unsubscribe: str | None = None


class Mailer(Protocol):
    async def send(self, letter: Letter) -> str | None:
        """Hand a letter over; returns the provider's id. Raises RetryLater, Unanswered, Undeliverable."""


class DevelopmentMailbox:
    """Keeps mails in the database, to be read at `/api/dev/mailbox`."""

    async def send(self, letter: Letter) -> str | None:
        await db.execute(
            "INSERT INTO development_mails (id, kind, recipient, subject, text, html, sent_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING",
            letter.id, letter.kind, letter.to, letter.subject, letter.text, letter.html, clock.now(),
        )  # fmt: skip
        return None


class NoMailer:
    """Production without a SendGrid key: nothing is sent, and every time the log says so."""

    async def send(self, letter: Letter) -> str | None:
        log.error("mail.not_sent", kind=letter.kind, reason="SENDGRID_API_KEY is not set")
        raise Undeliverable("SENDGRID_API_KEY is not set")


class SendGrid:
    """SendGrid's v3 API, without its click, open and subscription tracking."""

    def __init__(self, key: str, host: str, sender: str) -> None:
        self._client = SendGridAPIClient(key, host=host)
        self._client.client.timeout = TIMEOUT_SECONDS
        self._sender = From(parseaddr(sender)[1], parseaddr(sender)[0] or None)

    async def send(self, letter: Letter) -> str | None:
        message = Mail(self._sender, letter.to, letter.subject, letter.text, letter.html)
        message.tracking_settings = TrackingSettings(ClickTracking(False, False), OpenTracking(False), SubscriptionTracking(False), Ganalytics(False))
        message.add_custom_arg(CustomArg("mail_id", str(letter.id)))
        if letter.unsubscribe:
            message.add_header(Header("List-Unsubscribe", f"<{letter.unsubscribe}>"))
            message.add_header(Header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                response = await asyncio.to_thread(self._client.send, message)
        except HTTPError as error:
            if error.status_code == 429:
                said = str(error.headers.get("Retry-After") or "")
                raise RetryLater(min(float(said), 3600) if said.isdecimal() else 30) from None
            # 5xx says nothing was accepted; any other 4xx stays wrong however often it is sent.
            if error.status_code < 500:
                raise Undeliverable(f"SendGrid answered {error.status_code}") from None
            raise RetryLater(60) from None
        except URLError:
            # Raised only until the request has gone out.
            raise RetryLater(30) from None
        except (OSError, HTTPException):
            raise Unanswered(120) from None
        found: str | None = response.headers.get("X-Message-Id")
        return found


def mailer_for(settings: Settings) -> Mailer:
    if settings.sendgrid_api_key:
        return SendGrid(settings.sendgrid_api_key, settings.sendgrid_host, settings.mail_from)
    return NoMailer() if settings.production else DevelopmentMailbox()


_mailer: Mailer | None = None


def use(mailer: Mailer) -> None:
    global _mailer  # noqa: PLW0603 (one mailer a process)
    _mailer = mailer


def mailer() -> Mailer:
    """The process's mailer. Raises RuntimeError before `use`."""
    if _mailer is None:
        raise RuntimeError("core.mail.use() has not been called")
    return _mailer
