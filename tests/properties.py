"""How property tests run here: the same examples every time, no clock on them, fixtures shared between examples."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# More than every run needs: `EXAMPLES=20 make test` looks further.
_TIMES = int(os.environ.get("EXAMPLES", "1"))


def examples(count: int) -> settings:
    return settings(max_examples=count * _TIMES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
