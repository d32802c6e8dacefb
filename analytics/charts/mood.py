"""Mood over time: each day's average within its lowest and highest, and a smoothed line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np

from analytics.charts.axis import ticks
from analytics.charts.canvas import Canvas
from analytics.charts.frame import RIGHT, TOP, card, legend_text
from analytics.charts.stretch import Stretch, Values, by_unit, mondays, months
from analytics.charts.wording import Wording

_HEIGHT, _BOTTOM, _AXIS = 318.0, 252.0, 44.0
# A longer stretch is drawn by weeks, and one of some years by months: single days would lie on each other. Their lowest and highest would say little,
# as among many entries there are all moods: the middle half takes their place.
_MOST_DAYS, _MOST_WEEKS_DAYS = 100, 800
# The smoothed line is a mean weighted by a Gaussian whose deviation is this share of the stretch, in days at least that many; it breaks off where nothing was
# written for a week, and for so many deviations.
_SHARE, _LEAST_WIDTH, _GAP = 1 / 24, 1.5, 1.5


@dataclass(frozen=True)
class _Units:
    """Days, weeks or months with entries. `middles` are where they are drawn, in days since the first date; `days` how long one is."""

    name: Literal["day", "week", "month"]
    days: int
    middles: Values
    means: Values
    lows: Values
    highs: Values


def mood(shown: Stretch, wording: Wording) -> tuple[Canvas, str]:
    """The drawing and what it says in words; `shown` has entries."""
    canvas = card(_HEIGHT, wording, wording.say("mood", "title"), shown)
    for level in range(1, 6):
        canvas.strokes([[(_AXIS, _y(level)), (RIGHT, _y(level))]], "rule", 1)
        canvas.text(_AXIS - 10, _y(level) + 4, str(level), anchor="end")
    for day, label in ticks(shown.first, shown.last, wording):
        canvas.text(_x(shown, (day - shown.first).days + 0.5), _BOTTOM + 22, label, anchor="middle")
    units = _units(shown)
    places = [_x(shown, middle) for middle in units.middles]
    # As wide as there is room for, so that neighbours stay apart.
    dot = min(7.0, max(2.4, 0.8 * (RIGHT - _AXIS) * units.days / shown.length))
    canvas.strokes(([(x, _y(low)), (x, _y(high))] for x, low, high in zip(places, units.lows, units.highs, strict=True) if low < high), "range", min(4.5, dot * 0.62))
    lines = [[(_x(shown, at), _y(value)) for at, value in line] for line in smoothed(shown)]
    # A rim in the card's colour keeps the line apart from what it crosses.
    canvas.strokes(lines, "card", 4.5)
    canvas.strokes(lines, "mean", 2.4)
    canvas.dots(((x, _y(mean)) for x, mean in zip(places, units.means, strict=True)), "series", dot)
    _legend(canvas, wording, units.name)
    return canvas, _text(shown, wording)


def smoothed(shown: Stretch) -> Iterator[list[tuple[float, float]]]:
    """Pieces of the line, as (days since the first date, mood): a Gaussian-weighted mean of the days' averages (Nadaraya 1964, doi:10.1137/1109020)."""
    at = _since(shown, 0.5)
    width = max(_LEAST_WIDTH, shown.length * _SHARE)
    for piece in np.split(np.arange(len(at)), np.flatnonzero(np.diff(at) > max(7, _GAP * width)) + 1):
        if len(piece) < 3:
            continue
        grid = np.linspace(at[piece[0]], at[piece[-1]], int(2 + (at[piece[-1]] - at[piece[0]]) / width * 5))
        weights = np.exp(-0.5 * ((grid[:, None] - at[piece]) / width) ** 2)
        yield [(float(x), float(y)) for x, y in zip(grid, weights @ shown.means[piece] / weights.sum(axis=1), strict=True)]


def _units(shown: Stretch) -> _Units:
    if shown.length <= _MOST_DAYS:
        return _Units("day", 1, _since(shown, 0.5), shown.means, shown.lows, shown.highs)
    by_week = shown.length <= _MOST_WEEKS_DAYS
    starts, *values = by_unit(mondays(shown.dates) if by_week else months(shown.dates), shown.moods, (0.25, 0.75))
    middles = (starts - np.datetime64(shown.first)).astype(float) + (3.5 if by_week else 15.0)
    return _Units("week" if by_week else "month", 7 if by_week else 30, np.clip(middles, 0.5, shown.length - 0.5), *values)


def _since(shown: Stretch, middle: float) -> Values:
    return (shown.days - np.datetime64(shown.first)).astype(float) + middle


def _x(shown: Stretch, days: float) -> float:
    return _AXIS + 8 + (RIGHT - _AXIS - 16) * float(days) / shown.length


def _y(mood: float) -> float:
    return _BOTTOM - (float(mood) - 1) / 4 * (_BOTTOM - TOP - 12)


def _legend(canvas: Canvas, wording: Wording, unit: str) -> None:
    y = _HEIGHT - 20
    canvas.dots([(_AXIS, y - 4)], "series", 7)
    legend_text(canvas, _AXIS + 10, y, wording.say("mood", unit))
    canvas.strokes([[(196, y - 9), (196, y + 1)]], "range", 4)
    legend_text(canvas, 206, y, wording.say("mood", "range" if unit == "day" else "middle"))
    canvas.strokes([[(354, y - 4), (370, y - 4)]], "mean", 2.4)
    legend_text(canvas, 378, y, wording.say("mood", "line"))


def _text(shown: Stretch, wording: Wording) -> str:
    say, number = wording.say, wording.mood
    said = [say("mood", "text", **wording.about(shown.first, shown.last), **wording.size(len(shown.moods), len(shown.days)), average=number(shown.moods.mean()))]
    low, high = int(shown.means.argmin()), int(shown.means.argmax())
    if shown.means[low] < shown.means[high]:
        at = [wording.day(shown.days[each].item()) for each in (high, low)]
        said.append(say("mood", "text_day", highest=number(shown.means[high]), highest_at=at[0], lowest=number(shown.means[low]), lowest_at=at[1]))
    elif len(shown.days) > 1:
        said.append(say("mood", "text_single"))
    middle = np.datetime64(shown.first + timedelta(days=shown.length // 2))
    halves = [shown.moods[shown.dates < middle], shown.moods[shown.dates >= middle]]
    if all(len(half) >= 2 for half in halves):
        said.append(say("mood", "text_halves", before=number(halves[0].mean()), after=number(halves[1].mean())))
    return " ".join(said)
