"""Profile, preferences, and becoming known after having been anonymous."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core import db
from core.settings import parse_rate
from tests.links import mailed_token
from tests.people import PASSWORD, World
from tests.settings import configure

USER = {
    "id", "email", "firstName", "lastName", "dateOfBirth", "gender", "avatar", "isPremium", "isAnonymous", "emailVerified", "timezone", "language", "theme", "fontSize",
    "createdAt", "updatedAt",
}  # fmt: skip
CHANNEL = {"moodReminder": True, "weeklySummary": True, "programReminder": True, "chat": True, "achievements": True}
DEFAULT: dict[str, Any] = {
    "timezone": "UTC",
    "language": "en",
    "theme": "system",
    "fontSize": "medium",
    "notifications": {"email": CHANNEL, "push": CHANNEL, "quietHours": None, "moodReminderTime": None},
    "privacy": {"activityTracking": True, "insights": True},
}


async def test_a_profile_is_changed_field_by_field(world: World) -> None:
    ana = await world.user(firstName="Ana", lastName="Lane")
    before = (await ana.get("/users/profile")).json
    assert set(before) == USER
    changed = await ana.put(
        "/users/profile", {"firstName": "  Anna\u202e\r\nMaria ", "dateOfBirth": "1990-02-28", "gender": "female", "timezone": "America/Lima", "language": "es"}
    )
    assert changed.status == 200
    about = {"firstName": "Anna Maria", "dateOfBirth": "1990-02-28", "gender": "female", "timezone": "America/Lima", "language": "es"}
    assert changed.json == {**before, **about, "updatedAt": changed.json["updatedAt"]}
    cleared = await ana.put("/users/profile", {"firstName": None, "lastName": "", "dateOfBirth": None, "gender": None})
    assert [cleared.json[name] for name in ("firstName", "lastName", "dateOfBirth", "gender")] == [None] * 4
    assert (await ana.get("/users/profile")).json == cleared.json


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"firstName": 5}, "firstName"),
        ({"firstName": "é" * 61}, "firstName"),
        ({"lastName": "a\x00b"}, "lastName"),
        ({"lastName": "\udc00"}, "lastName"),
        ({"dateOfBirth": "28.2.1990"}, "dateOfBirth"),
        ({"dateOfBirth": "1990-02-28T00:00:00Z"}, "dateOfBirth"),
        ({"gender": "Female"}, "gender"),
        ({"gender": "\ud800"}, "gender"),
        ({"timezone": "Europe/../Madrid"}, "timezone"),
        ({"timezone": None}, "timezone"),
        ({"language": "e"}, "language"),
        ({"language": "en-" + "a" * 40}, "language"),
        ({"email": "new@example.org"}, "email"),
        ({"\ud800": 1}, "?"),
    ],
)
async def test_a_wrong_field_of_a_profile_is_named_and_nothing_changes(world: World, body: dict, path: str) -> None:
    ana = await world.user(firstName="Ana")
    before = (await ana.get("/users/profile")).json
    refused = await ana.put("/users/profile", {"firstName": "Other", **body})
    assert (refused.status, refused.paths) == (422, {path})
    assert (await ana.get("/users/profile")).json == before


@pytest.mark.parametrize("path", ["/users/profile", "/users/preferences"])
async def test_what_was_not_changed_is_not_sent_again(world: World, path: str) -> None:
    ana = await world.user()
    first = await ana.get(path)
    tag = first.headers["ETag"]
    for header in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await ana.get(path, headers={"If-None-Match": header})
        assert (again.status, again.raw, again.headers["ETag"]) == (304, b"", tag)
        assert again.headers["Cache-Control"] == "private, no-store"
    changed = await ana.put(path, {"language": "es"})
    assert changed.headers["ETag"] != tag
    later = await ana.get(path, headers={"If-None-Match": tag})
    assert (later.status, later.headers["ETag"], later.json) == (200, changed.headers["ETag"], changed.json)


@pytest.mark.parametrize("path", ["/users/profile", "/users/preferences"])
async def test_a_change_of_something_changed_meanwhile_is_refused(world: World, path: str) -> None:
    ana = await world.user()
    tag = (await ana.get(path)).headers["ETag"]
    assert (await ana.put(path, {"language": "es"}, headers={"If-Match": tag})).status == 200
    stale = await ana.put(path, {"language": "fr"}, headers={"If-Match": tag})
    assert (stale.status, stale.json["code"]) == (412, "stale")
    assert (await ana.get(path)).json["language"] == "es"
    now = (await ana.get(path)).headers["ETag"]
    assert (await ana.put(path, {"language": "de"}, headers={"If-Match": f'"other", {now}'})).status == 200
    assert (await ana.put(path, {"language": "it"}, headers={"If-Match": "*"})).status == 200


async def test_of_two_changes_of_the_same_version_one_wins(world: World) -> None:
    ana = await world.user()
    tag = (await ana.get("/users/preferences")).headers["ETag"]
    answers = await asyncio.gather(*(ana.put("/users/preferences", {"theme": theme}, headers={"If-Match": tag}) for theme in ("light", "dark", "light", "dark")))
    assert sorted(each.status for each in answers) == [200, 412, 412, 412]
    winner = next(each for each in answers if each.status == 200)
    assert (await ana.get("/users/preferences")).json == winner.json


async def test_preferences_begin_with_defaults_and_merge(world: World) -> None:
    ana = await world.user()
    assert (await ana.get("/users/preferences")).json == DEFAULT
    steps: list[dict[str, Any]] = [
        {"theme": "dark", "notifications": {"email": {"chat": False}}},
        {"notifications": {"quietHours": {"start": "22:00", "end": "06:30"}, "push": {"achievements": False}}},
        {"privacy": {"insights": False}, "notifications": {"moodReminderTime": "21:30"}},
    ]
    for step in steps:
        assert (await ana.put("/users/preferences", step)).status == 200
    merged = {
        **DEFAULT,
        "theme": "dark",
        "notifications": {
            "email": {**CHANNEL, "chat": False},
            "push": {**CHANNEL, "achievements": False},
            "quietHours": {"start": "22:00", "end": "06:30"},
            "moodReminderTime": "21:30",
        },
        "privacy": {"activityTracking": True, "insights": False},
    }
    assert (await ana.get("/users/preferences")).json == merged
    off = await ana.put("/users/preferences", {"notifications": {"quietHours": None, "moodReminderTime": None}})
    assert (off.json["notifications"]["quietHours"], off.json["notifications"]["moodReminderTime"]) == (None, None)
    assert off.json["notifications"]["email"] == {**CHANNEL, "chat": False}
    assert (await ana.put("/users/preferences", {})).json == off.json
    assert (await ana.get("/users/profile")).json["theme"] == "dark"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"theme": "blue"}, "theme"),
        ({"fontSize": "huge"}, "fontSize"),
        ({"notifications": {"email": {"chat": "yes"}}}, "notifications.email.chat"),
        ({"notifications": {"email": {"sms": True}}}, "notifications.email.sms"),
        ({"notifications": {"quietHours": {"start": "22:00"}}}, "notifications.quietHours.end"),
        ({"notifications": {"quietHours": {"start": "24:00", "end": "06:00"}}}, "notifications.quietHours.start"),
        ({"notifications": {"moodReminderTime": "9:30"}}, "notifications.moodReminderTime"),
        ({"notifications": {"moodReminderTime": "09:30\n"}}, "notifications.moodReminderTime"),
        ({"notifications": {"moodReminderTime": "0٩:30"}}, "notifications.moodReminderTime"),
        ({"notifications": None}, "notifications"),
        ({"privacy": {"insights": 1}}, "privacy.insights"),
        ({"privacy": []}, "privacy"),
    ],
)
async def test_a_wrong_preference_is_named_by_its_path_and_nothing_changes(world: World, body: dict, path: str) -> None:
    ana = await world.user()
    refused = await ana.put("/users/preferences", {"language": "es", **body})
    assert (refused.status, refused.paths) == (422, {path})
    assert (await ana.get("/users/preferences")).json == DEFAULT


async def test_an_upgrade_keeps_everything_and_the_session(world: World) -> None:
    ana = await world.anonymous(timezone="Asia/Tokyo")
    mood = await ana.log_mood(4, note="mine")
    upgraded = await ana.post("/users/upgrade", {"email": "Ana@Example.org", "password": PASSWORD})
    assert upgraded.status == 200
    assert set(upgraded.json) == {"user"}
    user = upgraded.json["user"]
    assert (user["id"], user["email"], user["isAnonymous"], user["emailVerified"], user["timezone"]) == (ana.id, "ana@example.org", False, False, "Asia/Tokyo")
    assert (await ana.get("/moods")).json["items"] == [mood]
    assert (await world.send("POST", "/auth/login", {"email": "ana@example.org", "password": PASSWORD})).json["user"]["id"] == ana.id
    assert {"welcome", "verify_email"} <= {mail["kind"] for mail in await world.mailbox("ana@example.org")}
    again = await ana.post("/users/upgrade", {"email": "other@example.org", "password": PASSWORD})
    assert (again.status, again.json["code"]) == (409, "conflict")


async def test_an_upgrade_to_a_taken_address_merges_nothing(world: World) -> None:
    await world.user(email="ana@example.org")
    guest = await world.anonymous()
    taken = await guest.post("/users/upgrade", {"email": "ana@example.org", "password": "another quiet lake"})
    assert (taken.status, taken.json["code"]) == (409, "conflict")
    profile = (await guest.get("/users/profile")).json
    assert (profile["isAnonymous"], profile["email"]) == (True, None)
    assert (await world.send("POST", "/auth/login", {"email": "ana@example.org", "password": "another quiet lake"})).status == 401


async def test_of_many_who_upgrade_to_one_address_one_gets_it(world: World) -> None:
    guests = [await world.anonymous() for _ in range(6)]
    answers = await asyncio.gather(*(guest.post("/users/upgrade", {"email": "ana@example.org", "password": PASSWORD}) for guest in guests))
    assert sorted(each.status for each in answers) == [200, 409, 409, 409, 409, 409]


async def test_where_addresses_are_verified_an_upgrade_counts_once_confirmed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, email_verification="required")
    ana = await world.anonymous()
    upgraded = await ana.post("/users/upgrade", {"email": "ana@example.org", "password": PASSWORD})
    assert upgraded.status == 200
    assert (upgraded.json["user"]["isAnonymous"], upgraded.json["user"]["email"]) == (True, None)
    assert (await world.send("POST", "/auth/login", {"email": "ana@example.org", "password": PASSWORD})).json["code"] == "email_unverified"
    token = await mailed_token(world, "ana@example.org", "verify_email")
    verified = (await world.send("POST", "/auth/verify-email", {"token": token})).json["user"]
    assert (verified["id"], verified["email"], verified["isAnonymous"], verified["emailVerified"]) == (ana.id, "ana@example.org", False, True)
    assert (await ana.get("/users/profile")).json == verified
    assert (await ana.post("/users/upgrade", {"email": "other@example.org", "password": PASSWORD})).status == 409


async def test_where_addresses_are_verified_a_taken_one_answers_alike(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.user(email="taken@example.org")
    configure(monkeypatch, email_verification="required")
    answers = []
    for email in ("taken@example.org", "free@example.org"):
        guest = await world.anonymous()
        answered = await guest.post("/users/upgrade", {"email": email, "password": PASSWORD})
        own = {"id": guest.id, "createdAt": None, "updatedAt": None}
        answers.append((answered.status, {**answered.json["user"], **own, "id": None}))
    assert answers[0] == answers[1]
    assert await world.mailbox("taken@example.org", "verify_email") != []  # its owner's own, from signing up
    assert len(await world.mailbox("taken@example.org", "email_taken")) == 1
    assert len(await world.mailbox("free@example.org", "verify_email")) == 1


async def test_a_link_sent_to_one_address_never_confirms_another(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A guest names an address of their own, then somebody's; once that somebody is gone the old link must not claim it."""
    victim = await world.user(email="victim@example.org")
    configure(monkeypatch, email_verification="required")
    guest = await world.anonymous()
    await guest.post("/users/upgrade", {"email": "mine@example.org", "password": PASSWORD})
    token = await mailed_token(world, "mine@example.org", "verify_email")
    await guest.post("/users/upgrade", {"email": "victim@example.org", "password": PASSWORD})
    await db.execute("UPDATE users SET email = NULL, email_index = NULL, email_verified = false WHERE id = $1", victim.uuid)
    assert (await world.send("POST", "/auth/verify-email", {"token": token})).status == 400
    assert (await guest.get("/users/profile")).json["email"] is None


async def test_nobody_can_flood_an_address_with_links(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever upgrades or registers, again and again, one address gets a few mails an hour."""
    configure(monkeypatch, email_verification="required", limit_forgot=parse_rate("2/1h"))
    guest = await world.anonymous()
    for _ in range(4):
        assert (await guest.post("/users/upgrade", {"email": "victim@example.org", "password": PASSWORD})).status == 200
        assert (await world.send("POST", "/auth/register", {"email": "victim@example.org", "password": PASSWORD})).status == 202
    await world.mailbox()
    assert await db.fetchval("SELECT count(*) FROM mails WHERE kind = 'verify_email'") == 2


@pytest.mark.parametrize("weak", ["short", "password123", "1234567890", "qwertyuiop", "abababababab", "lighthouse keeper"])
async def test_an_upgrade_wants_a_password_of_some_strength(world: World, weak: str) -> None:
    guest = await world.anonymous()
    refused = await guest.post("/users/upgrade", {"email": "lighthouse@example.org", "password": weak})
    assert (refused.status, refused.paths) == (422, {"password"})
