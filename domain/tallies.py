"""What a person did of each subject that achievements count: one query a group of subjects, and only of those that are asked about."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from uuid import UUID

from core import db
from domain import requirements
from domain.requirements import Tally

# What one event can change; an award after it looks at these only.
MOODS = frozenset({"moods", "mood_factors", "returns", "imports"})
BREATHING = frozenset({"breathing", "techniques", "breathing_minutes"})

# Shorter ones were begun, not done; of longer ones so much counts, so that a typing error earns nothing.
LEAST_BREATHING_SECONDS, MOST_BREATHING_SECONDS = 30, 1_800
RETURN_DAYS = 14

# Local dates and how often, in `days`: their number, weeks and longest run (gaps and islands).
_DATED = """
    , runs AS (
        SELECT count(*) AS length FROM (SELECT date - (row_number() OVER (ORDER BY date))::int AS run FROM days) AS numbered GROUP BY run
    )
    SELECT coalesce(sum(count), 0)::int AS count, count(*)::int AS days, count(DISTINCT date_trunc('week', date))::int AS weeks,
        (SELECT coalesce(max(length), 0)::int FROM runs) AS longest_streak FROM days
"""


async def _moods(user_id: UUID) -> dict[str, Tally]:
    return {"moods": Tally(**await _row(f"WITH days AS (SELECT date, count(*) AS count FROM mood_entries WHERE user_id = $1 GROUP BY date) {_DATED}", user_id))}


async def _mood_details(user_id: UUID) -> dict[str, Tally]:
    """Breaks are between instants of writing: every gap in an imported diary would count otherwise."""
    return await _counts(
        f"""
        SELECT count(*) FILTER (WHERE has_factors)::int AS mood_factors, count(*) FILTER (WHERE pause >= interval '{RETURN_DAYS} days')::int AS returns
        FROM (SELECT factors IS NOT NULL AS has_factors, created_at - lag(created_at) OVER (ORDER BY created_at) AS pause FROM mood_entries WHERE user_id = $1) AS entries
        """,
        user_id,
    )


async def _breathing(user_id: UUID) -> dict[str, Tally]:
    days = f"SELECT date, count(*) AS count FROM breathing_sessions WHERE user_id = $1 AND duration >= {LEAST_BREATHING_SECONDS} GROUP BY date"
    return {"breathing": Tally(**await _row(f"WITH days AS ({days}) {_DATED}", user_id))}


async def _breathing_details(user_id: UUID) -> dict[str, Tally]:
    return await _counts(
        f"""
        SELECT count(DISTINCT technique) FILTER (WHERE duration >= {LEAST_BREATHING_SECONDS})::int AS techniques,
            (coalesce(sum(LEAST(duration, {MOST_BREATHING_SECONDS})), 0) / 60)::int AS breathing_minutes FROM breathing_sessions WHERE user_id = $1
        """,
        user_id,
    )


async def _modules(user_id: UUID) -> dict[str, Tally]:
    return await _counts("SELECT count(*)::int AS modules FROM module_completions WHERE user_id = $1", user_id)


async def _programs(user_id: UUID) -> dict[str, Tally]:
    rows = await db.fetch("SELECT p.slug FROM user_programs e JOIN programs p ON p.id = e.program_id WHERE e.user_id = $1 AND e.status = 'completed'", user_id)
    return {"programs": Tally(len(rows)), **{requirements.program(row["slug"]): Tally(1) for row in rows}}


async def _chats(user_id: UUID) -> dict[str, Tally]:
    return await _counts("SELECT count(rating)::int AS chat_ratings, count(feedback)::int AS chat_feedback FROM chat_sessions WHERE user_id = $1", user_id)


async def _imports(user_id: UUID) -> dict[str, Tally]:
    return await _counts("SELECT count(*)::int AS imports FROM mood_imports WHERE user_id = $1 AND status = 'done' AND imported > 0", user_id)


async def _settings(user_id: UUID) -> dict[str, Tally]:
    return await _counts(
        """
        SELECT (coalesce(avatar -> 'files', '{}') <> '{}')::int AS own_picture, (theme <> 'system' OR font_size <> 'medium')::int AS own_look,
            (coalesce(jsonb_typeof(preferences #> '{notifications,quietHours}'), 'null') = 'object')::int AS quiet_hours FROM users WHERE id = $1
        """,
        user_id,
    )


_GROUPS: dict[Callable[[UUID], Awaitable[dict[str, Tally]]], frozenset[str]] = {
    _moods: frozenset({"moods"}),
    _mood_details: frozenset({"mood_factors", "returns"}),
    _breathing: frozenset({"breathing"}),
    _breathing_details: frozenset({"techniques", "breathing_minutes"}),
    _modules: frozenset({"modules"}),
    _programs: frozenset({"programs"}),
    _chats: frozenset({"chat_ratings", "chat_feedback"}),
    _imports: frozenset({"imports"}),
    _settings: frozenset({"own_picture", "own_look", "quiet_hours"}),
}


def is_of_programs(subject: str) -> bool:
    return subject in ("modules", "programs") or subject.startswith(requirements.program(""))


async def tally(user_id: UUID, subjects: Iterable[str] | None = None) -> dict[str, Tally]:
    """What somebody did of these subjects, or of all; a streak is a run of local dates."""
    asked = None if subjects is None else {"programs" if each.startswith(requirements.program("")) else each for each in subjects}
    found: dict[str, Tally] = {}
    for count, group in _GROUPS.items():
        if asked is None or asked & group:
            found |= await count(user_id)
    return found


async def _row(sql: str, user_id: UUID) -> dict[str, Any]:
    return dict(await db.fetchrow(sql, user_id) or {})


async def _counts(sql: str, user_id: UUID) -> dict[str, Tally]:
    return {subject: Tally(count) for subject, count in (await _row(sql, user_id)).items()}
