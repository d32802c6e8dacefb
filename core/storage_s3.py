"""Files in an S3 bucket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aioboto3
from botocore.config import Config
from botocore.exceptions import ClientError

from core.storage import CHUNK, NoSuchFile, checked

_PART = 8 * 1024 * 1024


class S3Storage:
    """An S3 bucket; uploads go in parts, so that a file is never whole in memory."""

    def __init__(self, bucket: str, endpoint: str | None) -> None:
        self._bucket = bucket
        self._endpoint = endpoint
        self._session = aioboto3.Session()

    def _client(self) -> Any:
        return self._session.client("s3", endpoint_url=self._endpoint, config=Config(connect_timeout=5, read_timeout=20, retries={"max_attempts": 3}))

    async def put(self, key: str, chunks: AsyncIterator[bytes]) -> int:
        place, size, held = {"Bucket": self._bucket, "Key": checked(key)}, 0, bytearray()
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
        async with self._client() as s3:
            await s3.delete_object(Bucket=self._bucket, Key=checked(key))
