"""Diaries taken in from files, and out again."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from core import clock, db, runtime
from core.crypto import Key
from domain.mood_csv import HEADER
from tests.diaries import DAYLIO, count, diary, every, exported, on, take_in
from tests.people import World, do_jobs, upload

NOON = "2026-05-04T12:00:00Z"


def _own(*rows: str, header: str = "timestamp,mood,note") -> str:
    return "\n".join((header, *rows))


def _daylio(*rows: str) -> str:
    return "\n".join((DAYLIO, *rows))


async def test_our_own_columns_are_read_in_any_order_and_case(world: World) -> None:
    ana = await world.anonymous(timezone="Europe/Madrid")
    content = _own(f'5,"a, ""b""\nc",{NOON},home,rain,"[""x"",""y""]",2026-05-05', header=" Mood,NOTE,timestamp,location,weather,factors,date")
    state = await take_in(ana, content)
    assert {name: state[name] for name in ("status", "progress", "imported", "skipped", "failed", "errors", "error")} == {
        "status": "done", "progress": 100, "imported": 1, "skipped": 0, "failed": 0, "errors": [], "error": None,
    }  # fmt: skip
    assert state["finishedAt"] >= state["createdAt"]
    [found] = await every(ana)
    assert {name: found[name] for name in ("mood", "note", "timestamp", "date", "location", "weather", "factors")} == {
        "mood": 5, "note": 'a, "b"\nc', "timestamp": "2026-05-04T12:00:00.000Z", "date": "2026-05-05", "location": "home", "weather": "rain", "factors": ["x", "y"],
    }  # fmt: skip


async def test_a_date_that_is_not_given_is_the_instants_in_the_persons_zone(world: World) -> None:
    ana = await world.anonymous(timezone="Europe/Madrid")
    await take_in(ana, _own("2026-05-04T23:30:00Z,3,"))
    assert [each["date"] for each in await every(ana)] == ["2026-05-05"]


async def test_daylios_file_is_read(world: World) -> None:
    ana = await world.anonymous(timezone="Europe/Madrid")
    content = _daylio(
        '2026-05-04,May 4,Monday,14:30,rad,"sport | good sleep",A title,and a note',
        "2026-05-03,May 3,Sunday,2:05 PM,Good,,,only a note",
        "2026-05-02,May 2,Saturday,12:00 AM,meh,reading,only a title,",
        "2026-05-01,May 1,Friday,12:10\u202fPM,bad,,,",
        "2026-04-30,April 30,Thursday,12:15 a. m.,fatal,,,",
        "2026-04-29,April 29,Wednesday,,AWFUL,,,",
    )
    state = await take_in(ana, content)
    assert (state["imported"], state["errors"]) == (6, [])
    shown = [(each["timestamp"][:16], each["date"], each["mood"], each["note"], each["factors"]) for each in await every(ana)]
    assert shown == [
        ("2026-05-04T12:30", "2026-05-04", 5, "A title\nand a note", ["sport", "good sleep"]),
        ("2026-05-03T12:05", "2026-05-03", 4, "only a note", []),
        ("2026-05-01T22:00", "2026-05-02", 3, "only a title", ["reading"]),
        ("2026-05-01T10:10", "2026-05-01", 2, None, []),
        ("2026-04-29T22:15", "2026-04-30", 1, None, []),
        ("2026-04-29T10:00", "2026-04-29", 1, None, []),
    ]


async def test_daylios_file_adds_nothing_twice_wherever_one_has_moved_to(world: World) -> None:
    ana = await world.user(timezone="Europe/Madrid")
    content = _daylio("2026-05-04,,,10:00,good,,,home", "2026-05-03,,,23:30,meh,,,")
    assert (await take_in(ana, content))["imported"] == 2
    assert (await ana.put("/users/profile", {"timezone": "Asia/Tokyo"})).status == 200
    again = await take_in(ana, f"{content}\n2026-05-05,,,9:00,good,,,there")
    assert (again["imported"], again["skipped"]) == (1, 2)
    assert len(await every(ana)) == 3


async def test_daylios_times_in_a_gap_and_a_fold_are_real_instants(world: World) -> None:
    ana = await world.anonymous(timezone="Europe/Madrid")
    await take_in(ana, _daylio("2026-03-29,,,02:30,good,,,", "2026-10-25,,,02:30,good,,,"))
    assert [(each["timestamp"][:16], each["date"]) for each in await every(ana)] == [("2026-10-25T00:30", "2026-10-25"), ("2026-03-29T01:30", "2026-03-29")]


async def test_custom_words_mean_what_the_map_says_and_others_are_their_rows_error(world: World) -> None:
    ana = await world.anonymous()
    content = _daylio("2026-05-04,,,10:00,Wu\u0308tend,,,", "2026-05-03,,,10:00,weird,,,", "2026-05-02,,,10:00,meh,,,")
    state = await take_in(ana, content, moodMap=json.dumps({" WÜTEND ": 1, "meh": 5}))
    assert (state["imported"], state["failed"]) == (2, 1)
    assert state["errors"] == [{"row": 2, "message": "unknown mood word 'weird'; name it in moodMap"}]
    assert [each["mood"] for each in await every(ana)] == [1, 5]


@pytest.mark.parametrize("moods", ['{"x": 6}', '{"x": "5"}', '["x"]', "5", '{"x": true}', '{"%s": 1}' % ("x" * 121)])
async def test_a_map_that_makes_no_sense_is_refused_and_nothing_is_kept(world: World, moods: str) -> None:
    ana = await world.anonymous()
    refused = await ana.post("/moods/import", form=upload(b"timestamp,mood\n", moodMap=moods))
    assert (refused.status, refused.paths) == (422, {"moodMap"})
    assert await db.fetchval("SELECT count(*) FROM mood_imports WHERE user_id = $1", ana.uuid) == 0
    assert not any(_kept(ana.id))


@pytest.mark.parametrize("moods", ["{", '{"x":1,"x":2}', '{"x": NaN}'])
async def test_a_map_that_is_not_json_is_malformed(world: World, moods: str) -> None:
    ana = await world.anonymous()
    refused = await ana.post("/moods/import", form=upload(b"timestamp,mood\n", moodMap=moods))
    assert (refused.status, refused.json["code"]) == (400, "malformed_body")
    assert not any(_kept(ana.id))


def _kept(user_id: str) -> list[str]:
    folder = runtime.settings().home / "files" / "imports" / user_id
    return [path.name for path in folder.iterdir()] if folder.exists() else []


async def test_the_upload_is_kept_sealed_and_only_until_it_is_read(world: World) -> None:
    ana = await world.anonymous()
    begun = (await ana.post("/moods/import", form=upload(_own(f"{NOON},3,canary").encode()))).json
    assert (begun["status"], begun["progress"], begun["finishedAt"]) == ("queued", 0, None)
    folder = runtime.settings().home / "files" / "imports" / ana.id
    [name] = _kept(ana.id)
    assert b"canary" not in (folder / name).read_bytes()
    await do_jobs()
    assert _kept(ana.id) == []


async def test_every_bad_row_is_named_and_the_good_ones_stay(world: World) -> None:
    bad = {
        "timestamp is not an instant like 2026-05-04T03:02:01Z": "yesterday,3,",
        "timestamp has no zone": "2026-05-04T12:00:00,3,",
        "mood is not a whole number from 1 to 5": f"{NOON},6,",
        "lies before 1990": "1989-06-01T12:00:00Z,3,",
        "lies in the future": f"{(clock.now() + timedelta(hours=1)).isoformat()},3,",
        "has more cells than the first line": f"{NOON},3,a,b",
        "note must be at most 8000 bytes": f"{NOON},3,{'é' * 4001}",
        "note must not contain NUL": f"{NOON},3,a\x00b",
    }
    ana = await world.anonymous()
    state = await take_in(ana, _own(f"{NOON},1,good", *bad.values(), "", f"{NOON},2,good", f"{NOON}"))
    expected = [{"row": number, "message": message} for number, message in enumerate(bad, start=2)]
    assert state["errors"] == [*expected, {"row": len(bad) + 3, "message": "mood is not a whole number from 1 to 5"}]
    assert (state["status"], state["imported"], state["failed"]) == ("done", 2, len(bad) + 1)


@pytest.mark.parametrize("row", ["9999-12-31T23:59:59-12:00,3,", "0001-01-01T00:00:00+14:00,3,", "9999-12-31T23:59:59Z,3,"])
async def test_the_ends_of_time_are_row_errors(world: World, row: str) -> None:
    ana = await world.anonymous()
    state = await take_in(ana, _own(row))
    assert [each["message"] for each in state["errors"]] == ["lies before 1990" if row.startswith("0") else "lies in the future"]


@pytest.mark.parametrize(
    "row",
    [
        "2026-05-04,,,25:00,good,,,",
        "2026-05-04,,,13:00 PM,good,,,",
        "2026-05-04,,,0:30 AM,good,,,",
        "2026-05-04,,,noon,good,,,",
        "2026-02-30,,,10:00,good,,,",
        "9999-12-31,,,23:00,good,,,",
    ],
)
async def test_daylios_impossible_times_are_row_errors(world: World, row: str) -> None:
    ana = await world.anonymous(timezone="Pacific/Honolulu")
    state = await take_in(ana, _daylio(row, "2026-05-04,,,0:30,good,,,"))
    assert (state["imported"], [each["row"] for each in state["errors"]]) == (1, [1])


async def test_a_row_cut_short_is_that_rows_error(world: World) -> None:
    ana = await world.anonymous()
    state = await take_in(ana, _daylio("2026-05-04", "x", "2026-05-04,,,10:00,good"))
    assert (state["status"], state["imported"], [each["row"] for each in state["errors"]]) == ("done", 1, [1, 2])


async def test_the_first_hundred_errors_are_shown_and_all_are_counted(world: World) -> None:
    ana = await world.anonymous()
    state = await take_in(ana, _own(*(f"no,3,{n}" for n in range(1300))))
    assert state["failed"] == 1300
    assert [each["row"] for each in state["errors"]] == list(range(1, 101))


async def test_a_byte_that_is_no_utf8_spoils_its_row_alone(world: World) -> None:
    ana = await world.anonymous()
    rows = [f"{NOON},3,{n}".encode() for n in range(1000)]
    rows[500] = NOON.encode() + b",3,caf\xe9"
    state = await take_in(ana, b"\n".join([b"timestamp,mood,note", *rows]))
    assert (state["imported"], state["errors"]) == (999, [{"row": 501, "message": "cannot be read: not UTF-8"}])


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbf" + _own(f"{NOON},3,x").encode(), _own(f"{NOON},3,x").replace("\n", "\r\n").encode(), _own(f"{NOON},3,x").replace("\n", "\r").encode()]
)
async def test_a_byte_order_mark_and_any_line_ends_are_fine(world: World, content: bytes) -> None:
    ana = await world.anonymous()
    assert (await take_in(ana, content))["imported"] == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"hello", b"%PDF-1.7\n\x00\x01\xff", b"date,feeling\n2026-05-04,3", _own(f"{NOON},3,x").encode("utf-16"), b"timestamp,mood,mood\n", b'"' + b"x" * 2_000_000],
)
async def test_another_kind_of_file_fails_with_a_sentence(world: World, content: bytes) -> None:
    ana = await world.anonymous()
    state = await take_in(ana, content)
    assert (state["status"], state["imported"], state["progress"]) == ("failed", 0, 100)
    assert state["error"].startswith(("The first line names neither", "The file is not a CSV file"))
    assert state["finishedAt"] is not None
    assert _kept(ana.id) == []


async def test_a_row_that_is_no_csv_does_not_end_the_file(world: World) -> None:
    """A cell over a megabyte."""
    ana = await world.anonymous()
    state = await take_in(ana, _own(f"{NOON},3,{'x' * 1_000_001}", f"{NOON},4,fine"))
    assert (state["imported"], state["errors"]) == (1, [{"row": 1, "message": "cannot be read: not CSV"}])


async def test_the_same_file_again_adds_nothing(world: World) -> None:
    ana = await world.anonymous()
    content = _daylio(*(f"2026-0{1 + n % 9}-1{n % 7},,,10:{n % 60:02},good,,,{n}" for n in range(60)))
    assert (await take_in(ana, content))["imported"] == 60
    again = await take_in(ana, content)
    assert (again["imported"], again["skipped"], await count(ana)) == (0, 60, 60)


async def test_equal_rows_of_one_file_are_all_kept_and_still_added_once(world: World) -> None:
    ana = await world.anonymous()
    content = _daylio(*["2026-05-04,,,10:00,good,,,"] * 3, *(f"2026-05-04,,,10:00,good,,,{n}" for n in range(600)), *["2026-05-04,,,10:00,good,,,"] * 2)
    assert (await take_in(ana, content))["imported"] == 605
    assert (await take_in(ana, content))["imported"] == 0
    more = await take_in(ana, _daylio(*["2026-05-04,,,10:00,good,,,"] * 6))
    assert (more["imported"], more["skipped"], await count(ana)) == (1, 5, 606)


async def test_an_edited_entry_is_not_added_again_in_its_old_words(world: World) -> None:
    ana = await world.anonymous()
    content = _own(f"{NOON},3,before")
    await take_in(ana, content)
    [entry] = await every(ana)
    await ana.put(f"/moods/{entry['id']}", {"note": "after", "mood": 5, "timestamp": "2026-01-01T10:00:00Z"})
    again = await take_in(ana, content)
    assert (again["imported"], again["skipped"]) == (0, 1)
    assert [each["note"] for each in await every(ana)] == ["after"]


async def test_an_own_export_adds_nothing_at_home_and_all_elsewhere(world: World) -> None:
    """Also of entries at the ends of the world, dated a day away, and of changed ones."""
    ana = await world.anonymous(timezone="Pacific/Kiritimati")
    notes = ["=1+1", "+49", "-5", "@home", "'quoted", "''twice", "\tx", "\r\ny", "a\rb", 'say "hi", ok', "", "é" * 4000, "  spaces  "]
    for note in notes:
        await ana.log_mood(3, note=note, location="=here" if note else None, weather="@rain", factors=["=f", "a|b", 'q"'])
    await ana.log_mood(4, timestamp="2026-05-04T11:00:00Z", date="2026-05-06")
    await ana.log_mood(4, timestamp="2026-05-04T09:59:59.999Z", date="2026-05-03")
    changed = await ana.log_mood(1, note="x")
    await ana.put(f"/moods/{changed['id']}", {"note": "y"})
    file = await exported(ana)
    state = await take_in(ana, file)
    assert (state["imported"], state["skipped"], state["errors"]) == (0, len(notes) + 3, [])
    bob = await world.anonymous(timezone="America/New_York")
    state = await take_in(bob, file)
    assert (state["imported"], state["errors"]) == (len(notes) + 3, [])
    assert _said(await every(bob)) == _said(await every(ana))
    assert (await take_in(bob, file))["imported"] == 0


def _said(moods: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps({name: each[name] for name in each if name not in ("id", "createdAt")}, sort_keys=True) for each in moods)


async def test_cells_that_could_be_formulas_are_guarded(world: World) -> None:
    ana = await world.anonymous()
    for start in ("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "\ry", "'z", "plain"):
        await ana.log_mood(3, note=start, location="=x")
    answered = await ana.get("/moods/export.csv")
    assert answered.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answered.headers["Content-Disposition"] == 'attachment; filename="moods.csv"'
    assert "no-store" in answered.headers["Cache-Control"]
    assert answered.headers["X-Content-Type-Options"] == "nosniff"
    assert all(name in answered.headers for name in ("X-Request-Id", "Referrer-Policy", "RateLimit-Remaining"))
    rows = list(csv.reader(io.StringIO(answered.raw.decode(), newline="")))
    assert tuple(rows[0]) == HEADER
    assert len(rows) == 9
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert {row[4] for row in rows} >= {"''z", "plain", "'=cmd|' /C calc'!A0"}


async def test_an_export_is_streamed_oldest_first_and_whole(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await diary(world, [on(date(2020, 1, 1) + timedelta(days=n), note="x" * 100) for n in range(1234)])
    opened = 0
    open_text = Key.open

    def counting(self: Key, *args: Any) -> str | None:
        nonlocal opened
        opened += 1
        return open_text(self, *args)

    monkeypatch.setattr(Key, "open", counting)
    async with world.client.get("/api/moods/export.csv", headers=ana.bearer) as response:
        assert response.headers.get("Transfer-Encoding") == "chunked"
        content = await response.read()
    assert opened >= 1234
    dates = [row["date"] for row in csv.DictReader(io.StringIO(content.decode(), newline=""))]
    assert dates == [str(date(2020, 1, 1) + timedelta(days=n)) for n in range(1234)]


async def test_an_empty_diary_exports_its_header(world: World) -> None:
    ana = await world.anonymous()
    assert await exported(ana) == (",".join(HEADER) + "\r\n").encode()
    assert (await take_in(ana, await exported(ana)))["status"] == "done"


async def test_somebody_elses_import_looks_like_none(world: World) -> None:
    ana, bob = await world.anonymous(), await world.anonymous()
    state = await take_in(ana, _own(f"{NOON},3,x"))
    assert [(await bob.get(f"/moods/import/{each}")).status for each in (state["id"], clock.new_id())] == [404, 404]


async def test_somebody_elses_ids_in_a_file_mean_nothing(world: World) -> None:
    """The rows are taken in under new ids; the other's entries stay theirs."""
    ana, bob = await world.anonymous(), await world.anonymous()
    hers = await ana.log_mood(2, note="hers", timestamp=NOON)
    assert (await take_in(bob, _own(f"{hers['id']},{NOON},5,his", f"not-an-id,{NOON},5,x", header="id,timestamp,mood,note")))["imported"] == 1
    assert [each["note"] for each in await every(ana)] == ["hers"]
    assert [each["id"] == hers["id"] for each in await every(bob)] == [False]


async def test_a_retried_upload_with_its_key_is_one_import(world: World) -> None:
    ana = await world.anonymous()
    headers = {"Idempotency-Key": "once"}
    first, again = [await ana.post("/moods/import", form=upload(_own(f"{NOON},3,x").encode()), headers=headers) for _ in range(2)]
    assert (first.json["id"], again.headers["Idempotent-Replayed"]) == (again.json["id"], "true")
    assert len(_kept(ana.id)) == 1
    other = await ana.post("/moods/import", form=upload(_own(f"{NOON},4,x").encode()), headers=headers)
    assert other.status == 409
    assert len(_kept(ana.id)) == 1


@pytest.mark.parametrize(("name", "fields", "path"), [("upload", {}, "upload"), ("file", {"moods": "{}"}, "moods")])
async def test_other_parts_are_refused(world: World, name: str, fields: dict[str, str], path: str) -> None:
    ana = await world.anonymous()
    refused = await ana.post("/moods/import", form=upload(b"timestamp,mood\n", name, **fields))
    assert (refused.status, refused.paths) == (422, {path})
    assert not _kept(ana.id)


async def test_what_is_no_form_or_too_large_is_refused(world: World) -> None:
    ana = await world.anonymous()
    assert (await ana.post("/moods/import", raw=b"timestamp,mood\n", headers={"Content-Type": "text/csv"})).status == 415
    assert (await ana.post("/moods/import", form=upload(b"x" * (20 * 1024 * 1024 + 1)))).status == 413
    assert not _kept(ana.id)


async def test_imported_days_earn_achievements_once(world: World) -> None:
    ana = await world.anonymous()
    await take_in(ana, _daylio(*(f"{date(2026, 1, 1) + timedelta(days=n)},,,10:00,good,,," for n in range(8))))
    names = [each["achievement"]["name"] for each in (await ana.get("/achievements/user?limit=100")).json["items"]]
    assert len(names) == len(set(names)) >= 3
    assert datetime.fromisoformat((await every(ana))[0]["createdAt"]) > datetime.fromisoformat(NOON)
