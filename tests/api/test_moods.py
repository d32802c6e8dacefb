"""The diary over HTTP."""

from __future__ import annotations

from typing import Any

from tests.people import World, do_jobs


async def test_a_mood_is_logged_and_read_back_as_it_was_said(world: World) -> None:
    ana = await world.user(timezone="Europe/Madrid")
    said: dict[str, Any] = {"mood": 4, "note": "café ☕ <script>", "location": "home", "weather": "rain", "factors": ["sleep", "work"], "timestamp": "2026-05-04T23:30:00.123Z"}
    logged = await ana.log_mood(**said)
    assert logged["date"] == "2026-05-05"
    assert {name: logged[name] for name in said} == said
    assert (await ana.get(f"/moods/{logged['id']}")).json == logged
    assert (await ana.get("/moods")).json == {"items": [logged], "nextCursor": None}


async def test_jobs_award_and_notify_once(world: World) -> None:
    ana = await world.user(language="es")
    for _ in range(3):
        await ana.log_mood(5)
    assert set(await do_jobs()) == {"done"}
    earned = (await ana.get("/achievements/user")).json
    assert [each["achievement"]["name"] for each in earned["items"]] == ["Primer paso"]
    assert earned["totalPoints"] == 10
    told = (await ana.get("/notifications")).json["items"]
    assert [each["title"] for each in told] == ["Has conseguido «Primer paso»"]
