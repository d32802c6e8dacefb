"""Files, on disk and on S3: whole or not at all, under keys that are ours."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import aioboto3
import pytest

from core import storage as stores
from core.settings import Settings
from core.storage import LocalStorage, NoSuchFile, Storage
from core.storage_s3 import S3Storage


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """Moto's S3 on loopback, in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        deadline = time.monotonic() + 30
        while True:
            try:
                opener.open(url, timeout=1).close()
                break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)  # between two looks: the server announces nothing
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def session() -> aioboto3.Session:
    """One for all: what describes S3 is read once for each, and is a megabyte."""
    return aioboto3.Session()


@pytest.fixture(params=["local", "s3"])
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    if request.param == "local":
        yield LocalStorage(tmp_path / "files")
        return
    request.getfixturevalue("aws")
    bucket = f"bucket-{uuid4().hex}"
    found = S3Storage(bucket, request.getfixturevalue("s3"))
    found._session = request.getfixturevalue("session")
    await (await found._client()).create_bucket(Bucket=bucket)
    yield found
    await found.close()


async def _chunks(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def _read(storage: Storage, key: str) -> bytes:
    return b"".join([chunk async for chunk in storage.get(key)])


async def _all(storage: Any) -> list[str]:
    """What is stored, and what was left half-way."""
    if isinstance(storage, LocalStorage):
        return [str(path) for path in storage._folder.rglob("*") if path.is_file()]
    client = await storage._client()
    kept = [each["Key"] for each in (await client.list_objects_v2(Bucket=storage._bucket)).get("Contents", [])]
    begun = [each["Key"] for each in (await client.list_multipart_uploads(Bucket=storage._bucket)).get("Uploads", [])]
    return kept + begun


@pytest.mark.parametrize(
    "pieces", [(), (b"",), (b"x",), (b"ab", b"", b"cd"), (b"\x00\xff" * 300_000, b"end"), (b"p" * 3_000_000,) * 6], ids=["nothing", "empty", "one", "some", "large", "parts"]
)
async def test_what_was_put_is_got(storage: Storage, pieces: tuple[bytes, ...]) -> None:
    whole = b"".join(pieces)
    assert await storage.put("imports/a/b", _chunks(*pieces)) == len(whole)
    assert await _read(storage, "imports/a/b") == whole
    await storage.put("imports/a/b", _chunks(b"second"))
    assert await _read(storage, "imports/a/b") == b"second"


async def test_what_was_deleted_is_gone_and_deleting_again_is_fine(storage: Storage) -> None:
    await storage.put("imports/a/b", _chunks(b"x"))
    for _ in range(2):
        await storage.delete("imports/a/b")
    with pytest.raises(NoSuchFile):
        await _read(storage, "imports/a/b")
    assert await _all(storage) == []


@pytest.mark.parametrize("before", [0, 1, 10_000_000])
async def test_an_upload_that_breaks_off_leaves_nothing(storage: Storage, before: int) -> None:
    async def breaks_off() -> AsyncIterator[bytes]:
        for _ in range(before // 1_000_000):
            yield b"x" * 1_000_000
        yield b"x" * (before % 1_000_000)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await storage.put("imports/a/b", breaks_off())
    assert await _all(storage) == []


async def test_an_upload_that_breaks_off_keeps_what_was_there(storage: Storage) -> None:
    await storage.put("imports/a/b", _chunks(b"first"))

    async def breaks_off() -> AsyncIterator[bytes]:
        yield b"second"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await storage.put("imports/a/b", breaks_off())
    assert await _read(storage, "imports/a/b") == b"first"
    assert len(await _all(storage)) == 1


NO_KEYS = [
    "",
    "a",
    "/etc/passwd",
    "imports/../../x",
    "imports/..",
    "imports//x",
    "imports/x/",
    "../x",
    "Imports/x",
    "imports/a b",
    "imports/x\n",
    "imports/x\x00",
    "imports/ü",
    "imports/.",
    "imports/./x",
    "C:\\x/y",
]


async def test_a_key_that_is_not_ours_is_refused(storage: Storage) -> None:
    for key in NO_KEYS:
        with pytest.raises(ValueError, match="not a storage key"):
            await storage.put(key, _chunks(b"x"))
        with pytest.raises(ValueError, match="not a storage key"):
            await _read(storage, key)
        with pytest.raises(ValueError, match="not a storage key"):
            await storage.delete(key)
    assert await _all(storage) == []


async def test_a_reader_gets_chunks_not_the_whole(storage: Storage) -> None:
    await storage.put("imports/a/b", _chunks(b"x" * 1_000_000))
    sizes = [len(chunk) async for chunk in storage.get("imports/a/b")]
    assert sum(sizes) == 1_000_000
    assert max(sizes) <= 256 * 1024


@pytest.mark.parametrize("storage", ["s3"], indirect=True)
async def test_what_fits_in_one_part_is_one_request_over_the_one_client(storage: S3Storage) -> None:
    client, asked = await storage._client(), []
    client.meta.events.register("before-call.s3", lambda model, **_: asked.append(model.name))
    await storage.put("imports/a/small", _chunks(b"ab", b"cd"))
    assert await _read(storage, "imports/a/small") == b"abcd"
    await storage.put("imports/a/large", _chunks(*[b"p" * 3_000_000] * 6))
    assert asked == ["PutObject", "GetObject", "CreateMultipartUpload", "UploadPart", "UploadPart", "CompleteMultipartUpload"]
    assert await storage._client() is client
    await storage.close()
    # Whoever comes late all the same opens another.
    assert await _read(storage, "imports/a/small") == b"abcd"
    assert await storage._client() is not client


async def test_files_on_disk_go_with_the_home(tmp_path: Path) -> None:
    chosen = Settings.from_env({"MENTALSPACE_HOME": str(tmp_path)})
    storage = stores.storage_for(chosen)
    await storage.put("avatars/a", _chunks(b"x"))
    assert (tmp_path / "files" / "avatars" / "a").read_bytes() == b"x"
    assert [path.name for path in (tmp_path / "files" / "avatars").iterdir()] == ["a"]
    assert isinstance(stores.storage_for(Settings.from_env({"MENTALSPACE_HOME": str(tmp_path), "S3_BUCKET": "files"})), S3Storage)
