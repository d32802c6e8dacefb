"""The OpenAPI 3.1 document, made from the route table and its schemas: what is served is what is described."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

from api import fields
from api.bodies import Form
from api.http import SIGNED, Route

PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "description": "RFC 9457; `errors` names each field at 422.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "requestId"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "requestId": {"type": ["string", "null"]},
        "errors": {"type": "array", "items": {"type": "object", "required": ["path", "message"], "properties": {"path": {"type": "string"}, "message": {"type": "string"}}}},
    },
}
_RATE_HEADERS = {f"RateLimit-{name}": {"schema": {"type": "integer"}} for name in ("Limit", "Remaining", "Reset")}
_TEXTS = {
    "/api/metrics": "text/plain",
    "/api/moods/chart.svg": "image/svg+xml",
    "/api/moods/export.csv": "text/csv",
    "/api/docs": "text/html",
    "/api/docs/docs.js": "text/javascript",
    "/api/docs/docs.css": "text/css",
    "/api/mail/unsubscribe/{signed}": "text/html",
}
_FORM_FIELDS = {"/moods/import": {"moodMap": {"type": "string"}}}
_ALWAYS = {400: "malformed request", 422: "a field or parameter is not valid", 429: "too many requests", 503: "try again shortly"}


def document(routes: Iterable[Route], version: str = "0.1.0") -> bytes:
    """The document as JSON bytes."""
    routes = [route for route in routes if not route.path.startswith("/dev/")]
    shapes = [shape for route in routes for shape in (route.body, route.success) if shape is not None]
    schemas, components = described(shapes)
    paths: dict[str, Any] = {}
    for route in routes:
        paths.setdefault(f"/api{route.path}", {})[route.method.lower()] = _operation(route, schemas)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {
                "title": "MentalSpace",
                "version": version,
                "description": "An open backend for mental-wellness apps. Errors are RFC 9457 problems; lists are pages with an opaque cursor; instants are UTC with milliseconds.",
            },
            "paths": paths,
            "components": {"schemas": components, "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}},
        }
    )


def described(shapes: list[Any]) -> tuple[dict[int, Any], dict[str, Any]]:
    """The schema of each shape by its `id()`, and the components they refer to, Problem among them."""
    found, components = msgspec.json.schema_components(shapes, schema_hook=fields.describe, ref_template="#/components/schemas/{name}")
    return {id(shape): schema for shape, schema in zip(shapes, found, strict=True)}, {**components, "Problem": PROBLEM}


def _operation(route: Route, schemas: dict[int, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"{route.handler.__module__.rpartition('.')[2]}.{route.handler.__name__}",
        "summary": route.summary,
        "tags": [route.path.split("/")[1]],
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_header_parameters(route)],
        "responses": _responses(route, schemas),
    }
    if route.takes is not None:
        operation["security"] = [{"bearer": []}]
        operation["description"] = f"For: {', '.join(sorted(route.takes))}."
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schemas[id(route.body)]}}}
    elif Form in route.hints.values():
        operation["requestBody"] = {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}, **_FORM_FIELDS.get(route.path, {})}}
                }
            },
        }
    return operation


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    schemas = {name: {"format": "uuid"} if kind is UUID else {"pattern": f"^{SIGNED}$"} for name, kind in route.path_kinds.items()}
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string", **schema}} for name, schema in schemas.items()]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    if route.query is None:
        return []
    (reference,), found = msgspec.json.schema_components([route.query], schema_hook=fields.describe)
    described = found[reference["$ref"].rpartition("/")[2]]
    return [{"name": name, "in": "query", "required": name in described.get("required", ()), "schema": schema} for name, schema in described["properties"].items()]


def _header_parameters(route: Route) -> list[dict[str, Any]]:
    names = [("Idempotency-Key", route.once), ("If-None-Match", route.versioned and route.method == "GET"), ("If-Match", route.versioned and route.method == "PUT")]
    return [{"name": name, "in": "header", "required": False, "schema": {"type": "string"}} for name, there in names if there]


def _responses(route: Route, schemas: dict[int, Any]) -> dict[str, Any]:
    success: dict[str, Any] = {"description": "done"}
    if route.limit != "off":
        success["headers"] = dict(_RATE_HEADERS)
    path = f"/api{route.path}"
    if path in _TEXTS:
        success["content"] = {_TEXTS[path]: {"schema": {"type": "string"}}}
    elif route.success is not None:
        success["content"] = {"application/json": {"schema": schemas[id(route.success)]}}
    elif path.endswith(".json"):
        success["content"] = {"application/json": {"schema": {"type": "object"}}}
    problems = {status: text for status, text in _ALWAYS.items() if route.limit != "off" or status in (400, 422)}
    if route.takes is not None:
        problems |= {401: "not signed in", 403: "not allowed"}
    if "{" in route.path:
        problems |= {404: "does not exist, or is somebody else's"}
    if route.versioned and route.method == "PUT":
        problems |= {412: "changed meanwhile"}
    if route.body is not None or Form in route.hints.values():
        problems |= {413: "too large", 415: "not the right media type"}
    if route.once:
        problems |= {409: "conflict, or the Idempotency-Key was used for another request"}
    problems |= route.also
    answers: dict[str, Any] = {str(route.status): success}
    if route.versioned and route.method == "GET":
        answers["304"] = {"description": "not changed"}
    for status, text in sorted(problems.items()):
        if status < 400 and path in _TEXTS:
            answers[str(status)] = {"description": text, "content": success["content"]}
        plain = status < 400 or (status == 503 and route.limit == "off")
        answers.setdefault(
            str(status),
            {
                "description": text,
                "content": {"application/json" if plain else "application/problem+json": {"schema": {"type": "object"} if plain else {"$ref": "#/components/schemas/Problem"}}},
            },
        )
    return answers
