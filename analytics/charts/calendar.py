"""Mood day by day, as on a calendar: some weeks as rows, up to a year as columns of weeks, more as rows of months."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np

from analytics.charts.canvas import Canvas
from analytics.charts.frame import LEFT, RIGHT, TOP, card, legend_text
from analytics.charts.palette import level
from analytics.charts.stretch import Stretch, by_unit, months
from analytics.charts.wording import Wording

_MOST_ROWS_DAYS, _MOST_COLUMNS_DAYS = 35, 371
_MOST_YEARS = 15
_NAMES = 34.0

# Boxes of (left, top, width, height) by role.
_Boxes = dict[str, list[tuple[float, float, float, float]]]


def calendar(shown: Stretch, wording: Wording) -> tuple[Canvas, str]:
    """The drawing and what it says in words; `shown` has entries."""
    draw: Callable[[Stretch, Wording], Canvas] = _months
    if shown.length <= _MOST_ROWS_DAYS:
        draw = _rows_of_weeks
    elif shown.length <= _MOST_COLUMNS_DAYS:
        draw = _columns_of_weeks
    return draw(shown, wording), _text(shown, wording)


def _rows_of_weeks(shown: Stretch, wording: Wording) -> Canvas:
    monday = _monday(shown.first)
    weeks = ((shown.last - monday).days) // 7 + 1
    wide, high = (RIGHT - LEFT) / 7, 44.0
    canvas = card(TOP + 20 + weeks * high + 50, wording, wording.say("calendar", "title"), shown)
    for number in range(7):
        canvas.text(LEFT + wide * (number + 0.5), TOP + 10, wording.weekday(number), anchor="middle")
    means = _means(shown)
    boxes: _Boxes = {}
    for day in _dates(shown):
        week, column = divmod((day - monday).days, 7)
        x, y = LEFT + wide * column, TOP + 20 + high * week
        canvas.text(x + wide / 2, y + 13, str(day.day), role="ink" if day in means else "muted", size=10.5, anchor="middle")
        boxes.setdefault(_role(means.get(day)), []).append((x + 8, y + 18, wide - 16, 16))
    return _finished(canvas, wording, boxes, corner=5)


def _columns_of_weeks(shown: Stretch, wording: Wording) -> Canvas:
    monday = _monday(shown.first)
    weeks = ((shown.last - monday).days) // 7 + 1
    step = min(32.0, (RIGHT - LEFT - _NAMES) / weeks)
    canvas = card(TOP + 18 + 7 * step + 56, wording, wording.say("calendar", "title"), shown)
    for number in range(0, 7, 1 if step > 14 else 2):
        canvas.text(LEFT + _NAMES - 8, TOP + 18 + step * (number + 0.5) + 3.5, wording.weekday(number), size=9.5, anchor="end")
    means = _means(shown)
    boxes: _Boxes = {}
    free = 0.0
    for day in _dates(shown):
        week, row = divmod((day - monday).days, 7)
        x, y = LEFT + _NAMES + step * week, TOP + 18 + step * row
        # A month's name stands over the week of its first day, where there is room for it.
        if day.day == 1 and x >= free and x < RIGHT - 20:
            canvas.text(x, TOP + 10, wording.month(day), size=10)
            free = x + 28
        boxes.setdefault(_role(means.get(day)), []).append((x, y, step * 0.86, step * 0.86))
    return _finished(canvas, wording, boxes, corner=step * 0.22)


def _months(shown: Stretch, wording: Wording) -> Canvas:
    starts, values, _, _ = by_unit(months(shown.dates), shown.moods)
    means = {each.item(): float(value) for each, value in zip(starts, values, strict=True)}
    first = max(shown.first.year, shown.last.year - _MOST_YEARS + 1)
    years = range(first, shown.last.year + 1)
    wide, high = (RIGHT - LEFT - _NAMES) / 12, 22.0
    canvas = card(TOP + 18 + high * len(years) + 56, wording, wording.say("calendar", "title_months"), shown)
    boxes: _Boxes = {}
    for month in range(1, 13):
        canvas.text(LEFT + _NAMES + wide * (month - 0.5), TOP + 10, wording.month(date(2026, month, 1)), size=10, anchor="middle")
    for row, year in enumerate(years):
        canvas.text(LEFT + _NAMES - 8, TOP + 18 + high * (row + 0.5) + 3.5, str(year), size=10, anchor="end")
        for month in range(1, 13):
            start = date(year, month, 1)
            if shown.first.replace(day=1) <= start <= shown.last:
                boxes.setdefault(_role(means.get(start)), []).append((LEFT + _NAMES + wide * (month - 1) + 1.5, TOP + 18 + high * row + 1.5, wide - 3, high - 3))
    return _finished(canvas, wording, boxes, corner=5)


def _finished(canvas: Canvas, wording: Wording, boxes: _Boxes, corner: float) -> Canvas:
    for role, each in sorted(boxes.items()):
        canvas.boxes(each, role, corner)
    y = canvas.height - 18
    legend_text(canvas, LEFT, y, wording.say("all", "scale"))
    for number, (role, said) in enumerate([*((level(mood), str(mood)) for mood in range(1, 6)), ("empty", wording.say("calendar", "none"))]):
        x = 200.0 + 32 * number
        canvas.boxes([(x, y - 10, 13, 13)], role, 4)
        legend_text(canvas, x + 18, y, said)
    return canvas


def _role(mean: float | None) -> str:
    return "empty" if mean is None else level(mean)


def _means(shown: Stretch) -> dict[date, float]:
    return {day.item(): float(mean) for day, mean in zip(shown.days, shown.means, strict=True)}


def _dates(shown: Stretch) -> list[date]:
    return [shown.first + timedelta(days=ahead) for ahead in range(shown.length)]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _text(shown: Stretch, wording: Wording) -> str:
    levels = np.clip(np.floor(shown.means + 0.5), 1, 5)
    counts = [wording.say("calendar", "text_level", days=wording.counted(int((levels == each).sum()), "days"), level=each) for each in range(5, 0, -1) if (levels == each).any()]
    return wording.say("calendar", "text", **wording.about(shown.first, shown.last), **wording.size(len(shown.moods), len(shown.days)), counts=wording.listed(counts))
