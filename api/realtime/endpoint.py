"""A connection from its upgrade to its end: who may open one, what is read, when it is closed."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import urlsplit

import structlog
from aiohttp import WSMsgType, web

from api.app_keys import HUB, REQUEST_ID
from api.bodies import BadRequest
from api.http import Call, bearer, limit_address
from api.realtime import frames
from api.realtime.commands import COMMANDS, Said, count, require_chatter
from api.realtime.frames import HEARTBEAT_SECONDS, MOST_FRAME_BYTES, Frame, Hello, NotAFrame, Who
from api.realtime.hub import Hub
from api.realtime.socket import FORBIDDEN, NOT_TEXT, TOO_FAST, UNAUTHENTICATED, Socket
from api.schema import convert
from core import db, runtime, telemetry
from core.keys import person_is_gone
from core.problem import Forbidden, NotFound, Problem, ServiceUnavailable, Unauthenticated
from domain.access import Principal, revocations, tokens
from domain.chat.snapshot import RESUME_LIMIT

log = structlog.get_logger(__name__)

AUTH_SECONDS = 10
# How long the other side has for its half of a close.
CLOSING_SECONDS = 2
MOST_BAD_FRAMES = 10
MOST_FRAMES_A_SECOND, SECONDS_TOO_FAST = 100, 5


async def realtime(call: Call) -> web.StreamResponse:
    """The socket: JSON text frames, described in /api/asyncapi.json."""
    request = call.request
    _check_origin(request)
    if request.headers.get("Upgrade", "").lower() != "websocket":
        raise BadRequest("Open this address as a WebSocket")
    principal = await _principal(request)
    # No compression: messages are short, and nothing can then be small on the wire and large in memory. The size is the first
    # that is too large. What is written waits as soon as the transport says so, and pongs wait their turn in our queue.
    connection = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=MOST_FRAME_BYTES + 1, compress=False, timeout=CLOSING_SECONDS, autoping=False, writer_limit=0)
    try:
        await connection.prepare(request)
    except web.HTTPBadRequest:
        raise BadRequest("This is not the opening of a WebSocket") from None
    hub, transport = request.app[HUB], request.transport
    socket = Socket(connection, transport, request[REQUEST_ID])
    writer = asyncio.create_task(socket.write())
    try:
        socket.push(
            frames.push("hello", Hello(heartbeat_seconds=HEARTBEAT_SECONDS, resume_limit=RESUME_LIMIT, principal=Who(id=principal.id, kind=principal.kind) if principal else None))
        )
        hub.opened(socket)
        if principal is not None:
            socket.signed_in(principal)
            await hub.add(socket, principal)
        await _listen(hub, socket, connection)
    finally:
        await hub.remove(socket)
        await socket.end(writer)
    return connection


async def _principal(request: web.Request) -> Principal | None:
    """Who opens it, by the header. An opening without a good token counts for its address. Raises Unauthenticated, Forbidden, RateLimited."""
    try:
        if "Authorization" in request.headers:
            return require_chatter(await tokens.verify(bearer(request)))
    except Unauthenticated:
        limit_address(request)
        raise
    limit_address(request)
    return None


def _check_origin(request: web.Request) -> None:
    """A page of another origin must not open a socket in its visitor's name. Raises Forbidden."""
    origin = request.headers.get("Origin")
    if origin is None:
        return
    chosen = runtime.settings()
    ours = urlsplit(chosen.base_url)
    same = {f"{ours.scheme}://{ours.netloc}", f"https://{request.host}"}
    if ours.scheme != "https":
        same.add(f"http://{request.host}")
    if origin not in same and origin not in chosen.cors_origins:
        raise Forbidden("This origin may not open a socket")


class _Pace:
    """Counts frames by the second."""

    def __init__(self) -> None:
        self._second, self._frames, self._too_fast = 0, 0, 0

    def too_fast(self) -> bool:
        """Count one; true after five seconds on end with more than a hundred each."""
        now = int(time.monotonic())
        if now != self._second:
            self._too_fast = self._too_fast + 1 if self._frames > MOST_FRAMES_A_SECOND and now == self._second + 1 else 0
            self._second, self._frames = now, 0
        self._frames += 1
        return self._too_fast >= SECONDS_TOO_FAST


async def _listen(hub: Hub, socket: Socket, connection: web.WebSocketResponse) -> None:
    """Read frames and do what they say, one after the other, until the connection ends."""
    deadline = time.monotonic() + AUTH_SECONDS
    bad, pace = 0, _Pace()
    while socket.open:
        # Who asks and does not read what we answer is asked to wait.
        await socket.room()
        try:
            message = await connection.receive(timeout=None if socket.principal is not None else max(0.01, deadline - time.monotonic()))
        except TimeoutError:
            socket.close(UNAUTHENTICATED)
            return
        if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.PING, WSMsgType.PONG):
            return
        if pace.too_fast():
            socket.close(TOO_FAST)
            return
        if message.type is WSMsgType.BINARY:
            socket.close(NOT_TEXT)
            return
        if message.type is not WSMsgType.TEXT:
            if message.type is WSMsgType.PING:
                socket.push(message.data, WSMsgType.PONG)
            continue
        try:
            frame = frames.read(message.data)
        except NotAFrame as refused:
            if socket.principal is None:
                socket.close(UNAUTHENTICATED)
                return
            bad += 1
            socket.push(frames.refusal(None, refused, socket.request_id))
            if bad >= MOST_BAD_FRAMES:
                socket.close(TOO_FAST)
                return
            continue
        bad = 0
        if socket.principal is None and frame.event != "auth":
            socket.close(UNAUTHENTICATED)
            return
        refused_with = await _do(hub, socket, frame)
        if socket.principal is None and refused_with != ServiceUnavailable.status:
            # The token was not good: there is no second guess.
            socket.close(FORBIDDEN if refused_with == Forbidden.status else UNAUTHENTICATED)
            return
        # Frames that wait in our buffer are read without a pause: let the others have their turn.
        await asyncio.sleep(0)


async def _do(hub: Hub, socket: Socket, frame: Frame) -> int | None:
    """Do what a frame says and answer it; returns the status of its refusal, if it was refused."""
    said = Said(hub, socket, socket.principal)
    try:
        command = COMMANDS.get(frame.event)
        if command is None:
            raise NotFound("There is no such command")
        if said.principal_or_none is not None:
            _require_signed_in(said)
        data = convert(command.data, frame.data)
        count(command, said, data)
        given = await command.handler(said, data)
    except Problem as problem:
        refused = problem
    except db.LOST as error:
        log.warning("socket.unavailable", event_name=frame.event, **telemetry.without_text(error))
        refused = ServiceUnavailable()
    except Exception as error:  # noqa: BLE001 (one bad command must not end the connection)
        if person_is_gone(error):
            refused = NotFound()
        else:
            log.error("socket.failed", event_name=frame.event, **telemetry.without_text(error))
            telemetry.report(error)
            refused = SomethingWrong()
    else:
        if frame.ref is not None:
            socket.push(frames.reply(frame.ref, given))
        return None
    socket.push(frames.refusal(frame.ref, refused, socket.request_id))
    return refused.status


class SomethingWrong(Problem):
    status, code, title = 500, "internal_error", "Something went wrong"


def _require_signed_in(said: Said) -> None:
    """A session that ended is closed at once, not after its next command. Raises Unauthenticated."""
    if said.principal.session_id in revocations:
        said.socket.close(UNAUTHENTICATED)
        raise Unauthenticated("This session has ended")
