"""The languages the system itself speaks."""

from __future__ import annotations

SPOKEN = ("en", "es")


def spoken(tag: str) -> str:
    """The spoken language for a BCP 47 tag; English where we do not speak it."""
    primary = tag.partition("-")[0].lower()
    return primary if primary in SPOKEN else "en"
