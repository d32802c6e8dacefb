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
    """An analysis that has too little to go on: it has `have` of the `need` it asks for, counted in `unit` (see KINDS)."""

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


KINDS = ("level", "notice", "trend", "shift", "variability", "weekday", "daypart", "factor", "sleep", "breathing", "program", "weather", "theme", "streak")
"""The analyses, as findings and needs name them. What a need counts, by its unit:

- `entries`: of the last 30 dates (`level`).
- `days`: days with an entry (`level`, `trend`, `shift`, `variability`, `notice`), the fewest on one weekday or in a part of the day (`weekday`, `daypart`:
  the need is 6), or how many dates the days to compare reach over, which
  begin with the first use (`factor`, `sleep`, `breathing`, `program`, `weather`: the need is 60).
- `days_with`, `days_without`, `spells` (`factor`, `sleep`, `breathing`, `program`, `weather`): the best one has so many days with it, without it, or
  separate stretches of days.
- `weeks`: how many the diary reaches over (`weekday`, `daypart`).
- `notes`: days with a note (`theme`).

`streak` never needs anything."""

_COMPARED = ("difference", "days_with", "days_without")

SAYS: dict[str, tuple[str, ...]] = {
    "level.now": ("mean", "low", "high", "entries", "days"),
    "level.steady": ("mean", "low", "high", "entries", "days", "before"),
    "level.higher": ("mean", "low", "high", "entries", "days", "before", "difference"),
    "level.lower": ("mean", "low", "high", "entries", "days", "before", "difference"),
    "notice.lower": ("days", "usual", "recent"),
    "trend.up": ("change", "weeks", "days"),
    "trend.down": ("change", "weeks", "days"),
    "shift.higher": ("date", "before", "after", "difference", "days"),
    "shift.lower": ("date", "before", "after", "difference", "days"),
    "variability.calmer": ("now", "before", "days"),
    "variability.wider": ("now", "before", "days"),
    "weekday.higher": ("weekday", "difference", "days", "weeks"),
    "weekday.lower": ("weekday", "difference", "days", "weeks"),
    "weekday.weekend_higher": ("difference", "days", "weeks"),
    "weekday.weekend_lower": ("difference", "days", "weeks"),
    "daypart.higher": ("part", "difference", "days", "weeks"),
    "daypart.lower": ("part", "difference", "days", "weeks"),
    "factor.higher": ("factor", *_COMPARED),
    "factor.lower": ("factor", *_COMPARED),
    "sleep.higher": ("factor", *_COMPARED),
    "sleep.lower": ("factor", *_COMPARED),
    "breathing.higher": _COMPARED,
    "breathing.lower": _COMPARED,
    "program.higher": _COMPARED,
    "program.lower": _COMPARED,
    "weather.higher": ("weather", *_COMPARED),
    "weather.lower": ("weather", *_COMPARED),
    "theme.higher": ("theme", "difference", "notes_with", "notes_without"),
    "theme.lower": ("theme", "difference", "notes_with", "notes_without"),
    "streak.running": ("days", "longest"),
    "streak.record": ("days",),
}
"""The wordings, and the facts that a finding of each carries: exactly these.

- Points of the scale 1–5, to two decimals: `mean`, `low`, `high` (the mean's 95 % interval), `before`, `after`, `usual`, `recent`; for `variability`, `now` and
  `before` are standard deviations of days in points. `difference` is a size, never negative: the key says the direction. `change` likewise, in points a week.
- Counts of days with an entry: `days`, `days_with`, `days_without`; of entries: `entries`; of days with a note: `notes_with`, `notes_without`; of weeks that
  were looked at: `weeks`. For `notice`, `days` is how many of the last days were looked at as recent; for `weekday` and `daypart`, how many fell on that
  weekday or part of the day; for `streak`, `days` and `longest` are days in a row.
- `date`: ISO, the first day after the shift. `weekday`: 0–6, Monday first. `part`: `night` (0–5 o'clock), `morning` (5–12), `afternoon` (12–18), `evening` (18–24).
- `factor`, `weather`, `theme`: the person's own words, as they wrote them most often (`theme`: one word or two, in small letters).
- `level`: the last 30 dates; `before` the 30 dates before those. `steady` says that no difference can be told, not that there is none.
- `notice.lower`: the last days were lower than usual for this person; a gentle hint, no more.
"""
