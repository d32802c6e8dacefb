"""The analysts' batch: what many people's diaries say together, about nobody in particular.

Two steps. `compute_shard` reads the people of one shard and makes features of each, under a pseudonym; shards know nothing of each other and may
be computed anywhere, in any order, again. `conclude` puts them together into tables, a dictionary of their columns, and one report to read. The
same rows in the database, window and secret give the same bytes, into however many shards the people were divided.
"""

from collections.abc import Sequence
from typing import Any

from analytics.batch.shards import compute_shard
from analytics.findings import Window

__all__ = ["compute_shard", "conclude"]


def conclude(window: Window, shards: Sequence[bytes], used: dict[str, Any]) -> dict[str, bytes]:
    """The files of a run, by name: see `analytics.batch.conclusion`."""
    # Most processes only compute shards: what this brings would take two seconds and 100 MB of each.
    from analytics.batch import conclusion  # noqa: PLC0415

    return conclusion.conclude(window, shards, used)
