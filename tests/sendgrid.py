"""SendGrid's mail API as it answers: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send

It refuses what the real one refuses, remembers what it accepted, and can be told to fail in the ways in which the real one fails.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

KEY = "SG.tests-only.0123456789"
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+\Z")
_TOP = {
    "personalizations", "from", "reply_to", "subject", "content", "attachments", "template_id", "headers", "categories", "custom_args", "send_at", "batch_id", "asm",
    "ip_pool_name", "mail_settings", "tracking_settings",
}  # fmt: skip
_PERSONAL = {"from", "to", "cc", "bcc", "subject", "headers", "substitutions", "dynamic_template_data", "custom_args", "send_at"}
_RESERVED = {"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding", "to", "from", "subject", "reply-to", "cc", "bcc"}
_TRACKING = {"click_tracking": {"enable", "enable_text"}, "open_tracking": {"enable", "substitution_tag"}, "subscription_tracking": {"enable"}, "ganalytics": {"enable"}}


@dataclass
class Accepted:
    """A mail taken for delivery, and when (time.monotonic)."""

    payload: dict[str, Any]
    at: float

    @property
    def mail_id(self) -> str:
        found: str = self.personal.get("custom_args", {}).get("mail_id") or self.payload.get("custom_args", {})["mail_id"]
        return found

    @property
    def personal(self) -> dict[str, Any]:
        found: dict[str, Any] = self.payload["personalizations"][0]
        return found

    @property
    def headers(self) -> dict[str, str]:
        return {**self.payload.get("headers", {}), **self.personal.get("headers", {})}


@dataclass
class FakeSendGrid:
    """`fails`: a status to answer with, `hang` (take it, never answer), `cut` (take it, close the connection). `seconds`: up to so long it takes to answer."""

    fails: int | str | None = None
    seconds: float = 0
    headers: dict[str, str] = field(default_factory=dict)
    accepted: list[Accepted] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def times(self) -> Counter[str]:
        """How often each mail was accepted, by our id."""
        return Counter(each.mail_id for each in self.accepted)

    async def take(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        if isinstance(self.fails, int):
            return self._refuse(self.fails, "told to fail", **self.headers)
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return self._refuse(401, "The provided authorization grant is invalid, expired, or revoked")
        if request.content_type != "application/json":
            return self._refuse(415, "Content-Type should be application/json.")
        if len(raw) > 30 * 1024 * 1024:
            return self._refuse(413, "Payload too large")
        try:
            payload = json.loads(raw)
            _check(payload)
        except (ValueError, KeyError, TypeError, AssertionError) as error:
            return self._refuse(400, f"Bad Request: {error}")
        self.accepted.append(Accepted(payload, time.monotonic()))
        await asyncio.sleep(random.uniform(0, self.seconds))
        if self.fails == "hang":
            await self.released.wait()
        if self.fails == "cut" and request.transport is not None:
            request.transport.abort()
        return web.Response(status=202, headers={"X-Message-Id": f"id-{len(self.accepted)}", "Content-Type": "text/plain; charset=utf-8"})

    def _refuse(self, status: int, message: str, **headers: str) -> web.Response:
        self.refused[status] += 1
        return web.json_response({"errors": [{"message": message, "field": None, "help": None}]}, status=status, headers=headers)


def _check(payload: dict[str, Any]) -> None:
    assert set(payload) <= _TOP, f"unknown {set(payload) - _TOP}"
    assert 1 <= len(payload["personalizations"]) <= 1000, "personalizations"
    assert _ADDRESS.match(payload["from"]["email"]), "from"
    for each in payload["personalizations"]:
        assert set(each) <= _PERSONAL, f"unknown {set(each) - _PERSONAL}"
        assert each["to"], "to"
        assert all(_ADDRESS.match(to["email"]) for to in each["to"]), "to"
    assert payload["subject"], "subject"
    kinds = [content["type"] for content in payload["content"]]
    assert kinds == sorted(kinds, key=["text/plain", "text/html"].index), "text/plain must be first"
    assert all(content["value"] for content in payload["content"]), "content"
    for holder in (payload, *payload["personalizations"]):
        assert not {name.lower() for name in holder.get("headers", {})} & _RESERVED, "reserved header"
        assert all(isinstance(value, str) and "\n" not in value and "\r" not in value for value in holder.get("headers", {}).values()), "headers"
        assert len(json.dumps(holder.get("custom_args", {}))) < 10_000, "custom_args"
    for name, settings in payload.get("tracking_settings", {}).items():
        assert set(settings) <= _TRACKING[name], name
        assert all(isinstance(value, bool) for value in settings.values()), name


@asynccontextmanager
async def fake_sendgrid() -> AsyncIterator[tuple[FakeSendGrid, str]]:
    """It, and its address."""
    fake = FakeSendGrid()
    app = web.Application(client_max_size=40 * 1024 * 1024)
    app.router.add_post("/v3/mail/send", fake.take)
    async with TestServer(app, host="127.0.0.1") as server:
        yield fake, f"http://{server.host}:{server.port}"
        fake.released.set()
