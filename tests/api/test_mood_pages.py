"""Paging through a diary: no entry twice, none left out, whatever happens meanwhile."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from domain.moods import Entry
from tests.diaries import diary, on, store
from tests.people import Account, World

DAY = date(2026, 5, 4)
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


async def _pages(person: Account, query: str) -> list[list[dict[str, Any]]]:
    pages, cursor = [], ""
    while True:
        answered = await person.get(f"/moods?{query}{cursor}")
        assert answered.status == 200, answered.raw
        pages.append(answered.json["items"])
        if answered.json["nextCursor"] is None:
            return pages
        cursor = f"&cursor={answered.json['nextCursor']}"


async def test_pages_hold_everything_once_even_at_one_instant(world: World) -> None:
    ana = await diary(world, [Entry(mood=1 + n % 5, timestamp=NOON, date=DAY) for n in range(23)])
    pages = await _pages(ana, "limit=5")
    assert [len(page) for page in pages] == [5, 5, 5, 5, 3]
    ids = [each["id"] for page in pages for each in page]
    assert len(set(ids)) == 23
    assert ids == sorted(ids, reverse=True)


async def test_the_last_page_says_so_when_it_is_exactly_full(world: World) -> None:
    ana = await diary(world, [on(DAY - timedelta(days=n)) for n in range(10)])
    assert [len(page) for page in await _pages(ana, "limit=5")] == [5, 5]
    assert [len(page) for page in await _pages(ana, "limit=10")] == [10]


async def test_twenty_come_unless_asked_otherwise(world: World) -> None:
    ana = await diary(world, [on(DAY - timedelta(days=n)) for n in range(101)])
    assert len((await ana.get("/moods")).json["items"]) == 20
    assert len((await ana.get("/moods?limit=100")).json["items"]) == 100
    assert (await ana.get("/moods?limit=1")).json["items"][0]["date"] == "2026-05-04"


async def test_a_cursor_holds_its_place_while_entries_come_and_go(world: World) -> None:
    ana = await diary(world, [on(DAY - timedelta(days=n)) for n in range(6)])
    first = (await ana.get("/moods?limit=3")).json
    await store(ana.uuid, [on(DAY + timedelta(days=1))])
    await ana.delete(f"/moods/{first['items'][-1]['id']}")
    rest = (await ana.get(f"/moods?limit=3&cursor={first['nextCursor']}")).json
    assert [each["date"] for each in rest["items"]] == ["2026-05-01", "2026-04-30", "2026-04-29"]
    assert rest["nextCursor"] is None


async def test_from_and_to_are_local_dates_and_both_count(world: World) -> None:
    """What decides is the date an entry counts for, not its instant."""
    ana = await diary(world, [on(DAY - timedelta(days=n)) for n in range(5)] + [Entry(mood=5, timestamp=NOON, date=DAY + timedelta(days=1))])
    found = await _pages(ana, "from=2026-05-02&to=2026-05-03&limit=1")
    assert [each["date"] for page in found for each in page] == ["2026-05-03", "2026-05-02"]
    assert [each["mood"] for each in (await ana.get("/moods?from=2026-05-05")).json["items"]] == [5]
    assert len((await ana.get("/moods?to=2026-05-04")).json["items"]) == 5
    assert (await ana.get("/moods?from=2027-01-01")).json == {"items": [], "nextCursor": None}


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=1e9", "limit"),
        ("limit=x", "limit"),
        ("from=2026-02-30", "from"),
        ("to=yesterday", "to"),
        ("from=2026-05-05&to=2026-05-04", "to"),
        ("cursor=", "cursor"),
        ("cursor=AAAA", "cursor"),
        ("cursor=%C3%A9", "cursor"),
        ("mood=5", "mood"),
        ("sort=password", "sort"),
        ("limit=1&limit=2", "limit"),
    ],
)
async def test_a_query_that_makes_no_sense_is_refused(world: World, query: str, path: str) -> None:
    ana = await world.anonymous()
    refused = await ana.get(f"/moods?{query}")
    assert (refused.status, refused.paths) == (422, {path})


async def test_a_cursor_belongs_to_its_person_its_list_and_its_filters(world: World) -> None:
    ana = await diary(world, [on(DAY - timedelta(days=n)) for n in range(5)])
    bob = await diary(world, [on(DAY)])
    cursor = (await ana.get("/moods?limit=2&from=2026-01-01")).json["nextCursor"]
    assert (await ana.get(f"/moods?limit=9&from=2026-01-01&cursor={cursor}")).status == 200
    for who, path in (
        (bob, "/moods?from=2026-01-01"),
        (ana, "/moods?from=2026-01-02"),
        (ana, "/moods?limit=2"),
        (ana, "/achievements/user?limit=2"),
        (ana, "/notifications?limit=2"),
    ):
        refused = await who.get(f"{path}{'&' if '?' in path else '?'}cursor={cursor}")
        assert (refused.status, refused.paths) == (422, {"cursor"}), path
    forged = cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")
    assert (await ana.get(f"/moods?limit=2&from=2026-01-01&cursor={forged}")).paths == {"cursor"}
