"""Avatars: taken, made anew as squares, served to everybody, and gone when replaced or removed."""

from __future__ import annotations

import asyncio
import io
import json
from contextlib import AsyncExitStack
from typing import Any, cast
from uuid import UUID

import pytest
from PIL import Image

from core import clock, db, jobs, keys, runtime
from core import storage as stores
from core.settings import parse_rate
from core.storage import storage
from core.storage_s3 import S3Storage
from domain import avatars, upkeep
from domain.avatars import MakeAvatar
from tests.core.test_storage import aws, s3
from tests.files import HUGE, PDF, huge_jpeg, long_gif, path_of, picture, with_gps
from tests.people import Account, Answered, World, do_jobs, upload
from tests.settings import configure
from workers import avatars as handlers
from workers import images

SIZES = ("64", "256", "512")
__all__ = ["aws", "s3"]


async def send(who: Account, content: bytes, *, filename: str = "me.jpg", **headers: str) -> Answered:
    return await who.post("/users/avatar", form=upload(content, filename=filename), headers=headers)


async def avatar(who: Account) -> Any:
    return (await who.get("/users/profile")).json["avatar"]


async def with_avatar(world: World, content: bytes | None = None) -> Account:
    ana = await world.anonymous()
    assert (await send(ana, content or picture("JPEG", (640, 480)))).status == 202
    await do_jobs()
    assert (await avatar(ana))["status"] == "ready"
    return ana


def kept() -> list[str]:
    """What storage holds of avatars, uploads too."""
    folder = runtime.settings().home / "files"
    return sorted(str(path.relative_to(folder)) for name in ("avatars", "uploads") for path in (folder / name).glob("*"))


@pytest.fixture(autouse=True)
def _empty_storage(world: World) -> None:
    for name in kept():
        (runtime.settings().home / "files" / name).unlink()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF"])
async def test_a_picture_becomes_three_squares(world: World, kind: str) -> None:
    ana = await world.anonymous()
    answered = await send(ana, picture(kind, (640, 480)))
    assert (answered.status, answered.json) == (202, {"avatar": {"status": "processing"}})
    assert await avatar(ana) == {"url": None, "urls": {}, "status": "processing"}
    # Made, the upload removed, achievements looked at.
    assert await do_jobs() == ["done"] * 3
    found = await avatar(ana)
    assert (set(found), found["status"], tuple(found["urls"])) == ({"url", "urls", "status"}, "ready", SIZES)
    assert found["url"] == found["urls"]["256"]
    for size, url in found["urls"].items():
        served = await world.send("GET", path_of(url))
        assert (served.status, served.headers["Content-Type"]) == (200, "image/webp")
        assert served.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert served.headers["X-Content-Type-Options"] == "nosniff"
        with Image.open(io.BytesIO(served.raw), formats=["WEBP"]) as shown:
            assert shown.size == (int(size), int(size))
    assert kept() == sorted(url.partition("/api/")[2] for url in found["urls"].values())


async def test_nothing_that_the_camera_wrote_is_left(world: World) -> None:
    for kind in ("JPEG", "PNG", "WEBP", "AVIF"):
        content = with_gps(kind, orientation=6)
        assert b"Canary" in content
        ana = await with_avatar(world, content)
        for url in (await avatar(ana))["urls"].values():
            served = (await world.send("GET", path_of(url))).raw
            assert b"canary" not in served.lower()
            assert dict(Image.open(io.BytesIO(served)).getexif()) == {}


@pytest.mark.parametrize(("size", "orientation"), [((900, 300), 1), ((300, 900), 1), ((900, 300), 6)])
def test_the_middle_is_what_stays_upright(size: tuple[int, int], orientation: int) -> None:
    """White with a black left end, which a crop of the middle leaves out."""
    taken = Image.new("L", size, 255)
    taken.paste(0, (0, 0, min(size), size[1]) if size[0] > size[1] else (0, 0, size[0], min(size)))
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = io.BytesIO()
    taken.save(content, "PNG", exif=exif.tobytes())
    made = images.to_squares(content.getvalue(), (64, 600))
    for side, each in made.items():
        shown = Image.open(io.BytesIO(each)).convert("L")
        assert shown.size == (side, side)
        assert cast("int", shown.getextrema()[0]) > 240


@pytest.mark.parametrize("size", [(1, 1), (3, 9000), (9000, 3), (100, 120)])
def test_a_small_or_long_picture_fills_its_squares_too(size: tuple[int, int]) -> None:
    made = images.to_squares(picture("PNG", size), avatars.SIZES)
    assert [Image.open(io.BytesIO(each)).size for each in made.values()] == [(64, 64), (256, 256), (512, 512)]


async def test_a_new_one_replaces_the_old_when_it_is_ready(world: World) -> None:
    ana = await with_avatar(world)
    before = await avatar(ana)
    await send(ana, picture("PNG", (300, 300)))
    assert await avatar(ana) == {**before, "status": "processing"}
    assert (await world.send("GET", path_of(before["url"]))).status == 200
    await do_jobs()
    after = await avatar(ana)
    assert after["status"] == "ready"
    assert not set(after["urls"].values()) & set(before["urls"].values())
    assert {(await world.send("GET", path_of(url))).status for url in before["urls"].values()} == {404}
    assert len(kept()) == 3


async def test_removed_it_is_gone_everywhere(world: World) -> None:
    ana = await with_avatar(world)
    urls = (await avatar(ana))["urls"].values()
    await send(ana, picture())
    assert (await ana.delete("/users/avatar")).status == 204
    assert await avatar(ana) is None
    await do_jobs()
    assert kept() == []
    assert {(await world.send("GET", path_of(url))).status for url in urls} == {404}
    assert (await ana.delete("/users/avatar")).status == 204


async def test_several_at_once_leave_the_files_of_one(world: World) -> None:
    ana = await world.anonymous()
    answers = await asyncio.gather(*(send(ana, picture("PNG", (100 + 10 * n, 100))) for n in range(5)))
    assert {each.status for each in answers} == {202}
    rows = await db.fetch("SELECT id FROM jobs WHERE name = 'make_avatar' ORDER BY id DESC")
    await asyncio.gather(*(jobs.run(row["id"]) for row in rows))
    await do_jobs()
    found = await avatar(ana)
    assert found["status"] == "ready"
    assert kept() == sorted(url.partition("/api/")[2] for url in found["urls"].values())


async def test_one_replaced_while_a_worker_makes_it_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await world.anonymous()
    await send(ana, picture("PNG", (300, 200)))
    job = await db.fetchrow("SELECT id FROM jobs WHERE name = 'make_avatar'")
    assert job is not None

    async def slowly(raw: bytes) -> dict[int, bytes]:
        assert (await ana.delete("/users/avatar")).status == 204
        monkeypatch.undo()
        # What removes the files is done before this worker writes its own.
        for row in await db.fetch("SELECT id FROM jobs WHERE name = 'remove_files'"):
            await jobs.run(row["id"])
        return await images.squares(raw)

    monkeypatch.setattr(images, "squares", slowly)
    assert await jobs.run(job["id"]) == "done"
    assert await avatar(ana) is None
    assert kept() == []


async def test_a_worker_killed_at_any_step_is_succeeded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    puts = 0
    ana = await with_avatar(world)
    for dies_at in (1, 2, 3, 4):
        await send(ana, picture("PNG", (300, 200)))
        upload_id = UUID(json.loads(await db.fetchval("SELECT avatar FROM users"))["upload"].rpartition("/")[2])
        put, write, puts = storage().put, avatars._write, 0

        async def dying_put(_: Any, key: str, chunks: Any, dies_at: int = dies_at, put: Any = put) -> int:
            nonlocal puts
            puts += 1
            if puts == dies_at:
                raise Killed
            written: int = await put(key, chunks)
            return written

        async def dying_write(*given: Any, dies_at: int = dies_at, write: Any = write) -> None:
            await write(*given)
            if dies_at == 4:
                raise Killed

        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(type(storage()), "put", dying_put)
            patch.setattr(avatars, "_write", dying_write)
            await handlers.make(MakeAvatar(user_id=ana.uuid, upload_id=upload_id))
        assert (await avatar(ana))["status"] == "processing"
        await do_jobs()
        found = await avatar(ana)
        assert found["status"] == "ready"
        assert kept() == sorted(url.partition("/api/")[2] for url in found["urls"].values())


async def test_a_picture_of_ones_own_earns_its_achievement(world: World) -> None:
    ana = await with_avatar(world)
    assert "Make it yours" in {each["achievement"]["name"] for each in (await ana.get("/achievements/user")).json["items"]}


async def test_the_job_done_again_changes_nothing(world: World) -> None:
    ana = await world.anonymous()
    await send(ana, picture())
    upload_id = UUID(json.loads(await db.fetchval("SELECT avatar FROM users"))["upload"].rpartition("/")[2])
    await do_jobs()
    before, files = await avatar(ana), kept()
    await handlers.make(MakeAvatar(user_id=ana.uuid, upload_id=upload_id))
    await handlers.make(MakeAvatar(user_id=ana.uuid, upload_id=clock.new_id()))
    await handlers.make(MakeAvatar(user_id=clock.new_id(), upload_id=upload_id))
    assert (await avatar(ana), kept()) == (before, files)


async def test_of_somebody_gone_meanwhile_nothing_is_kept(world: World) -> None:
    ana = await world.anonymous()
    await send(ana, picture())
    await db.execute("DELETE FROM users")
    await db.execute("DELETE FROM data_keys")
    keys.keys().forget(ana.uuid)
    assert await do_jobs() == ["done"]
    assert kept() == []


@pytest.mark.parametrize("content", [picture("JPEG", (300, 200))[:900], huge_jpeg(), picture()[:40] + b"<script>alert(1)</script>"], ids=["cut", "huge jpeg", "polyglot"])
async def test_one_that_cannot_be_read_leaves_what_was_there_and_its_owner_is_told(world: World, content: bytes) -> None:
    for ana in (await world.anonymous(language="es"), await with_avatar(world)):
        before, files = await avatar(ana), kept()
        assert (await send(ana, content)).status == 202
        await do_jobs()
        assert (await avatar(ana), kept()) == (before, files)
        assert [told["kind"] for told in (await ana.get("/notifications")).json["items"] if told["kind"] != "achievement"] == ["avatar_failed"]


async def test_one_whose_job_failed_for_good_leaves_what_was_there_and_its_owner_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(raw: bytes) -> dict[int, bytes]:
        raise OSError

    ana, bob = await with_avatar(world), await world.anonymous()
    before, files = await avatar(ana), kept()
    for who in (ana, bob):
        await send(who, picture())
    await upkeep.remove_leftovers()
    assert [(await avatar(who))["status"] for who in (ana, bob)] == ["processing"] * 2
    monkeypatch.setattr(images, "squares", failing)
    await db.execute("UPDATE jobs SET attempts = max_attempts - 1 WHERE name = 'make_avatar'")
    assert await do_jobs() == ["failed"] * 2
    await upkeep.remove_leftovers()
    await do_jobs()
    assert (await avatar(ana), await avatar(bob), kept()) == (before, None, files)
    for who in (ana, bob):
        assert [told["kind"] for told in (await who.get("/notifications")).json["items"] if told["kind"] != "achievement"] == ["avatar_failed"]
    # Staff may start the job again: nothing waits for it any more.
    monkeypatch.undo()
    for job in await db.fetch("SELECT id FROM jobs WHERE name = 'make_avatar'"):
        assert await jobs.retry(job["id"])
    assert await do_jobs() == ["done"] * 2
    assert (await avatar(ana), await avatar(bob), kept()) == (before, None, files)


async def test_the_upload_waits_sealed(world: World) -> None:
    ana = await world.anonymous()
    await send(ana, with_gps("JPEG"))
    [waiting] = kept()
    assert waiting.startswith("uploads/")
    assert b"Canary" not in (runtime.settings().home / "files" / waiting).read_bytes()


@pytest.mark.parametrize("content", [*HUGE.values()], ids=[*HUGE])
async def test_a_bomb_is_refused_from_its_first_bytes(world: World, content: bytes) -> None:
    """Threat 56."""
    answered = await send(await world.anonymous(), content)
    assert answered.status in (415, 422)
    assert kept() == []


@pytest.mark.parametrize(
    "content",
    [b"", b"x", PDF, long_gif(10_000), b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<!doctype html><script>alert(1)</script>", picture("TIFF"), picture("BMP")],
    ids=["empty", "x", "pdf", "gif", "svg", "html", "tiff", "bmp"],
)
async def test_what_is_no_picture_by_its_bytes_is_refused(world: World, content: bytes) -> None:
    """Threat 55; whatever it calls itself."""
    ana = await world.anonymous()
    answered = await send(ana, content, filename="me.png")
    assert (answered.status, answered.json["code"]) == (415, "unsupported_media_type")
    assert (kept(), await avatar(ana)) == ([], None)


@pytest.mark.parametrize("filename", ["../../x", "/etc/passwd", "C:\\x.png", "x" * 5000])
async def test_where_it_is_kept_is_ours_to_choose(world: World, filename: str) -> None:
    """Threat 54."""
    ana = await world.anonymous()
    assert (await send(ana, picture(), filename=filename)).status == 202
    await do_jobs()
    assert kept() == sorted(url.partition("/api/")[2] for url in (await avatar(ana))["urls"].values())


async def test_ten_megabytes_and_no_byte_more(world: World) -> None:
    ana = await world.anonymous()
    most = picture() + bytes(avatars.MOST_BYTES - len(picture()))
    assert (await send(ana, most)).status == 202
    refused = await send(ana, most + b"x")
    assert (refused.status, refused.json["code"]) == (413, "too_large")
    assert len(kept()) == 1


async def test_uploads_are_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await world.anonymous()
    configure(monkeypatch, limit_uploads=parse_rate("2/1h"))
    assert [(await send(ana, picture())).status for _ in range(3)] == [202, 202, 429]


async def test_an_idempotency_key_makes_one_of_two(world: World) -> None:
    ana = await world.anonymous()
    first, again = [await send(ana, picture(), **{"Idempotency-Key": "once"}) for _ in range(2)]
    assert (again.status, again.raw, again.headers["Idempotent-Replayed"]) == (202, first.raw, "true")
    assert len(kept()) == 1


async def test_only_people_have_one(world: World) -> None:
    assert (await send(await world.counselor(), picture())).status == 403
    assert (await world.send("POST", "/users/avatar", form=upload(picture()))).status == 401


@pytest.mark.parametrize("key", ["x" * 48, "x" * 47, "..%2f..%2fsecret_keys", "%00"])
async def test_there_is_nothing_at_an_address_that_was_guessed(world: World, key: str) -> None:
    await with_avatar(world)
    answered = await world.send("GET", f"/avatars/{key}")
    assert answered.status in (400, 404)
    assert "immutable" not in answered.headers.get("Cache-Control", "")


async def test_a_cdn_is_linked_where_one_is_set(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await with_avatar(world)
    own = (await avatar(ana))["url"]
    configure(monkeypatch, cdn_base_url="https://cdn.example.org/m")
    assert (await avatar(ana))["url"] == own.replace(f"{runtime.settings().base_url}/api", "https://cdn.example.org/m")


@pytest.mark.usefixtures("aws")
async def test_on_s3_it_is_all_the_same(world: World, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = S3Storage("avatars-test", s3)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(bucket.close)
        client = await bucket._client()
        await client.create_bucket(Bucket="avatars-test")

        async def held() -> set[str]:
            return {each["Key"] for each in (await client.list_objects_v2(Bucket="avatars-test")).get("Contents", [])}

        monkeypatch.setattr(stores, "_storage", bucket)
        ana = await with_avatar(world)
        urls = (await avatar(ana))["urls"].values()
        assert await held() == {url.partition("/api/")[2] for url in urls}
        for url in urls:
            served = await world.send("GET", path_of(url))
            assert (served.status, Image.open(io.BytesIO(served.raw)).format) == (200, "WEBP")
        assert (await ana.delete("/users/avatar")).status == 204
        await do_jobs()
        assert await held() == set()
        assert {(await world.send("GET", path_of(url))).status for url in urls} == {404}
