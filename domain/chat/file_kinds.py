"""What an uploaded file is, by its bytes alone, and how large a picture it claims to be; nothing is decoded here.

PNG, GIF and WebP say their size at a fixed place of the first bytes. JPEG and AVIF may say it anywhere in the file, so
theirs is read by the worker, from the header, before it decodes.
"""

from __future__ import annotations

HEAD_BYTES = 64
MOST_PIXELS = 50_000_000
MOST_FRAMES = 1000

PDF, GIF = "application/pdf", "image/gif"
_PICTURE, _EXTENSION = b",!"


class Unreadable(ValueError):
    """The picture cannot be decoded, or decoding it would cost too much."""


def kind_of(head: bytes) -> str | None:
    """The media type of a file by its first HEAD_BYTES; None for what is not taken."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    # An ISO file names its brands: the major one, a version, then those it is compatible with.
    if head[4:8] == b"ftyp" and b"avif" in (head[8:12], *(head[at : at + 4] for at in range(16, min(_number(head[:4]), HEAD_BYTES), 4))):
        return "image/avif"
    return PDF if head.startswith(b"%PDF-") else None


def claims_too_many_pixels(kind: str, head: bytes) -> bool:
    """Whether the first bytes already say that the picture is too large."""
    width, height = _dimensions(kind, head)
    return width * height > MOST_PIXELS


def _dimensions(kind: str, head: bytes) -> tuple[int, int]:
    """Width and height in pixels; 0 where the first bytes do not say them."""
    head = head.ljust(HEAD_BYTES, b"\0")
    little = [int.from_bytes(head[at : at + 2], "little") for at in range(30)]
    if kind == "image/png":
        return _number(head[16:20]), _number(head[20:24])
    if kind == GIF:
        return little[6], little[8]
    if kind == "image/webp" and head[12:16] == b"VP8X":
        return 1 + little[24] + (head[26] << 16), 1 + little[27] + (head[29] << 16)
    if kind == "image/webp" and head[12:16] == b"VP8L":
        packed = little[21] | little[23] << 16
        return 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
    if kind == "image/webp":
        return little[26] & 0x3FFF, little[28] & 0x3FFF
    return 0, 0


def _number(raw: bytes) -> int:
    return int.from_bytes(raw, "big")


class GifFrames:
    """Counts the pictures of a GIF while its bytes pass (GIF89a, sections 18 to 27)."""

    def __init__(self) -> None:
        self.count = 0
        self._held = b""
        self._to_skip = 0
        self._begun = self._in_data = self._ended = False

    def feed(self, chunk: bytes) -> None:
        if self._ended or self.too_many:
            return
        held, at = self._held + chunk, self._to_skip
        end = len(held)
        while at < end and not self._ended and not self.too_many:
            if self._in_data:
                # Blocks of data, each with its length before it; an empty one is the last.
                while at < end and (size := held[at]):
                    at += 1 + size
                if at < end:
                    at, self._in_data = at + 1, False
            elif end - at < (needed := 10 if self._begun else 13):
                # The longest introduction; a shorter one this near to the end introduces no picture.
                break
            elif not self._begun:
                at, self._begun = at + needed + _palette_bytes(held[at + 10]), True
            elif held[at] == _PICTURE:
                at, self._in_data = at + needed + _palette_bytes(held[at + 9]) + 1, True
                self.count += 1
            elif held[at] == _EXTENSION:
                at, self._in_data = at + 2, True
            else:
                # The trailer, or no GIF any more: whatever follows is shown by nobody.
                self._ended = True
        self._held, self._to_skip = held[at:], max(0, at - end)

    @property
    def too_many(self) -> bool:
        return self.count > MOST_FRAMES


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0
