"""What moods go with: factors, sleep, weather, breathing, programs, each compared day by day with the days without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from analytics.diary import Days as Dates
from analytics.diary import Diary
from analytics.findings import Finding, Need
from analytics.insights.claims import Claim, Evidence, Facts, Told, around, finding
from analytics.insights.days import SEASON, Days, numbers
from analytics.insights.persistence import Persistence, effects
from analytics.insights.word_lists import SLEEP, is_sensitive, words

LEAST = 8  # days with, days without, separate stretches of each
_LEAST_DATES = 60
MOST_COMPARED = 40  # the commonest; each further one would make all others harder to tell


@dataclass
class Presence:
    """One thing on the days it was there: rows among the days compared, and how the person wrote it, how often."""

    rows: set[int] = field(default_factory=set)
    written: Counter[str] = field(default_factory=Counter)

    @property
    def name(self) -> str:
        return max(self.written.items(), key=lambda each: (each[1], each[0]))[0]


def factors(diary: Diary, days: Days, model: Persistence) -> Told:
    """`factor` and `sleep`: days with one of the person's factors against their days without it, over the last 90 dates.

    `sleep` are those factors that speak of sleep (`word_lists.SLEEP`); there is nothing else about sleep in a diary. Days before the first use of any factor are left
    out: there the lack of a factor says nothing. Least data, statistic and wording: see `compared`.
    """
    season = days.last(SEASON)
    present = _named(diary, season, diary.factors.__getitem__)
    first = min((min(each.rows) for each in present.values()), default=0)
    asleep = {name: each for name, each in present.items() if not SLEEP.isdisjoint(words(name))}
    others = {name: each for name, each in present.items() if name not in asleep}
    return _together([compared(kind, which, season, np.arange(len(season)) >= first, model, named="factor") for kind, which in (("factor", others), ("sleep", asleep))])


def weather(diary: Diary, days: Days, model: Persistence) -> Told:
    """`weather`: days of one weather against days of any other, over the last 90 dates; days of which no weather is known are left out. See `compared`."""
    season = days.last(SEASON)
    present = _named(diary, season, lambda entry: [diary.weather[entry] or ""])
    known = np.zeros(len(season), bool)
    known[list(set().union(*(each.rows for each in present.values())))] = True
    return compared("weather", present, season, known, model, named="weather")


def breathing(diary: Diary, days: Days, model: Persistence) -> Told:
    """`breathing`: days with a breathing session against days without, since the first session, over the last 90 dates. See `compared`."""
    return _dated("breathing", diary.breathing, days, model)


def programs(diary: Diary, days: Days, model: Persistence) -> Told:
    """`program`: days on which a module was finished against other days, since the first module, over the last 90 dates. See `compared`."""
    return _dated("program", diary.modules, days, model)


def compared(kind: str, present: dict[str, Presence], season: Days, among: NDArray[np.bool_], model: Persistence, *, named: str | None = None) -> Told:
    """Days with each of `present` against the days without it, of those `among` the season's days.

    Least data: days to compare that reach over 60 dates of the last 90; 8 days with and 8 without, each in at least 8 separate stretches, as a single spell of
    both a factor and a mood would prove nothing. At most the 40 commonest are compared, and none whose name touches on what should not be thrown at
    anybody (`word_lists.is_sensitive`). Statistic: the difference by generalised least squares (Aitken 1936) under the days' own persistence, level and
    slope allowed for, so that days which resemble their neighbours count for less and slow changes are not taken for an effect. Wording: higher or
    lower on days with it, never why; nothing where the plain means of both groups say otherwise.
    """
    days = season.where(among)
    reach = days.span if present else season.span
    if reach < _LEAST_DATES:
        return Told(needs=[Need(kind, reach, _LEAST_DATES, "days")])
    commonest = sorted(present.items(), key=lambda each: (-len(each[1].rows), each[0]))
    chosen = [each for _, each in islice((item for item in commonest if not is_sensitive(item[0])), MOST_COMPARED)]
    asked = incidence(chosen, len(season))[among]
    enough, need = enough_of(asked)
    if not enough.any():
        return Told(needs=[Need(kind, *need)])
    kept = [each for each, is_enough in zip(chosen, enough, strict=True) if is_enough]
    return Told(claims=claimed(kind, kept, asked[:, enough], days, model, named=named))


def claimed(kind: str, kept: Sequence[Presence], asked: NDArray[np.bool_], days: Days, model: Persistence, *, named: str | None, counted: str = "days") -> list[Claim]:
    """A claim for each column that was compared."""
    found = effects(model, days, asked.astype(float))
    margins = found.margin()
    with_it = asked.sum(axis=0)
    sums = days.mean @ asked
    means = sums / with_it, (days.mean.sum() - sums) / (len(days) - with_it)
    agree = (means[0] > means[1]) == (found.value > 0)

    def told(column: int) -> Finding:
        value, name = float(found.value[column]), kept[column].name if named else None
        facts: Facts = {"difference": abs(value), f"{counted}_with": int(with_it[column]), f"{counted}_without": len(days) - int(with_it[column])}
        if named and name:
            facts[named] = name
        mean_with, mean_without = (round(float(each[column]), 2) for each in means)
        evidence: Evidence = {"with": mean_with, "without": mean_without, "daysWith": int(with_it[column]), "daysWithout": len(days) - int(with_it[column])}
        says = f"{kind}.{'higher' if value > 0 else 'lower'}"
        return finding(says, days.window, len(days), facts, effect=around(value, float(margins[column])), evidence=evidence, subject=name)

    return [Claim(kind, float(found.p[column]) if agree[column] else 1.0, partial(told, column)) for column in range(len(kept))]


def incidence(chosen: Sequence[Presence], length: int) -> NDArray[np.bool_]:
    asked = np.zeros((length, len(chosen)), bool)
    for column, each in enumerate(chosen):
        asked[list(each.rows), column] = True
    return asked


def enough_of(asked: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], tuple[int, int, str]]:
    """Which columns have enough days and stretches, and what the first one lacks, as have, need and unit."""
    with_it = asked.sum(axis=0)
    without = len(asked) - with_it
    begins = np.diff(asked.astype(np.int8), axis=0, prepend=0) == 1
    ends = np.diff(asked.astype(np.int8), axis=0, prepend=1) == -1
    stretches = np.minimum(begins.sum(axis=0), ends.sum(axis=0))
    enough = (with_it >= LEAST) & (without >= LEAST) & (stretches >= LEAST)
    if not asked.shape[1]:
        return enough, (0, LEAST, "days_with")
    for have, unit in ((with_it[0], "days_with"), (without[0], "days_without")):
        if have < LEAST:
            return enough, (int(have), LEAST, unit)
    return enough, (int(stretches[0]), LEAST, "spells")


def entries_on(diary: Diary, days: Days) -> tuple[list[int], list[int]]:
    """The indices of the entries of these days, and the row of each one's day."""
    number = numbers(diary)
    entries = np.flatnonzero(np.isin(number, days.number))
    return entries.tolist(), np.searchsorted(days.number, number[entries]).tolist()


def _named(diary: Diary, days: Days, names: Callable[[int], Iterable[str]]) -> dict[str, Presence]:
    """What was there on which of the days, by its name without regard to case and spaces; `names` gives those of an entry's index."""
    present: dict[str, Presence] = {}
    for entry, row in zip(*entries_on(diary, days), strict=True):
        for written in names(entry):
            name = " ".join(written.casefold().split())
            if name:
                each = present.get(name) or present.setdefault(name, Presence())
                each.rows.add(row)
                each.written[written.strip()] += 1
    return present


def _dated(kind: str, dates: Dates, days: Days, model: Persistence) -> Told:
    season = days.last(SEASON)
    number = np.unique(dates.astype("datetime64[D]").astype(np.int64))
    rows = set(np.flatnonzero(np.isin(season.number, number)).tolist())
    since = number[0] if len(number) else 0
    return compared(kind, {kind: Presence(rows, Counter([kind]))} if rows else {}, season, season.number >= since, model)


def _together(parts: Sequence[Told]) -> Told:
    return Told(needs=[need for part in parts for need in part.needs], claims=[claim for part in parts for claim in part.claims])
