"""Keys: one a person, wrapped by masters that can be changed while people write."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from core import clock, db, keys
from core.crypto import CannotOpen, Key
from core.keys import KeyRing, Keys
from domain import access
from tests.diaries import every
from tests.people import World

OLD, NEW = "old-master-secret-0123456789-abcdefghij", "new-master-secret-0123456789-abcdefghij"


@pytest.fixture
async def own(world: World):
    """Keys of this test's own beside the API's: what it leaves in tables that are kept is put back."""
    kept = [dict(row) for table in ("system_keys", "signing_keys") for row in await db.fetch(f"SELECT * FROM {table}")]
    yield
    for row in kept:
        table, name = ("system_keys", "purpose") if "purpose" in row else ("signing_keys", "id")
        await db.execute(f"UPDATE {table} SET wrapped = $2, master = $3 WHERE {name} = $1", row[name], row["wrapped"], row["master"])


async def _people(ring: KeyRing, count: int) -> dict[UUID, bytes]:
    own, found = Keys(ring), {}
    for _ in range(count):
        owner = clock.new_id()
        found[owner] = (await own.create_for(owner)).secret
    return found


async def _masters() -> set[str]:
    return {row["master"] for row in await db.fetch("SELECT DISTINCT master FROM data_keys")}


async def _only_people(ring: KeyRing) -> None:
    """Rewrap as `rewrap_all` does, with the system's and signing keys set aside: the API's ring wrapped those."""
    async with db.transaction():
        await db.execute("UPDATE system_keys SET master = $1", ring.current)
        await db.execute("UPDATE signing_keys SET master = $1", ring.current)
    await keys.rewrap_all(ring, batch=7)


async def test_a_key_opens_from_the_database_as_it_was_made(world: World) -> None:
    people = await _people(KeyRing(lambda: (OLD,)), 3)
    fresh = Keys(KeyRing(lambda: (OLD,)))
    assert {owner: (await fresh.of(owner)).secret for owner in people} == people
    stored = await db.fetch("SELECT wrapped FROM data_keys")
    assert not any(secret in row["wrapped"] for row in stored for secret in people.values())


async def test_a_wrapped_key_is_its_owners_alone(world: World) -> None:
    ring = KeyRing(lambda: (OLD,))
    wrapped, master = ring.wrap(Key.new(), UUID(int=1))
    with pytest.raises(CannotOpen):
        ring.unwrap(wrapped, master, UUID(int=2))


async def test_a_destroyed_key_opens_nothing(world: World) -> None:
    ana = await world.anonymous()
    await ana.log_mood(3, note="private")
    await db.execute("DELETE FROM data_keys WHERE owner_id = $1", ana.uuid)
    keys.keys().forget(ana.uuid)
    with pytest.raises(CannotOpen):
        await keys.keys().of(ana.uuid)


async def test_a_rolled_back_key_is_not_remembered(world: World) -> None:
    own, owner = Keys(KeyRing(lambda: (OLD,))), clock.new_id()
    with pytest.raises(ZeroDivisionError):
        async with db.transaction():
            await own.create_for(owner)
            raise ZeroDivisionError
    with pytest.raises(CannotOpen):
        await own.of(owner)


async def test_masters_rotate_while_people_read_and_the_old_one_may_go(world: World, own: None) -> None:
    people = await _people(KeyRing(lambda: (OLD,)), 60)
    both = KeyRing(lambda: (NEW, OLD))
    stop = asyncio.Event()
    reads = 0

    async def reading() -> None:
        nonlocal reads
        while not stop.is_set():
            fresh = Keys(both)
            for owner, secret in people.items():
                assert (await fresh.of(owner)).secret == secret
                reads += 1

    reader = asyncio.create_task(reading())
    await _only_people(both)
    stop.set()
    await reader
    assert reads >= 60
    assert await _masters() == {both.current}
    only_new = Keys(KeyRing(lambda: (NEW,)))
    assert {owner: (await only_new.of(owner)).secret for owner in people} == people
    with pytest.raises(CannotOpen):
        await Keys(KeyRing(lambda: (OLD,))).of(next(iter(people)))


async def test_rotating_twice_or_at_once_changes_nothing_more(world: World, own: None) -> None:
    people = await _people(KeyRing(lambda: (OLD,)), 30)
    both = KeyRing(lambda: (NEW, OLD))
    await asyncio.gather(_only_people(both), _only_people(both))
    before = {row["owner_id"]: row["wrapped"] for row in await db.fetch("SELECT owner_id, wrapped FROM data_keys")}
    assert await keys.rewrap_all(both) == 0
    assert {row["owner_id"]: row["wrapped"] for row in await db.fetch("SELECT owner_id, wrapped FROM data_keys")} == before
    assert set(before) == set(people)


async def test_a_row_that_somebody_holds_is_not_left_behind(world: World, own: None) -> None:
    """Left under the old master it could never be opened again once that is gone."""
    people = await _people(KeyRing(lambda: (OLD,)), 5)
    both = KeyRing(lambda: (NEW, OLD))
    held = next(iter(people))
    async with db.pool().acquire() as connection:
        async with connection.transaction():
            await connection.execute("SELECT 1 FROM data_keys WHERE owner_id = $1 FOR UPDATE", held)
            rewrapping = asyncio.create_task(_only_people(both))
            while await db.fetchval("SELECT count(*) FROM data_keys WHERE master = $1", both.current) < 4:
                await asyncio.sleep(0.005)
            assert not rewrapping.done()
        await rewrapping
    assert await _masters() == {both.current}


async def test_an_unknown_master_is_looked_for_again(world: World) -> None:
    """Another process rotated: the home's secrets are read again before a key is given up."""
    secrets = [OLD]
    ring = KeyRing(lambda: tuple(secrets))
    wrapped, master = KeyRing(lambda: (NEW, OLD)).wrap(key := Key.new(), UUID(int=1))
    with pytest.raises(CannotOpen):
        ring.unwrap(wrapped, master, UUID(int=1))
    secrets.insert(0, NEW)
    assert ring.unwrap(wrapped, master, UUID(int=1)).secret == key.secret
    assert ring.current == master


async def test_several_processes_make_the_systems_keys_once(world: World) -> None:
    ring = keys.keys().ring
    several = [Keys(ring) for _ in range(4)]
    await asyncio.gather(*(each.load_system() for each in several))
    assert len({each.system("index").secret for each in [keys.keys(), *several]}) == 1


async def test_few_keys_are_remembered_and_the_oldest_goes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_CACHED", 3)
    own = Keys(KeyRing(lambda: (OLD,)))
    owners = [clock.new_id() for _ in range(5)]
    for owner in owners:
        await own.create_for(owner)
    assert list(own._people) == owners[-3:]
    assert (await own.of(owners[0])).secret


async def test_everything_is_rewrapped_and_the_api_goes_on(world: World, own: None, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> None:
    """Data keys, the system's and the signing keys: afterwards the old master is not needed for any of them."""
    ana = await world.anonymous()
    await ana.log_mood(3, note="before")
    monkeypatch.setattr(keys.keys(), "ring", KeyRing(lambda: (NEW, environment["SECRET_KEYS"])))
    done = await keys.rewrap_all(keys.keys().ring)
    assert done >= 1 + 8 + 1
    monkeypatch.setattr(keys.keys(), "ring", KeyRing(lambda: (NEW,)))
    fresh = Keys(keys.keys().ring)
    await fresh.load_system()
    assert fresh.system("index").secret == keys.keys().system("index").secret
    keys.keys().forget(ana.uuid)
    await access.tokens.load()
    assert [each["note"] for each in await every(ana)] == ["before"]
    bob = await world.anonymous()
    assert (await bob.log_mood(4, note="after"))["note"] == "after"
