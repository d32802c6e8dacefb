"""What every table is."""

from __future__ import annotations

from typing import Any

from tortoise.models import Model, ModelMeta


class _Uncommented(ModelMeta):
    """Tortoise looks for `#:` comments in the source of each table; there are none, and looking is a tenth of a second of every process's start."""

    def __new__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> type:
        made: type = super().__new__(cls, name, bases, {**attrs, "_no_comments": True})
        return made


class Table(Model, metaclass=_Uncommented):
    """A row of a table, as aerich and the few places that ask through Tortoise see it."""

    class Meta:
        abstract = True
