"""The files of analysts' runs: sealed in the file storage with the system's key `report`, fetched by signed links that expire.

A shard's features lie there only until its run is over; what a run came to stays KEPT_DAYS. Neither holds anybody's id, name, address or words. The
pseudonyms are keyed hashes of an id, a run's dates and a key that never leaves the system: once a person is erased their id is nowhere, so no
pseudonym leads to them. Their rows in tables made before remain there under it, until the run is deleted or its days are over.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core import clock, db, keys, runtime
from core.crypto import CannotOpen, b64, open_stream, seal_stream, unb64
from core.problem import NotFound
from core.storage import NoSuchFile, storage
from core.views import View
from domain import audit

KEPT_DAYS = 180
LINK_SECONDS = 3600
# A link is a run's id, which of its files, when it expires in seconds since 1970, and a keyed hash of it all.
_SAID_BYTES, _MAC_BYTES = 16 + 1 + 4, 15
_CHUNK = 256 * 1024
_NAME = re.compile(r"[a-z][a-z0-9_-]*(\.[a-z0-9]+)+\Z")


class RunFile(View):
    """One file of a run. `url` needs no sign-in and works for an hour."""

    name: str
    bytes: int
    url: str


def shard_place(run_id: UUID, number: int) -> str:
    return f"reports/{run_id}/shards/{number}"


def _place(run_id: UUID, name: str) -> str:
    if not _NAME.match(name):
        raise ValueError(f"not the name of a run's file: {name!r}")
    return f"reports/{run_id}/{name}"


async def keep(place: str, content: bytes) -> None:
    """Seal a file to its place; written again it takes the place of the first."""
    await storage().put(place, seal_stream(keys.keys().system("report"), place, _pieces(content)))


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), _CHUNK):
        yield content[start : start + _CHUNK]


async def read(place: str) -> bytes:
    """Raises NoSuchFile; CannotOpen for one that was altered or moved."""
    return b"".join([piece async for piece in open_stream(keys.keys().system("report"), place, storage().get(place))])


def listed(run_id: UUID, contents: dict[str, bytes]) -> list[dict[str, Any]]:
    """The column `files` of a run that came to this, in order of names. Raises ValueError for a name that is no file's."""
    return [{"name": name, "file": _place(run_id, name), "bytes": len(content)} for name, content in sorted(contents.items())]


async def keep_all(files: Sequence[dict[str, Any]], contents: dict[str, bytes]) -> None:
    """Keep what a run came to where `listed` says."""
    for each in files:
        await keep(each["file"], contents[each["name"]])


async def forget(places: Sequence[str]) -> None:
    for place in places:
        await storage().delete(place)


def links(run_id: UUID, files: Sequence[dict[str, Any]]) -> list[RunFile]:
    """A run's files with links that are good from now on for LINK_SECONDS."""
    expires = int(clock.now().timestamp()) + LINK_SECONDS
    return [RunFile(name=each["name"], bytes=each["bytes"], url=_link(run_id, index, expires)) for index, each in enumerate(files)]


def _link(run_id: UUID, index: int, expires: int) -> str:
    said = run_id.bytes + index.to_bytes(1) + expires.to_bytes(4)
    return f"{runtime.settings().base_url}/api/insight-files/{b64(said + _mac(said))}"


def _mac(said: bytes) -> bytes:
    return keys.keys().mac("file", b"insight run", said)[:_MAC_BYTES]


@dataclass(frozen=True, slots=True)
class OpenFile:
    """What a link leads to."""

    name: str
    size: int
    chunks: AsyncIterator[bytes]


async def follow(signed: str, *, to_read: bool = True) -> OpenFile:
    """The file of a link; that it was fetched is written down, unless somebody only looks whether it is there (`to_read` false).

    Raises NotFound for a link that is not ours or has expired, whose run was deleted, or whose file is not there or cannot be opened.
    """
    try:
        raw = unb64(signed)
    except ValueError:
        raise NotFound from None
    said = raw[:_SAID_BYTES]
    if len(raw) != _SAID_BYTES + _MAC_BYTES or not hmac.compare_digest(raw[_SAID_BYTES:], _mac(said)):
        raise NotFound
    run_id, index, expires = UUID(bytes=said[:16]), said[16], int.from_bytes(said[17:])
    if expires <= clock.now().timestamp():
        raise NotFound
    row = await db.fetchrow(
        "SELECT file->>'name' AS name, file->>'file' AS file, (file->>'bytes')::bigint AS bytes FROM insight_runs, LATERAL (SELECT files->$2::int AS file) WHERE id = $1 AND status = 'done'",
        run_id, index,
    )  # fmt: skip
    if row is None or row["file"] is None:
        raise NotFound
    try:
        chunks = open_stream(keys.keys().system("report"), row["file"], storage().get(row["file"]))
        first = await anext(chunks)
    except (CannotOpen, NoSuchFile):
        raise NotFound from None
    if to_read:
        # A link needs no sign-in, so nobody can say who followed it.
        await audit.record("insight_file_fetched", actor=("link", None), run=str(run_id), file=row["name"])
    return OpenFile(row["name"], row["bytes"], _chain(first, chunks))


async def _chain(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk
