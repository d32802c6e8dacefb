"""The page that a mail's unsubscribe link leads to."""

from __future__ import annotations

import base64
import hashlib
from html import escape

from aiohttp import web

from api.http import Call
from domain import unsubscribing
from domain.unsubscribing import Said

_STYLE = (
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui;max-width:32rem;margin:4rem auto;padding:0 1rem}"
    "button{font:inherit;padding:.7rem 1.4rem;border:0;border-radius:8px;background:#2f6f5e;color:#fff;cursor:pointer}"
)
_POLICY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


async def ask(_call: Call, signed: str) -> web.Response:
    """A page that asks whether to turn off a kind of mail; it changes nothing by itself."""
    return _page(await unsubscribing.ask(signed))


async def unsubscribe(_call: Call, signed: str, raw: bytes) -> web.Response:  # noqa: ARG001 (whatever is sent says the same: RFC 8058)
    """Turn off a kind of mail: the page's button, or a mail program's one click."""
    return _page(await unsubscribing.unsubscribe(signed))


def _page(said: Said) -> web.Response:
    form = f"<form method=post><button>{escape(said.button)}</button></form>" if said.button else ""
    return web.Response(
        text=f"<!doctype html><html lang={said.language}><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{escape(said.title)}</title><style>{_STYLE}</style><h1>{escape(said.title)}</h1><p>{escape(said.text)}</p>{form}</html>",
        headers={"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": _POLICY, "Cache-Control": "private, no-store"},
    )
