"""What an export holds: every subject as JSON, diary and breathing as CSV too, the files of the chats, and a page that explains it.

Left out are what counselors wrote down for themselves, the tokens of devices, and anything of anybody else.
"""

from __future__ import annotations

import csv
import io
import json
import tomllib
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core import clock, db
from core.crypto import CannotOpen, Key, open_stream
from core.storage import NoSuchFile, storage
from core.views import View, instant, instant_or_none
from domain import access_log, accounts, insights, mood_import, preferences
from domain.chat.views import MESSAGE_COLUMNS, message_view, session_rows, session_views
from domain.languages import spoken
from domain.mood_csv import guarded
from domain.moods import COLUMNS as MOOD_COLUMNS
from domain.moods import mood_view

_FOLDER = Path(__file__).parent.parent / "catalog" / "export"
_AT_ONCE = 500
_ENDINGS = {"application/pdf": "pdf", "image/webp": "webp", "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/avif": "avif"}

Progressed = Callable[[int], Awaitable[None]]


class _Sink(io.RawIOBase):
    """Where the ZIP is written: kept until it is taken, and never gone back to."""

    def __init__(self) -> None:
        self._kept: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, chunk: Any) -> int:
        self._kept.append(bytes(chunk))
        return len(chunk)

    def take(self) -> bytes:
        taken, self._kept = b"".join(self._kept), []
        return taken


Pieces = AsyncIterator[bytes]


async def archive(user_id: UUID, key: Key, progressed: Progressed) -> Pieces:
    """The ZIP, piece by piece as it is made."""
    language = await db.fetchval("SELECT language FROM users WHERE id = $1", user_id) or "en"
    sink, subjects = _Sink(), [*_SUBJECTS.items()]
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as made:
        async for piece in _member(made, sink, "index.html", _once(page(language).encode())):
            yield piece
        for number, (name, content) in enumerate(subjects):
            async for piece in _member(made, sink, name, content(user_id, key)):
                yield piece
            await progressed(90 * (number + 1) // (len(subjects) + 1))
        for files in (_avatar(user_id), _chat_files(user_id, key)):
            async for name, chunks in files:
                async for piece in _member(made, sink, name, chunks):
                    yield piece
        await progressed(90)
    yield sink.take()


async def _member(made: zipfile.ZipFile, sink: _Sink, name: str, content: Pieces) -> Pieces:
    at = clock.now()
    info = zipfile.ZipInfo(name, (at.year, at.month, at.day, at.hour, at.minute, at.second))
    info.compress_type = zipfile.ZIP_DEFLATED
    with made.open(info, "w", force_zip64=True) as member:
        async for chunk in content:
            member.write(chunk)
            yield sink.take()
    yield sink.take()


async def _once(content: bytes) -> Pieces:
    yield content


def page(language: str) -> str:
    """What explains the export, in a language we speak."""
    words = _words(spoken(language))
    files = [{"name": name, "says": words["files"][name]} for name in ("index.html", *_SUBJECTS, "avatar.webp", "chats/")]
    return _PAGES.get_template("index.html").render(words=words, files=files, language=spoken(language), made_at=clock.now().strftime("%Y-%m-%d %H:%M UTC"))


@lru_cache
def _words(language: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


_PAGES = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2)


async def _profile(user_id: UUID, key: Key) -> Pieces:
    row = await db.fetchrow("SELECT * FROM users WHERE id = $1", user_id)
    if row is not None:
        email = key.open(row["email"], "users.email", user_id)
        told = {"unconfirmedEmail": email if row["email_index"] is None else None, "mailBouncedAt": instant_or_none(row["mail_bounced_at"])}
        yield _json(msgspec.to_builtins(accounts.user_view(row, key)) | told)


async def _preferences(user_id: UUID, _key: Key) -> Pieces:
    yield _json(await preferences.preferences(user_id))


async def _moods_csv(user_id: UUID, _key: Key) -> Pieces:
    async for lines in mood_import.export(user_id):
        yield lines.encode()


async def _insights(user_id: UUID, _key: Key) -> Pieces:
    """What the diary shows, in words, as it stands now."""
    yield _json(await insights.kept(user_id))


async def _breathing_csv(user_id: UUID, _key: Key) -> Pieces:
    yield _csv(["id", "technique", "duration", "completedAt", "date", "moodBefore", "moodAfter"])
    async for row in _rows(_Listed("breathing_sessions", "t.*"), user_id):
        yield _csv([row["id"], row["technique"], row["duration"], instant(row["completed_at"]), row["date"], row["mood_before"], row["mood_after"]])


def _csv(cells: list[Any]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(["" if cell is None else guarded(str(cell)) for cell in cells])
    return buffer.getvalue().encode()


Shown = Callable[[asyncpg.Record, Key], Any]


def _plain(row: asyncpg.Record, _key: Key) -> dict[str, Any]:
    """Columns under their JSON names, but for whom they belong to: the file says so."""
    return {_camel(name): instant(value) if hasattr(value, "tzinfo") and hasattr(value, "hour") else value for name, value in row.items()}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


@dataclass(frozen=True)
class _Listed:
    """Rows of a table, read in the order of their ids, each shown as an object."""

    table: str
    columns: str
    where: str = "t.user_id = $1"
    show: Shown = _plain
    join: str = ""
    extra: tuple[Any, ...] = field(default=())

    def __call__(self, user_id: UUID, key: Key) -> Pieces:
        return _listed(self, user_id, key)


async def _rows(listed: _Listed, user_id: UUID) -> AsyncIterator[asyncpg.Record]:
    after = UUID(int=0)
    sql = f"SELECT {listed.columns} FROM {listed.table} t {listed.join} WHERE ({listed.where}) AND t.id > $2 ORDER BY t.id LIMIT {_AT_ONCE}"
    while found := await db.fetch(sql, user_id, after):
        for row in found:
            yield row
        after = found[-1]["id"]


async def _listed(listed: _Listed, user_id: UUID, key: Key) -> Pieces:
    async for piece in _array(_shown(listed, user_id, key)):
        yield piece


async def _shown(listed: _Listed, user_id: UUID, key: Key) -> AsyncIterator[Any]:
    async for row in _rows(listed, user_id):
        yield listed.show(row, key)


async def _array(items: AsyncIterator[Any]) -> Pieces:
    """A JSON array, an item at a time."""
    between = b"["
    async for item in items:
        yield between + b"\n" + _json(item)
        between = b","
    yield b"\n]\n" if between == b"," else b"[]\n"


def _mood(row: asyncpg.Record, key: Key) -> View:
    return mood_view(row, key)


def _import(row: asyncpg.Record, key: Key) -> dict[str, Any]:
    """How an uploaded diary was taken in; what it held stands among the moods."""
    mood_map = key.open(row["mood_map"], "mood_imports.mood_map", row["id"])
    shown: dict[str, Any] = msgspec.to_builtins(mood_import.view(row, key))
    return shown | {"moodMap": json.loads(mood_map) if mood_map else {}}


def _notification(row: asyncpg.Record, key: Key) -> dict[str, Any]:
    return _plain(row, key) | {"data": json.loads(row["data"])}


async def _chats(user_id: UUID, key: Key) -> Pieces:
    """Each conversation with all its messages, both sides'; a message names its file in `chats/`."""
    async for piece in _array(_conversations(user_id, key)):
        yield piece


async def _conversations(user_id: UUID, key: Key) -> AsyncIterator[dict[str, Any]]:
    for row in await session_rows("WHERE s.user_id = $1 ORDER BY s.created_at, s.id", user_id):
        view = msgspec.to_builtins((await session_views([row], "user"))[0])
        for name in ("queue", "unread", "lastSeq"):
            view.pop(name)
        view["messages"] = [message async for message in _messages(row, key)]
        yield view


async def _messages(row: asyncpg.Record, key: Key) -> AsyncIterator[dict[str, Any]]:
    after = 0
    columns = ", ".join(f"m.{name}" for name in MESSAGE_COLUMNS.split(", "))
    sql = f"""
        SELECT {columns}, a.content_type FROM chat_messages m LEFT JOIN chat_attachments a ON a.id = m.attachment_id
        WHERE m.session_id = $1 AND m.seq > $2 ORDER BY m.seq LIMIT {_AT_ONCE}
    """
    while found := await db.fetch(sql, row["id"], after):
        for each in found:
            message = msgspec.to_builtins(message_view(each, key, row["user_read_seq"], row["counselor_read_seq"]))
            del message["attachmentUrl"]
            if each["attachment_id"] is not None:
                message["file"] = _file_name(row["id"], each["attachment_id"], each["content_type"])
            yield message
        after = found[-1]["seq"]


def _file_name(session_id: UUID, attachment_id: UUID, content_type: str) -> str:
    return f"chats/{session_id}/{attachment_id}.{_ENDINGS.get(content_type, 'bin')}"


async def _avatar(user_id: UUID) -> AsyncIterator[tuple[str, Pieces]]:
    """The largest of its sizes."""
    stored = await db.fetchval("SELECT avatar FROM users WHERE id = $1", user_id)
    files: dict[str, str] = json.loads(stored)["files"] if stored else {}
    if files:
        chunks = storage().get(files[max(files, key=int)])
        try:
            yield "avatar.webp", _beginning_with(await anext(chunks), chunks)
        except NoSuchFile:
            return


async def _chat_files(user_id: UUID, key: Key) -> AsyncIterator[tuple[str, Pieces]]:
    """The files that messages carry, and those the person uploaded and has not sent."""
    rows = await db.fetch(
        """
        SELECT a.* FROM chat_attachments a JOIN chat_sessions s ON s.id = a.session_id WHERE s.user_id = $1 AND a.status <> 'failed'
            AND (a.uploader_id = $1 OR EXISTS (SELECT 1 FROM chat_messages m WHERE m.attachment_id = a.id)) ORDER BY a.id
        """,
        user_id,
    )
    for row in rows:
        chunks = open_stream(key, row["file"], storage().get(row["file"]))
        try:
            first = await anext(chunks)
        except (CannotOpen, NoSuchFile):
            # Removed since we looked.
            continue
        yield _file_name(row["session_id"], row["id"], row["content_type"]), _beginning_with(first, chunks)


async def _beginning_with(first: bytes, rest: Pieces) -> Pieces:
    yield first
    async for chunk in rest:
        yield chunk


async def _access_log(user_id: UUID, _key: Key) -> Pieces:
    async for piece in _array(access_log.every(user_id)):
        yield piece


_SUBJECTS: dict[str, Callable[[UUID, Key], Pieces]] = {
    "profile.json": _profile,
    "preferences.json": _preferences,
    "moods.json": _Listed("mood_entries", ", ".join(f"t.{name}" for name in MOOD_COLUMNS.split(", ")), show=_mood),
    "moods.csv": _moods_csv,
    "insights.json": _insights,
    "mood_imports.json": _Listed("mood_imports", "t.*", show=_import),
    "chats.json": _chats,
    "risk_flags.json": _Listed("risk_flags", "t.id, t.source, t.source_id, t.level, t.created_at"),
    "programs.json": _Listed(
        "user_programs",
        "t.id, p.title, t.program_id, t.version, t.status, t.progress, t.started_at, t.completed_at, t.last_accessed_at",
        join="JOIN programs p ON p.id = t.program_id",
    ),
    "modules.json": _Listed("module_completions", "t.id, m.title, t.module_id, t.completed_at, t.time_spent, t.score", join="JOIN program_modules m ON m.id = t.module_id"),
    "breathing.json": _Listed("breathing_sessions", "t.id, t.technique, t.duration, t.mood_before, t.mood_after, t.date, t.completed_at, t.created_at"),
    "breathing.csv": _breathing_csv,
    "achievements.json": _Listed("user_achievements", "t.id, a.name, a.description, a.points, t.earned_at", join="JOIN achievements a ON a.id = t.achievement_id"),
    "notifications.json": _Listed("notifications", "t.id, t.kind, t.title, t.body, t.data, t.is_read, t.created_at", where="t.principal_id = $1", show=_notification),
    "mails.json": _Listed("mails", "t.id, t.kind, t.status, t.created_at, t.sent_at", where="t.principal_id = $1"),
    "devices.json": _Listed("devices", "t.id, t.platform, t.created_at, t.last_seen_at", where="t.principal_id = $1"),
    "sign_ins.json": _Listed("auth_sessions", "t.id, t.user_agent, t.created_at, t.last_used_at, t.expires_at, t.revoked_at", where="t.principal_id = $1"),
    "access_log.json": _access_log,
    "exports.json": _Listed("data_exports", "t.id, t.status, t.created_at, t.finished_at, t.fetched_at"),
}
