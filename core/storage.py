"""Files, by keys that the server chooses: on local disk, or on S3 when a bucket is set."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Protocol

from core.settings import Settings

_KEY = re.compile(r"[a-z]+(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+\Z")
CHUNK = 256 * 1024


class NoSuchFile(Exception):
    """Nothing is stored under that key."""


class Storage(Protocol):
    async def put(self, key: str, chunks: AsyncIterator[bytes]) -> int:
        """Store a stream whole or not at all; returns its bytes."""

    def get(self, key: str) -> AsyncIterator[bytes]:
        """Read a file in chunks. Raises NoSuchFile."""

    async def delete(self, key: str) -> None:
        """Forget a file; one that is not there is fine."""

    async def close(self) -> None:
        """Let go of what is open."""


def checked(key: str) -> str:
    """The key, if it is one that the server could have chosen. Raises ValueError."""
    if not _KEY.match(key) or ".." in key:
        raise ValueError(f"not a storage key: {key!r}")
    return key


class LocalStorage:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, key: str) -> Path:
        return self._folder / checked(key)

    async def put(self, key: str, chunks: AsyncIterator[bytes]) -> int:
        path, size = self._path(key), 0
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
        try:
            with await asyncio.to_thread(draft.open, "wb") as file:
                async for chunk in chunks:
                    await asyncio.to_thread(file.write, chunk)
                    size += len(chunk)
                await asyncio.to_thread(_to_disk, file)
            await asyncio.to_thread(draft.replace, path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        return size

    async def get(self, key: str) -> AsyncIterator[bytes]:
        try:
            file = await asyncio.to_thread(self._path(key).open, "rb")
        except FileNotFoundError:
            raise NoSuchFile(key) from None
        with file:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    async def close(self) -> None:
        """Nothing stays open."""


def _to_disk(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())


def storage_for(settings: Settings) -> Storage:
    if settings.s3_bucket:
        from core.storage_s3 import S3Storage  # noqa: PLC0415 (its client takes a tenth of a second to load)

        return S3Storage(settings.s3_bucket, settings.s3_endpoint_url)
    return LocalStorage(settings.home / "files")


_storage: Storage | None = None


def use(storage: Storage) -> None:
    global _storage  # noqa: PLW0603 (one storage a process)
    _storage = storage


def storage() -> Storage:
    """The process's storage. Raises RuntimeError before `use`."""
    if _storage is None:
        raise RuntimeError("core.storage.use() has not been called")
    return _storage
