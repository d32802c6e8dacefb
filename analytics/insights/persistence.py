"""How much a person's days resemble the days before, and what can be told in spite of it.

Days that resemble each other are worth less than as many separate ones. A day's mood is taken as a level, a slope, a part that persists (first-order
autoregressive in continuous time, so that gaps count with their length: Jones 1981, doi 10.1016/B978-0-12-256420-8.50026-5) and a part of that day
alone: the covariance of two different days is σ² share φ^lag. Without the second part one bad night would count as the end of a spell, and persistence
under daily noise would be missed (Schuurman et al. 2015, doi 10.3389/fpsyg.2015.01038).

No single share and φ are chosen: a season tells them too vaguely. The autocorrelation is the mean over a grid, weighed by the restricted likelihood
(which the fitted level and slope do not bias towards independence: Cheang & Reinsel 2000, doi 10.1080/01621459.2000.10474318) under a flat prior, and by
the variance that each finds (Bayesian model averaging: Hoeting et al. 1999, doi 10.1214/ss/1009212519). With few days it stays near the grid's middle:
honest doubt widens intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy import linalg, special

from analytics.insights.days import Days, Floats, Whole

_PHIS = np.array([0.3, 0.6, 0.8, 0.95])
_GRID = np.array([(0.0, 0.0), *product((0.15, 0.3, 0.5, 0.75, 1.0), _PHIS)])
# No share at all stands for every φ.
_PRIOR = np.where(_GRID[:, 0] == 0, len(_PHIS), 1) / (len(_GRID) - 1 + len(_PHIS))
_LEAST_DAYS = 5
# Moods are whole numbers: that rounding alone has this variance (Sheppard 1898), so none is known better.
ROUNDING = 1 / 12


@dataclass(frozen=True)
class Persistence:
    """`shares` of the variance that persist with each φ."""

    shares: Floats

    def covariance(self, number: Whole) -> Floats:
        """Of days of these numbers, relative to the variance of one day."""
        lags = np.abs(number[:, None] - number[None, :])
        by_lag = self.shares @ _PHIS[:, None] ** np.arange(lags.max(initial=0) + 1.0)
        by_lag[0] = 1.0
        return np.asarray(by_lag[lags])

    def whitened(self, number: Whole, columns: Floats) -> Floats:
        """The columns (a row a day) so turned that days without an effect are independent and equally sure."""
        root = linalg.lapack.dpotrf(self.covariance(number), lower=1)[0]
        return np.asarray(linalg.lapack.dtrtrs(root, columns, lower=1)[0])


def persistence(days: Days) -> Persistence:
    weight = _PRIOR
    if len(days) >= _LEAST_DAYS and np.ptp(days.mean) > 0:
        likelihood, variance = _fits(days.number, np.column_stack([np.ones(len(days)), centred(days.number), days.mean]))
        weight = _PRIOR * np.exp(likelihood - likelihood.max()) * variance
    shares = np.array([weight @ (_GRID[:, 0] * (_GRID[:, 1] == phi)) for phi in _PHIS])
    return Persistence(shares / weight.sum())


def _fits(number: Whole, columns: Floats) -> tuple[Floats, Floats]:
    """For each point of the grid, the restricted log-likelihood of the last column given the first two, and the variance of a day.

    By the Kalman filter, which is linear in the days where a covariance matrix would be cubic.
    """
    share, phi = _GRID.T
    kept = phi ** np.diff(number, prepend=number[0]).astype(float)[:, None]
    lasting = np.zeros((len(share), columns.shape[1]))
    unsure = share.copy()
    surprises, variances = np.empty((len(number), *lasting.shape)), np.empty((len(number), len(share)))
    for i, row in enumerate(columns):
        unsure = share + kept[i] ** 2 * (unsure - share)
        variances[i] = unsure + 1 - share
        gain = unsure / variances[i]
        lasting *= kept[i][:, None]
        surprises[i] = row - lasting
        lasting += gain[:, None] * surprises[i]
        unsure = unsure - gain * unsure
    variances = np.maximum(variances, 1e-9)
    white = surprises / np.sqrt(variances)[:, :, None]
    products = np.einsum("ipj,ipk->pjk", white, white)
    determinant = products[:, 0, 0] * products[:, 1, 1] - products[:, 0, 1] ** 2
    df = len(number) - 2
    rest = np.maximum(np.linalg.det(products) / determinant, 1e-9)
    return -df / 2 * np.log(rest) - np.log(variances).sum(axis=0) / 2 - np.log(determinant) / 2, rest / df


@dataclass(frozen=True)
class Estimates:
    """An estimate for each column that was asked about: its standard error and two-sided p-value by Student's t with `df` degrees of freedom."""

    value: Floats
    error: Floats
    p: Floats
    df: float

    def margin(self, tests: int = 1) -> Floats:
        """Half of the 95 % interval; simultaneous over so many `tests` (Bonferroni)."""
        return self.error * quantile(self.df, tests)


def quantile(df: float, tests: int = 1) -> float:
    return float(special.stdtrit(df, 1 - 0.025 / tests))


def two_sided(t: Floats | float, df: float) -> Floats:
    return np.asarray(2 * special.stdtr(df, -np.abs(t)))


def effects(model: Persistence, days: Days, asked: Floats) -> Estimates:
    """How much higher moods are for one more of each column of `asked` (a row a day), each looked at alone, level and slope allowed for.

    Generalised least squares. A column that says nothing beyond level and slope gets p = 1.
    """
    n = len(days)
    columns = model.whitened(days.number, np.column_stack([np.ones(n), centred(days.number), days.mean, asked]))
    base, _ = np.linalg.qr(columns[:, :2])
    rest = columns[:, 2:] - base @ (base.T @ columns[:, 2:])
    mood, what = rest[:, 0], rest[:, 1:]
    size = np.einsum("ij,ij->j", what, what)
    tellable = size > 1e-6
    size = np.where(tellable, size, 1)
    value = np.where(tellable, what.T @ mood / size, 0)
    df = max(n - 3, 1)
    variance = np.maximum((mood @ mood - value**2 * size) / df, ROUNDING / days.entries.mean())
    error = np.sqrt(variance / size)
    return Estimates(value, error, np.where(tellable, two_sided(value / error, df), 1.0), df)


def slope(model: Persistence, days: Days) -> Estimates:
    """How much moods rise a day, by generalised least squares; the degrees of freedom are the effective ones."""
    time = days.number - days.number.mean()
    white = model.whitened(days.number, np.column_stack([np.ones(len(days)), time, days.mean]))
    base = white[:, :2]
    inverse = np.linalg.inv(base.T @ base)
    fitted = inverse @ base.T @ white[:, 2]
    rest = white[:, 2] - base @ fitted
    df = max(effective_days(model, days) - 2, 1.0)
    variance = max(float(rest @ rest) / (len(days) - 2), ROUNDING / float(days.entries.mean()))
    error = np.sqrt(inverse[1:, 1] * variance)
    return Estimates(fitted[1:], error, two_sided(fitted[1:] / error, df), df)


def effective_days(model: Persistence, days: Days) -> float:
    """How many independent days would tell the mean as well as these do: n² / ΣV (Bayley & Hammersley 1946, doi 10.2307/2983560)."""
    return float(len(days) ** 2 / model.covariance(days.number).sum())


def contrast(model: Persistence, days: Days, weights: Floats, within: Floats, *, floor: float = ROUNDING) -> Estimates:
    """A weighted sum of the days' moods, such as a mean or a difference of means; `within` are the moods less what is usual in each group.

    Its error allows for all covariances. Both the variance and the degrees of freedom count effective days, not days.
    `floor`: the variance that a day of one entry has at least.
    """
    covariance = model.covariance(days.number)
    n, groups = len(days), 2 if weights.min() < 0 else 1
    effective = n**2 / covariance.sum()
    df = max(effective - groups, 1.0)
    variance = max(float(within @ within) / n * effective / df, floor / float(days.entries.mean()))
    value = np.array([weights @ days.mean])
    error = np.sqrt(np.array([variance * (weights @ covariance @ weights)]))
    return Estimates(value, error, two_sided(value / error, df), df)


def centred(number: Whole) -> Floats:
    time = number - number.mean()
    return np.asarray(time / max(np.abs(time).max(), 1))
