"""The diary over HTTP: writing it down, reading it back, changing it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core import clock, db
from core.views import instant
from tests.diaries import every, on, store
from tests.people import World, do_jobs


async def test_a_mood_is_logged_and_read_back_as_it_was_said(world: World) -> None:
    ana = await world.user(timezone="Europe/Madrid")
    said: dict[str, Any] = {"mood": 4, "note": "café ☕ <script>", "location": "home", "weather": "rain", "factors": ["sleep", "work"], "timestamp": "2026-05-04T23:30:00.123Z"}
    logged = await ana.log_mood(**said)
    assert logged["date"] == "2026-05-05"
    assert {name: logged[name] for name in said} == said
    assert (await ana.get(f"/moods/{logged['id']}")).json == logged
    assert (await ana.get("/moods")).json == {"items": [logged], "nextCursor": None}


async def test_jobs_award_and_notify_once(world: World) -> None:
    ana = await world.user(language="es")
    for _ in range(3):
        await ana.log_mood(5)
    assert set(await do_jobs()) == {"done"}
    earned = (await ana.get("/achievements/user")).json
    assert [each["achievement"]["name"] for each in earned["items"]] == ["Primer paso"]
    assert earned["totalPoints"] == 10
    told = (await ana.get("/notifications")).json["items"]
    assert [each["title"] for each in told] == ["Has conseguido «Primer paso»"]


async def test_a_mood_alone_is_enough_and_counts_for_now(world: World) -> None:
    ana = await world.anonymous(timezone="Pacific/Kiritimati")
    before = clock.now()
    logged = await ana.log_mood(2)
    assert before <= datetime.fromisoformat(logged["timestamp"]) <= clock.now()
    assert logged["date"] in {str(clock.today("Pacific/Kiritimati")), str((before + timedelta(hours=14)).date())}
    assert {name: logged[name] for name in ("note", "location", "weather", "factors")} == {"note": None, "location": None, "weather": None, "factors": []}
    assert logged["timestamp"].endswith("Z")
    assert logged["createdAt"].endswith("Z")


async def test_several_a_day_are_all_kept(world: World) -> None:
    ana = await world.anonymous()
    for mood in (1, 5, 3):
        await ana.log_mood(mood, timestamp="2026-05-04T10:00:00Z")
    found = await every(ana)
    assert sorted(each["mood"] for each in found) == [1, 3, 5]
    assert {each["date"] for each in found} == {"2026-05-04"}


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "mood"),
        ({"mood": 0}, "mood"),
        ({"mood": 6}, "mood"),
        ({"mood": 3.5}, "mood"),
        ({"mood": "3"}, "mood"),
        ({"mood": True}, "mood"),
        ({"mood": None}, "mood"),
        ({"mood": 2**63}, "mood"),
        ({"mood": 3, "note": 5}, "note"),
        ({"mood": 3, "note": "x" * 8001}, "note"),
        ({"mood": 3, "note": "é" * 4001}, "note"),
        ({"mood": 3, "note": "a\x00b"}, "note"),
        ({"mood": 3, "location": "x" * 121}, "location"),
        ({"mood": 3, "weather": "x" * 121}, "weather"),
        ({"mood": 3, "factors": "sleep"}, "factors"),
        ({"mood": 3, "factors": ["x"] * 21}, "factors"),
        ({"mood": 3, "factors": ["ok", "x" * 61]}, "factors.1"),
        ({"mood": 3, "factors": ["ok", ""]}, "factors.1"),
        ({"mood": 3, "factors": ["ok", 7]}, "factors.1"),
        ({"mood": 3, "timestamp": "2026-05-04T10:00:00"}, "timestamp"),
        ({"mood": 3, "timestamp": "2026-05-04"}, "timestamp"),
        ({"mood": 3, "timestamp": 1777888800}, "timestamp"),
        ({"mood": 3, "timestamp": "9999-12-31T23:59:59-12:00"}, "timestamp"),
        ({"mood": 3, "timestamp": "0001-01-01T00:00:00+14:00"}, "timestamp"),
        ({"mood": 3, "timestamp": "1900-01-01T00:00:00Z"}, "timestamp"),
        ({"mood": 3, "date": "2027-02-29"}, "date"),
        ({"mood": 3, "date": "9999-12-31"}, "date"),
        ({"mood": 3, "date": "0001-01-01"}, "date"),
        ({"mood": 3, "date": "1900-01-01"}, "date"),
        ({"mood": 3, "date": "04.05.2026"}, "date"),
        ({"mood": 3, "timestamp": "2026-05-04T10:00:00Z", "date": "2026-05-06"}, "date"),
        ({"mood": 3, "timestamp": "2026-05-04T10:00:00Z", "date": "2026-05-02"}, "date"),
        ({"mood": 3, "id": "x"}, "id"),
        ({"mood": 3, "userId": "x"}, "userId"),
        ({"mood": 3, "createdAt": "2026-05-04T10:00:00Z"}, "createdAt"),
    ],
)
async def test_what_is_out_of_range_is_refused_by_name_and_leaves_nothing(world: World, body: dict[str, Any], path: str) -> None:
    ana = await world.anonymous()
    refused = await ana.post("/moods", body)
    assert refused.status == 422, refused.raw
    assert refused.paths == {path}
    assert await every(ana) == []


async def test_every_wrong_field_is_named_at_once(world: World) -> None:
    ana = await world.anonymous()
    refused = await ana.post("/moods", {"mood": 9, "note": 1, "factors": ["", "fine", 3], "mode": 1})
    assert refused.paths == {"mood", "note", "factors.0", "factors.2", "mode"}


async def test_what_just_fits_is_taken(world: World) -> None:
    ana = await world.anonymous()
    said: dict[str, Any] = {"mood": 1, "note": "é" * 4000, "location": "界" * 120, "weather": "☀" * 120, "factors": ["ü" * 60] * 20}
    logged = await ana.log_mood(**said)
    assert {name: logged[name] for name in said} == said


async def test_a_note_is_stored_composed_and_kept_to_the_letter(world: World) -> None:
    """NFC, and otherwise what was typed: line breaks, spaces, emoji with joiners, what looks like code."""
    ana = await world.anonymous()
    note = "  cafe\u0301\r\n\t👩‍👩‍👧 {{7*7}} '; DROP TABLE moods; -- \u202eabc  "
    assert (await ana.log_mood(3, note=note))["note"] == note.replace("e\u0301", "é")
    assert (await ana.log_mood(3, note=""))["note"] is None


async def test_labels_are_one_clean_line(world: World) -> None:
    ana = await world.anonymous()
    logged = await ana.log_mood(3, location=" by\r\nthe\u202e sea ", weather="e\u200b\u0301", factors=["a\tb"])
    assert (logged["location"], logged["weather"], logged["factors"]) == ("by the sea", "é", ["a b"])


async def test_five_minutes_ahead_is_taken_and_more_is_not(world: World) -> None:
    ana = await world.anonymous()
    assert (await ana.post("/moods", {"mood": 3, "timestamp": instant(clock.now() + timedelta(minutes=4, seconds=50))})).status == 201
    late = await ana.post("/moods", {"mood": 3, "timestamp": instant(clock.now() + timedelta(minutes=5, seconds=30))})
    assert (late.status, late.paths) == (422, {"timestamp"})


async def test_ten_years_back_is_taken_and_more_is_not(world: World) -> None:
    ana = await world.anonymous()
    now = clock.now()
    assert (await ana.post("/moods", {"mood": 3, "timestamp": instant(now - timedelta(days=3650))})).status == 201
    early = await ana.post("/moods", {"mood": 3, "timestamp": instant(now - timedelta(days=3660))})
    assert (early.status, early.paths) == (422, {"timestamp"})


async def test_any_zone_in_a_timestamp_is_read_and_shown_in_utc(world: World) -> None:
    ana = await world.anonymous(timezone="Asia/Kathmandu")
    logged = await ana.log_mood(3, timestamp="2026-05-04T01:15:00.5678+05:45")
    assert (logged["timestamp"], logged["date"]) == ("2026-05-03T19:30:00.567Z", "2026-05-04")


@pytest.mark.parametrize(
    ("zone", "noon"), [("Pacific/Kiritimati", "2026-05-03T22:00:00.000Z"), ("Etc/GMT+12", "2026-05-05T00:00:00.000Z"), ("Europe/Madrid", "2026-05-04T10:00:00.000Z")]
)
async def test_a_date_alone_means_noon_there(world: World, zone: str, noon: str) -> None:
    ana = await world.anonymous(timezone=zone)
    logged = await ana.log_mood(3, date="2026-05-04")
    assert (logged["timestamp"], logged["date"]) == (noon, "2026-05-04")


async def test_the_date_may_be_a_day_away_and_no_more_at_the_ends_of_the_world(world: World) -> None:
    """At UTC+14 and UTC−12 the local day and UTC's differ, and another day on top is still allowed."""
    ana = await world.anonymous(timezone="Pacific/Kiritimati")
    assert (await ana.log_mood(3, timestamp="2026-05-04T11:00:00Z"))["date"] == "2026-05-05"
    assert (await ana.log_mood(3, timestamp="2026-05-04T11:00:00Z", date="2026-05-06"))["date"] == "2026-05-06"
    assert (await ana.post("/moods", {"mood": 3, "timestamp": "2026-05-04T11:00:00Z", "date": "2026-05-03"})).paths == {"date"}
    bob = await world.anonymous(timezone="Etc/GMT+12")
    assert (await bob.log_mood(3, timestamp="2026-05-04T11:00:00Z"))["date"] == "2026-05-03"
    assert (await bob.log_mood(3, timestamp="2026-05-04T11:00:00Z", date="2026-05-02"))["date"] == "2026-05-02"
    assert (await bob.post("/moods", {"mood": 3, "timestamp": "2026-05-04T11:00:00Z", "date": "2026-05-05"})).paths == {"date"}


async def test_any_field_can_be_changed_and_the_others_stay(world: World) -> None:
    ana = await world.anonymous(timezone="Europe/Madrid")
    logged = await ana.log_mood(2, note="bad", location="here", weather="rain", factors=["a"], timestamp="2026-05-04T10:00:00Z")
    changes: list[dict[str, Any]] = [{"mood": 5}, {"note": "better"}, {"location": None}, {"weather": "sun"}, {"factors": []}, {"note": None}]
    for change in changes:
        logged |= change
        answered = await ana.put(f"/moods/{logged['id']}", change)
        assert (answered.status, answered.json) == (200, logged)
    assert (await ana.get(f"/moods/{logged['id']}")).json == logged
    assert (await ana.put(f"/moods/{logged['id']}", {})).json == logged


async def test_a_new_instant_moves_the_date_and_a_near_date_keeps_the_instant(world: World) -> None:
    ana = await world.anonymous(timezone="Europe/Madrid")
    path = f"/moods/{(await ana.log_mood(2, timestamp='2026-05-04T10:00:00Z'))['id']}"

    async def after(**changes: str) -> tuple[str, str]:
        found = (await ana.put(path, changes)).json
        return found["timestamp"], found["date"]

    assert await after(timestamp="2026-03-01T23:30:00Z") == ("2026-03-01T23:30:00.000Z", "2026-03-02")
    assert await after(date="2026-03-01") == ("2026-03-01T23:30:00.000Z", "2026-03-01")
    assert await after(date="2026-01-10") == ("2026-01-10T11:00:00.000Z", "2026-01-10")
    assert await after(date="2026-02-01", timestamp="2026-02-02T10:00:00Z") == ("2026-02-02T10:00:00.000Z", "2026-02-01")


@pytest.mark.parametrize(
    "change", [{"mood": None}, {"mood": 6}, {"factors": None}, {"timestamp": None}, {"date": None}, {"timestamp": "2026-05-04T10:00:00"}, {"date": "1990-01-01"}, {"isRead": True}]
)
async def test_a_bad_change_changes_nothing(world: World, change: dict[str, Any]) -> None:
    ana = await world.anonymous()
    logged = await ana.log_mood(4, note="as it was", timestamp="2026-05-04T10:00:00Z")
    refused = await ana.put(f"/moods/{logged['id']}", change)
    assert (refused.status, refused.paths) == (422, set(change))
    assert (await ana.get(f"/moods/{logged['id']}")).json == logged


async def test_an_imported_old_entry_can_still_be_changed(world: World) -> None:
    """Imports go back to 1990; the ten years bound what is newly said."""
    ana = await world.anonymous()
    await store(ana.uuid, [on(date(1995, 6, 1), 2)])
    [old] = await every(ana)
    assert (await ana.put(f"/moods/{old['id']}", {"mood": 5, "note": "long ago"})).json == {**old, "mood": 5, "note": "long ago"}


async def test_a_deleted_entry_is_gone(world: World) -> None:
    ana = await world.anonymous()
    logged = await ana.log_mood(4)
    assert (await ana.delete(f"/moods/{logged['id']}")).status == 204
    assert [(await ana.send(method, f"/moods/{logged['id']}", body)).status for method, body in (("GET", None), ("PUT", {"mood": 1}), ("DELETE", None))] == [404] * 3
    assert await every(ana) == []


async def test_somebody_elses_entry_looks_like_none(world: World) -> None:
    ana, bob = await world.anonymous(), await world.anonymous()
    logged = await ana.log_mood(4, note="mine")
    nowhere = f"/moods/{clock.new_id()}"
    for method, body in (("GET", None), ("PUT", {"mood": 1}), ("DELETE", None)):
        others, none = await bob.send(method, f"/moods/{logged['id']}", body), await bob.send(method, nowhere, body)
        assert others.status == none.status == 404
        assert {**others.json, "requestId": ""} == {**none.json, "requestId": ""}
    assert (await ana.get(f"/moods/{logged['id']}")).json == logged
    assert await every(bob) == []


async def test_what_was_said_is_sealed_at_rest(world: World) -> None:
    ana = await world.anonymous()
    await ana.log_mood(4, note="canary-note", location="canary-place", weather="canary-sky", factors=["canary-factor"])
    row = await db.fetchrow("SELECT mood_entries::text AS whole FROM mood_entries WHERE user_id = $1", ana.uuid)
    assert row is not None
    text = row["whole"]
    assert "canary" not in text
    assert b"canary".hex() not in text


async def test_a_retried_post_with_its_key_writes_once(world: World) -> None:
    ana = await world.anonymous()
    headers = {"Idempotency-Key": "one"}
    first = await ana.post("/moods", {"mood": 4}, headers=headers)
    again = await ana.post("/moods", {"mood": 4}, headers=headers)
    assert (again.status, again.raw, again.headers["Idempotent-Replayed"]) == (201, first.raw, "true")
    other = await ana.post("/moods", {"mood": 5}, headers=headers)
    assert (other.status, other.json["code"]) == (409, "idempotency_mismatch")
    assert len(await every(ana)) == 1


async def test_a_deep_diary_begins_when_it_began(world: World) -> None:
    ana = await world.anonymous()
    await store(ana.uuid, [on(date(2026, 5, 4), 3, hour=hour) for hour in range(24)])
    assert [datetime.fromisoformat(each["timestamp"]) for each in await every(ana)] == [datetime(2026, 5, 4, hour, tzinfo=UTC) for hour in reversed(range(24))]
