"""What somebody was told, and what they have read of it."""

from __future__ import annotations

from core import clock, db
from domain import notifications
from tests.people import Account, World


async def tell(who: Account, kind: str = "user", *, count: int = 1) -> None:
    for number in range(count):
        async with db.transaction():
            await notifications.notify(kind, who.uuid, "test", f"Title {number}", "Body", number=number)  # type: ignore[arg-type]


async def test_notifications_come_newest_first_in_pages(world: World) -> None:
    ana = await world.user()
    await tell(ana, count=5)
    first = (await ana.get("/notifications?limit=2")).json
    assert [each["title"] for each in first["items"]] == ["Title 4", "Title 3"]
    assert set(first["items"][0]) == {"id", "kind", "title", "body", "data", "isRead", "createdAt"}
    assert (first["items"][0]["data"], first["items"][0]["isRead"]) == ({"number": 4}, False)
    await tell(ana)  # one that comes meanwhile moves no page
    second = (await ana.get(f"/notifications?limit=2&cursor={first['nextCursor']}")).json
    last = (await ana.get(f"/notifications?limit=2&cursor={second['nextCursor']}")).json
    assert [each["title"] for each in second["items"] + last["items"]] == ["Title 2", "Title 1", "Title 0"]
    assert last["nextCursor"] is None


async def test_those_of_one_instant_are_all_listed(world: World) -> None:
    ana = await world.user()
    with clock.at(clock.now()):
        await tell(ana, count=5)
    seen: list[str] = []
    path = "/notifications?limit=2"
    for _ in range(3):
        page = (await ana.get(path)).json
        seen += [each["id"] for each in page["items"]]
        path = f"/notifications?limit=2&cursor={page['nextCursor']}"
    assert page["nextCursor"] is None
    assert len(set(seen)) == 5


async def test_reading_one_and_then_all(world: World) -> None:
    ana = await world.user()
    await tell(ana, count=3)
    newest = (await ana.get("/notifications")).json["items"][0]
    for _ in range(2):
        read = await ana.post(f"/notifications/{newest['id']}/read")
        assert (read.status, read.json) == (200, {**newest, "isRead": True})
    assert [each["title"] for each in (await ana.get("/notifications?unread=true")).json["items"]] == ["Title 1", "Title 0"]
    assert len((await ana.get("/notifications?unread=false")).json["items"]) == 3
    for _ in range(2):
        assert (await ana.post("/notifications/read-all")).status == 204
    assert (await ana.get("/notifications?unread=true")).json == {"items": [], "nextCursor": None}


async def test_a_cursor_of_the_unread_is_no_cursor_of_all(world: World) -> None:
    ana = await world.user()
    await tell(ana, count=3)
    cursor = (await ana.get("/notifications?unread=true&limit=1")).json["nextCursor"]
    assert (await ana.get(f"/notifications?unread=true&cursor={cursor}")).status == 200
    assert (await ana.get(f"/notifications?cursor={cursor}")).status == 422


async def test_nobody_reads_anothers(world: World) -> None:
    ana, bob, cora = await world.user(), await world.user(), await world.counselor()
    await tell(ana)
    await tell(cora, "counselor")
    found = (await ana.get("/notifications")).json["items"][0]
    for other in (bob, cora):
        assert (await other.post(f"/notifications/{found['id']}/read")).status == 404
        assert (await other.post("/notifications/read-all")).status == 204
    assert (await ana.get("/notifications?unread=true")).json["items"] == [found]
    assert (await bob.get("/notifications")).json["items"] == []
    assert len((await cora.get("/notifications")).json["items"]) == 1


async def test_one_is_told_of_a_cause_once(world: World) -> None:
    ana = await world.user()
    for expected in (True, False):
        async with db.transaction():
            assert await notifications.notify("user", ana.uuid, "test", "Title", "Body", cause="this") is expected
    assert len((await ana.get("/notifications")).json["items"]) == 1


async def test_a_wrong_query_or_body_is_refused(world: World) -> None:
    ana = await world.user()
    for query in ("unread=maybe", "unread=", "unread=true&unread=true", "isRead=true", "limit=0"):
        assert (await ana.get(f"/notifications?{query}")).status == 422
    assert (await ana.post("/notifications/read-all", {"ids": []})).paths == {"ids"}
    assert (await ana.post("/notifications/read-all", {})).status == 204
