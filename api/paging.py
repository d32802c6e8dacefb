"""Pages: opaque signed cursors that name a position in one list of one principal."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, TypeVar
from uuid import UUID

import msgspec

from api.schema import Query
from core import keys
from core.crypto import b64, unb64
from core.problem import Invalid
from core.views import Page

Limit = Annotated[int, msgspec.Meta(ge=1, le=100)]
Position = tuple[datetime, UUID]
T = TypeVar("T")


class PageQuery(Query):
    """`limit` items after `cursor`; a list that can be narrowed adds its own parameters."""

    limit: Limit = 20
    cursor: str | None = None


class ShortQuery(Query):
    """A short list comes whole; in pages where `limit` is given."""

    limit: Limit | None = None
    cursor: str | None = None


def _list_name(principal_id: UUID, query: PageQuery | ShortQuery) -> bytes:
    """A cursor is good for the list it came from: same principal, same kind of list, same filters."""
    filters = [str(getattr(query, name)) for name in query.__struct_fields__ if name not in ("limit", "cursor")]
    return "|".join([principal_id.hex, type(query).__qualname__, *filters]).encode()


def position(principal_id: UUID, query: PageQuery) -> Position | None:
    """Where to go on from. Raises Invalid for a cursor that is not ours, or another list's."""
    return _opened(principal_id, query, Position)  # type: ignore[arg-type]


def _opened(principal_id: UUID, query: PageQuery | ShortQuery, kind: type[T]) -> T | None:
    if query.cursor is None:
        return None
    try:
        raw = unb64(query.cursor)
        body, seal = raw[:-12], raw[-12:]
        if not hmac.compare_digest(seal, keys.keys().mac("cursor", body, _list_name(principal_id, query))[:12]):
            raise ValueError
        return msgspec.msgpack.decode(body, type=kind)
    except (ValueError, msgspec.DecodeError):
        raise Invalid([("cursor", "is not a cursor of this list")]) from None


def cursor(principal_id: UUID, query: PageQuery | ShortQuery, last: Position | int) -> str:
    body = msgspec.msgpack.encode(last)
    return b64(body + keys.keys().mac("cursor", body, _list_name(principal_id, query))[:12])


def page(principal_id: UUID, query: PageQuery, found: list[T], where: Callable[[T], Position]) -> Page[T]:
    """A page from `limit + 1` found items: the one too many says that there is a next page."""
    items = found[: query.limit]
    return Page(items=items, next_cursor=cursor(principal_id, query, where(items[-1])) if len(found) > query.limit else None)


def begin(principal_id: UUID, query: PageQuery | ShortQuery) -> int:
    """How many items of a list that is counted through were shown before. Raises Invalid for a cursor that is not ours, or another list's."""
    return _opened(principal_id, query, int) or 0


def part(principal_id: UUID, query: PageQuery | ShortQuery, items: list[T]) -> Page[T]:
    """The page that is asked for of a list that is counted through, given from its start. Raises Invalid as `begin` does."""
    first = begin(principal_id, query)
    end = len(items) if query.limit is None else first + query.limit
    return Page(items=items[first:end], next_cursor=cursor(principal_id, query, end) if end < len(items) else None)


def seal_seq(principal_id: UUID, session_id: UUID, seq: int, *, backwards: bool) -> str:
    """A cursor into the messages of one session, which have numbers for positions."""
    body = seq.to_bytes(4)
    return b64(body + _seq_seal(principal_id, session_id, body, backwards))


def sealed_seq(principal_id: UUID, session_id: UUID, given: str, *, backwards: bool) -> int:
    """The reverse of `seal_seq`. Raises Invalid for a cursor that is not ours, or of other messages."""
    try:
        raw = unb64(given)
    except ValueError:
        raw = b""
    if len(raw) != 16 or not hmac.compare_digest(raw[4:], _seq_seal(principal_id, session_id, raw[:4], backwards)):
        raise Invalid([("cursor", "is not a cursor of this list")])
    return int.from_bytes(raw[:4])


def _seq_seal(principal_id: UUID, session_id: UUID, body: bytes, backwards: bool) -> bytes:
    return keys.keys().mac("cursor", body, principal_id.bytes, session_id.bytes, b"-" if backwards else b"+")[:12]
