"""What a person may type."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import clean, clean_line
from tests.properties import examples

anything = st.text(st.characters(codec=None, categories=["L", "M", "N", "P", "S", "Z", "C"]), max_size=200)


@examples(60)
@given(text=anything, most=st.integers(1, 120))
def test_exactly_what_fits_in_bytes_after_nfc_is_taken(text: str, most: int) -> None:
    lone = any(unicodedata.category(character) == "Cs" for character in text)
    composed = unicodedata.normalize("NFC", text)
    fits = "\x00" not in text and not lone and len(composed.encode()) <= most
    try:
        found = clean(text, most)
    except ValueError:
        assert not fits
    else:
        assert fits
        assert found == composed == clean(found, most)


@examples(60)
@given(text=st.text(max_size=80))
def test_a_line_is_one_line_and_cleaning_it_again_changes_nothing(text: str) -> None:
    try:
        found = clean_line(text, 120)
    except ValueError:
        return
    assert len(found.splitlines()) <= 1
    assert found == clean_line(found, 120) == found.strip()
    assert unicodedata.is_normalized("NFC", found)
    assert not any(unicodedata.category(character) == "Cc" for character in found)
    assert not set(found) & set("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


@pytest.mark.parametrize("text", ["👩‍👩‍👧", "क्‍ष", "می‌خواهم", "🏳️‍🌈"])
def test_joiners_that_words_and_emoji_need_stay(text: str) -> None:
    assert clean_line(text, 120) == text


def test_emoji_count_by_their_bytes() -> None:
    family = "👩‍👩‍👧"
    assert clean(family * 6, 6 * len(family.encode())) == family * 6
    with pytest.raises(ValueError, match="at most 107 bytes"):
        clean(family * 6, 6 * len(family.encode()) - 1)


@pytest.mark.parametrize("text", ["a" + "\u0301" * 100_000, "\u0344" * 100_000, "ﷺ" * 100_000, "\u202e" * 1_000_000, " \t" * 500_000])
def test_what_is_far_too_long_is_refused_quickly(text: str) -> None:
    began = time.process_time()
    with pytest.raises(ValueError, match="at most 120 bytes"):
        clean_line(text, 120)
    assert time.process_time() - began < 0.05


def test_many_marks_within_the_limit_are_kept() -> None:
    text = "a" + "\u0323\u0301" * 1000
    assert clean(text, 8000) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("text", "line"), [("Ana\r\nBcc: x@y.org", "Ana Bcc: x@y.org"), ("a\u2028b\u2029c\x85d", "a b c d"), ("\ufeff Ana \u202e", "Ana"), ("x\x1b[31my", "x[31my"), ("\x0b\x0c", "")]
)
def test_line_breaks_and_controls_cannot_pass(text: str, line: str) -> None:
    assert clean_line(text, 120) == line
