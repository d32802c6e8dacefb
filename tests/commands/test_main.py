"""The command line, as somebody types it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from commands import main as commands
from commands.main import main
from core import db
from core.problem import Invalid
from domain import catalog
from tests.people import PASSWORD, World

ROOT = Path(__file__).parent.parent.parent


async def typed(environment: dict[str, str], *words: str, stdin: str = "", before: str = "") -> tuple[int | None, str, str]:
    """Exit status, output and errors of `mentalspace …`; `before` is Python that runs first in its process."""
    program = f"import sys; sys.argv[0] = 'mentalspace'\n{before}\nfrom commands.main import main\nmain()"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, *words, cwd=ROOT, env={**os.environ, **environment},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, errors = await process.communicate(stdin.encode())
    return process.returncode, said.decode(), errors.decode()


async def test_the_address_printed_is_the_one_stored(world: World, environment: dict[str, str]) -> None:
    status, said, errors = await typed(environment, "staff", "add", "--email", "ÅSA@XN--BCHER-KVA.example", "--role", "analyst", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert status == 0, errors
    row = await db.fetchrow("SELECT id, email FROM staff")
    assert row is not None
    assert json.loads(said) == {"id": str(row["id"]), "email": row["email"]}
    assert row["email"] == "åsa@bücher.example"


def test_what_is_wrong_with_what_was_typed_is_one_line_that_names_it(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(work: Coroutine[Any, Any, Any]) -> None:
        work.close()
        raise Invalid([("password", "is one of the most common passwords"), ("email", "is not an email address")])

    monkeypatch.setattr(commands, "_run", refuses)
    monkeypatch.setattr(os, "environ", {**os.environ, **environment})
    with pytest.raises(SystemExit) as ended:
        main.main(["migrate"])
    assert ended.value.code == "error: password is one of the most common passwords; email is not an email address"


@pytest.mark.parametrize(
    "words",
    [
        ("--specialization", "grief", "sleep", "--license-number", "L", "--language", "en", "es"),
        ("--specialization", "grief", "--language", "en", "--specialization", "sleep", "--license-number", "L", "--language", "es"),
    ],
)
def test_several_follow_one_option_or_each_its_own(words: tuple[str, ...]) -> None:
    command = main.commands["counselor"].commands["add"]  # type: ignore[attr-defined]
    given = command.make_context("add", ["--email", "c@example.org", "--first-name", "C", "--last-name", "L", *words]).params
    assert (given["specializations"], given["languages"], given["license_number"]) == (("grief", "sleep"), ("en", "es"), "L")


async def test_a_malformed_file_of_the_catalogue_is_one_line(world: World, environment: dict[str, str], tmp_path: Path) -> None:
    shutil.copytree(catalog.FOLDER, tmp_path, dirs_exist_ok=True)
    before = f"from domain import catalog; import pathlib; catalog.FOLDER = pathlib.Path({str(tmp_path)!r})"
    assert (await typed(environment, "catalog", "load", before=before))[0] == 0
    with (tmp_path / "crisis_lines.toml").open("a") as file:
        file.write("\n[Atlantis]\nname = 'Atlantis'\n")
    status, said, errors = await typed(environment, "catalog", "load", before=before)
    assert (status, said) == (1, "")
    assert errors.splitlines() == ["error: crisis_lines.toml: Atlantis: is no country with a name"]
