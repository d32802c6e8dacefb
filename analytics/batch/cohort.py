"""All people of a run, put together from its shards, as columns in the order of their pseudonyms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analytics.batch.reading import WEEK
from analytics.batch.shards import SHARD
from analytics.findings import Window

Floats = NDArray[np.float64]

# Whoever has logged on fewer days of the window has no mood level yet: one week of days.
LEAST_DAYS = 7


@dataclass(frozen=True)
class Cohort:
    """`table` has the columns of `SHARD`, a row a person; the arrays below have an element, or a row, for each of them."""

    window: Window
    table: pa.Table

    def __len__(self) -> int:
        people: int = self.table.num_rows
        return people

    def numbers(self, name: str) -> Floats:
        """A column of numbers; NaN where there is none."""
        found: Floats = self.table[name].to_numpy().astype(float)
        return found

    @property
    def days(self) -> int:
        return (self.window.last - self.window.first).days + 1

    @property
    def weeks(self) -> int:
        """How many weeks the window has, counted from its first day; the last may be short."""
        return -(-self.days // WEEK)

    def week(self, number: int) -> Window:
        first = self.window.first + timedelta(days=WEEK * number)
        return Window(first, min(first + timedelta(days=WEEK - 1), self.window.last))

    @cached_property
    def diarists(self) -> NDArray[np.bool_]:
        """Who has logged on enough days for a mood level."""
        return self.numbers("days") >= LEAST_DAYS

    def unrolled(self, name: str) -> tuple[NDArray[np.int64], dict[str, Any]]:
        """The rows of a column of lists, one below the other: whose each is, and their fields. Numbers that are missing are NaN."""
        column = self.table[name].combine_chunks()
        values = column.flatten()
        person = np.repeat(np.arange(len(self)), column.value_lengths().to_numpy(zero_copy_only=False).astype(int))
        return person, {field.name: values.field(number).to_numpy(zero_copy_only=False) for number, field in enumerate(values.type)}


def cohort(window: Window, shards: Sequence[bytes]) -> Cohort:
    """Raises pyarrow.ArrowInvalid for what is no shard."""
    tables = [pa.ipc.open_stream(shard).read_all().cast(SHARD) for shard in shards]
    return Cohort(window, pa.concat_tables([SHARD.empty_table(), *tables]).combine_chunks().sort_by("person"))


def quarter(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"
