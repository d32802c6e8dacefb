"""Crisis lines for anybody, whatever else is dead."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from core import db, runtime
from domain import crisis_lines
from tests.people import World

ROOT = Path(__file__).parent.parent.parent


async def test_a_countrys_lines_without_sign_in(world: World) -> None:
    answered = await world.send("GET", "/crisis-resources?country=ES")
    assert answered.status == 200
    assert answered.json["nextCursor"] is None
    first = answered.json["items"][0]
    assert first == {"name": "Línea 024 de atención a la conducta suicida", "phone": "024", "text": None, "url": first["url"], "hours": "24/7", "country": "ES"}
    assert (await world.send("GET", "/crisis-resources?country=es")).json == answered.json


@pytest.mark.parametrize("query", ["", "?country=ZZ"])
async def test_without_a_known_country_the_list_for_everybody(world: World, query: str) -> None:
    items = (await world.send("GET", f"/crisis-resources{query}")).json["items"]
    assert [item["name"] for item in items] == [each.name for each in crisis_lines.for_country(None)]
    assert {item["country"] for item in items} == {None}


@pytest.mark.parametrize("country", ["", "E", "ESP", "E1", "12", "%C3%89S", "ES%0A", "ES%00", "E%20", "*"])
async def test_what_is_no_country_code_is_refused(world: World, country: str) -> None:
    answered = await world.send("GET", f"/crisis-resources?country={country}")
    assert (answered.status, answered.paths) == (422, {"country"})


async def test_unknown_and_repeated_parameters_are_refused(world: World) -> None:
    assert (await world.send("GET", "/crisis-resources?land=ES")).paths == {"land"}
    assert (await world.send("GET", "/crisis-resources?country=ES&country=FR")).paths == {"country"}


async def test_the_list_has_a_version(world: World) -> None:
    spain = (await world.send("GET", "/crisis-resources?country=ES")).headers["ETag"]
    france = (await world.send("GET", "/crisis-resources?country=FR")).headers["ETag"]
    assert spain != france
    again = await world.send("GET", "/crisis-resources?country=ES", headers={"If-None-Match": spain})
    assert (again.status, again.raw) == (304, b"")
    assert (await world.send("GET", "/crisis-resources?country=ES", headers={"If-None-Match": france})).status == 200


async def test_the_list_may_be_kept_by_anybody_and_a_refusal_by_nobody(world: World) -> None:
    found = await world.send("GET", "/crisis-resources?country=ES")
    again = await world.send("GET", "/crisis-resources?country=ES", headers={"If-None-Match": found.headers["ETag"]})
    for answered in (found, again):
        # An answer to a request without an Origin says it too: it must not serve a page of one from a cache.
        assert (answered.headers["Cache-Control"], answered.headers["Vary"]) == ("public, max-age=3600", "Origin")
    assert (await world.send("GET", "/crisis-resources?country=E1")).headers["Cache-Control"] == "private, no-store"


async def test_it_answers_with_database_and_redis_dead(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: Any, **__: Any) -> Any:
        raise ConnectionRefusedError

    before = await world.send("GET", "/crisis-resources?country=MX")
    assert runtime._runtime is not None
    monkeypatch.setattr(runtime._runtime.redis, "execute_command", lost)
    for name in ("fetch", "fetchrow", "fetchval", "execute", "transaction"):
        monkeypatch.setattr(db, name, lost)
    dead = await world.send("POST", "/auth/login", {"email": "somebody@example.org", "password": "a quiet green lake"})
    assert dead.status >= 500
    answered = await world.send("GET", "/crisis-resources?country=MX")
    assert (answered.status, answered.raw) == (200, before.raw)


_STARTED = """
import asyncio, pathlib
from aiohttp import web
from api import app
from core.settings import Settings
from domain import catalog, crisis_lines

async def main():
    runner = web.AppRunner(app.build(Settings.from_env()))
    await runner.setup()
    catalog.FOLDER = pathlib.Path("/nowhere")
    print(crisis_lines.for_country("MX")[0].phone)
    await runner.cleanup()

asyncio.run(main())
"""


async def test_the_lines_are_in_memory_once_the_process_has_started(world: World, environment: dict[str, str]) -> None:
    started = await asyncio.create_subprocess_exec(sys.executable, "-c", _STARTED, cwd=ROOT, env={**os.environ, **environment}, stdout=asyncio.subprocess.PIPE)
    said, _ = await started.communicate()
    assert said.decode().strip() == crisis_lines.for_country("MX")[0].phone
