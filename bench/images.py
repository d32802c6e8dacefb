"""What pictures cost a worker: `python -m bench.images`.

A photo of twelve megapixels becomes the three squares of an avatar; a PNG that claims 50,000 × 50,000 pixels and a GIF of 10,000 frames are
refused. Each in a process of its own: seconds of work, and by how much its memory grew at most.
"""

from __future__ import annotations

import io
import os
import resource
import sys
import time
from collections.abc import Callable
from multiprocessing import get_context
from typing import Any

from PIL import Image

from domain.avatars import SIZES
from domain.chat.file_kinds import Unreadable
from tests.files import huge_jpeg, huge_png, long_gif
from workers import images


def photo() -> bytes:
    """4,000 × 3,000 pixels with noise as of a camera, and where it was taken."""
    small = Image.frombytes("RGB", (1000, 750), os.urandom(1000 * 750 * 3))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (40.0, 25.0, 0.0)})
    content = io.BytesIO()
    small.resize((4000, 3000), Image.Resampling.BICUBIC).save(content, "JPEG", quality=92, exif=exif.tobytes())
    return content.getvalue()


def _squares(raw: bytes) -> dict[int, bytes]:
    return images.to_squares(raw, SIZES)


def _measure(work: Callable[[bytes], Any], raw: bytes, found: Any) -> None:
    # What every worker has loaded already.
    images.to_squares(_tiny(), SIZES)
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    try:
        made = work(raw)
        said = f"{len(made)} files" if isinstance(made, dict) else f"{len(made)} bytes"
    except Unreadable as error:
        said = f"refused: {error}"
    seconds = time.perf_counter() - began
    found.put((said, seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024))


def _tiny() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (8, 8)).save(content, "JPEG")
    return content.getvalue()


def measured(work: Callable[[bytes], Any], raw: bytes) -> tuple[str, float, float]:
    """What came of it, in how many seconds, with how many MiB."""
    context = get_context("spawn")
    found = context.Queue()
    process = context.Process(target=_measure, args=(work, raw, found))
    process.start()
    result: tuple[str, float, float] = found.get(timeout=120)
    process.join()
    return result


def main() -> int:
    good = True
    cases: tuple[tuple[str, Callable[[bytes], Any], bytes, float, float | None], ...] = (
        ("12-megapixel JPEG as an avatar", _squares, photo(), 2, None),
        ("12-megapixel JPEG in a chat", images.to_webp, photo(), 2, None),
        ("PNG of 50,000 × 50,000", _squares, huge_png(), 0.1, 32),
        ("JPEG that says 65,500 × 65,500", _squares, huge_jpeg(), 0.1, 32),
        ("GIF of 10,000 frames", images.to_webp, long_gif(10_000, controls=True), 0.1, 32),
    )
    for name, work, raw, most_seconds, most_mib in cases:
        said, seconds, mib = measured(work, raw)
        within = seconds < most_seconds and (most_mib is None or mib < most_mib)
        good = good and within
        print(f"{name:<32} {len(raw) / 1e6:>6.2f} MB → {said:<26} {seconds * 1000:>7.1f} ms  {mib:>6.1f} MiB  {'ok' if within else 'TOO MUCH'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
