"""What the training of matching reads: whose chats, which, and what of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from core import db, keys
from domain import matching_training, topics
from domain.matching_training import Chat
from tests.chats import begin, on_duty
from tests.logs import capture_logs
from tests.people import Account, World, do_jobs


async def talked(person: Account, counselor: Account, topic: str = "I cannot sleep", rating: int | None = None, **about: Any) -> UUID:
    """A chat that the counselor took, and that has ended."""
    session = await begin(person, topic, **about)
    assert (await counselor.post("/counselor/queue/next")).json["id"] == session
    await person.post(f"/chat/sessions/{session}/close")
    if rating is not None:
        assert (await person.put(f"/chat/sessions/{session}/rate", {"rating": rating})).status == 200
    return UUID(session)


async def read() -> list[Chat]:
    return (await matching_training.material()).chats


async def test_of_a_chat_the_stems_the_first_guess_who_took_it_and_the_rating_are_read(world: World) -> None:
    person, counselor = await world.anonymous(), await on_duty(world, specializations=["sleep", "cbt"])
    await talked(person, counselor, "Sleepless nights", rating=4)
    await talked(person, counselor, "insomnio", language="es-MX")
    first, second = await read()
    assert (first.person, first.language, first.counselor, first.rating, first.declined) == (person.uuid, "en", counselor.uuid, 4, frozenset())
    assert first.stems == list(topics.words("Sleepless nights"))
    assert max(first.similarities, key=first.similarities.__getitem__) == "sleep"
    assert (second.language, second.rating) == ("es", None)
    found = await matching_training.material()
    assert found.specialized == {counselor.uuid: frozenset({"sleep"})}
    assert found.knows[counselor.uuid]["sleep"] == 1
    # Not in what a log or an error would show.
    assert not any(stem in repr(first) for stem in first.stems)


@pytest.mark.parametrize(("switched_off", "is_read"), [({"activityTracking": False}, False), ({"insights": False}, False), ({"shareWithCounselor": False}, True), ({}, True)])
async def test_only_of_people_who_allow_counting_and_analysing(world: World, switched_off: dict[str, bool], is_read: bool) -> None:
    person, counselor = await world.anonymous(), await on_duty(world)
    await talked(person, counselor)
    await db.execute("UPDATE users SET preferences = $1 WHERE id = $2", json.dumps({"privacy": switched_off}), person.uuid)
    assert bool(await read()) is is_read


async def test_no_emergencies_no_open_chats_and_nothing_long_past(world: World) -> None:
    counselor = await on_duty(world)
    await talked(await world.anonymous(), counselor, "I want to kill myself tonight")
    assert await read() == []
    old = await talked(await world.anonymous(), counselor)
    await begin(await world.anonymous())
    assert len(await read()) == 1
    await db.execute("UPDATE chat_sessions SET created_at = created_at - $2::interval WHERE id = $1", old, matching_training.WINDOW)
    assert await read() == []


async def test_who_declined_is_known_but_not_who_let_it_pass_nor_who_took_it_after_all(world: World) -> None:
    person, first, second = await world.anonymous(), await on_duty(world), await on_duty(world)
    session = await begin(person)
    await do_jobs()
    await first.post(f"/counselor/sessions/{session}/decline")
    await do_jobs()
    await second.post(f"/counselor/sessions/{session}/accept")
    await person.post(f"/chat/sessions/{session}/close")
    [chat] = await read()
    assert (chat.counselor, chat.declined) == (second.uuid, frozenset({first.uuid}))
    await db.execute("UPDATE chat_sessions SET counselor_id = $1", first.uuid)
    assert (await read())[0].declined == frozenset()
    await db.execute("UPDATE chat_offers SET status = 'expired' WHERE status = 'declined'")
    assert (await read())[0].declined == frozenset()


async def test_a_chat_nobody_took_is_read_too(world: World) -> None:
    person = await world.anonymous()
    await person.post(f"/chat/sessions/{await begin(person)}/close")
    assert [each.counselor for each in await read()] == [None]


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(matching_training, "MOST_CHATS", 3)
    monkeypatch.setattr(matching_training, "_AT_ONCE", 2)
    yield


async def test_the_newest_are_read_oldest_first_and_some_at_a_time(world: World, few: None) -> None:
    person, counselor = await world.anonymous(), await on_duty(world, capacity=5)
    for topic in ("anger", "sleep", "grief", "stress"):
        await talked(person, counselor, topic)
    assert [max(each.similarities, key=each.similarities.__getitem__) for each in await read()] == ["sleep", "grief", "stress"]


async def test_who_is_erased_and_what_was_altered_is_left_out(world: World) -> None:
    counselor = await on_duty(world, capacity=5)
    gone, altered, sound = [await world.anonymous() for _ in range(3)]
    await talked(gone, counselor)
    wrong = await talked(altered, counselor)
    await talked(sound, counselor)
    await db.execute("UPDATE chat_sessions SET topic = set_byte(topic, 20, get_byte(topic, 20) # 255) WHERE id = $1", wrong)
    # As if erased between the reading of the row and of the key.
    await db.execute("DELETE FROM data_keys WHERE owner_id = $1", gone.uuid)
    keys.keys().forget(gone.uuid)
    with capture_logs() as logs:
        assert [each.person for each in await read()] == [sound.uuid]
    assert [(each["event"], each["session"]) for each in logs if each["log_level"] == "error"] == [("matching.cannot_open", str(wrong))]
    await gone.delete("/users/account", {"confirm": "DELETE"})
