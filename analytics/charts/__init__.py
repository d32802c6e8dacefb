"""Pictures of a diary, as SVG for light and dark: what the statistics say in numbers."""

from __future__ import annotations

from typing import Literal

from analytics.charts.calendar import calendar
from analytics.charts.factors import factors
from analytics.charts.frame import blank
from analytics.charts.mood import mood
from analytics.charts.stretch import stretch
from analytics.charts.weekday import weekday
from analytics.charts.wording import Wording, Words
from analytics.diary import Diary

__all__ = ["DAYS", "draw"]

Kind = Literal["mood", "calendar", "weekday", "factors"]
Period = Literal["7d", "30d", "90d", "365d", "all"]

# The last so many local dates, with today; None is the whole diary.
DAYS: dict[str, int | None] = {"7d": 7, "30d": 30, "90d": 90, "365d": 365, "all": None}


def draw(kind: Kind, period: Period, diary: Diary, words: Words) -> bytes:
    """The picture as UTF-8, with a title and a text that says its numbers. `words` are those of `catalog/charts/` in the diary's language.

    The same diary and words give the same bytes. Without entries in the period it is a card that says so.
    """
    wording = Wording(diary.language, words)
    shown = stretch(diary, DAYS[period])
    title = wording.say(kind, "title")
    if not len(shown.moods):
        canvas = blank(wording, title, shown, wording.say("all", "empty"))
        text = wording.say("all", "empty_text", **wording.about(shown.first, shown.last))
    elif kind == "factors":
        canvas, text = factors(diary, shown, wording)
    else:
        canvas, text = {"mood": mood, "calendar": calendar, "weekday": weekday}[kind](shown, wording)
    return canvas.svg(f"{kind}-{period}", diary.language, title, text)
