"""`mentalspace demo`: people, diaries and chats to look at, brought in the way people bring theirs: an account, an import, a talk."""

from __future__ import annotations

import asyncio
import csv
import random
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from commands import demo_chats
from core import clock, db
from core.runtime import running
from core.settings import Settings, SettingsError
from core.views import instant
from domain import access, accounts, mood_import
from domain.sign_in import Caller

PASSWORD = "a quiet green lake"  # noqa: S105 (printed for whoever tries the demo)
ZONE = "Europe/Berlin"
_NAMED = 3
_NAMES = ("Ada", "Bruno", "Carla", "Dario", "Elif", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Luca")
_FACTORS = ("sleep", "work", "friends", "family", "exercise", "reading", "nature", "music")


async def fill(settings: Settings, moods: Path | None, people: int) -> None:
    """Fill the instance these settings reach; its workers do the imports and offer the chats. Prints what came of it.

    Raises SettingsError in production, where accounts with a published password have no place.
    """
    if settings.production:
        raise SettingsError("APP_ENV is production: the demo makes counselors whose password everybody knows")
    # Before anything is taken in.
    await demo_chats.require(settings.instance_url)
    diaries = read_diaries(moods) if moods else dict(made_up_diaries(people))
    async with running(settings, "command"):
        await access.tokens.load()
        imports = []
        for number, (name, diary) in enumerate(diaries.items()):
            imports.append(await _bring_in(number, name, diary))
            _progress("uploaded", number + 1, len(diaries))
        print()
        await _wait(imports)
        row = await db.fetchrow("SELECT sum(imported)::int AS imported, sum(skipped)::int AS skipped, sum(failed)::int AS failed FROM mood_imports WHERE id = ANY($1)", imports)
        print(f"{len(diaries)} people: {row['imported']} moods taken in, {row['skipped']} already there, {row['failed']} not readable" if row else "nothing")
        named = [f"demo{number + 1}@example.org" for number in range(min(_NAMED, len(diaries)))]
        made = await demo_chats.fill(settings.instance_url, PASSWORD, named, _progress)
        print(f"\nchats: {made['active']} active, {made['ended']} ended and rated, {made['waiting']} waiting; {len(demo_chats.CHATS) - sum(made.values())} were there already")
        print(f"people: {', '.join(named)}")
        print("counselors, for /console:")
        for each in demo_chats.COUNSELORS:
            print(f"  {each.email} ({each.role}; {', '.join(each.specializations)}; {', '.join(each.languages)})")
        print(f"password of all: {PASSWORD}")
        print("a counselor without a connection is gone after a minute: the active chats then return to the front of the queue, for whoever signs in")


async def _bring_in(number: int, name: str, diary: bytes) -> UUID:
    caller = Caller(f"demo-{number}", "mentalspace demo")
    user_id = await _account(number, name, caller)

    async def chunks() -> AsyncIterator[bytes]:
        yield diary

    made = await mood_import.begin(user_id, await mood_import.keep_upload(user_id, chunks()), {})
    return made.id


async def _account(number: int, name: str, caller: Caller) -> UUID:
    """The first few have an address to sign in with, found again when the demo is run again; the rest are anonymous."""
    if number >= _NAMED:
        user, _ = await accounts.register_anonymously(caller, timezone=ZONE)
        return user.id
    email = f"demo{number + 1}@example.org"
    known = await accounts.find(email)
    if known is not None:
        return known
    made = await accounts.register(email, PASSWORD, caller, timezone=ZONE, first_name=name.partition(" ")[0])
    found = made[0].id if made else await accounts.find(email)
    if found is None:
        raise RuntimeError("the account just made is not there")
    return found


async def _wait(imports: list[UUID]) -> None:
    while True:
        done = await db.fetchval("SELECT count(*) FROM mood_imports WHERE id = ANY($1) AND status IN ('done', 'failed')", imports)
        _progress("taken in", done, len(imports))
        if done == len(imports):
            print()
            return
        await asyncio.sleep(0.2)


def _progress(what: str, done: int, of: int) -> None:
    if sys.stdout.isatty() or done == of:
        print(f"\r{what}: {done}/{of}", end="", flush=True)


def read_diaries(path: Path) -> dict[str, bytes]:
    """One diary in our own CSV format a person, from a file with the columns dataset, person, at (local), mood (1–5).

    Ratings between whole numbers are rounded half up.
    """
    rows: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows[f"{row['dataset']} {row['person']}"].append((datetime.fromisoformat(row["at"]).replace(tzinfo=ZoneInfo(ZONE)), int(float(row["mood"]) + 0.5)))
    return {person: diary(entries) for person, entries in rows.items()}


def diary(entries: list[tuple[datetime, int]], factors: list[list[str]] | None = None) -> bytes:
    lines = ["timestamp,date,mood,factors"]
    for index, (at, mood) in enumerate(entries):
        named = '"[' + ",".join(f'""{name}""' for name in factors[index]) + ']"' if factors and factors[index] else ""
        lines.append(f"{instant(at.astimezone(ZoneInfo('UTC')))},{at.date().isoformat()},{mood},{named}")
    return ("\n".join(lines) + "\n").encode()


def made_up_diaries(people: int, days: int = 120, seed: int = 7) -> Iterator[tuple[str, bytes]]:
    """Diaries of people who do not exist: a level of their own, days that resemble the day before, weekends and factors that matter."""
    chance = random.Random(seed)  # noqa: S311 (made-up data)
    today = clock.now().astimezone(ZoneInfo(ZONE)).replace(hour=0, minute=0, second=0, microsecond=0)
    for number in range(people):
        level, carried = chance.uniform(2.6, 4.2), 0.0
        likes = {name: chance.gauss(0, 0.35) for name in _FACTORS}
        entries, factors = [], []
        for back in range(days, 0, -1):
            carried = 0.5 * carried + chance.gauss(0, 0.6)
            if chance.random() < 0.2:
                continue
            at = today - timedelta(days=back) + timedelta(minutes=chance.randint(7 * 60, 23 * 60))
            named = sorted(chance.sample(_FACTORS, chance.randint(0, 3)))
            felt = level + carried + (0.25 if at.weekday() >= 5 else 0) + sum(likes[name] for name in named)
            entries.append((at, min(5, max(1, round(felt)))))
            factors.append(named)
        yield f"{_NAMES[number % len(_NAMES)]} {number}", diary(entries, factors)
