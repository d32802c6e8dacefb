"""Changes of a program never break somebody's progress; the catalogue's files come in whole, and only where they changed."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import db
from core.problem import NotFound
from domain import catalog, program_catalog, program_content, program_editing, programs
from tests.people import World
from tests.programs import CONTENT, EDITOR, enrolled, finish, module, of_catalog, program, remove_added
from tests.properties import examples

PROGRAMS = program_catalog.read()
TYPES = ("text", "audio", "video", "interactive")


@pytest.fixture
async def additions(world: World) -> AsyncIterator[None]:
    yield
    await remove_added()


class Course:
    """A program being changed while three people follow it: what each began with, and what they had done."""

    def __init__(self, program_id: UUID, people: list[UUID]) -> None:
        self.id, self.people = program_id, people
        self.wanted: list[tuple[str, str, bool]] = []
        self.began_with: dict[UUID, list[tuple[UUID, str, bool]]] = {}
        self.done: dict[UUID, set[UUID]] = {person: set() for person in people}
        self.progress: dict[UUID, float] = dict.fromkeys(people, 0.0)

    async def edit(self, what: str, where: int, about: int) -> None:
        modules = await program_editing.modules(self.id)
        chosen = modules[where % len(modules)] if modules else None
        if what == "add" or chosen is None:
            slug, type, required, place = f"m{len(self.wanted)}-{where}-{about}-{await self._version()}", TYPES[about % 4], about % 3 > 0, where % (len(modules) + 1)
            await program_editing.add_module(
                EDITOR, self.id, content=CONTENT[type], slug=slug, order_index=place, title="t", description="d", type=type, duration=5, is_required=required
            )
            self.wanted.insert(place, (slug, type, required))
        elif what == "retire":
            await program_editing.retire_module(EDITOR, self.id, chosen.id)
            del self.wanted[chosen.order_index]
        elif what == "move":
            place = about % len(modules)
            await program_editing.change_module(EDITOR, self.id, chosen.id, {"order_index": place})
            self.wanted.insert(place, self.wanted.pop(chosen.order_index))
        elif what == "require":
            slug, type, required = self.wanted[chosen.order_index]
            await program_editing.change_module(EDITOR, self.id, chosen.id, {"is_required": not required})
            self.wanted[chosen.order_index] = (slug, type, not required)
        elif what == "retype":
            slug, _, required = self.wanted[chosen.order_index]
            await program_editing.change_module(EDITOR, self.id, chosen.id, {"type": TYPES[about % 4], "content": CONTENT[TYPES[about % 4]]})
            self.wanted[chosen.order_index] = (slug, TYPES[about % 4], required)
        else:
            await program_editing.change_module(EDITOR, self.id, chosen.id, {"title": f"Title {about}", "duration": 1 + about})

    async def _version(self) -> int:
        return (await program_editing.one(self.id)).version

    async def enrol(self, person: UUID) -> None:
        try:
            await programs.enroll(person, self.id)
        except NotFound:
            assert not self.wanted
            assert person not in self.began_with
            return
        if person not in self.began_with:
            self.began_with[person] = [(each.id, each.type, each.is_required) for each in (await programs.one(person, self.id)).modules]

    async def complete(self, person: UUID, which: int) -> None:
        modules = self.began_with.get(person, [])
        if not modules:
            return
        module_id = modules[which % len(modules)][0]
        try:
            await programs.complete(person, module_id, 60, None)
            self.done[person].add(module_id)
        except programs.ModuleLocked:
            before = modules[: which % len(modules)]
            assert any(required and each not in self.done[person] for each, _, required in before)

    async def check(self) -> None:
        assert [(each.slug, each.type, each.is_required) for each in await program_editing.modules(self.id)] == self.wanted
        for person, began_with in self.began_with.items():
            seen = await programs.one(person, self.id)
            assert [(each.id, each.type, each.is_required) for each in seen.modules] == began_with
            assert {each.id for each in seen.modules if each.completed} == self.done[person]
            counted = [each for each, _, required in began_with if required] or [each for each, _, _ in began_with]
            share = sum(each in self.done[person] for each in counted) / len(counted)
            assert seen.enrollment is not None
            assert seen.enrollment.progress == pytest.approx(100 * share, abs=0.1)
            assert seen.enrollment.progress >= self.progress[person]
            assert (seen.enrollment.status == "completed") == (share == 1) == (seen.enrollment.completed_at is not None)
            self.progress[person] = seen.enrollment.progress
            for each in seen.modules:
                assert (await programs.module(person, each.id)).content is not None


steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["add", "add", "retire", "move", "require", "retype", "words"]), st.integers(0, 9), st.integers(0, 9)),
        st.tuples(st.just("enrol"), st.integers(0, 2), st.just(0)),
        st.tuples(st.just("complete"), st.integers(0, 2), st.integers(0, 9)),
        st.tuples(st.just("complete"), st.integers(0, 2), st.integers(0, 9)),
    ),
    min_size=5,
    max_size=25,
)


@examples(25)
@given(first=st.lists(st.tuples(st.sampled_from(TYPES), st.booleans()), max_size=5), steps=steps)
async def test_no_change_breaks_anybodys_progress(world: World, first: list[tuple[str, bool]], steps: list[tuple[str, int, int]]) -> None:
    """Random changes among random enrolments and completions: progress never falls, what is done stays done, and everybody's modules stay as they began."""
    people = [(await world.anonymous()).uuid for _ in range(3)]
    course = Course(await program(*(module(f"m{n}", type, is_required=required) for n, (type, required) in enumerate(first))), people)
    course.wanted = [(f"m{n}", type, required) for n, (type, required) in enumerate(first)]
    try:
        for what, one, other in steps:
            if what == "enrol":
                await course.enrol(people[one])
            elif what == "complete":
                await course.complete(people[one], other)
            else:
                await course.edit(what, one, other)
            await course.check()
    finally:
        await remove_added()


async def test_what_comes_in_front_later_leaves_an_old_order_as_it_was(world: World, additions: None) -> None:
    ana = await world.anonymous()
    program_id = await program(module("one"), module("two"))
    began_with = await program_editing.modules(program_id)
    await programs.enroll(ana.uuid, program_id)
    await program_editing.retire_module(EDITOR, program_id, began_with[1].id)
    for n in range(4):
        await program_editing.add_module(EDITOR, program_id, content=CONTENT["text"], slug=f"before-{n}", order_index=0, title="t", description="d", type="text", duration=5)
    assert [each.id for each in (await programs.one(ana.uuid, program_id)).modules] == [each.id for each in began_with]
    assert [each.slug for each in await program_editing.modules(program_id)] == ["before-3", "before-2", "before-1", "before-0", "one"]


async def test_words_alone_make_no_version(world: World, additions: None) -> None:
    program_id = await program(module("one"), module("two"))
    one, two = await program_editing.modules(program_id)
    await program_editing.change_module(EDITOR, program_id, one.id, {"title": "Uno", "is_required": True, "order_index": 0})
    after = await program_editing.modules(program_id)
    assert ([each.id for each in after], after[0].title, after[1]) == ([one.id, two.id], "Uno", two)
    assert (await program_editing.one(program_id)).version == 1


async def test_enrolling_while_a_program_changes_gives_one_whole_version(world: World, additions: None) -> None:
    """Whoever enrols before the change commits is in the old one, with all its modules."""
    ana = await world.anonymous()
    program_id = await program(module("one"), module("two"))
    before = await program_editing.modules(program_id)
    async with db.transaction():
        await program_editing.retire_module(EDITOR, program_id, before[0].id)
        made = await ana.post(f"/programs/{program_id}/enroll")
        assert made.status == 201
    assert [each["id"] for each in (await ana.get(f"/programs/{program_id}")).json["modules"]] == [str(each.id) for each in before]


@pytest.mark.parametrize("written", PROGRAMS, ids=lambda each: each.slug)
def test_each_program_of_the_catalogue_is_whole(written: program_catalog.Written) -> None:
    """Named methods, every kind of module, some optional, and where to find a person right at the start."""
    assert 5 <= len(written.modules) <= 14
    assert {each.type for each in written.modules} == set(TYPES)
    assert {each.is_required for each in written.modules} == {True, False}
    assert written.words.method
    assert all(each.method for each in written.modules)
    start = program_content.encode(written.modules[0].content).lower()
    assert all(word in start for word in ("chat", "crisis line", "doctor"))
    for each in written.modules:
        match each.content:
            case program_content.TextContent(body=body):
                assert 300 <= len(body.split()) <= 800, each.slug
            case program_content.AudioContent(script=script):
                assert abs(sum(step.seconds for step in script) - 60 * each.duration) <= 12 * each.duration, each.slug
            case program_content.VideoContent(scenes=scenes):
                assert abs(sum(scene.seconds for scene in scenes) - 60 * each.duration) <= 12 * each.duration, each.slug
            case program_content.InteractiveContent(questions=questions):
                assert len(questions) >= 2
    assert any(isinstance(each.content, program_content.InteractiveContent) and each.content.scoring for written in PROGRAMS for each in written.modules)


@pytest.fixture
async def files(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Path]:
    """A catalogue of one's own to change; the real one is loaded again afterwards."""
    shutil.copytree(catalog.FOLDER, tmp_path, dirs_exist_ok=True)
    real = catalog.FOLDER
    monkeypatch.setattr(catalog, "FOLDER", tmp_path)
    yield tmp_path / "programs"
    await remove_added()
    monkeypatch.setattr(catalog, "FOLDER", real)
    for slug in ("mindful-days", "living-with-loss"):
        await db.execute("UPDATE programs SET catalog_version = 'changed' WHERE slug = $1", slug)
    await catalog.load()


def rewrite(folder: Path, slug: str, *changes: tuple[str, str]) -> None:
    text = (folder / f"{slug}.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (folder / f"{slug}.toml").write_text(text, encoding="utf-8")


async def rows(slug: str) -> list[dict[str, Any]]:
    return [dict(row) for row in await db.fetch("SELECT m.* FROM program_modules m JOIN programs p ON p.id = m.program_id WHERE p.slug = $1 ORDER BY m.id", slug)]


async def test_only_a_changed_file_changes_anything(world: World, files: Path) -> None:
    before = await rows("living-with-loss")
    rewrite(files, "mindful-days", ('title = "Mindful days"', 'title = "Days of mind"'))
    assert await catalog.load() == {"achievements": 0, "programs": 1}
    assert await catalog.load() == {"achievements": 0, "programs": 0}
    ana = await world.anonymous()
    assert (await of_catalog(ana, "mindful-days"))["title"] == "Days of mind"
    assert await db.fetchval("SELECT version FROM programs WHERE slug = 'mindful-days'") == 1
    assert await rows("living-with-loss") == before


async def test_another_structure_is_another_version(world: World, files: Path) -> None:
    ana, bob = await world.anonymous(), await world.anonymous()
    begun = await enrolled(ana, "mindful-days")
    await finish(ana, begun["modules"][0]["id"])
    rewrite(files, "mindful-days", ('slug = "what-mindfulness-is"', 'slug = "renamed"'))
    assert (await catalog.load())["programs"] == 1
    mine, theirs = await of_catalog(ana, "mindful-days"), await of_catalog(bob, "mindful-days")
    assert [each["id"] for each in mine["modules"]] == [each["id"] for each in begun["modules"]]
    assert mine["modules"][0]["completed"] is True
    assert theirs["modules"][0]["id"] != mine["modules"][0]["id"]
    assert [each["id"] for each in theirs["modules"][1:]] == [each["id"] for each in mine["modules"][1:]]


async def test_what_staff_changed_is_theirs(world: World, files: Path) -> None:
    admin, ana = await world.staff(), await world.anonymous()
    found = await of_catalog(ana, "mindful-days")
    assert (await admin.put(f"/admin/programs/{found['id']}", {"title": "Ours now"})).json["fromCatalog"] is False
    rewrite(files, "mindful-days", ('title = "Mindful days"', 'title = "Days of mind"'))
    assert (await catalog.load())["programs"] == 0
    assert (await of_catalog(ana, "mindful-days"))["title"] == "Ours now"


@pytest.mark.parametrize(
    ("slug", "change", "says"),
    [
        ("mindful-days", ("duration = 21", "duration = 0"), "duration"), ("mindful-days", ('difficulty = "beginner"', 'difficulty = "hard"'), "difficulty"),
        ("mindful-days", ('slug = "mindful-days"', 'slug = "mindful"'), "slug"), ("mindful-days", ("[es]", "[de]"), "de"),
        ("mindful-days", ('slug = "what-mindfulness-is"', 'slug = "autopilot"'), "autopilot"), ("mindful-days", ("isRequired = true", "isRequired = 1"), "isRequired"),
        ("mindful-days", ('type = "text"', 'type = "audio"'), "what-mindfulness-is"), ("closer-together", ("[modules.content.scoring]\nmax = ", "[modules.content.scoring]\nmax = 1"), "scoring.max"),
        ("mindful-days", ("[[modules]]", "[[modules"), "at line"),
    ],
)  # fmt: skip
async def test_a_wrong_file_is_named_before_anything_is_written(world: World, files: Path, slug: str, change: tuple[str, str], says: str) -> None:
    rewrite(files, "sleep-better", ('title = "', 'title = "Other '))
    rewrite(files, slug, change)
    with pytest.raises(catalog.CatalogError, match=f"^programs/{slug}.toml: .*{says}"):
        await catalog.load()
    assert await db.fetchval("SELECT count(*) FROM programs WHERE title LIKE 'Other %'") == 0


async def test_a_program_an_achievement_asks_for_must_be_there(world: World, files: Path) -> None:
    (files / "mindful-days.toml").unlink()
    with pytest.raises(catalog.CatalogError, match=r"^achievements\.json: here-and-now: there is no program:mindful-days"):
        await catalog.load()


async def test_a_folder_without_programs_is_named(world: World, files: Path) -> None:
    for path in files.glob("*.toml"):
        path.unlink()
    with pytest.raises(catalog.CatalogError, match=r"^programs: "):
        await catalog.load()
