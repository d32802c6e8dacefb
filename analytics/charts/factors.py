"""What was noted most: the commonest factors, how often, and the average mood of the entries that have them. Described, not compared."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np

from analytics.charts.canvas import Canvas
from analytics.charts.frame import LEFT, RIGHT, TOP, blank, card, legend_text
from analytics.charts.stretch import Stretch
from analytics.charts.wording import Wording
from analytics.diary import Diary

_MOST = 10
_ROW = 25.0
_NAMES_END, _AXIS, _AXIS_END = 176.0, 196.0, 418.0
_CHARACTERS = 24


def factors(diary: Diary, shown: Stretch, wording: Wording) -> tuple[Canvas, str]:
    """The drawing and what it says in words; `shown` has entries."""
    about = wording.about(shown.first, shown.last)
    found = commonest(diary, shown)
    if not found:
        title = wording.say("factors", "title")
        return blank(wording, title, shown, wording.say("factors", "empty")), wording.say("factors", "empty_text", **about)
    bottom = TOP + 26 + _ROW * len(found)
    canvas = card(bottom + 62, wording, wording.say("factors", "title"), shown)
    average = float(shown.moods.mean())
    for level in range(1, 6):
        canvas.strokes([[(_x(level), TOP + 18), (_x(level), bottom)]], "rule", 1)
        canvas.text(_x(level), bottom + 16, str(level), anchor="middle")
    canvas.strokes([[(_x(average), TOP + 14), (_x(average), bottom)]], "muted", 1.2, dashes=(4, 4))
    canvas.text(_x(average), TOP + 8, wording.say("all", "average", mood=wording.mood(average)), size=10.5, anchor="middle")
    said = []
    for row, (name, moods) in enumerate(found):
        y = TOP + 26 + _ROW * (row + 0.5)
        canvas.text(_NAMES_END, y + 4, shortened(name), role="ink", size=12, anchor="end")
        canvas.strokes([[(_AXIS, y), (_AXIS_END, y)]], "rule", 1)
        canvas.text(RIGHT, y + 4, wording.say("all", "times", count=len(moods)), anchor="end")
        said.append(wording.say("factors", "text_factor", factor=name, mood=wording.mood(moods.mean()), entries=wording.counted(len(moods), "entries")))
    canvas.dots(((_x(float(moods.mean())), TOP + 26 + _ROW * (row + 0.5)) for row, (_, moods) in enumerate(found)), "series", 11)
    canvas.dots([(LEFT + 5, bottom + 38)], "series", 9)
    legend_text(canvas, LEFT + 15, bottom + 42, wording.say("factors", "mean"))
    text = wording.say("factors", "text", **about, **wording.size(len(shown.moods), len(shown.days)), factors="; ".join(said), average=wording.mood(average))
    return canvas, text


def commonest(diary: Diary, shown: Stretch) -> list[tuple[str, np.ndarray]]:
    """At most 10 factors, the commonest first, with the moods of the entries that name them: as they were mostly written, without regard to case and spaces."""
    moods: dict[str, list[float]] = defaultdict(list)
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for row in shown.rows.tolist():
        # Once an entry, however often it stands there.
        named = {" ".join(factor.casefold().split()): " ".join(factor.split()) for factor in diary.factors[row]}
        for name, as_written in named.items():
            if name:
                moods[name].append(float(diary.moods[row]))
                written[name][as_written] += 1
    order = sorted(moods, key=lambda name: (-len(moods[name]), name))[:_MOST]
    return [(max(written[name].items(), key=lambda each: (each[1], each[0]))[0], np.asarray(moods[name])) for name in order]


def shortened(name: str) -> str:
    return name if len(name) <= _CHARACTERS else f"{name[: _CHARACTERS - 1].rstrip()}…"


def _x(mood: float) -> float:
    return _AXIS + 8 + (mood - 1) / 4 * (_AXIS_END - _AXIS - 16)
