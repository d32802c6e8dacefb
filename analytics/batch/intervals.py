"""95 % intervals over people. Each person counts once, however much they wrote: people, not entries, are what is independent.

They are those of so many people as may be told, rounded down to tens: an exact interval would give away how many there are, and by a difference how many
are not. So they are a little wider than they had to be, never narrower.
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analytics.batch.cells import about

LEVEL = 0.95
_Z = float(stats.norm.ppf((1 + LEVEL) / 2))


class Estimate(NamedTuple):
    value: float
    low: float
    high: float


def of_mean(values: NDArray[np.float64]) -> Estimate:
    """Student's interval of the mean of one value a person, of ten people at least: from there on it is good enough, as means of bounded values are."""
    mean = float(values.mean())
    margin = quantile(len(values)) * float(values.std(ddof=1)) / sqrt(about(len(values)))
    return Estimate(mean, mean - margin, mean + margin)


def of_share(count: int, of: int) -> Estimate:
    """Wilson's score interval (Wilson 1927), which stays within 0 and 1 and holds for few people too (Brown, Cai & DasGupta 2001); of ten people at least."""
    share, people = count / of, about(of)
    weight = 1 + _Z**2 / people
    middle, reach = (share + _Z**2 / (2 * people)) / weight, _Z * sqrt(share * (1 - share) / people + (_Z / (2 * people)) ** 2) / weight
    return Estimate(share, middle - reach, middle + reach)


def quantile(people: int) -> float:
    """How many standard errors Student's interval reaches."""
    return float(stats.t.ppf((1 + LEVEL) / 2, about(people) - 1))
