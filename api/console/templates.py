"""The console's pages and their files, as they stand in `console/`."""

from __future__ import annotations

import hashlib
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_FOLDER = Path(__file__).parent.parent.parent / "console"
_KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_STATIC = {path.name: path for path in (_FOLDER / "static").iterdir() if path.suffix in _KINDS}
_pages = Environment(loader=FileSystemLoader(_FOLDER / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def page(template: str, status: int = 200, headers: dict[str, str] | None = None, **values: object) -> web.Response:
    """A page; nobody keeps it."""
    text = _pages.get_template(template).render(**values)
    return web.Response(status=status, text=text, content_type="text/html", charset="utf-8", headers={"Cache-Control": "private, no-store", **(headers or {})})


def file(name: str, known: str | None) -> web.Response | None:
    """A script, style or picture; None where there is none of that name. `known`: the If-None-Match of the request."""
    path = _STATIC.get(name)
    if path is None:
        return None
    raw = path.read_bytes()
    headers = {"Cache-Control": "no-cache", "ETag": f'"{hashlib.sha256(raw).hexdigest()[:20]}"'}
    if known == headers["ETag"]:
        return web.Response(status=304, headers=headers)
    return web.Response(body=raw, content_type=_KINDS[path.suffix], charset="utf-8", headers=headers)
