"""Every migration goes up, down and up again, and together they are what the models say."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from core import db, migrations

ROOT = migrations.FOLDER.parent

VERSIONS = sorted((path.name for path in (migrations.FOLDER / "models").glob("[0-9]*.py")), key=lambda name: int(name.split("_")[0]))


@pytest.fixture
async def scratch(database_url: str) -> AsyncIterator[str]:
    """An empty database of this test's own."""
    name = db.credentials(database_url)["database"]
    admin = await asyncpg.connect(**db.credentials(database_url))
    await admin.execute(f'DROP DATABASE IF EXISTS "{name}_scratch" WITH (FORCE)')
    await admin.execute(f'CREATE DATABASE "{name}_scratch"')
    yield database_url.replace(f"/{name}?", f"/{name}_scratch?")
    await admin.execute(f'DROP DATABASE "{name}_scratch" WITH (FORCE)')
    await admin.close()


async def _shape(connection: asyncpg.Connection) -> list[str]:
    """Columns, constraints and indexes, in words."""
    rows = await connection.fetch(
        """
        SELECT 'column ' || table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable AS line FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL SELECT 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        ORDER BY 1
        """
    )
    return [row["line"] for row in rows if "aerich" not in row["line"]]


async def _run(connection: asyncpg.Connection, version: str, direction: str) -> None:
    """Apply one migration's SQL as aerich would, in a transaction of its own."""
    namespace: dict[str, object] = {}
    exec((migrations.FOLDER / "models" / version).read_text(), namespace)  # a migration of ours
    sql = await namespace[direction](None)  # type: ignore[operator]
    async with connection.transaction():
        await connection.execute(sql)


async def test_each_migration_goes_up_down_and_up_again(scratch: str) -> None:
    connection = await asyncpg.connect(**db.credentials(scratch))
    try:
        for version in VERSIONS:
            before = await _shape(connection)
            await _run(connection, version, "upgrade")
            after = await _shape(connection)
            assert after != before
            await _run(connection, version, "downgrade")
            assert await _shape(connection) == before, version
            await _run(connection, version, "upgrade")
            assert await _shape(connection) == after, version
        for version in reversed(VERSIONS):
            await _run(connection, version, "downgrade")
        assert await _shape(connection) == []
    finally:
        await connection.close()


async def test_migrations_match_the_models(scratch: str, tmp_path: Path) -> None:
    """aerich, asked for a new migration in a copy of the folder, has nothing to write."""
    await _python(f"import asyncio; from core import migrations; asyncio.run(migrations.upgrade({scratch!r}))")
    copied = tmp_path / "migrations"
    shutil.copytree(migrations.FOLDER, copied)
    await _python(f"""
import asyncio, pathlib
from core import migrations
async def main():
    async with migrations.aerich({scratch!r}, pathlib.Path({str(copied)!r})) as command:
        assert await command.heads() == []
        await command.migrate("unwritten")
asyncio.run(main())
""")
    assert sorted(path.name for path in (copied / "models").glob("[0-9]*.py")) == sorted(VERSIONS)


async def test_upgrading_twice_at_once_applies_each_migration_once(scratch: str) -> None:
    code = f"import asyncio; from core import migrations; print(*asyncio.run(migrations.upgrade({scratch!r})))"
    applied = await asyncio.gather(_python(code), _python(code))
    assert sorted(len(each.split()) for each in applied) == [0, len(VERSIONS)]


async def _python(code: str) -> str:
    """Run code in a process of its own: Tortoise keeps one state a process. Returns what it printed."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, cwd=ROOT)
    output, _ = await process.communicate()
    assert process.returncode == 0
    return output.decode()
