"""Other settings for the length of one test: the application reads them anew at each request."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core import runtime


def configure(patch: pytest.MonkeyPatch, **changes: Any) -> None:
    """Run with these settings until the test ends, e.g. `email_verification="required"`, `limit_login=parse_rate("2/1m")`."""
    now = runtime._runtime
    assert now is not None
    patch.setattr(runtime, "_runtime", replace(now, settings=replace(now.settings, **changes)))
