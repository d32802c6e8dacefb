"""Jobs while their workers are killed: every effect happens, every mail is sent once unless the kill fell between sending it and noting so.

    python -m bench.mails_kills [mails]

People sign up and log a mood in a whole system of its own that mails by a fake SendGrid on loopback; each brings three mails (to confirm the
address, welcome, an achievement). All the while the worker process is killed every few seconds. Ends with status 1 where a promise was broken.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import asyncpg

from core import db
from core.settings import Settings
from tests.sendgrid import KEY, FakeSendGrid, fake_sendgrid
from tests.system import System

MAILS_EACH = 3
# A worker that lives notes what it sent well within the first of these; so far apart may two observers see the same instant.
NOTED_WITHIN_SECONDS, LATE_SECONDS = 5, 0.5
GIVE_UP_SECONDS = 900


async def main(mails: int) -> int:
    people = -(-mails // MAILS_EACH)
    with tempfile.TemporaryDirectory(prefix="mentalspace-kills-") as folder:
        Path(folder).chmod(0o755)
        async with fake_sendgrid() as (fake, address):
            fake.seconds = 1
            system = System(Path(folder) / "home", settings={"SENDGRID_API_KEY": KEY, "SENDGRID_HOST": address, "LOG_LEVEL": "error"})
            await asyncio.to_thread(system.start)
            try:
                return await _try(system, fake, people)
            finally:
                await asyncio.to_thread(system.stop)


async def _try(system: System, fake: FakeSendGrid, people: int) -> int:
    database = await asyncpg.connect(**db.credentials(Settings.from_env({"MENTALSPACE_HOME": str(system.home)}).database()))
    began, kills = time.monotonic(), list[float]()
    killing = asyncio.create_task(_kill(system, kills))
    try:
        for number in range(people):
            await asyncio.to_thread(_live, system, number)
        while await database.fetchval("SELECT count(*) FROM jobs WHERE failed_at IS NULL AND name IN ('send_mail', 'mood_recorded')"):
            if time.monotonic() - began > GIVE_UP_SECONDS:
                break
            await asyncio.sleep(0.5)  # between two looks at what others do
    finally:
        killing.cancel()
    found = await database.fetch("SELECT id::text, kind, status FROM mails")
    earned = await database.fetchval("SELECT count(DISTINCT user_id) FROM user_achievements")
    failed = await database.fetchval("SELECT count(*) FROM jobs WHERE failed_at IS NOT NULL")
    await database.close()
    return _judge(people, fake, kills, found, earned, failed, time.monotonic() - began)


def _live(system: System, number: int) -> None:
    status, answered = system.send("POST", "/auth/register", {"email": f"person{number}@example.org", "password": "a quiet green lake"})
    assert status == 201, answered
    status, answered = system.send("POST", "/moods", {"mood": 1 + number % 5}, bearer=answered["accessToken"])
    assert status == 201, answered


async def _kill(system: System, kills: list[float]) -> None:
    """Kill -9 of the worker that mails, every six to ten seconds: one that dies sooner is started again ever later."""
    while True:
        await asyncio.sleep(random.uniform(6, 10))  # the pace of killing
        for process in await asyncio.to_thread(system.named, "dramatiq", "mail"):
            process.kill()
        kills.append(time.monotonic())


def _judge(people: int, fake: FakeSendGrid, kills: list[float], found: list[Any], earned: int, failed: int, seconds: float) -> int:
    missing = [row["kind"] for row in found if not fake.times[row["id"]]]
    twice = {mail_id for mail_id, times in fake.times.items() if times > 1}
    # Sent again: each time but the last was followed by a kill before it was noted.
    unexplained = {mail_id for mail_id in twice if not all(_was_cut(at, kills) for at in _sent_at(fake, mail_id)[:-1])}
    unnoted = [row["kind"] for row in found if row["status"] != "sent"]
    promised = people * MAILS_EACH
    print(f"{len(found)} mails of {people} people in {seconds:.0f} s, the worker killed {len(kills)} times")
    print(f"  promised {promised}, sent {len(fake.times)}, noted as sent {len(found) - len(unnoted)}, missing {len(missing)}, failed jobs {failed}")
    print(f"  people with their achievement: {earned} of {people}")
    print(f"  sent more than once: {len(twice)}, of these because a kill fell between sending and noting: {len(twice) - len(unexplained)}")
    good = len(found) == promised and not missing and not unnoted and not failed and earned == people and not unexplained
    print("every promise was kept" if good else f"BROKEN: missing {missing}, unnoted {unnoted}, unexplained {unexplained}")
    return 0 if good else 1


def _sent_at(fake: FakeSendGrid, mail_id: str) -> list[float]:
    return [each.at for each in fake.accepted if each.mail_id == mail_id]


def _was_cut(at: float, kills: list[float]) -> bool:
    return any(at - LATE_SECONDS <= kill <= at + NOTED_WITHIN_SECONDS for kill in kills)


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)))
