"""The sockets of this process: whose they are, what they follow, and that the other processes know."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable
from uuid import UUID

import asyncpg
import structlog

from api.realtime import frames
from api.realtime.following import Following, Watched
from api.realtime.socket import REPLACED, RESTART, UNAUTHENTICATED, Socket
from core import clock, db, telemetry
from core.events import Event, publish
from domain import presence
from domain.access import Principal, revocations
from domain.chat.snapshot import Taken

log = structlog.get_logger(__name__)

MOST_SOCKETS = 10


class Typing(Event):
    """Somebody types in a session, or has stopped."""

    session_id: UUID
    sender_id: UUID
    sender_type: str
    is_typing: bool
    socket_id: UUID
    # Its own sockets it has told already.
    process_id: UUID


class SocketsOpen(Event):
    """The sockets that a principal now has at a process, so that all processes together know the oldest."""

    principal_id: UUID
    process_id: UUID
    socket_ids: list[UUID]


class Connections:
    def __init__(self) -> None:
        self.process_id = clock.new_id()
        self._connected: set[Socket] = set()
        self._sockets: dict[UUID, list[Socket]] = defaultdict(list)
        # Of the principals who are here: their sockets at other processes, as those last told.
        self._elsewhere: dict[UUID, dict[UUID, list[UUID]]] = defaultdict(dict)
        self._watched: dict[UUID, Watched] = {}
        self._ending = False

    def opened(self, socket: Socket) -> None:
        """A connection was made; nobody has signed in yet."""
        self._connected.add(socket)
        if self._ending:
            socket.close(RESTART)

    async def add(self, socket: Socket, principal: Principal) -> None:
        """A socket signed in. The oldest of more than ten is closed."""
        mine = self._sockets[principal.id]
        mine.append(socket)
        telemetry.sockets_open.inc()
        if principal.session_id in revocations:
            # It ended while the connection was being made.
            socket.close(UNAUTHENTICATED)
        self._tell_open(principal.id)
        self._close_oldest(principal.id)
        if len(mine) == 1:
            await self._note(presence.come(self.process_id, principal))

    async def remove(self, socket: Socket) -> None:
        """A socket closed: its typing ends at once, its person is offline if it was their last."""
        try:
            await self._forget(socket)
        finally:
            self._connected.discard(socket)

    async def _forget(self, socket: Socket) -> None:
        principal = socket.principal
        if principal is None or socket not in self._sockets.get(principal.id, ()):
            return
        for session_id in list(self._watched):
            self._drop(session_id, socket)
        for session_id in list(socket.typing):
            self.type(socket, principal, session_id, is_typing=False)
        mine = self._sockets[principal.id]
        mine.remove(socket)
        telemetry.sockets_open.dec()
        self._tell_open(principal.id)
        if mine:
            return
        del self._sockets[principal.id]
        self._elsewhere.pop(principal.id, None)
        await self._note(presence.go(self.process_id, principal.kind, principal.id))
        if principal.id in self._sockets:
            # Back while the row was being deleted.
            await self._note(presence.come(self.process_id, principal))

    def following(self, socket: Socket, session_id: UUID) -> Following | None:
        """A socket in a session whose snapshot it has been sent."""
        watched = self._watched.get(session_id)
        found = watched.followers.get(socket.id) if watched else None
        return found if found is not None and found.side is not None else None

    async def follow(self, socket: Socket, principal: Principal, session_id: UUID) -> Following:
        """Subscribe a socket to a session, before its snapshot is read. Nothing is pushed until it has caught up."""
        following = Following(socket, principal)
        self._watched.setdefault(session_id, Watched()).followers[socket.id] = following
        await self._note(presence.join(self.process_id, [(session_id, principal.id)]))
        return following

    def caught_up(self, session_id: UUID, following: Following, taken: Taken) -> None:
        """The snapshot is on its way: push what differs from it."""
        following.side, following.version, following.seq = taken.side, taken.version, taken.snapshot.last_seq
        following.read, following.online = taken.read, dict(taken.seen)
        watched = self._watched.setdefault(session_id, Watched())
        watched.followers[following.socket.id] = following
        watched.people = {each.id: each.kind for each in taken.snapshot.participants}

    async def unfollow(self, socket: Socket, session_id: UUID) -> None:
        if session_id in socket.typing and socket.principal is not None:
            self.type(socket, socket.principal, session_id, is_typing=False)
        if self._drop(session_id, socket) and socket.principal is not None:
            await self._note(presence.leave(self.process_id, session_id, socket.principal.id))

    def _drop(self, session_id: UUID, socket: Socket) -> bool:
        """Forget a follower; True when nobody else of that person follows here."""
        watched = self._watched[session_id] if session_id in self._watched else Watched()
        dropped = watched.followers.pop(socket.id, None)
        if not watched.followers:
            self._watched.pop(session_id, None)
        return dropped is not None and all(each.principal.id != dropped.principal.id for each in watched.followers.values())

    async def _note(self, work: Awaitable[None]) -> None:
        """Write down who is here; what fails is made good by the next beat."""
        try:
            await work
        except (*db.LOST, asyncpg.PostgresError) as error:
            log.warning("hub.presence_failed", error=type(error).__name__)

    def _tell_open(self, principal_id: UUID) -> None:
        open_here = [each.id for each in self._sockets.get(principal_id, ()) if each.open]
        publish(SocketsOpen(principal_id=principal_id, process_id=self.process_id, socket_ids=open_here[-MOST_SOCKETS:]))

    def _close_oldest(self, principal_id: UUID) -> None:
        """Close those sockets than which ten others, here or elsewhere, are newer."""
        here = [each for each in self._sockets.get(principal_id, ()) if each.open]
        every = sorted([each.id for each in here] + [each for ids in self._elsewhere.get(principal_id, {}).values() for each in ids])
        for socket in here:
            if socket.id in every[:-MOST_SOCKETS]:
                socket.close(REPLACED)

    async def _on_sockets_open(self, event: SocketsOpen) -> None:
        if event.process_id == self.process_id or event.principal_id not in self._sockets:
            return
        known = self._elsewhere[event.principal_id]
        known[event.process_id] = event.socket_ids
        if len(self._sockets[event.principal_id]) + sum(map(len, known.values())) > MOST_SOCKETS:
            # A process that died has told nobody that its sockets closed.
            alive = {row["process_id"] for row in await db.fetch("SELECT process_id FROM presences WHERE principal_id = $1", event.principal_id)}
            for process_id in known.keys() - alive - {event.process_id}:
                known.pop(process_id, None)
            self._close_oldest(event.principal_id)

    # --- Typing ---------------------------------------------------------------------------------------------------------

    def type(self, socket: Socket, principal: Principal, session_id: UUID, *, is_typing: bool) -> None:
        """Tell the session that this socket's person types, or has stopped."""
        (socket.typing.add if is_typing else socket.typing.discard)(session_id)
        event = Typing(session_id=session_id, sender_id=principal.id, sender_type=principal.kind, is_typing=is_typing, socket_id=socket.id, process_id=self.process_id)
        self._show_typing(event)
        publish(event)

    async def _on_typing(self, event: Typing) -> None:
        if event.process_id != self.process_id:
            self._show_typing(event)

    def _show_typing(self, event: Typing) -> None:
        if (watched := self._watched.get(event.session_id)) is None:
            return
        frame = frames.push(
            "chat:typing",
            frames.Typing(session_id=event.session_id, sender_id=event.sender_id, sender_type="user" if event.sender_type == "user" else "counselor", is_typing=event.is_typing),
        )
        for each in watched.caught_up():
            if each.socket.id != event.socket_id:
                each.socket.push(frame)

    # --- What the others know -------------------------------------------------------------------------------------------

    def end_session(self, session_id: UUID) -> None:
        """An auth session ended: its sockets are no longer signed in."""
        for mine in list(self._sockets.values()):
            for socket in mine:
                if socket.principal is not None and socket.principal.session_id == session_id:
                    socket.close(UNAUTHENTICATED)

    async def beat(self) -> None:
        """Say that this process lives and who is here; runs until cancelled."""
        while not self._ending:
            try:
                await presence.beat(self.process_id)
                await presence.reconcile(self.process_id, self._present)
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 (a lost database must not end the beat)
                log.warning("hub.beat_failed", error=type(error).__name__)
            await asyncio.sleep(presence.BEAT_SECONDS)

    def _present(self) -> tuple[list[Principal], list[tuple[UUID, UUID]]]:
        """Who is here, and which (session, principal) are joined."""
        here = [mine[0].principal for mine in self._sockets.values() if mine and mine[0].principal is not None]
        return here, sorted({(session_id, each.principal.id) for session_id, watched in self._watched.items() for each in watched.followers.values()})

    async def end(self) -> None:
        """The process stops: tell every socket to come back, and leave."""
        self._ending = True
        for socket in self._connected:
            socket.close(RESTART)
        await self._note(presence.remove_process(self.process_id))
