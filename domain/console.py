"""The console's sessions: a counselor's ordinary session, whose holder has a cookie instead of a refresh token."""

from __future__ import annotations

from uuid import UUID

from core import clock, db
from domain import access
from domain.access import Principal


async def counselor_of(session_id: UUID) -> Principal | None:
    """The counselor whose living session this is, used now; None once it has ended or expired, or their account is closed."""
    row = await db.fetchrow(
        """
        UPDATE auth_sessions s SET last_used_at = $2 FROM counselors c
        WHERE s.id = $1 AND s.principal_kind = 'counselor' AND s.revoked_at IS NULL AND s.expires_at > $2 AND c.id = s.principal_id AND c.is_active
        RETURNING c.id, c.role
        """,
        session_id, clock.now(),
    )  # fmt: skip
    return None if row is None else Principal("counselor", row["id"], session_id, row["role"], clock.now().timestamp() + access.ACCESS_SECONDS)


def access_token(principal: Principal) -> str:
    """A short token of that session, for the page to call the API with."""
    return access.tokens.issue(principal.kind, principal.id, principal.session_id, principal.role)
