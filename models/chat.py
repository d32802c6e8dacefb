"""Chat: sessions, messages, receipts, offers, notes, attachments; who is connected where; crises."""

from __future__ import annotations

from typing import Any

from tortoise import fields

from core import clock
from models.fields import TextArray, instant, key, sealed
from models.table import Table


class ChatSession(Table):
    """A conversation of a person with a counselor. Everything sealed here is sealed with the person's key.

    `last_seq` numbers the messages; `version` counts the changes of everything else, so that each process knows
    what it has told. `queued_at` is when the wait began; `returned_at` is set while it waits again, its counselor gone.
    """

    id = key()
    user: Any = fields.ForeignKeyField("models.User", related_name="chats", db_index=False)
    counselor: Any = fields.ForeignKeyField("models.Counselor", related_name="chats", null=True, db_index=False, on_delete=fields.RESTRICT)
    preferred_counselor: Any = fields.ForeignKeyField("models.Counselor", related_name="asked_for", null=True, db_index=False, on_delete=fields.SET_NULL)
    status = fields.CharField(8, default="waiting")
    priority = fields.CharField(9, default="medium")
    topic = sealed()
    language = fields.CharField(35)
    last_seq = fields.IntField(default=0)
    user_read_seq = fields.IntField(default=0)
    counselor_read_seq = fields.IntField(default=0)
    version = fields.IntField(default=1)
    queued_at = instant(default=clock.now)
    returned_at = instant(null=True)
    started_at = instant(null=True)
    ended_at = instant(null=True)
    rating = fields.SmallIntField(null=True)
    feedback = sealed(null=True)
    created_at = instant(default=clock.now)
    updated_at = instant(default=clock.now)

    class Meta:
        table = "chat_sessions"


class ChatMessage(Table):
    """`seq` is 1, 2, 3… in its session, without gaps. A system message has no sender and no client id."""

    id = key()
    session: Any = fields.ForeignKeyField("models.ChatSession", related_name="messages", db_index=False)
    seq = fields.IntField()
    client_id = fields.CharField(64, null=True)
    sender_type = fields.CharField(9)
    sender_id = fields.UUIDField(null=True)
    message = sealed()
    message_type = fields.CharField(8, default="text")
    attachment: Any = fields.OneToOneField("models.ChatAttachment", related_name="message", null=True, on_delete=fields.RESTRICT)
    sent_at = instant(default=clock.now)

    class Meta:
        table = "chat_messages"
        unique_together = (("session", "seq"),)


class ChatAttachment(Table):
    """An uploaded file, sealed with the key of the session's person; `status` is `processing`, `ready` or `failed`."""

    id = key()
    session: Any = fields.ForeignKeyField("models.ChatSession", related_name="attachments")
    uploader_type = fields.CharField(9)
    uploader_id = fields.UUIDField()
    status = fields.CharField(10, default="processing")
    content_type = fields.CharField(32)
    size = fields.IntField()
    file = fields.CharField(120)
    created_at = instant(default=clock.now)

    class Meta:
        table = "chat_attachments"


class ChatOffer(Table):
    """A session offered to a counselor for a while.

    `kind`: `match` holds one of their places; `emergency` goes to all on call; `transfer` comes from the counselor who
    has the session, with a sealed `note`. `status`: `live`, then `accepted`, `declined`, `expired` or `withdrawn`.
    """

    id = key()
    session: Any = fields.ForeignKeyField("models.ChatSession", related_name="offers", db_index=False)
    counselor: Any = fields.ForeignKeyField("models.Counselor", related_name="offers", db_index=False)
    kind = fields.CharField(9)
    status = fields.CharField(9, default="live")
    reasons = TextArray()
    offered_by = fields.UUIDField(null=True)
    note = sealed(null=True)
    created_at = instant(default=clock.now)
    expires_at = instant()

    class Meta:
        table = "chat_offers"


class CounselorNote(Table):
    """What a counselor writes down about a session, for counselors only; sealed with the person's key."""

    id = key()
    session: Any = fields.ForeignKeyField("models.ChatSession", related_name="notes", db_index=False)
    counselor: Any = fields.ForeignKeyField("models.Counselor", related_name="notes", db_index=False)
    text = sealed()
    created_at = instant(default=clock.now)

    class Meta:
        table = "counselor_notes"


class ApiProcess(Table):
    """A living API process; one that has not been seen for a while is dead, and its rows below go with it."""

    id = key()
    seen_at = instant(default=clock.now)

    class Meta:
        table = "api_processes"


class Presence(Table):
    """Somebody has a socket at a process."""

    id = key()
    process: Any = fields.ForeignKeyField("models.ApiProcess", related_name="presences")
    principal_kind = fields.CharField(16)
    principal_id = fields.UUIDField()

    class Meta:
        table = "presences"
        unique_together = (("principal_id", "process"),)


class ChatJoin(Table):
    """Somebody follows a session at a process: messages are pushed there, so nobody need be notified of them."""

    id = key()
    process: Any = fields.ForeignKeyField("models.ApiProcess", related_name="joins")
    session: Any = fields.ForeignKeyField("models.ChatSession", related_name="joins", db_index=False)
    principal_id = fields.UUIDField()

    class Meta:
        table = "chat_joins"
        unique_together = (("session", "principal_id", "process"),)


class LastSeen(Table):
    """When somebody's last socket closed."""

    principal_id = fields.UUIDField(primary_key=True)
    at = instant()

    class Meta:
        table = "last_seen"


class Crisis(Table):
    """Flags of one person that are answered together. Open until a counselor takes it up; `rounds` counts the alerts."""

    id = key()
    user: Any = fields.ForeignKeyField("models.User", related_name="crises", db_index=False)
    session: Any = fields.ForeignKeyField("models.ChatSession", related_name="crises", null=True, db_index=False, on_delete=fields.SET_NULL)
    level = fields.SmallIntField()
    rounds = fields.SmallIntField(default=1)
    opened_at = instant(default=clock.now)
    acknowledged_at = instant(null=True)
    acknowledged_by = fields.UUIDField(null=True)

    class Meta:
        table = "crises"


class RiskFlag(Table):
    """One text that showed crisis risk: where it stands, never what it said. `level` 1–6 follows the C-SSRS screener."""

    id = key()
    user: Any = fields.ForeignKeyField("models.User", related_name="risk_flags")
    crisis: Any = fields.ForeignKeyField("models.Crisis", related_name="flags")
    source = fields.CharField(16)
    source_id = fields.UUIDField(null=True)
    level = fields.SmallIntField()
    created_at = instant(default=clock.now)

    class Meta:
        table = "risk_flags"
