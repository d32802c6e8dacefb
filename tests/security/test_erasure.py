"""Threats 25, 81, 87, 93, 94: what is erased stays erased, everywhere. Numbers are those of the project's list of threats."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from core import clock, db, keys
from core.crypto import CannotOpen, Key
from core.storage import storage
from domain import devices, erasure, export_content, mood_import, moods, notifications, upkeep
from domain.chat import attachments
from tests.chats import begin, principal, talk
from tests.files import chat, picture, send
from tests.lives import Life, dump, live, redis_says, stored_files
from tests.people import PASSWORD, Account, World, do_jobs, upload
from tests.security.test_canary import everything_logged

# What still names an account by its id: the audit trail, the receipt, and, for an hour, the sessions by which other processes learn that access has ended.
NAMED_BY = {"audit_entries", "erasures", "auth_sessions"}


async def erased(life: Life) -> None:
    assert (await life.person.delete("/users/account", {"password": life.canaries["password"]})).status == 204
    await do_jobs()


async def tables_naming(person: Account) -> set[str]:
    return {table for table, said in (await dump()).items() if person.id in said}


async def test_threats_93_and_94_nothing_of_an_erased_person_is_found_anywhere(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    """The development mailbox stands for the outside: it has got the receipt, and keeps it for less than a day."""
    with everything_logged() as log:
        ana, bob = await live(world, "heliotrope"), await live(world, "vermilion")
        before = await dump()
        # The address was mailed; everything else is sealed, but for what a device calls itself, and the words of the programs and achievements.
        assert ana.found_in(before["development_mails"]) == {"email", "first name"}
        assert ana.found_in(before["auth_sessions"]) == {"user agent"}
        owned = {key for key in stored_files() if ana.session in key}
        assert len(owned) == 2
        await erased(ana)
        said = log.getvalue()
    printed = capfd.readouterr()
    assert ana.found_in(said + printed.out + printed.err) == set()
    after = await dump()
    (receipt,) = [mail for mail in await world.mailbox() if "heliotrope" in str(mail).lower()]
    assert (receipt["kind"], receipt["to"]) == ("account_deleted", "heliotrope@example.org")
    assert {table: found for table, text in after.items() if (found := ana.found_in(text))} == {"development_mails": {"email"}}
    assert await tables_naming(ana.person) <= NAMED_BY
    assert ana.found_in(await redis_says()) == set()
    files = stored_files()
    assert owned.isdisjoint(files)
    assert ana.found_in(b"".join(files.values())) == set()
    with clock.at(clock.now() + timedelta(hours=21)):
        await upkeep.remove_leftovers()
    assert not {table for table, text in (await dump()).items() if ana.found_in(text)}
    assert await tables_naming(ana.person) <= NAMED_BY - {"auth_sessions"}
    # And all of somebody else's is there.
    assert (await bob.person.get("/moods")).json["items"][0]["note"] == bob.canaries["note"]
    assert len((await bob.person.get(f"/chat/sessions/{bob.session}/messages")).json["items"]) >= 3
    assert {key for key in stored_files() if bob.session in key} == {key for key in files if bob.session in key}


async def test_a_dump_from_before_opens_none_of_their_fields(world: World) -> None:
    """The rows come back; the key does not."""
    ana = await live(world, "heliotrope")
    sealed = {
        (table, row.get("id") or row["user_id"], column): row[column]
        for table, columns in _SEALED.items()
        for row in await db.fetch(f"SELECT * FROM {table}")
        for column in columns
        if row[column] is not None
    }
    assert {table for table, _, _ in sealed} == set(_SEALED)
    there = {place: (await keys.keys().of(ana.person.uuid)).open(content, f"{place[0]}.{place[2]}", place[1]) for place, content in sealed.items()}
    assert ana.found_in(str(there)) >= {"first name", "last name", "email", "note", "location", "weather", "factor", "topic", "message", "reply", "feedback", "counselor's note"}
    files = {key: content for key, content in stored_files().items() if ana.session in key}
    await erased(ana)
    with pytest.raises(keys.KeyDestroyed):
        await keys.keys().of(ana.person.uuid)
    # Nor does any key that is left.
    left = [keys.keys().ring.unwrap(row["wrapped"], row["master"], row["owner_id"]) for row in await db.fetch("SELECT * FROM data_keys")]
    left += [keys.keys().system(row["purpose"]) for row in await db.fetch("SELECT purpose FROM system_keys")]
    assert len(left) > 5
    for (table, row_id, column), content in sealed.items():
        assert not any(_opens(key, content, f"{table}.{column}", row_id) for key in left), (table, column)
    assert files
    assert ana.found_in(b"".join(files.values())) == set()


_SEALED = {
    "users": ("email", "first_name", "last_name", "date_of_birth"),
    "mood_entries": ("note", "location", "weather", "factors"),
    "mood_imports": ("mood_map",),
    "mood_insights": ("report",),
    "mood_charts": ("svg",),
    "chat_sessions": ("topic", "feedback"),
    "chat_messages": ("message",),
    "counselor_notes": ("text",),
    "devices": ("token",),
}


def _opens(key: Key, content: bytes, column: str, row_id: Any) -> bool:
    try:
        key.open(content, column, row_id)
    except CannotOpen:
        return False
    return True


async def test_every_table_about_people_is_erased(world: World) -> None:
    """A new table with somebody's rows must say how they go."""
    rows = await db.fetch(
        "SELECT DISTINCT table_name AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name IN ('user_id', 'principal_id', 'owner_id', 'session_id', 'mail_id')"
    )
    assert {row["name"] for row in rows} - {"auth_sessions"} <= set(erasure._WHERE)
    assert set(erasure._LOOSE) <= set(erasure._WHERE)


async def test_counselors_keep_no_notification_about_the_person(world: World) -> None:
    person, counselor, session = await talk(world)
    assert (await person.post(f"/chat/sessions/{session}/messages", {"message": "I want to kill myself"})).json["crisis"]
    await do_jobs()
    assert {each["kind"] for each in (await counselor.get("/notifications")).json["items"]} >= {"crisis", "chat_message"}
    assert (await person.delete("/users/account", {"confirm": "DELETE"})).status == 204
    await do_jobs()
    assert {each["kind"] for each in (await counselor.get("/notifications")).json["items"]} == {"person_left"}
    assert await tables_naming(person) <= NAMED_BY
    assert session not in "".join(said for table, said in (await dump()).items() if table != "audit_entries")


async def test_threat_81_an_import_under_way_brings_nothing_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await world.user()
    rows = "".join(f"2026-05-{day:02}T10:00:00Z,3,heliotrope\n" for day in range(1, 29))
    assert (await ana.post("/moods/import", form=upload(f"timestamp,mood,note\n{rows}".encode()))).status == 202
    monkeypatch.setattr(mood_import, "_BATCH", 10)
    await _erased_within(ana, monkeypatch, mood_import, "_take_in_batch", at_call=2)
    assert set(await do_jobs()) == {"done"}
    assert await tables_naming(ana) <= NAMED_BY
    assert not [key for key in stored_files() if ana.id in key]
    assert await db.fetchval("SELECT count(*) FROM mood_entries") == 0


async def _erased_within(ana: Account, patch: pytest.MonkeyPatch, module: Any, name: str, at_call: int = 1) -> None:
    """Somebody's account is erased just before a function is called."""
    real, calls = getattr(module, name), 0

    async def late(*args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == at_call:
            proof = {"password": PASSWORD} if ana.password else {"confirm": "DELETE"}
            assert (await ana.delete("/users/account", proof)).status == 204
        return await real(*args, **options)

    patch.setattr(module, name, late)


async def test_threat_81_an_export_under_way_leaves_no_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await world.user()
    await ana.log_mood(note="heliotrope")
    await do_jobs()
    assert (await ana.post("/users/export")).status == 202
    real, asked = export_content._profile, False

    async def late(*args: Any) -> Any:
        nonlocal asked
        if not asked:
            asked = True
            assert (await ana.delete("/users/account", {"password": PASSWORD})).status == 204
        async for piece in real(*args):
            yield piece

    monkeypatch.setitem(export_content._SUBJECTS, "profile.json", late)
    assert set(await do_jobs()) == {"done"}
    assert asked
    assert stored_files(f"exports/{ana.id}") == {}
    assert await tables_naming(ana) <= NAMED_BY


async def test_threat_81_a_picture_being_made_anew_does_not_come_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await world.anonymous()
    session_id = await chat(ana)
    assert (await send(ana, session_id, picture("PNG"))).status == 201

    async def slow(_raw: bytes) -> bytes:
        assert (await ana.delete("/users/account", {"confirm": "DELETE"})).status == 204
        for row in await db.fetch("SELECT id FROM erasures"):
            await erasure.finish(row["id"])
        return b"made anew"

    attachment_id = await db.fetchval("SELECT id FROM chat_attachments")
    await attachments.recompress(attachment_id, slow)
    assert not [key for key in stored_files() if str(session_id) in key]
    assert set(await do_jobs()) == {"done"}


async def test_threat_81_what_hangs_on_nothing_is_swept_up_later(world: World) -> None:
    """A request that was admitted before may write after; it is removed within a day, files too."""
    ana = await world.user()
    kept = await keys.keys().of(ana.uuid)
    await ana.post("/users/export")
    await do_jobs()
    (place,) = stored_files(f"exports/{ana.id}")
    await ana.delete("/users/account", {"password": PASSWORD})
    await do_jobs()
    keys.keys()._remember(ana.uuid, kept)
    await devices.add(principal(ana), "heliotrope", "ios")
    async with db.transaction():
        await notifications.notify("user", ana.uuid, "test", "Title", "Body")
    await storage().put(place, _one(b"late"))
    assert await tables_naming(ana) - NAMED_BY == {"devices", "notifications"}
    await upkeep.remove_leftovers()
    assert await tables_naming(ana) - NAMED_BY == {"devices", "notifications"}
    with clock.at(clock.now() + timedelta(hours=2)):
        await upkeep.remove_leftovers()
    assert await tables_naming(ana) <= NAMED_BY - {"auth_sessions"}
    assert stored_files(f"exports/{ana.id}") == {}
    keys.keys().forget(ana.uuid)


async def _one(content: bytes) -> Any:
    yield content


async def test_threat_81_whatever_is_asked_while_the_account_goes_never_breaks(world: World) -> None:
    for number in range(4):
        ana = await world.anonymous()
        session = await begin(ana)
        asked: list[tuple[str, str, Any]] = [
            ("POST", "/moods", {"mood": 2, "note": "heliotrope"}), ("POST", "/moods", {"mood": 1, "note": "I want to kill myself"}),
            ("POST", f"/chat/sessions/{session}/messages", {"message": "I want to kill myself"}), ("POST", f"/chat/sessions/{session}/messages", {"message": "heliotrope"}),
            ("POST", "/breathing/sessions", {"technique": (await ana.get("/breathing/techniques")).json["items"][0]["id"], "duration": 60}), ("POST", f"/chat/sessions/{session}/close", None),
            ("POST", "/notifications/devices", {"token": f"heliotrope-{number}", "platform": "web"}), ("PUT", "/users/profile", {"firstName": "Heliotrope"}),
            ("PUT", "/users/preferences", {"privacy": {"insights": False}}), ("GET", "/users/profile", None), ("GET", "/chat/sessions", None), ("GET", "/moods", None),
            ("POST", "/users/export", None), ("GET", "/users/access-log", None), ("POST", "/auth/logout", None),
        ]  # fmt: skip
        keyed = [(method, path, body, {"Idempotency-Key": f"k{index}"}) for index, (method, path, body) in enumerate(asked) if method == "POST" and "auth" not in path]
        answered = await asyncio.gather(
            *(ana.send(method, path, body) for method, path, body in asked),
            ana.delete("/users/account", {"confirm": "DELETE"}),
            *(ana.send(method, path, body, headers=headers) for method, path, body, headers in keyed),
        )
        assert [each.status for each in answered if each.status >= 500] == []
        erased_now = answered[len(asked)].status
        if erased_now != 204:
            # Signed out before it was its turn: nothing is erased.
            assert erased_now == 401
            continue
        await do_jobs()
        with clock.at(clock.now() + timedelta(hours=2)):
            await upkeep.remove_leftovers()
        assert await tables_naming(ana) <= NAMED_BY
        said = "".join((await dump()).values())
        assert "heliotrope" not in said.lower()


async def test_threat_87_answers_kept_for_retries_go_too(world: World) -> None:
    ana = await world.user()
    await ana.post("/moods", {"mood": 3}, headers={"Idempotency-Key": "k"})
    assert await db.fetchval("SELECT count(*) FROM idempotency_keys") == 1
    await ana.delete("/users/account", {"password": PASSWORD})
    assert await db.fetchval("SELECT count(*) FROM idempotency_keys") == 0


async def test_a_writer_in_the_way_delays_the_erasure_and_is_not_broken_off(world: World) -> None:
    """Whoever holds the account's row goes on; the erasure asks again."""
    ana = await world.user()
    holding, let_go = asyncio.Event(), asyncio.Event()

    async def writing() -> None:
        async with db.transaction():
            await db.execute("SELECT 1 FROM users WHERE id = $1 FOR KEY SHARE", ana.uuid)
            holding.set()
            await let_go.wait()
            await moods.delete(ana.uuid, entry["id"])

    entry = await ana.log_mood()
    task = asyncio.create_task(writing())
    await holding.wait()
    erasing = asyncio.create_task(ana.delete("/users/account", {"password": PASSWORD}))
    waited = 0
    while waited < 2:
        # Two rounds of asking: it has given way at least once.
        waited += bool(await db.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FROM users WHERE id%FOR UPDATE%'"))
        await asyncio.sleep(0.3)
    assert await db.fetchval("SELECT count(*) FROM users WHERE id = $1", ana.uuid) == 1
    let_go.set()
    await task
    assert (await erasing).status == 204
    assert await tables_naming(ana) <= NAMED_BY | {"jobs"}
