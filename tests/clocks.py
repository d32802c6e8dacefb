"""Every zone's changes of clocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

_BEGIN, _END = datetime(2020, 1, 10, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
# No zone changes twice within it: the shortest time between two changes is 28 days, Ramadan's.
_STEP = timedelta(days=14)


@cache
def changes(zone: ZoneInfo) -> tuple[datetime, ...]:
    """The instants between 2020 and 2030 at which a zone's offset changes, to the second."""
    return tuple(_changes(zone))


def _changes(zone: ZoneInfo) -> Iterator[datetime]:
    at, offset = _BEGIN, _BEGIN.astimezone(zone).utcoffset()
    while at < _END:
        later = (at + _STEP).astimezone(zone).utcoffset()
        if offset != later:
            low, high = at, at + _STEP
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
                low, high = (middle, high) if middle.astimezone(zone).utcoffset() == offset else (low, middle)
            yield high
        at, offset = at + _STEP, later
