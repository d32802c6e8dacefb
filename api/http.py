"""What every request goes through: who is calling, may they, what they sent, the handler, its answer."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Literal, get_type_hints
from uuid import UUID

import msgspec
from aiohttp import web

from api import idempotency, schema
from api.answers import Answer, encode
from api.app_keys import LIMITS, PRINCIPAL
from api.bodies import BadRequest, Form, read_json, read_query, read_raw, readable
from api.schema import Body, Query
from core import limits, networks, runtime
from core.limits import limiter
from core.problem import Forbidden, Invalid, Unauthenticated
from core.settings import Rate
from core.views import version
from domain.access import Kind, Principal, tokens
from domain.sign_in import Caller, address_key

USER, COUNSELOR, STAFF = frozenset[Kind](["user"]), frozenset[Kind](["counselor"]), frozenset[Kind](["staff"])
ANYONE_SIGNED_IN = USER | COUNSELOR | STAFF

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# A word that we signed, in base64url; what it means is its reader's business.
SIGNED = "[A-Za-z0-9_-]{48}"


@dataclass(slots=True)
class Call:
    """One request, as a handler sees it."""

    request: web.Request
    principal_or_none: Principal | None = None

    @property
    def principal(self) -> Principal:
        if self.principal_or_none is None:
            raise Unauthenticated
        return self.principal_or_none

    @property
    def user_id(self) -> UUID:
        return self.principal.id

    @property
    def caller(self) -> Caller:
        return Caller(client_address(self.request), readable(self.request.headers.get("User-Agent", "")[:200]))

    @property
    def if_match(self) -> str | None:
        return self.request.headers.get("If-Match")

    async def once(self, digest: bytes, work: Callable[[], Awaitable[Answer]]) -> Answer:
        """Do `work` once for this principal's Idempotency-Key, if it sent one; see `api.idempotency`."""
        key = self.request.headers.get("Idempotency-Key")
        if key is None:
            return await work()
        if not 0 < len(key) <= 255:
            raise Invalid([("Idempotency-Key", "must have 1 to 255 characters")])
        what = hashlib.sha256(f"{self.request.method} {self.request.path}".encode() + b"\0" + digest).digest()
        return await idempotency.once(self.principal.id, key, what, work)

    async def stream(self, response: web.StreamResponse, chunks: AsyncIterator[bytes]) -> None:
        """Send a body as it is read. What fails on the way breaks the connection off: begun, an answer has no other way to say so."""
        await response.prepare(self.request)
        try:
            async for chunk in chunks:
                await response.write(chunk)
        except BaseException:  # whatever it was, half a file must not look like a whole one
            if self.request.transport is not None:
                self.request.transport.abort()
            raise
        await response.write_eof()


Handler = Callable[..., Awaitable[Any]]
Limit = Literal["default", "off"]


@dataclass(frozen=True)
class Route:
    """One line of the route table.

    `takes` says which principals; None is everybody, signed in or not. `status` is what success answers;
    `also` names further answers, and `gives` the shape of success where the handler's annotation does not, for the
    documentation. `versioned` sends and honours ETags; `once` honours
    Idempotency-Key (a handler that takes a `form` or the body's `digest` does that by itself, with `Call.once`: all within is one transaction); `roles` narrows counselors and staff. `fresh_seconds` is how long anybody may keep the answer,
    where it is the same for everybody.
    """

    method: str
    path: str
    handler: Handler
    takes: frozenset[Kind] | None
    status: int = 200
    also: Mapping[int, str] = field(default_factory=dict)
    versioned: bool = False
    once: bool = False
    roles: frozenset[str] | None = None
    limit: Limit = "default"
    gives: Any = None
    fresh_seconds: int = 0

    @property
    def aiohttp_path(self) -> str:
        patterns = {name: _UUID if kind is UUID else SIGNED for name, kind in self.path_kinds.items()}
        return re.sub(r"\{(\w+)\}", lambda found: f"{{{found[1]}:{patterns[found[1]]}}}", f"/api{self.path}")

    @property
    def path_kinds(self) -> dict[str, Any]:
        """What the path holds, by name: ids as UUID, signed words as str."""
        return {name: self.hints[name] for name in re.findall(r"\{(\w+)\}", self.path)}

    @cached_property
    def hints(self) -> dict[str, Any]:
        return get_type_hints(self.handler, include_extras=True)

    @property
    def body(self) -> type[Body] | None:
        found: type[Body] | None = self.hints.get("body")
        return found

    @property
    def query(self) -> type[Query] | None:
        found: type[Query] | None = self.hints.get("query")
        return found

    @property
    def success(self) -> Any:
        """The shape of a successful answer; None where there is none in JSON."""
        if self.gives is not None:
            return self.gives
        found = self.hints.get("return")
        return found if found is not None and (not isinstance(found, type) or issubclass(found, msgspec.Struct)) else None

    @property
    def summary(self) -> str:
        return (inspect.getdoc(self.handler) or "").split("\n")[0]


class _Nothing(Body):
    """No fields at all."""


class _NoQuery(Query):
    """No parameters at all."""


def serve(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The aiohttp handler of a route, with all that can be known beforehand worked out."""
    hints, handler = route.hints, route.handler
    body_type, query_type = route.body or _Nothing, route.query or _NoQuery
    reads_form, reads_raw, reads_digest = "form" in hints, "raw" in hints, "digest" in hints
    reads_body = not reads_form and not reads_raw and (route.method in ("POST", "PUT") or route.body is not None)
    once = route.once and not reads_form and not reads_digest
    path_kinds = route.path_kinds

    async def handle(request: web.Request) -> web.StreamResponse:
        call = Call(request)
        request[LIMITS] = limits.listen()
        await _admit(call, route)
        arguments: dict[str, Any] = {name: kind(request.match_info[name]) for name, kind in path_kinds.items()}
        query = read_query(request, query_type)
        if route.query is not None:
            arguments["query"] = query
        digest = b""
        if reads_body:
            sent, digest = await read_json(request)
            body = schema.convert(body_type, sent)
            if route.body is not None:
                arguments["body"] = body
        elif reads_form:
            arguments["form"] = Form(request)
        elif reads_raw:
            arguments["raw"] = await read_raw(request)
        if reads_digest:
            arguments["digest"] = digest

        async def work() -> Any:
            return _as_answer(await handler(call, **arguments), route)

        result = await (call.once(digest, work) if once else work())
        return result if isinstance(result, web.StreamResponse) else _respond(request, result, route)

    return handle


def _as_answer(result: Any, route: Route) -> Answer | web.StreamResponse:
    if isinstance(result, Answer | web.StreamResponse):
        return result
    if result is None:
        return Answer(204 if route.status == 200 else route.status)
    headers = {"ETag": version(result)} if route.versioned else {}
    return Answer(route.status, encode(result), headers)


def _respond(request: web.Request, result: Answer, route: Route) -> web.Response:
    headers = dict(result.headers)
    # Those that need no sign-in too: several of them answer with tokens.
    headers.setdefault("Cache-Control", f"public, max-age={route.fresh_seconds}" if route.fresh_seconds else "private, no-store")
    if route.versioned and route.method == "GET" and "ETag" in headers and _matches(request.headers.get("If-None-Match"), headers["ETag"]):
        return web.Response(status=304, headers=headers)
    if result.body is None:
        return web.Response(status=result.status, headers=headers)
    headers.setdefault("Content-Type", "application/json; charset=utf-8")
    return web.Response(status=result.status, body=result.body, headers=headers)


def _matches(header: str | None, tag: str) -> bool:
    return header is not None and (header.strip() == "*" or tag in [each.strip().removeprefix("W/") for each in header.split(",")])


async def _admit(call: Call, route: Route) -> None:
    """Who is calling, may they, and not too often. Raises Unauthenticated, Forbidden, RateLimited, BadRequest."""
    request = call.request
    if len(request.headers.getall("Host", ())) != 1:
        raise BadRequest("Send exactly one Host header")
    if route.takes is None:
        if route.limit != "off":
            limit_address(request)
        return
    try:
        call.principal_or_none = principal = await tokens.verify(bearer(request))
    except Unauthenticated:
        limit_address(request)
        raise
    request[PRINCIPAL] = principal
    _limit("default", runtime.settings().limit_default, principal.id.hex)
    if principal.kind not in route.takes or (route.roles is not None and principal.role not in route.roles):
        raise Forbidden


def limit_address(request: web.Request) -> None:
    """Count a request of nobody who is signed in. Raises RateLimited."""
    _limit("unauthenticated", runtime.settings().limit_unauthenticated, address_key(client_address(request)))


def _limit(rule: str, rate: Rate, key: str) -> None:
    """Count a request; whatever answers it tells what is left. Raises RateLimited."""
    standing = limiter().hit(rule, rate, key)
    limits.tell(standing)
    if standing is not None and not standing.allowed:
        raise standing.refusal()


def bearer(request: web.Request) -> str:
    """The access token a request carries. Raises Unauthenticated, BadRequest for two."""
    sent = request.headers.getall("Authorization", ())
    if len(sent) > 1:
        raise BadRequest("Send one Authorization header")
    if not sent:
        raise Unauthenticated
    scheme, _, token = sent[0].partition(" ")
    if scheme.lower() != "bearer" or not token or len(token) > 4096:
        raise Unauthenticated
    return token


def client_address(request: web.Request) -> str:
    """Where the caller is, as limits count it: the nearest hop in X-Forwarded-For that is no trusted proxy, or the peer itself."""
    peer = request.transport.get_extra_info("peername") if request.transport else None
    address = peer[0] if isinstance(peer, tuple) else "local"
    trusted = runtime.settings().trusted_proxies
    if trusted and is_trusted(address, trusted):
        for hop in reversed([hop.strip() for header in request.headers.getall("X-Forwarded-For", ()) for hop in header.split(",")]):
            address = hop
            if not is_trusted(hop, trusted):
                break
    return networks.counted(readable(address[:64]))


@lru_cache(1000)
def is_trusted(address: str, trusted: tuple[Any, ...]) -> bool:
    found = networks.address(address)
    return found is not None and any(found in network for network in trusted)
