"""The dates that analysts may ask about."""

from __future__ import annotations

from datetime import date, timedelta

from core import clock
from core.problem import Invalid

MOST_DAYS = 732
EARLIEST = date(1990, 1, 1)


def check(first: date, last: date) -> None:
    """Raises Invalid for local dates, both included, that nothing is told of."""
    # Where it is latest, this date has begun.
    today = (clock.now() + timedelta(hours=14)).date()
    wrong = []
    if first < EARLIEST:
        wrong.append(("from", f"must not be before {EARLIEST}"))
    if last > today:
        wrong.append(("to", "must not be in the future"))
    if first > last:
        wrong.append(("to", "must not be before `from`"))
    elif (last - first).days >= MOST_DAYS:
        wrong.append(("to", f"must be at most {MOST_DAYS} days after `from`, both included"))
    if wrong:
        raise Invalid(wrong)
