"""Columns of our own."""

from __future__ import annotations

from typing import Any

from tortoise import fields
from tortoise.fields.base import Field

from core import clock


class TextArray(Field[list[str]], list):  # type: ignore[misc]
    """A `text[]` column."""

    SQL_TYPE = "TEXT[]"
    field_type = list

    def to_db_value(self, value: Any, instance: Any) -> Any:
        return value


def key() -> Any:
    """A UUIDv7 primary key."""
    return fields.UUIDField(primary_key=True, default=clock.new_id)


def sealed(**options: Any) -> Any:
    """Text sealed with a person's data key to its row; open it with `Key.open(value, "table.column", row_id)`."""
    return fields.BinaryField(**options)


def instant(**options: Any) -> Any:
    return fields.DatetimeField(**options)
