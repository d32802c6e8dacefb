"""A trained model held in the process, while it is the one in use."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Generic, TypeVar
from uuid import UUID

import structlog

from core import telemetry
from core.crypto import CannotOpen
from domain import trained
from domain.trained import Kind

log = structlog.get_logger(__name__)

# The database is asked no more often than this which model is in use: one that was stopped is not used for longer.
LOOK_SECONDS = 3

M = TypeVar("M")


class Held(Generic[M]):
    """`unpack` makes the model of its stored bytes, in a thread; it raises ValueError for what is none."""

    def __init__(self, kind: Kind, unpack: Callable[[bytes], M]) -> None:
        self._kind, self._unpack = kind, unpack
        self._id: UUID | None = None
        self._model: M | None = None
        self._looked_at = float("-inf")

    async def get(self) -> M | None:
        """None when none is in use, or the one in use cannot be read: then that is logged, once."""
        if time.monotonic() - self._looked_at > LOOK_SECONDS:
            used_id = await trained.used_id(self._kind)
            if used_id != self._id:
                self._model, self._id = (await self._read() if used_id is not None else None), used_id
            self._looked_at = time.monotonic()
        return self._model

    async def _read(self) -> M | None:
        try:
            row = await trained.used(self._kind)
            return await asyncio.to_thread(self._unpack, row.body) if row is not None else None
        except (CannotOpen, ValueError) as error:
            log.error("model.unreadable", kind=self._kind, **telemetry.without_text(error))
            return None
