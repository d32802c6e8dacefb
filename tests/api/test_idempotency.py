"""The same request sent twice is done once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core import db
from core.passwords import PasswordHasher
from domain import moods
from tests.people import PASSWORD, Account, Answered, World, count, upload

KEY = {"Idempotency-Key": "one"}


async def test_a_retry_gets_the_first_answer_and_does_nothing(world: World) -> None:
    ana = await world.user()
    first = await ana.post("/moods", {"mood": 4, "note": "once"}, headers=KEY)
    again = await ana.post("/moods", {"mood": 4, "note": "once"}, headers=KEY)
    assert (first.status, again.status) == (201, 201)
    assert again.raw == first.raw
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert await count("mood_entries") == 1


async def test_another_request_under_the_same_key_is_a_mismatch(world: World) -> None:
    ana = await world.anonymous()
    await ana.post("/moods", {"mood": 4}, headers=KEY)
    others = [await ana.post("/moods", {"mood": 5}, headers=KEY), await ana.post("/users/upgrade", {"email": "a@example.org", "password": PASSWORD}, headers=KEY)]
    assert [(each.status, each.json["code"]) for each in others] == [(409, "idempotency_mismatch")] * 2
    assert await count("mood_entries") == 1
    assert (await ana.get("/users/profile")).json["isAnonymous"] is True


async def test_another_key_does_it_again(world: World) -> None:
    ana = await world.user()
    for key in ("one", "two", "x" * 255, "ключ".encode().decode("latin-1")):
        assert (await ana.post("/moods", {"mood": 4}, headers={"Idempotency-Key": key})).status == 201
    assert await count("mood_entries") == 4


@pytest.mark.parametrize("key", ["", "x" * 256])
async def test_a_key_has_a_length(world: World, key: str) -> None:
    ana = await world.user()
    answered = await ana.post("/moods", {"mood": 4}, headers={"Idempotency-Key": key})
    assert (answered.status, answered.paths) == (422, {"Idempotency-Key"})
    assert await count("mood_entries") == 0


async def test_parallel_requests_under_one_key_have_one_effect(world: World) -> None:
    ana = await world.user()
    answers = await asyncio.gather(*(ana.post("/moods", {"mood": 4}, headers=KEY) for _ in range(20)))
    assert {(each.status, each.raw) for each in answers} == {(201, answers[0].raw)}
    assert sum("Idempotent-Replayed" not in each.headers for each in answers) == 1
    assert await count("mood_entries") == 1


async def test_of_parallel_different_requests_under_one_key_one_is_done(world: World) -> None:
    ana = await world.user()
    answers = await asyncio.gather(*(ana.post("/moods", {"mood": 1 + n % 5}, headers=KEY) for n in range(10)))
    assert sorted({each.status for each in answers}) == [201, 409]
    assert len({each.raw for each in answers if each.status == 201}) == 1
    assert await count("mood_entries") == 1


async def test_keys_of_two_people_never_meet(world: World) -> None:
    ana, bob = await world.user(), await world.user()
    one = await ana.post("/moods", {"mood": 4, "note": "Ana's"}, headers=KEY)
    other = await bob.post("/moods", {"mood": 4, "note": "Ana's"}, headers=KEY)
    assert other.status == 201
    assert "Idempotent-Replayed" not in other.headers
    assert one.json["id"] != other.json["id"]
    assert (await bob.post("/moods", {"mood": 1}, headers=KEY)).status == 409


async def test_a_refused_or_failed_request_keeps_nothing_of_its_key(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = await world.user()
    assert (await ana.post("/moods", {"mood": 9}, headers=KEY)).status == 422
    assert (await ana.post("/moods", {"mood": 4, "date": "1900-01-01"}, headers=KEY)).status == 422

    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(moods, "record", broken)
        assert (await ana.post("/moods", {"mood": 4}, headers=KEY)).status == 500
    assert await count("idempotency_keys") == 0
    retried = await ana.post("/moods", {"mood": 4}, headers=KEY)
    assert retried.status == 201
    assert "Idempotent-Replayed" not in retried.headers


async def test_a_key_is_forgotten_after_a_day(world: World) -> None:
    ana = await world.user()
    await ana.post("/moods", {"mood": 4}, headers=KEY)
    await db.execute("UPDATE idempotency_keys SET created_at = created_at - interval '24 hours 1 second'")
    again = await ana.post("/moods", {"mood": 5}, headers=KEY)
    assert (again.status, again.json["mood"]) == (201, 5)
    assert await count("idempotency_keys") == 1


async def test_an_upgrade_can_be_retried(world: World) -> None:
    """Without a key the second one is a conflict: the account is not anonymous any more."""
    ana = await world.anonymous()
    body = {"email": "ana@example.org", "password": PASSWORD}
    answers = await asyncio.gather(*(ana.post("/users/upgrade", body, headers=KEY) for _ in range(5)))
    assert {(each.status, each.raw) for each in answers} == {(200, answers[0].raw)}
    assert (await ana.post("/users/upgrade", body)).status == 409


async def test_no_connection_waits_for_a_hash(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes queue for seconds when many are asked for; a few held connections would stop the whole process."""
    ana, hashing, held = await world.anonymous(), PasswordHasher.hash, []

    async def watched(self: PasswordHasher, password: str) -> str:
        held.append(db.in_a_transaction())
        return await hashing(self, password)

    monkeypatch.setattr(PasswordHasher, "hash", watched)
    answered = await ana.post("/users/upgrade", {"email": "ana@example.org", "password": PASSWORD}, headers=KEY)
    assert (answered.status, held) == (200, [False])


async def test_an_upload_can_be_retried(world: World) -> None:
    ana = await world.user()
    content = b"timestamp,mood\n2026-05-01T10:00:00Z,3\n"

    async def send(content: bytes) -> Answered:
        return await ana.post("/moods/import", form=upload(content), headers=KEY)

    first, again, other = await send(content), await send(content), await send(content + b"2026-05-02T10:00:00Z,3\n")
    assert (first.status, again.status, other.status) == (202, 202, 409)
    assert again.json["id"] == first.json["id"]
    assert await count("mood_imports") == 1


async def test_what_is_kept_for_retries_is_sealed(world: World) -> None:
    ana: Account = await world.user()
    await ana.post("/moods", {"mood": 4, "note": "nobody reads this"}, headers={"Idempotency-Key": "nobody reads that"})
    row = await db.fetchrow("SELECT key, answer FROM idempotency_keys")
    assert row is not None
    assert b"nobody" not in bytes(row["key"]) + bytes(row["answer"])
