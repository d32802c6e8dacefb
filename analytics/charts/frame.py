"""What all charts have: a card with a title and what it is of, and the plain card where there is nothing to draw."""

from __future__ import annotations

from analytics.charts.canvas import WIDTH, Canvas
from analytics.charts.stretch import Stretch
from analytics.charts.wording import Wording

LEFT, RIGHT = 20.0, WIDTH - 20.0
# Where the drawing begins, under the title.
TOP = 72.0


def card(height: float, wording: Wording, title: str, shown: Stretch) -> Canvas:
    canvas = Canvas(height)
    canvas.text(LEFT, 32, title, role="ink", size=16, bold=True)
    canvas.text(LEFT, 51, subtitle(wording, shown), size=11.5)
    return canvas


def subtitle(wording: Wording, shown: Stretch) -> str:
    return wording.say("all", "subtitle", dates=wording.dates(shown.first, shown.last), **wording.size(len(shown.moods), len(shown.days)))


def blank(wording: Wording, title: str, shown: Stretch, said: str) -> Canvas:
    """A card that says why there is nothing on it."""
    canvas = card(180, wording, title, shown)
    canvas.dots([(WIDTH / 2 + step, 96) for step in (-18, 0, 18)], "empty", 12)
    canvas.text(WIDTH / 2, 132, said, size=12.5, anchor="middle")
    return canvas


def legend_text(canvas: Canvas, x: float, y: float, said: str) -> None:
    canvas.text(x, y, said, size=10.5)
