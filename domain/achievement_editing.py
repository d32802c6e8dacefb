"""Achievements as staff write, change and retire them. What they have changed is theirs: the catalogue leaves it alone from then on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from core import clock, db, jobs
from core.problem import Conflict, Invalid, NotFound, placed
from core.views import Instant, View, instant, require_version
from domain import audit, requirements
from domain.access import Principal
from domain.awarding import AwardEverybody
from domain.program_editing import slug_for

# Beside the languages in `translations`: that staff own the row.
_STAFF: dict[str, Any] = {"staff": {}}


class SlugTaken(Conflict):
    title = "There is an achievement of that slug already"


class AchievementToEdit(View):
    """An achievement as staff see it; `from_catalog` until they change it."""

    id: UUID
    slug: str
    name: str
    description: str
    translations: dict[str, dict[str, str]]
    icon: str
    category: str
    points: int
    requirement: dict[str, Any]
    is_active: bool
    from_catalog: bool
    earned: int
    created_at: Instant
    updated_at: Instant


_ROWS = "SELECT a.*, (SELECT count(*) FROM user_achievements u WHERE u.achievement_id = a.id) AS earned FROM achievements a"


def _view(row: asyncpg.Record) -> AchievementToEdit:
    translations = json.loads(row["translations"])
    by_staff = translations.pop("staff", None) is not None
    plain = {name: row[name] for name in ("id", "slug", "name", "description", "icon", "category", "points", "is_active", "earned")}
    return AchievementToEdit(
        **plain, translations=translations, requirement=json.loads(row["requirement"]), from_catalog=not by_staff,
        created_at=instant(row["created_at"]), updated_at=instant(row["updated_at"]),
    )  # fmt: skip


async def page(*, after: tuple[datetime, UUID] | None, limit: int) -> list[AchievementToEdit]:
    """All achievements, retired ones too, newest first, after a position."""
    rows = await db.fetch(
        f"{_ROWS} WHERE $1::timestamptz IS NULL OR (a.created_at, a.id) < ($1, $2::uuid) ORDER BY a.created_at DESC, a.id DESC LIMIT $3", *(after or (None, None)), limit
    )
    return [_view(row) for row in rows]


async def _one(achievement_id: UUID, *, lock: bool = False) -> AchievementToEdit:
    row = await db.fetchrow(f"{_ROWS} WHERE a.id = $1{' FOR NO KEY UPDATE OF a' if lock else ''}", achievement_id)
    if row is None:
        raise NotFound
    return _view(row)


async def add(principal: Principal, said: Mapping[str, Any], *, slug: str | None = None) -> AchievementToEdit:
    """A new achievement; whoever has earned it already is given it. Raises Invalid for a requirement not of the grammar, SlugTaken."""
    await _check(said["requirement"])
    achievement_id = clock.new_id()
    async with db.transaction():
        columns = {"id": achievement_id, "slug": slug_for(slug, said["name"]), "is_active": True, "created_at": clock.now(), "updated_at": clock.now(), **_columns(said)}
        made = await db.execute(
            f"INSERT INTO achievements ({', '.join(columns)}) VALUES ({', '.join(f'${n}' for n in range(1, len(columns) + 1))}) ON CONFLICT (slug) DO NOTHING", *columns.values()
        )
        if not made:
            raise SlugTaken
        await audit.record("achievement_added", actor=principal.actor, subject=("achievement", achievement_id))
        await jobs.defer(AwardEverybody(), key="catalogue")
        return await _one(achievement_id)


async def change(principal: Principal, achievement_id: UUID, changes: Mapping[str, Any], if_match: str | None = None) -> AchievementToEdit:
    """Change any of its fields but the slug; who has it keeps it, who has earned it now is given it. Raises NotFound, Invalid, and Stale unless `if_match` is its version."""
    if "requirement" in changes:
        await _check(changes["requirement"])
    async with db.transaction():
        before = await _one(achievement_id, lock=True)
        require_version(before, if_match)
        columns = _columns({"translations": before.translations, **changes})
        assignments = "".join(f", {name} = ${index}" for index, name in enumerate(columns, start=3))
        await db.execute(f"UPDATE achievements SET updated_at = $2{assignments} WHERE id = $1", achievement_id, clock.now(), *columns.values())
        await audit.record("achievement_changed", actor=principal.actor, subject=("achievement", achievement_id), fields=sorted(changes))
        after = await _one(achievement_id)
        if (after.requirement, after.is_active) != (before.requirement, before.is_active):
            await jobs.defer(AwardEverybody(), key="catalogue")
        return after


async def retire(principal: Principal, achievement_id: UUID) -> None:
    """Nobody new can earn it; who has it keeps it. Raises NotFound."""
    async with db.transaction():
        before = await _one(achievement_id, lock=True)
        await db.execute(
            "UPDATE achievements SET is_active = false, translations = $3, updated_at = $2 WHERE id = $1",
            achievement_id, clock.now(), _columns({"translations": before.translations})["translations"],
        )  # fmt: skip
        await audit.record("achievement_retired", actor=principal.actor, subject=("achievement", achievement_id))


def _columns(said: Mapping[str, Any]) -> dict[str, Any]:
    columns = dict(said)
    columns["translations"] = json.dumps({**said.get("translations", {}), **_STAFF})
    if "requirement" in said:
        columns["requirement"] = json.dumps(said["requirement"])
    return columns


async def _check(requirement: dict[str, Any]) -> None:
    """Raises Invalid for what the grammar does not have, or a program that is not there."""
    try:
        wanted = requirements.parse(json.dumps(requirement))
    except msgspec.ValidationError as error:
        raise Invalid([placed("requirement", str(error))]) from None
    except msgspec.DecodeError:
        raise Invalid([("requirement", "must not contain lone surrogates")]) from None
    programs = {each.removeprefix(requirements.program("")) for each in requirements.subjects(wanted) if each.startswith(requirements.program(""))}
    known = {row["slug"] for row in await db.fetch("SELECT slug FROM programs WHERE slug = ANY($1)", list(programs))}
    if programs - known:
        raise Invalid([("requirement", f"there is no program {min(programs - known)}")])
