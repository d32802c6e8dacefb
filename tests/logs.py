"""What was logged, whichever test set logging up before: structlog's own `capture_logs` misses loggers that were used under an earlier configuration."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class _Kept(logging.Handler):
    def __init__(self, said: list[dict[str, Any]]) -> None:
        super().__init__()
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.msg, dict):
            self._said.append({**record.msg, "log_level": record.levelname.lower()})


@contextmanager
def capture_logs() -> Iterator[list[dict[str, Any]]]:
    """The events of any level, as dictionaries with `event` and `log_level`."""
    said: list[dict[str, Any]] = []
    root, handler = logging.getLogger(), _Kept(said)
    level = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    try:
        yield said
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
