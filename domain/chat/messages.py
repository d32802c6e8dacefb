"""Messages: written in groups, numbered without gaps, acknowledged after COMMIT.

A message is written at once when no commit is under way; while one is, the next ones gather and are written together.
One transaction then serves many senders, and a lone sender waits for nobody.
"""

from __future__ import annotations

import asyncio
import contextvars
import math
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

import asyncpg
import msgspec

from core import clock, db, keys, runtime, telemetry
from core.events import Event, publish
from core.keys import person_is_gone
from core.limits import limiter, tell
from core.problem import Conflict, Invalid, NotFound, Problem, ServiceUnavailable
from core.settings import Rate
from core.views import View, instant
from domain import audit, crisis, risk, second_look
from domain.access import Kind, Principal
from domain.chat import attachments
from domain.chat.access import note_refusal, seat, side_of
from domain.chat.views import MESSAGE_COLUMNS, ChatMessage, MessageType, message_view
from domain.crisis import Crisis
from domain.notifications import notify
from domain.words import words

_MOST_TOGETHER = 200
# A crisis text over the limit is flagged all the same, but a flood of them is not a flood of rows.
_FLAGS_OVER_THE_LIMIT = Rate(6, 60)


class MessagesSent(Event):
    """A session has messages up to `seq`."""

    session_id: UUID
    seq: int


class SessionClosed(Conflict):
    title = "This chat has ended"


class Sent(View):
    """A message as it is stored."""

    message: ChatMessage
    crisis: Crisis | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, slots=True)
class _Draft:
    session_id: UUID
    sender: Principal
    client_id: str | None
    text: str
    message_type: MessageType
    attachment_id: UUID | None
    risk_level: int | None
    id: UUID = field(default_factory=clock.new_id)


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a draft: the message, and whether it is new."""

    message: ChatMessage
    is_new: bool


async def send(
    principal: Principal, session_id: UUID, text: str, *, client_id: str | None = None, message_type: MessageType = "text", attachment_id: UUID | None = None
) -> tuple[Sent, bool]:
    """Write a message; returns it and whether it is new. The same client id gives the first message again, whatever the text.

    Raises NotFound, SessionClosed, Invalid, RateLimited. A person's text that shows risk is flagged whichever of these is
    raised but NotFound, and both the answer and the problem carry `crisis`.
    """
    if not text.strip() and attachment_id is None:
        raise Invalid([("message", "must not be empty")])
    found = risk.assess(text) if principal.kind == "user" else None
    counted = "messages", _burst(runtime.settings().limit_messages), f"{principal.id.hex}:{session_id.hex}"
    # No transaction waits for Redis: one is open where a request is done once.
    standing = limiter().hit(*counted) if db.in_a_transaction() else await limiter().hit_informed(*counted)
    tell(standing)
    if standing is not None and not standing.allowed:
        # What is there already is too much for nobody.
        if (known := await _known(principal, session_id, client_id)) is not None:
            return Sent(message=known, crisis=msgspec.UNSET), False
        refused = standing.refusal("Too many messages at once")
        if found is not None:
            await _flag_only(principal, session_id, found.level, refused)
        raise refused
    draft = _Draft(session_id, principal, client_id, str(text), message_type, attachment_id, found.level if found else None)
    help_now = await crisis.help_for(principal.id) if found else None
    try:
        stored = await _group.write(draft)
    except NotFound:
        raise
    except Problem as problem:
        if help_now is not None:
            crisis.show_help(problem, help_now)
        raise
    return Sent(message=stored.message, crisis=help_now or msgspec.UNSET), stored.is_new


def _burst(rate: Rate) -> Rate:
    """`60/1m` as 20 in 20 s: the same over a minute, and a burst is a third of it."""
    return rate if rate.count is None or rate.count < 3 or rate.seconds < 3 else Rate(math.ceil(rate.count / 3), rate.seconds // 3)


async def _flag_only(principal: Principal, session_id: UUID, level: int, refused: Problem) -> None:
    """The text is not stored, its risk is."""
    await seat(principal, session_id)
    standing = limiter().hit("flags", _FLAGS_OVER_THE_LIMIT, principal.id.hex)
    if standing is None or standing.allowed:
        async with db.transaction():
            await crisis.flag(principal.id, level, "chat_message", None)
    crisis.show_help(refused, await crisis.help_for(principal.id))


class _Group:
    """Gathers drafts while a commit is under way."""

    def __init__(self) -> None:
        self._waiting: list[tuple[_Draft, asyncio.Future[Stored]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def write(self, draft: _Draft) -> Stored:
        """Write a draft with the others of this moment; within a transaction by itself, as a part of that."""
        if db.in_a_transaction():
            [outcome] = await _write([draft])
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        future: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()
        self._waiting.append((draft, future))
        if self._writer is None or self._writer.done():
            # A task and a context of its own: a sender who goes away, or has a transaction open, must not take the others' commit along.
            self._writer = asyncio.create_task(self._run(), context=contextvars.Context())
        return await asyncio.shield(future)

    async def _run(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:_MOST_TOGETHER], self._waiting[_MOST_TOGETHER:]
            await self._write_together(group)

    async def _write_together(self, group: list[tuple[_Draft, asyncio.Future[Stored]]]) -> None:
        try:
            outcomes = await _write([draft for draft, _ in group])
        except db.LOST:
            outcomes = [ServiceUnavailable("The message may or may not be stored: send it again with the same clientId") for _ in group]
        except Exception as error:  # noqa: BLE001 (whatever one draft brings, the others must not share it)
            if len(group) > 1:
                for each in group:
                    await self._write_together([each])
                return
            if not person_is_gone(error):
                telemetry.report(error)
            outcomes = [error]
        for (_, future), outcome in zip(group, outcomes, strict=True):
            if future.done():
                continue
            if isinstance(outcome, Exception):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)


_group = _Group()


async def _write(drafts: list[_Draft]) -> list[Stored | Exception]:
    """Write a group in one transaction; a draft that may not be written gets its Problem instead."""
    async with db.transaction():
        # A text that shows risk raises its sender's open session, wherever it was sent: all are locked here, in one order.
        ids, at_risk = {draft.session_id for draft in drafts}, {draft.sender.id for draft in drafts if draft.risk_level is not None}
        rows = await db.fetch("SELECT * FROM chat_sessions WHERE id = ANY($1) OR (user_id = ANY($2) AND status <> 'closed') ORDER BY id FOR UPDATE", list(ids), list(at_risk))
        batch = _Batch({row["id"]: row for row in rows})
        await batch.recall(drafts)
        outcomes: list[Stored | Exception] = []
        for draft in drafts:
            try:
                outcomes.append(await batch.place(draft))
            except Problem as problem:
                outcomes.append(problem)
        await batch.insert()
        return outcomes


class _Batch:
    """What is being written together, over sessions that this transaction has locked."""

    def __init__(self, sessions: dict[UUID, asyncpg.Record]) -> None:
        self.sessions = sessions
        self.now = clock.now()
        self.new: list[tuple[_Draft, ChatMessage]] = []
        self._seqs = {row["id"]: row["last_seq"] for row in sessions.values()}
        self._stored: dict[tuple[UUID, UUID, str | None], ChatMessage] = {}

    async def recall(self, drafts: list[_Draft]) -> None:
        """Find the drafts that were stored before, by their client ids."""
        named = [draft for draft in drafts if draft.client_id is not None and draft.session_id in self.sessions]
        if not named:
            return
        rows = await db.fetch(
            f"""
            SELECT m.* FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS d (session_id, sender_id, client_id), LATERAL (
                SELECT {MESSAGE_COLUMNS} FROM chat_messages
                WHERE session_id = d.session_id AND sender_id = d.sender_id AND client_id = d.client_id AND client_id IS NOT NULL LIMIT 1) m
            """,
            [draft.session_id for draft in named], [draft.sender.id for draft in named], [draft.client_id for draft in named],
        )  # fmt: skip
        for row in rows:
            session = self.sessions[row["session_id"]]
            key = await keys.keys().of(session["user_id"])
            self._stored[row["session_id"], row["sender_id"], row["client_id"]] = message_view(row, key, session["user_read_seq"], session["counselor_read_seq"])

    async def place(self, draft: _Draft) -> Stored:
        """Give a draft its number. Raises NotFound, SessionClosed, Invalid."""
        row = self.sessions.get(draft.session_id)
        side = side_of(row, draft.sender.kind, draft.sender.id, draft.sender.role) if row is not None else None
        if row is None or side is None:
            if row is not None:
                await note_refusal(draft.sender, row)
            raise NotFound
        known = self._stored.get((draft.session_id, draft.sender.id, draft.client_id))
        if known is not None:
            return Stored(known, is_new=False)
        if draft.risk_level is not None:
            await crisis.flag(draft.sender.id, draft.risk_level, "chat_message", None if row["status"] == "closed" else draft.id)
        if row["status"] == "closed":
            raise SessionClosed
        if side == "supervisor":
            raise NotFound
        if draft.attachment_id is not None:
            await attachments.claim(draft.attachment_id, draft.session_id, draft.sender)
            if any(other.attachment_id == draft.attachment_id for other, _ in self.new):
                raise Invalid([("attachmentId", "belongs to another message")])
        elif draft.message_type in ("image", "file"):
            raise Invalid([("attachmentId", "is required for this messageType")])
        if side == "counselor" and row["priority"] == "emergency":
            # Answering is taking up: nobody need be alerted again of what the person wrote before.
            await crisis.take_up(row["user_id"], draft.sender.id)
        self._seqs[draft.session_id] += 1
        view = ChatMessage(
            id=draft.id, session_id=draft.session_id, seq=self._seqs[draft.session_id], client_id=draft.client_id, sender_id=draft.sender.id,
            sender_type=side, message=draft.text, message_type=draft.message_type,
            attachment_url=attachments.link(draft.attachment_id) if draft.attachment_id is not None else None, is_read=False, sent_at=instant(self.now),
        )  # fmt: skip
        self.new.append((draft, view))
        if draft.client_id is not None:
            self._stored[draft.session_id, draft.sender.id, draft.client_id] = view
        return Stored(view, is_new=True)

    async def insert(self) -> None:
        """Write what was placed, and tell."""
        if not self.new:
            return
        columns: list[tuple[Any, ...]] = []
        for draft, view in self.new:
            key = await keys.keys().of(self.sessions[view.session_id]["user_id"])
            sealed = key.seal(view.message, "chat_messages.message", view.id)
            columns.append((view.id, view.session_id, view.seq, view.client_id, view.sender_type, view.sender_id, sealed, view.message_type, draft.attachment_id, self.now))
        await _insert(columns)
        await notify_absent([(self.sessions[view.session_id], view.sender_type) for _, view in self.new])
        await second_look.promise(*(("chat_message", view.id) for draft, view in self.new if draft.sender.kind == "user" and draft.risk_level is None and view.message.strip()))


async def _insert(rows: list[tuple[Any, ...]]) -> None:
    """Insert rows of MESSAGE_COLUMNS' kinds and move their sessions' last_seq, in one statement."""
    await db.execute(
        """
        WITH written AS (
            INSERT INTO chat_messages (id, session_id, seq, client_id, sender_type, sender_id, message, message_type, attachment_id, sent_at)
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::uuid[], $7::bytea[], $8::text[], $9::uuid[], $10::timestamptz[])
            RETURNING session_id, seq)
        UPDATE chat_sessions s SET last_seq = w.seq FROM (SELECT session_id, max(seq) AS seq FROM written GROUP BY session_id) w WHERE s.id = w.session_id
        """,
        *(list(column) for column in zip(*rows, strict=True)),
    )  # fmt: skip
    last = {row[1]: row[2] for row in rows}
    for session_id, seq in last.items():
        publish(MessagesSent(session_id=session_id, seq=seq))


async def write_within(row: asyncpg.Record, sender_type: Literal["user", "system"], text: str) -> UUID:
    """Append one message to a locked session in the open transaction: a first message, or one of the system. Returns its id."""
    key = await keys.keys().of(row["user_id"])
    message_id, seq = clock.new_id(), await db.fetchval("SELECT last_seq + 1 FROM chat_sessions WHERE id = $1", row["id"])
    sender = row["user_id"] if sender_type == "user" else None
    await _insert([(message_id, row["id"], seq, None, sender_type, sender, key.seal(text, "chat_messages.message", message_id), "text", None, clock.now())])
    return message_id


async def notify_absent(sent: list[tuple[asyncpg.Record, str]]) -> None:
    """Notify the other side of each message where they follow the session at no process; until they read, the newest takes the place of the one before."""
    addressed: dict[tuple[UUID, UUID], tuple[Kind, int, asyncpg.Record]] = {}
    for row, sender_type in sent:
        sides: tuple[tuple[Kind, UUID | None, int], ...] = (("user", row["user_id"], row["user_read_seq"]), ("counselor", row["counselor_id"], row["counselor_read_seq"]))
        for kind, principal_id, read in sides:
            # What the system says is for the person.
            if principal_id is not None and kind != sender_type and (kind, sender_type) != ("counselor", "system"):
                addressed[row["id"], principal_id] = (kind, read, row)
    here = await db.fetch(
        "SELECT session_id, principal_id FROM chat_joins WHERE session_id = ANY($1) AND principal_id = ANY($2)",
        [session_id for session_id, _ in addressed], [principal_id for _, principal_id in addressed],
    )  # fmt: skip
    for joined in here:
        addressed.pop((joined["session_id"], joined["principal_id"]), None)
    # By their causes: see `notifications.mark_read`.
    for (session_id, principal_id), (kind, read, row) in sorted(addressed.items(), key=lambda each: str(each[0][0])):
        if kind == "user":
            name, language = await _counselor_name(row["counselor_id"]), row["language"]
            title, body = words(language, "chat_message", name=name)
        else:
            title, body = words("en", "chat_message_to_counselor")
        await notify(kind, principal_id, "chat_message", title, body, cause=f"chat:{session_id}:{read}", newest=True, sessionId=str(session_id))


async def _known(principal: Principal, session_id: UUID, client_id: str | None) -> ChatMessage | None:
    """The message that this sender has sent under this client id. Raises NotFound."""
    if client_id is None:
        return None
    row = (await seat(principal, session_id)).row
    found = await db.fetchrow(f"SELECT {MESSAGE_COLUMNS} FROM chat_messages WHERE session_id = $1 AND sender_id = $2 AND client_id = $3", session_id, principal.id, client_id)
    return message_view(found, await keys.keys().of(row["user_id"]), row["user_read_seq"], row["counselor_read_seq"]) if found else None


async def _counselor_name(counselor_id: UUID | None) -> str:
    return await db.fetchval("SELECT first_name FROM counselors WHERE id = $1", counselor_id) or "MentalSpace"


async def history(principal: Principal, session_id: UUID, *, after: int | None = None, before: int | None = None, limit: int) -> list[ChatMessage]:
    """Up to `limit` messages, oldest first: those after a seq, or the last ones before one. Raises NotFound."""
    place = await seat(principal, session_id)
    if place.side != "user":
        await audit.record("messages_read", actor=principal.actor, subject=("user", place.row["user_id"]), session=str(session_id), side=place.side)
    return await read(place.row, after=after, before=before, limit=limit)


async def read(row: asyncpg.Record, *, after: int | None = None, before: int | None = None, limit: int) -> list[ChatMessage]:
    """The messages of a session whose row is at hand, as `history`."""
    newest_first = after is None and before is not None
    rows = await db.fetch(
        f"""
        SELECT {MESSAGE_COLUMNS} FROM chat_messages WHERE session_id = $1 AND seq > $2 AND seq < $3
        ORDER BY seq {"DESC" if newest_first else ""} LIMIT $4
        """,
        row["id"], after or 0, before if before is not None else 2**31 - 1, limit,
    )  # fmt: skip
    key = await keys.keys().of(row["user_id"])
    views = [message_view(each, key, row["user_read_seq"], row["counselor_read_seq"]) for each in rows]
    return views[::-1] if newest_first else views
