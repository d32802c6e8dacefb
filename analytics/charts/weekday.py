"""Mood by day of the week: how often each mood was logged, and the average."""

from __future__ import annotations

from analytics.charts.canvas import Canvas
from analytics.charts.frame import RIGHT, TOP, card, legend_text
from analytics.charts.stretch import Stretch, weekdays
from analytics.charts.wording import Wording

_HEIGHT, _BOTTOM, _AXIS = 330.0, 248.0, 44.0
_LARGEST = 29.0


def weekday(shown: Stretch, wording: Wording) -> tuple[Canvas, str]:
    """The drawing and what it says in words; `shown` has entries. Averages are over entries, as in the statistics."""
    canvas = card(_HEIGHT, wording, wording.say("weekday", "title"), shown)
    for level in range(1, 6):
        canvas.strokes([[(_AXIS, _y(level)), (RIGHT, _y(level))]], "rule", 1)
        canvas.text(_AXIS - 10, _y(level) + 4, str(level), anchor="end")
    days = weekdays(shown.dates)
    said, bubbles, means = [], [], []
    for day in range(7):
        x = _AXIS + (RIGHT - _AXIS) * (day + 0.5) / 7
        moods = shown.moods[days == day]
        canvas.text(x, _BOTTOM + 20, wording.weekday(day), role="ink" if len(moods) else "muted", anchor="middle")
        canvas.text(x, _BOTTOM + 35, wording.say("all", "times", count=len(moods)), size=10, anchor="middle")
        if not len(moods):
            continue
        # The area says the share.
        shares = [(level, float((moods == level).mean())) for level in range(1, 6)]
        bubbles += [(x, _y(level), _LARGEST * share**0.5) for level, share in shares if share]
        means.append((x, _y(moods.mean())))
        said.append(wording.say("weekday", "text_weekday", weekday=wording.weekday(day, "wide"), mood=wording.mood(moods.mean()), entries=wording.counted(len(moods), "entries")))
    for x, y, size in bubbles:
        canvas.dots([(x, y)], "series", size)
    marks = [[(x - 15, y), (x + 15, y)] for x, y in means]
    canvas.strokes(marks, "card", 6.5)
    canvas.strokes(marks, "mean", 3)
    y = _HEIGHT - 18
    canvas.dots([(_AXIS + 2, y - 4)], "series", 9)
    legend_text(canvas, _AXIS + 12, y, wording.say("weekday", "share"))
    canvas.strokes([[(300, y - 4), (318, y - 4)]], "mean", 3)
    legend_text(canvas, 326, y, wording.say("weekday", "mean"))
    return canvas, wording.say("weekday", "text", **wording.about(shown.first, shown.last), **wording.size(len(shown.moods), len(shown.days)), weekdays="; ".join(said))


def _y(mood: float) -> float:
    return _BOTTOM - 8 - (float(mood) - 1) / 4 * (_BOTTOM - TOP - 26)
