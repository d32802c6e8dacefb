"""What every request goes through: who is calling, may they, what they sent, the handler, its answer."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, get_type_hints
from uuid import UUID

import msgspec
from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError

from api import idempotency, schema
from api.answers import Answer, encode
from api.app_keys import LIMIT_HEADERS, PRINCIPAL
from api.schema import Body, Query
from core import keys, networks, runtime
from core.limits import Standing, limiter
from core.problem import Forbidden, Invalid, Problem, Unauthenticated
from core.settings import Settings
from core.views import version
from domain.access import Kind, Principal, tokens
from domain.sign_in import Caller

BODY_SECONDS = 10
UPLOAD_STALL_SECONDS = 15
MOST_BODY_BYTES = 256 * 1024
# Of those who send what is theirs to choose; SendGrid gathers up to 768 KB of events.
MOST_RAW_BYTES = 1024 * 1024
USER, COUNSELOR, STAFF = frozenset[Kind](["user"]), frozenset[Kind](["counselor"]), frozenset[Kind](["staff"])
ANYONE_SIGNED_IN = USER | COUNSELOR | STAFF

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# A word that we signed, in base64url; what it means is its reader's business.
SIGNED = "[A-Za-z0-9_-]{48}"


class BadRequest(Problem):
    pass


class UnsupportedMedia(Problem):
    status, code, title = 415, "unsupported_media_type", "Send JSON, as application/json, not encoded"


class TooLarge(Problem):
    status, code, title = 413, "too_large", "The body is too large"


class TooSlow(Problem):
    status, code, title = 408, "too_slow", "The body did not arrive in time"


@dataclass(slots=True)
class Call:
    """One request, as a handler sees it."""

    request: web.Request
    principal_or_none: Principal | None = None
    headers: dict[str, str] = field(default_factory=dict)

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
        return Caller(client_address(self.request), _readable(self.request.headers.get("User-Agent", "")[:200]))

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
    Idempotency-Key; `roles` narrows counselors and staff. `fresh_seconds` is how long anybody may keep the answer,
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

    @property
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
    hints, handler, takes = route.hints, route.handler, route.takes
    body_type, query_type = route.body or _Nothing, route.query or _NoQuery
    reads_form, reads_raw = "form" in hints, "raw" in hints
    reads_body = not reads_form and not reads_raw and (route.method in ("POST", "PUT") or route.body is not None)
    path_kinds = route.path_kinds

    async def handle(request: web.Request) -> web.StreamResponse:
        call = Call(request)
        standing = await _admit(call, route, takes)
        if standing is not None:
            request[LIMIT_HEADERS] = standing.headers()
        try:
            arguments: dict[str, Any] = {name: kind(request.match_info[name]) for name, kind in path_kinds.items()}
            query = _read_query(request, query_type)
            if route.query is not None:
                arguments["query"] = query
            digest = b""
            if reads_body:
                sent, digest = await _read_body(request)
                body = schema.convert(body_type, sent)
                if route.body is not None:
                    arguments["body"] = body
            elif reads_form:
                arguments["form"] = Form(request)
            elif reads_raw:
                arguments["raw"] = await _read_raw(request)

            async def work() -> Any:
                return _as_answer(await handler(call, **arguments), route)

            result = await (call.once(digest, work) if route.once and not reads_form else work())
        except Problem as problem:
            if standing is not None:
                problem.headers = {**standing.headers(), **problem.headers}
            raise
        if isinstance(result, web.StreamResponse):
            return result
        return _respond(request, result, route, standing)

    return handle


def _as_answer(result: Any, route: Route) -> Answer | web.StreamResponse:
    if isinstance(result, Answer | web.StreamResponse):
        return result
    if result is None:
        return Answer(204 if route.status == 200 else route.status)
    headers = {"ETag": version(result)} if route.versioned else {}
    return Answer(route.status, encode(result), headers)


def _respond(request: web.Request, result: Answer, route: Route, standing: Standing | None) -> web.Response:
    headers = {**result.headers, **(standing.headers() if standing is not None else {})}
    # Those that need no sign-in too: several of them answer with tokens.
    headers.setdefault("Cache-Control", f"public, max-age={route.fresh_seconds}" if route.fresh_seconds else "private, no-store")
    if route.versioned and route.method == "GET" and _matches(request.headers.get("If-None-Match"), headers.get("ETag", "")):
        return web.Response(status=304, headers=headers)
    if result.body is None:
        return web.Response(status=result.status, headers=headers)
    headers.setdefault("Content-Type", "application/json; charset=utf-8")
    return web.Response(status=result.status, body=result.body, headers=headers)


def _matches(header: str | None, tag: str) -> bool:
    return header is not None and (header.strip() == "*" or tag in [each.strip().removeprefix("W/") for each in header.split(",")])


async def _admit(call: Call, route: Route, takes: frozenset[Kind] | None) -> Standing | None:
    """Who is calling, may they, and not too often. Raises Unauthenticated, Forbidden, RateLimited, BadRequest."""
    request, chosen = call.request, runtime.settings()
    if len(request.headers.getall("Host", ())) != 1:
        raise BadRequest("Send exactly one Host header")
    if takes is None:
        return None if route.limit == "off" else limit_address(request, chosen)
    try:
        call.principal_or_none = principal = await tokens.verify(bearer(request))
    except Unauthenticated as refused:
        standing = limit_address(request, chosen)
        refused.headers = {**refused.headers, **(standing.headers() if standing else {})}
        raise
    request[PRINCIPAL] = principal
    standing = limiter().hit("default", chosen.limit_default, principal.id.hex)
    if standing is not None and not standing.allowed:
        raise standing.refusal()
    if principal.kind not in takes or (route.roles is not None and principal.role not in route.roles):
        raise Forbidden(headers=standing.headers() if standing else {})
    return standing


def limit_address(request: web.Request, chosen: Settings) -> Standing | None:
    """Count a request of nobody who is signed in. Raises RateLimited."""
    standing = limiter().hit("unauthenticated", chosen.limit_unauthenticated, _address_key(client_address(request)))
    if standing is not None and not standing.allowed:
        raise standing.refusal()
    return standing


@lru_cache(10_000)
def _address_key(address: str) -> str:
    return keys.keys().mac("device", address.encode()).hex()[:24]


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
    return networks.counted(_readable(address[:64]))


def _readable(header: str) -> str:
    """Bytes that are not UTF-8 come as lone surrogates, which nothing can store."""
    return header.encode(errors="replace").decode()


@lru_cache(1000)
def is_trusted(address: str, trusted: tuple[Any, ...]) -> bool:
    found = networks.address(address)
    return found is not None and any(found in network for network in trusted)


def _read_query(request: web.Request, kind: type[Query]) -> Query:
    sent = request.query
    if not sent:
        return schema.convert(kind, {}, strict=False)
    repeated = [name for name in set(sent) if len(sent.getall(name)) > 1]
    if repeated:
        raise Invalid([(name, "is given more than once") for name in repeated])
    return schema.convert(kind, dict(sent), strict=False)


async def _read_body(request: web.Request) -> tuple[Any, bytes]:
    """The parsed body and a digest of it. Raises UnsupportedMedia, TooLarge, TooSlow, MalformedBody."""
    refuse_encodings(request)
    if (request.content_length or 0) > MOST_BODY_BYTES:
        raise TooLarge
    try:
        async with asyncio.timeout(BODY_SECONDS):
            raw = await request.read()
    except TimeoutError:
        raise TooSlow from None
    except web.HTTPRequestEntityTooLarge:
        raise TooLarge from None
    except (web.RequestPayloadError, ConnectionError):
        raise BadRequest("The body did not arrive whole") from None
    if not raw:
        return {}, b""
    if request.content_type != "application/json" or (request.charset or "utf-8").lower() not in ("utf-8", "utf8"):
        raise UnsupportedMedia
    return schema.parse_json(raw), hashlib.sha256(raw).digest()


async def _read_raw(request: web.Request) -> bytes:
    """The body as it came, of whatever media type. Raises UnsupportedMedia, TooLarge, TooSlow, BadRequest."""
    refuse_encodings(request)
    raw = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.content.iter_any():
                raw += chunk
                if len(raw) > MOST_RAW_BYTES:
                    raise TooLarge
    except TimeoutError:
        raise TooSlow from None
    except (web.RequestPayloadError, HttpProcessingError, ConnectionError):
        raise BadRequest("The body did not arrive whole") from None
    return bytes(raw)


def refuse_encodings(request: web.Request) -> None:
    if "Content-Encoding" in request.headers:
        raise UnsupportedMedia("No Content-Encoding is taken")


class Form:
    """A multipart upload: text fields, then one `file`, read as it arrives."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self.fields: dict[str, str] = {}

    async def file(self, allowed_fields: tuple[str, ...], most_bytes: int) -> AsyncIterator[bytes]:
        """The file's bytes. Fields before and after it land in `fields`.

        Raises UnsupportedMedia, Invalid for a missing file or an unknown or repeated part, TooLarge, TooSlow.
        """
        refuse_encodings(self._request)
        if self._request.content_type != "multipart/form-data":
            raise UnsupportedMedia("Send multipart/form-data with the field `file`")
        try:
            reader = await self._request.multipart()
        except (ValueError, AssertionError):
            raise BadRequest("The multipart body is malformed") from None
        seen = False
        while (part := await self._next(reader)) is not None:
            name = _readable(part.name or "")
            if name == "file" and not seen:
                seen = True
                size = 0
                while chunk := await self._within(part.read_chunk(64 * 1024)):
                    size += len(chunk)
                    if size > most_bytes:
                        raise TooLarge(f"The file is larger than {most_bytes // 1_000_000} MB")
                    yield chunk
            elif name in allowed_fields and name not in self.fields:
                self.fields[name] = await self._text(part)
            else:
                raise Invalid([(name or "(nameless)", "is given more than once" if name in ("file", *allowed_fields) else "is not a known field")])
        if not seen:
            raise Invalid([("file", "is required")])

    async def _next(self, reader: Any) -> BodyPartReader | None:
        part = await self._within(reader.next())
        if part is not None and not isinstance(part, BodyPartReader):
            raise BadRequest("The multipart body is malformed")
        return part

    async def _text(self, part: BodyPartReader) -> str:
        raw = b""
        while chunk := await self._within(part.read_chunk(16 * 1024)):
            raw += chunk
            if len(raw) > 64 * 1024:
                raise TooLarge
        try:
            return raw.decode()
        except UnicodeDecodeError:
            raise BadRequest("A field is not UTF-8") from None

    async def _within(self, reading: Awaitable[Any]) -> Any:
        try:
            async with asyncio.timeout(UPLOAD_STALL_SECONDS):
                return await reading
        except TimeoutError:
            raise TooSlow from None
        except (ValueError, AssertionError, web.RequestPayloadError, HttpProcessingError, ConnectionError):
            raise BadRequest("The multipart body is malformed") from None
