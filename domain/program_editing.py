"""Writing and changing programs, by staff and by the catalogue, so that a change never breaks somebody's progress.

Words and content change where they stand, for everybody. Which modules there are, their order, their type, and which of them are required,
is a program's structure: changing it makes a new version. A module that goes, or becomes another, keeps its row for the versions it belonged to; whoever
enrolled in one of these reads and finishes it as before.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any
from uuid import UUID

import asyncpg

from core import clock, db
from core.problem import Conflict, Invalid, NotFound
from core.views import Instant, View, instant, require_version
from domain import audit, program_content
from domain.access import Principal
from domain.program_content import Content
from domain.programs import Difficulty, ModuleType

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SLUG_CHARACTERS = 64
MOST_MODULES = 100


class SlugTaken(Conflict):
    title = "There is a program or module of that slug already"


class ProgramToEdit(View):
    """A program as staff see it. `version` counts changes of its structure; `from_catalog` until staff change it, for then it is theirs."""

    id: UUID
    slug: str
    title: str
    description: str
    category: str
    duration: int
    difficulty: Difficulty
    method: str
    translations: dict[str, dict[str, str]]
    is_premium: bool
    is_active: bool
    version: int
    from_catalog: bool
    module_count: int
    enrolled: int
    completed: int
    created_at: Instant
    updated_at: Instant


class ModuleToEdit(View):
    """A module of a program's newest version; `order_index` from 0."""

    id: UUID
    program_id: UUID
    slug: str
    title: str
    description: str
    type: ModuleType
    duration: int
    order_index: int
    is_required: bool
    method: str
    translations: dict[str, dict[str, str]]
    content: Content
    created_at: Instant
    updated_at: Instant


@dataclass(frozen=True)
class ProgramWords:
    """What a program says of itself; `duration` in days."""

    title: str
    description: str
    category: str
    duration: int
    difficulty: str
    method: str = ""
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    is_premium: bool = False


@dataclass(frozen=True)
class ModuleWords:
    """A module as it shall be; `duration` in minutes."""

    slug: str
    title: str
    description: str
    type: str
    duration: int
    content: Content
    is_required: bool = True
    method: str = ""
    translations: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[str, str, bool]:
        """What makes it another module when it changes."""
        return self.slug, self.type, self.is_required

    @property
    def columns(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in ("slug", "title", "description", "type", "duration", "is_required", "method")}
        return {**plain, "translations": json.dumps(self.translations), "content": program_content.encode(self.content)}


_CURRENT = "m.program_id = p.id AND m.to_version IS NULL"
_PROGRAM = f"""
    SELECT p.*, (SELECT count(*) FROM program_modules m WHERE {_CURRENT}) AS module_count,
        (SELECT count(*) FROM user_programs e WHERE e.program_id = p.id) AS enrolled,
        (SELECT count(*) FROM user_programs e WHERE e.program_id = p.id AND e.status = 'completed') AS completed
    FROM programs p
"""


def _program_view(row: asyncpg.Record) -> ProgramToEdit:
    same = {name: row[name] for name in ProgramToEdit.__struct_fields__ if name not in ("translations", "from_catalog", "created_at", "updated_at")}
    return ProgramToEdit(
        **same, translations=json.loads(row["translations"]), from_catalog=row["catalog_version"] is not None,
        created_at=instant(row["created_at"]), updated_at=instant(row["updated_at"]),
    )  # fmt: skip


async def page(*, after: tuple[datetime, UUID] | None, limit: int) -> list[ProgramToEdit]:
    """All programs, retired ones too, newest first, after a position."""
    rows = await db.fetch(
        f"{_PROGRAM} WHERE $1::timestamptz IS NULL OR (p.created_at, p.id) < ($1, $2::uuid) ORDER BY p.created_at DESC, p.id DESC LIMIT $3",
        *(after or (None, None)), limit,
    )  # fmt: skip
    return [_program_view(row) for row in rows]


async def one(program_id: UUID) -> ProgramToEdit:
    """Raises NotFound."""
    row = await db.fetchrow(f"{_PROGRAM} WHERE p.id = $1", program_id)
    if row is None:
        raise NotFound
    return _program_view(row)


async def add(principal: Principal, words: ProgramWords, *, slug: str | None = None, is_active: bool = True) -> ProgramToEdit:
    """A program of staff's own, yet without modules; people see it once it has one. Raises Invalid, SlugTaken."""
    async with db.transaction():
        program_id = await insert(slug_for(slug, words.title), words, is_active=is_active)
        await audit.record("program_added", actor=principal.actor, subject=("program", program_id))
        return await one(program_id)


async def insert(slug: str, words: ProgramWords, *, is_active: bool = True, catalog_version: str | None = None) -> UUID:
    """A program's row, in the open transaction. Raises SlugTaken."""
    program_id, now = clock.new_id(), clock.now()
    made = await db.execute(
        """
        INSERT INTO programs (id, slug, title, description, category, duration, difficulty, method, translations, is_premium, is_active, version, catalog_version, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12, $13, $13) ON CONFLICT (slug) DO NOTHING
        """,
        program_id, slug, words.title, words.description, words.category, words.duration, words.difficulty, words.method,
        json.dumps(words.translations), words.is_premium, is_active, catalog_version, now,
    )  # fmt: skip
    if not made:
        raise SlugTaken
    return program_id


def slug_for(given: str | None, title: str) -> str:
    """The slug that was given, or one of the title's words and something of its own. Raises Invalid."""
    if given is not None:
        if not SLUG.fullmatch(given) or len(given) > SLUG_CHARACTERS:
            raise Invalid([("slug", f"must be lower-case words joined by hyphens, at most {SLUG_CHARACTERS} characters")])
        return given
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return "-".join([*re.findall(r"[a-z0-9]+", plain)[:6], clock.new_id().hex[-8:]])[-SLUG_CHARACTERS:].strip("-")


async def change(principal: Principal, program_id: UUID, changes: Mapping[str, Any], if_match: str | None = None) -> ProgramToEdit:
    """Change any of what a program says of itself, whether it is premium, whether it is active. From now on it is staff's.

    Raises NotFound, and Stale unless `if_match` is its version.
    """
    async with db.transaction():
        await _lock(program_id)
        require_version(await one(program_id), if_match)
        await _set(program_id, changes)
        await audit.record("program_changed", actor=principal.actor, subject=("program", program_id), fields=sorted(changes))
        return await one(program_id)


async def retire(principal: Principal, program_id: UUID) -> None:
    """Nobody new can begin it; whoever is in it goes on. Raises NotFound."""
    async with db.transaction():
        await _lock(program_id)
        await _set(program_id, {"is_active": False})
        await audit.record("program_retired", actor=principal.actor, subject=("program", program_id))


async def _lock(program_id: UUID) -> asyncpg.Record:
    """One change of a program at a time; people enrol meanwhile. Raises NotFound."""
    row = await db.fetchrow("SELECT * FROM programs WHERE id = $1 FOR NO KEY UPDATE", program_id)
    if row is None:
        raise NotFound
    return row


async def _set(program_id: UUID, changes: Mapping[str, Any], *, catalog_version: str | None = None) -> None:
    columns = {name: json.dumps(value) if name == "translations" else value for name, value in changes.items()}
    assignments = "".join(f", {name} = ${index}" for index, name in enumerate(columns, start=4))
    await db.execute(f"UPDATE programs SET catalog_version = $2, updated_at = $3{assignments} WHERE id = $1", program_id, catalog_version, clock.now(), *columns.values())


async def bring(slug: str, words: ProgramWords, modules: list[ModuleWords], catalog_version: str) -> bool:
    """What a file of the catalogue says, in the open transaction; False where nothing is to be done: it is there already, or staff's by now."""
    row = await db.fetchrow("SELECT * FROM programs WHERE slug = $1 FOR NO KEY UPDATE", slug)
    if row is not None and row["catalog_version"] in (None, catalog_version):
        return False
    if row is None:
        program_id = await insert(slug, words, catalog_version=catalog_version)
    else:
        program_id = row["id"]
        await _set(program_id, {name: getattr(words, name) for name in words.__dataclass_fields__}, catalog_version=catalog_version)
    await arrange(program_id, modules, first=row is None)
    return True


async def modules(program_id: UUID) -> list[ModuleToEdit]:
    """The modules of the newest version, in order. Raises NotFound."""
    await one(program_id)
    return [_module_view(row, index) for index, row in enumerate(await _current(program_id))]


async def _current(program_id: UUID) -> list[asyncpg.Record]:
    return await db.fetch("SELECT * FROM program_modules WHERE program_id = $1 AND to_version IS NULL ORDER BY order_index, id", program_id)


def _module_view(row: asyncpg.Record, index: int) -> ModuleToEdit:
    words = _words(row)
    return ModuleToEdit(
        **{name: getattr(words, name) for name in words.__dataclass_fields__ if name != "translations"}, translations=json.loads(row["translations"]),
        id=row["id"], program_id=row["program_id"], order_index=index, created_at=instant(row["created_at"]), updated_at=instant(row["updated_at"]),
    )  # fmt: skip


def _words(row: asyncpg.Record) -> ModuleWords:
    plain = {name: row[name] for name in ("slug", "title", "description", "type", "duration", "is_required", "method")}
    return ModuleWords(**plain, translations=json.loads(row["translations"]), content=program_content.decode(row["content"]))


async def add_module(principal: Principal, program_id: UUID, *, content: dict[str, Any], slug: str | None = None, order_index: int | None = None, **said: Any) -> ModuleToEdit:
    """A module more, at a place from 0, or last; `said` are the other fields of ModuleWords. Raises NotFound, Invalid, SlugTaken."""
    words = ModuleWords(slug=slug_for(slug, said["title"]), content=program_content.parse(said["type"], content), **said)
    async with db.transaction():
        await _lock(program_id)
        wanted = [_words(row) for row in await _current(program_id)]
        if words.slug in {each.slug for each in wanted}:
            raise SlugTaken
        if len(wanted) >= MOST_MODULES:
            raise Invalid([("", f"a program has at most {MOST_MODULES} modules")])
        wanted.insert(len(wanted) if order_index is None else order_index, words)
        return await _rearrange(principal, "program_module_added", program_id, wanted, words.slug)


async def change_module(principal: Principal, program_id: UUID, module_id: UUID, changes: Mapping[str, Any]) -> ModuleToEdit:
    """Change any of a module's fields, or its place: `order_index`, `content` and the fields of ModuleWords but the slug.

    Whatever changes the structure gives it a new id, for the new version. Raises NotFound, Invalid.
    """
    async with db.transaction():
        await _lock(program_id)
        wanted, index = await _with(program_id, module_id)
        before = wanted.pop(index)
        told = {name: value for name, value in changes.items() if name not in ("order_index", "content")}
        kind = changes.get("type", before.type)
        if "content" in changes:
            told["content"] = program_content.parse(kind, changes["content"])
        elif kind != before.type:
            raise Invalid([("content", "must be given with another type")])
        wanted.insert(changes.get("order_index", index), replace(before, **told))
        return await _rearrange(principal, "program_module_changed", program_id, wanted, before.slug, fields=sorted(changes))


async def retire_module(principal: Principal, program_id: UUID, module_id: UUID) -> None:
    """Take a module out of the newest version. Raises NotFound."""
    async with db.transaction():
        await _lock(program_id)
        wanted, index = await _with(program_id, module_id)
        del wanted[index]
        await arrange(program_id, wanted)
        await _set(program_id, {})
        await audit.record("program_module_retired", actor=principal.actor, subject=("program", program_id), module=str(module_id))


async def _with(program_id: UUID, module_id: UUID) -> tuple[list[ModuleWords], int]:
    """The modules of the newest version, and where this one stands. Raises NotFound."""
    rows = await _current(program_id)
    index = next((index for index, row in enumerate(rows) if row["id"] == module_id), None)
    if index is None:
        raise NotFound
    return [_words(row) for row in rows], index


async def _rearrange(principal: Principal, action: str, program_id: UUID, wanted: list[ModuleWords], slug: str, **data: Any) -> ModuleToEdit:
    await arrange(program_id, wanted)
    await _set(program_id, {})
    found = next(each for each in await modules(program_id) if each.slug == slug)
    await audit.record(action, actor=principal.actor, subject=("program", program_id), module=str(found.id), **data)
    return found


async def arrange(program_id: UUID, wanted: list[ModuleWords], *, first: bool = False) -> None:
    """Give a locked program these modules, in this order: as a new version when its structure changes, unless it is the `first`.

    Modules that stay what they are and in their order keep their rows; the others' rows end with the old version. Places are numbers of the whole program: one
    moves all behind it up by one, in all versions, so that no version's order changes.
    """
    rows = await _current(program_id)
    kept = _kept([_words(row).shape for row in rows], [each.shape for each in wanted])
    version = await db.fetchval("SELECT version FROM programs WHERE id = $1", program_id)
    if len(kept) < max(len(rows), len(wanted)) and not first:
        version = await db.fetchval("UPDATE programs SET version = version + 1 WHERE id = $1 RETURNING version", program_id)
    ended = [row["id"] for index, row in enumerate(rows) if index not in kept.values()]
    await db.execute("UPDATE program_modules SET to_version = $2 WHERE id = ANY($1)", ended, version)
    place = -1
    for index, words in enumerate(wanted):
        if index in kept:
            row = rows[kept[index]]
            place = await db.fetchval("SELECT order_index FROM program_modules WHERE id = $1", row["id"])
            await _rewrite(row, words)
        else:
            place += 1
            await db.execute("UPDATE program_modules SET order_index = order_index + 1 WHERE program_id = $1 AND order_index >= $2", program_id, place)
            await _insert_module(program_id, words, place, version)


def _kept(before: list[tuple[str, str, bool]], wanted: list[tuple[str, str, bool]]) -> dict[int, int]:
    """Which of the wanted are there and may stay, by their index among the wanted: their index before."""
    blocks = SequenceMatcher(None, before, wanted, autojunk=False).get_matching_blocks()
    return {block.b + offset: block.a + offset for block in blocks for offset in range(block.size)}


async def _rewrite(row: asyncpg.Record, words: ModuleWords) -> None:
    """Other words where a module stands."""
    if _words(row) != words:
        columns = words.columns
        assignments = ", ".join(f"{name} = ${index}" for index, name in enumerate(columns, start=3))
        await db.execute(f"UPDATE program_modules SET updated_at = $2, {assignments} WHERE id = $1", row["id"], clock.now(), *columns.values())


async def _insert_module(program_id: UUID, words: ModuleWords, place: int, version: int) -> None:
    now = clock.now()
    columns = {"id": clock.new_id(), "program_id": program_id, "order_index": place, "from_version": version, "created_at": now, "updated_at": now, **words.columns}
    await db.execute(f"INSERT INTO program_modules ({', '.join(columns)}) VALUES ({', '.join(f'${n}' for n in range(1, len(columns) + 1))})", *columns.values())
