"""A person's picture: taken as it arrives, made anew by a worker as three squares, and served to everybody under addresses that nobody can guess.

The column `users.avatar` (`domain.avatar_column`) names every file there is or may be. The names of the squares follow from the upload's id, so that
whoever finishes or clears away after a killed worker finds them.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core import clock, db, jobs, keys
from core.crypto import CannotOpen, b64, open_stream, seal_stream
from core.jobs import Job
from core.problem import Invalid, NotFound, Problem
from core.storage import NoSuchFile, storage
from domain.avatar_column import files_of
from domain.awarding import AwardEarned
from domain.chat.file_kinds import GIF, HEAD_BYTES, MOST_PIXELS, PDF, Unreadable, claims_too_many_pixels, kind_of
from domain.notifications import notify
from domain.words import words

MOST_BYTES = 10 * 1024 * 1024
SIZES = (64, 256, 512)


class MakeAvatar(Job):
    """Make the three squares of an uploaded picture, without what it tells about place and camera."""

    time_limit = 180
    max_attempts = 20

    user_id: UUID
    upload_id: UUID


class RemoveFiles(Job):
    """Remove files that nothing names any more."""

    max_attempts = 40

    files: list[str]


class NotTaken(Problem):
    status, code, title = 415, "unsupported_media_type", "Only JPEG, PNG, WebP and AVIF pictures are taken"


@dataclass(frozen=True, slots=True)
class Upload:
    """A picture in storage that is nobody's avatar yet. Delete it when nothing comes of it."""

    id: UUID
    place: str


async def keep_upload(user_id: UUID, chunks: AsyncIterator[bytes]) -> Upload:
    """Store a picture, sealed, as it arrives. Raises NotTaken, Invalid as soon as they show."""
    head = b""
    async for chunk in chunks:
        head += chunk
        if len(head) >= HEAD_BYTES:
            break
    kind = kind_of(head[:HEAD_BYTES])
    if kind in (None, GIF, PDF):
        raise NotTaken
    if claims_too_many_pixels(kind, head[:HEAD_BYTES]):
        raise Invalid([("file", f"has more than {MOST_PIXELS // 1_000_000} megapixels")])
    upload_id = clock.new_id()
    place = _place(upload_id)
    await storage().put(place, seal_stream(await keys.keys().of(user_id), place, _chain(head, chunks)))
    return Upload(upload_id, place)


def _place(upload_id: UUID) -> str:
    return f"uploads/{upload_id}"


async def _chain(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def _squares(user_id: UUID, upload_id: UUID) -> dict[str, str]:
    """Where the squares of an upload are kept, by size."""
    found = {}
    for size in SIZES:
        parts = [keys.keys().mac("file", b"avatar", user_id.bytes, upload_id.bytes, bytes([half]), size.to_bytes(2, "big"))[:18] for half in range(2)]
        found[str(size)] = f"avatars/{b64(b''.join(parts))}"
    return found


async def replace(user_id: UUID, upload: Upload) -> None:
    """Make a kept upload the person's picture; the one before is shown until the new one is ready. Raises NotFound when the account is gone."""
    async with db.transaction():
        before = await _locked(user_id)
        shown = before["files"] if before else {}
        await _write(user_id, {"upload": upload.place, "making": _squares(user_id, upload.id), "files": shown})
        if before and before["upload"]:
            await jobs.defer(RemoveFiles(files=[before["upload"], *before["making"].values()]))
        await jobs.defer(MakeAvatar(user_id=user_id, upload_id=upload.id))


async def remove(user_id: UUID) -> None:
    """Without one nothing happens. Raises NotFound when the account is gone."""
    async with db.transaction():
        before = await _locked(user_id)
        if before is not None:
            await _write(user_id, None)
            await jobs.defer(RemoveFiles(files=files_of(before)))


async def _locked(user_id: UUID) -> dict[str, Any] | None:
    row = await db.fetchrow("SELECT avatar FROM users WHERE id = $1 FOR NO KEY UPDATE", user_id)
    if row is None:
        raise NotFound
    found: dict[str, Any] | None = json.loads(row["avatar"]) if row["avatar"] else None
    return found


async def _write(user_id: UUID, stored: dict[str, Any] | None) -> None:
    await db.execute("UPDATE users SET avatar = $2, updated_at = $3 WHERE id = $1", user_id, None if stored is None else json.dumps(stored), clock.now())


async def make(user_id: UUID, upload_id: UUID, to_squares: Callable[[bytes], Awaitable[dict[int, bytes]]]) -> None:
    """Put what `to_squares` makes of an upload in place of what was shown. Once more changes nothing; what came of one replaced meanwhile is removed."""
    place, squares = _place(upload_id), _squares(user_id, upload_id)
    raw_json = await db.fetchval("SELECT avatar FROM users WHERE id = $1", user_id)
    stored = json.loads(raw_json) if raw_json else None
    if stored is None or stored["upload"] != place:
        await _clear_away(stored, place, squares)
        return
    try:
        raw = b"".join([chunk async for chunk in open_stream(await keys.keys().of(user_id), place, storage().get(place))])
        made = await to_squares(raw)
    except (Unreadable, CannotOpen, NoSuchFile):
        if not await _give_up(user_id, place):
            await _clear_away(None, place, squares)
        return
    for size, content in made.items():
        await storage().put(squares[str(size)], _once(content))
    async with db.transaction():
        now = await _locked_or_none(user_id)
        is_current = now is not None and now["upload"] == place
        if now is not None and is_current:
            await _write(user_id, {"upload": None, "making": {}, "files": squares})
            await jobs.defer(RemoveFiles(files=[place, *now["files"].values()]))
            await jobs.defer(AwardEarned(user_id=user_id), key=str(user_id))
    if not is_current:
        await _clear_away(now, place, squares)


async def _clear_away(stored: dict[str, Any] | None, place: str, squares: dict[str, str]) -> None:
    """Remove what a replaced upload left, but not where it has become what is shown."""
    named = set(files_of(stored))
    for file in (place, *squares.values()):
        if file not in named:
            await storage().delete(file)


async def _give_up(user_id: UUID, place: str) -> bool:
    """Nothing comes of the picture: what was shown before stays, and the person is told. False when it is theirs no more."""
    async with db.transaction():
        before = await _locked_or_none(user_id)
        if before is None or before["upload"] != place:
            return False
        await _write(user_id, {"upload": None, "making": {}, "files": before["files"]} if before["files"] else None)
        await jobs.defer(RemoveFiles(files=[place, *before["making"].values()]))
        language = await db.fetchval("SELECT language FROM users WHERE id = $1", user_id)
        title, body = words(language, "avatar_failed")
        await notify("user", user_id, "avatar_failed", title, body, cause=f"avatar_failed:{place}")
    return True


async def give_up_failed() -> int:
    """Give up each upload whose job failed for good; returns how many."""
    rows = await db.fetch(
        """
        SELECT id, avatar ->> 'upload' AS place FROM users u WHERE avatar ->> 'upload' IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.name = $1 AND j.failed_at IS NULL AND u.avatar ->> 'upload' = 'uploads/' || (j.payload ->> 'upload_id'))
        """,
        MakeAvatar.name(),
    )  # fmt: skip
    return sum([await _give_up(row["id"], row["place"]) for row in rows])


async def _locked_or_none(user_id: UUID) -> dict[str, Any] | None:
    try:
        return await _locked(user_id)
    except NotFound:
        return None


async def _once(raw: bytes) -> AsyncIterator[bytes]:
    yield raw


async def remove_files(files: list[str]) -> None:
    for file in files:
        await storage().delete(file)


async def read(name: str) -> bytes:
    """A square, by the last part of its address. Raises NotFound."""
    try:
        return b"".join([chunk async for chunk in storage().get(f"avatars/{name}")])
    except NoSuchFile:
        raise NotFound from None
