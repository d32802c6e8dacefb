"""What a request carries: its query, its body as JSON, as bytes or as a form; each read strictly, bounded in size and time."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable
from typing import Any

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError

from api import schema
from api.schema import Query
from core.problem import Invalid, Problem

BODY_SECONDS = 10
UPLOAD_STALL_SECONDS = 15
MOST_BODY_BYTES = 256 * 1024
# Of those who send what is theirs to choose; SendGrid gathers up to 768 KB of events.
MOST_RAW_BYTES = 1024 * 1024


class BadRequest(Problem):
    pass


class UnsupportedMedia(Problem):
    status, code, title = 415, "unsupported_media_type", "Send JSON, as application/json, not encoded"


class TooLarge(Problem):
    status, code, title = 413, "too_large", "The body is too large"


class TooSlow(Problem):
    status, code, title = 408, "too_slow", "The body did not arrive in time"


def readable(header: str) -> str:
    """Bytes that are not UTF-8 come as lone surrogates, which nothing can store."""
    return header.encode(errors="replace").decode()


def read_query(request: web.Request, kind: type[Query]) -> Query:
    sent = request.query
    if not sent:
        return schema.convert(kind, {}, strict=False)
    repeated = [name for name in set(sent) if len(sent.getall(name)) > 1]
    if repeated:
        raise Invalid([(name, "is given more than once") for name in repeated])
    return schema.convert(kind, dict(sent), strict=False)


async def read_json(request: web.Request) -> tuple[Any, bytes]:
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
        if request.headers.get("Content-Type") and request.content_type == "application/json":
            raise schema.MalformedBody
        return {}, b""
    if request.content_type != "application/json" or (request.charset or "utf-8").lower() not in ("utf-8", "utf8"):
        raise UnsupportedMedia
    return schema.parse_json(raw), hashlib.sha256(raw).digest()


async def read_raw(request: web.Request) -> bytes:
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
            name = readable(part.name or "")
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
