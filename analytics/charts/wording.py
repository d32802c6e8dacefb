"""The words of a chart in one language: what its catalogue says, with numbers and dates as they are written there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Literal

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton, get_day_names
from babel.numbers import format_decimal

Words = Mapping[str, Any]


@dataclass(frozen=True)
class Wording:
    """`words` are those of `catalog/charts/<language>.toml`."""

    language: str
    words: Words

    def say(self, part: str, key: str, **blanks: object) -> str:
        """A sentence of a part of the catalogue, with its blanks filled."""
        said: str = self.words[part][key]
        return said.format(**blanks)

    def counted(self, number: int, unit: str) -> str:
        one, more = self.words["units"][unit]
        return f"{format_decimal(number, locale=_locale(self.language))} {one if number == 1 else more}"

    def about(self, first: date, last: date) -> dict[str, str]:
        """The blanks `first` and `last`."""
        return {"first": self.day(first), "last": self.day(last)}

    def size(self, entries: int, days: int) -> dict[str, str]:
        """The blanks `entries` and `days`."""
        return {"entries": self.counted(entries, "entries"), "days": self.counted(days, "days")}

    def mood(self, value: float) -> str:
        """With one decimal: `3.4`, `3,4`."""
        return str(format_decimal(value, "0.0", locale=_locale(self.language)))

    def dates(self, first: date, last: date) -> str:
        """`Nov 3 – 28, 2026`"""
        return str(format_interval(first, last, "yMMMd", locale=_locale(self.language)))

    def day(self, day: date) -> str:
        return str(format_date(day, "long", locale=_locale(self.language)))

    def skeleton(self, pattern: str, day: date) -> str:
        """A date written with the parts that a CLDR skeleton names: `MMMd`, `Ed`."""
        return str(format_skeleton(pattern, day, locale=_locale(self.language)))

    def month(self, start: date) -> str:
        """The short name of a month, as on an axis."""
        return str(format_date(start, "LLL", locale=_locale(self.language))).rstrip(".")

    def weekday(self, number: int, width: Literal["abbreviated", "wide"] = "abbreviated") -> str:
        """0 is Monday. In sentences the wide name, on an axis the short one."""
        name: str = get_day_names(width, context="format" if width == "wide" else "stand-alone", locale=_locale(self.language))[number]
        return name.rstrip(".")

    def listed(self, parts: list[str]) -> str:
        """`a, b and c`"""
        *before, last = parts
        return f"{', '.join(before)} {self.words['units']['and']} {last}" if before else last


@lru_cache
def _locale(language: str) -> Locale:
    return Locale(language)
