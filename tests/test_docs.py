"""The documentation says what there is: every setting, route and job."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from api.routes import ROUTES
from core import jobs
from core.settings import Settings
from workers import mails, moods, upkeep
from workers.schedule import SCHEDULE

README = (Path(__file__).parent.parent / "README.md").read_text()
HANDLERS = (mails, moods, upkeep)


@pytest.mark.parametrize("variable", [each.metadata["variable"] for each in fields(Settings)])
def test_every_setting_is_documented(variable: str) -> None:
    assert f"| `{variable}` |" in README


@pytest.mark.parametrize("line", [f"`{route.method} /api{route.path}`" for route in ROUTES])
def test_every_route_is_documented(line: str) -> None:
    assert line in README


def test_every_job_is_documented_and_handled() -> None:
    declared = {job.name() for job in jobs.Job.__subclasses__() if job.__module__.startswith("domain.")}
    assert declared == {name for name, job in jobs.handled().items() if job.__module__.startswith("domain.")}
    assert {each.job.name() for each in SCHEDULE} <= declared
    for name in declared:
        assert f"| `{name}` |" in README


def test_every_handler_and_use_case_says_what_it_does() -> None:
    assert [route.path for route in ROUTES if not route.summary] == []
