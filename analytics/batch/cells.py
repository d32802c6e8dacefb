"""Figures that may be shown.

Two kinds of counts leave the batch. Cells of a whole that is shown are exact, with small ones hidden and others beside them (`core.disclosure`). How
many people an estimate rests on is rounded down to tens, at least ten: exact, it would tell by a difference how many there are whom it leaves out.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.disclosure import LEAST, suppressed


def shown_cells(people: Sequence[int]) -> list[int | None]:
    """The counts of one group's cells; None where it is hidden."""
    return [None if hidden else count for count, hidden in zip(people, suppressed(people), strict=True)]


def about(people: int) -> int:
    """So many people at least, in tens."""
    return people // LEAST * LEAST
