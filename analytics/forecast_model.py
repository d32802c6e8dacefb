"""The pooled forecast: one small linear model over many people, which knows somebody only by what their ratings so far look like.

It is fitted to the middle of what came next, not to its mean, because the error that counts is absolute; Huber's loss with its bend at one scale of the
errors does that (Huber 1964, Robust Estimation of a Location Parameter). How many ratings there are is left out on purpose: where many began on one
day, it would be the date.
"""

from __future__ import annotations

from typing import Self

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from sklearn.linear_model import HuberRegressor

from analytics.diary import Days

Floats = NDArray[np.float64]

# The version of the features and of the fit: raise it with any change of either. A model of another one is refused.
CODE = "forecast 1"

# What went before somebody's newest so many ratings adds nothing to their next one.
MOST_RATINGS = 400
# A gap counts for no more than this: two weeks.
_MOST_GAP_HOURS = 336
# Ratings of a like state, hour or weekday speak for it as far as they outnumber so many of the person's mean.
_SHRINK = 3
# How near is like: EWMAs this many points apart, hours this many apart (the widths of Gaussian kernels).
_LIKE_POINTS, _LIKE_HOURS = 0.4, 2.0
_EWMAS = (0.1, 0.2, 0.3, 0.5)
# No fitted number comes near this one; read from elsewhere, a greater one could end in no number at all.
_MOST, _LEAST_SCALE = 1e3, 1e-9

# The first is in points of the scale, all up to `same_weekday` too, but as differences from it.
FEATURES = (
    "mean", "last", *(f"ewma_{alpha}" for alpha in _EWMAS), "median", "after_like", "same_hour", "same_weekday",
    "spread", "change", "gap", "same_day", "last_if_same_day", "hour_sin", "hour_cos", "weekend",
)  # fmt: skip


def ewma(moods: Floats, alpha: float) -> Floats:
    """The exponentially weighted mean after each of `moods`, the newest weighing `alpha`; the first ones weigh no more than others do."""
    weighted: Floats = lfilter([alpha], [1, alpha - 1], moods)
    return weighted / (1 - (1 - alpha) ** np.arange(1, len(moods) + 1))


def features(moods: Floats, dates: Days, at: NDArray[np.datetime64], first: int) -> Floats:
    """What is known before each rating from number `first` (≥ 2) on: a row each, a column for each of FEATURES.

    `dates` and `at` may have one element more than `moods`: a rating that is still to come.
    """
    upto = np.arange(first, len(dates))
    before = np.arange(len(moods)) < upto[:, None]
    total, squares = np.cumsum(moods)[upto - 1], np.cumsum(moods**2)[upto - 1]
    mean = total / upto
    last = moods[upto - 1] - mean
    hours = (at - at.astype("datetime64[D]")).astype(float) / 60
    weekdays = (dates.astype(int) + 3) % 7
    same_day = (dates[upto] == dates[upto - 1]).astype(float)
    gap = np.clip((at[upto] - at[upto - 1]).astype(float) / 60, 0, _MOST_GAP_HOURS)
    apart = (hours[: len(moods)] - hours[upto][:, None] + 12) % 24 - 12
    clock = hours[upto] * np.pi / 12
    return np.column_stack(
        [
            mean,
            last,
            *(ewma(moods, alpha)[upto - 1] - mean for alpha in _EWMAS),
            _medians(moods, before) - mean,
            _after_like(moods, before, upto) - mean,
            _shrunk(moods, before * np.exp(-((apart / _LIKE_HOURS) ** 2) / 2), mean) - mean,
            _shrunk(moods, before & (weekdays[: len(moods)] == weekdays[upto][:, None]), mean) - mean,
            np.sqrt(np.maximum(squares / upto - mean**2, 0)),
            ewma(np.abs(np.diff(moods)), 0.1)[upto - 2],
            np.log1p(gap),
            same_day,
            same_day * last,
            np.sin(clock),
            np.cos(clock),
            (weekdays[upto] >= 5).astype(float),
        ]
    )


def _after_like(moods: Floats, before: NDArray[np.bool_], upto: NDArray[np.int_]) -> Floats:
    """The median of what came after states like the present one; a state is the EWMA of then."""
    state = ewma(moods, 0.3)
    apart = state[:-1] - state[upto - 1][:, None]
    return _medians(moods[1:], before[:, 1:] * (np.exp(-((apart / _LIKE_POINTS) ** 2) / 2) + 0.01))


def _medians(values: Floats, weights: NDArray) -> Floats:
    """The weighted median of `values` for each row of `weights`."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[:, order], axis=1)
    middle: Floats = values[order][(reached >= reached[:, -1:] / 2).argmax(axis=1)]
    return middle


def _shrunk(values: Floats, weights: NDArray, mean: Floats) -> Floats:
    shrunk: Floats = (weights @ values + _SHRINK * mean) / (weights.sum(axis=1) + _SHRINK)
    return shrunk


class Pooled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fitted model: some dozens of numbers over many people, nothing of any one of them. The tuples have an element for each of `names`."""

    code: str
    names: tuple[str, ...]
    center: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float

    @classmethod
    def fitted(cls, rows: Floats, moods: Floats) -> Self:
        """To rows of FEATURES and the rating that came next for each."""
        center, scale = rows.mean(axis=0), rows.std(axis=0)
        # What is the same for all says nothing: a second one of its name would be numerical noise, blown up.
        scale = np.where(scale > _LEAST_SCALE, scale, np.inf)
        found = HuberRegressor(epsilon=1.0, alpha=1.0, max_iter=1000).fit((rows - center) / scale, moods - rows[:, 0])
        return cls(CODE, FEATURES, tuple(center.tolist()), tuple(np.where(np.isinf(scale), 1e9, scale).tolist()), tuple(found.coef_.tolist()), float(found.intercept_))

    def expected(self, rows: Floats) -> Floats:
        """The next rating for each row, on the scale 1–5."""
        moods: Floats = np.clip(rows[:, 0] + self.intercept + (rows - np.array(self.center)) / np.array(self.scale) @ np.array(self.weights), 1, 5)
        return moods

    def to_bytes(self) -> bytes:
        """JSON: read again, it can be nothing but numbers."""
        return msgspec.json.encode(self)

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """Raises ValueError for what is no model of this CODE."""
        try:
            found = msgspec.json.decode(raw, type=cls)
        except msgspec.DecodeError as error:
            raise ValueError("not a forecast model") from error
        if (found.code, found.names) != (CODE, FEATURES) or {len(found.center), len(found.scale), len(found.weights)} != {len(FEATURES)}:
            raise ValueError("a forecast model of other features")
        if min(found.scale) < _LEAST_SCALE or max(map(abs, (*found.center, *found.weights, found.intercept))) > _MOST:
            raise ValueError("no forecast model has such numbers")
        return found
