"""Preferences: what is sent is merged, the rest stays."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core import clock, db
from core.problem import NotFound, Stale
from core.views import version
from domain import preferences
from tests.people import World

CHANNEL = {"moodReminder": True, "weeklySummary": True, "programReminder": True, "chat": True, "achievements": True}


async def test_somebody_new_has_quiet_sensible_ones(world: World) -> None:
    ana = await world.anonymous(timezone="Europe/Madrid", language="es")
    assert (await ana.get("/users/preferences")).json == {
        "timezone": "Europe/Madrid", "language": "es", "theme": "system", "fontSize": "medium",
        "notifications": {"email": CHANNEL, "push": CHANNEL, "quietHours": None, "moodReminderTime": None},
        "privacy": {"activityTracking": True, "insights": True},
    }  # fmt: skip


async def test_each_change_is_merged_at_its_depth(world: World) -> None:
    ana = await world.anonymous()
    expected = (await ana.get("/users/preferences")).json
    steps: list[tuple[dict[str, Any], list[str], Any]] = [
        ({"theme": "dark"}, ["theme"], "dark"),
        ({"notifications": {"push": {"chat": False}}}, ["notifications", "push", "chat"], False),
        ({"notifications": {"quietHours": {"start": "22:00", "end": "07:30"}}}, ["notifications", "quietHours"], {"start": "22:00", "end": "07:30"}),
        ({"notifications": {"quietHours": {"start": "00:00", "end": "23:59"}}}, ["notifications", "quietHours"], {"start": "00:00", "end": "23:59"}),
        ({"notifications": {"moodReminderTime": "21:30"}}, ["notifications", "moodReminderTime"], "21:30"),
        ({"notifications": {"quietHours": None}}, ["notifications", "quietHours"], None),
        ({"privacy": {"insights": False}}, ["privacy", "insights"], False),
        ({"timezone": "Asia/Tokyo"}, ["timezone"], "Asia/Tokyo"),
        ({"language": "pt-BR"}, ["language"], "pt-BR"),
        ({"fontSize": "large"}, ["fontSize"], "large"),
        ({}, ["theme"], "dark"),
    ]
    for sent, path, value in steps:
        inner = expected
        for name in path[:-1]:
            inner = inner[name]
        inner[path[-1]] = value
        answered = await ana.put("/users/preferences", sent)
        assert (answered.status, answered.json) == (200, expected), sent
    assert (await ana.get("/users/preferences")).json == expected
    profile = (await ana.get("/users/profile")).json
    assert (profile["timezone"], profile["theme"], profile["fontSize"]) == ("Asia/Tokyo", "dark", "large")


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        ({"theme": "blue"}, "theme"),
        ({"theme": None}, "theme"),
        ({"fontSize": 3}, "fontSize"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "CET"}, "timezone"),
        ({"language": "x" * 36}, "language"),
        ({"notifications": None}, "notifications"),
        ({"notifications": {"push": {"chat": "no"}}}, "notifications.push.chat"),
        ({"notifications": {"push": None}}, "notifications.push"),
        ({"notifications": {"sms": {}}}, "notifications.sms"),
        ({"notifications": {"quietHours": {"start": "22:00"}}}, "notifications.quietHours.end"),
        ({"notifications": {"quietHours": {"start": "24:00", "end": "07:00"}}}, "notifications.quietHours.start"),
        ({"notifications": {"moodReminderTime": "9:30"}}, "notifications.moodReminderTime"),
        ({"privacy": {"insights": None}}, "privacy.insights"),
        ({"isPremium": True}, "isPremium"),
    ],
)
async def test_a_bad_change_is_named_and_changes_nothing(world: World, sent: dict[str, Any], path: str) -> None:
    ana = await world.anonymous()
    before = await ana.get("/users/preferences")
    refused = await ana.put("/users/preferences", {"fontSize": "large", **sent} if "fontSize" not in sent else sent)
    assert (refused.status, refused.paths) == (422, {path})
    assert (await ana.get("/users/preferences")).json == before.json


async def test_a_stale_version_is_refused(world: World) -> None:
    ana = await world.anonymous()
    tag = (await ana.get("/users/preferences")).headers["ETag"]
    changed = await ana.put("/users/preferences", {"theme": "dark"}, headers={"If-Match": tag})
    assert changed.status == 200
    assert changed.headers["ETag"] != tag
    stale = await ana.put("/users/preferences", {"theme": "light"}, headers={"If-Match": tag})
    assert (stale.status, stale.json["code"]) == (412, "stale")
    assert (await ana.get("/users/preferences", headers={"If-None-Match": changed.headers["ETag"]})).status == 304
    assert (await ana.get("/users/preferences")).json["theme"] == "dark"


async def test_of_two_who_saw_the_same_only_one_writes(world: World) -> None:
    ana = await world.anonymous()
    seen = version(await preferences.preferences(ana.uuid))
    outcomes = await asyncio.gather(*(preferences.change(ana.uuid, {"theme": theme}, seen) for theme in ("dark", "light", "dark", "light")), return_exceptions=True)
    assert sorted(isinstance(each, Stale) for each in outcomes) == [False, True, True, True]


async def test_changes_of_different_parts_at_once_all_stay(world: World) -> None:
    ana = await world.anonymous()
    await asyncio.gather(*(preferences.change(ana.uuid, {"notifications": {"push": {name: False}}}) for name in CHANNEL))
    found = await preferences.preferences(ana.uuid)
    assert found.notifications.push == preferences.Channel(mood_reminder=False, weekly_summary=False, program_reminder=False, chat=False, achievements=False)


async def test_what_older_versions_stored_is_still_read(world: World) -> None:
    """A field that is not there yet has its default; one that is no more is passed over."""
    ana = await world.anonymous()
    await db.execute("""UPDATE users SET preferences = '{"notifications": {"push": {"chat": false}, "fax": true}}' WHERE id = $1""", ana.uuid)
    found = await preferences.preferences(ana.uuid)
    assert (found.notifications.push.chat, found.notifications.email.chat, found.privacy.insights) == (False, True, True)


async def test_nobody_has_none(world: World) -> None:
    with pytest.raises(NotFound):
        await preferences.preferences(clock.new_id())
