"""Diaries as CSV: our own export, and Daylio's."""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import BinaryIO
from uuid import UUID
from zoneinfo import ZoneInfo

from core import clock
from core.text import clean, clean_line
from domain.moods import AHEAD, FACTOR_CHARACTERS, LABEL_CHARACTERS, MOST_FACTORS, NOTE_BYTES, Entry, Mood

HEADER = ("id", "timestamp", "date", "mood", "note", "location", "weather", "factors")
OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")

# Daylio's own words in the languages we speak; any other word comes with the import's mood map.
_DAYLIO_MOODS = {
    "rad": 5, "good": 4, "meh": 3, "bad": 2, "awful": 1,
    "genial": 5, "bien": 4, "regular": 3, "mal": 2, "horrible": 1, "fatal": 1,
}  # fmt: skip
_TIME = re.compile(r"(\d{1,2})[:.](\d{2})(?::\d{2})?\s*([ap])?\.?\s*m?\.?\Z", re.IGNORECASE)
_UNREADABLE = re.compile("[\udc80-\udcff]")


class NotADiary(Exception):
    """The file is neither of the two formats; the message says what is wrong with it."""


@dataclass(frozen=True)
class Row:
    """One data row, from 1: an entry to take in, or what is wrong with it."""

    number: int
    entry: Entry | None = None
    entry_id: UUID | None = None
    problem: str | None = None


def export_line(mood: Mood) -> str:
    return _line(
        [
            str(mood.id),
            mood.timestamp,
            mood.date.isoformat(),
            str(mood.mood),
            mood.note,
            mood.location,
            mood.weather,
            json.dumps(mood.factors, ensure_ascii=False) if mood.factors else "",
        ]
    )


def export_header() -> str:
    return _line(list(HEADER))


def _line(cells: list[str | None]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([guarded(cell or "") for cell in cells])
    return buffer.getvalue()


def guarded(cell: str) -> str:
    """A cell that a spreadsheet takes for text: a leading quote before what could begin a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def unguarded(cell: str) -> str:
    return cell.removeprefix("'")


def rows(file: BinaryIO, zone: str, mood_map: Mapping[str, int]) -> Iterator[Row]:
    """Read a diary row by row. Raises NotADiary before the first row for a file of another kind."""
    # A byte that is no UTF-8 spoils its own row, not the file: it comes through as a lone surrogate, which no cell may hold.
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="")
    csv.field_size_limit(1_000_000)
    reader = csv.reader(text)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
    except csv.Error:
        raise NotADiary("The file is not a CSV file in UTF-8") from None
    if len(set(header)) == len(header) and {"timestamp", "mood"} <= set(header):
        return _read(reader, header, lambda cells: _own(cells, ZoneInfo(zone)))
    if len(set(header)) == len(header) and {"full_date", "mood"} <= set(header):
        words = {**_DAYLIO_MOODS, **{_folded(word): mood for word, mood in mood_map.items()}}
        return _read(reader, header, lambda cells: _daylio(cells, ZoneInfo(zone), words))
    raise NotADiary("The first line names neither our columns (timestamp, mood, …) nor Daylio's (full_date, mood, …)")


def _read(reader: Iterable[list[str]], header: list[str], parse: Callable[[dict[str, str]], tuple[Entry, UUID | None]]) -> Iterator[Row]:
    lines, number = iter(reader), 0
    while True:
        number += 1
        try:
            cells = next(lines, None)
        except csv.Error:
            yield Row(number, problem="cannot be read: not CSV")
            continue
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            number -= 1
            continue
        if any(map(_UNREADABLE.search, cells)):
            yield Row(number, problem="cannot be read: not UTF-8")
            continue
        if len(cells) > len(header):
            yield Row(number, problem="has more cells than the first line")
            continue
        try:
            entry, entry_id = parse({**dict.fromkeys(header, ""), **dict(zip(header, cells, strict=False))})
            yield Row(number, entry, entry_id)
        except ValueError as error:
            yield Row(number, problem=str(error))


def _own(cells: dict[str, str], zone: ZoneInfo) -> tuple[Entry, UUID | None]:
    cells = {name: unguarded(cell) for name, cell in cells.items()}
    try:
        timestamp = datetime.fromisoformat(cells.get("timestamp", ""))
    except ValueError:
        raise ValueError("timestamp is not an instant like 2026-05-04T03:02:01Z") from None
    if timestamp.tzinfo is None:
        raise ValueError("timestamp has no zone")
    day = cells.get("date", "")
    timestamp = _in_utc(timestamp)
    try:
        local = date.fromisoformat(day) if day else timestamp.astimezone(zone).date()
    except ValueError:
        raise ValueError("date is not like 2026-05-04") from None
    # A day away from the local date, which itself may be a day away from UTC's; where it was written is not known.
    if abs((local - timestamp.date()).days) > 2:
        raise ValueError("date is more than a day away from the timestamp")
    if cells.get("mood", "") not in ("1", "2", "3", "4", "5"):
        raise ValueError("mood is not a whole number from 1 to 5")
    try:
        factors = json.loads(cells.get("factors") or "[]")
    except (ValueError, RecursionError):
        raise ValueError('factors is not a list like ["sleep", "work"]') from None
    if not isinstance(factors, list) or not all(isinstance(factor, str) for factor in factors):
        raise ValueError('factors is not a list like ["sleep", "work"]')
    entry = _entry(timestamp, local, int(cells["mood"]), cells.get("note"), factors, cells.get("location"), cells.get("weather"))
    try:
        return entry, UUID(cells["id"]) if cells.get("id") else None
    except ValueError:
        raise ValueError("id is not a UUID") from None


def _daylio(cells: dict[str, str], zone: ZoneInfo, words: Mapping[str, int]) -> tuple[Entry, UUID | None]:
    try:
        day = date.fromisoformat(cells["full_date"].strip())
    except ValueError:
        raise ValueError("full_date is not like 2026-05-04") from None
    at = _time(cells.get("time", ""))
    word = cells["mood"].strip()
    if _folded(word) not in words:
        raise ValueError(f"unknown mood word {word[:60]!r}; name it in moodMap")
    title, text = cells.get("note_title", "").strip(), cells.get("note", "").strip()
    factors = [name.strip() for name in cells.get("activities", "").split("|") if name.strip()]
    # In a spring gap that local time never was; fold 0 reads it with the earlier offset, which is a real instant.
    timestamp = datetime.combine(day, at, zone)
    entry = _entry(timestamp, day, words[_folded(word)], "\n".join(part for part in (title, text) if part), factors)
    return replace(entry, clocks=f"{day} {at:%H:%M}"), None


def _folded(word: str) -> str:
    return unicodedata.normalize("NFC", word).strip().casefold()


def _time(text: str) -> time:
    text = text.replace("\u202f", " ").replace("\xa0", " ").strip()
    if not text:
        return time(12)
    match = _TIME.match(text)
    if not match:
        raise ValueError("time is not like 14:30 or 2:30 PM")
    hour, minute = int(match[1]), int(match[2])
    if match[3]:
        if not 1 <= hour <= 12:
            raise ValueError("time is not like 14:30 or 2:30 PM")
        hour = hour % 12 + (12 if match[3].lower() == "p" else 0)
    if hour > 23 or minute > 59:
        raise ValueError("time is not like 14:30 or 2:30 PM")
    return time(hour, minute)


def _entry(timestamp: datetime, day: date, mood: int, note: str | None, factors: list[str], location: str | None = None, weather: str | None = None) -> Entry:
    timestamp = _in_utc(timestamp)
    timestamp = timestamp.replace(microsecond=timestamp.microsecond // 1000 * 1000)
    if timestamp < OLDEST - timedelta(days=1) or day < OLDEST.date():
        raise ValueError("lies before 1990")
    if timestamp > clock.now() + AHEAD:
        raise ValueError("lies in the future")
    if len(factors) > MOST_FACTORS:
        raise ValueError(f"has {len(factors)} factors; {MOST_FACTORS} at most")
    names = [_label("a factor", factor, FACTOR_CHARACTERS) for factor in factors]
    return Entry(
        mood=mood,
        timestamp=timestamp,
        date=day,
        note=_note(note),
        location=_label("location", location, LABEL_CHARACTERS) or None,
        weather=_label("weather", weather, LABEL_CHARACTERS) or None,
        factors=tuple(name for name in names if name),
    )


def _in_utc(timestamp: datetime) -> datetime:
    if timestamp.year < OLDEST.year - 1:
        raise ValueError("lies before 1990")
    if timestamp.year > clock.now().year + 1:
        raise ValueError("lies in the future")
    return timestamp.astimezone(UTC)


def _note(text: str | None) -> str | None:
    try:
        return clean(text, NOTE_BYTES) if text else None
    except ValueError as error:
        raise ValueError(f"note {error}") from None


def _label(name: str, text: str | None, characters: int) -> str:
    try:
        cleaned = clean_line(text or "", characters * 4)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None
    if len(cleaned) > characters:
        raise ValueError(f"{name} is longer than {characters} characters")
    return cleaned
