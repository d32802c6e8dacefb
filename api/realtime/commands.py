"""What a client may say over the socket: each command with its schema beside its handler, in one table."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, get_type_hints
from uuid import UUID

import msgspec

from api.fields import ClientId, Note
from api.realtime.frames import HEARTBEAT_SECONDS, Preferred, Who
from api.realtime.hub import Hub
from api.realtime.socket import Socket
from api.schema import Body, given_nested
from api.users import ChangePreferences
from core import clock, runtime
from core.limits import limiter
from core.problem import Forbidden, Invalid, NotFound, Unauthenticated
from core.settings import Rate
from core.views import Instant, View, instant
from domain import counselors, inbox, preferences
from domain.access import Principal, tokens
from domain.chat import messages, sessions, snapshot
from domain.chat.messages import Sent
from domain.chat.snapshot import RESUME_LIMIT, Snapshot
from domain.chat.views import MessageType
from domain.counselors import OnDuty
from domain.inbox import Unread


@dataclass(frozen=True, slots=True)
class Said:
    """Who says it, over which socket."""

    hub: Hub
    socket: Socket
    # While a socket is not signed in only `auth` is heard.
    principal_or_none: Principal | None

    @property
    def principal(self) -> Principal:
        if self.principal_or_none is None:
            raise Unauthenticated
        return self.principal_or_none


Handler = Callable[[Said, Any], Awaitable[View]]
Limit = Literal["default", "messages", "signals"]


@dataclass(frozen=True)
class Command:
    """One line of the table. `messages` are limited where they are written."""

    event: str
    handler: Handler
    limit: Limit = "default"

    @cached_property
    def data(self) -> type[Body]:
        found: type[Body] = get_type_hints(self.handler, include_extras=True)["data"]
        return found

    @cached_property
    def gives(self) -> type[View]:
        found: type[View] = get_type_hints(self.handler)["return"]
        return found

    @property
    def summary(self) -> str:
        return (self.handler.__doc__ or "").split("\n")[0]


def require_chatter(principal: Principal) -> Principal:
    """Staff have nothing to do here. Raises Forbidden."""
    if principal.kind == "staff":
        raise Forbidden
    return principal


class Auth(Body):
    token: Annotated[str, msgspec.Meta(max_length=4096)]


class SignedIn(View):
    principal: Who
    heartbeat_seconds: int
    resume_limit: int


async def auth(said: Said, data: Auth) -> SignedIn:
    """Sign in with an access token, or renew it before the old one expires."""
    principal = require_chatter(await tokens.verify(data.token))
    known = said.principal_or_none
    if known is not None and (known.kind, known.id) != (principal.kind, principal.id):
        raise Forbidden("This socket is somebody else's")
    said.socket.signed_in(principal)
    if known is None:
        await said.hub.add(said.socket, principal)
    return SignedIn(principal=Who(id=principal.id, kind=principal.kind), heartbeat_seconds=HEARTBEAT_SECONDS, resume_limit=RESUME_LIMIT)


class Join(Body):
    session_id: UUID
    after_seq: int | None = None


async def join(said: Said, data: Join) -> Snapshot:
    """Follow a session from a message on: subscribed first, then read, so that nothing falls between."""
    try:
        await snapshot.admit(said.principal, data.session_id)
        following = await said.hub.follow(said.socket, said.principal, data.session_id)
        taken = await snapshot.take(said.principal, data.session_id, data.after_seq)
    except BaseException:
        await said.hub.unfollow(said.socket, data.session_id)
        raise
    said.hub.caught_up(data.session_id, following, taken)
    return taken.snapshot


class OfSession(Body):
    session_id: UUID


class Nothing(View):
    """Done."""


async def leave(said: Said, data: OfSession) -> Nothing:
    """Follow a session no longer."""
    await said.hub.unfollow(said.socket, data.session_id)
    return Nothing()


class SendMessage(Body):
    session_id: UUID
    client_id: ClientId
    message: Note
    message_type: MessageType = "text"
    attachment_id: UUID | None = None


async def message(said: Said, data: SendMessage) -> Sent:
    """Send a message; the reply comes once it is stored."""
    following = said.hub.following(said.socket, data.session_id)
    if following is not None:
        following.own[data.client_id] = asyncio.Event()
    try:
        sent, is_new = await messages.send(
            said.principal, data.session_id, data.message, client_id=data.client_id, message_type=data.message_type, attachment_id=data.attachment_id
        )
        if following is not None and is_new:
            await said.hub.turn(following, data.session_id, data.client_id, sent.message.seq)
    finally:
        # If it failed and is stored all the same, it comes as a push.
        if following is not None:
            del following.own[data.client_id]
        said.hub.look(data.session_id)
    return sent


class Type(Body):
    session_id: UUID
    is_typing: bool


async def typing(said: Said, data: Type) -> Nothing:
    """Say that one types, or has stopped; to be said again every few seconds."""
    following = said.hub.following(said.socket, data.session_id)
    if following is None or following.side == "supervisor":
        raise NotFound("Join the session first")
    said.hub.type(said.socket, said.principal, data.session_id, is_typing=data.is_typing)
    return Nothing()


class Read(Body):
    session_id: UUID
    up_to_seq: Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


async def read(said: Said, data: Read) -> Nothing:
    """Say up to which message one has read."""
    await sessions.mark_read(said.principal, data.session_id, data.up_to_seq)
    said.hub.look(data.session_id)
    return Nothing()


class Duty(Body):
    status: OnDuty


class OnlineStatus(View):
    status: OnDuty


async def online(said: Said, data: Duty) -> OnlineStatus:
    """For counselors: go on or off duty."""
    if said.principal.kind != "counselor":
        raise Forbidden
    await counselors.set_status(said.principal, data.status, None)
    return OnlineStatus(status=data.status)


class ReadNotifications(Body):
    """`ids`, or `all: true`."""

    ids: Annotated[list[UUID], msgspec.Meta(max_length=1000)] | msgspec.UnsetType = msgspec.UNSET
    all: bool = False


async def notification_read(said: Said, data: ReadNotifications) -> Unread:
    """Mark notifications as read, on every device."""
    if isinstance(data.ids, msgspec.UnsetType) != data.all:
        raise Invalid([("ids", "give either ids or all: true")])
    return await inbox.read(said.principal, None if isinstance(data.ids, msgspec.UnsetType) else data.ids, said.socket.id)


class UpdatePreferences(Body):
    preferences: ChangePreferences


async def notification_update(said: Said, data: UpdatePreferences) -> Preferred:
    """For people: change preferences, on every device."""
    if said.principal.kind != "user":
        raise Forbidden
    return Preferred(preferences=await preferences.change(said.principal.id, given_nested(data.preferences), at_socket=said.socket.id))


class Ping(Body):
    """No fields at all."""


class Pong(View):
    now: Instant


async def ping(said: Said, data: Ping) -> Pong:  # noqa: ARG001 (it takes nothing, and nobody)
    """Ask whether the server is there, and what time it is."""
    return Pong(now=instant(clock.now()))


COMMANDS = {
    command.event: command
    for command in (
        Command("auth", auth),
        Command("chat:join", join),
        Command("chat:leave", leave),
        Command("chat:message", message, "messages"),
        Command("chat:typing", typing, "signals"),
        Command("chat:read", read, "signals"),
        Command("chat:online", online),
        Command("notification:read", notification_read),
        Command("notification:update", notification_update),
        Command("ping", ping),
    )
}


def count(command: Command, said: Said, data: Body) -> None:
    """Raises RateLimited when somebody says this kind of thing too often.

    Messages are limited where they are written. In a session this socket has joined only its own limit counts; elsewhere the
    general one does too, so that trying ids is not free.
    """
    if said.principal_or_none is None:
        return
    chosen, session_id = runtime.settings(), getattr(data, "session_id", None)
    if command.limit == "default" or session_id is None or said.hub.following(said.socket, session_id) is None:
        _hit("default", chosen.limit_default, said.principal.id.hex)
    if command.limit == "signals":
        _hit("signals", chosen.limit_signals, f"{said.principal.id.hex}:{session_id}")


def _hit(rule: str, rate: Rate, key: str) -> None:
    standing = limiter().hit(rule, rate, key)
    if standing is not None and not standing.allowed:
        raise standing.refusal()
