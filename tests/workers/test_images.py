"""Pictures made anew: what comes out is small, upright and tells nothing; what would cost too much is not decoded."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest
from PIL import Image

from domain.chat.file_kinds import MOST_FRAMES, MOST_PIXELS, GifFrames, Unreadable, claims_too_many_pixels, kind_of
from tests.files import HUGE, PDF, huge_jpeg, huge_png, long_gif, picture, with_gps
from workers import images
from workers.images import LONGEST_SIDE, to_webp

KINDS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp", "AVIF": "image/avif"}


def opened(content: bytes) -> Image.Image:
    made = Image.open(io.BytesIO(content), formats=["WEBP"])
    made.load()
    return made


def shade(picture: Image.Image, x: int, y: int) -> int:
    """0 is black."""
    return cast("int", picture.convert("L").getpixel((x, y)))


def opacity(picture: Image.Image, x: int, y: int) -> int:
    """0 is clear."""
    return cast("int", picture.getchannel("A").getpixel((x, y)))


def frames_in(content: bytes) -> int:
    return int(getattr(Image.open(io.BytesIO(content)), "n_frames", 1))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_becomes_webp(kind: str) -> None:
    content = picture(kind)
    assert kind_of(content) == KINDS[kind]
    made = opened(to_webp(content))
    assert (made.format, made.size) == ("WEBP", (64, 48))
    # The gradient is still there, whatever the codec did to it.
    assert shade(made, 32, 2) < 40
    assert shade(made, 32, 45) > 215


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_every_mode_becomes_a_picture(mode: str) -> None:
    made = opened(to_webp(picture("PNG", mode=mode)))
    assert made.size == (64, 48)
    assert shade(made, 32, 2) < 50
    assert shade(made, 32, 45) > 200


def test_a_print_picture_is_taken() -> None:
    assert opened(to_webp(picture("JPEG", mode="CMYK"))).mode == "RGB"


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_stays_so(mode: str) -> None:
    clear = Image.new("RGBA", (20, 20), (255, 0, 0, 0))
    clear.paste((0, 0, 255, 255), (0, 0, 10, 20))
    content = io.BytesIO()
    clear.convert(mode).save(content, "PNG", **({"transparency": clear.convert("P").getpixel((15, 5))} if mode == "P" else {}))
    made = opened(to_webp(content.getvalue()))
    assert made.mode == "RGBA"
    assert opacity(made, 15, 5) == 0
    assert opacity(made, 5, 5) == 255


@pytest.mark.parametrize(
    ("size", "expected"), [((2600, 1950), (2048, 1536)), ((1950, 2600), (1536, 2048)), ((2048, 1000), (2048, 1000)), ((20_000, 3), (2048, 1)), ((1, 1), (1, 1))]
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_the_longer_side_is_bounded(kind: str, size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert max(expected) <= LONGEST_SIDE
    assert opened(to_webp(picture(kind, size))).size == expected


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF"])
def test_what_it_told_about_place_and_camera_is_gone(kind: str) -> None:
    content = with_gps(kind)
    assert b"Canary" in content
    # Of PNG, Pillow writes no XMP.
    assert (b"canary-xmp" in content) == (kind != "PNG")
    made = to_webp(content)
    assert b"canary" not in made.lower()
    assert not {b"EXIF", b"XMP ", b"ICCP"} & {made[at : at + 4] for at in range(len(made))}
    assert dict(opened(made).getexif()) == {}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "AVIF"])
@pytest.mark.parametrize(("orientation", "upright"), [(1, (64, 48)), (3, (64, 48)), (6, (48, 64)), (8, (48, 64))])
def test_it_is_turned_upright(kind: str, orientation: int, upright: tuple[int, int]) -> None:
    made = opened(to_webp(with_gps(kind, orientation=orientation)))
    assert made.size == upright
    # The gradient grows downwards as it was taken; these are where its dark end belongs.
    dark = {1: (32, 2), 3: (32, 45), 6: (45, 32), 8: (2, 32)}[orientation]
    assert shade(made, *dark) < 40


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_of_an_animation_the_first_frame_stays(kind: str) -> None:
    content = picture(kind, frames=4)
    assert frames_in(content) == 4
    made = to_webp(content)
    assert frames_in(made) == 1
    assert shade(opened(made), 32, 2) < 40


@pytest.mark.parametrize("content", [*HUGE.values(), huge_jpeg()], ids=[*HUGE, "jpeg"])
def test_too_many_pixels_are_refused_before_they_are_decoded(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "_webp", lambda _opened: pytest.fail("decoded"))
    with pytest.raises(Unreadable, match=r"too many pixels|DecompressionBomb"):
        to_webp(content)


def test_pillow_itself_refuses_what_a_header_does_not_tell() -> None:
    """A frame larger than the GIF's screen, found only while decoding."""
    content = bytearray(long_gif(1))
    at = content.index(b",")
    content[at + 5 : at + 9] = b"\x60\xea\x60\xea"
    with pytest.raises(Unreadable, match="DecompressionBomb"):
        to_webp(bytes(content))


def test_as_many_pixels_as_allowed_are_fine() -> None:
    assert not claims_too_many_pixels("image/png", huge_png(MOST_PIXELS // 1000, 1000)[:64])
    assert claims_too_many_pixels("image/png", huge_png(MOST_PIXELS // 1000 + 1, 1000)[:64])


@pytest.mark.parametrize("controls", [False, True])
def test_too_many_frames_are_refused(controls: bool) -> None:
    assert opened(to_webp(long_gif(MOST_FRAMES, controls=controls))).size == (1, 1)
    with pytest.raises(Unreadable, match="frames"):
        to_webp(long_gif(MOST_FRAMES + 1, controls=controls))


def test_too_many_frames_of_other_kinds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MOST_FRAMES", 3)
    for kind in ("PNG", "WEBP", "AVIF"):
        to_webp(picture(kind, frames=3))
        with pytest.raises(Unreadable, match="frames"):
            to_webp(picture(kind, frames=4))


@pytest.mark.parametrize("piece", [1, 7, 100_000])
def test_frames_are_counted_however_the_bytes_arrive(piece: int) -> None:
    content = picture("GIF", frames=5, size=(90, 80))
    frames = GifFrames()
    for at in range(0, len(content), piece):
        frames.feed(content[at : at + piece])
    assert frames.count == 5


def test_what_follows_the_end_of_a_gif_does_not_count() -> None:
    frames = GifFrames()
    frames.feed(long_gif(3) + b",\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0" * 2000)
    assert frames.count == 3


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    content = picture("JPEG", progressive=True)
    assert 1 < content.count(b"\xff\xda") < 20
    to_webp(content)
    at = content.rindex(b"\xff\xda")
    scan = content[at:-2]
    with pytest.raises(Unreadable, match="scans"):
        to_webp(content[:at] + scan * 101 + b"\xff\xd9")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_cut_short_is_refused(kind: str) -> None:
    content = picture(kind, (300, 200))
    for length in (12, 20, 40, len(content) // 2):
        with pytest.raises(Unreadable):
            to_webp(content[:length])


@pytest.mark.parametrize(
    "content", [b"", b"x", PDF, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\xff\xd8\xff" + b"<html>" * 100, b"GIF89a" + bytes(100), b"RIFF\0\0\0\0WEBPVP8X"]
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable):
        to_webp(content)


def test_only_the_decoder_of_the_named_kind_runs() -> None:
    """A TIFF that begins like a JPEG would be read by nobody."""
    tiff = picture("TIFF")
    with pytest.raises(Unreadable):
        to_webp(tiff)
    with pytest.raises(Unreadable):
        to_webp(b"\xff\xd8\xff" + tiff)


def test_pillow_refuses_where_it_would_only_warn() -> None:
    """In a process of its own, as the tests themselves make errors of such warnings: a frame of 1 to 2 times the allowed pixels, on a small screen."""
    content = bytearray(long_gif(1))
    at = content.index(b",")
    content[at + 5 : at + 9] = (MOST_PIXELS * 3 // 2 // 10_000).to_bytes(2, "little") + (10_000).to_bytes(2, "little")
    code = f"from workers.images import to_webp\ntry:\n    to_webp({bytes(content)!r})\nexcept ValueError as error:\n    print(error)"
    said = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=True, capture_output=True, text=True, timeout=60).stdout
    assert said == "DecompressionBombWarning\n"
