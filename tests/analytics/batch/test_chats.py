"""Chats: waits, ratings and load, as far as no one person, and no counselor, shows."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.batch.chats import load, ratings, waits
from analytics.batch.cohort import Cohort
from tests.analytics.batch.crowds import crowd, flat


def talked(chats: list[dict[str, Any]], people: int = 200) -> Cohort:
    return crowd(flat(people, 28), chats=chats)


def test_waits_are_of_chats_that_were_taken():
    chats = [{"n": n, "wait": float(n)} for n in range(120)] + [{"n": n} for n in range(120, 160)] + [{"n": n, "wait": 1000.0, "priority": "high"} for n in range(30)]
    rows = {row["priority"]: row for row in waits(talked(chats)).rows}
    assert set(rows) == {"all", "medium"}, "two priorities have nobody: they, and one beside them, are hidden"
    assert rows["all"]["people"] == 160
    assert rows["all"]["chats"] == 190
    assert rows["all"]["taken"] == 0.79


@pytest.mark.parametrize(("taken", "left", "share"), [(40, 10, 0.8), (41, 9, None), (50, 0, None), (9, 41, None), (0, 50, None)])
def test_a_share_has_two_sides(taken: int, left: int, share: float | None):
    (row,) = [row for row in waits(talked([{"n": n, "wait": 5.0 if n < taken else None} for n in range(taken + left)])).rows if row["priority"] == "all"]
    assert row["taken"] == share


def test_a_share_that_is_hidden_is_not_left_over_by_the_others():
    left = {"emergency": 3, "high": 12, "medium": 30, "low": 40}
    chats = [{"n": n, "priority": priority, "wait": None if n < count else 5.0} for priority, count in left.items() for n in range(100)]
    rows = {row["priority"]: row["taken"] for row in waits(talked(chats)).rows}
    assert rows == {"all": 0.79, "emergency": None, "high": None, "medium": 0.7, "low": 0.6}


def test_waits_by_priority():
    chats = [{"n": n, "priority": priority, "wait": wait} for priority, wait in (("emergency", 5.0), ("high", 50.0), ("medium", 500.0), ("low", 5000.0)) for n in range(50)]
    rows = {row["priority"]: row for row in waits(talked(chats)).rows}
    assert {priority: row["p50"] for priority, row in rows.items()} == {"all": 275, "emergency": 5, "high": 50, "medium": 500, "low": 5000}
    assert all(row["p95"] is None for row in rows.values()), "the longest of fifty waits are a few people's own"


def test_a_percentile_needs_a_hundred_people():
    rows = waits(talked([{"n": n, "wait": float(n)} for n in range(100)])).rows
    assert (rows[0]["p50"], rows[0]["p95"]) == (50, 94)


def test_waits_of_few_are_hidden():
    taken = [{"n": n, "wait": 4.0} for n in range(9)]
    assert waits(talked(taken)).rows == []
    (row,) = waits(talked(taken + [{"n": n} for n in range(9, 30)])).rows
    assert (row["p50"], row["p95"]) == (None, None)


def test_ratings_are_counted_by_people_and_rare_ones_hidden_with_another():
    given = [(5, 60), (4, 40), (3, 20), (2, 12), (1, 2)]
    chats, n = [], 0
    for rating, count in given:
        chats += [{"n": n + each, "rating": rating} for each in range(count)]
        n += count
    rows = {row["rating"]: row for row in ratings(talked(chats)).rows}
    assert {rating: row["people"] for rating, row in rows.items()} == {"1": None, "2": None, "3": 20, "4": 40, "5": 60, "mean": 130}
    assert (rows["mean"]["mean"], rows["mean"]["low"], rows["mean"]["high"]) == (4.1, 3.9, 4.3)
    assert ratings(talked([{"n": n, "rating": 5} for n in range(9)] * 3)).rows == []


@pytest.mark.parametrize(("counselors", "clients", "rows"), [(12, 60, 1), (9, 60, 0), (12, 9, 0)])
def test_load_shows_no_counselor(counselors: int, clients: int, rows: int):
    chats = [{"n": n, "counselor": f"{counselor:016x}"} for counselor in range(counselors) for n in range(clients) if (n + counselor) % 3 == 0]
    found = load(talked(chats)).rows
    assert len(found) == rows
    for row in found:
        assert (row["counselors"], row["clients"], row["p50"]) == (10, 60, 5)


def test_no_chats_at_all():
    nobody = talked([])
    assert (waits(nobody).rows, ratings(nobody).rows, load(nobody).rows) == ([], [], [])
