"""The programs of the catalogue: `catalog/programs/<slug>.toml`, read and checked as a whole, brought in where a file has changed.

A file says what a program says of itself, then its `[[modules]]` in order; the README beside the files has the format. A program that staff have changed
is theirs: its file is left alone from then on.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec

from core.problem import Invalid
from domain import catalog, program_content, program_editing
from domain.program_editing import SLUG, ModuleWords, ProgramWords
from domain.programs import Difficulty, ModuleType

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Slug = Annotated[str, msgspec.Meta(pattern=f"^{SLUG.pattern}$", max_length=64)]
Description = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000)]


class _ProgramTranslation(msgspec.Struct, forbid_unknown_fields=True):
    title: Title
    description: Description


class _ModuleTranslation(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    title: Title
    description: Description | None = None


class _Module(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    slug: Slug
    title: Title
    description: Description
    type: ModuleType
    duration: Annotated[int, msgspec.Meta(ge=1, le=600)]
    is_required: bool
    method: str
    es: _ModuleTranslation
    content: dict[str, Any]


class _Program(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    slug: Slug
    title: Title
    description: Description
    category: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    duration: Annotated[int, msgspec.Meta(ge=1, le=365)]
    difficulty: Difficulty
    is_premium: bool
    method: str
    es: _ProgramTranslation
    modules: Annotated[list[_Module], msgspec.Meta(min_length=1, max_length=program_editing.MOST_MODULES)]


@dataclass(frozen=True)
class Written:
    """A program as its file has it; `version` changes with the file."""

    slug: str
    words: ProgramWords
    modules: list[ModuleWords]
    version: str


def read(folder: Path | None = None) -> list[Written]:
    """All files, in the order of their names. Raises CatalogError."""
    paths = sorted((folder or catalog.FOLDER / "programs").glob("*.toml"))
    if not paths:
        raise catalog.CatalogError("programs: has no files")
    return [_read(path) for path in paths]


def _read(path: Path) -> Written:
    where = f"programs/{path.name}"
    try:
        raw = path.read_bytes()
        found = msgspec.convert(tomllib.loads(raw.decode()), _Program)
    except (OSError, ValueError) as error:
        raise catalog.CatalogError(f"{where}: {error}") from None
    if found.slug != path.stem:
        raise catalog.CatalogError(f"{where}: slug: is not the file's name")
    slugs = [each.slug for each in found.modules]
    if twice := {slug for slug in slugs if slugs.count(slug) > 1}:
        raise catalog.CatalogError(f"{where}: {min(twice)}: stands there twice")
    plain = {name: getattr(found, name) for name in ("title", "description", "category", "duration", "difficulty", "method", "is_premium")}
    words = ProgramWords(**plain, translations={"es": msgspec.to_builtins(found.es)})
    return Written(found.slug, words, [_module(where, each) for each in found.modules], hashlib.sha256(raw).hexdigest())


def _module(where: str, found: _Module) -> ModuleWords:
    try:
        content = program_content.parse(found.type, found.content)
    except Invalid as wrong:
        raise catalog.CatalogError(f"{where}: {found.slug}: " + "; ".join(f"{each['path']} {each['message']}" for each in wrong.extra["errors"])) from None
    plain = {name: getattr(found, name) for name in ("slug", "title", "description", "type", "duration", "is_required", "method")}
    return ModuleWords(**plain, translations={"es": msgspec.to_builtins(found.es)}, content=content)


async def bring(found: list[Written]) -> int:
    """Bring these in, in the open transaction; returns how many programs are new or changed."""
    return sum([await program_editing.bring(each.slug, each.words, each.modules, each.version) for each in found])
