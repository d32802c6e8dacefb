"""What the analysis of one person reads: their own diary and what stands beside it, as columns in order of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.datetime64]


@dataclass(frozen=True)
class Diary:
    """The first six columns have an element for each entry, oldest first; entries of one instant stand as they were written.

    `moods` are 1–5; `dates` (`datetime64[D]`) the local days that entries count for; `at` (`datetime64[m]`) the local time on the clock when each
    was. `factors`, `weather` and `notes` are as the person wrote them. `breathing` and `modules` are the local days (`datetime64[D]`, sorted,
    repeated where there were several) of breathing sessions and of finished modules. `today` is the person's date as the analysis runs.
    """

    today: date
    moods: NDArray[np.float64]
    dates: Days
    at: NDArray[np.datetime64]
    factors: Sequence[tuple[str, ...]]
    weather: Sequence[str | None]
    notes: Sequence[str | None]
    breathing: Days
    modules: Days
    language: str = "en"

    def __len__(self) -> int:
        return len(self.moods)


def diary(today: date, moods: Sequence[float], dates: Sequence[date], at: Sequence[Any], **beside: Any) -> Diary:
    """A diary from plain lists; whatever of `beside` is not given is empty. `at`: naive local datetimes."""
    n = len(moods)
    return Diary(
        today=today,
        moods=np.asarray(moods, float),
        dates=np.asarray(dates, "datetime64[D]"),
        at=np.asarray(at, "datetime64[m]"),
        factors=beside.get("factors") or [()] * n,
        weather=beside.get("weather") or [None] * n,
        notes=beside.get("notes") or [None] * n,
        breathing=np.sort(np.asarray(beside.get("breathing") or [], "datetime64[D]")),
        modules=np.sort(np.asarray(beside.get("modules") or [], "datetime64[D]")),
        language=beside.get("language") or "en",
    )
