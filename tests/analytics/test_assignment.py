"""Who is offered to whom when several wait and several are free: the order of the queue first, then the points."""

from __future__ import annotations

import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from analytics.assignment import assign
from domain.chat import matching
from tests.properties import examples

Points = list[list[float | None]]

tables = st.tuples(st.integers(0, 5), st.integers(0, 4)).flatmap(
    lambda shape: st.lists(
        st.lists(st.none() | st.integers(0, 60).map(float), min_size=shape[1], max_size=shape[1]),
        min_size=shape[0],
        max_size=shape[0],
    )
)


def every_way(points: Points, row: int = 0, taken: frozenset[int] = frozenset()) -> list[list[int | None]]:
    if row == len(points):
        return [[]]
    places = [None, *(place for place, each in enumerate(points[row]) if each is not None and place not in taken)]
    return [[place, *rest] for place in places for rest in every_way(points, row + 1, taken | {place} if place is not None else taken)]


def worth(points: Points, found: list[int | None]) -> tuple[list[bool], float]:
    """Who is served, first the first; then the points in sum."""
    return [place is not None for place in found], sum(points[row][place] or 0.0 for row, place in enumerate(found) if place is not None)


@examples(100)
@given(points=tables)
def test_no_other_way_serves_somebody_further_ahead_or_the_same_people_better(points: Points) -> None:
    found = assign(points)
    assert found in every_way(points)
    assert worth(points, found) == max(worth(points, each) for each in every_way(points))


@examples(100)
@given(points=tables)
def test_in_turn_each_gets_the_best_that_is_left(points: Points) -> None:
    found, left = matching.in_turn(points), set(range(len(points[0]) if points else 0))
    assert len(found) == len(points)
    for row, place in zip(points, found, strict=True):
        open_to = [each for each in left if row[each] is not None]
        if place is None:
            assert not open_to
        else:
            assert place in open_to and row[place] == max(row[each] or 0.0 for each in open_to)
            left.remove(place)


def test_somebody_flexible_makes_room_for_whoever_has_no_choice() -> None:
    # In turn, the first would take the only place that the second can have.
    assert matching.in_turn([[50.0, 40.0], [30.0, None], [45.0, 45.0]]) == [0, None, 1]
    assert assign([[50.0, 40.0], [30.0, None], [45.0, 45.0]]) == [1, 0, None]


def test_whoever_is_behind_never_has_the_place_of_one_ahead_however_well_it_suits() -> None:
    assert assign([[1.0], [200.0]]) == [0, None]


def test_what_assigns_loads_no_learning_library() -> None:
    code = "import sys, analytics.assignment; print({'sklearn', 'pandas'} & {name.partition('.')[0] for name in sys.modules})"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60).stdout.strip() == "set()"
