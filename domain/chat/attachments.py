"""Files in a chat: taken as they arrive, sealed with the key of the session's person, served by links that expire.

An upload belongs to its session and its uploader. A picture is made anew by a worker before anybody sees it; a PDF stays as it is and is
only ever downloaded. Until a message carries it, nobody but its uploader knows of it, and after a day it is gone.
"""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from core import clock, db, jobs, keys, runtime
from core.crypto import CannotOpen, b64, open_stream, seal_stream, unb64
from core.jobs import Job
from core.problem import Conflict, Invalid, NotFound, Problem
from core.storage import NoSuchFile, storage
from core.views import View
from domain.access import Principal
from domain.chat.access import Seat, seat
from domain.chat.file_kinds import GIF, HEAD_BYTES, MOST_FRAMES, MOST_PIXELS, PDF, GifFrames, Unreadable, claims_too_many_pixels, kind_of

MOST_BYTES = 10 * 1024 * 1024
MOST_SESSION_BYTES = 100 * 1024 * 1024
# An upload can be sent for a little less long than it is kept, so that no message gets one that is being removed.
SENDABLE_HOURS, UNSENT_HOURS = 23, 24
LINK_SECONDS = 3600
# A link is an attachment's id, when it expires in seconds since 1970, and a keyed hash of both.
_SAID_BYTES, _MAC_BYTES = 16 + 4, 16
_REMOVED_AT_ONCE = 500


class RecompressImage(Job):
    """Make an uploaded picture anew, without what it tells about place and camera."""

    time_limit = 180
    max_attempts = 5
    throws = (CannotOpen, NoSuchFile)

    attachment_id: UUID


class NotTaken(Problem):
    status, code, title = 415, "unsupported_media_type", "Only JPEG, PNG, WebP, GIF, AVIF and PDF files are taken"


class QuotaReached(Problem):
    status, code, title = 413, "quota_reached", "This chat holds as many files as it may"


class Attachment(View):
    """`status`: `processing` until a worker has made the picture anew, then `ready`, or `failed` where it could not."""

    attachment_id: UUID
    status: str


class AttachmentState(Attachment):
    """`url` is there once it is ready."""

    url: str | None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in storage that is nobody's attachment yet. Delete it when nothing comes of it."""

    id: UUID
    place: str
    kind: str
    size: int


async def keep_upload(principal: Principal, session_id: UUID, chunks: AsyncIterator[bytes]) -> Upload:
    """Store a file, sealed, as it arrives. Raises NotFound, Conflict, QuotaReached before reading it; NotTaken, Invalid as soon as it shows."""
    own = await _open_seat(principal, session_id)
    await _require_room(session_id, 0)
    head = b""
    async for chunk in chunks:
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    kind = kind_of(head[:HEAD_BYTES])
    if kind is None:
        raise NotTaken
    if claims_too_many_pixels(kind, head[:HEAD_BYTES]):
        raise Invalid([("file", f"has more than {MOST_PIXELS // 1_000_000} megapixels")])
    size, frames = 0, GifFrames() if kind == GIF else None

    async def checked() -> AsyncIterator[bytes]:
        nonlocal size
        async for chunk in _chain(head, chunks):
            size += len(chunk)
            if frames is not None:
                frames.feed(chunk)
                if frames.too_many:
                    raise Invalid([("file", f"has more than {MOST_FRAMES} frames")])
            yield chunk

    upload_id = clock.new_id()
    place = f"chat/{session_id}/{upload_id}"
    await storage().put(place, seal_stream(await keys.keys().of(own.row["user_id"]), place, checked()))
    return Upload(upload_id, place, kind, size)


async def _open_seat(principal: Principal, session_id: UUID, *, lock: bool = False) -> Seat:
    """The seat of somebody who may write. Raises NotFound, also for who only watches; Conflict when the session has ended."""
    own = await seat(principal, session_id, lock=lock)
    if not own.takes_part:
        raise NotFound
    if own.row["status"] == "closed":
        raise Conflict("This chat has ended")
    return own


async def _require_room(session_id: UUID, size: int) -> None:
    held: int = await db.fetchval("SELECT COALESCE(sum(size), 0) FROM chat_attachments WHERE session_id = $1", session_id)
    if held + size > MOST_SESSION_BYTES:
        raise QuotaReached


async def _chain(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


async def add(principal: Principal, session_id: UUID, upload: Upload) -> Attachment:
    """Make a kept upload an attachment. Raises NotFound, Conflict, QuotaReached."""
    status = "ready" if upload.kind == PDF else "processing"
    async with db.transaction():
        # The session's lock: two uploads at once do not both take the last of its room.
        await _open_seat(principal, session_id, lock=True)
        await _require_room(session_id, upload.size)
        await db.execute(
            """
            INSERT INTO chat_attachments (id, session_id, uploader_type, uploader_id, status, content_type, size, file, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            upload.id, session_id, *principal.actor, status, upload.kind, upload.size, upload.place, clock.now(),
        )  # fmt: skip
        if status == "processing":
            await jobs.defer(RecompressImage(attachment_id=upload.id))
    return Attachment(attachment_id=upload.id, status=status)


async def state(principal: Principal, session_id: UUID, attachment_id: UUID) -> AttachmentState:
    """How far an attachment is: for its uploader, and once a message carries it for all who see the session. Raises NotFound.

    One whose job was given up has failed.
    """
    await seat(principal, session_id)
    await db.execute(
        """
        UPDATE chat_attachments SET status = 'failed' WHERE id = $1 AND status = 'processing'
            AND NOT EXISTS (SELECT 1 FROM jobs WHERE name = $2 AND payload->>'attachment_id' = $1::text AND failed_at IS NULL)
        """,
        attachment_id, RecompressImage.name(),
    )  # fmt: skip
    status = await db.fetchval(
        """
        SELECT status FROM chat_attachments a WHERE id = $1 AND session_id = $2
            AND ((uploader_type = $3 AND uploader_id = $4) OR EXISTS (SELECT 1 FROM chat_messages m WHERE m.attachment_id = a.id))
        """,
        attachment_id, session_id, *principal.actor,
    )  # fmt: skip
    if status is None:
        raise NotFound
    return AttachmentState(attachment_id=attachment_id, status=status, url=link(attachment_id) if status == "ready" else None)


async def claim(attachment_id: UUID, session_id: UUID, sender: Principal) -> asyncpg.Record:
    """Check, in the transaction that writes a message, that the message may carry it; returns its row.

    Raises Invalid for one of another session or uploader, a failed one, one that another message carries, one that is too old.
    """
    row = await db.fetchrow(
        """
        SELECT * FROM chat_attachments WHERE id = $1 AND session_id = $2 AND uploader_type = $3 AND uploader_id = $4
            AND status <> 'failed' AND created_at > $5 FOR UPDATE
        """,
        attachment_id, session_id, *sender.actor, clock.ago(hours=SENDABLE_HOURS),
    )  # fmt: skip
    if row is None:
        raise Invalid([("attachmentId", "is no upload of yours that can be sent here")])
    # In a statement of its own, so that it sees what a transaction that held the lock has written.
    if await db.fetchval("SELECT EXISTS (SELECT 1 FROM chat_messages WHERE attachment_id = $1)", attachment_id):
        raise Invalid([("attachmentId", "belongs to another message")])
    return row


async def recompress(attachment_id: UUID, to_webp: Callable[[bytes], Awaitable[bytes]]) -> None:
    """Replace an uploaded picture by what `to_webp` makes of it. Once more changes nothing; one that cannot be made anew is not kept."""
    row = await db.fetchrow(
        "SELECT a.file, s.user_id FROM chat_attachments a JOIN chat_sessions s ON s.id = a.session_id WHERE a.id = $1 AND a.status = 'processing'", attachment_id
    )
    if row is None:
        return
    place: str = row["file"]
    try:
        key = await keys.keys().of(row["user_id"])
        raw = b"".join([chunk async for chunk in open_stream(key, place, storage().get(place))])
        made = await to_webp(raw)
    except (Unreadable, CannotOpen, NoSuchFile) as error:
        await storage().delete(place)
        await db.execute("UPDATE chat_attachments SET status = 'failed' WHERE id = $1", attachment_id)
        if isinstance(error, Unreadable):
            return
        raise
    # In the upload's own place: what the camera wrote is gone in the moment that this is there.
    await storage().put(place, seal_stream(key, place, _once(made)))
    if not await db.execute("UPDATE chat_attachments SET status = 'ready', content_type = 'image/webp', size = $2 WHERE id = $1", attachment_id, len(made)):
        # It went with its person meanwhile.
        await storage().delete(place)


async def _once(raw: bytes) -> AsyncIterator[bytes]:
    yield raw


def link(attachment_id: UUID) -> str:
    """An address that serves the file to whoever has it, for one to two hours; the same all through a clock hour."""
    expires = (int(clock.now().timestamp()) // LINK_SECONDS + 2) * LINK_SECONDS
    said = attachment_id.bytes + expires.to_bytes(4, "big")
    return f"{runtime.settings().base_url}/api/files/{b64(said + _mac(said))}"


def _mac(said: bytes) -> bytes:
    return keys.keys().mac("file", said)[:_MAC_BYTES]


@dataclass(frozen=True, slots=True)
class OpenFile:
    """What a link leads to; it may be shown for `seconds` more."""

    content_type: str
    size: int
    seconds: int
    chunks: AsyncIterator[bytes]


async def follow(signed: str) -> OpenFile:
    """The file of a link. Raises NotFound for a link we did not make, or that has expired, or whose file is not there or cannot be opened."""
    try:
        raw = unb64(signed)
    except ValueError:
        raise NotFound from None
    said, seconds = raw[:_SAID_BYTES], int.from_bytes(raw[16:_SAID_BYTES], "big") - int(clock.now().timestamp())
    if len(raw) != _SAID_BYTES + _MAC_BYTES or not hmac.compare_digest(raw[_SAID_BYTES:], _mac(said)) or seconds <= 0:
        raise NotFound
    row = await db.fetchrow(
        """
        SELECT a.content_type, a.size, a.file, s.user_id FROM chat_attachments a JOIN chat_sessions s ON s.id = a.session_id
        WHERE a.id = $1 AND a.status = 'ready'
        """,
        UUID(bytes=said[:16]),
    )
    if row is None:
        raise NotFound
    try:
        chunks = open_stream(await keys.keys().of(row["user_id"]), row["file"], storage().get(row["file"]))
        first = await anext(chunks)
    except (CannotOpen, NoSuchFile):
        raise NotFound from None
    return OpenFile(row["content_type"], row["size"], seconds, _chain(first, chunks))


async def remove_unsent() -> int:
    """Remove uploads that no message came to carry, files first: what is removed half-way is found again."""
    rows = await db.fetch(
        """
        SELECT id, file FROM chat_attachments a WHERE created_at < $1
            AND NOT EXISTS (SELECT 1 FROM chat_messages m WHERE m.attachment_id = a.id) ORDER BY created_at LIMIT $2
        """,
        clock.ago(hours=UNSENT_HOURS), _REMOVED_AT_ONCE,
    )  # fmt: skip
    for row in rows:
        await storage().delete(row["file"])
    return await db.execute("DELETE FROM chat_attachments WHERE id = ANY($1)", [row["id"] for row in rows])
