"""The documentation says what there is: every setting, route and job."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import msgspec
import pytest

from api import asyncapi
from api.http import Route
from api.routes import ROUTES
from core import jobs
from core.settings import Settings
from workers import handlers
from workers.schedule import SCHEDULE

README = (Path(__file__).parent.parent / "README.md").read_text()
HANDLERS = handlers


def rows(under: str) -> list[str]:
    """The rows of the README's table with this head."""
    return README.partition(f"\n{under}\n")[2].partition("\n\n")[0].splitlines()[1:]


def test_the_settings_are_documented_and_nothing_else() -> None:
    said = [each.metadata for each in fields(Settings)]
    assert rows("| variable | default | what it says |") == [f"| `{one['variable']}` | {'`' + one['default'] + '`' if one['default'] else '–'} | {one['says']} |" for one in said]


def _row(route: Route) -> str:
    who = ", ".join(sorted(route.takes)) if route.takes else "anyone"
    roles = f" ({', '.join(sorted(route.roles))})" if route.roles else ""
    return f"| `{route.method} /api{route.path}` | {who}{roles} | {route.summary} |"


def test_the_routes_are_documented_and_nothing_else() -> None:
    assert sorted(rows("| route | for | what it does |")) == sorted(map(_row, ROUTES))


def test_every_job_is_documented_and_handled() -> None:
    declared = {job.name() for job in jobs.Job.__subclasses__() if job.__module__.startswith("domain.")}
    assert declared == {name for name, job in jobs.handled().items() if job.__module__.startswith("domain.")}
    assert {each.job.name() for each in SCHEDULE} <= declared
    said = [job for job in jobs.Job.__subclasses__() if job.name() in declared]
    assert rows("| job | queue | tries | limit | what it does |") == sorted(
        f"| `{job.name()}` | {job.queue} | {job.max_attempts} | {job.time_limit:g} s | {(job.__doc__ or '').splitlines()[0]} |" for job in said
    )


SOCKET = msgspec.json.decode(asyncapi.document())["components"]


def fields_of(message: str, member: str = "data") -> list[str]:
    """What a frame carries, as the README writes it."""
    payload = SOCKET["messages"][message]["payload"]
    frame = payload["oneOf"][0] if "oneOf" in payload else payload
    shape = SOCKET["schemas"][frame["properties"][member]["$ref"].rpartition("/")[2]]
    return [f"`{name}`" if name in shape.get("required", ()) else f"`{name}?`" for name in shape["properties"]]


def row(event: str, who: str) -> list[str]:
    (found,) = [line for line in README.splitlines() if line.startswith(f"| `{event}` | {who}")]
    return [cell.strip() for cell in found.strip("|").split("|")]


@pytest.mark.parametrize("event", [message["name"] for name, message in SOCKET["messages"].items() if name.endswith(".command")])
def test_every_command_of_the_socket_is_documented(event: str) -> None:
    name = event.replace(":", ".")
    _, _, data, reply = row(event, "client")
    assert [re.findall("`[^`]*`", cell) for cell in (data, reply)] == [fields_of(f"{name}.command"), fields_of(f"{name}.reply")]


@pytest.mark.parametrize("event", [message["name"] for name, message in SOCKET["messages"].items() if name.endswith(".push") and name != "error.push"])
def test_every_push_of_the_socket_is_documented(event: str) -> None:
    assert re.findall("`[^`]*`", row(event, "server")[2]) == fields_of(f"{event.replace(':', '.')}.push")


def test_the_socket_s_table_has_nothing_more_and_every_close_code_is_told() -> None:
    told = {
        (cells[0].strip(" `"), cells[1].split(",")[0].strip())
        for line in README.splitlines()
        if re.search(r"^\| `[a-z:]+` \| (client|server)", line) and (cells := line.strip("|").split("|"))
    }
    sent = {(message["name"], "client" if name.endswith(".command") else "server") for name, message in SOCKET["messages"].items() if not name.endswith(".reply")}
    assert told == sent
    table = README.partition("| close code |")[2].partition("\n\n")[0]
    assert {str(code) for code in asyncapi.CLOSE_CODES} <= set(re.findall(r"\b\d{4}\b", table))


def test_every_handler_and_use_case_says_what_it_does() -> None:
    assert [route.path for route in ROUTES if not route.summary] == []
