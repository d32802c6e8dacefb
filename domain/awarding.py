"""The jobs that look at achievements; declared apart, so that whatever may earn one can promise them."""

from __future__ import annotations

from uuid import UUID

from core.jobs import Job


class AwardEarned(Job):
    """Look at one person's achievements again."""

    user_id: UUID


class AwardEverybody(Job):
    """An achievement is new or changed: whoever has earned it already shall have it."""

    time_limit = 600
