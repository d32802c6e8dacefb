"""What the system says in notifications, in the languages it speaks: `catalog/words/<language>.toml`."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path

from domain.languages import spoken

_FOLDER = Path(__file__).parent.parent / "catalog" / "words"


@lru_cache
def _words(language: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


def words(language: str, kind: str, **values: object) -> tuple[str, str]:
    """Title and body of a notification, in the person's language."""
    found = _words(spoken(language))[kind]
    return found["title"].format(**values), found["body"].format(**values)
