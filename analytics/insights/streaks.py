"""Days in a row with an entry."""

from __future__ import annotations

import numpy as np

from analytics.insights.claims import Facts, Told, finding
from analytics.insights.days import Days

_LEAST = 3


def streak(days: Days) -> Told:
    """`streak`: dates in a row with an entry, up to today or, while today is still empty, yesterday; and the longest there has been.

    Least data: 3 days. Counted, not estimated. Wording: `record` while it is the longest, else `running`; a streak that ended is not spoken of.
    """
    if not len(days) or days.number[-1] < days.today - 1:
        return Told()
    ends = np.append(np.flatnonzero(np.diff(days.number) > 1), len(days) - 1)
    lengths = np.diff(ends, prepend=-1)
    current, longest = int(lengths[-1]), int(lengths.max())
    if current < _LEAST:
        return Told()
    facts: Facts = {"days": current, "longest": longest}
    running = days.where(np.arange(len(days)) >= len(days) - current)
    return Told(sure=[finding("streak.record" if current == longest else "streak.running", running.window, current, facts, evidence={**facts})])
