"""Telling somebody that there is something new in their insights: seldom, quietly, and without saying what."""

from __future__ import annotations

from uuid import UUID

from core import clock, db
from domain.insight_reports import Report
from domain.notifications import notify
from domain.words import words

# At most one in so many days.
_EVERY_DAYS = 7
# Kinds that come and go with how somebody feels: nobody is called to look at those.
_NEVER = frozenset({"level", "trend", "variability", "shift", "notice", "streak"})


async def tell(user_id: UUID, language: str, before: Report | None, after: Report) -> bool:
    """Notify, in the open transaction, of the first insights and of the first finding of a kind that is no guess; returns whether it did.

    Each once in as long as notifications are kept, one a week, and nothing in a crisis, when other things matter. The notification names nothing that was found: a lock screen shows it.
    """
    new = news(before, after)
    if not new or await db.fetchval(
        """
        SELECT EXISTS (SELECT 1 FROM crises WHERE user_id = $1 AND acknowledged_at IS NULL)
            OR EXISTS (SELECT 1 FROM notifications WHERE principal_kind = 'user' AND principal_id = $1 AND kind = 'insights' AND created_at > $2)
        """,
        user_id, clock.ago(days=_EVERY_DAYS),
    ):  # fmt: skip
        return False
    for about in new:
        title, body = words(language, "insights_first" if about == "first" else "insights_new")
        # One of these kinds may have been told before, and gone since.
        if await notify("user", user_id, "insights", title, body, cause=f"insights:{about}"):
            return True
    return False


def news(before: Report | None, after: Report) -> list[str]:
    """What a report has that the one before had not, or had as a guess: `first`, or kinds of findings worth telling."""
    if not after.findings:
        return []
    if before is None or not before.findings:
        return ["first"]
    known = {finding.kind for finding in before.findings if finding.confidence != "low"} | _NEVER
    return list(dict.fromkeys(finding.kind for finding in after.findings if finding.kind not in known and finding.confidence != "low"))
