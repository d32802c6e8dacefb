"""Threats 54–61: files that are not what they say, that cost too much, that tell too much, and links that were not given. Numbers are those of the project's list of threats.

58: there are no presigned uploads; key, type and size are the server's own. 60: no route takes a URL to fetch.
"""

from __future__ import annotations

import io
from uuid import UUID

import pytest
from PIL import Image

from core import clock, crypto, db, runtime
from core.settings import parse_rate
from domain.chat import attachments
from domain.chat.file_kinds import kind_of
from tests.files import HUGE, PDF, carry, chat, huge_jpeg, kept, long_gif, path_of, picture, send, sent, state, with_gps
from tests.people import NOBODYS, World, do_jobs
from tests.security.test_objects import without_request_id
from tests.settings import configure

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
WRONG = {
    "svg": SVG, "html": HTML, "empty": b"", "one byte": b"\xff", "text": b"GIF88a", "zip": b"PK\x03\x04" + bytes(100), "executable": b"MZ" + bytes(100), "elf": b"\x7fELF" + bytes(100),
    "bmp": picture("BMP"), "tiff": picture("TIFF"), "ico": picture("ICO"), "postscript": b"%!PS-Adobe-3.0", "late pdf": b"\n" + PDF, "wav": b"RIFF\x24\0\0\0WAVEfmt ", "mp4": b"\0\0\0\x18ftypisom\0\0\0\0mp42avc1",
    "heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "brand after its box": b"\0\0\0\x10ftypmp42\0\0\0\0avif", "html before png": HTML + picture(), "bom": b"\xef\xbb\xbf" + PDF, "jpeg xl": b"\xff\x0a" + bytes(50),
}  # fmt: skip


@pytest.mark.parametrize("filename", ["../../x.pdf", "/etc/passwd", "C:\\x.pdf", "x" * 5000 + ".pdf", "..", "con.pdf", "кот.pdf", "a.html", "%2e%2e%2fx"])
async def test_threat_54_a_filename_names_nothing(world: World, filename: str) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    files = runtime.settings().home / "files"
    before = {path for path in files.rglob("*") if path.is_file()} if files.exists() else set()
    answered = await send(ana, session_id, PDF, filename=filename)
    assert answered.status == 201
    attachment_id = answered.json["attachmentId"]
    assert {path for path in files.rglob("*") if path.is_file()} - before == {files / "chat" / str(session_id) / attachment_id}
    served = await world.send("GET", path_of((await state(ana, session_id, UUID(attachment_id)))["url"]))
    assert served.headers["Content-Disposition"] == 'attachment; filename="document.pdf"'


async def test_threat_54_a_filename_with_nul_is_no_header(world: World) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a\x00b.pdf"\r\n\r\n' + PDF + b"\r\n--x--\r\n"
    refused = await ana.post(f"/chat/sessions/{session_id}/attachments", raw=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert refused.status == 400
    assert kept(session_id) == []
    taken = await ana.post(f"/chat/sessions/{session_id}/attachments", raw=body.replace(b"\x00", b""), headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert taken.status == 201


@pytest.mark.parametrize("name", WRONG)
async def test_threat_55_what_is_no_picture_and_no_pdf_is_refused_whatever_it_is_called(world: World, name: str) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    refused = await send(ana, session_id, WRONG[name], filename="cat.png")
    assert (refused.status, refused.json["code"]) == (415, "unsupported_media_type")
    assert await db.fetchval("SELECT count(*) FROM chat_attachments") == 0
    assert kept(session_id) == []


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
async def test_threat_55_of_two_things_in_one_file_the_picture_alone_stays(world: World, kind: str) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    attachment_id = await sent(ana, session_id, picture(kind) + HTML + b"PK\x03\x04")
    await do_jobs()
    served = await world.send("GET", path_of((await state(ana, session_id, attachment_id))["url"]))
    assert (served.status, served.headers["Content-Type"]) == (200, "image/webp")
    assert b"script" not in served.raw
    assert b"PK" not in served.raw
    assert Image.open(io.BytesIO(served.raw)).size == (64, 48)


@pytest.mark.parametrize("content", [*HUGE.values(), long_gif(10_000)], ids=[*HUGE, "long gif"])
async def test_threat_56_what_would_cost_too_much_is_refused_before_it_is_decoded(world: World, content: bytes) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    refused = await send(ana, session_id, content)
    assert (refused.status, refused.paths) == (422, {"file"})
    assert await db.fetchval("SELECT count(*) FROM chat_attachments") == 0
    assert kept(session_id) == []


async def test_threat_56_what_only_the_worker_can_see_fails_there(world: World) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    attachment_id = await sent(ana, session_id, huge_jpeg())
    assert await do_jobs() == ["done"]
    assert (await state(ana, session_id, attachment_id))["status"] == "failed"
    assert kept(session_id) == []


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF"])
async def test_threat_57_place_and_camera_are_removed(world: World, kind: str) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    content = with_gps(kind)
    with Image.open(io.BytesIO(content)) as before:
        assert before.getexif().get_ifd(0x8825)[1] == "N"
    attachment_id = await sent(ana, session_id, content)
    await do_jobs()
    served = await world.send("GET", path_of((await state(ana, session_id, attachment_id))["url"]))
    assert b"canary" not in served.raw.lower()
    with Image.open(io.BytesIO(served.raw)) as after:
        assert not after.getexif().get_ifd(0x8825)
        assert not {"exif", "xmp", "icc_profile"} & set(after.info)
    # The upload itself is gone: one file, as large as what is served but for its seal.
    [path] = kept(session_id)
    assert path.stat().st_size < len(served.raw) + 200


async def test_threat_59_a_link_that_was_not_given_leads_nowhere(world: World) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    attachment_id, other_id = await sent(ana, session_id), await sent(ana, session_id)
    path = path_of(attachments.link(attachment_id))
    assert (await world.send("GET", path)).status == 200
    signed = path.rpartition("/")[2]
    raw, other = crypto.unb64(signed), crypto.unb64(attachments.link(other_id).rpartition("/")[2])
    forged = [
        *(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :] for at in range(len(raw))),
        other[:16] + raw[16:],
        raw[:20] + other[20:],
        raw[:16] + b"\xff\xff\xff\xff" + raw[20:],
        raw[:20] + bytes(16),
        bytes(36),
    ]
    for each in forged:
        assert (await world.send("GET", f"/files/{crypto.b64(each)}")).status == 404
    for spelled in (signed[:-1], signed + "A", f"{signed}/", f"{signed}=", signed.swapcase(), f"../{signed}", str(attachment_id), f"%00{signed[3:]}", ""):
        assert (await world.send("GET", f"/files/{spelled}")).status == 404
    assert (await world.send("POST", path)).status == 405


async def test_threat_59_an_expired_link_leads_nowhere(world: World) -> None:
    ana = await world.anonymous()
    attachment_id = await sent(ana, await chat(ana))
    with clock.at(clock.ago(hours=2)):
        expired = path_of(attachments.link(attachment_id))
    refused = await world.send("GET", expired)
    assert (refused.status, "no-store" in refused.headers["Cache-Control"]) == (404, True)
    assert without_request_id(refused) == without_request_id(await world.send("GET", path_of(attachments.link(UUID(NOBODYS)))))


async def test_threat_59_anothers_attachment_does_not_exist(world: World) -> None:
    ana, bob, cora, dan = await world.anonymous(), await world.anonymous(), await world.counselor(), await world.counselor()
    session_id, bobs = await chat(ana, cora), await chat(bob)
    attachment_id = await sent(ana, session_id)
    await carry(attachment_id, session_id, ana)
    for stranger in (bob, dan):
        nobodys = without_request_id(await stranger.get(f"/chat/sessions/{NOBODYS}/attachments/{NOBODYS}"))
        assert nobodys[0] == 404
        assert without_request_id(await stranger.get(f"/chat/sessions/{session_id}/attachments/{attachment_id}")) == nobodys
        sending = without_request_id(await send(stranger, NOBODYS, PDF))
        assert sending[0] == 404
        assert without_request_id(await send(stranger, session_id, PDF)) == sending
    # Nor by way of one's own chat.
    assert (await bob.get(f"/chat/sessions/{bobs}/attachments/{attachment_id}")).status == 404
    assert (await world.send("GET", f"/chat/sessions/{session_id}/attachments/{attachment_id}")).status == 401
    assert len(kept(session_id)) == 1


async def test_threat_61_many_small_files_are_too_many(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    configure(monkeypatch, limit_uploads=parse_rate("30/1h"))
    statuses = [(await send(ana, session_id, PDF)).status for _ in range(35)]
    assert statuses == [201] * 30 + [429] * 5
    assert len(kept(session_id)) == 30


def test_every_wrong_file_is_wrong_by_its_content() -> None:
    """The list above tests the type, not some other refusal."""
    assert {name for name, content in WRONG.items() if kind_of(content) is not None} == set()
