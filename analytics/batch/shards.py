"""One shard: the people whose id's hash falls to it, a row of features each, under a pseudonym."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa

from analytics.batch.features import listed, mood_features
from analytics.batch.reading import Rows, read
from analytics.findings import Window
from core.crypto import mac

_DAY = pa.struct([("day", pa.int16()), ("mood", pa.float64())])
_PROGRAM = pa.struct([("slug", pa.string()), ("title", pa.string()), ("enrolled", pa.int32()), ("completed", pa.int32())])
_CHAT = pa.struct([("day", pa.int32()), ("priority", pa.string()), ("wait", pa.float64()), ("rating", pa.int8()), ("counselor", pa.string())])

# A row a person. Days count from the window's first (before it: negative), `wait` is in seconds. `counted`: whether their use may be counted; of
# those for whom it may not, `breathing` is null and `programs` and `chats` are empty.
SHARD = pa.schema(
    [
        ("person", pa.string()),
        ("language", pa.string()),
        ("joined", pa.date32()),
        ("counted", pa.bool_()),
        ("entries", pa.int32()),
        ("days", pa.int32()),
        ("mood_mean", pa.float64()),
        ("mood_sd", pa.float64()),
        ("mood_trend", pa.float64()),
        ("first_half", pa.float64()),
        ("second_half", pa.float64()),
        ("regularity", pa.float64()),
        ("breathing", pa.int32()),
        ("moods", pa.list_(_DAY)),
        ("programs", pa.list_(_PROGRAM)),
        ("chats", pa.list_(_CHAT)),
    ]
)


async def compute_shard(connection: Any, window: Window, number: int, of: int, secret: bytes) -> bytes:
    """The features of the people of shard `number` (0 … `of` − 1), as an Arrow IPC stream with a row for each person.

    `connection` is an asyncpg connection of one's own that is in no transaction; all is read from one snapshot. `window`: local dates, both
    included. `secret` is the key of the pseudonyms, the same for all shards of a run (the system's key `report`); the same person has another
    pseudonym in another window. Nothing sealed is read, no id leaves. The bytes are still about single people: they are to be kept sealed, and
    only until `conclude` has read them. Number of rows: `pyarrow.ipc.open_stream(shard).read_all().num_rows`. Raises ValueError for a number
    without such a shard, or a window that ends before it begins; asyncpg's errors.
    """
    if not 0 <= number < of:
        raise ValueError(f"there is no shard {number} of {of}")
    if window.last < window.first:
        raise ValueError("the window ends before it begins")
    rows = await read(connection, window, number, of)
    return _stream(_features(rows, window, secret))


def _features(rows: Rows, window: Window, secret: bytes) -> pa.Table:
    people = len(rows.people)
    columns = {
        "person": pa.array([_pseudonym(secret, window, row["id"]) for row in rows.people], pa.string()),
        "language": pa.array([row["language"].partition("-")[0].lower() for row in rows.people], pa.string()),
        "joined": pa.array([row["joined"] for row in rows.people], pa.date32()),
        "counted": pa.array([row["counted"] for row in rows.people], pa.bool_()),
        "breathing": _breathing(rows),
        "programs": _lists(rows.programs, _PROGRAM, people),
        "chats": _lists([{**row, "counselor": row["counselor_id"] and _pseudonym(secret, window, row["counselor_id"])} for row in rows.chats], _CHAT, people),
        **mood_features(rows.moods, people, (window.last - window.first).days + 1),
    }
    return pa.table([columns[name] for name in SHARD.names], schema=SHARD)


def _pseudonym(secret: bytes, window: Window, id: UUID) -> str:
    """16 hexadecimal digits of a keyed hash: without the key they lead to nobody, and another window's lead to no row of this one."""
    return mac(secret, b"pseudonym", window.first.isoformat().encode(), window.last.isoformat().encode(), id.bytes)[:8].hex()


def _breathing(rows: Rows) -> pa.Array:
    sessions = [0 if row["counted"] else None for row in rows.people]
    for row in rows.breathing:
        sessions[row["n"]] = row["sessions"]
    return pa.array(sessions, pa.int32())


def _lists(rows: list[Any], kind: pa.StructType, people: int) -> pa.Array:
    """Rows that stand person by person, as a list of structs for each person."""
    values = pa.StructArray.from_arrays([pa.array([row[field.name] for row in rows], field.type) for field in kind], fields=list(kind))
    return listed(values, np.bincount([row["n"] for row in rows] or np.zeros(0, int), minlength=people))


def _stream(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    found: bytes = sink.getvalue().to_pybytes()
    return found
