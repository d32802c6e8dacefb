"""Every list can be had in pages."""

from __future__ import annotations

from typing import Any, get_origin

import msgspec
import pytest

from api.routes import ROUTES
from core.views import Page
from tests.chats import begin, on_duty
from tests.people import PASSWORD, Account, World


def _is_list(shape: Any) -> bool:
    kind = get_origin(shape) or shape
    return isinstance(kind, type) and issubclass(kind, Page)


LISTS = [route for route in ROUTES if _is_list(route.success)]


async def walked(person: Account | World, path: str, limit: int) -> list[Any]:
    """All items, page by page."""
    items, cursor, mark = [], "", "&" if "?" in path else "?"
    while True:
        answered = await (person.get(f"{path}{mark}limit={limit}{cursor}") if isinstance(person, Account) else person.send("GET", f"{path}{mark}limit={limit}{cursor}"))
        assert answered.status == 200
        assert len(answered.json["items"]) <= limit
        items += answered.json["items"]
        if answered.json["nextCursor"] is None:
            return items
        assert len(answered.json["items"]) == limit
        cursor = f"&cursor={answered.json['nextCursor']}"


def test_there_are_lists() -> None:
    assert len(LISTS) > 20


@pytest.mark.parametrize("route", LISTS, ids=lambda route: f"{route.method} {route.path}")
def test_every_list_takes_a_limit_and_a_cursor(route: Any) -> None:
    assert route.query is not None
    assert {"limit", "cursor"} <= {each.name for each in msgspec.structs.fields(route.query)}


@pytest.mark.parametrize("path", ["/achievements", "/achievements/progress", "/breathing/techniques", "/crisis-resources?country=ES"])
@pytest.mark.parametrize("limit", [1, 3, 100])
async def test_a_short_list_comes_whole_or_in_pages(world: World, path: str, limit: int) -> None:
    ana = await world.anonymous()
    whole = (await ana.get(path)).json
    assert whole["nextCursor"] is None
    assert len(whole["items"]) > 3
    assert await walked(ana if "crisis" not in path else world, path, limit) == whole["items"]


@pytest.mark.parametrize("path", ["/achievements", "/achievements/progress", "/breathing/techniques", "/auth/sessions", "/crisis-resources"])
async def test_a_short_list_refuses_other_limits_and_cursors(world: World, path: str) -> None:
    ana = await world.anonymous()
    for limit in ("0", "101", "x"):
        answered = await ana.get(f"{path}?limit={limit}")
        assert (answered.status, answered.paths) == (422, {"limit"})
    other = (await ana.get(f"{'/breathing/techniques' if path == '/achievements' else '/achievements'}?limit=1")).json["nextCursor"]
    for cursor in ("x", other, other[:-1] + ("A" if other[-1] != "A" else "B")):
        answered = await ana.get(f"{path}?cursor={cursor}")
        assert (answered.status, answered.paths) == (422, {"cursor"})
    # Nor is somebody else's.
    mine = (await ana.get("/achievements?limit=1")).json["nextCursor"]
    assert (await ana.get(f"/achievements?cursor={mine}")).status == 200
    assert (await (await world.anonymous()).get(f"/achievements?cursor={mine}")).status == 422


async def test_the_queue_and_its_sessions_come_in_pages(world: World) -> None:
    cora = await on_duty(world, status="offline", role="supervisor")
    waiting = [await begin(await world.anonymous()) for _ in range(3)]
    for limit in (1, 2, 3, 20):
        assert [each["session"]["id"] for each in await walked(cora, "/counselor/queue", limit)] == waiting
        assert [each["id"] for each in await walked(cora, "/counselor/sessions", limit)] == waiting


async def test_devices_come_in_pages(world: World) -> None:
    ana = await world.user()
    await world.send("POST", "/auth/login", {"email": ana.email, "password": PASSWORD})
    whole = (await ana.get("/auth/sessions")).json["items"]
    assert len(whole) == 2
    assert await walked(ana, "/auth/sessions", 1) == whole
