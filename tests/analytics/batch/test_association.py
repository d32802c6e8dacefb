"""Programs and mood: what was put in is found, what was not is not, and regression to the mean is not taken for a gain."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from analytics.batch.association import compared, stacked
from analytics.batch.cohort import Cohort
from analytics.batch.programs import association, completion
from tests.analytics.batch.crowds import crowd, diaries

HISTORY, DAYS = 84, 112


def begun_low(seed: int, effects: dict[str, float], people: int = 500) -> tuple[Cohort, float]:
    """People begin a program, one of these by lot, after a week half a point below what is usual for them. Also what a plain before and after would say of it."""
    random = np.random.default_rng(seed)
    moods = diaries(random, people, HISTORY + DAYS, persistence=0.8)
    season = 0.4 * np.sin(np.arange(HISTORY + DAYS) / 20)
    moods += season
    known = np.where(np.isnan(moods), np.nanmean(moods[:, :HISTORY], axis=1)[:, None], moods)
    enrolments, plain = [], []
    for n in range(people):
        for day in range(HISTORY, HISTORY + DAYS - 30):
            if known[n, day - 7 : day].mean() < known[n, day - HISTORY : day - 28].mean() - 0.5 and random.random() < 0.03:
                slug = str(random.choice(list(effects)))
                enrolments.append({"n": n, "slug": slug, "enrolled": day - HISTORY})
                moods[n, day:] += effects[slug]
                plain.append(np.nanmean(moods[n, day + 1 : day + 29]) - np.nanmean(moods[n, day - 7 : day]))
                break
    return crowd(moods, history=HISTORY, programs=enrolments), float(np.mean(plain))


def test_regression_to_the_mean_is_no_difference():
    many, plain = begun_low(1, {"calm": 0.0})
    found = compared(stacked(many), "calm")
    assert plain > 0.25
    assert found is not None
    assert found.difference.low < 0 < found.difference.high
    assert abs(found.difference.value) < 0.1
    assert [row["outcome"] for row in association(many, completion(many)).rows] == ["no difference"]


def test_a_difference_that_was_put_in_is_found_beside_one_that_was_not():
    many, _plain = begun_low(2, {"calm": 0.4, "kind": 0.0, "less": -0.4}, people=900)
    rows = {row["program"]: row for row in association(many, completion(many)).rows}
    assert {program: row["outcome"] for program, row in rows.items()} == {"calm": "higher", "kind": "no difference", "less": "lower"}
    assert rows["calm"]["low"] < 0.4 < rows["calm"]["high"] + 0.05
    assert rows["less"]["low"] - 0.05 < -0.4 < rows["less"]["high"]
    assert all(row["p"] <= row["q"] for row in rows.values())
    assert all(row["people"] % 10 == 0 and row["comparison"] % 10 == 0 for row in rows.values())


def test_intervals_hold_nothing_about_as_often_as_they_say():
    inside = [
        (found := compared(stacked(begun_low(100 + seed, {"calm": 0.0}, 220)[0]), "calm")) is not None and found.difference.low <= 0 <= found.difference.high for seed in range(8)
    ]
    assert sum(inside) >= 7


def plain_crowd(people: int, **about: Any) -> Cohort:
    return crowd(diaries(np.random.default_rng(5), people, HISTORY + DAYS, spread=0.1), history=HISTORY, **about)


def beginners(count: int, slug: str = "calm", day: int = 20) -> Iterator[dict[str, Any]]:
    return ({"n": n, "slug": slug, "enrolled": day} for n in range(count))


@pytest.mark.parametrize(("began", "people"), [(9, 60), (30, 38), (30, 30)])
def test_too_few_on_either_side_are_not_compared(began: int, people: int):
    many = plain_crowd(people, programs=list(beginners(began)))
    assert compared(stacked(many), "calm") is None
    assert {row["outcome"] for row in association(many, completion(many)).rows} <= {"too few"}


def test_who_may_not_be_counted_is_in_no_comparison():
    many = plain_crowd(60, programs=list(beginners(25)), counted=[True] * 25 + [False] * 35)
    assert compared(stacked(many), "calm") is None


def test_only_the_first_program_counts_and_it_must_be_begun_in_the_window():
    before = [{"n": n, "slug": "kind", "enrolled": -40} for n in range(20)]
    many = plain_crowd(80, programs=[*before, *beginners(20)])
    assert compared(stacked(many), "calm") is None
    assert compared(stacked(many), "kind") is None
    again = plain_crowd(80, programs=[*beginners(20), *beginners(20, "kind", 60)])
    assert compared(stacked(again), "calm") is not None
    assert compared(stacked(again), "kind") is None


def test_completion_counts_who_began_here():
    done = [{"n": n, "slug": "calm", "enrolled": 10, "completed": 10 + 10 + n % 3 if n < 25 else None} for n in range(50)]
    old = [{"n": n, "slug": "calm", "enrolled": -10, "completed": 5} for n in range(50, 60)]
    (row,) = completion(plain_crowd(70, programs=[*done, *old])).rows
    assert (row["begun"], row["completed"], row["median_days"]) == (50, 0.5, 11)
    assert (row["low"], row["high"]) == (0.37, 0.63)


@pytest.mark.parametrize("completed", [0, 9, 41, 50])
def test_completion_of_few_or_of_all_but_few_is_hidden(completed: int):
    many = plain_crowd(60, programs=[{**each, "completed": 40 if each["n"] < completed else None} for each in beginners(50)])
    (row,) = completion(many).rows
    assert (row["begun"], row["completed"], row["low"], row["high"], row["median_days"]) == (50, None, None, None, None)


def test_a_program_of_few_hides_another_beside_it():
    programs = [*beginners(30), *({"n": n, "slug": "kind", "enrolled": 3} for n in range(30, 45)), *({"n": n, "slug": "rare", "enrolled": 3} for n in range(45, 48))]
    assert [row["program"] for row in completion(plain_crowd(60, programs=programs)).rows] == ["calm"]
