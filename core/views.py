"""The shapes that leave the system: msgspec Structs in camelCase, with a version made from their bytes."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Generic, TypeVar

import msgspec

from core.problem import Stale

Instant = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"}, description="RFC 3339, UTC, milliseconds")]


class View(msgspec.Struct, kw_only=True, rename="camel"):
    """A public shape."""


T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], kw_only=True, rename="camel"):
    """One page of a list; `next_cursor` is null on the last one."""

    items: list[T]
    next_cursor: str | None = None


def instant(at: datetime) -> Instant:
    """`2026-05-04T03:02:01.000Z`; the datetime must be in UTC, as all that come from the database are."""
    return at.isoformat(timespec="milliseconds")[:-6] + "Z"


def instant_or_none(at: datetime | None) -> Instant | None:
    return None if at is None else instant(at)


def version(view: msgspec.Struct) -> str:
    """The ETag of a view: the same for the same content."""
    return f'"{hashlib.sha256(msgspec.json.encode(view)).hexdigest()[:20]}"'


def require_version(view: msgspec.Struct, if_match: str | None) -> None:
    """Raises Stale unless the caller named this version, or none."""
    if if_match is not None and if_match != "*" and version(view) not in [each.strip().removeprefix("W/") for each in if_match.split(",")]:
        raise Stale
