"""The nightly training of the pooled forecast, and whether it is good enough to take the EWMA's place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.diary import Days
from analytics.forecast import ALPHA, COVERAGE, FIRST, LEAST_RATINGS, forecasts, half_widths
from analytics.forecast_model import FEATURES, Floats, Pooled, ewma, features

# Under so many people with so many ratings nothing is trained: some dozens of weights need some hundreds of ratings, and nobody should be seen in them.
LEAST_PEOPLE, LEAST_RATINGS_EACH = 30, 30
# Better by so much than the best rival, with all of the interval over people above none.
LEAST_GAIN = 0.03
# Of each person's forecasts the newest third is held back.
_HELD_BACK = 1 / 3
_DRAWS = 2_000


@dataclass(frozen=True)
class Ratings:
    """One person's, oldest first: moods on 1–5, the local days they count for (`datetime64[D]`), the local time of each (`datetime64[m]`)."""

    moods: Floats
    dates: Days
    at: NDArray[np.datetime64]

    def __len__(self) -> int:
        return len(self.moods)


@dataclass(frozen=True)
class Trial:
    """A model fitted to everything, and how one like it, fitted to what came before, did on the ratings held back."""

    model: Pooled
    is_better: bool
    data: dict[str, Any]
    scores: dict[str, Any]


def train(people: Sequence[Ratings]) -> Trial | None:
    """None with too few people or ratings: see LEAST_PEOPLE. Takes half a minute and 300 MB for a thousand people with 400 ratings each.

    Each person's forecasts, those with 10 earlier ratings, are cut in time: a model fitted to the older two thirds of all forecasts what is held back.
    `is_better` when its mean absolute error there is at least LEAST_GAIN under that of the best of the EWMA and the person's mean, median and last
    rating, and the 95 % interval of that gain, by a bootstrap over people, is above 0.
    """
    people = [person for person in people if len(person) >= LEAST_RATINGS_EACH]
    if len(people) < LEAST_PEOPLE:
        return None
    rows = [features(person.moods, person.dates, person.at, LEAST_RATINGS) for person in people]
    came = [person.moods[LEAST_RATINGS:] for person in people]
    cuts = [len(each) - round(len(each) * _HELD_BACK) for each in came]
    earlier = Pooled.fitted(np.concatenate([each[:cut] for each, cut in zip(rows, cuts, strict=True)]), np.concatenate([each[:cut] for each, cut in zip(came, cuts, strict=True)]))
    scores = _scores(people, cuts, earlier)
    first, last = min(person.dates.min() for person in people), max(person.dates.max() for person in people)
    return Trial(
        model=Pooled.fitted(np.concatenate(rows), np.concatenate(came)),
        is_better=scores["gain"] >= LEAST_GAIN and scores["gain_low"] > 0,
        data={"from": str(first), "to": str(last), "people": len(people), "ratings": sum(map(len, people)), "features": list(FEATURES)},
        scores=scores,
    )


def rivals(moods: Floats) -> dict[str, Floats]:
    """What needs no model, for each rating with 10 earlier ones: the EWMA, the mean, the median and the last of all before it."""
    upto = range(LEAST_RATINGS, len(moods))
    return {
        "ewma": ewma(moods, ALPHA)[LEAST_RATINGS - 1 : -1],
        "mean": (np.cumsum(moods) / np.arange(1, len(moods) + 1))[LEAST_RATINGS - 1 : -1],
        "median": np.array([np.median(moods[:each]) for each in upto]),
        "last": moods[LEAST_RATINGS - 1 : -1],
    }


def gain(model: Sequence[Floats], rival: Sequence[Floats]) -> tuple[float, float, float]:
    """How much smaller the mean absolute error of `model` is, as a share, with its 95 % interval over people; both hold absolute errors, a person each.

    Percentile bootstrap (Efron & Tibshirani 1993, ch. 13), whole people drawn with replacement: a person's errors are not independent.
    """
    ours, theirs = np.array([each.sum() for each in model]), np.array([each.sum() for each in rival])
    drawn = np.random.default_rng(0).integers(0, len(ours), (_DRAWS, len(ours)))
    low, high = np.quantile(_share(ours[drawn].sum(axis=1), theirs[drawn].sum(axis=1)), [0.025, 0.975])
    return float(_share(ours.sum(), theirs.sum())), float(low), float(high)


def _share(ours: Any, theirs: Any) -> Any:
    """Nothing is gained where nothing was wrong."""
    return np.where(theirs > 0, 1 - ours / np.where(theirs > 0, theirs, 1), 0.0)


def _scores(people: Sequence[Ratings], cuts: Sequence[int], model: Pooled) -> dict[str, Any]:
    errors: dict[str, list[Floats]] = {}
    inside: dict[str, list[NDArray[np.bool_]]] = {}
    for person, cut in zip(people, cuts, strict=True):
        held_back = slice(LEAST_RATINGS + cut, None)
        for name, said in rivals(person.moods).items():
            errors.setdefault(name, []).append(np.abs(person.moods[held_back] - said[cut:]))
        for name, used in (("pooled", model), ("ewma", None)):
            expected = forecasts(person.moods, person.dates, person.at, used)
            missed = np.abs(person.moods[FIRST:] - expected)
            if used is not None:
                errors.setdefault(name, []).append(missed[LEAST_RATINGS + cut - FIRST :])
            inside.setdefault(name, []).append((missed <= half_widths(person.moods, expected))[LEAST_RATINGS + cut - FIRST :])
    mean = {name: float(np.concatenate(each).mean()) for name, each in errors.items()}
    best = min((name for name in mean if name != "pooled"), key=mean.__getitem__)
    found, low, high = gain(errors["pooled"], errors[best])
    return {
        "mae": {name: round(error, 4) for name, error in mean.items()},
        "best_rival": best,
        "gain": round(found, 4),
        "gain_low": round(low, 4),
        "gain_high": round(high, 4),
        "held_back": sum(map(len, errors["pooled"])),
        "coverage": {name: round(float(np.concatenate(each).mean()), 3) for name, each in inside.items()} | {"aim": COVERAGE},
    }
