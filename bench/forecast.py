"""How well the forecast does on real ratings: `python -m bench.forecast --data DIR`, with the folder of `moods.csv`. Prints counts and scores only.

For each dataset, the next rating of people whom the model has never seen (five folds over people) is forecast from those before it, at least ten, and the
mean absolute error is set beside that of what needs no model. Targets: the pooled model is at least 3 % better than the best of the person's mean,
median, last and EWMA on Westhoff and on Flückiger, or the product's own gate keeps the EWMA there; the ranges of what would be used hold 77 to 83 % of
ratings, and of people with 20 forecasts and more at most 10 % get less than 65 %. Dejonckheere is printed for information,
and so are all three as the people of one service.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from analytics.forecast import ALPHA, FIRST, LEAST_RATINGS, forecasts, half_widths, is_low
from analytics.forecast_model import Floats, Pooled, ewma, features
from analytics.forecast_training import LEAST_GAIN, Ratings, gain, rivals, train

_FOLDS = 5
_TARGETED = ("westhoff2024", "flueckiger2014")
_LEAST_FORECASTS = 20


def read(path: Path) -> dict[str, list[Ratings]]:
    """Each dataset's people with more than ten ratings, oldest rating first."""
    frame = pd.read_csv(path, usecols=["dataset", "person", "at", "mood"], dtype={"person": str}, parse_dates=["at"]).sort_values("at", kind="stable")
    found: dict[str, list[Ratings]] = {}
    for (dataset, _), rows in frame.groupby(["dataset", "person"]):
        if len(rows) > LEAST_RATINGS:
            at = rows["at"].to_numpy().astype("datetime64[m]")
            found.setdefault(str(dataset), []).append(Ratings(rows["mood"].to_numpy(float), at.astype("datetime64[D]"), at))
    return found


def never_seen(people: list[Ratings]) -> list[Floats]:
    """Each person's forecasts from number FIRST on, by a model fitted to the people of the other folds."""
    folds = np.random.default_rng(0).permutation(len(people)) % _FOLDS
    rows = [features(person.moods, person.dates, person.at, LEAST_RATINGS) for person in people]
    said: dict[int, Floats] = {}
    for fold in range(_FOLDS):
        others = np.flatnonzero(folds != fold)
        model = Pooled.fitted(np.concatenate([rows[each] for each in others]), np.concatenate([people[each].moods[LEAST_RATINGS:] for each in others]))
        said |= {int(each): forecasts(people[each].moods, people[each].dates, people[each].at, model) for each in np.flatnonzero(folds == fold)}
    return [said[each] for each in range(len(people))]


def passes(dataset: str, people: list[Ratings]) -> bool:
    began = time.process_time()
    pooled = never_seen(people)
    errors = {"pooled": [np.abs(person.moods[FIRST:] - each)[LEAST_RATINGS - FIRST :] for person, each in zip(people, pooled, strict=True)]}
    for person in people:
        for name, each in rivals(person.moods).items():
            errors.setdefault(name, []).append(np.abs(person.moods[LEAST_RATINGS:] - each))
    mean = {name: float(np.concatenate(each).mean()) for name, each in errors.items()}
    best = min((name for name in mean if name != "pooled"), key=mean.__getitem__)
    found, low, high = gain(errors["pooled"], errors[best])
    trial = train(people)
    used = "pooled" if trial is not None and trial.is_better else "ewma"
    count = sum(map(len, errors["pooled"]))
    print(f"{dataset}: {len(people)} people, {count} forecasts; mean absolute error " + ", ".join(f"{name} {error:.3f}" for name, error in mean.items()))
    print(f"  pooled against {best}: {found:.1%} better ({low:.1%} to {high:.1%}; target {LEAST_GAIN:.0%}); on held-back weeks the product uses: {used}", end="")
    print(f" ({trial.scores['gain']:.1%}, {trial.scores['gain_low']:.1%} to {trial.scores['gain_high']:.1%})" if trial is not None else " (too few people)")
    good = found >= LEAST_GAIN or used == "ewma"
    for name in ("pooled", "ewma"):
        said = pooled if name == "pooled" else [forecasts(person.moods, person.dates, person.at, None) for person in people]
        good &= covers(name, people, said, is_used=name == used)
    print(f"  withheld in low spells: {withheld(people):.1%} of forecasts; {time.process_time() - began:.1f} s of CPU")
    return good


def covers(name: str, people: list[Ratings], said: list[Floats], *, is_used: bool) -> bool:
    held = [(np.abs(person.moods[FIRST:] - each) <= half_widths(person.moods, each))[LEAST_RATINGS - FIRST :] for person, each in zip(people, said, strict=True)]
    overall = float(np.concatenate(held).mean())
    enough = [each for each in held if len(each) >= _LEAST_FORECASTS]
    few = sum(each.mean() < 0.65 for each in enough) / len(enough) if enough else 0.0
    width = np.mean([2 * half_widths(person.moods, each).mean() for person, each in zip(people, said, strict=True)])
    print(
        f"  80 % ranges of {name}: hold {overall:.1%} (target 77 to 83 %), under 65 % for {few:.1%} of {len(enough)} people (target 10 %), {width:.2f} points wide on average",
        end="",
    )
    print("" if is_used else " (not used)")
    return not is_used or (0.77 <= overall <= 0.83 and few <= 0.10)


def withheld(people: list[Ratings]) -> float:
    """The share of moments with ten ratings at which the person's level alone says that it is a low spell."""
    low = [is_low(float(level), person.moods[:count]) for person in people for count, level in enumerate(ewma(person.moods, ALPHA), start=1) if count >= LEAST_RATINGS]
    return sum(low) / len(low)


def main(folder: Path) -> int:
    found = read(folder / "moods.csv")
    verdicts = {dataset: passes(dataset, people) for dataset, people in found.items()}
    passes("all together", [person for people in found.values() for person in people])
    missed = [dataset for dataset in _TARGETED if not verdicts.get(dataset)]
    print("forecast: targets met" if not missed else f"forecast: targets missed on {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    asked.add_argument("--data", type=Path, default=Path("../shared/data"))
    sys.exit(main(asked.parse_args().data))
