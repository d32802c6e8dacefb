"""The audit trail: security events and every look at somebody's sensitive data. Ids only."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from core import clock, db, telemetry


async def record(action: str, *, actor: tuple[str, UUID | None], subject: tuple[str, UUID] | None = None, **data: Any) -> None:
    """Append one entry, in the open transaction."""
    await db.execute(
        """
        INSERT INTO audit_entries (id, at, actor_kind, actor_id, action, subject_kind, subject_id, request_id, data)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """,
        clock.new_id(), clock.now(), actor[0], actor[1], action, subject[0] if subject else None, subject[1] if subject else None,
        telemetry.request_id(), json.dumps(data),
    )  # fmt: skip
