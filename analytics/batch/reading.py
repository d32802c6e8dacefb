"""PostgreSQL → columns: what is read of one shard's people, and how.

Read are numbers and dates alone: no column that is sealed, no name, no address. Moods come by binary COPY: with no nulls in it, every row has the
same 24 bytes, so that a buffer of them is an array already and nothing is parsed (a million rows: 24 MB over the socket, 9 MB kept).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import asyncpg
import numpy as np
from numpy.typing import NDArray

from analytics.findings import Window
from models.consent import ANALYSED, COUNTED

WEEK = 7
# Moods of the twelve weeks before the window are read too: they are the past that beginners of a program are compared by, and are used for that alone.
DAYS_OF_HISTORY = 12 * WEEK

# Who is analysed: consenting, not banned, here by the last day. $1: the shard, $2: of how many, $3: the last date. `n` numbers them within it.
_PEOPLE = f"""
    people AS (
        SELECT u.id, u.language, u.timezone, u.created_at, {COUNTED} AS counted, (row_number() OVER (ORDER BY u.id) - 1)::int AS n
        FROM users u
        WHERE {ANALYSED} AND NOT u.is_banned AND (u.created_at AT TIME ZONE u.timezone)::date <= $3
            AND (uuid_hash_extended(u.id, 0) & 9223372036854775807) % $2::bigint = $1::bigint
    )
"""

# What COPY BINARY sends: a header, then for each row the number of columns, and for each column its length and its value, all big-endian.
_HEADER_BYTES = 19
_MOOD_ROW = np.dtype([("columns", ">i2"), ("n_bytes", ">i4"), ("n", ">i4"), ("day_bytes", ">i4"), ("day", ">i4"), ("mood_bytes", ">i4"), ("mood", ">i2")])
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Moods:
    """An element for each entry: whose (a person's number in the shard), on which day (0 is the window's first, the history's are negative), and the mood, 1–5."""

    person: NDArray[np.int32]
    day: NDArray[np.int32]
    mood: NDArray[np.int8]


@dataclass(frozen=True)
class Rows:
    """All that is read of one shard. `people` have `id`, `language`, `joined`, `counted`; the others name whose they are in `n`, dates as days of the window.

    Programs, breathing and chats are there only of people whose use may be counted.
    """

    people: list[asyncpg.Record]
    moods: Moods
    programs: list[asyncpg.Record]
    breathing: list[asyncpg.Record]
    chats: list[asyncpg.Record]


async def read(connection: Any, window: Window, number: int, of: int) -> Rows:
    """The rows of shard `number` of `of`, from one snapshot of the database."""
    where = (number, of, window.last)
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        people = await connection.fetch(f"WITH {_PEOPLE} SELECT id, language, (created_at AT TIME ZONE timezone)::date AS joined, counted FROM people ORDER BY n", *where)
        moods = await _moods(connection, window, where)
        programs = await connection.fetch(
            f"""
            WITH {_PEOPLE}
            SELECT p.n, g.slug, g.title, (e.started_at AT TIME ZONE p.timezone)::date - $4::date AS enrolled,
                CASE WHEN (e.completed_at AT TIME ZONE p.timezone)::date <= $3 THEN (e.completed_at AT TIME ZONE p.timezone)::date - $4::date END AS completed
            FROM people p JOIN user_programs e ON e.user_id = p.id JOIN programs g ON g.id = e.program_id
            WHERE p.counted AND e.status <> 'not_started' AND (e.started_at AT TIME ZONE p.timezone)::date <= $3
            ORDER BY p.n, enrolled, g.slug
            """,
            *where, window.first,
        )  # fmt: skip
        breathing = await connection.fetch(
            f"""
            WITH {_PEOPLE}
            SELECT p.n, count(*)::int AS sessions FROM people p JOIN breathing_sessions b ON b.user_id = p.id
            WHERE p.counted AND b.date BETWEEN $4 AND $3 GROUP BY p.n ORDER BY p.n
            """,
            *where, window.first,
        )  # fmt: skip
        chats = await connection.fetch(
            f"""
            WITH {_PEOPLE}
            SELECT p.n, (c.created_at AT TIME ZONE p.timezone)::date - $4::date AS day, c.priority, c.rating, c.counselor_id,
                extract(epoch FROM c.started_at - c.created_at)::float8 AS wait
            FROM people p JOIN chat_sessions c ON c.user_id = p.id
            WHERE p.counted AND (c.created_at AT TIME ZONE p.timezone)::date BETWEEN $4 AND $3
            ORDER BY p.n, c.created_at, c.id
            """,
            *where, window.first,
        )  # fmt: skip
    return Rows(people, moods, programs, breathing, chats)


async def _moods(connection: Any, window: Window, where: tuple[Any, ...]) -> Moods:
    query = f"""
        WITH {_PEOPLE}
        SELECT p.n, m.date - $4::date, m.mood FROM people p JOIN mood_entries m ON m.user_id = p.id WHERE m.date BETWEEN $4::date - {DAYS_OF_HISTORY} AND $3
    """
    chunks: list[Moods] = []
    waiting = bytearray()

    def take(rows: bytes) -> None:
        columns = np.frombuffer(rows, _MOOD_ROW)
        chunks.append(Moods(columns["n"].astype(np.int32), columns["day"].astype(np.int32), columns["mood"].astype(np.int8)))

    async def receive(data: bytes) -> None:
        waiting.extend(data)
        if len(waiting) > _CHUNK_BYTES:
            start = 0 if chunks else _HEADER_BYTES
            end = start + (len(waiting) - start) // _MOOD_ROW.itemsize * _MOOD_ROW.itemsize
            take(bytes(waiting[start:end]))
            del waiting[:end]

    await connection.copy_from_query(query, *where, window.first, output=receive, format="binary")
    start = 0 if chunks else _HEADER_BYTES
    take(bytes(waiting[start : start + (len(waiting) - start) // _MOOD_ROW.itemsize * _MOOD_ROW.itemsize]))
    return Moods(*(np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in ("person", "day", "mood")))
