"""The sockets of this process, and what each must be told.

Events only say where to look. One worker looks: it gathers what events, commands and a slow poll name, reads the database for
all of it together, and pushes what each socket has not had. A lost event so delays by a poll at most, and the gap in `seq` is
healed without the client's doing. Access is checked anew at every look.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import structlog

from api.realtime import frames
from api.realtime.connections import MOST_SOCKETS, Connections, SocketsOpen, Typing
from api.realtime.following import Following, Recent, Watched, Work
from api.realtime.socket import Socket
from core import clock, db, keys, telemetry
from core.crypto import CannotOpen
from core.events import Listener
from core.views import instant_or_none
from domain import notifications, preferences, presence
from domain.access import Principal
from domain.chat import queue
from domain.chat.access import QueueChanged, SessionChanged, side_of
from domain.chat.messages import MessagesSent
from domain.chat.queue import OfferMade
from domain.chat.sessions import ReadUpTo
from domain.chat.snapshot import ReadMarks, Taken
from domain.chat.views import MESSAGE_COLUMNS, message_view, session_rows, session_views
from domain.inbox import NotificationsRead
from domain.notifications import NotificationCreated
from domain.preferences import PreferencesChanged
from domain.presence import PresenceChanged

__all__ = ["MOST_SOCKETS", "Hub"]

log = structlog.get_logger(__name__)

POLL_SECONDS = 2.0
# How far back a poll looks beyond the last one, for transactions that commit late.
MARGIN = timedelta(seconds=15)
# An answered offer's counselor is told so for this long.
_OFFER_NEWS = timedelta(seconds=60)
_ROUND = 1_000
# Whoever has sent is answered after so long even if what came before is not there yet.
_TURN_SECONDS = 2


class Hub(Connections):
    def __init__(self) -> None:
        super().__init__()
        self._work = Work()
        self._any = asyncio.Event()
        self._offers, self._notified, self._versions = Recent(), Recent(), Recent()
        self._places: dict[UUID, tuple[int, int]] = {}
        self._looked: datetime = clock.now()

    async def add(self, socket: Socket, principal: Principal) -> None:
        await super().add(socket, principal)
        self._work.offers.add(principal.id)
        self._wake()

    def caught_up(self, session_id: UUID, following: Following, taken: Taken) -> None:
        super().caught_up(session_id, following, taken)
        self._work.people.update(self._watched[session_id].people)
        if following.overtaken:
            self._work.changed[session_id].update(())
        self.look(session_id)

    # --- What happens -------------------------------------------------------------------------------------------------

    def listen(self, listener: Listener) -> None:
        """Hear what the other processes do."""
        listener.on(MessagesSent, self._on_messages)
        listener.on(ReadUpTo, self._on_read)
        listener.on(SessionChanged, self._on_changed)
        listener.on(QueueChanged, self._on_queue)
        listener.on(OfferMade, self._on_offer)
        listener.on(NotificationCreated, self._on_notification)
        listener.on(NotificationsRead, self._on_notifications_read)
        listener.on(PreferencesChanged, self._on_preferences)
        listener.on(PresenceChanged, self._on_presence)
        listener.on(Typing, self._on_typing)
        listener.on(SocketsOpen, self._on_sockets_open)
        listener.on_reconnect.append(self._on_reconnect)

    async def turn(self, following: Following, session_id: UUID, client_id: str, seq: int) -> None:
        """Wait until a socket has been pushed all before the message it sent, so that its reply comes in the order of `seq` too."""
        if following.seq < seq - 1:
            self.look(session_id)
            with suppress(TimeoutError):
                await asyncio.wait_for(following.own[client_id].wait(), _TURN_SECONDS)
        if following.seq == seq - 1:
            following.seq = seq

    def look(self, session_id: UUID) -> None:
        """There are messages or receipts in a session that its followers may lack."""
        if session_id in self._watched:
            self._work.messages.add(session_id)
            self._wake()

    def _wake(self) -> None:
        self._any.set()

    async def _on_messages(self, event: MessagesSent) -> None:
        watched = self._watched.get(event.session_id)
        if watched is not None and any(each.seq < event.seq for each in watched.caught_up()):
            self.look(event.session_id)

    async def _on_read(self, event: ReadUpTo) -> None:
        self.look(event.session_id)

    async def _on_changed(self, event: SessionChanged) -> None:
        self._work.changed[event.session_id].update([event.left] if event.left else [])
        self._wake()

    async def _on_queue(self, _event: QueueChanged) -> None:
        self._work.queue = True
        self._wake()

    async def _on_offer(self, event: OfferMade) -> None:
        if event.counselor_id in self._sockets:
            self._work.offers.add(event.counselor_id)
            self._wake()

    async def _on_notification(self, event: NotificationCreated) -> None:
        if event.principal_id in self._sockets:
            self._work.told.add(event.principal_id)
            self._wake()

    async def _on_notifications_read(self, event: NotificationsRead) -> None:
        told = frames.NotificationsRead(unread=event.unread, all=True) if event.ids is None else frames.NotificationsRead(unread=event.unread, ids=event.ids)
        self._push_to(event.principal_id, frames.push("notification:read", told), but=event.at_socket)

    async def _on_preferences(self, event: PreferencesChanged) -> None:
        if event.user_id in self._sockets:
            self._push_to(event.user_id, frames.push("notification:update", frames.Preferred(preferences=await preferences.preferences(event.user_id))), but=event.at_socket)

    async def _on_presence(self, event: PresenceChanged) -> None:
        self._work.people.update(event.principal_ids)
        if event.anew:
            self._work.anew.update(event.principal_ids)
        self._wake()

    async def _on_reconnect(self) -> None:
        self._work.poll = True
        self._wake()

    # --- Looking ------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Look whenever there is something, and every two seconds at everything; runs until cancelled."""
        polled = time.monotonic()
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._any.wait(), max(0.05, polled + POLL_SECONDS - time.monotonic()))
            self._any.clear()
            work, self._work = self._work, Work()
            if work.poll or time.monotonic() - polled >= POLL_SECONDS:
                work.poll, polled = True, time.monotonic()
            try:
                await self._do(work)
            except asyncio.CancelledError:
                raise
            except (*db.LOST, asyncpg.PostgresError) as error:
                log.warning("hub.look_again", **telemetry.without_text(error))
                self._work.add(work)
                self._wake()
                await asyncio.sleep(0.2)
            except Exception as error:  # noqa: BLE001 (the hub survives anything: the next poll finds what this look missed)
                log.error("hub.look_failed", **telemetry.without_text(error))
                telemetry.report(error)
                await asyncio.sleep(0.2)

    async def _do(self, work: Work) -> None:
        if work.poll:
            await self._find_changes(work)
        if work.changed:
            await self._tell_changed(work.changed)
        if work.messages:
            await self._push_messages(work.messages & self._watched.keys())
        if work.queue:
            await self._tell_places()
        if offered := work.offers & self._sockets.keys():
            await self._tell_offers(offered)
        if told := work.told & self._sockets.keys():
            await self._tell_notifications(told, clock.now() - MARGIN)
        if work.people:
            await self._tell_presence(work.people, work.anew)

    async def _find_changes(self, work: Work) -> None:
        """Everything that an event may have failed to tell."""
        since, began = self._looked - MARGIN, clock.now()
        if people := list(self._sockets):
            for row in await db.fetch(
                "SELECT id, version FROM chat_sessions WHERE updated_at > $1 AND (user_id = ANY($2) OR counselor_id = ANY($2) OR id = ANY($3))", since, people, list(self._watched)
            ):
                if self._versions.first_time((row["id"], row["version"])):
                    work.changed[row["id"]].update(())
            work.messages.update(self._watched)
            work.offers.update(people)
            work.queue = True
            work.people.update(each for watched in self._watched.values() for each in watched.people)
            await self._tell_notifications(set(people), since)
        # Only now: a look that failed is done again from where it began.
        self._looked = began

    async def _push_messages(self, session_ids: Iterable[UUID]) -> None:
        behind: set[UUID] = set(session_ids)
        while behind:
            lacking = {}
            rows = await db.fetch("SELECT * FROM chat_sessions WHERE id = ANY($1)", list(behind))
            self._drop_erased(behind - {row["id"] for row in rows})
            for row in rows:
                if (watched := self._watched.get(row["id"])) is None:
                    continue
                self._check_access(row["id"], row, watched)
                self._push_read(row, watched)
                if seqs := [each.seq for each in watched.caught_up() if each.seq < row["last_seq"]]:
                    lacking[row["id"]] = min(seqs)
            if not lacking:
                return
            # Who may see a message is read together with it.
            messages = await db.fetch(
                f"""
                SELECT m.*, s.user_id, s.counselor_id, s.status, s.ended_at, s.version, s.user_read_seq, s.counselor_read_seq
                FROM unnest($1::uuid[], $2::int[]) AS d (session_id, after) JOIN chat_sessions s ON s.id = d.session_id
                CROSS JOIN LATERAL (SELECT {MESSAGE_COLUMNS} FROM chat_messages WHERE session_id = d.session_id AND seq > d.after ORDER BY seq LIMIT $3) m
                ORDER BY m.session_id, m.seq LIMIT $3
                """,
                list(lacking), list(lacking.values()), _ROUND,
            )  # fmt: skip
            moved = [each["session_id"] for each in messages if await self._push_message(each)]
            behind = set(moved) if len(messages) == _ROUND else set()

    async def _push_message(self, row: asyncpg.Record) -> bool:
        """Push a message to those who have all before it; False when there are none."""
        try:
            key = await keys.keys().of(row["user_id"])
        except CannotOpen:
            # Its person was erased, and it is about to go.
            return False
        if (watched := self._watched.get(row["session_id"])) is None:
            return False
        self._check_access(row["session_id"], row, watched)
        frame, moved = b"", False
        for each in watched.caught_up():
            # In order and without a gap: a follower who joined meanwhile has read beyond this one.
            if row["seq"] != each.seq + 1:
                continue
            if row["sender_id"] == each.principal.id and row["client_id"] in each.own:
                each.own[row["client_id"]].set()
                continue
            each.seq, moved = row["seq"], True
            frame = frame or frames.push("chat:message", frames.Message(message=message_view(row, key, row["user_read_seq"], row["counselor_read_seq"])))
            each.socket.push(frame)
        return moved

    def _drop_erased(self, session_ids: set[UUID]) -> None:
        """Nobody follows a session that went with its person."""
        for session_id in session_ids & self._watched.keys():
            for each in list(self._watched[session_id].followers.values()):
                self._drop(session_id, each.socket)

    def _check_access(self, session_id: UUID, row: asyncpg.Record, watched: Watched) -> None:
        """Drop those who may no longer see a session. What a row older than their snapshot says of them counts for nothing."""
        for each in watched.caught_up():
            if row["version"] >= each.version and side_of(row, each.principal.kind, each.principal.id, each.principal.role) is None:
                self._drop(session_id, each.socket)

    def _push_read(self, row: asyncpg.Record, watched: Watched) -> None:
        now = ReadMarks.of(row)
        for each in watched.caught_up():
            before, each.read = each.read, now
            if before == now:
                continue
            if now.by_user > before.by_user:
                self._push_read_to(each, row["id"], row["user_id"], now.by_user)
            if now.counselor_id is not None and now.by_counselor > (before.by_counselor if now.counselor_id == before.counselor_id else 0):
                self._push_read_to(each, row["id"], now.counselor_id, now.by_counselor)

    def _push_read_to(self, following: Following, session_id: UUID, reader_id: UUID, up_to: int) -> None:
        following.socket.push(frames.push("chat:read", frames.ReadTo(session_id=session_id, reader_id=reader_id, up_to_seq=up_to)))

    async def _tell_changed(self, changed: dict[UUID, set[UUID]]) -> None:
        """Push a changed session to both sides, to whoever watches it, and to those to whom it was lately offered or who lost it."""
        offers = await db.fetch("SELECT session_id, counselor_id FROM chat_offers WHERE session_id = ANY($1) AND expires_at > $2", list(changed), clock.now() - _OFFER_NEWS)
        offered = defaultdict(set)
        for each in offers:
            offered[each["session_id"]].add(each["counselor_id"])
        rows = await session_rows("WHERE s.id = ANY($1)", list(changed))
        self._drop_erased(changed.keys() - {row["id"] for row in rows})
        for row in rows:
            self._versions.first_time((row["id"], row["version"]))
            watched = self._watched.get(row["id"], Watched())
            for each in watched.followers.values():
                each.overtaken = each.side is None
            followers = {each.principal.id for each in watched.caught_up()}
            concerned = {row["user_id"], row["counselor_id"], *changed[row["id"]], *offered[row["id"]], *followers} & self._sockets.keys()
            if concerned:
                await self._tell_session(row, concerned)
            self._check_access(row["id"], row, watched)
            if watched.followers:
                watched.people = {row["user_id"]: "user", **({row["counselor_id"]: "counselor"} if row["counselor_id"] else {})}
                self._work.people.update(watched.people)
                self._wake()

    async def _tell_session(self, row: asyncpg.Record, concerned: Iterable[UUID]) -> None:
        try:
            seen_by_user = frames.push("chat:status", frames.Session(session=(await session_views([row], "user"))[0]))
            seen_by_counselor = frames.push("chat:status", frames.Session(session=(await session_views([row], "counselor"))[0]))
        except CannotOpen:
            # Its person was erased, and it is about to go.
            return
        for each in concerned:
            self._push_to(each, seen_by_user if each == row["user_id"] else seen_by_counselor)

    async def _tell_places(self) -> None:
        """Push their place to those who wait here, where it is another than they know."""
        people = list(self._sockets)
        waiting = await session_rows("WHERE s.status = 'waiting' AND s.user_id = ANY($1)", people) if people else []
        known, self._places = self._places, {}
        for row, view in zip(waiting, await session_views(waiting, "user"), strict=True):
            if view.queue is not None:
                place = self._places[row["id"]] = (view.queue.position, view.queue.estimated_wait_seconds)
                if known.get(row["id"]) != place:
                    self._push_to(row["user_id"], frames.push("chat:status", frames.Session(session=view)))

    async def _tell_offers(self, principal_ids: set[UUID]) -> None:
        counselors = [each for each in principal_ids if any(socket.principal is not None and socket.principal.kind == "counselor" for socket in self._sockets[each])]
        for offer_id, counselor_id, offer in await queue.live_offers(counselors) if counselors else []:
            for socket in self._sockets.get(counselor_id, []):
                # Each socket once: one that opens while an offer lives is told of it too.
                if self._offers.first_time((offer_id, socket.id)):
                    socket.push(frames.push("chat:offer", offer))

    async def _tell_notifications(self, principal_ids: set[UUID], since: datetime) -> None:
        for principal_id, notification in await notifications.to_push(list(principal_ids), since):
            if self._notified.first_time((notification.id, principal_id)):
                self._push_to(principal_id, frames.push("notification:new", frames.Told(notification=notification)))

    async def _tell_presence(self, people: set[UUID], anew: set[UUID]) -> None:
        asked = {each for watched in self._watched.values() for each in watched.people.keys() & people}
        states = await presence.of(list(asked)) if asked else {}
        for session_id, watched in self._watched.items():
            for each, kind in watched.people.items():
                if each not in states:
                    continue
                is_online, at = state = states[each]
                told = frames.Online(
                    session_id=session_id,
                    participant_id=each,
                    sender_type="user" if kind == "user" else "counselor",
                    is_online=is_online,
                    last_seen_at=instant_or_none(at),
                )
                for follower in watched.caught_up():
                    if follower.online.get(each) != state or each in anew:
                        follower.online[each] = state
                        follower.socket.push(frames.push("chat:online", told))

    def _push_to(self, principal_id: UUID, frame: bytes, *, but: UUID | None = None) -> None:
        for socket in self._sockets.get(principal_id, ()):
            if socket.id != but:
                socket.push(frame)
