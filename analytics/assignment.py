"""Who is offered to whom, when several people wait and several counselors are free."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment


def assign(points: Sequence[Sequence[float | None]]) -> list[int | None]:
    """For each row its column, or None; no column twice. `points[row][column]` is None where they do not go together.

    The rows come in the order of the queue, and that comes first: a row is left out only if, whatever the columns, no row before it could be served with it. So as
    many rows are served as can be, and nobody waits because somebody behind suits better. Of all ways to serve those rows, one with the most points in
    sum (`scipy.optimize.linear_sum_assignment`; Crouse 2016, doi 10.1109/TAES.2016.140952).

    Rows that can be served together are the independent sets of a transversal matroid, so taking them in order, each if it still fits, is best for every
    beginning of the queue at once (Edmonds & Fulkerson 1965, doi 10.6028/jres.069B.016).
    """
    served = _served(points)
    found: list[int | None] = [None] * len(points)
    if served:
        table = np.array([[-np.inf if each is None else each for each in points[row]] for row in served])
        for place, column in zip(*linear_sum_assignment(table, maximize=True), strict=True):
            found[served[place]] = int(column)
    return found


def _served(points: Sequence[Sequence[float | None]]) -> list[int]:
    """The rows that are served, in order: one more while a chain of exchanges makes room for it (Kuhn 1955, doi 10.1002/nav.3800020109).

    Columns that led nowhere lead nowhere for later rows either: they are not tried again.
    """
    holder: dict[int, int] = {}
    held: dict[int, int] = {}
    dead: set[int] = set()
    for row in range(len(points)):
        came_from: dict[int, int] = {}
        column = _reach(points, row, holder, dead, came_from)
        if column is None:
            dead.update(came_from)
        # Back along the chain: each takes the column it reached, and leaves its own to the one before.
        while column is not None:
            by = came_from[column]
            left = held.get(by)
            holder[column], held[by] = by, column
            column = left
    return list(held)


def _reach(points: Sequence[Sequence[float | None]], row: int, holder: dict[int, int], dead: set[int], came_from: dict[int, int]) -> int | None:
    """A free column that the row can reach by exchanges, breadth first; `came_from` tells by which row each column was reached."""
    rows = [row]
    for one in rows:
        for column, each in enumerate(points[one]):
            if each is None or column in dead or column in came_from:
                continue
            came_from[column] = one
            if column not in holder:
                return column
            rows.append(holder[column])
    return None
