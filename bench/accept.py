"""Fifty counselors accept one offer at once, round after round, against a running instance: `python -m bench.accept [rounds]`.

Exactly one may get the session in each round. Run it beside a running instance of the same MENTALSPACE_HOME (or with the
same DATABASE_URL, REDIS_URL and SECRET_KEYS), whose database it fills with counselors: not a real one. Start that instance
with LIMIT_DEFAULT=off.
"""

from __future__ import annotations

import asyncio
import secrets
import statistics
import sys
import time
from collections import Counter
from typing import Any

import aiohttp

from core import db
from core.runtime import running
from core.settings import Settings
from domain import people

COUNSELORS = 50
PASSWORD = "a quiet green lake"


class Caller:
    """Somebody signed in."""

    def __init__(self, http: aiohttp.ClientSession, token: str) -> None:
        self._http, self._headers = http, {"Authorization": f"Bearer {token}"}

    async def send(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        async with self._http.request(method, f"/api{path}", json=body if body is not None else {}, headers=self._headers) as answer:
            return answer.status, await answer.json() if answer.content_type.endswith("json") else None


async def counselor(http: aiohttp.ClientSession, run: str, number: int) -> Caller:
    email = f"accept-{run}-{number}@example.org"
    await people.add_counselor(email, PASSWORD, first_name="Cora", last_name="Lane", license_number="L-1", specializations=["anxiety"], languages=["en"])
    async with http.post("/api/auth/login", json={"email": email, "password": PASSWORD, "kind": "counselor"}) as answer:
        answer.raise_for_status()
        return Caller(http, (await answer.json())["accessToken"])


async def main(rounds: int) -> None:
    settings = Settings.from_env()
    outcomes: Counter[tuple[int, ...]] = Counter()
    times: list[float] = []
    async with running(settings, "command", background=False), aiohttp.ClientSession(settings.local_url, connector=aiohttp.TCPConnector(limit=COUNSELORS)) as http:
        counselors = [await counselor(http, secrets.token_hex(4), number) for number in range(COUNSELORS)]
        async with http.post("/api/auth/register", json={"isAnonymous": True}) as answer:
            person = Caller(http, (await answer.json())["accessToken"])
        for _ in range(rounds):
            # Duty anew each round: without a socket it ends after a minute.
            await asyncio.gather(*(each.send("PUT", "/counselor/status", {"status": "available"}) for each in counselors))
            _, session = await person.send("POST", "/chat/sessions", {"topic": "I want to kill myself"})
            await offered(session["id"])
            began = time.perf_counter()
            answers = await asyncio.gather(*(each.send("POST", f"/counselor/sessions/{session['id']}/accept") for each in counselors))
            times.append(time.perf_counter() - began)
            outcomes[tuple(sorted(status for status, _ in answers))] += 1
            await person.send("POST", f"/chat/sessions/{session['id']}/close")
    for statuses, count in outcomes.items():
        print(f"{count} rounds: {dict(Counter(statuses))}")
    print(f"{COUNSELORS} answers: median {statistics.median(times) * 1000:.0f} ms, slowest {max(times) * 1000:.0f} ms")
    sys.exit(0 if set(outcomes) == {(200, *[409] * (COUNSELORS - 1))} else 1)


async def offered(session_id: str) -> None:
    """Wait until the workers have offered a session to everybody."""
    deadline = time.monotonic() + 30
    while await db.fetchval("SELECT count(*) FROM chat_offers WHERE session_id = $1 AND status = 'live'", session_id) < COUNSELORS:
        if time.monotonic() > deadline:
            raise SystemExit("error: the offers did not come: are the workers running?")
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
