"""What goes over the socket: frames of the client, and the shapes of what is pushed to it."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

import msgspec

from api.schema import Body, convert, parse_json
from core.problem import Problem
from core.views import Instant, View
from domain.access import Kind
from domain.chat.queue import Offer
from domain.chat.views import ChatMessage, ChatSession
from domain.notifications import Notification
from domain.preferences import Preferences

MOST_FRAME_BYTES = 64 * 1024
MOST_REF = 64
HEARTBEAT_SECONDS = 25


class Frame(msgspec.Struct, frozen=True):
    """What a client sends: a command, and a `ref` where it wants a reply."""

    event: str
    ref: str | None
    data: dict[str, Any]


class NotAFrame(Problem):
    status, code, title = 400, "malformed_frame", 'Send a JSON object {"event", "ref"?, "data"?}'


class _Envelope(Body):
    event: str
    ref: str | None = None
    data: dict[str, Any] = msgspec.field(default_factory=dict)


def read(text: str) -> Frame:
    """Raises NotAFrame."""
    try:
        found = convert(_Envelope, parse_json(text.encode(errors="surrogatepass")))
    except Problem:
        raise NotAFrame from None
    if found.ref is not None and (len(found.ref) > MOST_REF or not _is_text(found.ref)):
        raise NotAFrame(f"`ref` has at most {MOST_REF} characters, and no lone surrogates")
    return Frame(found.event, found.ref, found.data)


def _is_text(found: str) -> bool:
    """Whether it can be sent back: JSON's escapes may spell half a character."""
    return not any("\ud800" <= each <= "\udfff" for each in found)


_encode = msgspec.json.Encoder().encode


def push(event: str, data: Any) -> bytes:
    return _encode({"event": event, "data": data})


def reply(ref: str, data: Any) -> bytes:
    return _encode({"event": "reply", "ref": ref, "ok": True, "data": data})


def problem(error: Problem, request_id: str) -> dict[str, Any]:
    """A problem as it stands in a frame; a limit's `retryAfter` is in seconds."""
    body = {"type": f"urn:mentalspace:problem:{error.code}", "title": error.title, "status": error.status, "detail": error.detail, "code": error.code, "requestId": request_id}
    if (after := error.headers.get("Retry-After")) is not None:
        body["retryAfter"] = int(after)
    return {**body, **error.extra}


def refusal(ref: str | None, error: Problem, request_id: str) -> bytes:
    """A reply where there is a `ref`, a push otherwise."""
    if ref is None:
        return _encode({"event": "error", "error": problem(error, request_id)})
    return _encode({"event": "reply", "ref": ref, "ok": False, "error": problem(error, request_id)})


class Who(View):
    id: UUID
    kind: Kind


class Hello(View):
    heartbeat_seconds: int
    resume_limit: int
    principal: Who | None


class Message(View):
    message: ChatMessage


class Session(View):
    session: ChatSession


class Typing(View):
    session_id: UUID
    sender_id: UUID
    sender_type: Literal["user", "counselor"]
    is_typing: bool


class ReadTo(View):
    session_id: UUID
    reader_id: UUID
    up_to_seq: int


class Online(View):
    session_id: UUID
    participant_id: UUID
    sender_type: Literal["user", "counselor"]
    is_online: bool
    last_seen_at: Instant | None


class Told(View):
    notification: Notification


class NotificationsRead(View):
    """`ids`, or `all`."""

    unread: int
    ids: list[UUID] | msgspec.UnsetType = msgspec.UNSET
    all: bool | msgspec.UnsetType = msgspec.UNSET


class Preferred(View):
    preferences: Preferences


# Every push but `reply` and `error`, and its data.
PUSHES: dict[str, tuple[type[View], str]] = {
    "hello": (Hello, "The first frame of the server."),
    "chat:message": (Message, "A message in a session this socket has joined, in the order of `seq`."),
    "chat:typing": (Typing, "Somebody types, or has stopped; let it expire after 6 seconds."),
    "chat:read": (ReadTo, "Somebody has read up to a message."),
    "chat:online": (Online, "Somebody came online or went offline."),
    "chat:status": (Session, "A session changed: offer, assignment, queue move, transfer, close, priority."),
    "chat:offer": (Offer, "To counselors: take this session by `POST /counselor/sessions/{id}/accept` before it expires."),
    "notification:new": (Told, "A new notification."),
    "notification:read": (NotificationsRead, "Notifications were read at another device."),
    "notification:update": (Preferred, "Preferences were changed at another device."),
}
