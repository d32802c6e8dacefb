"""Segments: kinds of diarists that are found again whoever is asked, or none.

k-means on standardised features finds as many groups as it is asked for, in anything. So a split counts only when each of its groups comes back in
resamples of the people (mean Jaccard similarity of at least 0.75 over bootstraps: Hennig 2007, "Cluster-wise assessment of cluster stability"), and when
its groups are apart (silhouette: Rousseeuw 1987) and further than k-means gets in every one of 19 simulated crowds that are alike but for being one cloud
(a test at 5 %, in the manner of SigClust: Liu et al. 2008; see `one_cloud`): one long or skewed cloud is cut stably, too. Of several such splits, the one with the best silhouette is told.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from analytics.batch.cells import about
from analytics.batch.cohort import Cohort, Floats
from analytics.batch.features import LEAST_FOR_TREND
from analytics.batch.one_cloud import Draw, one_cloud
from analytics.batch.reading import WEEK
from analytics.batch.tables import Column, Kind, Table
from core.disclosure import shown

# A trend needs so many days; a bootstrap of fewer people says little.
LEAST_DAYS, LEAST_PEOPLE = LEAST_FOR_TREND, 100
MOST_GROUPS = 5
STABLE = 0.75
# Less is no structure to speak of (Kaufman & Rousseeuw 1990, ch. 2).
APART = 0.25
_BOOTSTRAPS, _CROWDS = 50, 19
# The search is made on so many people, drawn evenly; all are then given to the nearest centre. It keeps the time in bounds, and 2,000 tell as much.
_SEARCHED = 2_000
# Further from the mean than three standard deviations is no further: single people make no group.
_FURTHEST = 3

FEATURES = {
    "days_per_week": ("On how many days a week they log, over the whole window", "days"),
    "mood_mean": ("Their mean mood", "points of 1–5"),
    "mood_sd": ("The standard deviation between their days", "points of 1–5"),
    "mood_trend": ("The slope of their mood", "points per 30 days"),
    "regularity": ("The share of days logged from their first to their last", "share"),
}

SEGMENTS = Kind(
    "segments",
    "Kinds of diarists with at least 14 logged days that are stable and apart; no rows where there are none such.",
    "A segment",
    (
        Column("segment", "text", "A letter, the largest segment first"),
        Column("people", "count", "How many belong to it, at least: rounded down to tens", "people"),
        *(Column(name, "number", f"The mean over the segment's people: {meaning[0].lower()}{meaning[1:]}", unit) for name, (meaning, unit) in FEATURES.items()),
    ),
)

CHECKS = Kind(
    "segment_checks",
    "Every split into groups that was tried, and how it stood. No rows where there were fewer than 100 people to try it on.",
    "A number of groups",
    (
        Column("groups", "count", "Into how many groups the people were split", "groups"),
        Column("stability", "number", "The mean Jaccard similarity over 50 bootstraps of the least stable group; 0.75 is asked for", "0–1", decimals=3),
        Column("separation", "number", "The mean silhouette, −1 to 1; 0.25 is asked for", "−1–1", decimals=3),
        Column("separation_by_chance", "number", "The largest silhouette in 19 crowds with the same correlations, spread and skew, and no groups", "−1–1", decimals=3),
        Column("is_told", "yes or no", "Whether it is what the table of segments shows"),
    ),
)


def segments(cohort: Cohort) -> tuple[Table, Table]:
    """The segments, and the checks of every split that was tried."""
    features = _features(cohort)
    if len(features) < LEAST_PEOPLE or (np.ptp(features, axis=0) == 0).any():
        return Table(SEGMENTS), Table(CHECKS)
    standard = (features - features.mean(axis=0)) / features.std(axis=0)
    points = np.clip(standard, -_FURTHEST, _FURTHEST)
    random = np.random.default_rng([cohort.window.first.toordinal(), cohort.window.last.toordinal()])
    some = np.sort(random.permutation(len(points))[:_SEARCHED])
    searched, crowd = points[some], one_cloud(standard[some])
    splits = [_split(searched, groups, crowd, random) for groups in range(2, MOST_GROUPS + 1)]
    good = [split for split in splits if split["stability"] >= STABLE and split["separation"] > max(APART, split["separation_by_chance"])]
    best = max(good, key=lambda split: split["separation"], default=None)
    table = Table(SEGMENTS) if best is None else _told(features, best["model"].predict(points))
    told = best if table.rows else None
    return table, Table(CHECKS, [{**{column.name: split[column.name] for column in CHECKS.columns[:-1]}, "is_told": split is told} for split in splits])


def _features(cohort: Cohort) -> Floats:
    weeks = cohort.days / WEEK
    columns = [cohort.numbers("days") / weeks, *(cohort.numbers(name) for name in list(FEATURES)[1:])]
    return np.column_stack(columns)[cohort.numbers("days") >= LEAST_DAYS]


def _split(points: Floats, groups: int, crowd: Draw, random: np.random.Generator) -> dict[str, Any]:
    model = _fitted(points, groups, random)
    crowds = [np.clip(crowd(random), -_FURTHEST, _FURTHEST) for _ in range(_CROWDS)]
    return {
        "groups": groups,
        "model": model,
        "stability": _stability(points, model.labels_, groups, random),
        "separation": float(silhouette_score(points, model.labels_)),
        "separation_by_chance": max(float(silhouette_score(crowd, _fitted(crowd, groups, random).labels_)) for crowd in crowds),
    }


def _fitted(points: Floats, groups: int, random: np.random.Generator) -> KMeans:
    return KMeans(groups, n_init=4, random_state=int(random.integers(2**31))).fit(points)


def _stability(points: Floats, labels: NDArray[np.int_], groups: int, random: np.random.Generator) -> float:
    """Of each group, the mean over bootstraps of its Jaccard similarity with the group most like it among those found in the resample; the least of these."""
    found = np.zeros((_BOOTSTRAPS, groups))
    for each in range(_BOOTSTRAPS):
        drawn = random.integers(len(points), size=len(points))
        again = np.zeros(len(points), int)
        again[drawn] = _fitted(points[drawn], groups, random).labels_
        here = np.unique(drawn)
        shared = np.bincount(labels[here] * groups + again[here], minlength=groups**2).reshape(groups, groups)
        either = shared.sum(axis=1, keepdims=True) + shared.sum(axis=0, keepdims=True) - shared
        found[each] = (shared / np.maximum(either, 1)).max(axis=1)
    return float(found.mean(axis=0).min())


def _told(features: Floats, labels: NDArray[np.int_]) -> Table:
    """No segments where one is of fewer than ten people: it could be told from the others."""
    sizes = np.bincount(labels)
    if not all(shown(int(size)) for size in sizes):
        return Table(SEGMENTS)
    order = sorted(range(len(sizes)), key=lambda group: (-sizes[group], *features[labels == group].mean(axis=0)))
    rows = [
        {"segment": "ABCDE"[place], "people": about(int(sizes[group])), **dict(zip(FEATURES, features[labels == group].mean(axis=0).tolist(), strict=True))}
        for place, group in enumerate(order)
    ]
    return Table(SEGMENTS, rows)
