"""What a chart costs, for a made-up year of moods: `OMP_NUM_THREADS=1 python -m bench.charts [http://127.0.0.1:8080]`.

CPU a drawing, the median of 30, and bytes, raw and compressed, of each kind. With a running instance (LIMIT_DEFAULT=off) also how long the first picture of a kind takes
there, worker and all, and what a kept one costs, sent whole and answered by 304: milliseconds a request, one after the other. Exits with 1 where a picture of a year has
60,000 bytes or more.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
import tomllib
import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, get_args

import aiohttp
import numpy as np

_BEGAN = time.process_time()
from analytics.charts import DAYS, Kind, Period, draw  # noqa: E402 (how long that takes is one of the figures)
from analytics.diary import Diary, diary  # noqa: E402

LOADED_SECONDS = time.process_time() - _BEGAN
TODAY = date(2026, 11, 28)
MOST_BYTES = 60_000
KINDS: tuple[Kind, ...] = get_args(Kind)
FACTORS = ("work", "good sleep", "coffee", "friends", "exercise", "family", "rain", "late night", "reading", "a long walk", "music", "home")
WORDS = tomllib.loads((Path(__file__).parent.parent / "catalog" / "charts" / "en.toml").read_text(encoding="utf-8"))


def entries(days: int, today: date) -> Iterator[tuple[date, int, tuple[str, ...]]]:
    """One or two on nine days of ten."""
    chance, level = np.random.default_rng(5), 0.0
    for ago in range(days - 1, -1, -1):
        level = 0.95 * level + chance.normal(0, 0.25)
        for _ in range(int(chance.random() < 0.9) + int(chance.random() < 0.4)):
            named = tuple(name for number, name in enumerate(FACTORS) if chance.random() < 0.4 / (1 + number / 2))
            yield today - timedelta(days=ago), int(np.clip(round(3.3 + level + chance.normal(0, 0.6)), 1, 5)), named


def made_up(days: int) -> Diary:
    dates, moods, factors = zip(*entries(days, TODAY), strict=True)
    return diary(TODAY, moods, dates, dates, factors=factors)


def drawing() -> bool:
    """Whether all pictures of a year are small enough."""
    print(f"loading what draws: {LOADED_SECONDS:.2f} s of CPU")
    largest = 0
    drawn: tuple[tuple[Period, int], ...] = (("365d", 365), ("all", 10 * 365))
    for period, days in drawn:
        found = made_up(days)
        for kind in KINDS:
            taken = []
            for _ in range(30):
                began = time.process_time()
                raw = draw(kind, period, found, WORDS)
                taken.append(1_000 * (time.process_time() - began))
            largest = max(largest, len(raw) if DAYS[period] else 0)
            print(f"{kind:9} {period:5} {len(found):5} entries: {statistics.median(taken):6.1f} ms of CPU, {len(raw):6} bytes, {len(zlib.compress(raw)):5} compressed")
    print(f"the largest of a year: {largest} bytes; target: under {MOST_BYTES}: {'held' if largest < MOST_BYTES else 'MISSED'}")
    return largest < MOST_BYTES


async def serving(address: str) -> None:
    async with aiohttp.ClientSession(address) as session:
        async with session.post("/api/auth/register", json={"isAnonymous": True}) as answer:
            session.headers["Authorization"] = f"Bearer {(await answer.json())['accessToken']}"
        for day, mood, factors in entries(365, date.today()):  # noqa: DTZ011 (the instance's own day)
            async with session.post("/api/moods", data=json.dumps({"mood": mood, "date": str(day), "factors": factors}), headers={"Content-Type": "application/json"}) as answer:
                answer.raise_for_status()
        await asyncio.sleep(2)
        for kind in KINDS:
            path, began = f"/api/moods/chart.svg?kind={kind}&period=365d", time.perf_counter()
            first = await _asked(session, path)
            first_ms = 1_000 * (time.perf_counter() - began)
            while first.status == 202:
                await asyncio.sleep(0.2)
                first = await _asked(session, path)
            whole, unchanged = await _pace(session, path), await _pace(session, path, {"If-None-Match": first.headers["ETag"]})
            print(f"{kind:9} first {first_ms:6.0f} ms; kept {whole:.2f} ms, unchanged {unchanged:.2f} ms")


async def _asked(session: aiohttp.ClientSession, path: str, headers: dict[str, str] | None = None) -> Any:
    async with session.get(path, headers=headers) as answer:
        await answer.read()
        return answer


async def _pace(session: aiohttp.ClientSession, path: str, headers: dict[str, str] | None = None) -> float:
    taken = []
    for _ in range(300):
        began = time.perf_counter()
        answer = await _asked(session, path, headers)
        assert answer.status == (304 if headers else 200)
        taken.append(1_000 * (time.perf_counter() - began))
    return statistics.median(taken)


if __name__ == "__main__":
    held = drawing()
    if len(sys.argv) > 1:
        asyncio.run(serving(sys.argv[1]))
    sys.exit(not held)
