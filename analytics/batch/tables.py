"""What a table of the batch is: its columns with their meaning, its rows, and its bytes as Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from analytics.findings import Window
from core.disclosure import LEAST

_TYPES = {"text": pa.string(), "count": pa.int64(), "number": pa.float64(), "date": pa.date32(), "yes or no": pa.bool_()}


@dataclass(frozen=True)
class Column:
    """`type`: `text`, `count`, `number`, `date` or `yes or no`. A column that can be null says when in its `meaning`.

    A number has two decimals unless said otherwise: more of a mean over few people would tell, beside the mean of a day later, of the one who came.
    """

    name: str
    type: str
    meaning: str
    unit: str = ""
    decimals: int = 2


@dataclass(frozen=True)
class Kind:
    """A kind of table: what it holds (`about`), and what a row of it is."""

    name: str
    about: str
    row: str
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Table:
    """Rows in the order they are shown in, each a value for every column of the kind. Numbers are rounded from the start, for no figure drawn of them tells more."""

    kind: Kind
    rows: Sequence[Mapping[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        decimals = {column.name: column.decimals for column in self.kind.columns if column.type == "number"}
        rounded = [{name: round(value, decimals[name]) + 0.0 if isinstance(value, float) else value for name, value in row.items()} for row in self.rows]
        object.__setattr__(self, "rows", rounded)

    def parquet(self) -> bytes:
        """The same bytes for the same rows: nothing but them and their schema is written."""
        schema = pa.schema([(column.name, _TYPES[column.type]) for column in self.kind.columns])
        sink = pa.BufferOutputStream()
        pq.write_table(pa.Table.from_pylist(list(self.rows), schema), sink, compression="zstd", store_schema=False)
        found: bytes = sink.getvalue().to_pybytes()
        return found


def dictionary(window: Window, kinds: Iterable[Kind]) -> bytes:
    """The data dictionary: every table of a run, and every column of it, as JSON."""
    said = {
        "window": {"from": window.first.isoformat(), "to": window.last.isoformat()},
        "threshold": LEAST,
        "tables": [
            {
                "file": f"{kind.name}.parquet",
                "about": kind.about,
                "row": kind.row,
                "columns": [{"name": each.name, "type": each.type, "unit": each.unit, "meaning": each.meaning} for each in kind.columns],
            }
            for kind in kinds
        ],
    }
    return json.dumps(said, indent=2, ensure_ascii=False).encode() + b"\n"
