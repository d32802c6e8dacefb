"""The queue as counselors see it: in what order, at which place, and why."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core import clock, db, keys
from domain.chat import queue_view
from tests.chats import begin, go_by, on_duty
from tests.people import Account, World
from tests.properties import examples

WAITS = st.lists(
    st.tuples(st.integers(0, 3_000), st.sampled_from(["low", "medium", "high", "emergency"]), st.one_of(st.none(), st.none(), st.integers(0, 600))), min_size=1, max_size=7
)


@examples(40)
@given(waits=WAITS)
async def test_the_queue_is_ordered_as_a_plain_sort_would(world: World, waits: list[tuple[int, str, int | None]]) -> None:
    """Emergencies, then those whose counselor went, then by the wait with five minutes for each level; each at its place, with scores that fall."""
    people = await _people(world, len(waits))
    await db.execute("DELETE FROM chat_sessions")
    now = clock.now()
    for person, (waited, priority, returned) in zip(people, waits, strict=True):
        await _put_in_the_queue(person, now - timedelta(seconds=waited), priority, None if returned is None else now - timedelta(seconds=returned))
    levels = ["low", "medium", "high", "emergency"]

    def place(row: Any) -> tuple[object, ...]:
        waited = (now - row["queued_at"]).total_seconds() + 300 * levels.index(row["priority"])
        return (row["priority"] != "emergency", row["returned_at"] is None, -waited, row["id"])

    expected = [row["id"] for row in sorted(await db.fetch("SELECT * FROM chat_sessions"), key=place)]
    found = await queue_view.waiting_list(100)
    assert [each.session.id for each in found] == expected
    assert [each.session.queue.position for each in found if each.session.queue] == list(range(1, len(waits) + 1))
    scores = [each.score for each in found]
    assert scores == sorted(scores, reverse=True)
    assert all(each.reasons for each in found)


_known: dict[int, list[Account]] = {}


async def _people(world: World, count: int) -> list[Account]:
    """As many people, the same ones for each example of a test."""
    known = _known.setdefault(id(world), [])
    while len(known) < count:
        known.append(await world.anonymous())
    return known[:count]


async def _put_in_the_queue(person: Account, queued_at: datetime, priority: str, returned_at: datetime | None) -> None:
    session_id = clock.new_id()
    await db.execute(
        """
        INSERT INTO chat_sessions (id, user_id, status, priority, topic, language, last_seq, user_read_seq, counselor_read_seq, version, queued_at, returned_at, created_at, updated_at)
        VALUES ($1, $2, 'waiting', $3, $4, 'en', 0, 0, 0, 1, $5, $6, $5, $5)
        """,
        session_id, person.uuid, priority, (await keys.keys().of(person.uuid)).seal("sleep", "chat_sessions.topic", session_id), queued_at, returned_at,
    )  # fmt: skip


async def test_the_queue_says_why(world: World) -> None:
    counselor = await on_duty(world)
    await begin(await world.anonymous(), priority="low")
    await go_by(240)
    high = await begin(await world.anonymous(), priority="high")
    crisis = await begin(await world.anonymous(), "I want to kill myself tonight")
    items = (await counselor.get("/counselor/queue")).json["items"]
    assert [each["session"]["id"] for each in items[:2]] == [crisis, high]
    assert items[0]["reasons"][0] == "emergency"
    assert items[1]["reasons"] == ["waiting 0 min", "high priority: as if 10 min longer"]
    assert items[2]["reasons"] == ["waiting 4 min"]
    assert [each["waitedSeconds"] // 240 for each in items] == [0, 0, 1]
    assert len((await counselor.get("/counselor/queue?limit=1")).json["items"]) == 1
