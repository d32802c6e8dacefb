"""The time, and ids made from it. Everything asks here, so that tests can set it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import uuid_utils.compat

_shifted: ContextVar[datetime | None] = ContextVar("shifted", default=None)


def now() -> datetime:
    """The present in UTC, whole milliseconds: what is stored is what is shown."""
    present = _shifted.get() or datetime.now(UTC)
    return present.replace(microsecond=present.microsecond // 1000 * 1000)


def today(zone: str) -> date:
    """The local date in an IANA zone."""
    return now().astimezone(ZoneInfo(zone)).date()


def ago(**span: float) -> datetime:
    return now() - timedelta(**span)


def years_ago(years: int) -> datetime:
    """This moment so many years ago; on February 29, the 28th's."""
    present = now()
    return present.replace(year=present.year - years, day=28 if (present.month, present.day) == (2, 29) else present.day)


def new_id() -> uuid.UUID:
    """A UUIDv7: sorts by the time it was made."""
    return uuid_utils.compat.uuid7()


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Within the block, and the tasks it starts, the present is `instant`."""
    token = _shifted.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _shifted.reset(token)
