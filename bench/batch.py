"""How long the analysts' batch takes, and how much memory: 1,000,000 moods of 10,000 people, made up, in a PostgreSQL of its own.

    python -m bench.batch [people] [folder for the last run's files]

A quarter, a half and all of the people are run, so that growth shows: each is told to the second by the clock and by the processors' time of all
processes, PostgreSQL among them, which a busy machine stretches less. Shards are computed by two processes, and one of them concludes; memory is the sum
of the peaks of this process and its children, and of what PostgreSQL's hold of their own at the end. All of it is held against the targets; exit 1 where one is missed.
"""

from __future__ import annotations

import asyncio
import hashlib
import multiprocessing
import re
import shutil
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import numpy as np
import psutil

from analytics.batch import compute_shard, conclude
from analytics.findings import Window
from core import db, migrations
from core.embedded import Embedded
from workers.insight_runs import engagement_of

FIRST, DAYS = date(2026, 1, 1), 181
WINDOW = Window(FIRST, FIRST + timedelta(days=DAYS - 1))
BEFORE = 84
MOODS_EACH = 100
PROCESSES = 2
MOST_SECONDS, MOST_MIB = 300, 2048
# Four times as many may take at most so many times as long: linear, with what a noisy clock adds.
MOST_GROWTH = 4 * 1.25
PEOPLE_A_SHARD = 2_000
SECRET = bytes(range(32))

PROGRAMS = ("calm-days", "sleep-well", "kind-thoughts", "rare-birds")
COUNSELORS = 40
TECHNIQUES = ("4-7-8", "box")


@dataclass(frozen=True)
class Cost:
    seconds: float
    cpu: float
    mib: float


def main(people: int, folder: Path | None) -> int:
    home = Path(tempfile.mkdtemp(prefix="mentalspace-bench-"))
    home.chmod(0o755)
    servers = Embedded(home, for_tests=True, say=lambda _: None)
    servers.start(redis=False)
    try:
        asyncio.run(migrations.upgrade(servers.database_url))
        costs = []
        for part in (4, 2, 1):
            asyncio.run(_fill(servers.database_url, people // part))
            costs.append(_run(servers.database_url, people // part, folder if part == 1 else None))
        print("for 1, 2 and 4 times as many: " + ", ".join(f"{each.seconds:.1f} s ({each.cpu:.1f} s of CPU)" for each in costs))
        least, _, most = costs
        met = [
            _told("seconds", most.seconds, MOST_SECONDS),
            _told("MiB, all processes", most.mib, MOST_MIB),
            _told("times the CPU for 4 times the people", most.cpu / least.cpu, MOST_GROWTH),
        ]
        return 0 if all(met) else 1
    finally:
        servers.stop()
        shutil.rmtree(home, ignore_errors=True)


def _told(what: str, found: float, most: float) -> bool:
    print(f"{what}: {found:.1f}, at most {most:g}: {'met' if found <= most else 'MISSED'}")
    return found <= most


def _run(url: str, people: int, folder: Path | None) -> Cost:
    of = max(PROCESSES, -(-people // PEOPLE_A_SHARD))
    began, cpu = time.perf_counter(), _cpu()
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as executor:
        shards = list(executor.map(_shard, [(url, number, of) for number in range(of)]))
        read = time.perf_counter()
        counted = asyncio.run(_engagement(url))
        files = executor.submit(conclude, WINDOW, shards, counted).result()
        took = time.perf_counter() - began
        postgres = sum(own for _, own in _postgres()) / 2**20
        memory = _peaks() + postgres
    cost = Cost(took, _cpu() - cpu, memory)
    size = sum(map(len, files.values())) >> 10
    print(
        f"{people:>7,} people {people * MOODS_EACH:>9,} moods   {took:6.1f} s (shards {read - began:.1f}, conclusion {took - read + began:.1f}), {cost.cpu:.1f} s of CPU"
        f"   {cost.mib:6.0f} MiB (PostgreSQL {postgres:.0f} MiB)   shards {sum(map(len, shards)) >> 10} KiB, files {size} KiB", flush=True,
    )  # fmt: skip
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    return cost


def _postgres() -> list[tuple[float, int]]:
    """Of each of PostgreSQL's processes, children of this one: the processors' time that it and those it has waited for have taken, and the bytes that are its own."""
    found = []
    for each in psutil.Process().children(recursive=True):
        # One that ends meanwhile is in its parent's time.
        with suppress(psutil.NoSuchProcess):
            if each.name() == "postgres":
                found.append((sum(each.cpu_times()[:4]), each.memory_info().rss - each.memory_info().shared))
    return found


def _peaks() -> float:
    """The MiB that this process and its children, but for PostgreSQL's, have held at most, each at its own time (Linux: VmHWM of proc_pid_status(5))."""
    ours = [psutil.Process(), *(each for each in psutil.Process().children(recursive=True) if each.name() != "postgres")]
    return sum(int(re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{each.pid}/status").read_text())[0]) for each in ours) / 1024


def _cpu() -> float:
    """The processors' time so far of this process, of those it has waited for, and of PostgreSQL's."""
    found: float = sum(psutil.Process().cpu_times()[:4])
    return found + sum(cpu for cpu, _ in _postgres())


async def _engagement(url: str) -> dict[str, Any]:
    await db.open_database(url, pool=1)
    try:
        return await engagement_of(WINDOW.first, WINDOW.last)
    finally:
        await db.close_database()


def _shard(asked: tuple[str, int, int]) -> bytes:
    async def compute() -> bytes:
        url, number, of = asked
        connection = await asyncpg.connect(**db.credentials(url))
        try:
            return await compute_shard(connection, WINDOW, number, of, SECRET)
        finally:
            await connection.close()

    return asyncio.run(compute())


async def _fill(url: str, people: int) -> None:
    """Empty the tables and fill them with `people`."""
    connection = await asyncpg.connect(**db.credentials(url))
    try:
        await connection.execute("TRUNCATE users, programs, counselors CASCADE")
        await _copy(connection, "programs", _programs())
        await _copy(connection, "counselors", _counselors())
        random = np.random.default_rng(people)
        for start in range(0, people, 1_000):
            await _crowd(connection, random, range(start, min(start + 1_000, people)))
        await connection.execute("ANALYZE")
    finally:
        await connection.close()


async def _crowd(connection: Any, random: np.random.Generator, numbers: range) -> None:
    people, days = len(numbers), BEFORE + DAYS
    level = np.where(random.random(people) < 0.2, random.normal(2.2, 0.3, people), random.normal(3.5, 0.4, people))
    noise = random.normal(0, 0.7, (people, days))
    for day in range(1, days):
        noise[:, day] = 0.6 * noise[:, day - 1] + 0.8 * noise[:, day]
    season = 0.15 * np.sin(np.arange(days) / 40)
    mood = level[:, None] + noise + season
    ids = [_id("person", number) for number in numbers]
    enrolments = _enrolments(random, mood, level, ids)
    await _copy(connection, "users", [_user(random, id) for id in ids])
    await _copy(connection, "user_programs", enrolments)
    chance = np.clip(random.beta(1.2, 1.2, people), 0.03, 1)[:, None]
    written = random.random((people, days)) ** (1 / chance)
    order = np.argsort(-written, axis=1)
    each = _entries(random, people, days)
    rounded = np.clip(np.rint(mood), 1, 5).astype(int)
    dates = [FIRST + timedelta(days=day - BEFORE) for day in range(days)]
    instants = [datetime(day.year, day.month, day.day, 18, tzinfo=UTC) for day in dates]
    entries = [
        {"id": _id("mood", f"{numbers[n]}-{day}"), "user_id": ids[n], "mood": int(rounded[n, day]), "date": dates[day], "timestamp": instants[day],
         "fingerprint": b"\x00" * 16, "created_at": instants[day]}
        for n in range(people) for day in np.sort(order[n, : each[n]])
    ]  # fmt: skip
    await _copy(connection, "mood_entries", entries)
    await _copy(connection, "breathing_sessions", list(_breathing(random, ids, instants)))
    await _copy(connection, "chat_sessions", list(_chats(random, ids, instants)))


def _entries(random: np.random.Generator, people: int, days: int) -> np.ndarray:
    """How many moods each has: some few, some one on nearly every day, MOODS_EACH on average."""
    found = np.clip(random.gamma(2, MOODS_EACH / 2, people), 3, days - 20).astype(int)
    while (left := people * MOODS_EACH - found.sum()) != 0:
        may = np.flatnonzero(found < days if left > 0 else found > 1)
        found[random.choice(may, min(abs(left), len(may)), replace=False)] += np.sign(left)
    return found


def _user(random: np.random.Generator, id: UUID) -> dict[str, Any]:
    joined = datetime(2025, 4, 1, tzinfo=UTC) + timedelta(days=int(random.integers(400)))
    language = str(random.choice(["en", "es", "fr", "pl"], p=[0.7, 0.25, 0.0495, 0.0005]))
    preferences: dict[str, Any] = {"privacy": {"insights": bool(random.random() > 0.05), "activityTracking": bool(random.random() > 0.1)}}
    return {
        "id": id, "email_verified": False, "is_premium": False, "is_anonymous": True, "is_banned": False, "timezone": str(random.choice(["Europe/Madrid", "America/New_York"])),
        "language": language, "theme": "system", "font_size": "medium", "preferences": msgspec.json.encode(preferences).decode(), "created_at": joined, "updated_at": joined,
    }  # fmt: skip


def _enrolments(random: np.random.Generator, mood: np.ndarray, level: np.ndarray, ids: list[UUID]) -> list[dict[str, Any]]:
    """People begin when a week was worse than usual for them; the first program is then good for a third of a point, the others for nothing."""
    rows = []
    for n, id in enumerate(ids):
        week = np.convolve(mood[n], np.ones(7) / 7, "valid")
        low = np.flatnonzero((week[BEFORE - 7 : -30] < level[n] - 0.5) & (random.random(len(week) - BEFORE - 23) < 0.03))
        if not len(low):
            continue
        day = int(low[0])
        program = int(random.choice(len(PROGRAMS), p=[0.5, 0.3, 0.1998, 0.0002]))
        mood[n, BEFORE + day :] += 0.33 * (program == 0)
        at = datetime(FIRST.year, FIRST.month, FIRST.day, 12, tzinfo=UTC) + timedelta(days=day)
        done = at + timedelta(days=int(random.integers(7, 40))) if random.random() < 0.4 else None
        rows.append({
            "id": _id("enrolment", str(id)), "user_id": id, "program_id": _id("program", program), "version": 1, "status": "completed" if done else "in_progress",
            "progress": 100.0 if done else 40.0, "started_at": at, "completed_at": done, "last_accessed_at": done or at,
        })  # fmt: skip
    return rows


def _breathing(random: np.random.Generator, ids: list[UUID], instants: list[datetime]) -> Any:
    for n, id in enumerate(ids):
        for each in range(int(random.poisson(5)) if random.random() < 0.5 else 0):
            at = instants[int(random.integers(BEFORE, len(instants)))]
            yield {
                "id": _id("breathing", f"{id}-{n}-{each}"),
                "user_id": id,
                "technique": TECHNIQUES[each % 2],
                "duration": 180,
                "date": at.date(),
                "completed_at": at,
                "created_at": at,
            }


def _chats(random: np.random.Generator, ids: list[UUID], instants: list[datetime]) -> Any:
    for id in ids:
        if random.random() > 0.12:
            continue
        at = instants[int(random.integers(BEFORE, len(instants)))]
        began = at + timedelta(seconds=int(random.exponential(180))) if random.random() < 0.93 else None
        rating = int(random.choice([1, 2, 3, 4, 5], p=[0.02, 0.05, 0.13, 0.35, 0.45])) if began and random.random() < 0.6 else None
        yield {
            "id": _id("chat", str(id)), "user_id": id, "counselor_id": _id("counselor", int(COUNSELORS * random.beta(1, 2))) if began else None, "status": "closed",
            "priority": str(random.choice(["low", "medium", "high", "emergency"], p=[0.1, 0.7, 0.17, 0.03])), "topic": b"\x00", "language": "en", "last_seq": 0,
            "user_read_seq": 0, "counselor_read_seq": 0, "version": 1, "queued_at": at, "started_at": began, "ended_at": at + timedelta(hours=1), "rating": rating,
            "created_at": at, "updated_at": at,
        }  # fmt: skip


def _programs() -> list[dict[str, Any]]:
    now = datetime(2025, 1, 1, tzinfo=UTC)
    return [
        {"id": _id("program", number), "slug": slug, "title": slug.replace("-", " ").capitalize(), "description": "", "category": "stress", "duration": 21,
         "difficulty": "beginner", "method": "", "translations": "{}", "is_premium": False, "is_active": True, "version": 1, "created_at": now, "updated_at": now}
        for number, slug in enumerate(PROGRAMS)
    ]  # fmt: skip


def _counselors() -> list[dict[str, Any]]:
    now = datetime(2025, 1, 1, tzinfo=UTC)
    return [
        {"id": _id("counselor", number), "email": f"c{number}@example.org", "password": "", "role": "counselor", "first_name": "", "last_name": "", "license_number": "",
         "specializations": [], "languages": ["en"], "bio": "", "is_online": False, "status": "offline", "capacity": 3, "total_sessions": 0, "is_active": True,
         "created_at": now, "updated_at": now}
        for number in range(COUNSELORS)
    ]  # fmt: skip


async def _copy(connection: Any, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        await connection.copy_records_to_table(table, records=[tuple(row.values()) for row in rows], columns=list(rows[0]))


def _id(kind: str, number: int | str) -> UUID:
    return UUID(bytes=hashlib.blake2b(f"{kind} {number}".encode(), digest_size=16).digest())


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, Path(sys.argv[2]) if len(sys.argv) > 2 else None))
