"""The console's sessions: an ordinary session of a counselor or of staff, whose holder has a cookie instead of a refresh token."""

from __future__ import annotations

from uuid import UUID

from core import clock, db
from domain import access
from domain.access import Principal


async def holder_of(session_id: UUID) -> Principal | None:
    """The counselor or the one of staff whose living session this is, used now; None once it has ended or expired, or their account is closed."""
    row = await db.fetchrow(
        """
        UPDATE auth_sessions s SET last_used_at = $2
        FROM (SELECT 'counselor' AS kind, id, role FROM counselors WHERE is_active UNION ALL SELECT 'staff', id, role FROM staff WHERE is_active) AS a
        WHERE s.id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND a.kind = s.principal_kind AND a.id = s.principal_id
        RETURNING a.kind, a.id, a.role
        """,
        session_id, clock.now(),
    )  # fmt: skip
    return None if row is None else Principal(row["kind"], row["id"], session_id, row["role"], clock.now().timestamp() + access.ACCESS_SECONDS)


def access_token(principal: Principal) -> str:
    """A short token of that session, for the page to call the API with."""
    return access.tokens.issue(principal.kind, principal.id, principal.session_id, principal.role)
