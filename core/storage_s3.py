"""Files in an S3 bucket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import aioboto3
from botocore.config import Config
from botocore.exceptions import ClientError

from core.storage import CHUNK, NoSuchFile, checked

_PART = 8 * 1024 * 1024


class S3Storage:
    """An S3 bucket. A file that fits in one part is sent in one request; a larger one goes in parts, so that it is never whole in memory."""

    def __init__(self, bucket: str, endpoint: str | None) -> None:
        self._bucket = bucket
        self._endpoint = endpoint
        self._session = aioboto3.Session()
        self._opened = AsyncExitStack()
        self._opening = asyncio.Lock()
        self._s3: Any = None

    async def _client(self) -> Any:
        """The process's one, opened for whoever needs it first: its connections are used again."""
        async with self._opening:
            if self._s3 is None:
                config = Config(connect_timeout=5, read_timeout=20, retries={"max_attempts": 3}, max_pool_connections=50)
                self._s3 = await self._opened.enter_async_context(self._session.client("s3", endpoint_url=self._endpoint, config=config))
        return self._s3

    async def close(self) -> None:
        await self._opened.aclose()
        self._s3 = None

    async def put(self, key: str, chunks: AsyncIterator[bytes]) -> int:
        place, size, held = {"Bucket": self._bucket, "Key": checked(key)}, 0, bytearray()
        s3, upload, parts = await self._client(), "", list[dict[str, Any]]()

        async def send() -> None:
            answer = await s3.upload_part(**place, UploadId=upload, PartNumber=len(parts) + 1, Body=bytes(held))
            parts.append({"PartNumber": len(parts) + 1, "ETag": answer["ETag"]})
            held.clear()

        try:
            async for chunk in chunks:
                held += chunk
                size += len(chunk)
                if len(held) >= _PART:
                    upload = upload or (await s3.create_multipart_upload(**place))["UploadId"]
                    await send()
            if not upload:
                await s3.put_object(**place, Body=bytes(held))
            else:
                if held:
                    await send()
                await s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": parts})
        except BaseException:
            if upload:
                await s3.abort_multipart_upload(**place, UploadId=upload)
            raise
        return size

    async def get(self, key: str) -> AsyncIterator[bytes]:
        s3 = await self._client()
        try:
            answer = await s3.get_object(Bucket=self._bucket, Key=checked(key))
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                raise NoSuchFile(key) from None
            raise
        body = answer["Body"]  # entering it would give the bare response, which knows no chunks
        try:
            async for chunk in body.iter_chunks(CHUNK):
                yield chunk
        finally:
            body.close()

    async def delete(self, key: str) -> None:
        s3 = await self._client()
        await s3.delete_object(Bucket=self._bucket, Key=checked(key))
