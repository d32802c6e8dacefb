"""Counselors at work: on duty or not, the queue, offers, transfers, notes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from api.answers import Answer, answer
from api.fields import Language, Name, Note, Specialization
from api.http import Call
from api.paging import PageQuery, ShortQuery, begin, page, part, position
from api.schema import Body, given
from core.problem import Invalid
from core.views import Page, View
from domain import counselors
from domain.chat import queue, queue_view, sessions
from domain.chat.queue_view import Queued
from domain.chat.views import ChatSession, Priority, session_rows, session_views
from domain.counselors import Context, OnDuty
from domain.people import CounselorAccount, counselor_account

Capacity = Annotated[int, msgspec.Meta(ge=0, le=50)]


async def profile(call: Call) -> CounselorAccount:
    """One's own account."""
    return await counselor_account(call.principal.id)


class ChangeProfile(Body):
    first_name: Name | UnsetType = UNSET
    last_name: Name | UnsetType = UNSET
    bio: Note | UnsetType = UNSET
    specializations: Annotated[list[Specialization], msgspec.Meta(max_length=30)] | UnsetType = UNSET
    languages: Annotated[list[Language], msgspec.Meta(min_length=1, max_length=30)] | UnsetType = UNSET


async def change_profile(call: Call, body: ChangeProfile) -> CounselorAccount:
    """Change what people see of one."""
    changes = given(body)
    empty = [(public, "must not be empty") for name, public in (("first_name", "firstName"), ("last_name", "lastName")) if changes.get(name) == ""]
    if empty:
        raise Invalid(empty)
    return await counselors.change_profile(call.principal.id, changes, call.if_match)


class ChangeStatus(Body):
    """`capacity`: how many sessions at once."""

    status: OnDuty
    capacity: Capacity | None = None


async def change_status(call: Call, body: ChangeStatus) -> CounselorAccount:
    """Go on or off duty."""
    return await counselors.set_status(call.principal, body.status, body.capacity)


class QueueQuery(PageQuery):
    """A page of those who wait."""


async def waiting(call: Call, query: QueueQuery) -> Page[Queued]:
    """Who waits, the first in the queue first, and why there."""
    return part(call.principal.id, query, await queue_view.waiting_list(begin(call.principal.id, query) + query.limit + 1))


async def claim_next(call: Call) -> Answer:
    """Take the best waiting session that is not under another's offer."""
    found = await queue.claim_next(call.principal)
    return Answer(204) if found is None else answer(found)


async def accept(call: Call, id: UUID) -> ChatSession:
    """Take an offered session."""
    return await queue.accept(call.principal, id)


class Declined(View):
    status: str = "declined"


async def decline(call: Call, id: UUID) -> Declined:
    """Let an offered session go on to the next."""
    await queue.decline(call.principal, id)
    return Declined()


class Transfer(Body):
    """To one counselor, or to whoever fits a specialization."""

    note: Note
    counselor_id: UUID | None = None
    specialization: Specialization | None = None


async def transfer(call: Call, id: UUID, body: Transfer) -> ChatSession:
    """Offer a session one holds to another counselor; it stays until they accept."""
    if (body.counselor_id is None) == (body.specialization is None):
        raise Invalid([("counselorId", "give either counselorId or specialization")])
    return await queue.transfer(call.principal, id, body.note, counselor_id=body.counselor_id, specialization=body.specialization)


class ChangePriority(Body):
    priority: Priority


async def set_priority(call: Call, id: UUID, body: ChangePriority) -> ChatSession:
    """Say how urgent a session is."""
    return await sessions.set_priority(call.principal, id, body.priority)


class NoteQuery(PageQuery):
    """The notes of one session."""


async def notes(call: Call, id: UUID, query: NoteQuery) -> Page[counselors.Note]:
    """What counselors wrote down about a session, newest first."""
    found = await counselors.notes(call.principal, id, after=position(call.principal.id, query), limit=query.limit + 1)
    return page(call.principal.id, query, found, lambda each: (datetime.fromisoformat(each.created_at), each.id))


class NewNote(Body):
    text: Note


async def add_note(call: Call, id: UUID, body: NewNote) -> counselors.Note:
    """Write something down about a session; never shown to the person."""
    if not body.text.strip():
        raise Invalid([("text", "must not be empty")])
    return await counselors.add_note(call.principal, id, body.text)


async def context(call: Call, id: UUID) -> Context:
    """What helps to understand the person of a session."""
    return await counselors.context(call.principal, id)


class LiveQuery(ShortQuery):
    """All of them, or a page."""


async def live(call: Call, query: LiveQuery) -> Page[ChatSession]:
    """For supervisors: every session that has not ended."""
    ids = await counselors.live_sessions(call.principal)
    rows = await session_rows("WHERE s.id = ANY($1) ORDER BY s.created_at, s.id", ids)
    return part(call.principal.id, query, await session_views(rows, "supervisor"))


async def take_over(call: Call, id: UUID) -> ChatSession:
    """For supervisors: take a live session at once."""
    return await queue.take_over(call.principal, id)
