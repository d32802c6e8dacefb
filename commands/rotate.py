"""Rotating keys, from the command line."""

from __future__ import annotations

import secrets

from core import keys
from core.runtime import running
from core.settings import Settings, development_secrets, write_development_secrets
from domain import access


async def rotate(settings: Settings) -> str:
    """Rewrap everything with the newest master; returns a line about it."""
    if not settings.secret_keys:
        write_development_secrets(settings, (secrets.token_urlsafe(48), *development_secrets(settings)))
    async with running(settings, "command", background=False):
        count = await keys.rewrap_all(keys.keys().ring)
        signing = await access.rotate_signing_key()
    return f"{count} keys rewrapped; new tokens are signed by {signing}"
