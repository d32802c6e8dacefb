"""Out as CSV and in again, whatever was written."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.text import clean, clean_line
from core.views import instant
from domain import mood_csv
from domain.moods import Mood
from tests.diaries import DAYLIO
from tests.properties import examples

words = st.text(st.one_of(st.characters(codec="utf-8", exclude_characters="\x00"), st.sampled_from("=+-@\t\r\n'\",;\u2028\x85\x0b\x1c")), max_size=60).map(
    lambda text: clean(text, 8000)
)
labels = words.map(lambda text: clean_line(text, 480)[:120].strip()).map(lambda text: clean_line(text, 480))
instants = st.datetimes(datetime(1991, 1, 1), datetime(2026, 1, 1), timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000))


@st.composite
def moods(draw: st.DrawFn) -> Mood:
    at = draw(instants)
    return Mood(
        id=clock.new_id(), mood=draw(st.integers(1, 5)), note=draw(words) or None, date=at.date() + timedelta(days=draw(st.integers(-2, 2))), timestamp=instant(at),
        location=draw(labels) or None, weather=draw(labels) or None, factors=draw(st.lists(labels.map(lambda text: text[:60].strip()).map(lambda text: clean_line(text, 480)).filter(bool), max_size=6)),
        created_at=instant(at),
    )  # fmt: skip


def _read(content: bytes, zone: str = "UTC", **words: int) -> list[mood_csv.Row]:
    return list(mood_csv.rows(io.BytesIO(content), zone, words))


@examples(100)
@given(written=st.lists(moods(), max_size=5))
def test_what_was_exported_is_read_back_to_the_letter(written: list[Mood]) -> None:
    content = mood_csv.export_header() + "".join(map(mood_csv.export_line, written))
    found = _read(content.encode(), "Asia/Tokyo")
    assert [row.problem for row in found] == [None] * len(written)
    for row, mood in zip(found, written, strict=True):
        assert row.entry is not None
        said: dict[str, Any] = {"mood": row.entry.mood, "note": row.entry.note, "date": row.entry.date, "timestamp": instant(row.entry.timestamp), "location": row.entry.location}
        assert said == {name: getattr(mood, name) for name in said}
        assert (row.entry_id, list(row.entry.factors), row.entry.weather) == (mood.id, mood.factors, mood.weather)


@examples(100)
@given(cell=words)
def test_a_guarded_cell_is_no_formula_and_unguards_to_itself(cell: str) -> None:
    guarded = mood_csv.guarded(cell)
    assert not guarded.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert mood_csv.unguarded(guarded) == cell


@examples(100)
@given(
    content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass"))),
    header=st.sampled_from(["timestamp,mood,note,factors", DAYLIO]),
)
def test_any_bytes_under_a_header_are_rows_or_row_errors(content: bytes, header: str) -> None:
    """No file can end the reading with anything but its own end."""
    found = _read(header.encode() + b"\n" + content)
    assert [row.number for row in found] == list(range(1, len(found) + 1))
    assert all((row.entry is None) != (row.problem is None) for row in found)


@examples(80)
@given(content=st.binary(max_size=300))
def test_any_bytes_at_all_are_a_diary_or_not_one(content: bytes) -> None:
    try:
        found = _read(content)
    except mood_csv.NotADiary:
        return
    assert all((row.entry is None) != (row.problem is None) for row in found)


@examples(80)
@given(cells=st.lists(words, min_size=8, max_size=8))
def test_any_daylio_row_is_an_entry_or_an_error_without_line_breaks(cells: list[str]) -> None:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    for row in _read(f"{DAYLIO}\n{buffer.getvalue()}".encode()):
        assert row.problem is None or (len(row.problem) < 300 and "\n" not in row.problem)


def test_every_time_of_day_is_read_on_both_clocks() -> None:
    for minute in range(0, 1440, 7):
        at = datetime(2026, 5, 4, minute // 60, minute % 60)
        spellings = (f"{at:%H:%M}", f"{at:%H.%M}", f"{at:%H:%M:%S}", f"{at:%I:%M %p}", f"{at:%I:%M}\u202f{at:%p}".lower(), f"{at:%I:%M} {'a. m.' if at.hour < 12 else 'p. m.'}")
        for spelling in spellings:
            [row] = _read(f"{DAYLIO}\n2026-05-04,,,{spelling},good,,,".encode())
            assert row.entry is not None, (spelling, row.problem)
            assert row.entry.timestamp == at.replace(tzinfo=UTC), spelling
