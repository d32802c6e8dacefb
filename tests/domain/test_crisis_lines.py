"""Crisis lines: the file is whole, somebody is found in it by all that is known of them, and nobody is left with nothing."""

from __future__ import annotations

import importlib.resources
import re
from pathlib import Path
from zoneinfo import available_timezones

import pytest

from domain import crisis_lines
from domain.catalog import FOLDER, CatalogError
from domain.crisis_lines import for_country, for_person

COUNTRIES = crisis_lines.load(FOLDER / "crisis_lines.toml")


def countries_of_iso_3166() -> set[str]:
    rows = (importlib.resources.files("tzdata") / "zoneinfo" / "iso3166.tab").read_text().splitlines()
    return {row[:2] for row in rows if not row.startswith("#")}


def test_every_country_is_there() -> None:
    assert countries_of_iso_3166() - set(COUNTRIES) == set()


def test_every_entry_can_be_used() -> None:
    for code, entry in COUNTRIES.items():
        assert entry.emergency is None or re.fullmatch(r"\d{2,5}", entry.emergency), code
        for line in entry.lines:
            assert line.name == line.name.strip() != "", code
            assert line.phone is None or re.search(r"\d", line.phone), code
            assert line.url is None or re.fullmatch(r"https?://[\w.-]+(/[\w./-]*)?", line.url), code
            assert line.languages and all(re.fullmatch("[a-z]{2,3}", language) for language in line.languages), code


@pytest.mark.parametrize(
    ("country", "phone"),
    [
        ("US", "988"), ("CA", "988"), ("GB", "116 123"), ("IE", "116 123"), ("ES", "024"), ("MX", "800 911 2000"), ("FR", "3114"), ("BR", "188"),
        ("AU", "13 11 14"), ("NZ", "1737"), ("IN", "14416"), ("JP", "0120-061-338"), ("KR", "109"), ("NL", "113"), ("SE", "90101"), ("CO", "106"),
    ],
)  # fmt: skip
def test_well_known_lines(country: str, phone: str) -> None:
    assert any(phone in (line.phone or "").split(" / ") for line in for_country(country))


def test_a_country_gets_its_lines_an_emergency_number_and_the_directories() -> None:
    everywhere = [line.url for line in COUNTRIES["international"].lines]
    for country in sorted(set(COUNTRIES) - {"international"}):
        found = for_country(country.lower())
        assert found == for_country(country), country
        own = len(COUNTRIES[country].lines)
        assert {line.country for line in found[:own]} <= {country}
        assert found[own].name in (crisis_lines.EMERGENCY, crisis_lines.FROM_A_MOBILE), country
        assert found[own].phone, country
        assert [line.url for line in found[own + 1 :]] == everywhere, country


@pytest.mark.parametrize("country", [None, "", "ZZ", "international", "x" * 100])
def test_without_a_known_country_what_is_for_everybody(country: str | None) -> None:
    found = for_country(country)
    assert found == for_country(None)
    assert len(found) >= 3
    assert {line.country for line in found} == {None}
    assert found[0].phone == "112"


def test_lines_in_the_language_come_first() -> None:
    assert for_country("FI", "sv")[0].phone == "09 2525 0112"
    assert for_country("FI", "fi")[0].phone == "09 2525 0111"
    assert set(map(str, for_country("FI", "sv"))) == set(map(str, for_country("FI", "zz")))


@pytest.mark.parametrize(
    ("country", "timezone", "language", "expected"),
    [
        ("fr", "America/Mexico_City", "es-ES", "FR"),
        (None, "America/Mexico_City", "es-ES", "MX"),
        (None, "Asia/Calcutta", "en", "IN"),
        (None, "Japan", "en-US", "JP"),
        (None, "US/Pacific", None, "US"),
        (None, "Etc/UTC", "es-MX", "MX"),
        (None, "UTC", "zh-Hant-TW", "TW"),
        (None, "EST", "es", None),
        (None, "UTC", "es", None),
        (None, "../../etc/passwd", "", None),
        (None, None, None, None),
    ],
)
def test_whereabouts(country: str | None, timezone: str | None, language: str | None, expected: str | None) -> None:
    assert for_person(country, timezone, language)[0].country == expected


def test_every_zone_of_a_place_has_a_country() -> None:
    nowhere = {zone for zone in available_timezones() if crisis_lines.country_of_zone(zone) is None}
    assert {zone for zone in nowhere if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/"))} == set()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "No such file"),
        ("[", "crisis_lines.toml"),
        ("\xff", "crisis_lines.toml"),
        ("ES = 1", "ES"),
        ("[ES]\nname = 'Spain'\nsurprise = 1", "surprise"),
        ("[Spain]\nname = 'Spain'", "Spain: is no country"),
        ("[ES]\nverifiedOn = 2026-01-01", "ES: is no country with a name"),
        ("[ES]\nname = 'Spain'\nemergency = '112'", "ES: says not when"),
        ("[ES]\nname = 'Spain'\nverifiedOn = 2026-01-01\nlines = [{ name = 'x' }]", "ES: x: has neither"),
        ("[ES]\nname = 'Spain'", "international: has no lines"),
    ],
)
def test_a_wrong_file_is_refused_and_the_entry_named(tmp_path: Path, content: str | None, says: str) -> None:
    path = tmp_path / "crisis_lines.toml"
    if content is not None:
        path.write_bytes(content.encode("latin-1"))
    with pytest.raises(CatalogError, match=says) as refused:
        crisis_lines.load(path)
    assert str(refused.value).startswith("crisis_lines.toml: ")
