"""What a person may type: normalised, bounded in bytes, free of what could do harm elsewhere."""

from __future__ import annotations

import re
import unicodedata

# Bidirectional overrides and isolates, zero-width characters without ZWJ/ZWNJ (emoji and several scripts need those).
_INVISIBLE = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_LINE_BREAKS = re.compile("[\r\n\t\v\f\x1c-\x1e\x85\u2028\u2029]+")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def clean(text: str, max_bytes: int) -> str:
    """NFC, at most `max_bytes` of UTF-8. Raises ValueError on NUL, on lone surrogates and when too long."""
    if "\x00" in text:
        raise ValueError("must not contain NUL")
    # A cheap bound first: normalising shrinks no text to a third.
    if len(text) > max_bytes * 3:
        raise ValueError(f"must be at most {max_bytes} bytes")
    text = unicodedata.normalize("NFC", text)
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise ValueError("must not contain lone surrogates") from None
    if size > max_bytes:
        raise ValueError(f"must be at most {max_bytes} bytes")
    return text


def clean_line(text: str, max_bytes: int) -> str:
    """Like `clean`, for names and labels: one line, trimmed, without invisible or control characters."""
    text = _LINE_BREAKS.sub(" ", clean(text, max_bytes))
    # Composed again: what stood apart may meet once the invisible is gone.
    return unicodedata.normalize("NFC", _CONTROLS.sub("", _INVISIBLE.sub("", text))).strip()
