"""Crisis lines by country: catalogue data, kept in memory from the start of the process, so that it is there when everything else is not."""

from __future__ import annotations

import importlib.resources
import re
from datetime import date
from functools import cache
from pathlib import Path

import msgspec

from core.views import View
from domain import catalog

_ABBREVIATION = re.compile(r"CET|EET|EST|HST|MET|MST|WET|[A-Z]{3}\d[A-Z]{3}")
EMERGENCY = "Emergency services / Servicios de emergencia"
FROM_A_MOBILE = "Emergency services, from a mobile phone / Servicios de emergencia, desde un móvil"


class CrisisResource(View):
    """Somebody to turn to now; `country` is null where it is for everybody."""

    name: str
    phone: str | None
    text: str | None
    url: str | None
    hours: str | None
    country: str | None


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    phone: str | None = None
    text: str | None = None
    url: str | None = None
    hours: str | None = None
    languages: list[str] = []


class _Country(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    name: str = ""
    emergency: str | None = None
    verified_on: date | None = None
    lines: list[_Line] = []


def load(path: Path | None = None) -> dict[str, _Country]:
    """Read and check the file: by country, with `international`. Raises CatalogError."""
    path = path or catalog.FOLDER / "crisis_lines.toml"
    found: dict[str, _Country] = {}
    code = ""
    try:
        for code, entry in msgspec.toml.decode(path.read_bytes()).items():
            found[code] = msgspec.convert(entry, _Country)
    except (OSError, ValueError) as error:
        raise catalog.CatalogError(": ".join(filter(None, (path.name, code, str(error))))) from None
    for code, country in found.items():
        if code != "international" and not (len(code) == 2 and code.isascii() and code.isupper() and country.name):
            raise catalog.CatalogError(f"{path.name}: {code}: is no country with a name")
        if (country.lines or country.emergency) and country.verified_on is None:
            raise catalog.CatalogError(f"{path.name}: {code}: says not when it was last compared (verifiedOn)")
        for line in country.lines:
            if not (line.phone or line.text or line.url):
                raise catalog.CatalogError(f"{path.name}: {code}: {line.name}: has neither phone, text nor url")
    if not found.get("international", _Country()).lines:
        raise catalog.CatalogError(f"{path.name}: international: has no lines")
    return found


@cache
def _countries() -> dict[str, _Country]:
    return load()


def ready() -> None:
    """Have the lines in memory; for the start of a process. Raises CatalogError."""
    _countries()


def for_country(country: str | None, language: str | None = None) -> list[CrisisResource]:
    """The country's lines, those in the language first, its emergency number, then what is for everybody. Never empty; an unknown country is like none."""
    code = (country or "").upper()
    known = _countries().get(code, _Country())
    everywhere = _countries()["international"]
    lines = sorted(known.lines, key=lambda line: _primary(language) not in line.languages)
    if known.emergency:
        emergency = _shown(_Line(EMERGENCY, phone=known.emergency, hours="24/7"), code)
    else:
        emergency = _shown(_Line(FROM_A_MOBILE, phone=everywhere.emergency, hours="24/7"), None)
    return [*(_shown(line, code) for line in lines), emergency, *(_shown(line, None) for line in everywhere.lines)]


def for_person(country: str | None, timezone: str | None, language: str | None) -> list[CrisisResource]:
    """The lines where somebody is: the country if given, else the one of the IANA time zone, else the region of the language tag (`es-MX`).

    The zone goes before the language: a phone in Mexico set to `es-ES` is in Mexico.
    """
    return for_country(country or country_of_zone(timezone) or _region(language), language)


def country_of_zone(timezone: str | None) -> str | None:
    """`Europe/Madrid` -> `ES`; None for zones of no country."""
    return _zones().get(timezone or "")


def _shown(line: _Line, country: str | None) -> CrisisResource:
    return CrisisResource(name=line.name, phone=line.phone, text=line.text, url=line.url, hours=line.hours, country=country)


def _primary(language: str | None) -> str:
    return (language or "").partition("-")[0].lower()


def _region(language: str | None) -> str | None:
    """`es-MX`, `zh-Hant-TW` -> the region."""
    return next((part.upper() for part in (language or "").split("-")[1:] if len(part) == 2 and part.isalpha()), None)


@cache
def _zones() -> dict[str, str]:
    """Zone -> country, from the tzdata package, by older names too (`Asia/Calcutta`, `Japan`); abbreviations (`EST`) are of no country."""
    folder = importlib.resources.files("tzdata") / "zoneinfo"
    rows = [line.split("\t") for line in (folder / "zone.tab").read_text().splitlines() if not line.startswith("#")]
    zones = {row[2]: row[0] for row in rows}
    links = [line.split() for line in (folder / "tzdata.zi").read_text().splitlines() if line.startswith("L ")]
    return {older: zones[zone] for _, zone, older in links if zone in zones and not _ABBREVIATION.fullmatch(older)} | zones
