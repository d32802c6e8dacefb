"""What SendGrid tells about the mails it was given."""

from __future__ import annotations

from api.http import Call
from domain import mail_events

_SIGNATURE, _TIMESTAMP = "X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp"


async def events(call: Call, raw: bytes) -> None:
    """SendGrid's signed event webhook: mails were delivered, seen, bounced, or taken for spam."""
    headers = call.request.headers
    mail_events.require_signed(raw, headers.get(_SIGNATURE, ""), headers.get(_TIMESTAMP, ""))
    await mail_events.take(raw)
