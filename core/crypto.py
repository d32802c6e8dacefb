"""Sealing: AES-256-GCM with associated data, so that a value opens only with its key and in its place.

Layout of a sealed value: one version byte, 12 bytes of nonce, ciphertext with its 16-byte tag.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import struct
from collections.abc import AsyncIterator
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_NONCE, _TAG = 12, 16
_CHUNK = 64 * 1024


class CannotOpen(Exception):
    """The value was altered, moved from its place, or its key is gone."""


class Key:
    """A 32-byte key that seals and opens."""

    __slots__ = ("_aead", "secret")

    def __init__(self, secret: bytes) -> None:
        self.secret = secret
        self._aead = AESGCM(secret)

    @classmethod
    def new(cls) -> Key:
        return cls(os.urandom(32))

    def seal_bytes(self, plain: bytes, place: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return _VERSION + nonce + self._aead.encrypt(nonce, plain, place)

    def open_bytes(self, sealed: bytes, place: bytes) -> bytes:
        """Raises CannotOpen."""
        if sealed[:1] != _VERSION or len(sealed) < 1 + _NONCE + _TAG:
            raise CannotOpen("unknown version, or cut short")
        try:
            return self._aead.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], place)
        except InvalidTag:
            raise CannotOpen("altered, moved, or another key's") from None

    def seal(self, text: str | None, column: str, row: UUID) -> bytes | None:
        """Seal a column's text to the row it belongs to; None stays None."""
        return None if text is None else self.seal_bytes(text.encode(), place(column, row))

    def open(self, sealed: bytes | None, column: str, row: UUID) -> str | None:
        """Raises CannotOpen."""
        return None if sealed is None else self.open_bytes(sealed, place(column, row)).decode()


def place(column: str, row: UUID) -> bytes:
    return column.encode() + b"\x00" + row.bytes


def derive(master: str, purpose: str) -> bytes:
    """32 bytes for one purpose from a master secret (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=32, salt=b"mentalspace", info=purpose.encode()).derive(master.encode())


def mac(secret: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA256 over the parts, each with its length, so that no two lists of parts look the same."""
    digest = hmac.new(secret, digestmod=hashlib.sha256)
    for part in parts:
        digest.update(struct.pack(">I", len(part)) + part)
    return digest.digest()


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Raises ValueError unless `text` is the one canonical spelling of some bytes."""
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if b64(raw) != text:
        raise ValueError("not canonical")
    return raw


async def seal_stream(key: Key, name: str, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Seal a stream of any length piece by piece; a piece left out, added or moved makes it unreadable."""
    index, held = 0, b""
    async for chunk in chunks:
        held += chunk
        while len(held) > _CHUNK:
            yield _frame(key, name, index, held[:_CHUNK], last=False)
            held, index = held[_CHUNK:], index + 1
    yield _frame(key, name, index, held, last=True)


def _frame(key: Key, name: str, index: int, piece: bytes, *, last: bool) -> bytes:
    sealed = key.seal_bytes(piece, f"{name}#{index}#{last}".encode())
    return struct.pack(">IB", len(sealed), last) + sealed


async def open_stream(key: Key, name: str, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The reverse of `seal_stream`. Raises CannotOpen, also when the end is missing."""
    index, held, ended = 0, b"", False
    async for chunk in chunks:
        held += chunk
        while len(held) >= 5:
            size, last = struct.unpack(">IB", held[:5])
            if len(held) < 5 + size:
                break
            if ended:
                raise CannotOpen("more after the end")
            yield key.open_bytes(held[5 : 5 + size], f"{name}#{index}#{bool(last)}".encode())
            held, index, ended = held[5 + size :], index + 1, bool(last)
    if not ended or held:
        raise CannotOpen("cut short")
