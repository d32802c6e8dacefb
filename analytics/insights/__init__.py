"""What one person's diary tells: a few findings that stand, and what is needed for more.

Each kind of finding has its least data, its statistic and its wording rule in the docstring of its function. Findings that rest on a test are told only
if they stand among all tests made for this person: three families (`FAMILIES`), each by Benjamini & Hochberg (1995, doi 10.1111/j.2517-6161.1995.tb02031.x) at its part of
the false discovery rate. As the parts add up to the whole, so do the rates of false discoveries; and what stands clearly in one family does not
lower the bar in another (Efron 2008, doi 10.1214/07-AOAS141). `bench/insights.py` measures what comes of it.
"""

from __future__ import annotations

from scipy import stats
from threadpoolctl import ThreadpoolController

from analytics.diary import Diary
from analytics.findings import KINDS, Finding, Report
from analytics.insights.beside import breathing, factors, programs, weather
from analytics.insights.changes import shift, trend, variability
from analytics.insights.claims import Claim
from analytics.insights.days import SEASON, Days
from analytics.insights.levels import level
from analytics.insights.notices import notice
from analytics.insights.persistence import persistence
from analytics.insights.rhythms import daypart, weekday
from analytics.insights.streaks import streak
from analytics.insights.themes import themes

__all__ = ["analyse"]

FAMILIES = (
    (frozenset({"level", "trend", "shift", "variability", "weekday", "daypart"}), 0.02),
    (frozenset({"factor", "sleep", "breathing", "program", "weather"}), 0.07),
    (frozenset({"theme"}), 0.01),
)
_MOST_OF_A_KIND = 5
_CONFIDENCE = ("high", "medium", "low")
_BLAS = ThreadpoolController()


def analyse(diary: Diary) -> Report:
    """Pure: the same diary gives the same report. Entries dated after `today` wait until their day."""
    days = Days.of(diary)
    with _BLAS.limit(limits=1):  # matrices of some dozens of rows: threads would wait for each other longer than they work
        model = persistence(days.last(SEASON))
        told = [
            level(days, model), notice(days), trend(days, model), shift(days, model), variability(days, model), weekday(days, model), daypart(diary, days, model),
            factors(diary, days, model), breathing(diary, days, model), programs(diary, days, model), weather(diary, days, model), themes(diary, days, model), streak(days),
        ]  # fmt: skip
    claims = standing([claim for each in told for claim in each.claims])
    sure = [finding for each in told for finding in each.sure if finding.kind not in {claim.kind for claim in claims}]
    return Report(_weightiest([*sure, *_once(claims)]), [need for each in told for need in each.needs], int(days.entries.sum()))


def standing(claims: list[Claim]) -> list[Claim]:
    """Those that stand: among all of their family, and by their own 95 % interval."""
    found = []
    for kinds, rate in FAMILIES:
        family = [claim for claim in claims if claim.kind in kinds]
        if family:
            adjusted = stats.false_discovery_control([claim.p for claim in family], method="bh")
            found += [claim for claim, p in zip(family, adjusted, strict=True) if p <= rate and claim.p <= 0.05]
    return found


def _once(claims: list[Claim]) -> list[Finding]:
    """A movement is told once: as a direction or as a step, whichever is the clearer."""
    movements = sorted((claim for claim in claims if claim.kind in {"trend", "shift"}), key=lambda claim: claim.p)
    return [claim.tell() for claim in claims if claim not in movements[1:]]


def _weightiest(findings: list[Finding]) -> list[Finding]:
    """The level first, then by confidence, by kind and by size; at most five of a kind."""
    ordered = sorted(
        findings,
        key=lambda each: (each.kind != "level", _CONFIDENCE.index(each.confidence), KINDS.index(each.kind), -abs(each.effect.value) if each.effect else 0, each.subject or ""),
    )
    count = dict.fromkeys(KINDS, 0)
    kept = []
    for each in ordered:
        count[each.kind] += 1
        if count[each.kind] <= _MOST_OF_A_KIND:
            kept.append(each)
    return kept
