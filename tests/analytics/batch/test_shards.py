"""Reading: who is in a shard, what becomes of their rows, and what does not leave."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.batch import compute_shard, conclude
from analytics.findings import Window
from core import clock, db
from tests.analytics.batch.crowds import FIRST, diaries, flat, noon, settle, switched_off, window
from tests.people import World
from workers.insight_runs import engagement_of

SECRET = b"a key for tests"
PROGRAM = "SELECT id FROM programs WHERE slug = 'sleep-better'"


async def shard(days: int, number: int = 0, of: int = 1, secret: bytes = SECRET, within: Window | None = None) -> bytes:
    async with db.pool().acquire() as connection:
        return await compute_shard(connection, within or window(days), number, of, secret)


async def rows(days: int, **about: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pa.ipc.open_stream(await shard(days, **about)).read_all().to_pylist()
    return found


async def enrol(person: UUID, day: int, completed: int | None = None) -> None:
    at, done = (None if each is None else noon(each) for each in (day, completed))
    await db.execute(
        f"""INSERT INTO user_programs (id, user_id, program_id, version, status, progress, started_at, completed_at, last_accessed_at)
        VALUES ($1, $2, ({PROGRAM}), 1, $3, 0, $4, $5, $4)""",
        clock.new_id(), person, "completed" if done else "in_progress", at, done,
    )  # fmt: skip


async def breathe(person: UUID, day: int) -> None:
    await db.execute(
        "INSERT INTO breathing_sessions (id, user_id, technique, duration, date, completed_at, created_at) VALUES ($1, $2, 'box', 60, $3, $4, $4)",
        clock.new_id(), person, FIRST + timedelta(days=day), clock.now(),
    )  # fmt: skip


async def chat(person: UUID, day: int, wait: int | None = None, rating: int | None = None, counselor: UUID | None = None) -> None:
    at = noon(day)
    await db.execute(
        """INSERT INTO chat_sessions (id, user_id, counselor_id, status, priority, topic, language, last_seq, user_read_seq, counselor_read_seq, version,
            queued_at, created_at, updated_at, started_at, ended_at, rating)
        VALUES ($1, $2, $3, 'closed', 'high', $4, 'en', 0, 0, 0, 1, $5, $5, $5, $6, $7, $8)""",
        clock.new_id(), person, counselor, b"sealed words", at, None if wait is None else at + timedelta(seconds=wait), at + timedelta(hours=1), rating,
    )  # fmt: skip


async def test_a_person_becomes_one_row(world: World):
    moods = np.array([[2, 4, 2, 4, 2, 4, 2, 5, 5, 5, 5, 5, 5, 5, np.nan, 5]])
    (ana,) = await settle(moods, language="es-MX")
    counselor = await world.counselor()
    await enrol(ana, 3, completed=9)
    await breathe(ana, 0)
    await breathe(ana, 15)
    await breathe(ana, 16)
    await chat(ana, 2, wait=90, rating=4, counselor=counselor.uuid)
    (row,) = await rows(16)
    assert row["language"] == "es"
    assert row["counted"]
    assert (row["entries"], row["days"], row["breathing"]) == (15, 15, 2)
    assert row["mood_mean"] == pytest.approx(np.nanmean(moods))
    assert row["mood_sd"] == pytest.approx(np.nanstd(moods, ddof=1))
    known = ~np.isnan(moods[0])
    assert row["mood_trend"] == pytest.approx(30 * np.polyfit(np.flatnonzero(known), moods[0][known], 1)[0])
    assert (row["first_half"], row["second_half"]) == (pytest.approx(np.nanmean(moods[0, :8])), 5)
    assert row["regularity"] == pytest.approx(15 / 16)
    assert [each["mood"] for each in row["moods"]] == moods[0][known].tolist()
    assert row["programs"] == [{"slug": "sleep-better", "title": row["programs"][0]["title"], "enrolled": 3, "completed": 9}]
    (talk,) = row["chats"]
    assert (talk["day"], talk["priority"], talk["wait"], talk["rating"]) == (2, "high", 90, 4)


async def test_several_entries_of_a_day_are_one_mood(world: World):
    (ana,) = await settle(flat(1, 3, 1))
    for _ in range(3):
        await db.execute(
            "INSERT INTO mood_entries (id, user_id, mood, date, timestamp, fingerprint, created_at) VALUES ($1, $2, 5, $3, $4, $5, $4)",
            clock.new_id(), ana, FIRST, noon(0), b"\x00" * 16,
        )  # fmt: skip
    (row,) = await rows(3)
    assert (row["entries"], row["days"]) == (6, 3)
    assert row["moods"][0] == {"day": 0, "mood": 4}
    assert row["mood_mean"] == 2


async def test_only_the_window_counts_and_the_history_is_for_comparison(world: World):
    (ana,) = await settle(np.array([[1.0] * 100 + [4.0] * 20]), history=100)
    await breathe(ana, -3)
    await chat(ana, -3)
    await enrol(ana, -3, completed=12)
    (row,) = await rows(10)
    assert (row["entries"], row["days"], row["mood_mean"], row["breathing"], row["chats"]) == (10, 10, 4, 0, [])
    days = [each["day"] for each in row["moods"]]
    assert (min(days), max(days)) == (-84, 9)
    assert (row["programs"][0]["enrolled"], row["programs"][0]["completed"]) == (-3, None)


async def test_too_little_is_null_and_never_a_warning(world: World):
    await settle(np.array([[np.nan, np.nan, np.nan], [3, np.nan, np.nan]]))
    nobody, somebody = sorted(await rows(3), key=lambda row: row["days"])
    assert nobody["mood_mean"] is None
    assert nobody["regularity"] is None
    assert (somebody["mood_mean"], somebody["mood_sd"], somebody["mood_trend"], somebody["first_half"]) == (3, None, None, None)


async def test_who_is_in_it(world: World):
    """Nobody who does not want to be analysed, who is banned, or who came later; of those whose use may not be counted, nothing of it."""
    await settle(flat(2, 5), is_anonymous=False)
    await settle(flat(4, 5), preferences=switched_off(insights=True))
    await settle(flat(4, 5), is_banned=True)
    await settle(flat(4, 5), created_at=datetime(2026, 1, 10, tzinfo=UTC))
    (quiet,) = await settle(flat(1, 5, 5), preferences=switched_off(activityTracking=True))
    await enrol(quiet, 1)
    await breathe(quiet, 1)
    await chat(quiet, 1)
    found = await rows(5)
    assert sorted(row["mood_mean"] for row in found) == [3, 3, 5]
    (row,) = [row for row in found if row["mood_mean"] == 5]
    assert (row["counted"], row["breathing"], row["programs"], row["chats"]) == (False, None, [], [])


async def test_days_are_those_of_where_people_live(world: World):
    """Half past eleven in the evening of the last day in New York is the next day in UTC."""
    late = datetime(2026, 1, 10, 4, 30, tzinfo=UTC)
    (there,) = await settle(flat(1, 5), created_at=late, timezone="America/New_York")
    await settle(flat(1, 5), created_at=late, timezone="Europe/Madrid")
    await db.execute("UPDATE users SET language = 'es' WHERE id = $1", there)
    assert [row["language"] for row in await rows(5)] == ["es"]


async def test_shards_divide_the_people(world: World):
    await settle(flat(60, 2))
    whole = {row["person"] for row in await rows(2)}
    parts = [{row["person"] for row in await rows(2, number=number, of=4)} for number in range(4)]
    assert len(whole) == 60
    assert set.union(*parts) == whole
    assert sum(map(len, parts)) == 60
    assert all(parts)
    for number, of in ((4, 4), (-1, 4), (0, 0)):
        with pytest.raises(ValueError, match="there is no shard"):
            await shard(2, number, of)
    with pytest.raises(ValueError, match="ends before it begins"):
        await shard(2, within=Window(FIRST, FIRST - timedelta(days=1)))


async def test_pseudonyms_lead_to_nobody_and_join_no_windows(world: World):
    (ana,) = await settle(flat(1, 5))
    counselor = await world.counselor()
    await chat(ana, 1, wait=5, counselor=counselor.uuid)
    raw = await shard(5)
    for id in (ana, counselor.uuid):
        assert id.bytes not in raw
        assert str(id).encode() not in raw
        assert id.hex.encode() not in raw
    names = {(await rows(5))[0]["person"], (await rows(4))[0]["person"], (await rows(5, secret=b"another key"))[0]["person"]}
    assert len(names) == 3
    assert {len(name) for name in names} == {16}
    assert raw == await shard(5)


async def test_however_many_shards_the_files_are_the_same(world: World):
    random = np.random.default_rng(3)
    people = await settle(np.rint(diaries(random, 40, 40, gaps=0.3)))
    for person in people[:15]:
        await enrol(person, 5)
        await chat(person, 3, wait=100, rating=5)
    one = conclude(window(40), [await shard(40)], {})
    three = conclude(window(40), [await shard(40, number, 3) for number in (2, 0, 1)], {})
    assert one == three


async def test_the_engagement_of_the_same_dates_is_told(world: World):
    """As it is counted by the system itself: what is hidden there is empty here, what is shown is in the tables and on the page."""
    people = await settle(flat(30, 40), created_at=noon(0))
    for person in people[:12]:
        await enrol(person, 5)
    last = window(40).last
    counted = await engagement_of(FIRST, last)
    files = conclude(window(40), [await shard(40)], counted)
    tables = {name: pq.read_table(io.BytesIO(content)).to_pylist() for name, content in files.items() if name.endswith(".parquet")}
    active = tables["active_people.parquet"]
    assert [{**row, "date": row["date"].isoformat()} for row in active] == [{name: day[name] for name in ("date", "dau", "wau", "mau")} for day in counted["days"]]
    assert len(active) == 40
    assert 30 in active[-1].values()
    assert {row["feature"]: row["people"] for row in tables["feature_use.parquet"]} == {"moods": 30, "notes": None, "breathing": None, "programs": 10, "chat": None}
    assert tables["retention.parquet"][0] == {"first": FIRST, "people": 30, "d1": None, "d7": None, "d30": None}
    assert tables["use.parquet"] == [{name: counted["active"][name] for name in ("dau", "wau", "mau", "stickiness")}]
    assert "Logging moods" in files["report.html"].decode()


async def test_a_large_diary_comes_in_chunks(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("analytics.batch.reading._CHUNK_BYTES", 100)
    random = np.random.default_rng(4)
    moods = np.rint(diaries(random, 7, 60))
    await settle(moods)
    found = await rows(60)
    assert sorted(sum(each["mood"] for each in row["moods"]) for row in found) == sorted(np.nansum(moods, axis=1))


async def test_an_empty_database_has_an_empty_shard(world: World):
    assert await rows(30) == []
    assert await rows(30, number=1, of=2) == []
