"""How early the gentle notice comes, and how often for nothing: `OMP_NUM_THREADS=1 python -m bench.notice --data FOLDER [--choose]`. Prints counts and shares only.

The real series of `moods.csv` last 14 to 32 days, and the notice asks for a baseline of 28 days before the 14 it watches. They are made 105 dates long in the ways of
`bench.lengthened`, and the notice is asked on each date from the 43rd on:

- False episodes: nothing was put in, so each stretch of dates with a notice counts as a false one, though real low stretches are among them; a day in between
  without it does begin another.
- Detection: from a date drawn at random on, all ratings are lower by 1.2 standard deviations of the person's days (made whole and kept within 1–5 as the
  application does, which takes some of it away); found is what has a notice on one of the 14 dates from that one on, and had none the day before.

Targets, for the people held back: at most 0.15 false episodes in 30 days, and 80 % found. Half of the people, every other one, chose WEIGHT and LIMIT: `--choose` prints
for them what each pair would do. People of the two halves are never in one chain. `chained` has to hold, for Flückiger (a rating a day) and Westhoff (the
mean of five), and so has `mirrored`, where false ones are too few since the baseline has seen what is watched. With each rating as a day, for information: there
14 "days" are three, and an ordinary bad day is a low spell of five.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analytics.insights import notices
from analytics.insights.days import Days
from analytics.insights.notices import notice
from bench.lengthened import Series, chained, mirrored, rated, read

DROP, WITHIN = 1.2, 14
MOST_FALSE, LEAST_FOUND = 0.15, 0.80
_DATES, _FROM = 105, 42
_PLACES = 2  # where a drop begins, for each person
_CHOICES = {0.05: (1.5, 1.6, 1.7, 1.8), 0.1: (1.6, 1.7, 1.75, 1.8, 1.85, 1.9), 0.15: (1.8, 1.9, 2.0), 0.2: (1.9, 2.0, 2.1), 0.3: (2.0, 2.1, 2.2)}


@dataclass
class Tally:
    people: int = 0
    dates: int = 0
    episodes: int = 0
    drops: int = 0
    found: int = 0

    @property
    def false(self) -> float:
        """In 30 days."""
        return 30 * self.episodes / max(self.dates, 1)

    @property
    def share(self) -> float:
        return self.found / max(self.drops, 1)

    def __str__(self) -> str:
        return f"{self.people} people; {self.false:.3f} false episodes in 30 days (of {self.dates}), {self.share:.1%} of {self.drops} drops found"


def measured(people: Sequence[Series]) -> Tally:
    tally = Tally()
    for number, person in enumerate(people):
        dates = person.dates
        if person.sd == 0 or dates < _FROM + WITHIN + 1:
            continue
        tally.people += 1
        shown = noticed(person.days, range(_FROM, dates))
        tally.dates += len(shown)
        tally.episodes += int((np.diff(shown, prepend=0) == 1).sum())
        possible = np.arange(_FROM + 1, dates - WITHIN + 1)
        for begins in np.random.default_rng(number).choice(possible, min(_PLACES, len(possible)), replace=False):
            dropped = person.moved(-DROP * person.sd * (np.arange(dates) >= begins))
            before, *after = noticed(dropped.days, range(begins - 1, begins + WITHIN))
            tally.drops += not before
            tally.found += not before and any(after)
    return tally


def noticed(days: Days, dates: range) -> list[int]:
    """For each date, whether there is a notice on it (1 or 0)."""
    first = days.number[0]
    found = []
    for date in dates:
        until = days.where(days.number <= first + date)
        found.append(int(bool(notice(Days(int(first) + date, until.number, until.mean, until.entries)).sure)))
    return found


def ways(found: dict[str, list[Series]], half: int) -> dict[str, list[Series]]:
    flueckiger, westhoff, dejonckheere = (found[name][half::2] for name in ("flueckiger2014", "westhoff2024", "dejonckheere2018"))
    return {
        "chained": [*chained(flueckiger, _DATES), *chained(westhoff, _DATES)],
        "mirrored": mirrored([*flueckiger, *westhoff], _DATES),
        "each rating a day": rated([*westhoff, *dejonckheere], _DATES),
    }


def choose(found: dict[str, list[Series]]) -> None:
    for weight, limits in _CHOICES.items():
        for limit in limits:
            notices.WEIGHT, notices.LIMIT = weight, limit
            print(f"weight {weight}, limit {limit}, chained: {measured(ways(found, 0)['chained'])}")


def holds(found: dict[str, list[Series]]) -> bool:
    good = True
    print(f"weight {notices.WEIGHT}, limit {notices.LIMIT}; targets: at most {MOST_FALSE} false episodes in 30 days, {LEAST_FOUND:.0%} found within {WITHIN} days")
    for half, title in enumerate(("chosen on", "held back")):
        for way, people in ways(found, half).items():
            tally = measured(people)
            held = tally.false <= MOST_FALSE and tally.share >= LEAST_FOUND
            is_judged = title == "held back" and way != "each rating a day"
            print(f"{title}, {way}: {tally}" + (f": {'held' if held else 'MISSED'}" if is_judged else ""))
            good &= held or not is_judged
    return good


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m bench.notice")
    asked.add_argument("--data", type=Path, default=Path("../shared/data"))
    asked.add_argument("--choose", action="store_true", help="print what pairs of weight and limit would do, for the half that chooses")
    given = asked.parse_args()
    if not (given.data / "moods.csv").exists():
        print(f"error: {given.data} holds no moods.csv", file=sys.stderr)
        return 1
    warnings.simplefilter("error")
    found = read(given.data / "moods.csv")
    if given.choose:
        choose(found)
        return 0
    return 0 if holds(found) else 1


if __name__ == "__main__":
    sys.exit(main())
