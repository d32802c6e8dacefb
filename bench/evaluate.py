"""Measures the system against real data that is not the project's: `make evaluate DATA=folder`. Prints counts and scores only.

Each check says what it looked at and what came of it; a miss ends with status 1.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pandas as pd

from bench import risk, topics
from commands.demo import ZONE, read_diaries
from core import db, jobs, migrations
from core.embedded import embedded
from core.runtime import running
from core.settings import Settings
from domain import access, accounts, catalog, mood_import, mood_stats
from domain.sign_in import Caller
from workers import moods

__all__ = ["moods"]


async def imports_agree(path: Path) -> bool:
    """The product's import and statistics against a plain pandas computation, for every person."""
    diaries = read_diaries(path)
    began, people = time.monotonic(), {}
    for number, (name, diary) in enumerate(diaries.items()):
        user, _ = await accounts.register_anonymously(Caller(f"evaluate-{number}", "evaluate"), timezone=ZONE)
        await mood_import.begin(user.id, await mood_import.keep_upload(user.id, _once(diary)), {})
        people[name] = user.id
    while rows := await db.fetch("SELECT id FROM jobs WHERE failed_at IS NULL AND due_at <= now()"):
        for row in rows:
            await jobs.run(row["id"])
    seconds, expected, wrong = time.monotonic() - began, computed_plainly(path), []
    for name, wanted in expected.items():
        found = msgspec.to_builtins(await mood_stats.stats(people[name]))
        wrong += [f"{field}: {found[field]} is not {value}" for field, value in wanted.items() if found[field] != value]
    moods_read = sum(wanted["count"] for wanted in expected.values())
    print(
        f"moods.csv: {len(people)} people, {moods_read} moods imported in {seconds:.1f} s; statistics that differ from pandas: {len(wrong)} of {sum(map(len, expected.values()))}"
    )
    for line in wrong[:5]:
        print(f"  {line}")
    return not wrong


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def computed_plainly(path: Path) -> dict[str, dict[str, Any]]:
    """What `GET /moods/stats?period=all` should answer for each person of the file, by pandas alone."""
    frame = pd.read_csv(path, usecols=["dataset", "person", "at", "mood"], dtype={"person": str})
    frame["mood"] = (frame["mood"] + 0.5).astype(int)
    frame["at"] = pd.to_datetime(frame["at"])
    return {str(name): _statistics(entries) for name, entries in frame.groupby(frame["dataset"] + " " + frame["person"])}


def _statistics(entries: pd.DataFrame) -> dict[str, Any]:
    ratings, days = entries["mood"], entries["at"].dt.date
    by_day = ratings.groupby(days).agg(["mean", "count"])
    weekdays = ratings.groupby(entries["at"].dt.day_of_week).agg(["mean", "count"])
    return {
        "count": len(entries),
        "daysLogged": len(by_day),
        "average": round(float(ratings.mean()), 2),
        "median": round(float(ratings.median()), 2),
        "stdDev": round(float(ratings.std()), 2) if len(ratings) > 1 else None,
        "distribution": {str(mood): int((ratings == mood).sum()) for mood in range(1, 6)},
        "byDay": [{"date": day.isoformat(), "average": round(float(row["mean"]), 2), "count": int(row["count"])} for day, row in by_day.iterrows()],
        "byWeekday": [
            {"average": round(float(weekdays["mean"][day]), 2), "count": int(weekdays["count"][day])} if day in weekdays.index else {"average": None, "count": 0}
            for day in range(7)
        ],
    }


def alone(*bench: str) -> bool:
    """Another bench, in a process whose numerical libraries keep to one thread: they read that as they are loaded."""
    print(f"python -m {' '.join(bench)}", flush=True)
    return subprocess.run([sys.executable, "-m", *bench], env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False).returncode == 0


async def evaluate(settings: Settings, data: Path) -> bool:
    await migrations.upgrade(settings.database())
    async with running(settings, "evaluate", background=False):
        await access.tokens.load()
        await catalog.load()
        return await imports_agree(data / "moods.csv")


def main() -> int:
    data = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data")
    if not (data / "moods.csv").exists():
        print(f"error: {data} holds no moods.csv", file=sys.stderr)
        return 1
    good = True
    if (data / "everyday.csv").exists():
        good &= risk.everyday_passes(data / "everyday.csv")
    if (data / "questions.csv").exists():
        topics.accuracy(data / "questions.csv")
        good &= topics.cross_validated(data / "questions.csv")
    good &= alone("bench.forecast", "--data", str(data))
    good &= alone("bench.notice", "--data", str(data))
    good &= alone("bench.insights", "--data", str(data), "--draws", "1")
    with tempfile.TemporaryDirectory(prefix="mentalspace-evaluate-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        with embedded(home, for_tests=True) as servers:
            settings = Settings.from_env(
                {
                    "MENTALSPACE_HOME": str(home),
                    "DATABASE_URL": servers.database_url,
                    "REDIS_URL": servers.redis_url,
                    "LIMIT_REGISTER": "off",
                    "BCRYPT_ROUNDS": "4",
                    "LOG_LEVEL": "error",
                }
            )
            good &= asyncio.run(evaluate(settings, data))
    print("evaluation passed" if good else "evaluation failed")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
