"""Jobs of the chat: matching, offers that run out, counselors who are gone, crises nobody answered."""

from __future__ import annotations

from core.jobs import handles
from domain import crisis, presence
from domain.chat import offering, queue
from domain.chat.access import MatchWaiting
from domain.chat.queue import OfferRanOut
from domain.crisis import CrisisUnanswered
from workers.matching import assigned, held


@handles(MatchWaiting)
async def match_waiting(_job: MatchWaiting) -> None:
    await queue.return_abandoned()
    await offering.match_waiting(assigned, held.get)


@handles(OfferRanOut)
async def offer_ran_out(job: OfferRanOut) -> None:
    await queue.ran_out(job.offer_id)


@handles(presence.CounselorGone)
async def counselor_gone(job: presence.CounselorGone) -> None:
    await queue.return_sessions(job.counselor_id)


@handles(CrisisUnanswered)
async def crisis_unanswered(job: CrisisUnanswered) -> None:
    await crisis.unanswered(job.crisis_id)
