"""Turning off a kind of mail by the link it carries: without signing in, and only by a POST (RFC 8058).

Mail scanners follow every link with GET, so a GET only asks.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from core import db
from core.problem import NotFound
from domain import audit, mails, preferences
from domain.languages import spoken

_WORDS = Path(__file__).parent.parent / "catalog" / "unsubscribe.toml"


@dataclass(frozen=True)
class Said:
    """What the page says, in the person's language."""

    language: str
    title: str
    text: str
    button: str | None


async def ask(signed: str) -> Said:
    """The question that a link leads to. Raises NotFound for a link we did not make, and when the account is gone."""
    user_id, mail = mails.read_unsubscribe_link(signed)
    language = await db.fetchval("SELECT language FROM users WHERE id = $1", user_id)
    if language is None:
        raise NotFound
    return _said(language, "ask", mail)


async def unsubscribe(signed: str) -> Said:
    """Turn off the mails of the link's kind; again changes nothing. Raises NotFound as `ask`."""
    user_id, mail = mails.read_unsubscribe_link(signed)
    async with db.transaction():
        before = await preferences.preferences(user_id)
        after = await preferences.change(user_id, {"notifications": {"email": {mails.OPTIONAL[mail]: False}}})
        if after != before:
            await audit.record("unsubscribed", actor=("user", user_id), subject=("user", user_id), mail=mail)
    return _said(after.language, "done", mail)


def _said(language: str, step: str, mail: str) -> Said:
    found = _words()[spoken(language)]
    return Said(spoken(language), found[step]["title"], found[step]["text"].format(mails=found["mails"][mail]), found[step].get("button"))


@lru_cache
def _words() -> dict[str, Any]:
    return tomllib.loads(_WORDS.read_text(encoding="utf-8"))
