"""The report's figures as places on their axes, in percent. The page draws them with text of the page's own size, so that they read on a phone as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from matplotlib.ticker import MaxNLocator

from analytics.batch.intervals import Estimate


class Scale:
    """A numeric axis from `low` to `high`."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def at(self, value: float) -> float:
        """Its place in percent, kept within the axis."""
        return round(min(max(100 * (value - self.low) / (self.high - self.low), 0), 100), 2)

    def ticks(self, most: int = 5) -> list[tuple[float, str]]:
        """Round values on the axis: their places and words."""
        values = [float(value) for value in MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(self.low, self.high)]
        step = values[1] - values[0]
        decimals = next((each for each in range(4) if abs(round(step, each) - step) < 1e-9), 4)
        return [(self.at(value), said(value, decimals)) for value in values if self.low - 1e-9 <= value <= self.high + 1e-9]


def around(values: Sequence[float], *, least: float = 0.0, share: float = 0.08) -> Scale:
    """An axis that holds all values with some air; at least `least` long."""
    low, high = min(values), max(values)
    air = max((high - low) * share, (least - (high - low)) / 2, 1e-6)
    return Scale(low - air, high + air)


def said(value: float, decimals: int = 2, *, sign: bool = False) -> str:
    """A number in words of the page: with a real minus, and nothing without a sign."""
    rounded = round(value, decimals) + 0.0
    return f"{rounded:{'+' if sign and rounded else ''},.{decimals}f}".replace("-", "−")


def percent(share: float) -> str:
    space = "\N{NO-BREAK SPACE}"
    return f"under{space}1{space}%" if 0 < share < 0.01 else f"{100 * share:.0f}{space}%"


def between(estimate: Estimate, decimals: int = 2, *, sign: bool = False) -> str:
    return f"{said(estimate.low, decimals, sign=sign)} to {said(estimate.high, decimals, sign=sign)}"


@dataclass(frozen=True)
class Bar:
    """One bar: how long it is, in percent, with the ends of its interval; None where it is hidden."""

    label: str
    length: float | None
    value: str
    low: float | None = None
    high: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Dot:
    """An estimate and its interval on an axis; `tone` is `up`, `down` or `plain`."""

    label: str
    at: float
    low: float
    high: float
    value: str
    note: str = ""
    tone: str = "plain"


@dataclass(frozen=True)
class Dots:
    dots: list[Dot]
    ticks: list[tuple[float, str]]
    zero: float | None = None


@dataclass(frozen=True)
class Line:
    """Points over time: `path` and `band` are in the coordinates of a square of 100, drawn to whatever size there is. Where a week is missing the line breaks.

    `points` are places, with what each says when it is pointed at.
    """

    name: str
    path: str
    band: str = ""
    points: list[tuple[float, float, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Lines:
    """`about`: what it shows, for whoever does not see it."""

    lines: list[Line]
    y: list[tuple[float, str]]
    x: list[tuple[float, str]]
    about: str
    zero: float | None = None


def bars(rows: Sequence[tuple[str, float | None, str]], most: float | None = None) -> list[Bar]:
    longest = most or max((value for _, value, _ in rows if value is not None), default=0) or 1
    return [Bar(label, None if value is None else round(100 * value / longest, 2), text) for label, value, text in rows]


def line(name: str, days: Sequence[date], values: Sequence[Estimate | float | None], x: Scale, y: Scale, decimals: int = 0) -> Line:
    """One line over dates, with a band where values are estimates. A single point between gaps is drawn as a dot."""
    places: list[list[tuple[float, Estimate, str]]] = [[]]
    for day, value in zip(days, values, strict=True):
        if value is None:
            places.append([])
        else:
            of = value if isinstance(value, Estimate) else Estimate(value, value, value)
            places[-1].append((x.at(day.toordinal()), of, f"{day.day} {day:%B}: {said(of.value, decimals)}"))
    pieces = [piece for piece in places if piece]
    path = " ".join("M" + " L".join(f"{place} {100 - y.at(value.value):.2f}" for place, value, _ in piece) for piece in pieces)
    band = ""
    if any(value.low < value.high for piece in pieces for _, value, _ in piece):
        for piece in pieces:
            over = [f"{place} {100 - y.at(value.high):.2f}" for place, value, _ in piece]
            under = [f"{place} {100 - y.at(value.low):.2f}" for place, value, _ in reversed(piece)]
            band += "M" + " L".join([*over, *under]) + "Z"
    return Line(name, path, band, [(place, round(100 - y.at(value.value), 2), words) for piece in pieces for place, value, words in piece])


def dates(days: Sequence[date], x: Scale, most: int = 5) -> list[tuple[float, str]]:
    """A few of the days, evenly, with their words."""
    step = -(-len(days) // most)
    return [(x.at(day.toordinal()), f"{day.day} {day:%b}") for day in days[::step]]
