"""Reminders: at the local time that somebody chose, once a local date, through every change of clocks; not in quiet hours, not of what is switched off."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

import pytest

from core import clock, db, keys
from domain import reminders
from tests.clocks import changes
from tests.files import chat
from tests.people import Account, World, do_jobs

MONDAY = date(2026, 6, 15)


def utc(day: date, time: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(f"{day} {time}").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


async def prefer(who: Account, **notifications: Any) -> None:
    answered = await who.put("/users/preferences", {"notifications": notifications})
    assert answered.status == 200, answered.raw


async def told(who: Account, kind: str) -> list[dict[str, Any]]:
    """Notifications of a kind; it leaves the mails waiting."""
    return [each for each in (await who.get("/notifications?limit=100")).json["items"] if each["kind"] == kind]


async def mailed(who: Account, kind: str) -> int:
    """Mails of a kind that were promised."""
    found: int = await db.fetchval("SELECT count(*) FROM mails WHERE principal_id = $1 AND kind = $2", who.uuid, kind)
    return found


async def entry(who: Account, day: date, mood: int = 3) -> None:
    await db.execute(
        "INSERT INTO mood_entries (id, user_id, mood, date, timestamp, fingerprint, created_at) VALUES ($1, $2, $3, $4, $5, ''::bytea, $5)",
        clock.new_id(), who.uuid, mood, day, datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
    )  # fmt: skip


async def test_who_chose_a_time_is_reminded_then_and_once(world: World) -> None:
    ana, bob = await world.user(timezone="Europe/Madrid"), await world.user(timezone="Europe/Madrid")
    await prefer(ana, moodReminderTime="20:30")
    with clock.at(utc(MONDAY, "20:29", "Europe/Madrid")):
        assert await reminders.remind_of_moods() == 0
    for minutes, expected in ((0, 1), (1, 0), (180, 0)):
        with clock.at(utc(MONDAY, "20:30", "Europe/Madrid") + timedelta(minutes=minutes)):
            assert await reminders.remind_of_moods() == expected
    assert (len(await told(ana, "mood_reminder")), await mailed(ana, "mood_reminder")) == (1, 1)
    assert (len(await told(bob, "mood_reminder")), await mailed(bob, "mood_reminder")) == (0, 0)
    with clock.at(utc(MONDAY + timedelta(days=1), "20:30", "Europe/Madrid")):
        assert await reminders.remind_of_moods() == 1


async def test_the_mail_arrives_with_its_words(world: World) -> None:
    ana = await world.user(timezone="UTC", language="es")
    await prefer(ana, moodReminderTime="00:00")
    await reminders.remind_of_moods()
    [letter] = await world.mailbox(ana.email, "mood_reminder")
    assert letter["subject"] == "¿Cómo estás hoy?"
    [notification] = await told(ana, "mood_reminder")
    assert notification["title"] == "¿Cómo estás hoy?"


async def test_who_has_logged_a_mood_that_day_is_left_alone(world: World) -> None:
    ana = await world.user(timezone="Pacific/Auckland")
    await prefer(ana, moodReminderTime="20:00")
    await entry(ana, MONDAY)
    with clock.at(utc(MONDAY, "20:00", "Pacific/Auckland")):
        assert await reminders.remind_of_moods() == 0
    await db.execute("DELETE FROM mood_entries")
    with clock.at(utc(MONDAY, "21:00", "Pacific/Auckland")):
        assert await reminders.remind_of_moods() == 0  # that day is decided
    await entry(ana, MONDAY)
    with clock.at(utc(MONDAY + timedelta(days=1), "20:00", "Pacific/Auckland")):
        assert await reminders.remind_of_moods() == 1


async def test_many_looks_at_once_remind_once(world: World) -> None:
    people = [await world.user() for _ in range(5)]
    for each in people:
        await prefer(each, moodReminderTime="00:00")
    found = await asyncio.gather(*(reminders.remind_of_moods() for _ in range(8)))
    assert sum(found) == 5
    assert [await mailed(each, "mood_reminder") for each in people] == [1] * 5


async def test_more_than_fit_in_one_batch_are_all_reminded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminders, "_TOGETHER", 2)
    for _ in range(5):
        await prefer(await world.anonymous(), moodReminderTime="00:00")
    assert await reminders.remind_of_moods() == 5


@pytest.mark.parametrize(("email", "push"), [(True, True), (True, False), (False, True), (False, False)])
async def test_each_channel_has_its_switch(world: World, email: bool, push: bool) -> None:
    ana = await world.user()
    await prefer(ana, moodReminderTime="00:00", email={"moodReminder": email}, push={"moodReminder": push})
    assert await reminders.remind_of_moods() == (email or push)
    assert (await mailed(ana, "mood_reminder"), len(await told(ana, "mood_reminder"))) == (email, push)


async def test_who_has_no_address_that_takes_mails_is_only_notified(world: World) -> None:
    guest, bounced, banned = await world.anonymous(), await world.user(), await world.user()
    for each in (guest, bounced, banned):
        await prefer(each, moodReminderTime="00:00")
    await db.execute("UPDATE users SET mail_bounced_at = now() WHERE id = $1", bounced.uuid)
    await db.execute("UPDATE users SET is_banned = true WHERE id = $1", banned.uuid)
    assert await reminders.remind_of_moods() == 2
    assert [await mailed(each, "mood_reminder") for each in (guest, bounced, banned)] == [0, 0, 0]
    assert [len(await told(each, "mood_reminder")) for each in (guest, bounced)] == [1, 1]


@pytest.mark.parametrize(
    ("chosen", "start", "end", "sent"),
    [
        ("07:00", "22:00", "08:30", "08:30"),
        ("13:30", "13:00", "15:00", "15:00"),
        ("21:59", "22:00", "08:00", "21:59"),
        ("15:00", "13:00", "15:00", "15:00"),
        ("23:00", "22:00", "08:00", None),
        ("23:00", "22:00", "00:00", None),
        ("12:00", "12:00", "12:00", "12:00"),
    ],
)
async def test_in_quiet_hours_it_waits_for_their_end_on_that_date(world: World, chosen: str, start: str, end: str, sent: str | None) -> None:
    ana = await world.user(timezone="America/Bogota")
    await prefer(ana, moodReminderTime=chosen, quietHours={"start": start, "end": end})
    found = []
    await db.execute("UPDATE users SET mood_reminder_on = $1", MONDAY - timedelta(days=1))
    for time in sorted({chosen, start, end, *(f"{hour:02}:{minute}" for hour in range(0, 24, 2) for minute in ("00", "59"))}):
        with clock.at(utc(MONDAY, time, "America/Bogota")):
            if await reminders.remind_of_moods():
                found.append(time)
    assert found == ([sent] if sent else [])


def edges(zones: Iterable[str]) -> Iterator[tuple[str, datetime]]:
    """The zones' changes of clocks, one zone for each set of them."""
    kinds: dict[tuple[datetime, ...], str] = {}
    for name in zones:
        kinds.setdefault(changes(ZoneInfo(name)), name)
    return ((name, edge) for found, name in kinds.items() for edge in found)


def first_shown(zone: ZoneInfo, day: date, time: str) -> datetime:
    """Brute force: the first minute at which the clocks show `time` of `day` or later."""
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=16)
    while f"{at.astimezone(zone):%Y-%m-%d %H:%M}" < f"{day} {time}":
        at += timedelta(minutes=1)
    return at


def _cases(count: int) -> Iterator[tuple[str, date, str]]:
    """Times of day within the hour of a change of clocks, and some others."""
    rng = random.Random(20)
    # Greenland's clocks skip the last hour of a Saturday, Lebanon's and Cuba's the first of a day; Lord Howe's move by half an hour.
    special = list(edges(["Africa/Casablanca", "America/Havana", "America/Nuuk", "Antarctica/Troll", "Asia/Beirut", "Australia/Lord_Howe"]))
    others = list(edges(rng.sample(sorted(available_timezones()), 60)))
    for name, edge in special[:: max(1, len(special) // count)] + rng.sample(others, count):
        zone = ZoneInfo(name)
        local = (edge + timedelta(minutes=rng.randrange(-150, 60))).astimezone(zone)
        before = (edge - timedelta(minutes=1)).astimezone(zone)
        # A time as the clocks would have gone on to show, had they not changed.
        skipped = before + timedelta(minutes=rng.randrange(1, 60))
        for day, time in ((local.date(), f"{local:%H:%M}"), (skipped.date(), f"{skipped:%H:%M}")):
            yield name, day, time


async def test_through_every_change_of_clocks_it_comes_once_at_the_first_minute_that_shows_the_time_or_a_later_one(world: World) -> None:
    await world.anonymous()
    seen = 0
    for name, day, time in _cases(12):
        seen += 1
        zone, expected = ZoneInfo(name), first_shown(ZoneInfo(name), day, time)
        preferences = json.dumps({"notifications": {"moodReminderTime": time}})
        await db.execute("UPDATE users SET timezone = $1, preferences = $2, mood_reminder_on = $3", name, preferences, day - timedelta(days=1))
        sent = []
        for minutes in (-60, -1, 0, 1, 60, 121):
            at = expected + timedelta(minutes=minutes)
            with clock.at(at):
                if await reminders.remind_of_moods():
                    sent.append(at)
        decided = await db.fetchval("SELECT mood_reminder_on FROM users")
        # Near midnight the next date's own reminder may come within the three hours.
        following = first_shown(zone, day + timedelta(days=1), time)
        assert sent[0] == expected, (name, day, time)
        assert all(at >= following for at in sent[1:]), (name, day, time)
        assert len(sent) == (1 if decided == day else 2), (name, day, time)
    assert seen >= 48


def test_local_times_are_of_every_zone() -> None:
    with clock.at(datetime(2026, 3, 29, 1, 0, tzinfo=UTC)):
        found = reminders.local_times()
    assert {each.zone for each in found} == available_timezones()
    # Greenland has just skipped the last hour of the 28th.
    assert [(each.day, each.reached, each.clock) for each in found if each.zone == "America/Nuuk"] == [
        (date(2026, 3, 29), "00:00", "00:00"),
        (date(2026, 3, 28), "24:00", "00:00"),
    ]
    assert [each.reached for each in found if each.zone == "Europe/Madrid"] == ["03:00"]


async def test_the_week_comes_on_monday_morning_to_who_logged_something(world: World) -> None:
    ana, bob = await world.user(timezone="Asia/Tokyo"), await world.user(timezone="Asia/Tokyo")
    for days, mood in ((1, 4), (2, 5), (7, 3), (8, 2), (14, 3), (15, 1), (0, 1)):
        await entry(ana, MONDAY - timedelta(days=days), mood)
    await entry(bob, MONDAY - timedelta(days=8))
    for day, time, expected in (
        (MONDAY - timedelta(days=1), "09:00", 0),
        (MONDAY, "08:59", 0),
        (MONDAY, "09:00", 1),
        (MONDAY, "09:15", 0),
        (MONDAY + timedelta(days=1), "09:00", 0),
    ):
        with clock.at(utc(day, time, "Asia/Tokyo")):
            assert await reminders.send_weekly_summaries() == expected, (day, time)
    assert json.loads(await db.fetchval("SELECT data FROM mails WHERE kind = 'weekly_summary'")) == {"count": 3, "average": 4.0, "change": 1.5}
    [notification] = await told(ana, "weekly_summary")
    assert notification["body"] == "Entries in your diary last week: 3, on average 4.0."
    assert await told(bob, "weekly_summary") == []


async def test_the_week_in_words(world: World) -> None:
    ana = await world.user(language="es-MX")
    today = clock.now().date()
    # That of last week: what is due on a Monday at ten is due by now.
    monday = today - timedelta(days=today.weekday() + 7)
    await entry(ana, monday - timedelta(days=1), 2)
    await entry(ana, monday - timedelta(days=9), 4)
    with clock.at(datetime(monday.year, monday.month, monday.day, 10, tzinfo=UTC)):
        await reminders.send_weekly_summaries()
    await db.execute("UPDATE mails SET created_at = now()")
    [letter] = await world.mailbox(ana.email, "weekly_summary")
    assert "1 anotación. En una escala de 1 a 5, la media fue 2,0." in letter["text"]
    assert "2,0 menos que la semana anterior" in letter["text"]
    assert (await told(ana, "weekly_summary"))[0]["body"] == "Anotaciones en tu diario la semana pasada: 1, con una media de 2,0."


async def enrol(who: Account, stepped: datetime, status: str = "in_progress") -> None:
    program = await db.fetchval("SELECT id FROM programs LIMIT 1")
    if program is None:
        program = clock.new_id()
        await db.execute(
            """
            INSERT INTO programs (id, slug, title, description, category, duration, difficulty, method, translations, is_premium, is_active, version, created_at, updated_at)
            VALUES ($1, 'p', 'Canary grief', '', 'sleep', 7, 'beginner', '', '{}', false, true, 1, now(), now())
            """,
            program,
        )
    await db.execute(
        """
        INSERT INTO user_programs (id, user_id, program_id, version, status, progress, started_at, completed_at, last_accessed_at)
        VALUES ($1, $2, $3, 1, $4::text, 0, $5::timestamptz, CASE WHEN $4 = 'completed' THEN $5 END, $5)
        """,
        clock.new_id(), who.uuid, program, status, stepped,
    )  # fmt: skip


async def test_a_program_left_lying_is_named_once_a_week_for_a_month_and_not_by_name(world: World) -> None:
    ana, done = await world.user(timezone="Europe/Madrid"), await world.user(timezone="Europe/Madrid")
    stepped = utc(MONDAY, "15:00", "Europe/Madrid")
    await enrol(ana, stepped)
    await enrol(done, stepped, "completed")
    sent = []
    for day in range(40):
        for time in ("09:45", "10:00", "10:15", "17:00"):
            with clock.at(utc(MONDAY + timedelta(days=day), time, "Europe/Madrid")):
                if await reminders.nudge_programs():
                    sent.append((day, time))
    assert sent == [(3, "17:00"), (10, "10:00"), (17, "10:00"), (24, "10:00")]
    assert (await mailed(ana, "program_reminder"), await mailed(done, "program_reminder")) == (4, 0)
    rows = await db.fetch("SELECT notifications::text AS whole FROM notifications WHERE kind = 'program_reminder' UNION ALL SELECT mails::text FROM mails")
    assert not any("canary" in row["whole"].lower() for row in rows)


async def test_in_a_crisis_there_are_no_numbers_and_no_nudges(world: World) -> None:
    ana = await world.user()
    await entry(ana, MONDAY - timedelta(days=1))
    await enrol(ana, utc(MONDAY - timedelta(days=5), "12:00"))
    await db.execute("INSERT INTO crises (id, user_id, level, rounds, opened_at) VALUES ($1, $2, 4, 1, now())", clock.new_id(), ana.uuid)
    with clock.at(utc(MONDAY, "12:00")):
        assert (await reminders.send_weekly_summaries(), await reminders.nudge_programs()) == (0, 0)


async def message(session_id: UUID, user_id: UUID, sender: str, at: datetime) -> None:
    seq, message_id = await db.fetchval("SELECT last_seq + 1 FROM chat_sessions WHERE id = $1", session_id), clock.new_id()
    await db.execute(
        "INSERT INTO chat_messages (id, session_id, seq, sender_type, sender_id, message, message_type, sent_at) VALUES ($1, $2, $3, $4, $5, $6, 'text', $7)",
        message_id, session_id, seq, sender, None if sender == "system" else user_id, (await keys.keys().of(user_id)).seal("hello", "chat_messages.message", message_id), at,
    )  # fmt: skip
    await db.execute("UPDATE chat_sessions SET last_seq = $2 WHERE id = $1", session_id, seq)


async def test_an_unread_message_is_mailed_of_after_ten_minutes_once_until_it_is_read(world: World) -> None:
    ana, cora = await world.user(), await world.counselor()
    session_id = await chat(ana, cora)
    now = clock.now()
    await message(session_id, ana.uuid, "counselor", now)
    for minutes, expected in ((9, 0), (11, 1), (12, 0), (60, 0)):
        with clock.at(now + timedelta(minutes=minutes)):
            assert await reminders.mail_unread() == expected, minutes
    await message(session_id, ana.uuid, "counselor", now + timedelta(minutes=61))
    with clock.at(now + timedelta(minutes=90)):
        assert await reminders.mail_unread() == 0  # nothing was read meanwhile
        await db.execute("UPDATE chat_sessions SET user_read_seq = 2")
        await message(session_id, ana.uuid, "counselor", now + timedelta(minutes=75))
        found = await asyncio.gather(*(reminders.mail_unread() for _ in range(5)))
        assert sum(found) == 1
    assert await mailed(ana, "chat_waiting") == 2


@pytest.mark.parametrize("why", ["own", "system", "read", "here", "switch", "guest", "old", "long closed"])
async def test_no_mail_of_a_message_that_needs_none(world: World, why: str) -> None:
    ana, cora = (await world.anonymous() if why == "guest" else await world.user()), await world.counselor()
    session_id = await chat(ana, cora)
    sent = clock.ago(minutes=15) if why != "old" else clock.ago(hours=25)
    await message(session_id, ana.uuid, {"own": "user", "system": "system"}.get(why, "counselor"), sent)
    if why == "read":
        await db.execute("UPDATE chat_sessions SET user_read_seq = 1")
    if why == "here":
        process = clock.new_id()
        await db.execute("INSERT INTO api_processes (id, seen_at) VALUES ($1, now())", process)
        await db.execute("INSERT INTO presences (id, process_id, principal_kind, principal_id) VALUES ($1, $2, 'user', $3)", clock.new_id(), process, ana.uuid)
    if why == "switch":
        await prefer(ana, email={"chat": False})
    if why == "long closed":
        await db.execute("UPDATE chat_sessions SET status = 'closed', ended_at = now(), updated_at = $1", clock.ago(hours=25))
    assert await reminders.mail_unread() == 0


async def test_of_a_chat_that_has_just_ended_it_is_mailed_too(world: World) -> None:
    ana, cora = await world.user(), await world.counselor()
    session_id = await chat(ana, cora)
    await message(session_id, ana.uuid, "counselor", clock.ago(minutes=15))
    await db.execute("UPDATE chat_sessions SET status = 'closed', ended_at = now()")
    assert await reminders.mail_unread() == 1


async def test_what_is_earned_is_mailed_at_most_once_an_hour(world: World) -> None:
    ana, bob = await world.user(), await world.user()
    await prefer(bob, email={"achievements": False})
    for who in (ana, bob):
        for _ in range(12):
            await who.log_mood()
            await do_jobs()
    assert [len(await told(who, "achievement")) for who in (ana, bob)] == [len(await told(ana, "achievement"))] * 2
    assert len(await told(ana, "achievement")) > 1
    assert (await mailed(ana, "achievement"), await mailed(bob, "achievement")) == (1, 0)
    await db.execute("UPDATE mails SET created_at = $1", clock.ago(hours=2))
    await db.execute("DELETE FROM user_achievements")
    await db.execute("DELETE FROM notifications")
    await ana.log_mood()
    await do_jobs()
    assert await mailed(ana, "achievement") == 2
