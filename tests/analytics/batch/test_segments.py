"""Segments: those that are there are found, and none is where people differ by degrees."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from analytics.batch import segments
from analytics.batch.one_cloud import one_cloud
from tests.analytics.batch.crowds import crowd, diaries, flat


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many resamples and crowds as a test needs."""
    monkeypatch.setattr(segments, "_BOOTSTRAPS", 12)
    monkeypatch.setattr(segments, "MOST_GROUPS", 3)


def kinds(seed: int) -> np.ndarray:
    """A crowd of two kinds: the content who write daily, and the low who write now and then."""
    random = np.random.default_rng(seed)
    return np.vstack([diaries(random, 160, 90, gaps=0.1, spread=0.2) + 0.7, diaries(random, 80, 90, gaps=0.7, spread=0.2) - 1])


def test_two_kinds_are_found():
    found, checks = segments.segments(crowd(kinds(1)))
    first, second = found.rows
    assert (first["segment"], second["segment"]) == ("A", "B")
    assert (first["people"], second["people"]) == (160, 80)
    assert first["mood_mean"] > second["mood_mean"] + 1
    assert first["days_per_week"] > 6
    assert second["days_per_week"] < 3
    assert [row["groups"] for row in checks.rows if row["is_told"]] == [2]


@pytest.mark.parametrize("seed", [1, 2])
def test_none_are_found_where_there_are_none(seed: int):
    found, checks = segments.segments(crowd(diaries(np.random.default_rng(seed), 250, 90)))
    assert found.rows == []
    assert not any(row["is_told"] for row in checks.rows)
    assert len(checks.rows) == 2


def test_one_long_cloud_is_no_two_kinds():
    """Who is low writes less, by degrees: stable to cut, and yet one kind."""
    random = np.random.default_rng(3)
    level = np.clip(random.normal(3, 0.6, 250), 1.2, 4.8)
    moods = np.clip(level[:, None] + random.normal(0, 0.6, (250, 90)), 1, 5)
    moods[random.random((250, 90)) > (level / 5)[:, None]] = np.nan
    assert segments.segments(crowd(moods))[0].rows == []


@pytest.mark.parametrize("seed", [4, 5])
def test_one_skewed_cloud_is_no_two_kinds(seed: int):
    """Most write now and then, some daily, with all that is between: cut stably and apart, and yet one kind."""
    random = np.random.default_rng(seed)
    moods = diaries(random, 300, 90, gaps=0)
    moods[random.random(moods.shape) > np.clip(random.gamma(2, 0.2, 300), 0.15, 0.95)[:, None]] = np.nan
    found, checks = segments.segments(crowd(moods))
    assert found.rows == []
    assert checks.rows[0]["stability"] > 0.9
    assert checks.rows[0]["separation"] > segments.APART


def test_a_crowd_of_one_cloud_is_like_the_given_one_without_its_groups():
    random = np.random.default_rng(6)
    low, high = random.normal([-2, -2], 0.4, (500, 2)), random.normal([1, 1], [0.4, 0.8], (1000, 2))
    given = np.vstack([low, high])
    given = (given - given.mean(axis=0)) / given.std(axis=0)
    drawn = one_cloud(given)(random)
    assert drawn.shape == given.shape
    assert drawn.std(axis=0) == pytest.approx([1, 1], abs=0.1)
    assert spearmanr(drawn)[0] == pytest.approx(spearmanr(given)[0], abs=0.1)
    between = np.abs(given[:, 0] + 0.6) < 0.2
    assert between.mean() < 0.01
    assert (np.abs(drawn[:, 0] + 0.6) < 0.2).mean() > 0.04


def test_a_segment_of_few_hides_all():
    moods = kinds(1)
    moods[:, :] = np.where(np.arange(240)[:, None] < 232, moods[np.arange(240) % 160], moods)
    assert segments.segments(crowd(moods))[0].rows == []


@pytest.mark.parametrize("moods", [flat(150, 30), diaries(np.random.default_rng(1), 99, 30), np.full((200, 30), np.nan)])
def test_nothing_to_go_on(moods: np.ndarray):
    found, checks = segments.segments(crowd(moods))
    assert (found.rows, checks.rows) == ([], [])
