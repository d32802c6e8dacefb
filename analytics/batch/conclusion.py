"""From all shards of a run to its files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from threadpoolctl import threadpool_limits

from analytics.batch import chats, engagement, levels, people, programs, segments
from analytics.batch.bands import bands
from analytics.batch.cohort import cohort
from analytics.batch.report import report
from analytics.batch.tables import Table, dictionary
from analytics.findings import Window

# Every kind of table a run has, in the dictionary's order.
KINDS = (
    people.PEOPLE, people.PROFILE,
    levels.LEVELS, levels.WEEKS, levels.CHANGE,
    programs.COMPLETION, programs.ASSOCIATION,
    segments.SEGMENTS, segments.CHECKS,
    chats.WAITS, chats.RATINGS, chats.LOAD,
    engagement.USE, engagement.ACTIVE, engagement.RETENTION, engagement.FEATURES,
)  # fmt: skip


def conclude(window: Window, shards: Sequence[bytes], used: dict[str, Any]) -> dict[str, bytes]:
    """The files of a run, name → content: `report.html`, `dictionary.json`, and the tables, `*.parquet`.

    `shards`: the bytes of every shard, in any order. `used`: `domain.engagement.Engagement` of the same dates as builtins
    (`msgspec.to_builtins`), or `{}`, in which case the report says that there is none. CPU-bound: up to half a minute for 10,000 people; run it in
    a thread or process. Raises pyarrow.ArrowInvalid for bytes that are no shard, msgspec.ValidationError for what is no engagement.
    """
    # On one thread sums are made in one order, so that the same people give the same bytes.
    with threadpool_limits(1):
        tables = _tables(window, shards, used)
    files = {f"{table.kind.name}.parquet": table.parquet() for table in tables.values()}
    return {"report.html": report(window, tables, KINDS), "dictionary.json": dictionary(window, KINDS), **files}


def _tables(window: Window, shards: Sequence[bytes], used: dict[str, Any]) -> dict[str, Table]:
    everybody = cohort(window, shards)
    labels = bands(everybody)
    completion = programs.completion(everybody)
    found = (
        people.people(everybody, labels), people.profile(everybody, labels),
        levels.levels(everybody, labels), levels.weeks(everybody), levels.change(everybody),
        completion, programs.association(everybody, completion),
        *segments.segments(everybody),
        chats.waits(everybody), chats.ratings(everybody), chats.load(everybody),
        *engagement.tables(used),
    )  # fmt: skip
    return {table.kind.name: table for table in found}
