"""The description of the API: valid, complete, readable in a browser, and true."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import schemathesis
from hypothesis import Phase, given, settings
from hypothesis.strategies import SearchStrategy
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from api import openapi
from api.routes import ROUTES
from domain import charts
from tests.documents import references
from tests.people import World, do_jobs
from tests.properties import examples

CHECKS: list[Callable] = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
]


async def described(world: World) -> dict[str, Any]:
    answered = await world.send("GET", "/openapi.json")
    assert (answered.status, answered.headers["Content-Type"]) == (200, "application/json; charset=utf-8")
    found: dict[str, Any] = answered.json
    return found


async def test_the_document_is_valid_openapi(world: World) -> None:
    found = await described(world)
    assert found["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(found).validate()
    assert references(found) == {f"#/components/schemas/{name}" for name in found["components"]["schemas"]}


async def test_every_route_is_described_and_nothing_else(world: World) -> None:
    found = await described(world)
    described_routes = {(method.upper(), path) for path, operations in found["paths"].items() for method in operations}
    assert described_routes == {(route.method, f"/api{route.path}") for route in ROUTES if not route.path.startswith("/dev/")}
    operations = [operation for each in found["paths"].values() for operation in each.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all(operation["summary"].endswith(".") for operation in operations)


def test_a_description_says_what_its_route_takes() -> None:
    paths = json.loads(openapi.document(ROUTES))["paths"]
    for route in ROUTES:
        if route.path.startswith("/dev/"):
            continue
        operation = paths[f"/api{route.path}"][route.method.lower()]
        parameters = {(each["in"], each["name"]) for each in operation["parameters"]}
        assert ("path", "id") in parameters or "{id}" not in route.path, route
        assert (("header", "Idempotency-Key") in parameters) == route.once, route
        assert (("header", "If-Match") in parameters) == (route.versioned and route.method == "PUT"), route
        assert ("requestBody" in operation) == (route.body is not None or "form" in route.hints), route
        assert ("security" in operation) == (route.takes is not None), route
        assert ("401" in operation["responses"]) or route.takes is None, route
        assert str(route.status) in operation["responses"], route


def test_the_document_does_not_change_by_itself() -> None:
    assert openapi.document(ROUTES) == openapi.document(ROUTES)


@pytest.mark.parametrize(("path", "kind"), [("/docs", "text/html"), ("/docs/docs.js", "text/javascript"), ("/docs/docs.css", "text/css")])
async def test_the_pages_load_and_reference_nothing_elsewhere(world: World, path: str, kind: str) -> None:
    answered = await world.send("GET", path)
    assert (answered.status, answered.headers["Content-Type"]) == (200, f"{kind}; charset=utf-8")
    policy = answered.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    said = answered.raw.decode()
    assert not re.search(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", re.sub(r"xmlns[:\w]*=\"[^\"]*\"|createElementNS\([^,]*,", "", said))
    assert not re.search(r"\son\w+=|<script>|style=", said)
    for reference in re.findall(r'(?:src|href)="([^"#]+)"', said):
        assert (await world.send("GET", f"/{reference}")).status == 200


# These end the session or the account: they are called without a token.
ENDS_ACCESS = {"auth.logout", "auth.change_password", "auth.end_session"}
OFTEN = settings(examples(2), phases=[Phase.generate])


def try_out(cases: SearchStrategy[Case], judge: Callable[[Case], None]) -> None:
    @OFTEN
    @given(case=cases)
    def run(case: Case) -> None:
        judge(case)

    run()


async def test_what_is_described_is_what_is_served(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Schemathesis calls every operation with made-up data, right and wrong; no answer is a 5xx or unlike its description."""
    # No worker will come.
    monkeypatch.setattr(charts, "WAIT_SECONDS", 0)
    ana = await world.user(firstName="Ana")
    mood = await ana.log_mood(4, note="a note", factors=["sleep"])
    await do_jobs()
    document = await described(world)
    for operations in document["paths"].values():
        for operation in operations.values():
            # We send the token ourselves.
            operation.pop("security", None)
    api = schemathesis.openapi.from_dict(document)
    api.config.update(base_url=str(world.client.make_url("/")))
    answered: dict[str, set[int]] = {}

    def judge(case: Case) -> None:
        name = str(case.operation.definition.raw["operationId"])
        if case.meta is not None and case.meta.generation.mode is GenerationMode.POSITIVE and name in ("moods.one", "moods.change"):
            case.path_parameters["id"] = mood["id"]
        response = case.call(headers={} if name in ENDS_ACCESS else ana.bearer)
        answered.setdefault(name, set()).add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    def all_operations() -> None:
        for result in api.get_all_operations():
            operation: Any = result.ok()  # type: ignore[union-attr]
            try_out(operation.as_strategy(generation_mode=GenerationMode.POSITIVE), judge)
            # Of headers alone, hardly any is wrong.
            raw = operation.definition.raw
            if "requestBody" in raw or any(each["in"] != "header" for each in raw["parameters"]):
                try_out(operation.as_strategy(generation_mode=GenerationMode.NEGATIVE), judge)

    await asyncio.to_thread(all_operations)
    assert len(answered) == len([route for route in ROUTES if not route.path.startswith("/dev/")])
    # Not all was refused.
    good = {
        "moods.create": 201,
        "moods.one": 200,
        "moods.change": 200,
        "moods.history": 200,
        "users.change_profile": 200,
        "users.change_preferences": 200,
        "moods.begin_import": 202,
    }
    assert {name: good[name] for name in good if good[name] in answered[name]} == good
