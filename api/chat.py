"""Chat by REST: the same rules as by socket."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from api.answers import Answer, answer
from api.app_keys import HUB
from api.fields import ClientId, Feedback, Language, Note, Topic
from api.http import Call
from api.paging import Limit, PageQuery, page, position, seal_seq, sealed_seq
from api.schema import Body, Query
from core.problem import Invalid
from core.views import Page
from domain.chat import messages, sessions
from domain.chat.views import ChatMessage, ChatSession, MessageType, Status

Seq = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]


class SessionQuery(PageQuery):
    status: Status | None = None


async def every(call: Call, query: SessionQuery) -> Page[ChatSession]:
    """One's own sessions; for a counselor those they hold, or held until 72 hours ago."""
    found = await sessions.page(call.principal, status=query.status, after=position(call.principal.id, query), limit=query.limit + 1)
    return page(call.principal.id, query, found, lambda each: (datetime.fromisoformat(each.created_at), each.id))


class NewSession(Body):
    topic: Topic
    message: Note | None = None
    priority: Literal["low", "medium", "high"] = "medium"
    language: Language | None = None
    preferred_counselor_id: UUID | None = None


async def begin(call: Call, body: NewSession) -> ChatSession:
    """Ask for a counselor."""
    return await sessions.begin(call.user_id, body.topic, message=body.message, priority=body.priority, language=body.language, preferred_counselor_id=body.preferred_counselor_id)


async def one(call: Call, id: UUID) -> ChatSession:
    """One session."""
    return await sessions.one(call.principal, id)


class MessageQuery(Query):
    """Those after a seq, or the last ones before one; `cursor` goes on where a page ended."""

    after_seq: Seq | None = None
    before_seq: Seq | None = None
    limit: Limit = 20
    cursor: str | None = None


async def history(call: Call, id: UUID, query: MessageQuery) -> Page[ChatMessage]:
    """The messages of a session, oldest first."""
    if query.after_seq is not None and query.before_seq is not None:
        raise Invalid([("beforeSeq", "is not taken with afterSeq")])
    backwards = query.before_seq is not None
    after, before = query.after_seq, query.before_seq
    if query.cursor is not None:
        seq = sealed_seq(call.principal.id, id, query.cursor, backwards=backwards)
        after, before = (None, seq) if backwards else (seq, None)
    found = await messages.history(call.principal, id, after=after, before=before, limit=query.limit + 1)
    items = found[-query.limit :] if backwards else found[: query.limit]
    if len(found) <= query.limit:
        return Page(items=items)
    return Page(items=items, next_cursor=seal_seq(call.principal.id, id, items[0 if backwards else -1].seq, backwards=backwards))


class NewMessage(Body):
    message: Note
    message_type: MessageType = "text"
    attachment_id: UUID | None = None
    client_id: ClientId | None = None


async def send(call: Call, id: UUID, body: NewMessage) -> Answer:
    """Send a message; it is stored once it is answered."""
    sent, is_new = await messages.send(call.principal, id, body.message, client_id=body.client_id, message_type=body.message_type, attachment_id=body.attachment_id)
    call.request.app[HUB].look(id)
    return answer(sent, 201 if is_new else 200)


async def close(call: Call, id: UUID) -> ChatSession:
    """End a session, from either side."""
    return await sessions.close(call.principal, id)


class Rating(Body):
    rating: Annotated[int, msgspec.Meta(ge=1, le=5)]
    feedback: Feedback | None = None


async def rate(call: Call, id: UUID, body: Rating) -> ChatSession:
    """Say how a session was, once."""
    return await sessions.rate(call.principal, id, body.rating, body.feedback)
