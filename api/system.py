"""How the system is: health, metrics, its own description, and the development mailbox."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from html import escape
from pathlib import Path

import msgspec
from aiohttp import web

from api.answers import Answer, answer
from api.app_keys import ASYNCAPI, OPENAPI, RUNTIME
from api.fields import Text
from api.http import Call
from api.paging import Limit
from api.schema import Query
from core import db, jobs, migrations, networks, runtime, telemetry
from core.problem import Forbidden, NotFound
from core.views import Instant, View, instant

CHECK_SECONDS = 2
LAGGING_SECONDS = 60
_DOCS = Path(__file__).parent / "docs"


class Alive(View):
    status: str = "ok"


class Check(View):
    """`ok`, or what is wrong."""

    status: str
    seconds: float | None = None


class Ready(View):
    status: str
    checks: dict[str, Check]


async def live(_call: Call) -> Alive:
    """This process answers."""
    return Alive()


async def ready(call: Call) -> Answer:
    """Everything a request needs is there; 503 while something is not."""
    redis = call.request.app[RUNTIME].redis

    async def postgres() -> Check:
        await db.fetchval("SELECT 1")
        return Check(status="ok")

    async def answers_ping() -> Check:
        await redis.ping()
        return Check(status="ok")

    async def queue() -> Check:
        lag = await jobs.lag_seconds()
        return Check(status="ok" if lag < LAGGING_SECONDS else "lagging", seconds=round(lag, 1))

    async def migrated() -> Check:
        missing = await migrations.pending()
        return Check(status="ok" if not missing else f"{len(missing)} pending")

    names: dict[str, Callable[[], Awaitable[Check]]] = {"postgres": postgres, "redis": answers_ping, "queue": queue, "migrations": migrated}
    found = dict(zip(names, await asyncio.gather(*(_checked(check) for check in names.values())), strict=True))
    # A slow queue is told but does not take the API out of service: that would only make it slower.
    good = all(check.status in ("ok", "lagging") for check in found.values())
    return answer(Ready(status="ok" if good else "unavailable", checks=found), 200 if good else 503, **{"Cache-Control": "no-store"})


# Checks that nobody waits for any more.
_given_up: set[asyncio.Future[Check]] = set()


async def _checked(check: Callable[[], Awaitable[Check]]) -> Check:
    asking = asyncio.ensure_future(check())
    done, _ = await asyncio.wait([asking], timeout=CHECK_SECONDS)
    if not done:
        # Not waited for: what asks a server that hangs may take long to give up.
        asking.cancel()
        _given_up.add(asking)
        asking.add_done_callback(_forget)
        return Check(status="down: TimeoutError")
    try:
        return asking.result()
    except Exception as error:  # noqa: BLE001 (any failure of a check is its result)
        return Check(status=f"down: {type(error).__name__}")


def _forget(asked: asyncio.Future[Check]) -> None:
    _given_up.discard(asked)
    if not asked.cancelled():
        asked.exception()  # looked at, so that nothing is logged of it


async def metrics(call: Call) -> web.Response:
    """Prometheus metrics; with METRICS_TOKEN from anywhere, without it from this machine only."""
    token = runtime.settings().metrics_token
    sent = call.request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token is not None:
        if not hmac.compare_digest(sent.encode(errors="replace"), token.encode()):
            raise Forbidden
    elif not _is_local(call.request):
        raise NotFound
    return web.Response(body=await asyncio.to_thread(telemetry.metrics), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})


def _is_local(request: web.Request) -> bool:
    peer = request.transport.get_extra_info("peername") if request.transport else None
    found = networks.address(peer[0]) if isinstance(peer, tuple) else None
    return found is not None and found.is_loopback and "X-Forwarded-For" not in request.headers


async def openapi(call: Call) -> web.Response:
    """This document."""
    return web.Response(body=call.request.app[OPENAPI], headers={"Content-Type": "application/json; charset=utf-8"})


async def asyncapi(call: Call) -> web.Response:
    """The socket's events, as AsyncAPI 3.0."""
    return web.Response(body=call.request.app[ASYNCAPI], headers={"Content-Type": "application/json; charset=utf-8"})


async def docs(_call: Call) -> web.Response:
    """The API, to be read in a browser; loads nothing from elsewhere."""
    return _file("index.html", "text/html")


async def docs_script(_call: Call) -> web.Response:
    """The page's script."""
    return _file("docs.js", "text/javascript")


async def docs_style(_call: Call) -> web.Response:
    """The page's style."""
    return _file("docs.css", "text/css")


def _file(name: str, kind: str) -> web.Response:
    return web.Response(body=(_DOCS / name).read_bytes(), headers={"Content-Type": f"{kind}; charset=utf-8", "Cache-Control": "no-cache", "Content-Security-Policy": PAGE_POLICY})


PAGE_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class DevelopmentMail(View):
    to: str
    subject: str
    kind: str
    text: str
    html: str
    sent_at: Instant


class MailboxQuery(Query):
    to: Text | None = None
    limit: Limit = 100


async def mailbox(call: Call, query: MailboxQuery) -> web.Response | Answer:
    """Every mail that would have been sent, newest first; in development only."""
    if runtime.settings().production or runtime.settings().sendgrid_api_key:
        raise NotFound
    rows = await db.fetch(
        "SELECT recipient, subject, kind, text, html, sent_at FROM development_mails WHERE $1::text IS NULL OR recipient = $1 ORDER BY sent_at DESC, id DESC LIMIT $2",
        query.to, query.limit,
    )  # fmt: skip
    mails = [DevelopmentMail(to=row["recipient"], subject=row["subject"], kind=row["kind"], text=row["text"], html=row["html"], sent_at=instant(row["sent_at"])) for row in rows]
    if "text/html" in call.request.headers.get("Accept", ""):
        return web.Response(
            text=_mailbox_page(mails),
            headers={"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'"},
        )
    return Answer(200, msgspec.json.encode(mails), {"Cache-Control": "no-store"})


def _mailbox_page(mails: list[DevelopmentMail]) -> str:
    letters = "".join(
        f'<article><h2>{escape(mail.subject)}</h2><p>{escape(mail.kind)} · to {escape(mail.to)} · {escape(mail.sent_at)}</p><iframe sandbox srcdoc="{escape(mail.html)}" title="{escape(mail.subject)}"></iframe></article>'
        for mail in mails
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><title>Development mailbox</title>"
        "<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui;max-width:720px;margin:2rem auto;padding:0 1rem}iframe{width:100%;height:420px;border:1px solid #8888;border-radius:8px;background:#fff}h2{margin-bottom:0}</style>"
        f"<h1>Development mailbox</h1>{letters or '<p>No mail yet. Register somebody with an email address.</p>'}</html>"
    )
