"""Pictures of a diary: whole, safe, the same each time, readable in the dark, without colours, and without eyes."""

from __future__ import annotations

import re
import tomllib
import warnings
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from analytics.charts import Kind, Period, draw, palette
from analytics.charts.axis import ticks
from analytics.charts.factors import commonest, shortened
from analytics.charts.mood import smoothed
from analytics.charts.stretch import stretch
from analytics.charts.wording import Wording
from analytics.diary import Diary, diary
from tests.charts import SVG, read, texts, told

FOLDER = Path(__file__).parents[2] / "catalog" / "charts"
WORDS = {language: tomllib.loads((FOLDER / f"{language}.toml").read_text()) for language in ("en", "es")}
TODAY = date(2026, 11, 28)
KINDS: tuple[Kind, ...] = get_args(Kind)


def written(*entries: tuple[int, int], factors: list[tuple[str, ...]] | None = None, language: str = "en", today: date = TODAY) -> Diary:
    """A diary of (days before today, mood)."""
    ordered = sorted(entries, key=lambda each: -each[0])
    dates = [today - timedelta(days=ago) for ago, _ in ordered]
    return diary(today, [mood for _, mood in ordered], dates, [datetime(day.year, day.month, day.day, 12) for day in dates], factors=factors, language=language)


def a_year(**about: Any) -> Diary:
    """Two entries on most days of a year, with a month of silence."""
    entries = [(ago, 1 + (ago * 7 + turn * 3) % 5) for ago in range(365) for turn in range(2) if ago % 9 and not 140 < ago < 170]
    return written(*entries, factors=[("coffee", "a walk") if number % 3 else ("work",) for number in range(len(entries))], **about)


def pictured(kind: Kind, period: Period, found: Diary) -> bytes:
    return draw(kind, period, found, WORDS[found.language])


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_is_whole_safe_small_and_the_same_each_time(kind: Kind) -> None:
    raw = pictured(kind, "365d", a_year())
    root = read(raw)
    assert (root.tag, root.get("role"), root.get("lang")) == (f"{SVG}svg", "img", "en")
    assert root.get("aria-labelledby") == f"{kind}-365d-title {kind}-365d-desc"
    assert {each.tag.removeprefix(SVG) for each in root.iter()} == {"svg", "title", "desc", "style", "rect", "path", "text"}
    assert {name for each in root.iter() for name in each.attrib} <= {
        "width", "height", "viewBox", "role", "lang", "aria-labelledby", "font-family", "stroke-linejoin", "id", "rx", "d", "x", "y",
        "fill", "stroke", "stroke-width", "stroke-linecap", "stroke-dasharray", "font-size", "font-weight", "text-anchor", "class",
    }  # fmt: skip
    assert re.findall("url|href|@import|http|<!|<[?]", raw.decode().replace('xmlns="http://www.w3.org/2000/svg"', "")) == []
    assert len(raw) < 60_000
    assert raw == pictured(kind, "365d", a_year())
    assert [each.get("d") for each in root.iter(f"{SVG}path") if re.search("nan|inf|e", each.get("d", ""))] == []


@pytest.mark.parametrize("period", ["7d", "90d", "all"])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_one_entry_and_always_the_same_are_pictures_too(kind: Kind, period: Period) -> None:
    empty = pictured(kind, period, written())
    assert told(empty)[1].endswith("to November 28, 2026 there are no entries.")
    assert "No entries in these days yet." in texts(empty)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one = pictured(kind, period, written((0, 4)))
        assert any("1 entry on 1 day" in each for each in texts(one))
        same = pictured(kind, period, written(*((ago, 3) for ago in range(40))))
    assert read(same).get("role") == "img"


def test_what_is_on_it_stays_on_the_card() -> None:
    """Also for the longest diary there may be: an import reaches back to 1990."""
    long = written(*((ago, 1 + ago % 5) for ago in range(0, 13_000, 4)), factors=[("a" * 60,)] * 3250)
    drawn: list[tuple[Diary, Period]] = [(long, "all"), (a_year(), "365d"), (a_year(), "30d")]
    for found, period in drawn:
        for kind in KINDS:
            raw = pictured(kind, period, found)
            root = read(raw)
            wide, high = float(root.get("width", 0)), float(root.get("height", 0))
            for path in root.iter(f"{SVG}path"):
                places = [tuple(map(float, each)) for each in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path.get("d", ""))]
                assert places
                assert all(0 <= x <= wide and 0 <= y <= high for x, y in places), (kind, period)
            assert len(raw) < 60_000


def test_words_of_a_persons_own_are_only_ever_words() -> None:
    factors = ["<script>alert(1)</script>", "]]><b>&amp;", "$\\frac{1}{0}$ $", "{average} {0}", "🙂 emoji", "a\x00b\ufffe", "قهوة", "</style>", "%s"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        raw = pictured("factors", "30d", written(*((0, 3) for _ in factors), factors=[(each,) for each in factors]))
    root, shown = read(raw), texts(raw)
    assert {each.tag.removeprefix(SVG) for each in root.iter()} == {"svg", "title", "desc", "style", "rect", "path", "text"}
    assert b"<script" not in raw
    for each in ("]]><b>&amp;", "$\\frac{1}{0}$ $", "{average} {0}", "🙂 emoji", "ab", "قهوة", "</style>", "%s"):
        assert each in shown
        assert f"“{each}”" in told(raw)[1]


def test_the_text_says_the_numbers_in_both_languages() -> None:
    title, english = told(pictured("mood", "30d", written((1, 2), (1, 4), (8, 5), (9, 5), (27, 1))))
    assert title == "Your mood over time"
    assert english.startswith("From October 30, 2026 to November 28, 2026 you made 5 entries on 4 days. Your average mood was 3.4 on a scale from 1 to 5.")
    assert english.endswith("The highest day’s average was 5.0 on November 19, 2026, the lowest 1.0 on November 1, 2026.")
    halves = told(pictured("mood", "30d", written((1, 2), (1, 4), (20, 5), (21, 4))))[1]
    assert halves.endswith("The first half of these days averaged 4.5, the second half 3.0.")
    spanish = told(pictured("weekday", "7d", written((0, 4), (1, 2), (1, 3), language="es")))
    assert spanish == (
        "Tu ánimo según el día de la semana",
        "Del 22 de noviembre de 2026 al 28 de noviembre de 2026 hiciste 3 anotaciones. viernes: media 2,5 de 2 anotaciones; sábado: media 4,0 de 1 anotación.",
    )
    calendar = told(pictured("calendar", "7d", written((0, 4), (1, 2), (1, 3), (2, 4))))[1]
    assert calendar.endswith("4 entries on 3 days. Of these, 2 days averaged about 4 and 1 day averaged about 3.")
    factors = told(pictured("factors", "30d", written((0, 4), (1, 1), factors=[("tea",), ("tea", "work")], language="es")))[1]
    assert "«tea»: media 2,5 de 2 anotaciones; «work»: media 4,0 de 1 anotación." in factors
    assert factors.endswith("El dibujo muestra lo que se anotó junto, no por qué.")


def test_both_languages_say_the_same_things_with_the_same_blanks() -> None:
    def shape(words: dict[str, Any]) -> dict[str, Any]:
        return {key: shape(value) if isinstance(value, dict) else sorted(re.findall(r"{\w+}", str(value))) for key, value in words.items()}

    assert shape(WORDS["en"]) == shape(WORDS["es"])
    assert not re.search(r"\b(cause|because|due to|relapse|depress|warning|porque|causa)", str(WORDS), re.IGNORECASE)


def luminance(colour: str) -> float:
    """WCAG 2.2's relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return sum(weight * (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4) for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [palette.LIGHT, palette.DARK], ids=["light", "dark"])
def test_all_that_matters_stands_out_and_the_levels_need_no_hue(colours: dict[str, str]) -> None:
    for role, colour in colours.items():
        least = {"card": 0, "rule": 0, "empty": 0, "ink": 4.5, "muted": 4.5}.get(role, 3)
        assert contrast(colour, colours["card"]) >= least, role
    ramp = [contrast(colours[f"level{level}"], colours["card"]) for level in range(1, 6)]
    assert all(further / near > 1.25 for near, further in pairwise(ramp))
    # The line and the dots differ in hue and in lightness, or one has a rim in the card's colour: the hues are Okabe and Ito's.
    assert {colours["series"], colours["mean"]} in ({"#0072b2", "#d55e00"}, {"#56b4e9", "#e69f00"})


def test_every_colour_has_one_role_and_its_dark_one() -> None:
    assert len(palette.ROLES) == len(palette.LIGHT)
    assert palette.LIGHT.keys() == palette.DARK.keys()
    style = read(pictured("calendar", "30d", a_year())).findtext(f"{SVG}style") or ""
    assert style.startswith("@media (prefers-color-scheme: dark){")
    classes = {name for each in read(pictured("calendar", "30d", a_year())).iter() for name in (each.get("class") or "").split()}
    assert {f"f-level{level}" for level in range(1, 6)} <= classes
    for name in classes:
        assert f".{name}{{{'fill' if name[0] == 'f' else 'stroke'}:{palette.DARK[name[2:]]}}}" in style


def test_a_level_is_the_nearest_whole_mood() -> None:
    assert [palette.level(mean) for mean in (1.0, 1.49, 1.5, 2.5, 4.49, 4.5, 5.0)] == ["level1", "level1", "level2", "level3", "level4", "level5", "level5"]


def test_a_stretch_is_the_dates_it_names_and_no_others() -> None:
    found = written((0, 5), (6, 1), (6, 3), (7, 2), (-1, 4))
    week, whole = stretch(found, 7), stretch(found, None)
    assert (week.first, week.last, week.length, week.moods.tolist()) == (date(2026, 11, 22), TODAY, 7, [1, 3, 5])
    assert (week.means.tolist(), week.lows.tolist(), week.highs.tolist()) == ([2, 5], [1, 5], [3, 5])
    # All is all: a date may lie a day ahead.
    assert (whole.first, whole.last, len(whole.moods)) == (date(2026, 11, 21), date(2026, 11, 29), 5)


def test_dates_are_counted_as_dates_where_clocks_change() -> None:
    """Days on which clocks change are days like others, a week through February's end too."""
    found = written(*((ago, 3) for ago in range(10)), today=date(2026, 3, 30))
    assert stretch(found, 7).days.tolist() == [date(2026, 3, day) for day in range(24, 31)]
    raw = pictured("calendar", "7d", found)
    assert [each for each in texts(raw) if each.isdecimal() and int(each) > 5] == ["24", "25", "26", "27", "28", "29", "30"]


def test_the_line_is_between_what_it_smooths_and_breaks_off_where_nothing_was_written() -> None:
    pieces = list(smoothed(stretch(a_year(), 365)))
    assert len(pieces) == 2
    means = stretch(a_year(), 365).means
    assert all(means.min() <= value <= means.max() for piece in pieces for _, value in piece)
    flat = list(smoothed(stretch(written(*((ago, 4) for ago in range(30))), 30)))
    assert np.allclose([value for piece in flat for _, value in piece], 4)
    assert list(smoothed(stretch(written((0, 3), (1, 4)), 30))) == []


@pytest.mark.parametrize(
    ("days", "labels"),
    [
        (7, ["22 Sun", "28 Sat"]),
        (30, ["Oct 31", "Nov 28"]),
        (90, ["Sep", "Nov"]),
        (365, ["2026", "Nov"]),
        (900, ["Jul", "Jul"]),
        (2000, ["2022", "2026"]),
        (13_000, ["1995", "2025"]),
    ],
)
def test_an_axis_names_few_dates_in_order(days: int, labels: list[str]) -> None:
    found = ticks(TODAY - timedelta(days=days - 1), TODAY, Wording("en", WORDS["en"]))
    assert [found[0][1], found[-1][1]] == labels
    assert 3 <= len(found) <= 8
    assert [day for day, _ in found] == sorted({day for day, _ in found})
    assert all(TODAY - timedelta(days=days - 1) <= day <= TODAY for day, _ in found)


def test_factors_are_the_commonest_however_they_are_spelled() -> None:
    factors = [("Coffee", "coffee "), ("coffee",), ("COFFEE", ""), ("rain",), *[(f"once {number}",) for number in range(12)]]
    found = written(*((20 - number, 1 + number % 5) for number in range(len(factors))), factors=factors)
    names = commonest(found, stretch(found, 30))
    assert len(names) == 10
    assert (names[0][0], names[0][1].tolist()) == ("coffee", [1, 2, 3])
    assert shortened("x" * 24) == "x" * 24
    assert shortened("x" * 60) == "x" * 23 + "…"
    none = pictured("factors", "30d", written((0, 3)))
    assert ("No factors noted in these days yet." in texts(none), told(none)[1].endswith("no factors were noted.")) == (True, True)
