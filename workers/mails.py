"""Jobs that write mails."""

from __future__ import annotations

from core.jobs import handles
from domain import mails, recovery
from domain.mails import SendMail
from domain.recovery import SendReset


@handles(SendMail)
async def send(job: SendMail) -> None:
    await mails.deliver(job.mail_id)


@handles(SendReset)
async def send_reset(job: SendReset) -> None:
    await recovery.send_reset(job.kind, bytes.fromhex(job.index))  # type: ignore[arg-type]  # one of the three kinds
