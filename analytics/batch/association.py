"""How moods are after somebody begins a program, against others over the same days and with the same moods before.

A plain before and after would mislead: people begin a program when they feel low, and most who feel low feel better a month later, with or without it
(regression to the mean: Barnett, van der Pols & Dobson 2005), and moods have seasons. So every day of the window is a comparison of its own (stacked
difference in differences: Cengiz et al. 2019; sequential trials: Hernán & Robins 2016): those who began their first program on it, against those who
have begun none by then. What these do later is not looked at, as the future would choose among them; some begin one soon, which can only make a
difference look smaller. Compared are people of like moods before: what is usual for them (all days that are known up to four weeks before), and how
far the last week was from it, both coarsened (exact matching: Iacus, King & Porro 2012). Without what is usual, somebody in a dip would be compared
with somebody who is always so low, and rise for that alone. The weighted comparison of the four weeks after is adjusted for what is left of both and for
the four weeks before (analysis of covariance, which is a difference in differences with the past weighed as it tells), with standard errors that count
each person once, however often they serve (cluster-robust: Liang & Zeger 1986).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from analytics.batch.cells import about
from analytics.batch.cohort import Cohort, Floats
from analytics.batch.intervals import Estimate, quantile
from analytics.batch.reading import DAYS_OF_HISTORY
from core.disclosure import LEAST

# The days before and after the day of beginning that are looked at, and on how many days everybody must have logged in each stretch.
DAYS_AROUND = 28
_LAST = 7
_LEAST_DAYS = {"usual": 14, "before": 7, "last": 2, "after": 7}
# How coarsely people are matched, in points: their usual mood, and how far the last week was from it.
_USUAL_STEP, _DIP_STEP = 0.5, 0.5
_WIDEST_DIP = 3
# More others for each who began would tell little more (Ury 1975), and cost time and memory with the square of the people.
_OTHERS_FOR_EACH = 5
_MIDDLE = 3.0
_NEVER = np.inf


@dataclass(frozen=True)
class Stack:
    """All comparisons, one below the other: a row for each person who serves in a day's one. `begun` numbers the program they began, −1 for none.

    `stratum` numbers people of one day and like moods before; `past` has these (usual, before, last), `after` is the mean of the four weeks after.
    """

    programs: list[str]
    person: NDArray[np.int64]
    stratum: NDArray[np.int64]
    begun: NDArray[np.int64]
    past: Floats
    after: Floats


@dataclass(frozen=True)
class Comparison:
    """`people` who began against `others` who had not: how many of each, the difference with its interval, and its p-value."""

    people: int
    others: int
    difference: Estimate
    p: float


def stacked(cohort: Cohort) -> Stack:
    programs, begun, began = _first_program(cohort)
    may, logged, total = _running(cohort)
    begun, began = begun[may], began[may]
    random = np.random.default_rng([cohort.window.first.toordinal(), cohort.window.last.toordinal()])
    pieces = [(np.zeros(0, int), np.zeros(0, int), np.zeros(0, int), np.zeros((0, 3)), np.zeros(0))]
    for day in np.unique(began[(began >= 0) & (began < cohort.days - DAYS_AROUND)]).astype(int):
        at = DAYS_OF_HISTORY + day
        stretches = {"usual": (0, at - DAYS_AROUND), "before": (at - DAYS_AROUND, at), "last": (at - _LAST, at), "after": (at + 1, at + 1 + DAYS_AROUND)}
        days = {name: logged[end] - logged[start] for name, (start, end) in stretches.items()}
        here = np.flatnonzero((began >= day) & np.logical_and.reduce([days[name] >= least for name, least in _LEAST_DAYS.items()]))
        usual, before, last, after = (_MIDDLE + (total[end, here] - total[start, here]) / days[name][here] for name, (start, end) in stretches.items())
        stratum = (np.rint(usual / _USUAL_STEP) * 10 + np.clip(np.rint((last - usual) / _DIP_STEP), -_WIDEST_DIP, _WIDEST_DIP) + _WIDEST_DIP).astype(int)
        chosen = _chosen(stratum, began[here] == day, random)
        of = here[chosen]
        past = np.column_stack([usual, before, last])[chosen].astype(float)
        pieces.append((may[of], day * 1000 + stratum[chosen], np.where(began[of] == day, begun[of], -1), past, after[chosen].astype(float)))
    return Stack(programs, *(np.concatenate(column) for column in zip(*pieces, strict=True)))


def _first_program(cohort: Cohort) -> tuple[list[str], NDArray[np.int64], Floats]:
    """All programs; which of them each person began first, and on which day of the window (before it: negative; never: infinite)."""
    person, enrolments = cohort.unrolled("programs")
    programs, numbers = np.unique(enrolments["slug"].astype(str), return_inverse=True)
    begun, began = np.full(len(cohort), -1), np.full(len(cohort), _NEVER)
    whose, at = np.unique(person, return_index=True)
    begun[whose], began[whose] = numbers[at], enrolments["enrolled"][at]
    return [str(program) for program in programs], begun, began


def _running(cohort: Cohort) -> tuple[NDArray[np.int64], NDArray[np.int16], NDArray[np.float32]]:
    """Who may serve at all, and for each of them up to each day: on how many days they have logged, and the sum of what those were above the middle of the scale."""
    person, moods = cohort.unrolled("moods")
    counted = cohort.table["counted"].to_numpy(zero_copy_only=False).astype(bool)
    may = np.flatnonzero(counted & (np.bincount(person, minlength=len(cohort)) >= sum(_LEAST_DAYS[name] for name in ("usual", "before", "after"))))
    place = np.full(len(cohort), -1)
    place[may] = np.arange(len(may))
    known = place[person] >= 0
    shape = (DAYS_OF_HISTORY + cohort.days + 1, len(may))
    logged, total = np.zeros(shape, np.int16), np.zeros(shape, np.float32)
    cell = (moods["day"][known].astype(int) + DAYS_OF_HISTORY + 1, place[person[known]])
    logged[cell], total[cell] = 1, moods["mood"][known] - _MIDDLE
    np.cumsum(logged, axis=0, out=logged)
    np.cumsum(total, axis=0, out=total)
    return may, logged, total


def _chosen(stratum: NDArray[np.int_], begins: NDArray[np.bool_], random: np.random.Generator) -> NDArray[np.int64]:
    """Those who serve: whoever begins, and of each stratum's others so many for each of them, drawn by lot."""
    wanted = _OTHERS_FOR_EACH * np.bincount(stratum[begins], minlength=stratum.max(initial=0) + 1)
    others = random.permutation(np.flatnonzero(~begins & (wanted[stratum] > 0)))
    others = others[np.argsort(stratum[others], kind="stable")]
    of = stratum[others]
    rank = np.arange(len(of)) - np.searchsorted(of, of)
    return np.sort(np.concatenate([np.flatnonzero(begins), others[rank < wanted[of]]]))


def compared(stack: Stack, program: str) -> Comparison | None:
    """Those who began `program` against those who began none. None when on either side there are fewer than ten of like moods before."""
    if program not in stack.programs:
        return None
    rows = (stack.begun == stack.programs.index(program)) | (stack.begun == -1)
    person, begun = stack.person[rows], stack.begun[rows] != -1
    _, stratum = np.unique(stack.stratum[rows], return_inverse=True)
    with_it, without = np.bincount(stratum, begun), np.bincount(stratum, ~begun)
    chosen = ((with_it > 0) & (without > 0))[stratum]
    people, others = len(np.unique(person[chosen & begun])), len(np.unique(person[chosen & ~begun]))
    if min(people, others) < LEAST:
        return None
    # Others weigh as many as those who began in their stratum: the answer is about those who begin.
    weight = np.where(begun, 1.0, (with_it / np.maximum(without, 1))[stratum])[chosen]
    design = np.column_stack([begun[chosen], np.ones(chosen.sum()), stack.past[rows][chosen]])
    difference, error = _clustered(design, stack.after[rows][chosen], weight, person[chosen])
    margin = quantile(people) * error
    p = float(2 * stats.t.sf(abs(difference) / error, about(people) - 1)) if error > 0 else float(difference == 0)
    return Comparison(people, others, Estimate(difference, difference - margin, difference + margin), p)


def _clustered(design: Floats, outcome: Floats, weight: Floats, person: NDArray[np.int64]) -> tuple[float, float]:
    """The first coefficient of weighted least squares, and its standard error clustered by person (CR1)."""
    bread = np.linalg.pinv(design.T @ (design * weight[:, None]))
    coefficients = bread @ (design.T @ (weight * outcome))
    scores = design * (weight * (outcome - design @ coefficients))[:, None]
    _, cluster = np.unique(person, return_inverse=True)
    summed = np.column_stack([np.bincount(cluster, column) for column in scores.T])
    count = len(summed)
    variance = count / (count - 1) * (bread @ (summed.T @ summed) @ bread)[0, 0]
    return float(coefficients[0]), float(np.sqrt(max(variance, 0.0)))
