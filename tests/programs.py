"""Programs to test with: those of the catalogue, and some that staff write."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core import clock, db
from domain import program_content, program_editing
from domain.access import Principal
from domain.program_editing import ModuleWords, ProgramWords
from tests.people import Account

EDITOR = Principal("staff", UUID("01890000-0000-7000-8000-00000000ed17"), UUID(int=1), "admin", 4e9)

CONTENT: dict[str, dict[str, Any]] = {
    "text": {"body": "Breathe."},
    "audio": {"script": [{"seconds": 20, "say": "Breathe in."}, {"seconds": 40, "pause": True}]},
    "video": {"scenes": [{"seconds": 60, "shows": "a lake", "say": "Look."}]},
    "interactive": {"intro": "Two questions.", "questions": [{"id": "q1", "kind": "text", "prompt": "And you?"}], "outro": "Thank you."},
}


def module(slug: str, type: str = "text", *, is_required: bool = True, **about: Any) -> ModuleWords:
    said = {"title": slug.title(), "description": f"About {slug}.", "duration": 5, **about}
    return ModuleWords(slug=slug, type=type, is_required=is_required, content=program_content.parse(type, CONTENT[type]), **said)


async def program(*modules: ModuleWords, slug: str | None = None, **about: Any) -> UUID:
    """A program of these modules, in its first version. Remove it by `remove_added`."""
    words = ProgramWords(**{"title": "Test", "description": "A test.", "category": "test", "duration": 7, "difficulty": "beginner", **about})
    async with db.transaction():
        program_id = await program_editing.insert(slug or f"test-{clock.new_id().hex[-12:]}", words)
        await program_editing.arrange(program_id, list(modules), first=True)
    return program_id


async def remove_added() -> None:
    """The catalogue's programs are kept between tests; these are not."""
    await db.execute("DELETE FROM module_completions")
    await db.execute("DELETE FROM user_programs")
    await db.execute("DELETE FROM programs WHERE slug LIKE 'test-%'")


async def of_catalog(person: Account, slug: str) -> dict[str, Any]:
    """A program of the catalogue with its modules, as somebody sees it."""
    program_id = await db.fetchval("SELECT id FROM programs WHERE slug = $1", slug)
    answered = await person.get(f"/programs/{program_id}")
    assert answered.status == 200, answered.raw
    found: dict[str, Any] = answered.json
    return found


async def enrolled(person: Account, slug: str) -> dict[str, Any]:
    """Begin a program of the catalogue; returns it with its modules."""
    found = await of_catalog(person, slug)
    answered = await person.post(f"/programs/{found['id']}/enroll")
    assert answered.status == 201, answered.raw
    return found


async def finish(person: Account, module_id: str, **said: Any) -> dict[str, Any]:
    answered = await person.post(f"/programs/modules/{module_id}/complete", {"timeSpent": 60, **said})
    assert answered.status == 200, answered.raw
    found: dict[str, Any] = answered.json
    return found
