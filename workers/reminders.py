"""Jobs that remind people."""

from __future__ import annotations

import structlog

from core.jobs import handles
from domain import reminders
from domain.reminders import MailUnread, NudgePrograms, RemindOfMoods, SendWeeklySummaries

log = structlog.get_logger(__name__)


@handles(RemindOfMoods)
async def remind_of_moods(_job: RemindOfMoods) -> None:
    log.info("reminders.sent", of="moods", count=await reminders.remind_of_moods())


@handles(SendWeeklySummaries)
async def send_weekly_summaries(_job: SendWeeklySummaries) -> None:
    log.info("reminders.sent", of="weeks", count=await reminders.send_weekly_summaries())


@handles(NudgePrograms)
async def nudge_programs(_job: NudgePrograms) -> None:
    log.info("reminders.sent", of="programs", count=await reminders.nudge_programs())


@handles(MailUnread)
async def mail_unread(_job: MailUnread) -> None:
    log.info("reminders.sent", of="messages", count=await reminders.mail_unread())
