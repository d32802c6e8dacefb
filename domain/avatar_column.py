"""What the column `users.avatar` says.

Its JSON names every file in storage that there is or may be: `upload`, the picture as it came, sealed with the person's key, while it waits to be
made anew; `making`, the squares that a worker may be writing; `files`, the squares that are shown; both by size in pixels.
"""

from __future__ import annotations

import json
from typing import Any

from core import runtime
from core.views import View

_SHOWN = "256"


class AvatarView(View):
    """`urls` maps a size in pixels to its address; while a new picture is processed, those of the one before it."""

    url: str | None
    urls: dict[str, str]
    status: str


def view(stored: str | None) -> AvatarView | None:
    """The column's JSON as it is shown; None without a picture."""
    if stored is None:
        return None
    found = json.loads(stored)
    urls = {size: _url(file) for size, file in found["files"].items()}
    return AvatarView(url=urls.get(_SHOWN), urls=urls, status="processing" if found["upload"] else "ready")


def _url(file: str) -> str:
    chosen = runtime.settings()
    return f"{chosen.cdn_base_url or f'{chosen.base_url}/api'}/{file}"


def files_of(stored: dict[str, Any] | None) -> list[str]:
    """Every file that the column names, whether it is in storage already or not."""
    if stored is None:
        return []
    return [*([stored["upload"]] if stored["upload"] else []), *stored["making"].values(), *stored["files"].values()]
