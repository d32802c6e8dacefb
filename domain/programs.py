"""Self-help programs: finding one, following it at one's own pace, finishing it.

Whoever enrols stays with the program as it was then: a later change of its structure makes a new version (`domain.program_editing`), so that
nobody's progress ever goes back. Modules come in order: one is locked until every required one before it is done; it may be read
all the same, only not be finished.

The modules of a premium program are for those who have premium, but for those that say `free`: nobody pays to learn that they are in danger.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import asyncpg
import msgspec

from core import clock, db, jobs
from core.jobs import Job
from core.problem import Conflict, Forbidden, NotFound
from core.views import Instant, View, instant, instant_or_none
from domain import mails, program_content
from domain.languages import spoken
from domain.program_content import Content

Status = Literal["not_started", "in_progress", "completed"]
ModuleType = Literal["text", "audio", "video", "interactive"]
Difficulty = Literal["beginner", "intermediate", "advanced"]


class PremiumRequired(Forbidden):
    code, title = "premium_required", "This program is part of the premium plan"


class NotEnrolled(Conflict):
    code, title = "not_enrolled", "Enrol in the program first"


class ModuleLocked(Conflict):
    code, title = "module_locked", "Finish the required modules before this one first"


class ProgramProgressed(Job):
    """Somebody finished a module: look at their achievements."""

    user_id: UUID


class Enrollment(View):
    """`progress`: the percentage of required modules done."""

    id: UUID
    program_id: UUID
    status: Status
    progress: float
    started_at: Instant
    completed_at: Instant | None
    last_accessed_at: Instant


class Program(View):
    """`duration` in days."""

    id: UUID
    title: str
    description: str
    category: str
    duration: int
    difficulty: Difficulty
    is_premium: bool
    is_active: bool
    module_count: int
    enrollment: Enrollment | None


class ModuleLight(View):
    """`duration` in minutes, `order_index` from 0; `locked` until every required module before it is done; `is_free` without premium too."""

    id: UUID
    title: str
    description: str
    type: ModuleType
    duration: int
    order_index: int
    is_required: bool
    is_free: bool
    completed: bool
    locked: bool


class ProgramDetail(Program):
    method: str
    modules: list[ModuleLight]


class Module(ModuleLight):
    program_id: UUID
    method: str
    content: Content


class Completion(View):
    """`time_spent` in seconds, `score` 0–100."""

    id: UUID
    module_id: UUID
    completed_at: Instant
    time_spent: int
    score: float | None


class Completed(View):
    completion: Completion
    enrollment: Enrollment


class ProgramProgress(View):
    program: Program
    status: Status
    progress: float
    started_at: Instant
    completed_at: Instant | None
    last_accessed_at: Instant
    next_module: ModuleLight | None


@dataclass(frozen=True)
class Filters:
    category: str | None = None
    difficulty: str | None = None
    search: str | None = None


# The modules of the version a person follows: the one they enrolled in, or the newest.
_MODULES = "FROM program_modules m WHERE m.program_id = {program} AND m.from_version <= {version} AND (m.to_version IS NULL OR m.to_version > {version})"
_PROGRAM = f"""
    SELECT p.*, u.language, u.is_premium AS has_premium,
        e.id AS enrolment_id, e.status, e.progress, e.started_at, e.completed_at, e.last_accessed_at, COALESCE(e.version, p.version) AS followed,
        (SELECT count(*) {_MODULES.format(program="p.id", version="COALESCE(e.version, p.version)")}) AS module_count
    FROM programs p JOIN users u ON u.id = $1 LEFT JOIN user_programs e ON e.program_id = p.id AND e.user_id = u.id
"""
# A program that staff are still writing has no modules; one that was retired stays with those who follow it.
_OPEN = f"p.is_active AND EXISTS (SELECT 1 {_MODULES.format(program='p.id', version='p.version')})"


def _enrollment(row: asyncpg.Record) -> Enrollment:
    return Enrollment(
        id=row["enrolment_id"],
        program_id=row["id"],
        status=row["status"],
        progress=row["progress"],
        started_at=instant(row["started_at"]),
        completed_at=instant_or_none(row["completed_at"]),
        last_accessed_at=instant(row["last_accessed_at"]),
    )


def _shared(row: asyncpg.Record, language: str) -> dict[str, Any]:
    said = translated(row, language)
    plain = {name: row[name] for name in ("id", "category", "duration", "difficulty", "is_premium", "is_active", "module_count")}
    return {**plain, **said, "enrollment": _enrollment(row) if row["enrolment_id"] else None}


def translated(row: asyncpg.Record, language: str) -> dict[str, Any]:
    """Title and description in a language we speak."""
    found = json.loads(row["translations"]).get(spoken(language), {})
    return {"title": found.get("title", row["title"]), "description": found.get("description", row["description"])}


async def page(user_id: UUID, language: str, filters: Filters, *, after: tuple[datetime, UUID] | None, limit: int) -> list[tuple[tuple[datetime, UUID], Program]]:
    """Active programs, newest first, each with its position; the search is for text in title or description as shown, letter for letter."""
    needle = None if filters.search is None else f"%{_literal(filters.search)}%"
    rows = await db.fetch(
        f"""
        {_PROGRAM}
        WHERE {_OPEN} AND ($2::text IS NULL OR p.category = $2) AND ($3::text IS NULL OR p.difficulty = $3)
            AND ($4::text IS NULL OR COALESCE(p.translations #>> ARRAY[$5, 'title'], p.title) ILIKE $4
                OR COALESCE(p.translations #>> ARRAY[$5, 'description'], p.description) ILIKE $4)
            AND ($6::timestamptz IS NULL OR (p.created_at, p.id) < ($6, $7::uuid))
        ORDER BY p.created_at DESC, p.id DESC LIMIT $8
        """,
        user_id, filters.category, filters.difficulty, needle, spoken(language), *(after or (None, None)), limit,
    )  # fmt: skip
    return [((row["created_at"], row["id"]), Program(**_shared(row, language))) for row in rows]


def _literal(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


async def one(user_id: UUID, program_id: UUID) -> ProgramDetail:
    """A program with its modules. Raises NotFound, also for a retired one that this person does not follow."""
    row = await _row(user_id, program_id)
    return ProgramDetail(**_shared(row, row["language"]), method=row["method"], modules=await _modules(user_id, row))


async def _row(user_id: UUID, program_id: UUID) -> asyncpg.Record:
    row = await db.fetchrow(f"{_PROGRAM} WHERE p.id = $2 AND (({_OPEN}) OR e.id IS NOT NULL)", user_id, program_id)
    if row is None:
        raise NotFound
    return row


async def _modules(user_id: UUID, program: asyncpg.Record) -> list[ModuleLight]:
    rows = await db.fetch(
        f"""
        SELECT m.id, m.title, m.description, m.translations, m.type, m.duration, m.is_required, (m.content ->> 'free') IS NOT DISTINCT FROM 'true' AS is_free,
            EXISTS (SELECT 1 FROM module_completions c WHERE c.module_id = m.id AND c.user_id = $1) AS completed
        {_MODULES.format(program="$2", version="$3")} ORDER BY m.order_index, m.id
        """,
        user_id, program["id"], program["followed"],
    )  # fmt: skip
    found, is_open = [], True
    for index, row in enumerate(rows):
        plain = {name: row[name] for name in ("id", "type", "duration", "is_required", "completed")}
        found.append(
            ModuleLight(
                **plain, **translated(row, program["language"]), order_index=index, is_free=row["is_free"] or not program["is_premium"], locked=not is_open and not row["completed"]
            )
        )
        is_open = is_open and (row["completed"] or not row["is_required"])
    return found


async def module(user_id: UUID, module_id: UUID) -> Module:
    """A module with its content. Raises NotFound, PremiumRequired."""
    program, light = await _module(user_id, module_id)
    row = await db.fetchrow("SELECT method, content FROM program_modules WHERE id = $1", module_id)
    if row is None:
        raise NotFound
    await db.execute("UPDATE user_programs SET last_accessed_at = $3 WHERE user_id = $1 AND program_id = $2", user_id, program["id"], clock.now())
    return Module(**msgspec.structs.asdict(light), program_id=program["id"], method=row["method"], content=program_content.decode(row["content"]))


async def _module(user_id: UUID, module_id: UUID) -> tuple[asyncpg.Record, ModuleLight]:
    """A module of the version that this person follows, with its program. Raises NotFound, PremiumRequired."""
    program_id = await db.fetchval("SELECT program_id FROM program_modules WHERE id = $1", module_id)
    if program_id is None:
        raise NotFound
    program = await _row(user_id, program_id)
    light = next((each for each in await _modules(user_id, program) if each.id == module_id), None)
    if light is None:
        raise NotFound
    if not light.is_free and not program["has_premium"]:
        raise PremiumRequired
    return program, light


async def enroll(user_id: UUID, program_id: UUID) -> tuple[Enrollment, bool]:
    """Begin a program; again gives the same enrolment and False. Raises NotFound, PremiumRequired."""
    row = await _row(user_id, program_id)
    if row["enrolment_id"] is not None:
        return _enrollment(row), False
    if row["is_premium"] and not row["has_premium"]:
        raise PremiumRequired
    made = await db.execute(
        """
        INSERT INTO user_programs (id, user_id, program_id, version, status, progress, started_at, last_accessed_at)
        SELECT $1, $2, id, version, 'in_progress', 0, $4, $4 FROM programs WHERE id = $3 ON CONFLICT (user_id, program_id) DO NOTHING
        """,
        clock.new_id(), user_id, program_id, clock.now(),
    )  # fmt: skip
    return _enrollment(await _row(user_id, program_id)), bool(made)


async def complete(user_id: UUID, module_id: UUID, time_spent: int, score: float | None) -> Completed:
    """Finish a module; again gives the same completion. Raises NotFound, PremiumRequired, NotEnrolled, ModuleLocked."""
    async with db.transaction():
        # One at a time for a person and program, so that progress counts all of them.
        await db.execute("SELECT 1 FROM user_programs WHERE user_id = $1 AND program_id = (SELECT program_id FROM program_modules WHERE id = $2) FOR UPDATE", user_id, module_id)
        program, light = await _module(user_id, module_id)
        if program["enrolment_id"] is None:
            raise NotEnrolled
        if light.locked:
            raise ModuleLocked
        if not light.completed:
            now = clock.now()
            await db.execute(
                "INSERT INTO module_completions (id, user_id, module_id, completed_at, time_spent, score) VALUES ($1, $2, $3, $4, $5, $6)",
                clock.new_id(), user_id, module_id, now, time_spent, score,
            )  # fmt: skip
            await _count(user_id, program, now)
            await jobs.defer(ProgramProgressed(user_id=user_id), key=str(user_id))
        done = await db.fetchrow("SELECT * FROM module_completions WHERE user_id = $1 AND module_id = $2", user_id, module_id)
        program = await _row(user_id, program["id"])
    assert done is not None
    completion = Completion(id=done["id"], module_id=module_id, completed_at=instant(done["completed_at"]), time_spent=done["time_spent"], score=done["score"])
    return Completed(completion=completion, enrollment=_enrollment(program))


async def _count(user_id: UUID, program: asyncpg.Record, now: datetime) -> None:
    """Work out an enrolment's progress anew, and tell who has just finished; a finished one stays finished."""
    modules = await _modules(user_id, program)
    # A program of optional modules only is done when all of them are.
    counted = [each for each in modules if each.is_required] or modules
    done = sum(each.completed for each in counted)
    percent = round(100 * done / len(counted), 2)
    await db.execute(
        """
        UPDATE user_programs SET last_accessed_at = $3, progress = GREATEST(progress, $4), status = CASE WHEN $5 THEN 'completed' ELSE status END,
            completed_at = CASE WHEN $5 THEN COALESCE(completed_at, $3) ELSE completed_at END
        WHERE user_id = $1 AND program_id = $2
        """,
        user_id, program["id"], now, percent, done == len(counted),
    )  # fmt: skip
    if done == len(counted) and program["status"] != "completed":
        # It names no program: a subject line is read by whoever stands beside.
        await mails.send_optional(user_id, "achievement", finished=True)


async def progress(user_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int) -> list[tuple[tuple[datetime, UUID], ProgramProgress]]:
    """The programs somebody is in, the last begun first, each with its position."""
    rows = await db.fetch(
        f"{_PROGRAM} WHERE e.id IS NOT NULL AND ($2::timestamptz IS NULL OR (e.started_at, e.id) < ($2, $3::uuid)) ORDER BY e.started_at DESC, e.id DESC LIMIT $4",
        user_id, *(after or (None, None)), limit,
    )  # fmt: skip
    found = []
    for row in rows:
        enrolled = _enrollment(row)
        upcoming = next((each for each in await _modules(user_id, row) if not each.completed and not each.locked), None)
        found.append(
            (
                (row["started_at"], row["enrolment_id"]),
                ProgramProgress(
                    program=Program(**_shared(row, row["language"])),
                    status=enrolled.status,
                    progress=enrolled.progress,
                    started_at=enrolled.started_at,
                    completed_at=enrolled.completed_at,
                    last_accessed_at=enrolled.last_accessed_at,
                    next_module=upcoming,
                ),
            )
        )
    return found
