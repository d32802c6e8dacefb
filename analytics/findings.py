"""What an analysis says, as plain data: numbers and names, no sentences. `domain.insights` puts it into words, in the person's language."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

Confidence = Literal["low", "medium", "high"]


class Effect(msgspec.Struct, frozen=True):
    """An estimate with its 95 % interval. `unit`: `points` of the scale 1–5, `points_per_week`, `days`, `share` …"""

    value: float
    low: float
    high: float
    unit: str


class Window(msgspec.Struct, frozen=True, rename={"first": "from", "last": "to"}):
    """The local dates that were looked at, both included."""

    first: date
    last: date


class Finding(msgspec.Struct, frozen=True):
    """One thing worth telling.

    `kind` names the analysis (`level`, `trend`, `factor` …), `says` the wording (`level.steady`, `factor.higher` …: a key of
    `catalog/insights/{language}.toml`), `subject` what it is about in the person's own words, where it is about something. `facts` fill the wording's
    blanks: numbers, dates, names. `n` is how many entries or days the estimate rests on, `evidence` what a client may draw or list.
    """

    kind: str
    says: str
    confidence: Confidence
    effect: Effect | None
    n: int
    window: Window
    subject: str | None = None
    facts: dict[str, float | int | str] = {}
    evidence: dict[str, float | int | str | list[float | int | str | None]] = {}


class Need(msgspec.Struct, frozen=True):
    """An analysis that has too little to go on: it has `have` of the `need` it asks for, counted in `unit` (`entries`, `days`, `notes`, `weeks`)."""

    kind: str
    have: int
    need: int
    unit: str


class Forecast(msgspec.Struct, frozen=True):
    """Tomorrow's mood on the scale 1–5, with a range that holds the right one in `coverage` of cases. `method`: `ewma` or `pooled`."""

    date: date
    value: float
    low: float
    high: float
    coverage: float
    method: str
    n: int


class Report(msgspec.Struct, frozen=True):
    """All there is to tell one person: findings, weightiest first; what is still needed; how many entries were used."""

    findings: list[Finding]
    needs: list[Need]
    entries_used: int
    forecast: Forecast | None = None
