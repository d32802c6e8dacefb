"""Nobody stands alone: what the tables of counts and people may not give away, whatever the people."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.batch.anonymity import COLUMNS, concealed, merged
from analytics.batch.bands import OTHER, UNKNOWN, bands
from analytics.batch.cells import about, shown_cells
from analytics.batch.people import people, profile
from core.disclosure import LEAST
from tests.analytics.batch.crowds import crowd, diaries, flat
from tests.properties import examples


@st.composite
def crowds(draw: st.DrawFn) -> dict[str, np.ndarray]:
    """People of a few kinds, common ones and rare ones, in some of the columns."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    people = draw(st.integers(0, 150))
    names = COLUMNS[: draw(st.integers(1, len(COLUMNS)))]
    kinds = {name: draw(st.integers(1, 5)) for name in names}
    rarity = draw(st.sampled_from([0.3, 0.6, 0.95]))
    return {name: np.array(list("abcde"), dtype="U8")[np.minimum(random.geometric(rarity, people) - 1, kinds[name] - 1)] for name in names}


@examples(60)
@given(crowds())
def test_every_combination_is_held_by_ten_people(columns: dict[str, np.ndarray]):
    combinations = Counter(zip(*concealed(columns).values(), strict=True))
    assert all(count >= LEAST for count in combinations.values())


@examples(60)
@given(crowds())
def test_nothing_is_invented_and_the_counts_beside_it_tell_no_more(columns: dict[str, np.ndarray]):
    told = concealed(columns)
    for name, labels in columns.items():
        if not len(told[name]):
            assert len(labels) < LEAST
            continue
        assert set(told[name][told[name] != labels]) <= {OTHER}
        hidden = set(np.unique(labels)) - set(merged(labels))
        assert not hidden & set(told[name])
        for value in set(merged(labels)) - {OTHER}:
            replaced = np.count_nonzero((labels == value) & (told[name] == OTHER))
            assert replaced == 0 or replaced >= LEAST


@examples(100)
@given(crowds())
def test_what_is_merged_holds_ten_people_or_all(columns: dict[str, np.ndarray]):
    for labels in columns.values():
        counts = Counter(merged(labels))
        assert all(count >= LEAST for count in counts.values()) or set(counts) == {OTHER}


@examples(100)
@given(st.lists(st.integers(0, 60), max_size=8))
def test_hidden_cells_cannot_be_worked_out(people: list[int]):
    shown = shown_cells(people)
    hidden = [count for count, told in zip(people, shown, strict=True) if told is None]
    assert all(told is None or told >= LEAST for told in shown)
    assert len(hidden) != 1 or len(people) == 1
    assert not hidden or sum(hidden) >= LEAST or len(hidden) == len(people)


def test_tens_are_rounded_down():
    assert [about(people) for people in (10, 19, 20, 199)] == [10, 10, 20, 190]


def test_people_who_are_alike_keep_everything():
    told = concealed({"mood_level": np.full(12, "low"), "language": np.full(12, "en")})
    assert {name: set(labels) for name, labels in told.items()} == {"mood_level": {"low"}, "language": {"en"}}


def test_the_rarest_lose_the_least_important_first():
    """Two dozen speak Spanish, of whom a dozen are low: their mood is kept, and their language goes."""
    mood = np.array(["low"] * 12 + ["high"] * 72)
    language = np.array(["es"] * 6 + ["en"] * 6 + ["es"] * 18 + ["en"] * 54)
    told = concealed({"mood_level": mood, "language": language})
    assert set(told["mood_level"]) == {"low", "high"}
    assert set(told["language"][:12]) == {OTHER}


def test_bands_say_what_people_did():
    moods = np.vstack([flat(1, 40, 2), np.r_[np.full(20, 3.0), np.full(20, 4.0)][None], flat(1, 40, 5)])
    moods[2, 10:] = np.nan
    found = bands(
        crowd(
            moods,
            counted=[True, True, False],
            breathing=[3, 0, None],
            programs=[{"n": 0, "slug": "calm", "enrolled": 2, "completed": 9}, {"n": 1, "slug": "calm", "enrolled": -9, "completed": None}],
            chats=[{"n": 1}],
            joined=[date(2026, 1, 1), date(2025, 12, 31), date(2025, 4, 1)],
        )
    )
    assert {name: labels.tolist() for name, labels in found.items()} == {
        "mood_level": ["below 2.5", "2.5 to 3.5", "above 3.5"],
        "mood_change": ["steady", "higher", UNKNOWN],
        "days_logged": ["30 to 89", "30 to 89", "7 to 29"],
        "programs": ["completed", "none", UNKNOWN],
        "breathing": ["1 to 9", "none", UNKNOWN],
        "chats": ["none", "some", UNKNOWN],
        "language": ["en", "en", "en"],
        "joined": ["2026-Q1", "2025-Q4", "2025-Q2"],
    }


@pytest.mark.parametrize("count", [1, 9])
def test_few_people_have_no_table(count: int):
    few = crowd(flat(count, 30))
    labels = bands(few)
    assert people(few, labels).rows == []
    assert all(row["people"] is None for row in profile(few, labels).rows)


def test_a_crowd_has_a_row_for_each_diarist():
    many = crowd(np.vstack([diaries(np.random.default_rng(1), 200, 60), np.full((30, 60), np.nan)]))
    labels = bands(many)
    rows = people(many, labels).rows
    assert len({row["person"] for row in rows}) == len(rows) == 200
    told = profile(many, labels).rows
    assert {row["value"]: row["people"] for row in told if row["characteristic"] == "language"} == {"en": 200}
    # All have written or not: of nobody in between, who is few, it cannot be said that there are none.
    assert [row["people"] for row in told if row["characteristic"] == "account"] == [None, None, 200]
