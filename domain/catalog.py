"""Loading the catalogue: content kept as data in `catalog/`, brought into the database by name, changed rows only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

import msgspec

from core import clock, db, jobs
from domain import breathing, crisis_lines, program_catalog, requirements, topics
from domain.awarding import AwardEverybody

T = TypeVar("T")

FOLDER = Path(__file__).parent.parent / "catalog"
_LOADING = 0x63617461  # "cata"


class CatalogError(Exception):
    """A catalogue file is wrong; the message names the file and the entry."""


class _Translation(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    description: str


class _Achievement(msgspec.Struct, forbid_unknown_fields=True):
    slug: str
    name: str
    description: str
    icon: str
    category: str
    points: int
    requirement: msgspec.Raw
    es: _Translation


async def load() -> dict[str, int]:
    """Bring the catalogue into the database; returns how many entries are new or changed, by subject. What staff have changed stays theirs.

    Files that are not kept there are checked too. Raises CatalogError before anything is written.
    """
    found = _read(FOLDER / "achievements.json", list[_Achievement])
    wanted: dict[str, frozenset[str]] = {}
    for each in found:
        try:
            wanted[each.slug] = requirements.subjects(requirements.parse(bytes(each.requirement)))
        except msgspec.ValidationError as error:
            raise CatalogError(f"achievements.json: {each.slug}: {error}") from None
    programs = program_catalog.read()
    known = {requirements.program(each.slug) for each in programs}
    for slug, subjects in wanted.items():
        if unknown := {each for each in subjects if each.startswith(requirements.program(""))} - known:
            raise CatalogError(f"achievements.json: {slug}: there is no {min(unknown)}")
    topics.load()
    crisis_lines.load()
    breathing.load()
    async with db.transaction():
        # One at a time, when several systems start on one database.
        await db.execute("SELECT pg_advisory_xact_lock($1)", _LOADING)
        changed = [await _store(each) for each in found]
        if any(changed):
            await jobs.defer(AwardEverybody(), key="catalogue")
        return {"achievements": sum(changed), "programs": await program_catalog.bring(programs)}


async def _store(each: _Achievement) -> bool:
    return bool(
        await db.execute(
            """
            INSERT INTO achievements AS a (id, slug, name, description, translations, icon, category, points, requirement, is_active, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, true, $10, $10)
            ON CONFLICT (slug) DO UPDATE SET name = EXCLUDED.name, description = EXCLUDED.description, translations = EXCLUDED.translations,
                icon = EXCLUDED.icon, category = EXCLUDED.category, points = EXCLUDED.points, requirement = EXCLUDED.requirement, updated_at = EXCLUDED.updated_at
            WHERE NOT a.translations ? 'staff' AND (a.name, a.description, a.translations, a.icon, a.category, a.points, a.requirement) IS DISTINCT FROM
                (EXCLUDED.name, EXCLUDED.description, EXCLUDED.translations, EXCLUDED.icon, EXCLUDED.category, EXCLUDED.points, EXCLUDED.requirement)
            """,
            clock.new_id(), each.slug, each.name, each.description, json.dumps({"es": msgspec.to_builtins(each.es)}),
            each.icon, each.category, each.points, bytes(each.requirement).decode(), clock.now(),
        )
    )  # fmt: skip


def _read(path: Path, shape: type[T]) -> T:
    try:
        return msgspec.json.decode(path.read_bytes(), type=shape)
    except (OSError, msgspec.DecodeError) as error:
        raise CatalogError(f"{path.name}: {error}") from None
