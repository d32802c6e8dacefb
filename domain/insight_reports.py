"""What an analysis found, as it is stored: sealed JSON without sentences, which are made when it is read, in the language of that day."""

from __future__ import annotations

from datetime import date
from typing import Literal

import msgspec

from core.views import View

Confidence = Literal["low", "medium", "high"]
Fact = float | int | str
Evidence = dict[str, float | int | str | list[float | int | str | None]]


class Effect(View):
    """An estimate with its 95 % interval. `unit`: `points` of the scale 1–5, `points_per_week`, `days`, `share` …"""

    value: float
    low: float
    high: float
    unit: str


class Window(View):
    """The local dates that were looked at, both included."""

    first: date = msgspec.field(name="from")
    last: date = msgspec.field(name="to")


class Finding(msgspec.Struct, frozen=True):
    """One thing worth telling: `says` is the key of its wording, whose blanks `facts` and `subject` fill; `n` is how many entries or days it rests on."""

    kind: str
    says: str
    confidence: Confidence
    effect: Effect | None
    n: int
    window: Window
    subject: str | None = None
    facts: dict[str, Fact] = {}
    evidence: Evidence = {}


class Lack(msgspec.Struct, frozen=True):
    """An analysis that has `have` of the `need` it asks for, counted in `unit`."""

    kind: str
    have: int
    need: int
    unit: str


class Outlook(msgspec.Struct, frozen=True):
    """Tomorrow's mood on the scale 1–5, with a range that holds it in `coverage` of cases."""

    date: date
    value: float
    low: float
    high: float
    coverage: float
    method: str
    n: int


class Report(msgspec.Struct, frozen=True):
    """All there is to tell, weightiest first; what is still needed; how many entries were used."""

    findings: list[Finding]
    needs: list[Lack]
    entries_used: int
    forecast: Outlook | None = None


def read(raw: str | bytes) -> Report:
    """Raises msgspec.DecodeError for what is no report."""
    return msgspec.json.decode(raw, type=Report)


_LEAST = {
    "level": (7, "entries"),
    "notice": (28, "days"),
    "trend": (21, "days"),
    "shift": (14, "days"),
    "variability": (30, "days"),
    "weekday": (8, "weeks"),
    "daypart": (8, "weeks"),
    "factor": (60, "days"),
    "sleep": (60, "days"),
    "breathing": (60, "days"),
    "program": (60, "days"),
    "weather": (60, "days"),
    "theme": (20, "notes"),
}
# What an analysis finds in a diary without entries; no worker is asked for that.
EMPTY = Report(findings=[], needs=[Lack(kind, 0, need, unit) for kind, (need, unit) in _LEAST.items()], entries_used=0)
