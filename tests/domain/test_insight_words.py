"""What is said of a diary: every finding has its words in every language, and none of them says too much."""

from __future__ import annotations

import re
from typing import Any, get_args

import msgspec
import pytest
from babel import Locale

from analytics import findings
from analytics.findings import KINDS, SAYS, Confidence
from domain import insight_reports, insight_words
from domain.insight_reports import Finding, Lack, Outlook
from domain.languages import SPOKEN
from tests.insights import FORECAST, finding, report

UNITS = {
    **dict.fromkeys(("level",), ("entries", "days")),
    **dict.fromkeys(("trend", "shift", "variability", "notice"), ("days",)),
    **dict.fromkeys(("weekday", "daypart"), ("weeks", "days")),
    **dict.fromkeys(("factor", "sleep", "breathing", "program", "weather"), ("days", "days_with", "days_without", "spells")),
    "theme": ("notes",),
}  # what each kind's needs may count
# Causes, diagnoses, alarm, and labels that belong to clinicians.
FORBIDDEN = re.compile(
    r"\b(cause[sd]?|because|due to|leads? to|makes? you|reason|effect of|thanks to|diagnos\w*|depress\w*|anxi\w*|disorder\w*|bipolar|symptom\w*|relapse\w*|inertia|network|"
    r"warning|alarm\w*|danger\w*|risk\w*|worse\w*|bad|abnormal|unhealthy|significant\w*|p-value|"
    r"porque|debido|a causa|causa\w*|provoca\w*|gracias a|hace que|diagn\w*|depresi\w*|ansiedad|trastorno\w*|síntoma\w*|recaída\w*|inercia|red|alerta|peligro\w*|riesgo\w*|peor\w*|"
    r"malo|anormal|significativ\w*)\b",
    re.IGNORECASE,
)


def told(made: findings.Finding) -> Finding:
    """As it is read again."""
    return insight_reports.read(msgspec.json.encode(report(made))).findings[0]


def all_said(language: str) -> list[str]:
    def strings(value: Any) -> list[str]:
        if isinstance(value, str):
            return [value]
        return [each for part in (value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()) for each in strings(part)]

    return strings(insight_words._words(language))


@pytest.mark.parametrize("language", SPOKEN)
def test_the_catalogue_says_what_analyses_find_and_nothing_else(language: str) -> None:
    words = insight_words._words(language)
    assert set(words["findings"]) == set(SAYS)
    assert set(words["names"]) == {*KINDS, "night", "morning", "afternoon", "evening"}
    assert set(words["sure"]) == set(get_args(Confidence))
    assert set(words["needs"]) - {"any"} <= set(UNITS)
    assert set(words["messages"]) == {"computing", "not_enough_data", "no_entries", "switched_off"}
    assert set(UNITS) == set(KINDS) - {"streak"}


@pytest.mark.parametrize("language", SPOKEN)
def test_every_finding_is_worded_with_just_its_facts(language: str) -> None:
    for says in SAYS:
        said = insight_words.insight(told(finding(says)), language)
        assert said is not None, says
        for text in (said.title, said.text):
            assert text == text.strip()
            assert text[0].isupper() or not text[0].isalpha(), text
            assert not re.search(r"[{}<>]|\d{4}-\d\d|\.\.|  ", text), text
        assert said.text.endswith("."), said.text
        # From how much, and how sure: a count of days stands in each, and an estimate says how far to trust it.
        assert re.search(r"\d+ (days?|días?)", said.text), said.text
        assert (insight_words._words(language)["sure"]["medium"] in said.text) == (not says.startswith("streak")), said.text


@pytest.mark.parametrize("language", SPOKEN)
def test_no_words_of_causes_diagnoses_or_alarm(language: str) -> None:
    said = all_said(language)
    assert len(said) > 100
    assert [text for text in said if FORBIDDEN.search(text)] == []
    assert FORBIDDEN.search("Coffee makes you feel bad because of a relapse")


def test_both_languages_fill_the_same_blanks() -> None:
    blanks = {
        language: {says: {part: sorted(re.findall(r"\{(\w+)", said[part])) for part in ("title", "text")} for says, said in insight_words._words(language)["findings"].items()}
        for language in SPOKEN
    }
    assert {says: set(found["text"]) for says, found in blanks["en"].items()} == {says: set(found["text"]) for says, found in blanks["es"].items()}
    for says, found in blanks["en"].items():
        assert set(found["title"]) | set(found["text"]) <= set(SAYS[says]), says


@pytest.mark.parametrize("language", SPOKEN)
def test_every_need_is_worded(language: str) -> None:
    for kind, unit in ((kind, unit) for kind, units in UNITS.items() for unit in units):
        said = insight_words.need(Lack(kind, 1, 1204, unit), language)
        assert said is not None, (kind, unit)
        assert (said.kind, said.have, said.need, said.unit) == (kind, 1, 1204, unit)
        assert re.search("1,204|1.204|1204", said.text), said.text
        assert not re.search(r"[{}]", said.text), said.text


def test_what_one_factor_says() -> None:
    made = told(finding("factor.higher", factor="long walk"))
    english, spanish, mexican = (insight_words.insight(made, tag) for tag in ("en", "es", "es-MX"))
    assert english is not None and spanish is not None and mexican is not None
    assert english.title == "Days with “long walk”"
    assert english.text == (
        "From 12 days with “long walk” and 52 days without: your mood was 0.4 points higher on average with it. "
        "The two go together; which comes first, this cannot tell. Your entries support this fairly well."
    )
    assert spanish.text.startswith("A partir de 12 días con «long walk» y 52 días sin: tu ánimo fue de media 0,4 puntos más alto")
    assert "0.4 puntos" in mexican.text
    assert english.subject == "long walk"
    assert english.effect == insight_reports.Effect(value=0.37, low=0.12, high=0.62, unit="points")


@pytest.mark.parametrize(("confidence", "english"), [("low", "still uncertain"), ("medium", "fairly well"), ("high", "support this well")])
def test_words_say_how_sure(confidence: Any, english: str) -> None:
    said = insight_words.insight(told(finding("trend.up", confidence)), "en")
    assert said is not None
    assert english in said.text


def test_dates_and_weekdays_are_the_language_s() -> None:
    made = told(finding("shift.higher"))
    assert [getattr(insight_words.insight(made, tag), "title", None) for tag in ("en", "en-GB", "es")] == [
        "Better since May 3, 2026",
        "Better since 3 May 2026",
        "Mejor desde el 3 de mayo de 2026",
    ]
    for number, day in enumerate(["Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays"]):
        said = insight_words.insight(told(finding("weekday.lower", weekday=number)), "en")
        assert said is not None
        assert said.title == day


def test_one_of_something_is_one() -> None:
    said = insight_words.insight(told(finding("level.now", entries=1, days=1)), "en")
    assert said is not None
    assert "From 1 entry on 1 day:" in said.text


def test_a_tag_that_is_no_locale_is_spoken_all_the_same() -> None:
    made = told(finding("shift.higher"))
    for tag in ("es-419", "es-ZZ", "es-x-private", "en-Latn-US-u-ca-buddhist", "fr", "xx", ""):
        said = insight_words.insight(made, tag)
        assert said is not None
        assert ("punto" in said.text or "ánimo" in said.text) == tag.startswith("es")
    assert isinstance(insight_words._locale("zz-ZZ"), Locale)


@pytest.mark.parametrize(
    "factor",
    [
        "{factor}", "{0}", "{days.__class__}", "{subject!r:>999999}", "%s %(x)s", "{", "}}", "\u202egnihtemos\u202c", "two\nlines\r\n\tand more", "a\u0000b", "\u2066x\u2069", "<b>", "«»“”",
        "x" * 400, "日本語" * 40,
    ],
)  # fmt: skip
def test_what_somebody_wrote_is_only_ever_a_value(factor: str) -> None:
    said = insight_words.insight(told(finding("factor.lower", factor=factor)), "en")
    assert said is not None
    for text in (said.title, said.text, said.subject or ""):
        assert not re.search("[\u0000-\u001f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069]", text)
        assert len(text) < 400
    if factor.isprintable() and len(factor) <= 60:
        assert f"“{factor}”" in said.title


def test_what_another_version_found_is_passed_over() -> None:
    unknown = Finding("moon", "moon.full", "low", None, 3, insight_reports.Window(first=FORECAST.date, last=FORECAST.date))
    assert insight_words.insight(unknown, "en") is None
    without_facts = Finding("factor", "factor.higher", "low", None, 3, insight_reports.Window(first=FORECAST.date, last=FORECAST.date))
    assert insight_words.insight(without_facts, "en") is None
    assert insight_words.need(Lack("moon", 1, 2, "days"), "en") is None
    assert insight_words.need(Lack("level", 1, 2, "moons"), "en") is None


@pytest.mark.parametrize(
    ("language", "expected"), [("en", "tomorrow may feel like 3.4, most likely between 2.5 and 4.3"), ("es", "sentirse como un 3,4, lo más probable entre 2,5 y 4,3")]
)
def test_a_forecast_says_that_it_is_one(language: str, expected: str) -> None:
    outlook = insight_reports.read(msgspec.json.encode(report(forecast=FORECAST))).forecast
    assert isinstance(outlook, Outlook)
    said = insight_words.forecast(outlook, language)
    assert expected in said.text
    assert "80" in said.text
    assert (said.value, said.low, said.high, said.coverage, said.method, said.n) == (3.42, 2.5, 4.31, 0.8, "ewma", 64)


def test_what_is_stored_is_read_as_it_was_found() -> None:
    """The shapes of both rooms stay in step."""
    made = report(*(finding(says) for says in SAYS), forecast=FORECAST)
    read = insight_reports.read(msgspec.json.encode(made))
    assert msgspec.to_builtins(read) == msgspec.to_builtins(made)
    for ours, theirs in ((insight_reports.Finding, findings.Finding), (Lack, findings.Need), (Outlook, findings.Forecast), (insight_reports.Report, findings.Report)):
        assert ours.__struct_fields__ == theirs.__struct_fields__
