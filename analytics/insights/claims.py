"""What the analyses hand over: what is sure, what has to be tested together with all other claims about the person, and what is still lacking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from analytics.findings import SAYS, Confidence, Effect, Finding, Need, Window

Fact = float | int | str
Facts = dict[str, Fact]
Evidence = dict[str, Fact | list[Fact | None]]


class Claim(NamedTuple):
    """What is told only if its p-value stands among those of all claims of its family."""

    kind: str
    p: float
    tell: Callable[[], Finding]


@dataclass
class Told:
    """`sure`: findings that describe and test nothing."""

    sure: list[Finding] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    needs: list[Need] = field(default_factory=list)


def lacks(kind: str, have: int, need: int, unit: str) -> Told:
    return Told(needs=[Need(kind, have, need, unit)])


_LEVELS = ("level.now", "level.steady")


def finding(
    says: str,
    window: Window,
    n: int,
    facts: Facts,
    *,
    effect: Effect | None = None,
    evidence: Evidence | None = None,
    subject: str | None = None,
) -> Finding:
    """Numbers of the facts are rounded to two decimals; of them are kept those that the wording carries."""
    kept = {name: round(fact, 2) if isinstance(fact := facts[name], float) else fact for name in SAYS[says]}
    return Finding(says.partition(".")[0], says, confidence(says, effect, n), effect, n, window, subject, kept, evidence or {})


def confidence(says: str, effect: Effect | None, n: int) -> Confidence:
    """How sure a finding is, by how far the 95 % interval is from telling nothing.

    A difference is told with high confidence if it is at least twice the interval's half (about t = 4) and rests on at least 30 days, with medium from one
    and a half (t = 3), else low. A level is as sure as its interval is narrow: high within a quarter of a point, medium within half of one. What
    was only counted is sure.
    """
    if effect is None:
        return "high"
    half = (effect.high - effect.low) / 2
    if says in _LEVELS:
        return "high" if half <= 0.25 else "medium" if half <= 0.5 else "low"
    strength = abs(effect.value) / half if half else 0.0
    return "high" if strength >= 2 and n >= 30 else "medium" if strength >= 1.5 else "low"


def around(value: float, margin: float, unit: str = "points") -> Effect:
    return Effect(round(value, 3), round(value - margin, 3), round(value + margin, 3), unit)
