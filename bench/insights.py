"""How often insights are wrong, how often they see what is there, and what they cost: `OMP_NUM_THREADS=1 python -m bench.insights --data FOLDER [--draws 5]`.

Prints counts, shares and seconds only. Exits with 1 when a target is missed.

1. False insights. On the real series of `moods.csv`, made 90 dates long (`bench.lengthened`: each rating as a day, and mirrored days; both have to hold), each person
   has 12 made-up factors on 40 % of dates, drawn without a look at the moods: each date anew (`independent`), or as a Markov chain of two states with a
   correlation of 0.5 from one date to the next (`persistent`; 0.7 is harder still, and fewer come in enough separate stretches). Of the people for whom
   factors were compared at all, at most 10 % may be shown any. What else they are shown is printed without a target: real series do have directions,
   steps and low stretches.
2. Power. The same people's newest 60 days, where one of the 12, drawn so that it is on enough days to be compared, goes with an effect of 0.8 standard deviations of the
   person's days, before ratings are made whole and kept within 1–5, in the direction in which the scale leaves room. At least 60 % have to be shown that
   factor, in that direction. The same for simulated diaries whose days persist (half of the variance, with φ = 0.8). Printed without a target: a factor on 30 % of dates in
   either direction, and simulated days that are independent, where a rating a day cannot be told more of: beside it stands what ordinary least squares
   would see, which knows that they are independent.
3. Cost. All insights and the forecast for 1,000 people with a mood a day for a year, notes, factors, weather, breathing and programs: under 60 s of CPU.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analytics.diary import Diary, diary
from analytics.findings import Report
from analytics.forecast import forecast
from analytics.insights import FAMILIES, analyse
from analytics.insights.beside import enough_of
from analytics.insights.persistence import Persistence, effects, persistence
from bench.lengthened import FIRST, Series, mirrored, rated, read

FACTORS, SHARE = 12, 0.4
MOST_FALSE = 0.10
EFFECT, LEAST_POWER, POWER_DAYS = 0.8, 0.60, 60
PEOPLE, YEAR, MOST_SECONDS = 1_000, 365, 60
_SEASON = 90
_CORRELATIONS = {"independent": 0.0, "persistent": 0.5, "very persistent": 0.7}
_TRUE = "factor 0"
_RATE = next(rate for kinds, rate in FAMILIES if "factor" in kinds)


@dataclass
class Tally:
    """Of reports in which factors were compared: how many show any factor, the true one, and each kind."""

    reports: int = 0
    compared: int = 0
    shown: int = 0
    seen: int = 0
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, report: Report, direction: int = 0) -> None:
        self.reports += 1
        if any(need.kind == "factor" for need in report.needs):
            return
        found = [each for each in report.findings if each.kind == "factor"]
        self.compared += 1
        self.shown += bool(found)
        self.seen += any(each.subject == _TRUE and each.effect is not None and each.effect.value * direction > 0 for each in found)
        self.kinds.update({each.says if each.kind == "level" else each.kind for each in report.findings} - {"factor", "streak"})


def made_up_factors(chance: np.random.Generator, dates: int, correlation: float, share: float = SHARE) -> NDArray[np.bool_]:
    """Markov chains of two states, a column each, on for that share of the dates, with that correlation from one date to the next; with 0 each date is drawn anew."""
    drawn = chance.random((dates, FACTORS))
    present = drawn < share
    for date in range(1, dates):
        present[date] = drawn[date] < correlation * present[date - 1] + (1 - correlation) * share
    return present


def named(present: NDArray[np.bool_]) -> list[tuple[str, ...]]:
    return [tuple(f"factor {column}" for column in np.flatnonzero(row)) for row in present]


def false_insights(people: Sequence[Series], draws: int, correlation: float) -> Tally:
    tally = Tally()
    for number, person in enumerate(people):
        for draw in range(draws):
            chance = np.random.default_rng((number, draw, round(100 * correlation)))
            tally.add(analyse(person.diary(named(made_up_factors(chance, person.dates, correlation)))))
    return tally


def power(people: Sequence[Series], draws: int, correlation: float, share: float = SHARE, *, is_kind: bool = True) -> tuple[Tally, float]:
    """With the share that ordinary least squares would see, at the level that one true effect among so many has to stand.

    `is_kind`: in the direction in which there is room, else in either.
    """
    tally, plainly = Tally(), 0
    white = Persistence(np.zeros_like(persistence(people[0].days).shares))
    for number, person in enumerate(people):
        for draw in range(draws):
            chance = np.random.default_rng((number, draw, round(100 * correlation), 1))
            direction = person.room if is_kind else int(chance.choice((-1, 1)))
            on = person.days.number - person.days.number[0]
            present = made_up_factors(chance, person.dates, correlation, share)
            while not enough_of(present[on, :1])[0].all():
                present = made_up_factors(chance, person.dates, correlation, share)
            moved = person.moved(present[:, 0] * (EFFECT * person.sd * direction))
            tally.add(analyse(moved.diary(named(present))), direction)
            plain = effects(white, moved.days, present[on, :1].astype(float))
            plainly += bool(plain.p[0] <= _RATE / FACTORS and plain.value[0] * direction > 0)
    return tally, plainly / max(tally.reports, 1)


def simulated(people: int, share: float, phi: float) -> list[Series]:
    """A rating a day for POWER_DAYS days, about 3.4 with a deviation of 0.9; that share of the variance persists with φ."""
    made = []
    for number in range(people):
        chance = np.random.default_rng((number, 2))
        lasting = [chance.normal()]
        for _ in range(POWER_DAYS - 1):
            lasting.append(phi * lasting[-1] + chance.normal() * (1 - phi**2) ** 0.5)
        ratings = 3.4 + 0.9 * (share**0.5 * np.array(lasting) + (1 - share) ** 0.5 * chance.normal(size=POWER_DAYS))
        made.append(Series(ratings, np.arange(POWER_DAYS)))
    return made


_SYLLABLES = ("ba", "do", "ki", "lu", "me", "ra", "so", "tu", "win", "gar")
_ENDINGS = ("nter", "lip", "gard", "molt", "vent", "zek", "past", "runk", "tik", "lon")
WORDS = [one + two for one in _SYLLABLES for two in _ENDINGS]
NAMED = ("work", "good sleep", "coffee", "friends", "exercise", "family", "errands", "late night", "reading", "a long walk", "music", "home")
WEATHER = ("sun", "rain", "clouds", "snow")


def made_up(number: int, dates: int = YEAR) -> Diary:
    """A rating a day, and everything else a diary may have."""
    chance, level = np.random.default_rng(number), 0.0
    moods, at = [], []
    for day in range(dates):
        level = 0.9 * level + chance.normal(0, 0.25)
        moods.append(int(np.clip(round(3.3 + level + chance.normal(0, 0.6)), 1, 5)))
        at.append(datetime.combine(FIRST, datetime.min.time()) + timedelta(days=day, hours=int(chance.integers(7, 23)), minutes=1))
    days = [each.date() for each in at]
    return diary(
        days[-1],
        moods,
        days,
        at,
        factors=[tuple(name for name in NAMED if chance.random() < 0.3) for _ in days],
        weather=[str(chance.choice(WEATHER)) for _ in days],
        notes=[" ".join(chance.choice(WORDS, 12)) if chance.random() < 0.7 else None for _ in days],
        breathing=[day for day in days if chance.random() < 0.2],
        modules=[day for day in days if chance.random() < 0.1],
    )


def cost() -> bool:
    """Whether everybody's insights are ready in time."""
    taken, findings = [], 0
    analyse(made_up(0))  # loads what is loaded with first use
    for number in range(PEOPLE):
        made = made_up(number)
        began = time.process_time()
        report = analyse(made)
        forecast(made)
        taken.append(time.process_time() - began)
        findings += len(report.findings)
    typical, slow = 1_000 * np.percentile(taken, [50, 95])
    return held(
        f"cost: {PEOPLE} people × {YEAR} moods, {findings} findings: {typical:.1f} ms of CPU each (p50), {slow:.1f} ms (p95), {sum(taken):.1f} s in all",
        sum(taken) < MOST_SECONDS,
        f"under {MOST_SECONDS} s",
    )


def held(figure: str, good: bool, target: str) -> bool:
    print(f"{figure}; target: {target}: {'held' if good else 'MISSED'}")
    return good


def falsely(series: dict[str, list[Series]], draws: int) -> bool:
    good = True
    for way, people in series.items():
        print(f"{way}: {len(people)} people with at least {POWER_DAYS} days, {draws} draws of {FACTORS} made-up factors each")
        for title, correlation in _CORRELATIONS.items():
            tally = false_insights(people, draws, correlation)
            share = tally.shown / max(tally.compared, 1)
            good &= held(f"  {title}: factors compared in {tally.compared} of {tally.reports} reports; shown any {share:.1%}", share <= MOST_FALSE, f"at most {MOST_FALSE:.0%}")
            print("    beside it: " + ", ".join(f"{kind} {n / max(tally.compared, 1):.1%}" for kind, n in sorted(tally.kinds.items())))
    return good


def truly(series: dict[str, list[Series]], draws: int) -> bool:
    """Whether power is enough where it has a target."""
    good = True
    persist, independent = simulated(200, 0.5, 0.8), simulated(200, 0, 0)
    for way, people in {**{way: [person.newest(POWER_DAYS) for person in people] for way, people in series.items()}, "simulated, days persist": persist}.items():
        for title, correlation in list(_CORRELATIONS.items())[:2]:
            tally, _ = power(people, draws, correlation)
            share = tally.seen / max(tally.compared, 1)
            good &= held(f"power, {way}, {title}: of {tally.compared} reports {share:.1%} show it", share >= LEAST_POWER, f"at least {LEAST_POWER:.0%}")
            tally, _ = power(people, draws, correlation, 0.3, is_kind=False)
            print(f"    on 30 % of dates, in either direction: of {tally.compared} reports {tally.seen / max(tally.compared, 1):.1%}")
    tally, plainly = power(independent, draws, 0)
    print(f"power, simulated, days are independent: of {tally.compared} reports {tally.seen / max(tally.compared, 1):.1%}; ordinary least squares would see {plainly:.1%}")
    return good


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m bench.insights")
    asked.add_argument("--data", type=Path, default=Path("../shared/data"))
    asked.add_argument("--draws", type=int, default=5)
    given = asked.parse_args()
    if not (given.data / "moods.csv").exists():
        print(f"error: {given.data} holds no moods.csv", file=sys.stderr)
        return 1
    warnings.simplefilter("error")
    found = read(given.data / "moods.csv")
    flueckiger, westhoff, dejonckheere = (found[name] for name in ("flueckiger2014", "westhoff2024", "dejonckheere2018"))
    lengthened = {"each rating a day": rated([*westhoff, *dejonckheere], _SEASON), "mirrored": mirrored([*flueckiger, *westhoff], _SEASON)}
    # Somebody who always rates the same, once their ratings are whole, can neither be shown an effect nor have one.
    series = {way: [person for person in people if len(person.days) >= POWER_DAYS and person.sd > 0] for way, people in lengthened.items()}
    good = falsely(series, given.draws)
    good &= truly(series, given.draws)
    good &= cost()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
