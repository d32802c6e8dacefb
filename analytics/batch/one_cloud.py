"""Simulated crowds in which everybody is of one kind, and that are otherwise like a given one.

Their features have the same rank correlations (a Gaussian copula) and the same spread and skew, but one peak each: the density of each is the rising, then
falling one whose distribution function is nearest to the given people's (as in the dip test: Hartigan & Hartigan 1985; by isotonic regression on either
side of every possible peak), brought back to the same standard deviation. Crowds of normal features would not do: how often people write is skewed, and k-means cuts what is skewed further apart than what is not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from sklearn.isotonic import isotonic_regression

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator], Floats]

# As finely as densities are looked at.
_CELLS = 100


def one_cloud(points: Floats) -> Draw:
    """Draws such crowds, of as many people as `points` has rows; each of its columns must vary, and be standardised."""
    people = len(points)
    ranks = stats.rankdata(points, axis=0)
    correlations = np.corrcoef(stats.norm.ppf((ranks - 0.5) / people).T)
    margins = [_one_peak(column) for column in points.T]

    def draw(random: np.random.Generator) -> Floats:
        normal = random.multivariate_normal(np.zeros(points.shape[1]), correlations, size=people)
        places = stats.norm.cdf(normal)
        return np.column_stack([np.interp(place, below, values) for place, (below, values) in zip(places.T, margins, strict=True)])

    return draw


def _one_peak(values: Floats) -> tuple[Floats, Floats]:
    """The distribution function of the one-peaked density nearest to the values', and where it is reached."""
    counts, edges = np.histogram(values, _CELLS)
    reached = np.cumsum(counts)
    found: Floats = counts.astype(float)
    nearest = np.inf
    for peak in range(1, _CELLS):
        density = np.concatenate([isotonic_regression(counts[:peak]), isotonic_regression(counts[peak:], increasing=False)])
        distance = float(np.abs(np.cumsum(density) - reached).max())
        if distance < nearest:
            nearest, found = distance, density
    below = np.concatenate([[0.0], np.cumsum(found)]) / len(values)
    middle = (edges[:-1] + edges[1:]) / 2
    mean = np.average(middle, weights=found)
    spread = np.sqrt(np.average((middle - mean) ** 2, weights=found))
    return below, mean + (edges - mean) * values.std() / spread
