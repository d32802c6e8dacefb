"""The trail's chain: whoever alters, removes or inserts an entry is found out."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from core import clock, db
from core.storage import NoSuchFile, storage
from domain import audit
from tests.commands.test_main import typed
from tests.people import World


@pytest.fixture(autouse=True)
async def _no_mark(world: World) -> None:
    """The database is emptied before each test; what the file storage says of its chain is not."""
    await storage().delete(audit._MARK)


async def written(count: int = 6, **data: Any) -> None:
    for number in range(count):
        await audit.record("test", actor=("system", None), subject=("user", clock.new_id()), number=number, **data)


async def tamper(sql: str, *args: Any) -> int:
    """As whoever owns the database might, around the trigger."""
    async with db.transaction():
        await db.execute("SET LOCAL session_replication_role = replica")
        return await db.execute(sql, *args)


async def wrong() -> str:
    found = (await audit.verify()).wrong
    assert found is not None
    return found


async def test_entries_are_linked_in_order_and_the_chain_holds() -> None:
    assert await audit.verify() == audit.Verified(1, 0, 0, None)
    await written(4)
    assert await audit.link() == 4
    assert await audit.link() == 0
    await written(3)
    assert await audit.verify() == audit.Verified(1, 7, 7, None)
    rows = await db.fetch("SELECT seq, data->>'number' AS number, length(hash) AS length FROM audit_entries ORDER BY id")
    assert [(row["seq"], row["length"]) for row in rows] == [(seq, 32) for seq in range(1, 8)]


async def test_many_are_linked_in_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_AT_ONCE", 4)
    await written(11)
    assert await audit.link() == 11
    assert await audit.verify() == audit.Verified(1, 11, 11, None)


async def test_several_linkers_at_once_make_one_chain() -> None:
    await written(40)
    assert sum(await asyncio.gather(*(audit.link() for _ in range(4)), audit.link())) == 40
    assert await audit.verify() == audit.Verified(1, 40, 40, None)


@pytest.mark.parametrize(
    "change",
    [
        "action = 'harmless'", "data = '{\"number\": 3}'", "actor_id = gen_random_uuid()", "actor_kind = 'user'", "subject_id = NULL", "subject_kind = 'staff'",
        "at = at + interval '1 ms'", "request_id = 'other'", "id = gen_random_uuid()", "hash = decode(repeat('00', 32), 'hex')",
    ],
)  # fmt: skip
async def test_an_altered_entry_is_found(change: str) -> None:
    await written()
    await audit.link()
    assert await tamper(f"UPDATE audit_entries SET {change} WHERE seq = 3") == 1
    found = await audit.verify()
    altered = await db.fetchval("SELECT id FROM audit_entries WHERE seq = 3")
    assert found == audit.Verified(1, 2, 2, f"seq 3, id {altered} was altered or inserted")


async def test_the_first_of_several_is_named() -> None:
    await written()
    await audit.link()
    await tamper("UPDATE audit_entries SET action = 'harmless' WHERE seq IN (2, 5)")
    assert (await wrong()).startswith("seq 2,")


async def test_a_removed_entry_is_found() -> None:
    await written()
    await audit.link()
    await tamper("DELETE FROM audit_entries WHERE seq = 4")
    after = await db.fetchval("SELECT id FROM audit_entries WHERE seq = 5")
    assert await wrong() == f"seq 4 was removed, before id {after}"


async def test_several_removed_and_the_rest_renumbered_are_found() -> None:
    await written()
    await audit.link()
    await tamper("DELETE FROM audit_entries WHERE seq IN (3, 4)")
    assert (await wrong()).startswith("seq 3 to 4 was removed, before id ")
    await tamper("UPDATE audit_entries SET seq = seq - 2 WHERE seq > 4")
    assert (await wrong()).startswith("seq 3, id ")


@pytest.mark.parametrize("newer", [0, 2])
async def test_the_newest_removed_are_found_also_when_more_is_written_after(newer: int) -> None:
    await written()
    await audit.link()
    await tamper("DELETE FROM audit_entries WHERE seq > 4")
    await written(newer)
    said = await wrong()
    assert said == ("seq 5 to 6 was removed, the newest" if not newer else "seq 6 is another than the one that was linked")
    await written(3)
    assert "seq 6 is another" in await wrong()


async def test_all_removed_is_found() -> None:
    await written()
    await audit.link()
    await tamper("DELETE FROM audit_entries")
    assert await wrong() == "seq 1 to 6 was removed, the newest"


async def test_the_oldest_removed_are_found() -> None:
    await written()
    await audit.link()
    await tamper("DELETE FROM audit_entries WHERE seq < 3")
    assert await wrong() == "the entries before seq 3 were removed"


async def test_an_inserted_entry_is_found() -> None:
    await written()
    await audit.link()
    forged = clock.new_id()
    insert = """
        INSERT INTO audit_entries (id, at, actor_kind, action, data, seq, hash) SELECT $1, now(), 'system', 'forged', '{}', seq + 1, hash FROM audit_entries ORDER BY seq DESC LIMIT 1
    """
    await tamper(insert, forged)
    assert await wrong() == f"seq 7, id {forged} was altered or inserted"


async def test_one_inserted_between_two_is_found() -> None:
    """Its number is taken, so the others' are moved, or there are two of it."""
    await written()
    await audit.link()
    await tamper("UPDATE audit_entries SET seq = seq + 101 WHERE seq > 3")
    await tamper("UPDATE audit_entries SET seq = seq - 100 WHERE seq > 100")
    forged = clock.new_id()
    await tamper("INSERT INTO audit_entries (id, at, actor_kind, action, data, seq, hash) VALUES ($1, now(), 'system', 'forged', '{}', 4, $2)", forged, os.urandom(32))
    assert await wrong() == f"seq 4, id {forged} was altered or inserted"


async def test_a_chain_made_anew_without_the_key_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    await written()
    await audit.link()
    await tamper("UPDATE audit_entries SET seq = NULL, hash = NULL, action = 'harmless'")
    with monkeypatch.context() as patch:
        patch.setattr(audit, "_hash", lambda before, row: (before + row["id"].bytes)[-32:].rjust(32, b"\0"))
        patch.setattr(audit, "_promise", _nothing)
        await audit.link()
    assert (await wrong()).startswith("seq 1, id ")


async def _nothing(*, is_new: bool) -> None:
    del is_new


async def test_a_mark_that_is_gone_or_forged_is_found() -> None:
    await written()
    await audit.link()
    await storage().delete(audit._MARK)
    assert "is not in the file storage" in await wrong()

    async def forged() -> AsyncIterator[bytes]:
        yield os.urandom(80)

    await storage().put(audit._MARK, forged())
    assert "the mark of the chain's end in the file storage was altered" in await wrong()


async def test_what_was_written_can_neither_be_changed_nor_removed() -> None:
    await written()
    for statement in ("UPDATE audit_entries SET action = 'harmless'", "DELETE FROM audit_entries", "UPDATE audit_entries SET at = now()"):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await db.execute(statement)
    await audit.link()
    with pytest.raises(asyncpg.RaiseError, match="append-only"):
        await db.execute("UPDATE audit_entries SET hash = NULL, seq = NULL")


async def test_what_is_past_its_time_goes_and_the_rest_still_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_AT_ONCE", 3)
    with clock.at(clock.now() - audit.KEPT - timedelta(days=1)):
        await written(8)
    await written(4)
    # Nothing goes before it is linked.
    assert await audit.remove_old() == 0
    await audit.link()
    assert await audit.remove_old() == 8
    assert await audit.remove_old() == 0
    assert await audit.verify() == audit.Verified(9, 12, 4, None)
    await tamper("DELETE FROM audit_entries WHERE seq = 9")
    assert await wrong() == "the entries before seq 10 were removed"


async def test_all_past_its_time_goes_and_the_chain_goes_on_from_there() -> None:
    with clock.at(clock.now() - audit.KEPT - timedelta(days=1)):
        await written(5)
    await audit.link()
    assert await audit.remove_old() == 5
    assert await audit.verify() == audit.Verified(6, 5, 0, None)
    await written(2)
    assert await audit.verify() == audit.Verified(6, 7, 2, None)


async def test_a_removal_that_fails_leaves_a_chain_that_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mark is written first: then it knows two places where the chain may begin."""
    with clock.at(clock.now() - audit.KEPT - timedelta(days=1)):
        await written(5)
    await written(2)
    await audit.link()
    real = db.execute

    async def failing(sql: str, *args: Any) -> int:
        if sql.startswith("DELETE FROM audit_entries"):
            raise ConnectionError
        return await real(sql, *args)

    for _ in range(2):
        with monkeypatch.context() as patch, pytest.raises(ConnectionError):
            patch.setattr(db, "execute", failing)
            await audit.remove_old()
        assert await audit.verify() == audit.Verified(1, 7, 7, None)
    assert await audit.remove_old() == 5
    assert await audit.verify() == audit.Verified(6, 7, 2, None)


async def test_an_entry_between_old_ones_that_is_younger_is_kept_with_what_follows() -> None:
    with clock.at(clock.now() - audit.KEPT - timedelta(days=1)):
        await written(2)
    await written(1)
    with clock.at(clock.now() - audit.KEPT - timedelta(days=1)):
        await written(2)
    await audit.link()
    assert await audit.remove_old() == 2
    assert await audit.verify() == audit.Verified(3, 5, 3, None)


async def test_a_mark_that_lags_behind_is_no_fault() -> None:
    """The process was killed after the commit, before it wrote the mark."""
    await written(3)
    await audit.link()
    mark = b"".join([chunk async for chunk in storage().get(audit._MARK)])
    await written(3)
    await audit.link()

    async def older() -> AsyncIterator[bytes]:
        yield mark

    await storage().put(audit._MARK, older())
    assert await audit.verify() == audit.Verified(1, 6, 6, None)


async def test_the_command_says_what_it_found(environment: dict[str, str]) -> None:
    assert await typed(environment, "audit", "verify") == (0, "the audit trail is empty\n", "")
    await written(3)
    status, said, errors = await typed(environment, "audit", "verify")
    assert (status, said, errors) == (0, "the audit trail holds: 3 entries, seq 1 to 3\n", "")
    await tamper("UPDATE audit_entries SET action = 'harmless' WHERE seq = 2")
    altered = await db.fetchval("SELECT id FROM audit_entries WHERE seq = 2")
    assert await typed(environment, "audit", "verify") == (1, "", f"error: the audit trail does not hold: seq 2, id {altered} was altered or inserted\n")


async def test_before_anything_was_linked_there_is_no_mark() -> None:
    await audit.link()
    with pytest.raises(NoSuchFile):
        await anext(storage().get(audit._MARK))
