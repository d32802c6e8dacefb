"""Files, by keys that the server chooses: on local disk, or on S3 when a bucket is set."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Protocol

import aioboto3
from botocore.config import Config
from botocore.exceptions import ClientError

from core.settings import Settings

_KEY = re.compile(r"[a-z]+(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+\Z")
_CHUNK = 256 * 1024
_PART = 8 * 1024 * 1024


class NoSuchFile(Exception):
    """Nothing is stored under that key."""


class Storage(Protocol):
    async def put(self, key: str, chunks: AsyncIterator[bytes]) -> int:
        """Store a stream whole or not at all; returns its bytes."""

    def get(self, key: str) -> AsyncIterator[bytes]:
        """Read a file in chunks. Raises NoSuchFile."""

    async def delete(self, key: str) -> None:
        """Forget a file; one that is not there is fine."""


def _checked(key: str) -> str:
    if not _KEY.match(key) or ".." in key:
        raise ValueError(f"not a storage key: {key!r}")
    return key


class LocalStorage:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, key: str) -> Path:
        return self._folder / _checked(key)

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
            while chunk := await asyncio.to_thread(file.read, _CHUNK):
                yield chunk

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)


def _to_disk(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())


class S3Storage:
    """An S3 bucket; uploads go in parts, so that a file is never whole in memory."""

    def __init__(self, bucket: str, endpoint: str | None) -> None:
        self._bucket = bucket
        self._endpoint = endpoint
        self._session = aioboto3.Session()

    def _client(self) -> Any:
        return self._session.client("s3", endpoint_url=self._endpoint, config=Config(connect_timeout=5, read_timeout=20, retries={"max_attempts": 3}))

    async def put(self, key: str, chunks: AsyncIterator[bytes]) -> int:
        place, size, held = {"Bucket": self._bucket, "Key": _checked(key)}, 0, bytearray()
        parts: list[dict[str, Any]] = []
        async with self._client() as s3:
            upload = (await s3.create_multipart_upload(**place))["UploadId"]

            async def send() -> None:
                answer = await s3.upload_part(**place, UploadId=upload, PartNumber=len(parts) + 1, Body=bytes(held))
                parts.append({"PartNumber": len(parts) + 1, "ETag": answer["ETag"]})
                held.clear()

            try:
                async for chunk in chunks:
                    held += chunk
                    size += len(chunk)
                    if len(held) >= _PART:
                        await send()
                if held or not parts:
                    await send()
                await s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": parts})
            except BaseException:
                await s3.abort_multipart_upload(**place, UploadId=upload)
                raise
        return size

    async def get(self, key: str) -> AsyncIterator[bytes]:
        async with self._client() as s3:
            try:
                answer = await s3.get_object(Bucket=self._bucket, Key=_checked(key))
            except ClientError as error:
                if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                    raise NoSuchFile(key) from None
                raise
            body = answer["Body"]  # entering it would give the bare response, which knows no chunks
            try:
                async for chunk in body.iter_chunks(_CHUNK):
                    yield chunk
            finally:
                body.close()

    async def delete(self, key: str) -> None:
        async with self._client() as s3:
            await s3.delete_object(Bucket=self._bucket, Key=_checked(key))


def storage_for(settings: Settings) -> Storage:
    if settings.s3_bucket:
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
