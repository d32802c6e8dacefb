"""Findings in words, in the languages the system speaks: `catalog/insights/<language>.toml`.

A sentence's blanks are filled by facts, each shown as its blank asks: `{difference:points}`, `{date:date}`, `{weekday:weekday}`, `{days:days}`. What somebody wrote
themselves is only ever such a value, on one line and without characters that would turn the text around it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog
from babel import Locale, UnknownLocaleError
from babel.dates import format_date, get_day_names
from babel.numbers import format_decimal, format_percent

from core.text import clean_line
from core.views import View
from domain.insight_reports import Confidence, Effect, Evidence, Fact, Finding, Lack, Outlook, Window
from domain.languages import spoken

log = structlog.get_logger(__name__)

_FOLDER = Path(__file__).parent.parent / "catalog" / "insights"
# A factor or theme is at most so long when it is quoted in a sentence; a longer one is cut.
_QUOTED_CHARACTERS = 80


class Insight(View):
    """One thing the diary shows: `text` says it, how sure it is, and from how much.

    `n` is how many entries or days it rests on, within `window`; `effect` the estimate with its 95 % interval. `subject` is what it is about in the
    person's own words, where it is about something. `evidence` is what may be drawn or listed beside it.
    """

    kind: str
    title: str
    text: str
    confidence: Confidence
    effect: Effect | None
    n: int
    window: Window
    subject: str | None
    evidence: Evidence


class InsightNeed(View):
    """An analysis that waits for more: it has `have` of the `need` it asks for, counted in `unit`."""

    kind: str
    have: int
    need: int
    unit: str
    text: str


class InsightForecast(View):
    """Tomorrow's mood on the scale 1–5, as it would be if days go on as they did; in `coverage` of cases it lies from `low` to `high`."""

    date: date
    value: float
    low: float
    high: float
    coverage: float
    method: str
    n: int
    text: str


def insight(finding: Finding, language: str) -> Insight | None:
    """None for one that there are no words for: code of another version found it, and it will be worked out anew."""
    words = _words(spoken(language))
    window = {"from": finding.window.first.isoformat(), "to": finding.window.last.isoformat()}
    try:
        said = words["findings"][finding.says]
        facts = {**window, "n": finding.n, "subject": finding.subject or "", **finding.facts}
        title, text = fill(said["title"], facts, language), fill(said["text"], facts, language)
    except (KeyError, ValueError) as error:
        log.warning("insights.unworded", says=finding.says, error=type(error).__name__)
        return None
    return Insight(
        kind=finding.kind,
        title=title,
        text=f"{text} {words['sure'][finding.confidence]}" if said.get("is_estimate", True) else text,
        confidence=finding.confidence,
        effect=finding.effect,
        n=finding.n,
        window=finding.window,
        subject=None if finding.subject is None else quoted(finding.subject),
        evidence=finding.evidence,
    )


def need(lack: Lack, language: str) -> InsightNeed | None:
    """None for one that there are no words for."""
    words = _words(spoken(language))
    said = words["needs"].get(lack.kind, {}).get(lack.unit) or words["needs"]["any"].get(lack.unit)
    if said is None or lack.kind not in words["names"]:
        log.warning("insights.unworded", needs=lack.kind)
        return None
    text = fill(said, {"kind": lack.kind, "have": lack.have, "need": lack.need}, language)
    return InsightNeed(kind=lack.kind, have=lack.have, need=lack.need, unit=lack.unit, text=text)


def forecast(outlook: Outlook, language: str) -> InsightForecast:
    facts: dict[str, Fact] = {name: getattr(outlook, name) for name in ("value", "low", "high", "coverage", "n")}
    text = fill(_words(spoken(language))["forecast"]["text"], {**facts, "date": outlook.date.isoformat()}, language)
    return InsightForecast(**{name: getattr(outlook, name) for name in outlook.__struct_fields__}, text=text)


def message(state: str, language: str) -> str:
    """What to say where there is nothing to show."""
    said: str = _words(spoken(language))["messages"][state]
    return said


def fill(sentence: str, facts: Mapping[str, Fact], language: str) -> str:
    """Raises KeyError for a blank without its fact, ValueError for one that cannot be shown as it asks."""
    filled = sentence.format_map({name: _Shown(value, language) for name, value in facts.items()})
    return filled[:1].upper() + filled[1:]


def quoted(text: str) -> str:
    """Somebody's own words, fit to stand within a sentence."""
    line = clean_line(text.replace("\x00", ""), 12 * len(text))
    return line if len(line) <= _QUOTED_CHARACTERS else f"{line[: _QUOTED_CHARACTERS - 1].rstrip()}…"


class _Shown:
    """A fact in a blank, shown as the blank asks: as itself, a `date`, `weekday` (0 is Monday), `percent`, `name`, a `fine` number, or so many of a unit."""

    def __init__(self, value: Fact, language: str) -> None:
        self._value, self._language = value, language

    def __format__(self, spec: str) -> str:
        value, locale = self._value, _locale(self._language)
        if isinstance(value, str):
            return self._text(value, spec, locale)
        if spec == "weekday":
            return str(get_day_names("wide", context="format", locale=locale)[int(value)])
        if spec == "percent":
            return format_percent(value, "0 %" if locale.language == "es" else "0%", locale=locale)
        if spec == "fine":
            return str(format_decimal(value, "#,##0.00", locale=locale))
        number = str(format_decimal(value, "#,##0" if isinstance(value, int) else "#,##0.0", locale=locale))
        if not spec:
            return number
        one, more = _words(spoken(self._language))["units"][spec]
        return f"{number} {one if number == '1' else more}"

    def _text(self, value: str, spec: str, locale: Locale) -> str:
        if spec == "date":
            return format_date(date.fromisoformat(value), "long", locale=locale)
        if spec == "name":
            name: str = _words(spoken(self._language))["names"][value]
            return name
        if spec:
            raise ValueError("no such way to show a text")
        return quoted(value)


@lru_cache
def _locale(tag: str) -> Locale:
    """How numbers and dates look where somebody's language is spoken; for one we do not speak, as in English."""
    if spoken(tag) == tag.partition("-")[0].lower():
        try:
            return Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            pass
    return Locale(spoken(tag))


@lru_cache
def _words(language: str) -> dict[str, Any]:
    found = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return found | {"findings": {f"{kind}.{name}": said for kind, each in found["findings"].items() for name, said in each.items()}}
