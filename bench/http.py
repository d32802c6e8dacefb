"""Requests a second and their times against a running instance: `make bench` (start one with LIMIT_DEFAULT=off first).

    python -m bench.http [http://127.0.0.1:8080] [seconds a step]

Each step keeps 16 connections busy with one kind of request; the client runs in a process of its own and shares
the machine with the server, so compare runs on one machine only.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from typing import Any

import aiohttp

CONNECTIONS = 16


async def measure(session: aiohttp.ClientSession, name: str, method: str, path: str, body: Any, seconds: float) -> None:
    times: list[float] = []
    statuses: set[int] = set()
    data = json.dumps(body) if body is not None else None
    until = time.perf_counter() + seconds

    async def ask() -> None:
        while time.perf_counter() < until:
            began = time.perf_counter()
            async with session.request(method, path, data=data, headers={"Content-Type": "application/json"} if data else {}) as answer:
                await answer.read()
                statuses.add(answer.status)
            times.append(time.perf_counter() - began)

    await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))
    cuts = statistics.quantiles(times, n=100)
    print(f"{name:<28} {len(times) / seconds:>7.0f}/s   p50 {cuts[49] * 1000:>6.1f} ms   p99 {cuts[98] * 1000:>6.1f} ms   status {sorted(statuses)}")


async def main(address: str, seconds: float) -> None:
    async with aiohttp.ClientSession(address, connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as session:
        async with session.post("/api/auth/register", json={"isAnonymous": True}) as answer:
            token = (await answer.json())["accessToken"]
        session.headers["Authorization"] = f"Bearer {token}"
        for day in range(30):
            async with session.post("/api/moods", json={"mood": 1 + day % 5, "note": "a note of usual length, forty letters", "factors": ["sleep"]}) as answer:
                answer.raise_for_status()
        await measure(session, "GET /health/live", "GET", "/api/health/live", None, seconds)
        await measure(session, "GET /moods?limit=30", "GET", "/api/moods?limit=30", None, seconds)
        await measure(session, "GET /moods/stats?period=30d", "GET", "/api/moods/stats?period=30d", None, seconds)
        await measure(session, "POST /moods", "POST", "/api/moods", {"mood": 4, "note": "a note of usual length, forty letters"}, seconds)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080", float(sys.argv[2]) if len(sys.argv) > 2 else 5))
