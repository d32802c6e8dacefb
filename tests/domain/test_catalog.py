"""The catalogue: content as data, brought in whole or not at all."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from core import db
from domain import catalog, requirements
from domain.languages import SPOKEN
from domain.words import words
from tests.people import World

ENTRIES: list[dict[str, Any]] = json.loads((catalog.FOLDER / "achievements.json").read_text(encoding="utf-8"))


async def _stored() -> list[dict[str, Any]]:
    return [dict(row) for row in await db.fetch("SELECT * FROM achievements ORDER BY slug")]


async def test_loading_twice_changes_nothing(world: World) -> None:
    before = await _stored()
    assert await catalog.load() == {"achievements": 0, "programs": 0}
    assert await _stored() == before
    assert await db.fetchval("SELECT count(*) FROM jobs") == 0


async def test_every_entry_is_there_once_with_its_requirement(world: World) -> None:
    slugs = [each["slug"] for each in ENTRIES]
    assert len(slugs) == len(set(slugs)) >= 30
    assert sorted(slugs) == [row["slug"] for row in await _stored()]
    for each in ENTRIES:
        requirements.parse(json.dumps(each["requirement"]))


def test_every_entry_is_said_in_both_languages_and_fits_its_columns() -> None:
    for entry in ENTRIES:
        texts = [entry["name"], entry["description"], entry["es"]["name"], entry["es"]["description"]]
        assert all(text.strip() == text != "" for text in texts), entry
        assert entry["es"]["name"] != entry["name"]
        assert len(entry["name"]) <= 120, entry
        assert len(entry["slug"]) <= 64, entry
        assert 0 <= entry["points"] <= 10_000, entry


@pytest.mark.parametrize("language", SPOKEN)
def test_a_name_with_braces_is_only_a_name(language: str) -> None:
    title, body = words(language, "achievement", name="{0.__class__} {name}", description="{x}")
    assert "{0.__class__} {name}" in title
    assert body == "{x}"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"requirement": {"kind": "count", "of": "chats", "target": 1}}, "moods-10"),
        ({"requirement": {"kind": "count", "of": "moods", "target": 0}}, "moods-10"),
        ({"requirement": None}, "moods-10"),
        ({"points": "ten"}, "points"),
        ({"surprise": 1}, "surprise"),
        ({"es": {"name": "x"}}, "description"),
    ],
)
async def test_a_wrong_entry_is_named_before_anything_is_written(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], says: str) -> None:
    entries = [{**each, "points": 9000} for each in ENTRIES]
    index = next(index for index, each in enumerate(entries) if each["slug"] == "moods-10")
    entries[index] |= change
    (tmp_path / "achievements.json").write_text(json.dumps(entries))
    monkeypatch.setattr(catalog, "FOLDER", tmp_path)
    before = await _stored()
    with pytest.raises(catalog.CatalogError, match=f"achievements.json.*{says}"):
        await catalog.load()
    assert await _stored() == before


@pytest.mark.parametrize("content", [None, b"", b"{", b"{}", b"\xff\xfe", b"[1]"])
async def test_a_file_that_is_not_there_or_not_one_is_named(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "achievements.json").write_bytes(content)
    monkeypatch.setattr(catalog, "FOLDER", tmp_path)
    with pytest.raises(catalog.CatalogError, match=r"^achievements\.json: "):
        await catalog.load()


@pytest.mark.parametrize("name", ["topics.toml", "crisis_lines.toml", "breathing.toml"])
@pytest.mark.parametrize("content", [None, "[", "surprise = 1", "\xff"])
async def test_files_that_stay_files_are_checked_too(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str | None) -> None:
    shutil.copytree(catalog.FOLDER, tmp_path, dirs_exist_ok=True)
    (tmp_path / "achievements.json").write_text(json.dumps([{**each, "points": 9000} for each in ENTRIES]))
    (tmp_path / name).unlink() if content is None else (tmp_path / name).write_bytes(content.encode("latin-1"))
    monkeypatch.setattr(catalog, "FOLDER", tmp_path)
    before = await _stored()
    with pytest.raises(catalog.CatalogError, match=f"^{name}: "):
        await catalog.load()
    assert await _stored() == before


async def test_what_the_database_refuses_leaves_nothing_half(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(catalog.FOLDER, tmp_path, dirs_exist_ok=True)
    entries = [{**each, "points": 77} for each in ENTRIES]
    entries[-1]["points"] = 10_001
    (tmp_path / "achievements.json").write_text(json.dumps(entries))
    monkeypatch.setattr(catalog, "FOLDER", tmp_path)
    before = await _stored()
    with pytest.raises(asyncpg.CheckViolationError):
        await catalog.load()
    assert await _stored() == before
