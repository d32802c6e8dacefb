"""Pictures made anew: whatever came in, a WebP comes out that holds pixels and nothing else.

Refused before a pixel is decoded: what claims too many of them, or too many frames or scans. Pillow decides by the content which
decoder runs, and only the one for the kind that the first bytes name.
"""

from __future__ import annotations

import asyncio
import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from PIL import Image, ImageOps

from domain import avatars
from domain.chat.file_kinds import GIF, HEAD_BYTES, MOST_FRAMES, MOST_PIXELS, GifFrames, Unreadable, claims_too_many_pixels, kind_of

LONGEST_SIDE = 2048
QUALITY = 80
# A progressive JPEG has about ten; each costs as much as the whole picture, however few bytes it has.
_MOST_SCANS = 100
_START_OF_SCAN = b"\xff\xda"
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP", "image/avif": "AVIF"}
_SHRUNK_AS_THEY_ARE = {"L", "LA", "RGB", "RGBA", "CMYK"}

# Pillow refuses at twice this number and only warns between.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


def to_webp(raw: bytes) -> bytes:
    """The first frame, upright, at most LONGEST_SIDE pixels on its longer side. Raises Unreadable."""
    with _opened(raw) as opened:
        return _webp(opened)


def to_squares(raw: bytes, sizes: tuple[int, ...]) -> dict[int, bytes]:
    """The middle of the first frame, upright, as a square of each size in pixels. Raises Unreadable."""
    with _opened(raw) as opened:
        return _squares(opened, sizes)


@contextmanager
def _opened(raw: bytes) -> Iterator[Image.Image]:
    """A picture that may be decoded; nothing of it is yet. Raises Unreadable, also for whatever a decoder raises in the block."""
    kind = kind_of(raw[:HEAD_BYTES])
    if kind not in _FORMATS:
        raise Unreadable("not a picture")
    if claims_too_many_pixels(kind, raw[:HEAD_BYTES]):
        raise Unreadable("too many pixels")
    if kind == GIF:
        frames = GifFrames()
        frames.feed(raw)
        if frames.too_many:
            raise Unreadable("too many frames")
    if kind == "image/jpeg" and raw.count(_START_OF_SCAN) > _MOST_SCANS:
        raise Unreadable("too many scans")
    try:
        with Image.open(io.BytesIO(raw), formats=[_FORMATS[kind]]) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Unreadable("too many pixels")
            if kind != GIF and getattr(opened, "n_frames", 1) > MOST_FRAMES:
                raise Unreadable("too many frames")
            yield opened
    except Unreadable:
        raise
    except Exception as error:  # noqa: BLE001 (decoders raise whatever they like at what they cannot read)
        raise Unreadable(type(error).__name__) from None


def _webp(opened: Image.Image) -> bytes:
    return _saved(_shrunk(opened, (LONGEST_SIDE, LONGEST_SIDE)))


def _squares(opened: Image.Image, sizes: tuple[int, ...]) -> dict[int, bytes]:
    shorter, largest = min(opened.size), max(sizes)
    # So small that its shorter side still fills the largest square.
    small = _shrunk(opened, tuple(-(-side * largest // shorter) for side in opened.size))  # type: ignore[arg-type]  # both sides
    side = min(small.size)
    left, top = (small.width - side) // 2, (small.height - side) // 2
    square = small.crop((left, top, left + side, top + side))
    return {size: _saved(square.resize((size, size), Image.Resampling.LANCZOS)) for size in sizes}


def _shrunk(opened: Image.Image, most: tuple[int, int]) -> Image.Image:
    """Upright, no larger than `most` (as it lies), in plain colours."""
    picture = opened
    if opened.mode not in _SHRUNK_AS_THEY_ARE or "transparency" in opened.info:
        # A palette cannot be averaged. Only then: a second copy of a large picture is what costs most.
        picture = _plain(opened)
    picture.thumbnail(most, reducing_gap=2.0)
    ImageOps.exif_transpose(picture, in_place=True)
    return _plain(picture)


def _saved(picture: Image.Image) -> bytes:
    # Nothing but pixels goes over.
    picture.info.clear()
    made = io.BytesIO()
    picture.save(made, "WEBP", quality=QUALITY)
    return made.getvalue()


def _plain(picture: Image.Image) -> Image.Image:
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


async def webp(raw: bytes) -> bytes:
    """As `to_webp`, beside the loop. Raises Unreadable."""
    return await _in_turn(lambda: to_webp(raw))


async def squares(raw: bytes) -> dict[int, bytes]:
    """The squares of an avatar, beside the loop. Raises Unreadable."""
    return await _in_turn(lambda: to_squares(raw, avatars.SIZES))


T = TypeVar("T")
# A picture may take some hundred megabytes while it is decoded: one at a time in a process.
_one_at_a_time = asyncio.Semaphore(1)


async def _in_turn(work: Callable[[], T]) -> T:
    async with _one_at_a_time:
        return await asyncio.to_thread(work)
