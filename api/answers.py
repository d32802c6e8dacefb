"""An answer before it becomes bytes on a connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is JSON bytes, or those of what the headers name, or nothing."""

    status: int
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(view: Any, status: int = 200, **headers: str) -> Answer:
    return Answer(status, encode(view), headers)
